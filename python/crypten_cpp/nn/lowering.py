"""What each ATen operation becomes in the graph's format (``nn/graph.h``).

A handler takes the builder and the operation's arguments by their schema names and returns what stands for the result:
a ``Private`` value (computed from the model's input), a tensor (known at import), or a list of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch


@dataclass(frozen=True)
class Private:
    """A value that depends on the model's input: a node or an input of the graph."""

    name: str
    shape: tuple


class Unsupported(Exception):
    """This use of the operation cannot be expressed."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason, self.hint = reason, hint


class Builder(Protocol):
    """What handlers may do."""

    operation: str
    shape: tuple  # of the operation's (first) result
    several: bool  # whether it has several results

    def emit(self, op: str, inputs: list, **attributes: Any) -> Private: ...


Handler = Callable[[Builder, dict[str, Any]], Any]
HANDLERS: dict[str, Handler] = {}


def lowers(*names: str) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(names, handler))
        return handler

    return register


def _pair(value: Any, default: int | None = None) -> list[int]:
    value = [value] if isinstance(value, int) else list(value)
    if not value:
        return [default, default]
    return value * 2 if len(value) == 1 else value


def _dims(value: int | list[int] | None, rank: int) -> list[int]:
    value = list(range(rank)) if value is None or value == [] else [value] if isinstance(value, int) else list(value)
    return [d % rank for d in value]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _float_only(a: dict[str, Any]) -> None:
    if a.get("dtype") not in (None, torch.float32, torch.float64, torch.float16, torch.bfloat16):
        raise Unsupported(f"conversion to {a['dtype']}", "keep floating point")


# Layers ---------------------------------------------------------------------------------------------------------------


@lowers("conv2d")
def _conv2d(b: Builder, a: dict) -> Private:
    if isinstance(a["weight"], Private):
        raise Unsupported("its weight is computed from the model's input")
    stride, dilation, padding, x = _pair(a["stride"]), _pair(a["dilation"]), a["padding"], a["input"]
    if padding == "valid":
        padding = [0, 0]
    elif padding == "same":
        total = [d * (k - 1) for d, k in zip(dilation, a["weight"].shape[2:], strict=True)]
        padding = [t // 2 for t in total]
        if any(t % 2 for t in total):  # torch puts the odd row and column at the end
            (top, left), (height, width) = padding, total
            x = b.emit("pad", [x], pad=[left, width - left, top, height - top], value=0.0)
            padding = [0, 0]
    return b.emit("conv2d", [x, a["weight"], a["bias"]], stride=stride, padding=_pair(padding), dilation=dilation, groups=a["groups"])


@lowers("linear")
def _linear(b: Builder, a: dict) -> Private:
    if isinstance(a["weight"], Private) or isinstance(a["bias"], Private):
        raise Unsupported("its weight or bias is computed from the model's input", "torch.matmul")
    return b.emit("linear", [a["input"], a["weight"], a["bias"]])


@lowers("_native_batch_norm_legit_no_training")
def _batch_norm(b: Builder, a: dict) -> list:
    return [b.emit("batch_norm", [a["input"], a["weight"], a["bias"], a["running_mean"], a["running_var"]], eps=a["eps"])]


@lowers("matmul", "mm", "bmm")
def _matmul(b: Builder, a: dict) -> Private:
    return b.emit("matmul", [a["self"], a.get("other", a.get("mat2"))])


@lowers("addmm")
def _addmm(b: Builder, a: dict) -> Private:
    if (a["beta"], a["alpha"]) != (1, 1):
        raise Unsupported("addmm with factors", "write the factors as products")
    product = b.emit("matmul", [a["mat1"], a["mat2"]])
    return b.emit("add", [product, a["self"]], alpha=1)


# Activations ----------------------------------------------------------------------------------------------------------


@lowers("relu")
def _relu(b: Builder, a: dict) -> Private:
    return b.emit("relu", [a["self"]])


@lowers("relu6")
def _relu6(b: Builder, a: dict) -> Private:
    return b.emit("hardtanh", [a["self"]], min=0.0, max=6.0)


@lowers("hardtanh")
def _hardtanh(b: Builder, a: dict) -> Private:
    return b.emit("hardtanh", [a["self"]], min=float(a["min_val"]), max=float(a["max_val"]))


@lowers("clamp", "clamp_min", "clamp_max")
def _clamp(b: Builder, a: dict) -> Private:
    x, low, high = a["self"], a.get("min"), a.get("max")
    if not all(v is None or _is_number(v) for v in (low, high)):
        raise Unsupported("its bounds are tensors", "numbers as bounds")
    if low is not None and high is not None:
        return b.emit("hardtanh", [x], min=float(low), max=float(high))
    if low == 0:
        return b.emit("relu", [x])
    if low is not None:  # low + relu(x − low)
        return b.emit("add_scalar", [b.emit("relu", [b.emit("add_scalar", [x], value=-float(low))])], value=float(low))
    above = b.emit("relu", [b.emit("add_scalar", [x], value=-float(high))])  # x − relu(x − high)
    return b.emit("sub", [x, above], alpha=1)


@lowers("hardsigmoid")
def _hardsigmoid(b: Builder, a: dict) -> Private:
    bounded = b.emit("hardtanh", [b.emit("add_scalar", [a["self"]], value=3.0)], min=0.0, max=6.0)
    return b.emit("div", [bounded], divisor=6.0)


@lowers("hardswish")
def _hardswish(b: Builder, a: dict) -> Private:
    return b.emit("mul", [a["self"], _hardsigmoid(b, a)])


@lowers("leaky_relu")
def _leaky_relu(b: Builder, a: dict) -> Private:
    slope = float(a["negative_slope"])  # slope·x + (1 − slope)·relu(x)
    positive = b.emit("mul_scalar", [b.emit("relu", [a["self"]])], value=1 - slope)
    return b.emit("add", [positive, b.emit("mul_scalar", [a["self"]], value=slope)], alpha=1)


# Pooling --------------------------------------------------------------------------------------------------------------


@lowers("max_pool2d", "max_pool2d_with_indices")
def _max_pool2d(b: Builder, a: dict) -> Any:
    kernel = _pair(a["kernel_size"])
    stride = _pair(a["stride"]) if a["stride"] else kernel
    value = b.emit("max_pool2d", [a["self"]], kernel=kernel, stride=stride, padding=_pair(a["padding"]), dilation=_pair(a["dilation"]), ceil_mode=a["ceil_mode"])
    return [value] if b.several else value


@lowers("avg_pool2d")
def _avg_pool2d(b: Builder, a: dict) -> Private:
    if a["divisor_override"] is not None:
        raise Unsupported("average pooling with divisor_override", "multiply by a number behind it")
    kernel = _pair(a["kernel_size"])
    stride = _pair(a["stride"]) if a["stride"] else kernel
    return b.emit("avg_pool2d", [a["self"]], kernel=kernel, stride=stride, padding=_pair(a["padding"]), ceil_mode=a["ceil_mode"], count_include_pad=a["count_include_pad"])


@lowers("adaptive_avg_pool2d", "_adaptive_avg_pool2d")
def _adaptive_avg_pool2d(b: Builder, a: dict) -> Private:
    return b.emit("adaptive_avg_pool2d", [a["self"]], output=_pair(a["output_size"]))


@lowers("adaptive_max_pool2d")
def _adaptive_max_pool2d(b: Builder, a: dict) -> list:
    return [b.emit("adaptive_max_pool2d", [a["self"]], output=_pair(a["output_size"]))]


# Arithmetic -----------------------------------------------------------------------------------------------------------


def _sum_or_difference(b: Builder, a: dict, sign: int) -> Private:
    x, y, alpha = a["self"], a["other"], a.get("alpha", 1)
    if _is_number(y):
        return b.emit("add_scalar", [x], value=float(sign * y * alpha))
    if _is_number(x):  # x − alpha·y
        scaled = y if alpha == 1 else b.emit("mul_scalar", [y], value=float(alpha))
        return b.emit("add_scalar", [b.emit("neg", [scaled]) if sign < 0 else scaled], value=float(x))
    return b.emit("add" if sign > 0 else "sub", [x, y], alpha=alpha)


@lowers("add")
def _add(b: Builder, a: dict) -> Private:
    return _sum_or_difference(b, a, 1)


@lowers("sub")
def _sub(b: Builder, a: dict) -> Private:
    return _sum_or_difference(b, a, -1)


@lowers("rsub")
def _rsub(b: Builder, a: dict) -> Private:
    return _sum_or_difference(b, {"self": a["other"], "other": a["self"], "alpha": a["alpha"]}, -1)


@lowers("mul")
def _mul(b: Builder, a: dict) -> Private:
    x, y = a["self"], a["other"]
    if _is_number(x):
        x, y = y, x
    return b.emit("mul_scalar", [x], value=float(y)) if _is_number(y) else b.emit("mul", [x, y])


@lowers("div")
def _div(b: Builder, a: dict) -> Private:
    if a.get("rounding_mode") is not None:
        raise Unsupported("division with rounding")
    x, y = a["self"], a["other"]
    if isinstance(y, Private):
        raise Unsupported("division by a private value is not computed in this version", "divide by a number, or by a parameter")
    return b.emit("div", [x], divisor=float(y)) if _is_number(y) else b.emit("mul", [x, 1 / y])


@lowers("neg")
def _neg(b: Builder, a: dict) -> Private:
    return b.emit("neg", [a["self"]])


@lowers("square")
def _square(b: Builder, a: dict) -> Private:
    return b.emit("mul", [a["self"], a["self"]])


@lowers("pow")
def _pow(b: Builder, a: dict) -> Private:
    power = a["exponent"]
    if not _is_number(power) or power not in (1, 2, 3, 4):
        raise Unsupported(f"the power {power}" if _is_number(power) else "a power that is a tensor", "powers 1, 2, 3 and 4")
    x = a["self"]
    if power == 1:
        return b.emit("identity", [x])
    square = b.emit("mul", [x, x])
    return square if power == 2 else b.emit("mul", [square, x if power == 3 else square])


# Reductions -----------------------------------------------------------------------------------------------------------


@lowers("sum", "mean")
def _reduce(b: Builder, a: dict) -> Private:
    _float_only(a)
    return b.emit(b.operation, [a["self"]], dims=_dims(a.get("dim"), len(a["self"].shape)), keepdim=bool(a.get("keepdim", False)))


@lowers("argmax")
def _argmax(b: Builder, a: dict) -> Private:
    x = a["self"]
    if a["dim"] is None:
        return b.emit("argmax", [b.emit("reshape", [x], shape=[-1])], dim=0, keepdim=False)
    return b.emit("argmax", [x], dim=a["dim"] % len(x.shape), keepdim=a["keepdim"])


# Shapes ---------------------------------------------------------------------------------------------------------------


@lowers("view", "reshape", "_unsafe_view", "flatten", "unflatten")
def _reshape(b: Builder, a: dict) -> Private:
    shape = [s if isinstance(s, int) else -1 for s in b.shape]  # every size that follows from the batch size is inferred
    if shape.count(-1) > 1:
        raise Unsupported("more than one size of the result depends on the batch size")
    return b.emit("reshape", [a["self"]], shape=shape)


@lowers("transpose")
def _transpose(b: Builder, a: dict) -> Private:
    return b.emit("transpose", [a["self"]], dims=_dims([a["dim0"], a["dim1"]], len(a["self"].shape)))


@lowers("t")
def _t(b: Builder, a: dict) -> Private:
    return b.emit("transpose", [a["self"]], dims=[0, 1]) if len(a["self"].shape) == 2 else b.emit("identity", [a["self"]])


@lowers("permute")
def _permute(b: Builder, a: dict) -> Private:
    return b.emit("permute", [a["self"]], dims=_dims(a["dims"], len(a["self"].shape)))


@lowers("squeeze")
def _squeeze(b: Builder, a: dict) -> Private:
    x, sizes = a["self"], a["self"].shape
    dims = [d for d in _dims(a.get("dim"), len(sizes)) if isinstance(sizes[d], int) and sizes[d] == 1]
    for dim in sorted(dims, reverse=True):
        x = b.emit("squeeze", [x], dim=dim)
    return x if dims else b.emit("identity", [x])


@lowers("unsqueeze")
def _unsqueeze(b: Builder, a: dict) -> Private:
    return b.emit("unsqueeze", [a["self"]], dim=a["dim"] % (len(a["self"].shape) + 1))


@lowers("cat")
def _cat(b: Builder, a: dict) -> Private:
    return b.emit("cat", list(a["tensors"]), dim=a["dim"] % len(b.shape))


@lowers("stack")
def _stack(b: Builder, a: dict) -> Private:
    dim = a["dim"] % len(b.shape)
    return b.emit("cat", [b.emit("unsqueeze", [x], dim=dim) if isinstance(x, Private) else x.unsqueeze(dim) for x in a["tensors"]], dim=dim)


def _slice_of(b: Builder, x: Private, dim: int, start: int, end: int, step: int = 1) -> Private:
    size = x.shape[dim]
    if not isinstance(size, int):
        if start in (0, None) and (end is None or end >= 2**62) and step == 1:
            return b.emit("identity", [x])
        raise Unsupported("a part of the batch", "take the part before the model is called")
    start, end, step = slice(start, end).indices(size)[:2] + (step,)
    if (start, end, step) == (0, size, 1):
        return b.emit("identity", [x])
    return b.emit("slice", [x], dim=dim, start=start, end=end, step=step)


@lowers("slice")
def _slice(b: Builder, a: dict) -> Private:
    x = a["self"]
    return _slice_of(b, x, a["dim"] % len(x.shape), a["start"], a["end"], a["step"])


@lowers("narrow")
def _narrow(b: Builder, a: dict) -> Private:
    x = a["self"]
    return _slice_of(b, x, a["dim"] % len(x.shape), a["start"], a["start"] + a["length"])


@lowers("split", "split_with_sizes")
def _split(b: Builder, a: dict) -> list:
    x, sizes = a["self"], a.get("split_size", a.get("split_sizes"))
    dim = a["dim"] % len(x.shape)
    if not isinstance(x.shape[dim], int):
        raise Unsupported("a part of the batch", "take the part before the model is called")
    if isinstance(sizes, int):
        sizes = [min(sizes, x.shape[dim] - i) for i in range(0, x.shape[dim], sizes)]
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    return [_slice_of(b, x, dim, end - size, end) for size, end in zip(sizes, ends, strict=True)]


@lowers("select")
def _select(b: Builder, a: dict) -> Private:
    x = a["self"]
    dim = a["dim"] % len(x.shape)
    if not isinstance(x.shape[dim], int):
        raise Unsupported("one element of the batch", "take it before the model is called")
    return b.emit("select", [x], dim=dim, index=a["index"] % x.shape[dim])


@lowers("unbind")
def _unbind(b: Builder, a: dict) -> list:
    x = a["self"]
    dim = a["dim"] % len(x.shape)
    if not isinstance(x.shape[dim], int):
        raise Unsupported("one element of the batch", "take it before the model is called")
    return [b.emit("select", [x], dim=dim, index=i) for i in range(x.shape[dim])]


@lowers("expand")
def _expand(b: Builder, a: dict) -> Private:
    x = a["self"]
    added = len(b.shape) - len(x.shape)
    if any(old != new for old, new in zip(x.shape, b.shape[added:], strict=True)) or any(size != 1 for size in b.shape[:added]):
        raise Unsupported("a copy along a dimension is not part of the graph format", "leave it out: sums and products broadcast")
    for _ in range(added):
        x = b.emit("unsqueeze", [x], dim=0)
    return b.emit("identity", [x])


@lowers("pad", "constant_pad_nd")
def _pad(b: Builder, a: dict) -> Private:
    if a.get("mode", "constant") != "constant":
        raise Unsupported(f"padding with mode {a['mode']!r}", "padding with zeros")
    return b.emit("pad", [a["self"]], pad=list(a["pad"]), value=float(a.get("value") or 0))


@lowers("dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout")
def _dropout(b: Builder, a: dict) -> Private:
    if a["train"] and a["p"] > 0:
        raise Unsupported("dropout that stays active in evaluation draws random numbers", "torch.nn.Dropout, which evaluation switches off")
    return b.emit("identity", [a["input"]])


@lowers("clone", "alias", "detach", "contiguous", "lift_fresh_copy", "_to_copy", "to")
def _identity(b: Builder, a: dict) -> Private:
    _float_only(a)
    return b.emit("identity", [a["self"]])
