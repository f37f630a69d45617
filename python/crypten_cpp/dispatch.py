"""torch's functions and operators with a CrypTensor among their arguments: ``tensor + enc``, ``torch.cat``, ``torch.nn.functional.relu``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F

from .errors import InvalidArgument
from .functions import cat, stack, where
from .tensor import CrypTensor

# torch's name → ours, where a CrypTensor comes first.
_METHODS = {
    "add": "add", "__add__": "add", "__radd__": "add", "sub": "sub", "subtract": "sub", "mul": "mul", "multiply": "mul", "__mul__": "mul", "__rmul__": "mul",
    "div": "div", "divide": "div", "true_divide": "div", "neg": "neg", "negative": "neg", "square": "square", "pow": "pow", "matmul": "matmul", "mm": "mm", "bmm": "bmm", "mv": "mv", "outer": "outer", "ger": "ger", "addmm": "addmm",
    "lt": "lt", "less": "lt", "le": "le", "less_equal": "le", "gt": "gt", "greater": "gt", "ge": "ge", "greater_equal": "ge", "eq": "eq", "ne": "ne", "not_equal": "ne",
    "sigmoid": "sigmoid", "tanh": "tanh", "erf": "erf", "gelu": "gelu", "silu": "silu", "softplus": "softplus", "logsigmoid": "logsigmoid", "log_sigmoid": "logsigmoid", "mish": "mish",
    "elu": "elu", "selu": "selu", "leaky_relu": "leaky_relu", "prelu": "prelu", "hardsigmoid": "hardsigmoid", "hardswish": "hardswish", "sin": "sin", "cos": "cos", "atan": "atan", "arctan": "atan",
    "exp": "exp", "expm1": "expm1", "log": "log", "log1p": "log1p", "reciprocal": "reciprocal", "sqrt": "sqrt", "rsqrt": "inv_sqrt", "tan": "tan", "var": "var", "std": "std",
    "norm": "norm", "logsumexp": "logsumexp", "cosine_similarity": "cosine_similarity", "layer_norm": "layer_norm", "rms_norm": "rms_norm", "group_norm": "group_norm", "batch_norm": "batch_norm",
    "relu": "relu", "relu6": "relu6", "abs": "abs", "absolute": "abs", "sign": "sign", "sum": "sum", "mean": "mean", "max": "max", "min": "min", "argmax": "argmax", "argmin": "argmin",
    "reshape": "reshape", "flatten": "flatten", "transpose": "transpose", "t": "t", "permute": "permute", "squeeze": "squeeze", "unsqueeze": "unsqueeze", "narrow": "narrow",
    "index_select": "index_select", "split": "split", "unbind": "unbind", "clone": "clone", "numel": "numel",
    **{name: name for name in (
        "sort", "argsort", "topk", "kthvalue", "median", "maximum", "minimum", "clamp", "clip", "clamp_min", "clamp_max", "logical_not", "logical_and", "logical_or", "logical_xor",
        "flip", "roll", "movedim", "moveaxis", "swapaxes", "swapdims", "diagonal", "tril", "triu", "tile", "repeat_interleave", "chunk", "gather", "take", "scatter", "scatter_add", "index_add",
        "masked_fill", "cumsum", "trace", "prod", "bernoulli", "dropout",
    )},
    "bitwise_and": "logical_and", "bitwise_or": "logical_or", "bitwise_xor": "logical_xor", "bitwise_not": "logical_not",
    "__and__": "logical_and", "__or__": "logical_or", "__xor__": "logical_xor", "__rand__": "logical_and", "__ror__": "logical_or", "__rxor__": "logical_xor",
    "adaptive_avg_pool2d": "adaptive_avg_pool2d", "avg_pool2d": "avg_pool2d", "pad": "pad",
}  # fmt: skip

# Where the first operand is a plain tensor: the operation with both sides exchanged.
_EXCHANGED = {"div": "__rtruediv__", "add": "add", "sub": "rsub", "mul": "mul", "matmul": "__rmatmul__", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}
_EXCHANGED |= {name: name for name in ("maximum", "minimum", "logical_and", "logical_or", "logical_xor")}
_ONE_HOT = ("max", "min", "argmax", "argmin")  # torch's functions give indices


def _conv2d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1) -> CrypTensor:  # noqa: A002
    if not isinstance(input, CrypTensor):
        raise InvalidArgument(616, "a convolution of a public input with a private weight", "torch.nn.functional.conv2d", "the input is a plain tensor", "crypten.cryptensor(input) first")
    return input.conv2d(weight, stride, padding, dilation, groups, bias)


def _convolution(name: str) -> Callable:
    def convolution(input: Any, weight: Any, bias: Any = None, *options: Any, **named: Any) -> CrypTensor:  # noqa: A002
        if not isinstance(input, CrypTensor):
            raise InvalidArgument(616, "a convolution of a public input with a private weight", f"torch.nn.functional.{name}", "the input is a plain tensor", "crypten.cryptensor(input) first")
        order = ("stride", "padding", "output_padding", "groups", "dilation") if "transpose" in name else ("stride", "padding", "dilation", "groups")
        return getattr(input, name)(weight, **dict(zip(order, options, strict=False)), **named, bias=bias)

    return convolution


def _linear(input: Any, weight: Any, bias: Any = None) -> CrypTensor:  # noqa: A002
    product = input @ weight.t()
    return product if bias is None else product + bias


def _max_pool2d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False, return_indices: bool = False) -> Any:  # noqa: A002
    return input.max_pool2d(kernel_size, padding, stride, dilation, ceil_mode, return_indices)


def _hardtanh(input: CrypTensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> CrypTensor:  # noqa: A002
    return input.hardtanh(min_val, max_val)


def _softmax(method: str) -> Callable:
    def call(input: CrypTensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> CrypTensor:  # noqa: A002
        if dim is None:
            raise InvalidArgument(616, "softmax needs its dimension", f"torch.nn.functional.{method}", "dim is None", "pass dim")
        return getattr(input, method)(dim)

    return call


_FUNCTIONS: dict[Any, Callable] = {
    **dict.fromkeys((F.softmax, torch.softmax), _softmax("softmax")), **dict.fromkeys((F.log_softmax, torch.log_softmax), _softmax("log_softmax")),
    torch.cat: cat, torch.concat: cat, torch.stack: stack, torch.where: where, F.conv2d: _conv2d, torch.conv2d: _conv2d, F.linear: _linear,
    **{getattr(F, name): _convolution(name) for name in ("conv1d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d")},
    F.max_pool2d: _max_pool2d, torch.max_pool2d: _max_pool2d, F.max_pool2d_with_indices: lambda *args, **options: _max_pool2d(*args, **{**options, "return_indices": True}), F.hardtanh: _hardtanh,
    torch.rsub: lambda a, b: b - a, torch.Tensor.__rsub__: lambda a, b: b - a,
}  # fmt: skip


def torch_function(function: Any, args: tuple, kwargs: dict) -> Any:
    """Errors: InvalidArgument (615) for a torch function that has no private counterpart here."""
    if function in _FUNCTIONS:
        return _FUNCTIONS[function](*args, **kwargs)
    name = getattr(function, "__name__", str(function))
    method = _METHODS.get(name)
    if method and args and isinstance(args[0], CrypTensor):
        if method in _ONE_HOT and "one_hot" not in kwargs and (method.startswith("arg") or len(args) > 1 or "dim" in kwargs):
            kwargs = {**kwargs, "one_hot": False}
        kwargs.pop("inplace", None)
        return getattr(args[0], method)(*args[1:], **kwargs)
    if method in _EXCHANGED and len(args) == 2 and isinstance(args[1], CrypTensor):
        return getattr(args[1], _EXCHANGED[method])(args[0])
    raise InvalidArgument(615, f"torch.{name} has no private counterpart in this version", "a torch function with a CrypTensor", "it is not in the list of crypten_cpp/dispatch.py", "use a method of CrypTensor")


def _called(cls: type, function: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
    return torch_function(function, args, kwargs or {})


CrypTensor.__torch_function__ = classmethod(_called)  # torch asks it first
