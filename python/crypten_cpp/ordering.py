"""Methods of CrypTensor that compare its elements: orders, bounds, logic on truth values."""

from __future__ import annotations

from typing import Any, Self

from . import _C
from .operands import limit, raw


class Ordering:
    """Sorting runs in O(log² n) rounds; places come along in the same rounds. Ties: a stable sort's order, always.

    ``bound``: that |x| ≤ bound (for both operands) is known and public makes comparisons cheaper; a value beyond it gives a wrong order, and no error. Not positive:
    InvalidArgument (419)."""

    __slots__ = ()
    _value: _C.CrypTensor

    def _pair(self, both: tuple) -> tuple[Self, Self | None]:
        make = type(self)
        return make(both[0]), None if both[1] is None else make(both[1])

    def sort(self, dim: int = -1, descending: bool = False, stable: bool = True, *, indices: bool = True, bound: float | None = None) -> tuple[Self, Self | None]:
        """Values in order and where each comes from, along ``dim``. ``indices=False`` saves 2 … 5 rounds and gives (values, None).

        For n values at most 4·t·(t + 1)/2 rounds, t = ⌈log2 n⌉, 13 B for each pair compared. With indices |x| < 2^(46 − t) at 16 fractional bits.
        """
        return self._pair(_C.sort(self._value, dim, descending, indices, limit(bound)))

    def argsort(self, dim: int = -1, descending: bool = False, stable: bool = True, *, bound: float | None = None) -> Self:
        return type(self)(_C.sort(self._value, dim, descending, True, limit(bound))[1])

    def topk(self, k: int, dim: int = -1, largest: bool = True, sorted: bool = True, *, indices: bool = True, bound: float | None = None) -> tuple[Self, Self | None]:  # noqa: A002: torch's name
        """The ``k`` largest or smallest, in order, and where they are: only the comparisons that decide them."""
        return self._pair(_C.topk(self._value, k, dim, largest, indices, limit(bound)))

    def kthvalue(self, k: int, dim: int = -1, keepdim: bool = False, *, indices: bool = True, bound: float | None = None) -> tuple[Self, Self | None]:
        """The ``k``-th smallest, from 1 on, and where it is."""
        return self._pair(_C.kthvalue(self._value, k, dim, keepdim, indices, limit(bound)))

    def median(self, dim: int | None = None, keepdim: bool = False, *, indices: bool = True, bound: float | None = None) -> Any:
        """Of all elements; with ``dim`` the pair (median, where it is). The lower one of two, as in torch."""
        if dim is None:
            return type(self)(_C.median(self._value)) if bound is None else type(self)(_C.median(_C.reshape(self._value, [-1]), 0, False, False, bound)[0])
        return self._pair(_C.median(self._value, dim, keepdim, indices, limit(bound)))

    # Bounds: 4 rounds, 13 B an element -----------------------------------------------------------------------------------

    def maximum(self, other: Any, *, bound: float | None = None) -> Self:
        """The larger of two, element by element."""
        return type(self)(_C.maximum(self._value, raw(other), limit(bound)))

    def minimum(self, other: Any, *, bound: float | None = None) -> Self:
        """The smaller of two, element by element."""
        return type(self)(_C.minimum(self._value, raw(other), limit(bound)))

    def clamp(self, min: float | None = None, max: float | None = None, *, bound: float | None = None) -> Self:  # noqa: A002: torch's names
        return type(self)(_C.clamp(self._value, min, max, limit(bound)))

    clip = clamp

    def clamp_min(self, min: float, *, bound: float | None = None) -> Self:  # noqa: A002
        return self.clamp(min, None, bound=bound)

    def clamp_max(self, max: float, *, bound: float | None = None) -> Self:  # noqa: A002
        return self.clamp(None, max, bound=bound)

    # Truth values: of anything but 0 and 1 the results mean nothing -------------------------------------------------------

    def logical_not(self) -> Self:
        """1 − x. 0 rounds."""
        return type(self)(_C.logical_not(self._value))

    def logical_and(self, other: Any) -> Self:
        """Of results of comparisons, or with a public operand: 0 rounds; else one multiplication."""
        return type(self)(_C.logical_and(self._value, raw(other)))

    def logical_or(self, other: Any) -> Self:
        return type(self)(_C.logical_or(self._value, raw(other)))

    def logical_xor(self, other: Any) -> Self:
        return type(self)(_C.logical_xor(self._value, raw(other)))

    __and__ = __rand__ = logical_and
    __or__ = __ror__ = logical_or
    __xor__ = __rxor__ = logical_xor
    __invert__ = logical_not
