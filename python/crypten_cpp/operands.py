"""Operands of private tensors' methods, as the extension takes them."""

from __future__ import annotations

import math
from typing import Any

import torch

from .errors import InvalidArgument


def operand(value: Any) -> Any:
    """A public operand as the extension takes it: a tensor or a number. Errors: InvalidArgument (605) for anything else."""
    if isinstance(value, (torch.Tensor, bool, int, float)):
        return value
    if isinstance(value, (list, tuple)) or hasattr(value, "__array__"):
        return torch.as_tensor(value)
    raise InvalidArgument(605, f"an operand of type {type(value).__name__}", "an operation with a private tensor", "expected a CrypTensor, tensor, number, list or array", "convert it first")


def raw(value: Any) -> Any:
    """What stands behind a CrypTensor, or a public operand."""
    private = getattr(value, "_value", None)
    return operand(value) if private is None else private


def numbers(values: tuple) -> list[int]:
    """``f(2, 3)`` and ``f((2, 3))`` alike."""
    return list(values[0]) if len(values) == 1 and not isinstance(values[0], int) else list(values)


def listed(value: int | tuple[int, ...] | list[int]) -> list[int]:
    """One number, or several."""
    return [value] if isinstance(value, int) else list(value)


def spread(value: int | tuple[int, ...], dims: int) -> list[int]:
    """One number for each dimension."""
    values = listed(value)
    return values * dims if len(values) == 1 else values


def dims_checked(name: str, value: Any, dims: int) -> None:
    """Errors: InvalidArgument (605) unless the operand has that many dimensions."""
    found = value.dim()
    if found != dims:
        raise InvalidArgument(605, f"{name} takes an operand of {dims} dimensions", name, f"found {found}: {tuple(value.shape)}", "use matmul, which broadcasts")


def dims(dim: Any) -> list[int]:
    """Dimensions as the extension takes them: none, one, or several."""
    return [] if dim is None else [dim] if isinstance(dim, int) else [int(d) for d in dim]


def limit(bound: float | None) -> float:
    """A public bound as the extension takes it."""
    return math.inf if bound is None else float(bound)


class Applied:
    """What mixins of CrypTensor have in common: a function of the extension applied to the tensor gives a tensor."""

    __slots__ = ()
    _value: Any

    def _apply(self, function: Any, *arguments: Any) -> Any:
        return type(self)(function(self._value, *arguments))  # type: ignore[call-arg]
