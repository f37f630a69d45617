"""Import through torch.export: what becomes which node, and that the graph computes what the model does."""

import json

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import crypten_cpp as crypten
from crypten_cpp.nn.importer import import_pytorch
from crypten_cpp.nn.plaintext import evaluate


class Lambda(nn.Module):
    def __init__(self, f, **parameters):
        super().__init__()
        self.f = f
        for name, value in parameters.items():
            setattr(self, name, nn.Parameter(value))

    def forward(self, *x):
        return self.f(self, *x)


def imported(model, example):
    program, report = import_pytorch(model, example)
    assert report.supported, str(report)
    crypten._C.Graph(program.structure(), program.state_dict())  # the C++ library accepts it
    return program


def check(model, *shapes, batch=3, ops=None):
    """Imports with a batch of 1 and compares with torch on another batch size."""
    model.eval()
    program = imported(model, tuple(torch.zeros(1, *s) for s in shapes))
    inputs = tuple(torch.randn(batch, *s, generator=torch.Generator().manual_seed(i)) for i, s in enumerate(shapes))
    with torch.no_grad():
        expected = model(*(x.clone() for x in inputs))  # some models work in place
    expected = expected if isinstance(expected, tuple) else (expected,)
    for found, value in zip(evaluate(program, inputs), expected, strict=True):
        torch.testing.assert_close(found, value, rtol=1e-5, atol=1e-5)
    if ops is not None:
        assert [node.op for node in program.nodes] == ops
    return program


def test_golden_structure():
    class Small(nn.Module):
        def __init__(self):
            super().__init__()
            self.features = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1, bias=False), nn.BatchNorm2d(2), nn.ReLU(inplace=True), nn.Dropout(0.5))
            self.head = nn.Linear(8, 3)

        def forward(self, x):
            return self.head(F.max_pool2d(self.features(x), 2).flatten(1))

    program = check(Small(), (1, 4, 4))
    assert json.loads(program.structure()) == {
        "format": "crypten-graph",
        "version": 1,
        "inputs": [{"name": "x", "shape": [1, 1, 4, 4]}],
        "outputs": ["linear"],
        "nodes": [
            {"name": "conv2d", "op": "conv2d", "path": "features.0", "inputs": ["x", "features.0.weight", None], "attributes": {"stride": [1, 1], "padding": [1, 1], "dilation": [1, 1], "groups": 1}},
            {
                "name": "_native_batch_norm_legit_no_training", "op": "batch_norm", "path": "features.1",
                "inputs": ["conv2d", "features.1.weight", "features.1.bias", "features.1.running_mean", "features.1.running_var"], "attributes": {"eps": 1e-05},
            },
            {"name": "relu", "op": "relu", "path": "features.2", "inputs": ["_native_batch_norm_legit_no_training"], "attributes": {}},
            {"name": "clone", "op": "identity", "path": "features.3", "inputs": ["relu"], "attributes": {}},
            {"name": "max_pool2d", "op": "max_pool2d", "path": "", "inputs": ["clone"], "attributes": {"kernel": [2, 2], "stride": [2, 2], "padding": [0, 0], "dilation": [1, 1], "ceil_mode": False}},
            {"name": "view", "op": "reshape", "path": "", "inputs": ["max_pool2d"], "attributes": {"shape": [-1, 8]}},
            {"name": "linear", "op": "linear", "path": "head", "inputs": ["view", "head.weight", "head.bias"], "attributes": {}},
        ],
        "tensors": {
            "features.0.weight": {"shape": [2, 1, 3, 3], "kind": "parameter"}, "features.1.weight": {"shape": [2], "kind": "parameter"}, "features.1.bias": {"shape": [2], "kind": "parameter"},
            "features.1.running_mean": {"shape": [2], "kind": "buffer"}, "features.1.running_var": {"shape": [2], "kind": "buffer"},
            "head.weight": {"shape": [3, 8], "kind": "parameter"}, "head.bias": {"shape": [3], "kind": "parameter"},
        },
    }  # fmt: skip


