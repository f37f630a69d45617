"""BinaryTensor: private 64-bit integers, shared bit by bit. Names follow CrypTen's BinarySharedTensor and torch's integer tensors."""

from __future__ import annotations

from typing import Any

import torch

from . import _C
from .devices import placed
from .errors import InvalidArgument
from .indexing import index
from .operands import numbers, operand, raw
from .session import current
from .shaped import Shaped
from .tensor import CrypTensor


class BinaryTensor(Shaped):
    """A private tensor of 64-bit integers. Made by ``crypten.binary_tensor``, or ``x.binary()`` of a CrypTensor; revealed by ``get_plain_text``.

    Logic and shifts of whole words, sums modulo 2^64, comparisons of numbers with a sign; results of comparisons are 0 and 1. The other operand is a BinaryTensor, or public whole
    numbers that are equal on all parties. Shapes broadcast. Costs are for each element of the result. Opens: bits, each under its own mask.
    Errors: InvalidArgument (439) for real operands, (410) for shapes that do not broadcast, (401) for tensors of two sessions.
    """

    __slots__ = ("_value", "__weakref__")
    __array_ufunc__ = None  # numpy leaves operators to us
    __hash__ = object.__hash__

    def __init__(self, value: _C.BinaryTensor) -> None:
        if not isinstance(value, _C.BinaryTensor):
            raise TypeError("BinaryTensors are made by crypten.binary_tensor(tensor, src=rank)")
        self._value = value

    def __bool__(self) -> bool:
        raise InvalidArgument(606, "a private value cannot decide what the program does", "bool(BinaryTensor)", "nobody knows it", "a.where(condition, b), or reveal it with get_plain_text()")

    def __repr__(self) -> str:
        party = self._value.party
        return f"BinaryTensor(shape={tuple(self.shape)}, rank={party.rank} of {party.world_size})"

    def __reduce__(self) -> Any:
        raise TypeError("a share is of use in its own session only: BinaryTensors cannot be pickled")

    def get_plain_text(self, dst: int | None = None) -> torch.Tensor | None:
        """The integers (int64), for all ranks, or for ``dst`` alone (None elsewhere). 1 round, 8 B an element. Opens: the value, entered in the ledger."""
        return self._value.get_plain_text(dst)

    reveal = get_plain_text

    def arithmetic(self, bits: int = 64) -> CrypTensor:
        """The numbers as a CrypTensor; |x| < 2^46 to compute with reals of 16 fractional bits. 1 round, 8 B, 260 dealer bytes.

        Of fewer ``bits`` the low ones, as a number without a sign: bits/8 B; of a comparison's result ``arithmetic(1)``, 8 dealer bytes. Errors: InvalidArgument (300) outside 1 … 64.
        """
        return CrypTensor(_C.arithmetic(self._value, bits))

    def where(self, condition: BinaryTensor, other: Any) -> BinaryTensor:
        """This where the condition's lowest bit is 1, else ``other``. 1 round, 16 B, 8 dealer bytes."""
        return BinaryTensor(_C.where(_private(condition)._value, self._value, _private(other)._value))

    # Bits ---------------------------------------------------------------------------------------------------------------

    def __xor__(self, other: Any) -> BinaryTensor:
        """0 rounds."""
        return self._with(_C.bit_xor, other)

    def __and__(self, other: Any) -> BinaryTensor:
        """With a private operand 1 round, 16 B, 8 dealer bytes; with a public one 0 rounds."""
        return self._with(_C.bit_and, other)

    def __or__(self, other: Any) -> BinaryTensor:
        """With a private operand 1 round, 16 B, 8 dealer bytes; with a public one 0 rounds."""
        return self._with(_C.bit_or, other)

    __rxor__, __rand__, __ror__ = __xor__, __and__, __or__

    def __invert__(self) -> BinaryTensor:
        """0 rounds."""
        return BinaryTensor(_C.bit_not(self._value))

    def __lshift__(self, bits: int) -> BinaryTensor:
        """By a public number of bits. 0 rounds. Errors: InvalidArgument (300) outside 0 … 63, here and below."""
        return BinaryTensor(_C.shift_left(self._value, bits))

    def __rshift__(self, bits: int) -> BinaryTensor:
        """By a public number of bits; copies of the sign come in, as in torch. 0 rounds."""
        return BinaryTensor(_C.shift_right(self._value, bits))

    def shift_right_logical(self, bits: int) -> BinaryTensor:
        """By a public number of bits; zeros come in. 0 rounds."""
        return BinaryTensor(_C.shift_right_logical(self._value, bits))

    def rotate_left(self, bits: int) -> BinaryTensor:
        """All 64 bits, by a public number. 0 rounds."""
        return BinaryTensor(_C.rotate_left(self._value, bits))

    # Numbers ------------------------------------------------------------------------------------------------------------

    def add(self, other: Any) -> BinaryTensor:
        """Sum modulo 2^64. 3 rounds, 28 B, 134 dealer bytes."""
        return self._checked(_C.add, other)

    def sub(self, other: Any) -> BinaryTensor:
        """Difference modulo 2^64. 3 rounds, 28 B, 134 dealer bytes."""
        return self._checked(_C.sub, other)

    def neg(self) -> BinaryTensor:
        """3 rounds, 28 B, 134 dealer bytes."""
        return BinaryTensor(_C.neg(self._value))

    def lt(self, other: Any) -> BinaryTensor:
        """``self < other`` as 0 or 1. 3 rounds, 21 B, 86 dealer bytes."""
        return self._checked(_C.lt, other)

    def le(self, other: Any) -> BinaryTensor:
        return self._checked(_C.le, other)

    def gt(self, other: Any) -> BinaryTensor:
        return self._checked(_C.gt, other)

    def ge(self, other: Any) -> BinaryTensor:
        return self._checked(_C.ge, other)

    def eq(self, other: Any) -> BinaryTensor:
        """``self == other`` as 0 or 1. 2 rounds, 9 B, 278 dealer bytes."""
        return self._checked(_C.eq, other)

    def ne(self, other: Any) -> BinaryTensor:
        return self._checked(_C.ne, other)

    def __add__(self, other: Any) -> BinaryTensor:
        return self._with(_C.add, other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> BinaryTensor:
        return self._with(_C.sub, other)

    def __rsub__(self, other: Any) -> BinaryTensor:
        return BinaryTensor(_C.sub(operand(other), self._value)) if _is_operand(other) else NotImplemented

    def __neg__(self) -> BinaryTensor:
        return self.neg()

    def __lt__(self, other: Any) -> BinaryTensor:
        return self._with(_C.lt, other)

    def __le__(self, other: Any) -> BinaryTensor:
        return self._with(_C.le, other)

    def __gt__(self, other: Any) -> BinaryTensor:
        return self._with(_C.gt, other)

    def __ge__(self, other: Any) -> BinaryTensor:
        return self._with(_C.ge, other)

    def __eq__(self, other: Any) -> BinaryTensor:  # type: ignore[override]
        return self._with(_C.eq, other)

    def __ne__(self, other: Any) -> BinaryTensor:  # type: ignore[override]
        return self._with(_C.ne, other)

    # Shapes: 0 rounds ---------------------------------------------------------------------------------------------------

    def reshape(self, *sizes: Any) -> BinaryTensor:
        return BinaryTensor(_C.reshape(self._value, numbers(sizes)))

    view = reshape

    def flatten(self) -> BinaryTensor:
        return self.reshape(-1)

    def permute(self, *dims: Any) -> BinaryTensor:
        return BinaryTensor(_C.permute(self._value, numbers(dims)))

    def unsqueeze(self, dim: int) -> BinaryTensor:
        return BinaryTensor(_C.unsqueeze(self._value, dim))

    def __getitem__(self, key: Any) -> BinaryTensor:
        return BinaryTensor(index(self._value, key))

    @classmethod
    def __torch_function__(cls, function: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        """torch's operators with a plain tensor on the left. Errors: InvalidArgument (615) for other functions."""
        name = getattr(function, "__name__", str(function)).strip("_")
        if len(args) == 2 and not kwargs and isinstance(args[1], BinaryTensor) and name in _EXCHANGED:
            return getattr(args[1], _EXCHANGED[name])(args[0])
        raise InvalidArgument(615, f"torch.{name} has no counterpart for binary tensors", "a torch function with a BinaryTensor", "operators and methods are", "use a method of BinaryTensor")

    def _with(self, function: Any, other: Any) -> Any:
        return self._checked(function, other) if _is_operand(other) else NotImplemented

    def _checked(self, function: Any, other: Any) -> BinaryTensor:
        if isinstance(other, CrypTensor):
            raise InvalidArgument(439, "binary tensors hold whole numbers", "an operation with a BinaryTensor", "the other operand is a CrypTensor", "x.binary() of it first, or arithmetic() of this one")
        return BinaryTensor(function(self._value, raw(other)))


# Where a plain tensor comes first: torch's name → the operation with both sides exchanged.
_EXCHANGED = {
    "add": "__add__", "sub": "__rsub__", "bitwise_xor": "__xor__", "xor": "__xor__", "bitwise_and": "__and__", "and": "__and__", "bitwise_or": "__or__", "or": "__or__",
    "lt": "__gt__", "le": "__ge__", "gt": "__lt__", "ge": "__le__", "eq": "__eq__", "ne": "__ne__",
}  # fmt: skip


def _is_operand(value: Any) -> bool:
    return isinstance(value, (BinaryTensor, CrypTensor, torch.Tensor, bool, int, float, list)) or hasattr(value, "__array__")


def _private(value: Any) -> BinaryTensor:
    """Of public whole numbers, a sharing that rank 0 brings in."""
    return value if isinstance(value, BinaryTensor) else binary_tensor(value)


def binary_tensor(tensor: Any = None, src: int = 0, size: Any = None, device: torch.device | str | int | None = None) -> BinaryTensor:
    """Shares rank ``src``'s whole numbers (a torch tensor, number, list or numpy array) bit by bit between all parties.

    The other ranks pass ``size``, or any tensor of the same shape, which is not read. Cost: 0 rounds, 0 bytes. Opens: nothing.
    Errors: InvalidArgument (439) for real numbers, (406) for a rank out of range, (407, 408) for a value that is missing on ``src`` or of another shape.
    """
    if isinstance(tensor, BinaryTensor):
        return tensor if device is None else tensor.to(device)
    value = placed(operand(tensor) if tensor is not None else None, size, device)
    return BinaryTensor(_C.binary_tensor(current().party, value, src, None if size is None else list(size)))
