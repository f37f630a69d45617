"""init and uninit in a process of its own, import order, and the check of torch's version."""

import os
import subprocess
import sys

import pytest

from crypten_cpp import _build_check


def python(code, **environment):
    names = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "CRYPTEN_RUN_FOLDER", "CRYPTEN_DEALER", "CRYPTEN_ADDRESSES")
    env = {k: v for k, v in os.environ.items() if k not in names} | environment
    return subprocess.run([sys.executable, "-W", "error::RuntimeWarning", "-c", code], capture_output=True, text=True, timeout=300, env=env)


def test_import_order_does_not_matter():
    for code in ("import torch, crypten_cpp", "import crypten_cpp, torch", "import crypten_cpp"):
        done = python(code + "; import torch; print(crypten_cpp.cfg.encoder.precision_bits, torch.ones(2).sum())")
        assert done.stdout == "16 tensor(2.)\n", done.stderr


ALONE = """
import warnings, torch, crypten_cpp as crypten
crypten.init({"encoder.precision_bits": 14})
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    crypten.init()
assert "already" in str(caught[0].message)
assert (crypten.rank(), crypten.world_size(), crypten.is_initialized()) == (0, 1, True)
with crypten.scope("demo"):
    x = crypten.cryptensor(torch.tensor([1.5, 2.0]))
    print((x * x).get_plain_text().tolist())
print(crypten.ledger(), end="")
crypten.uninit(); crypten.uninit()
assert not crypten.is_initialized()
try:
    x + x
except crypten.SessionClosed as error:
    print(error.code > 0)
"""


def test_a_party_of_one():
    done = python(ALONE)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "[2.25, 4.0]" and "demo" in lines[1] and lines[-1] == "True"


def test_init_without_certificates_names_the_tool():
    done = python("import crypten_cpp as crypten; crypten.init()", RANK="0", WORLD_SIZE="2", MASTER_ADDR="127.0.0.1", MASTER_PORT="29999", CRYPTEN_DEALER="127.0.0.1:1")
    assert done.returncode == 1 and "SessionError" in done.stderr and "crypten-cert" in done.stderr


def test_two_parties_without_a_dealer_are_refused():
    done = python("import crypten_cpp as crypten; crypten.init()", RANK="0", WORLD_SIZE="2", MASTER_ADDR="127.0.0.1", MASTER_PORT="29999")
    assert done.returncode == 1 and "SessionError" in done.stderr


@pytest.mark.parametrize(("built_for", "found"), [("2.11.0", "2.12.1+cu130"), ("2.11.0", "3.11.0")])
def test_another_torch_is_refused_readably(built_for, found):
    with pytest.raises(ImportError, match=r"built for torch 2\.11\.0, found .*pip install"):
        _build_check.check(built_for, found)


def test_another_patch_of_torch_is_fine():
    _build_check.check("2.11.0", "2.11.3+cpu")
