"""Graphs in files: Python and C++ read what the other one wrote."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

import crypten_cpp as crypten
from crypten_cpp import _C


@pytest.fixture
def graph():
    torch.manual_seed(0)
    return crypten.nn.from_pytorch(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2, bias=False)), torch.zeros(1, 3))


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def test_python_to_cpp(graph, tmp_path):
    graph.save(tmp_path / "model.safetensors")
    read = _C.load_graph(str(tmp_path / "model.safetensors"))
    assert json.loads(read.structure()) == json.loads(graph.program.structure())
    assert same(read.values(), graph.state_dict()) and same(load_file(tmp_path / "model.safetensors"), graph.state_dict())


def test_cpp_to_python(graph, tmp_path):
    _C.Graph(graph.program.structure(), graph.state_dict()).save(str(tmp_path / "model.safetensors"))
    read = crypten.nn.load(tmp_path / "model.safetensors")
    assert json.loads(read.program.structure()) == json.loads(graph.program.structure()) and same(read.state_dict(), graph.state_dict())
    x = torch.randn(5, 3)
    assert torch.equal(read(x), graph(x))


def test_structure_only(graph, tmp_path):
    graph.save(tmp_path / "structure.safetensors", structure_only=True)
    read = crypten.nn.load(tmp_path / "structure.safetensors")
    assert read.state_dict() == {} and "structure only" in repr(read) and "with numbers" in repr(graph)
    assert json.loads(read.program.structure()) == json.loads(graph.program.structure())
    with pytest.raises(crypten.InvalidArgument, match="does not own"):
        read.plaintext(torch.zeros(1, 3))
    hashes = [_C.Graph(g.program.structure(), g.state_dict()).structure_hash() for g in (graph, read, graph.structure_only())]
    assert len(set(hashes)) == 1 and len(hashes[0]) == 32


def test_folding_keeps_the_function(graph):
    from crypten_cpp.nn.plaintext import evaluate
    from crypten_cpp.nn.reference import fold

    folded = fold(graph.program)
    assert [n.op for n in folded.nodes] == ["linear", "relu", "linear"]
    x = torch.randn(5, 3)
    torch.testing.assert_close(evaluate(folded, (x.double(),))[0].float(), graph(x))


def test_damaged_files_are_refused(graph, tmp_path):
    path = tmp_path / "model.safetensors"
    graph.save(path)
    data = path.read_bytes()
    values = {k: v.clone() for k, v in graph.state_dict().items()}
    structure = {"crypten_graph": graph.program.structure()}
    damaged = {
        "missing": None,
        "truncated": data[:-5],
        "no safetensors": b"hello",
        "no graph": ({"a": torch.ones(1)}, {}),
        "strangers": (values | {"stranger": torch.ones(1)}, structure),
        "incomplete": ({k: v for k, v in values.items() if k != "0.bias"}, structure),
        "another shape": (values | {"0.bias": torch.ones(9)}, structure),
        "no structure": (values, {"crypten_graph": "{}"}),
    }
    for name, content in damaged.items():
        path.unlink(missing_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif content:
            save_file(content[0], path, metadata=content[1])
        for load in (crypten.nn.load, lambda p: _C.load_graph(str(p))):
            with pytest.raises(crypten.InvalidArgument) as error:
                load(path)
            assert error.value.code in (501, 502), name


def test_saving_leaves_no_partial_file(graph, tmp_path):
    graph.save(tmp_path / "model.safetensors")
    assert [p.name for p in tmp_path.iterdir()] == ["model.safetensors"]
