"""Runs a graph in plaintext: what each operation of the format means, in terms of torch. The oracle of import, and the base of the noisy reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F

from .graph import Node, Program

Operation = Callable[..., torch.Tensor]

# Operation → f(attributes, inputs…).
OPERATIONS: dict[str, Operation] = {
    "conv2d": lambda a, x, w, b: F.conv2d(x, w, b, a["stride"], a["padding"], a["dilation"], a["groups"]),
    "linear": lambda a, x, w, b: F.linear(x, w, b),
    "batch_norm": lambda a, x, w, b, mean, var: F.batch_norm(x, mean, var, w, b, False, 0.0, a["eps"]),
    "channel_affine": lambda a, x, scale, shift: x * _per_channel(scale, x) + _per_channel(shift, x),
    "relu": lambda a, x: F.relu(x),
    "hardtanh": lambda a, x: F.hardtanh(x, a["min"], a["max"]),
    "sigmoid": lambda a, x: torch.sigmoid(x),
    "tanh": lambda a, x: torch.tanh(x),
    "erf": lambda a, x: torch.erf(x),
    "gelu": lambda a, x: F.gelu(x, approximate=a["form"]),
    "silu": lambda a, x: F.silu(x),
    "softplus": lambda a, x: F.softplus(x, a["beta"]),
    "logsigmoid": lambda a, x: F.logsigmoid(x),
    "mish": lambda a, x: F.mish(x),
    "elu": lambda a, x: F.elu(x, a["alpha"]),
    "selu": lambda a, x: F.selu(x),
    "prelu": lambda a, x, weight: F.prelu(x, weight),
    "sin": lambda a, x: torch.sin(x),
    "cos": lambda a, x: torch.cos(x),
    "pow": lambda a, x: x ** a["exponent"],
    "exp": lambda a, x: torch.exp(x),
    "expm1": lambda a, x: torch.expm1(x),
    "log": lambda a, x: torch.log(x),
    "log1p": lambda a, x: torch.log1p(x),
    "sqrt": lambda a, x: torch.sqrt(x),
    "rsqrt": lambda a, x: torch.rsqrt(x),
    "reciprocal": lambda a, x: torch.reciprocal(x),
    "tan": lambda a, x: torch.tan(x),
    "real_pow": lambda a, x: x ** a["exponent"],
    "quotient": lambda a, x, y: x / y,
    "softmax": lambda a, x: torch.softmax(x, a["dim"]),
    "log_softmax": lambda a, x: torch.log_softmax(x, a["dim"]),
    "layer_norm": lambda a, x, weight, bias: F.layer_norm(x, x.shape[x.dim() - a["dims"] :], weight, bias, a["eps"]),
    "group_norm": lambda a, x, weight, bias: F.group_norm(x, a["groups"], weight, bias, a["eps"]),
    "max_pool2d": lambda a, x: F.max_pool2d(x, a["kernel"], a["stride"], a["padding"], a["dilation"], a["ceil_mode"]),
    "avg_pool2d": lambda a, x: F.avg_pool2d(x, a["kernel"], a["stride"], a["padding"], a["ceil_mode"], a["count_include_pad"]),
    "adaptive_avg_pool2d": lambda a, x: F.adaptive_avg_pool2d(x, a["output"]),
    "adaptive_max_pool2d": lambda a, x: F.adaptive_max_pool2d(x, a["output"]),
    "add": lambda a, x, y: torch.add(x, y, alpha=a["alpha"]),
    "sub": lambda a, x, y: torch.sub(x, y, alpha=a["alpha"]),
    "mul": lambda a, x, y: x * y,
    "matmul": lambda a, x, y: torch.matmul(x, y),
    "div": lambda a, x: x / a["divisor"],
    "neg": lambda a, x: -x,
    "add_scalar": lambda a, x: x + a["value"],
    "mul_scalar": lambda a, x: x * a["value"],
    "sum": lambda a, x: x.sum(a["dims"], a["keepdim"]),
    "mean": lambda a, x: x.mean(a["dims"], a["keepdim"]),
    "argmax": lambda a, x: x.argmax(a["dim"], a["keepdim"]),
    "flatten": lambda a, x: x.flatten(a["start"], a["end"]),
    "reshape": lambda a, x: x.reshape(a["shape"]),
    "transpose": lambda a, x: x.transpose(*a["dims"]),
    "permute": lambda a, x: x.permute(a["dims"]),
    "squeeze": lambda a, x: x.squeeze(a["dim"]),
    "unsqueeze": lambda a, x: x.unsqueeze(a["dim"]),
    "cat": lambda a, *xs: torch.cat(xs, a["dim"]),
    "slice": lambda a, x: x[(slice(None),) * a["dim"] + (slice(a["start"], a["end"], a["step"]),)],
    "select": lambda a, x: x.select(a["dim"], a["index"]),
    "pad": lambda a, x: F.pad(x, a["pad"], value=a["value"]),
    "identity": lambda a, x: x,
}


def _per_channel(values: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    return values.reshape(1, -1, *([1] * (like.dim() - 2)))


def evaluate(
    program: Program,
    inputs: tuple[torch.Tensor, ...],
    run: Callable[[Node, list], Any] | None = None,
    convert: Callable[[torch.Tensor], Any] | None = None,
) -> list[Any]:
    """Runs the program on plaintext inputs. ``convert`` is applied to inputs and tensors, ``run(node, inputs)`` replaces the plain operation: e.g. to inject rounding."""
    run = run or (lambda node, xs: OPERATIONS[node.op](node.attributes, *xs))
    convert = convert or (lambda x: x)
    values = {name: convert(info.value) for name, info in program.tensors.items()}
    values |= {info.name: convert(x) for info, x in zip(program.inputs, inputs, strict=True)}
    last = {name: i for i, node in enumerate(program.nodes) for name in node.inputs}
    for i, node in enumerate(program.nodes):
        values[node.name] = run(node, [None if name is None else values[name] for name in node.inputs])
        for name in node.inputs:
            if name and last[name] == i and name not in program.outputs:
                values.pop(name, None)
    return [values[name] for name in program.outputs]
