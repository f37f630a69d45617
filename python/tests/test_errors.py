"""Python's classes mirror the C++ ones, and carry the code and the four facts."""

import builtins
import pathlib
import pickle
import re

import pytest
import torch

import crypten_cpp as crypten
from crypten_cpp import errors

HEADER = pathlib.Path(__file__).resolve().parents[2] / "crypten_core" / "error.h"


def test_the_tree_is_the_header_s():
    declared = re.findall(r"^struct (\w+) : (\w+) \{", HEADER.read_text(), re.MULTILINE)
    assert len(declared) > 15
    for name, base in declared:
        assert issubclass(getattr(errors, name), getattr(errors, base)), name
        assert getattr(crypten, name) is getattr(errors, name)
    translated = set(re.findall(r"CRYPTEN_IS\((\w+)\);", (HEADER.parents[1] / "python" / "bindings" / "errors.cpp").read_text()))
    assert translated == {name for name, _ in declared}


def test_invalid_argument_is_what_torch_s_users_expect():
    assert issubclass(crypten.InvalidArgument, ValueError) and issubclass(crypten.InvalidArgument, RuntimeError)
    assert issubclass(crypten.IndexError, builtins.IndexError) and issubclass(crypten.UnsupportedModel, ValueError)


def test_code_and_facts_cross_from_cpp(pair):
    def program():
        x = crypten.cryptensor(torch.ones(2, 3))
        with pytest.raises(crypten.InvalidArgument) as error:
            x @ torch.ones(2, 2)
        return error.value

    for error in pair.run(program):
        assert error.code == 121 and error.what and error.where and error.why and error.todo
        assert f"CRY-{error.code:04d}" in str(error) and error.todo in str(error)
        assert type(pickle.loads(pickle.dumps(error))) is crypten.InvalidArgument


def test_index_error(pair):
    def program():
        with pytest.raises(builtins.IndexError) as error:
            crypten.cryptensor(torch.ones(2))[5]
        return error.value

    assert all(type(error) is errors.IndexError and error.code == 414 for error in pair.run(program))


def test_closed_sessions():
    sim = crypten.simulate(2)
    tensors = sim.run(lambda: crypten.cryptensor(torch.ones(2)))
    sim.close()
    assert repr(tensors[0])  # tensors live on
    with pytest.raises(crypten.SessionClosed):
        tensors[0] + tensors[0]


def test_messages_hold_no_values(pair):
    def program():
        secret = crypten.cryptensor(torch.full((2, 3), 123.4375))
        with pytest.raises(crypten.InvalidArgument) as error:
            secret + torch.ones(7)
        return str(error.value)

    assert all("123" not in text for text in pair.run(program))