IMAGE = (4, 6, 6)
ROW = (6,)
LAYERS = {
    "conv same": (nn.Conv2d(4, 3, 3, padding="same"), IMAGE, ["conv2d"]),
    "conv same even": (nn.Conv2d(4, 3, 2, padding="same", dilation=3), IMAGE, ["pad", "conv2d"]),
    "conv valid": (nn.Conv2d(4, 3, 3, padding="valid", stride=2), IMAGE, ["conv2d"]),
    "conv groups": (nn.Conv2d(4, 4, 3, groups=2, dilation=2, bias=False), IMAGE, ["conv2d"]),
    "conv1d": (nn.Conv1d(4, 3, 3, padding=1, stride=2, dilation=2), (4, 9), ["unsqueeze", "unsqueeze", "conv2d", "squeeze"]),
    "conv1d same even": (nn.Conv1d(4, 4, 2, padding="same", groups=2, bias=False), (4, 9), ["pad", "unsqueeze", "unsqueeze", "conv2d", "squeeze"]),
    "batch norm alone": (nn.BatchNorm2d(4, affine=False), IMAGE, ["batch_norm"]),
    "relu6": (nn.ReLU6(), IMAGE, ["hardtanh"]),
    "relu6 in place": (nn.ReLU6(inplace=True), IMAGE, ["hardtanh"]),
    "hardtanh": (nn.Hardtanh(-2, 0.5), IMAGE, ["hardtanh"]),
    "hardsigmoid": (nn.Hardsigmoid(), IMAGE, ["add_scalar", "hardtanh", "div"]),
    "hardswish": (nn.Hardswish(inplace=True), IMAGE, ["add_scalar", "hardtanh", "div", "mul"]),
    "leaky relu": (nn.LeakyReLU(0.2), IMAGE, None),
    "max pool": (nn.MaxPool2d(3, 2, 1, ceil_mode=True), IMAGE, ["max_pool2d"]),
    "average pool": (nn.AvgPool2d(3, 2, 1, count_include_pad=False), IMAGE, ["avg_pool2d"]),
    "adaptive average": (nn.AdaptiveAvgPool2d(1), IMAGE, ["adaptive_avg_pool2d"]),
    "adaptive average non-square": (nn.AdaptiveAvgPool2d((2, 3)), IMAGE, ["adaptive_avg_pool2d"]),
    "adaptive max": (nn.AdaptiveMaxPool2d(2), IMAGE, ["adaptive_max_pool2d"]),
    "dropout": (nn.Dropout(0.9), ROW, ["identity"]),
    "sigmoid": (nn.Sigmoid(), IMAGE, ["sigmoid"]),
    "tanh": (nn.Tanh(), IMAGE, ["tanh"]),
    "gelu": (nn.GELU(), IMAGE, ["gelu"]),
    "gelu, tanh form": (nn.GELU(approximate="tanh"), IMAGE, ["gelu"]),
    "silu": (nn.SiLU(inplace=True), IMAGE, ["silu"]),
    "softmax": (nn.Softmax(-1), IMAGE, ["softmax"]),
    "log softmax": (nn.LogSoftmax(1), IMAGE, ["log_softmax"]),
    "layer norm": (nn.LayerNorm(6), IMAGE, ["layer_norm"]),
    "layer norm of two dimensions": (nn.LayerNorm((6, 6), elementwise_affine=False), IMAGE, ["layer_norm"]),
    "group norm": (nn.GroupNorm(2, 4), IMAGE, ["group_norm"]),
    "attention": (Lambda(lambda s, x: torch.softmax(x @ x.transpose(1, 2) / 6**0.5, -1) @ x), (3, 6), None),
    "softplus": (nn.Softplus(beta=2.0), IMAGE, ["softplus"]),
    "log sigmoid": (nn.LogSigmoid(), IMAGE, ["logsigmoid"]),
    "mish": (nn.Mish(), IMAGE, ["mish"]),
    "elu": (nn.ELU(0.5), IMAGE, ["elu"]),
    "selu": (nn.SELU(), IMAGE, ["selu"]),
    "prelu": (nn.PReLU(4), IMAGE, ["prelu"]),
    "sine and cosine": (Lambda(lambda s, x: x.sin() + torch.cos(x)), ROW, ["sin", "cos", "add"]),
    "error function": (Lambda(lambda s, x: torch.erf(x)), ROW, ["erf"]),
    "a high power": (Lambda(lambda s, x: x**7), ROW, ["pow"]),
    "identity": (nn.Sequential(nn.Identity(), nn.ReLU()), ROW, ["relu"]),
    "flatten": (nn.Flatten(), IMAGE, ["reshape"]),
    "zero pad": (nn.ZeroPad2d((1, 2, 0, 1)), IMAGE, ["pad"]),
    "pixel mean": (Lambda(lambda s, x: x.mean([2, 3])), IMAGE, ["mean"]),
    "mean of all but the batch": (Lambda(lambda s, x: x.mean((-1, -2, -3), keepdim=True)), IMAGE, ["mean"]),
    "sum": (Lambda(lambda s, x: x.sum(-1)), ROW, ["sum"]),
    "torch.flatten": (Lambda(lambda s, x: torch.flatten(x, 1)), IMAGE, ["reshape"]),
    "view with the batch size": (Lambda(lambda s, x: x.view(x.size(0), -1)), IMAGE, ["reshape"]),
    "view of a shape": (Lambda(lambda s, x: x.reshape(x.shape[0] * 2, -1)), IMAGE, ["reshape"]),
    "channel shuffle": (Lambda(lambda s, x: x.view(x.shape[0], 2, 2, 6, 6).transpose(1, 2).contiguous().view(x.shape[0], 4, 6, 6)), IMAGE, None),
    "residual": (Lambda(lambda s, x: x + F.relu(x)), IMAGE, ["relu", "add"]),
    "residual in place": (Lambda(lambda s, x: F.relu(x).add_(x)), IMAGE, ["relu", "add"]),
    "add with alpha": (Lambda(lambda s, x: torch.add(x, x.relu(), alpha=2)), ROW, None),
    "subtract with alpha": (Lambda(lambda s, x: torch.sub(x, x.relu(), alpha=0.5)), ROW, None),
    "scalars left and right": (Lambda(lambda s, x: 2 - (3 * x + 1) / 4), ROW, ["mul_scalar", "add_scalar", "div", "neg", "add_scalar"]),
    "scalar in place": (Lambda(lambda s, x: x.clone().mul_(0.5).sub_(1)), ROW, None),
    "x * x": (Lambda(lambda s, x: x * x), ROW, ["mul"]),
    "powers": (Lambda(lambda s, x: x**2 + x**3 - x**4 + x**1), ROW, None),
    "clamp below": (Lambda(lambda s, x: x.clamp(min=-0.5)), ROW, None),
    "clamp above": (Lambda(lambda s, x: x.clamp(max=0.5)), ROW, None),
    "clamp at zero": (Lambda(lambda s, x: x.clamp(min=0)), ROW, ["relu"]),
    "clamp": (Lambda(lambda s, x: torch.clamp(x, -0.5, 0.25)), ROW, ["hardtanh"]),
    "cat": (Lambda(lambda s, x: torch.cat([x, x * 2, x], -1)), ROW, ["mul_scalar", "cat"]),
    "stack": (Lambda(lambda s, x: torch.stack([x, -x], 1)), ROW, None),
    "split": (Lambda(lambda s, x: torch.cat(x.split([1, 3], 1)[::-1], 1)), IMAGE, ["slice", "slice", "cat"]),
    "chunk": (Lambda(lambda s, x: x.chunk(2, 1)[1]), IMAGE, ["slice"]),
    "unbind": (Lambda(lambda s, x: x.unbind(1)[2]), IMAGE, ["select"]),
    "indexing": (Lambda(lambda s, x: x[:, 1:-1:2, None, -1]), IMAGE, None),
    "squeeze": (Lambda(lambda s, x: x.mean((2, 3), keepdim=True).squeeze()), IMAGE, None),
    "permute": (Lambda(lambda s, x: x.permute(0, 2, 3, 1)), IMAGE, ["permute"]),
    "argmax": (Lambda(lambda s, x: x.argmax(-1)), ROW, ["argmax"]),
    "matmul with a parameter": (Lambda(lambda s, x: x @ s.w.t() + s.b, w=torch.randn(5, 6), b=torch.randn(5)), ROW, None),
    "addmm": (Lambda(lambda s, x: torch.addmm(s.b, x, s.w), w=torch.randn(6, 5), b=torch.randn(5)), ROW, ["matmul", "add"]),
    "division by a parameter": (Lambda(lambda s, x: x / s.w, w=torch.rand(6) + 1), ROW, ["mul"]),
    "parameter on the left": (Lambda(lambda s, x: s.w - x, w=torch.rand(6)), ROW, ["sub"]),
    "attention without softmax": (Lambda(lambda s, x: x @ x.transpose(1, 2) @ x), (3, 6), None),
    "expand": (Lambda(lambda s, x: x.expand(x.shape[0], 6) + x.view(1, -1, 6).expand(1, -1, 6)[0]), ROW, None),
    "broadcast constant": (Lambda(lambda s, x: x + torch.arange(6.0) * torch.tensor(0.5)), ROW, ["add"]),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name):
    torch.manual_seed(0)
    model, shape, ops = LAYERS[name]
    check(model, shape, ops=ops)


