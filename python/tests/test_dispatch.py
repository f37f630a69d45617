"""torch's functions and operators with a CrypTensor among their arguments."""

import pytest
import torch
import torch.nn.functional as F
from on_grid import assert_within

import crypten_cpp as crypten

CASES = {
    "tensor + enc": lambda t, x: t + x,
    "tensor - enc": lambda t, x: t - x,
    "tensor * enc": lambda t, x: t * x,
    "tensor @ enc": lambda t, x: t @ x,
    "tensor < enc": lambda t, x: (t < x) * 1,
    "tensor >= enc": lambda t, x: (t >= x) * 1,
    "torch.add": lambda t, x: torch.add(x, t),
    "torch.sub": lambda t, x: torch.sub(t, x),
    "torch.matmul": lambda t, x: torch.matmul(x, t),
    "torch.relu": lambda t, x: torch.relu(x),
    "F.relu": lambda t, x: F.relu(x),
    "F.hardtanh": lambda t, x: F.hardtanh(x),
    "torch.cat": lambda t, x: torch.cat([x, t], 1),
    "torch.stack": lambda t, x: torch.stack([x, x]),
    "torch.where": lambda t, x: torch.where(t > 0, x, t),
    "torch.sum": lambda t, x: torch.sum(x, 1),
    "torch.mean": lambda t, x: torch.mean(x, dim=0),
    "torch.flatten": lambda t, x: torch.flatten(x),
    "torch.transpose": lambda t, x: torch.transpose(x, 0, 1),
    "torch.argmax": lambda t, x: torch.argmax(x, 1),
    "torch.max": lambda t, x: torch.max(x, 1)[1],
    "F.linear": lambda t, x: F.linear(x, t),
    "F.max_pool2d": lambda t, x: F.max_pool2d(x.reshape(1, 1, 4, 4), 2, stride=1, padding=1),
    "F.avg_pool2d": lambda t, x: F.avg_pool2d(x.reshape(1, 1, 4, 4), 2),
    "F.conv2d": lambda t, x: F.conv2d(x.reshape(1, 1, 4, 4), t[:3, :3].reshape(1, 1, 3, 3), padding=1),
    "torch.square": lambda t, x: torch.square(x),
}


FUNCTIONS = {
    "torch.sigmoid": torch.sigmoid, "F.sigmoid": F.sigmoid, "torch.tanh": torch.tanh, "torch.erf": torch.erf, "F.gelu": F.gelu, "F.gelu, tanh": lambda x: F.gelu(x, approximate="tanh"),
    "F.silu": F.silu, "F.softplus": F.softplus, "F.logsigmoid": F.logsigmoid, "F.mish": F.mish, "F.elu": F.elu, "F.selu": F.selu, "F.leaky_relu": F.leaky_relu,
    "F.hardsigmoid": F.hardsigmoid, "F.hardswish": F.hardswish, "torch.sin": torch.sin, "torch.cos": torch.cos, "torch.atan": torch.atan, "torch.arctan": torch.arctan, "torch.pow": lambda x: torch.pow(x, 3),
    "nn.GELU": torch.nn.GELU(), "nn.Sigmoid": torch.nn.Sigmoid(), "nn.SiLU": torch.nn.SiLU(), "nn.Tanh": torch.nn.Tanh(),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_reals(name, private, grid):
    x = grid(4, 4)
    found = private(lambda x: FUNCTIONS[name](x), x)
    assert (found - FUNCTIONS[name](x)).abs().max() < 2**-11


@pytest.mark.parametrize("name", CASES)
def test_same_as_torch(name, private, grid):
    t, x = grid(4, 4), grid(4, 4)
    found = private(lambda x: CASES[name](t, x), x)
    assert_within(found, CASES[name](t, x), truncations=0)


def test_what_has_no_counterpart_is_named(pair):
    def program():
        x = crypten.cryptensor(torch.ones(2, 2))
        for f in (lambda: torch.erfinv(x), lambda: torch.linalg.inv(x), lambda: torch.ones(2, 2).add_(x)):
            with pytest.raises(crypten.InvalidArgument, match="no private counterpart"):
                f()

    pair.run(program)
