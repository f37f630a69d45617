"""Methods of CrypTensor that move, repeat, leave out or replace elements at public places: local, exact, under torch's names and rules."""

from __future__ import annotations

import builtins
from typing import Any, Self

import torch

from . import _C
from .errors import IndexError  # noqa: A004
from .operands import listed, numbers, raw


class Rearrangement:
    """0 rounds, 0 bytes each."""

    __slots__ = ()
    _value: _C.CrypTensor

    def _made(self, value: _C.CrypTensor) -> Self:
        return type(self)(value)

    def flip(self, *dims: Any) -> Self:
        return self._made(_C.flip(self._value, numbers(dims)))

    def roll(self, shifts: int | tuple[int, ...], dims: int | tuple[int, ...] | None = None) -> Self:
        return self._made(_C.roll(self._value, listed(shifts), [] if dims is None else listed(dims)))

    def movedim(self, source: int | tuple[int, ...], destination: int | tuple[int, ...]) -> Self:
        return self._made(_C.movedim(self._value, listed(source), listed(destination)))

    moveaxis = movedim

    def swapaxes(self, axis0: int, axis1: int) -> Self:
        return self._made(_C.transpose(self._value, axis0, axis1))

    swapdims = swapaxes

    def diagonal(self, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Self:
        return self._made(_C.diagonal(self._value, offset, dim1, dim2))

    def tril(self, diagonal: int = 0) -> Self:
        return self._made(_C.tril(self._value, diagonal))

    def triu(self, diagonal: int = 0) -> Self:
        return self._made(_C.triu(self._value, diagonal))

    def repeat(self, *sizes: Any) -> Self:
        return self._made(_C.repeat(self._value, numbers(sizes)))

    def tile(self, *dims: Any) -> Self:
        return self._made(_C.tile(self._value, numbers(dims)))

    def repeat_interleave(self, repeats: int, dim: int | None = None) -> Self:
        return self._made(_C.repeat_interleave(self._value, repeats, dim))

    def unfold(self, dimension: int, size: int, step: int) -> Self:
        return self._made(_C.unfold(self._value, dimension, size, step))

    def chunk(self, chunks: int, dim: int = 0) -> tuple[Self, ...]:
        """At most ``chunks`` parts of equal size, the last may be smaller."""
        size = max(-(-self._value.sizes[dim] // chunks), 1) if chunks > 0 else 0  # 0 parts: refused
        return tuple(self._made(part) for part in _C.split(self._value, size, dim))

    def gather(self, dim: int, index: torch.Tensor) -> Self:
        return self._made(_C.gather(self._value, dim, index))

    def take(self, index: Any, dimension: int | None = None) -> Self:
        """Elements in memory order; with ``dimension``, as in CrypTen, slices along it in the shape of ``index``."""
        index = torch.as_tensor(index)
        if dimension is None:
            return self._made(_C.take(self._value, index))
        shape = list(self._value.sizes)
        dimension %= len(shape)
        taken = _C.index_select(self._value, dimension, index.flatten())
        return self._made(_C.reshape(taken, shape[:dimension] + list(index.shape) + shape[dimension + 1 :]))

    # New tensors with other elements at some places -----------------------------------------------------------------------

    def scatter(self, dim: int, index: torch.Tensor, src: Any) -> Self:
        """A place named twice is an error (436): torch leaves open which value stays."""
        return self._made(_C.scatter(self._value, dim, index, raw(src)))

    def scatter_add(self, dim: int, index: torch.Tensor, src: Any) -> Self:
        return self._made(_C.scatter_add(self._value, dim, index, raw(src)))

    def index_add(self, dim: int, index: torch.Tensor, source: Any) -> Self:
        return self._made(_C.index_add(self._value, dim, index, raw(source)))

    def masked_fill(self, mask: torch.Tensor, value: float) -> Self:
        """One number where the public mask is true."""
        return self._made(_C.masked_fill(self._value, mask, value))

    def __setitem__(self, key: Any, value: Any) -> None:
        """``x[key] = value`` for any public key that torch takes: this handle stands for the changed tensor from now on. Errors: IndexError (611), InvalidArgument (436) for a place named twice."""
        sizes = self._value.sizes
        places = torch.arange(torch.Size(sizes).numel()).reshape(sizes)
        try:
            if isinstance(key, str):
                raise TypeError("a position is no string")
            places = places[key]
        except (builtins.IndexError, TypeError, RuntimeError) as error:
            raise IndexError(611, "no such places", "x[…] = value", str(error), "index with integers, slices, None, ... and public tensors that fit the shape") from None
        self._value = _C.put(self._value, places, raw(value))
