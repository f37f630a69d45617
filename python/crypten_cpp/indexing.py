"""``x[...]`` with public positions, as views where torch makes views."""

from __future__ import annotations

import builtins
from typing import Any

import torch

from . import _C
from .errors import IndexError, InvalidArgument  # noqa: A004


def index(value: _C.CrypTensor, key: Any) -> _C.CrypTensor:
    """Integers, slices, None, ... and at most one tensor or list of indices (integers or booleans). Errors: IndexError, InvalidArgument."""
    keys = list(key) if isinstance(key, tuple) else [key]
    used = sum(1 for k in keys if k is not None and k is not Ellipsis)
    if sum(1 for k in keys if k is Ellipsis) > 1:
        raise IndexError(611, "more than one ellipsis", "indexing", "'...' stands for all remaining dimensions", "keep one")
    if used > len(value.sizes):
        raise IndexError(611, "too many indices", "indexing", f"{used} for a tensor of {len(value.sizes)} dimensions", "use fewer")
    rest = len(value.sizes) - used
    if not any(k is Ellipsis for k in keys):
        keys.append(Ellipsis)
    at = keys.index(Ellipsis) if _no_tensors(keys) else next(i for i, k in enumerate(keys) if k is Ellipsis)
    keys[at : at + 1] = [slice(None)] * rest
    if sum(1 for k in keys if _is_index_list(k)) > 1:
        raise InvalidArgument(612, "more than one index tensor", "indexing", "each would select along its own dimension together", "index one dimension after the other")
    dim = 0
    for k in keys:
        value, dim = _one(value, dim, k)
    return value


def _no_tensors(keys: list) -> bool:
    return not any(isinstance(k, torch.Tensor) or hasattr(k, "__array__") for k in keys)


def _is_index_list(key: Any) -> bool:
    return isinstance(key, (torch.Tensor, list)) or hasattr(key, "__array__")


def _one(value: _C.CrypTensor, dim: int, key: Any) -> tuple[_C.CrypTensor, int]:
    """Applies one key at ``dim``; returns the result and where the next key applies."""
    if key is None:
        return _C.unsqueeze(value, dim), dim + 1
    if isinstance(key, slice):
        step = 1 if key.step is None else key.step
        if step < 1:
            raise InvalidArgument(613, f"a step of {step}", "indexing", "slices go forwards, as in torch", "index with a tensor of positions")
        start, end, _ = key.indices(value.sizes[dim])
        if (start, end, step) == (0, value.sizes[dim], 1):
            return value, dim + 1
        return _C.slice(value, dim, start, builtins.max(start, end), step), dim + 1
    if _is_index_list(key):
        positions = torch.as_tensor(key)
        if positions.dtype == torch.bool:
            if positions.dim() != 1 or positions.shape[0] != value.sizes[dim]:
                raise IndexError(611, "a mask of another size", "indexing", f"expected ({value.sizes[dim]},), found {tuple(positions.shape)}", "one truth value for each position")
            positions = positions.nonzero().flatten()
        if positions.dim() == 0:
            return _C.select(value, dim, int(positions)), dim
        shape = list(value.sizes)
        taken = _C.index_select(value, dim, positions.flatten().to(torch.int64) % shape[dim] if _in_range(positions, shape[dim]) else positions.flatten())
        return _C.reshape(taken, shape[:dim] + list(positions.shape) + shape[dim + 1 :]), dim + positions.dim()
    if hasattr(key, "__index__") and not isinstance(key, bool):
        return _C.select(value, dim, key.__index__()), dim
    raise InvalidArgument(614, f"an index of type {type(key).__name__}", "indexing", "positions are public: integers, slices, None, ... and tensors of integers", "reveal a private position first, or use a one-hot product")


def _in_range(positions: torch.Tensor, size: int) -> bool:
    return positions.numel() == 0 or bool((positions >= -size).all() and (positions < size).all())