def test_what_depends_on_parameters_only_is_computed_at_import_and_private():
    model = Lambda(lambda s, x: x * (s.w.exp() / s.w.exp().sum()), w=torch.tensor([1.0, 2.0]))
    program = check(model, (2,), ops=["mul"])
    (info,) = program.tensors.values()
    assert info.kind == "buffer"
    torch.testing.assert_close(info.value, torch.softmax(torch.tensor([1.0, 2.0]), 0))


def test_literal_tensors_are_constants_and_stay_out_of_the_structure():
    program = check(Lambda(lambda s, x: x * torch.tensor([0.125, 0.25])), (2,))
    (info,) = program.tensors.values()
    assert info.kind == "constant" and "0.125" not in program.structure()


def test_several_inputs_and_outputs():
    program = check(Lambda(lambda s, a, b: (a + b, a, (a * b).sum(1))), (4,), (4,))
    assert [i.name for i in program.inputs] == ["x_0", "x_1"] and len(program.outputs) == 3


def test_shared_and_reused_modules():
    shared = nn.Linear(4, 4)
    program = check(nn.Sequential(shared, nn.ReLU(), shared), (4,))
    assert len(program.tensors) == 2 and [n.inputs[1] for n in program.nodes if n.op == "linear"] == ["0.weight", "0.weight"]


