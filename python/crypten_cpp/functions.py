"""Functions of the package: making, joining and choosing between private tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from . import _C
from .binary import BinaryTensor
from .devices import placed
from .errors import InvalidArgument
from .session import current
from .tensor import CrypTensor, operand, private


def cryptensor(tensor: Any = None, src: int = 0, size: Sequence[int] | None = None, device: torch.device | str | int | None = None) -> CrypTensor:
    """Shares rank ``src``'s tensor (a torch tensor, number, list or numpy array) between all parties.

    The other ranks pass ``size``, or any tensor of the same shape, which is not read. Shape: the tensor's. Cost: 0 rounds, 0 bytes. Opens: nothing.
    Each rank's share lies where its tensor does, or on its ``device``: that is its own affair.
    Errors: InvalidArgument for a rank out of range, a value that is missing on ``src``, NaN, infinite or too large.
    """
    if isinstance(tensor, CrypTensor):
        return tensor if device is None else tensor.to(device)
    value = placed(operand(tensor) if tensor is not None else None, size, device)
    return CrypTensor(_C.cryptensor(current().party, value, src, None if size is None else list(size)))


def is_encrypted_tensor(value: Any) -> bool:
    """Whether ``value`` is a CrypTensor or a BinaryTensor."""
    return isinstance(value, (CrypTensor, BinaryTensor))


def cat(tensors: Sequence[Any], dim: int = 0) -> CrypTensor | torch.Tensor:
    """Joins along a dimension; plain tensors among them are taken as public. 0 rounds, 0 bytes."""
    return _join(_C.cat, torch.cat, tensors, dim)


def stack(tensors: Sequence[Any], dim: int = 0) -> CrypTensor | torch.Tensor:
    """Joins along a new dimension; plain tensors among them are taken as public. 0 rounds, 0 bytes."""
    return _join(_C.stack, torch.stack, tensors, dim)


def _join(join: Any, plain_join: Any, tensors: Sequence[Any], dim: int) -> Any:
    if tensors and all(isinstance(x, BinaryTensor) for x in tensors):
        return BinaryTensor(join([x._value for x in tensors], dim))
    first = next((x for x in tensors if isinstance(x, CrypTensor)), None)
    if first is None:
        if not tensors:
            raise InvalidArgument(604, "nothing to join", "cat or stack", "found an empty list", "pass at least one tensor")
        return plain_join(list(tensors), dim)
    return CrypTensor(join([private(x, first) for x in tensors], dim))


def where(condition: Any, input: Any, other: Any) -> CrypTensor | torch.Tensor:  # noqa: A002: torch's name
    """``input`` where the condition is 1, ``other`` where it is 0. Shapes broadcast. A public condition: 0 rounds; a private one: one multiplication."""
    values = (condition, input, other)
    if not any(isinstance(x, CrypTensor) for x in values):
        return torch.where(*values)
    if isinstance(input, CrypTensor):
        return input.where(condition, other)
    if isinstance(condition, CrypTensor):
        return other + condition * (input - other)
    return other.where(torch.as_tensor(condition).logical_not(), input)