def test_names_that_collide():
    model = Lambda(lambda s, x: x @ s.linear + s.x, linear=torch.eye(3), x=torch.ones(3))
    program = check(model, (3,))
    names = [i.name for i in program.inputs] + list(program.tensors) + [n.name for n in program.nodes]
    assert len(names) == len(set(names))


def test_the_model_is_left_as_it_was():
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout())
    model[1].eval()
    graph = crypten.nn.from_pytorch(model, torch.zeros(1, 2))
    assert model.training and model[0].training and not model[1].training
    before = graph.plaintext(torch.ones(1, 2))
    with torch.no_grad():
        model[0].weight.add_(1)
    assert torch.equal(graph.plaintext(torch.ones(1, 2)), before)


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v3_small", "shufflenet_v2_x1_0", "squeezenet1_1"])
def test_torchvision(name):
    import torchvision

    torch.manual_seed(0)
    check(getattr(torchvision.models, name)(weights=None), (3, 64, 64), batch=2)


def test_wrong_arguments():
    for arguments in ((5, torch.zeros(1)), (nn.ReLU(), 5), (nn.ReLU(), ()), (nn.ReLU(), torch.zeros(()))):
        with pytest.raises(crypten.InvalidArgument, match="from_pytorch"):
            crypten.nn.from_pytorch(*arguments)
