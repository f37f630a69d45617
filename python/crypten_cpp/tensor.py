"""CrypTensor: the user's value type. Names and semantics follow CrypTen and PyTorch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch

from . import _C
from .errors import InvalidArgument
from .indexing import index
from .operands import dims, limit, operand
from .ordering import Ordering
from .products import Products
from .quotients import Quotients
from .reals import RealFunctions
from .rearrangement import Rearrangement
from .shaped import Shaped

if TYPE_CHECKING:
    from .binary import BinaryTensor


def private(value: Any, like: CrypTensor) -> _C.CrypTensor:
    """A CrypTensor's value; of a public one, a sharing that rank 0 brings in, where ``like`` lies."""
    if isinstance(value, CrypTensor):
        return value._value
    value = operand(value)
    return _C.cryptensor(like._value.party, torch.as_tensor(value).to(like.device), 0, None)


def _is_operand(value: Any) -> bool:
    return isinstance(value, (CrypTensor, torch.Tensor, bool, int, float, list)) or hasattr(value, "__array__")


def _raw(value: Any) -> Any:
    return value._value if isinstance(value, CrypTensor) else operand(value)


def _pair(value: int | tuple[int, ...]) -> tuple[int, int]:
    value = (value,) if isinstance(value, int) else tuple(value)
    return (value[0], value[0]) if len(value) == 1 else value


def _sizes(sizes: tuple) -> list[int]:
    return list(sizes[0]) if len(sizes) == 1 and not isinstance(sizes[0], int) else list(sizes)


class CrypTensor(Shaped, Ordering, Products, Quotients, RealFunctions, Rearrangement):
    """A private tensor of reals, shared between the parties. Made by ``crypten.cryptensor``; revealed by ``get_plain_text``.

    Operations return new tensors; names that end in ``_`` and ``+= -= *= /=`` rebind this one. ``repr`` shows public facts only.
    """

    __slots__ = ("_value", "__weakref__")
    __array_ufunc__ = None  # numpy leaves operators to us
    __hash__ = object.__hash__

    def __init__(self, value: _C.CrypTensor) -> None:
        if not isinstance(value, _C.CrypTensor):
            raise TypeError("CrypTensors are made by crypten.cryptensor(tensor, src=rank)")
        self._value = value

    # Public facts -------------------------------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[CrypTensor]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        raise InvalidArgument(606, "a private value cannot decide what the program does", "bool(CrypTensor)", "nobody knows it", "crypten.where(condition, a, b), or reveal it with get_plain_text()")

    def __repr__(self) -> str:
        party = self._value.party
        return f"CrypTensor(shape={tuple(self.shape)}, fraction_bits={self._value.fraction_bits}, rank={party.rank} of {party.world_size})"

    def __reduce__(self) -> Any:
        raise TypeError("a share is of use in its own session only: CrypTensors cannot be pickled")

    # Revealing ----------------------------------------------------------------------------------------------------------

    def get_plain_text(self, dst: int | None = None) -> torch.Tensor | None:
        """The plaintext, for all ranks, or for ``dst`` alone (None elsewhere). 1 round, 8 B an element. Opens: the value, entered in the ledger.

        float32; int64 for comparison results and indices.
        """
        return self._value.get_plain_text(dst)

    def reveal(self, dst: int | None = None) -> torch.Tensor | None:
        """As ``get_plain_text``, not decoded: int64 words."""
        return self._value.reveal(dst)

    def binary(self) -> BinaryTensor:
        """⌊x⌋ as a BinaryTensor, exact. 3 rounds (2 if x is open), 20 B, 91 dealer bytes an element. Opens: x − λ, then bits under masks."""
        from .binary import BinaryTensor  # which knows this class

        return BinaryTensor(_C.binary(self._value))

    # Arithmetic ---------------------------------------------------------------------------------------------------------

    def add(self, other: Any) -> CrypTensor:
        """Sum, broadcasting. 0 rounds."""
        return CrypTensor(_C.add(self._value, _raw(other)))

    def sub(self, other: Any) -> CrypTensor:
        """Difference, broadcasting. 0 rounds."""
        return CrypTensor(_C.sub(self._value, _raw(other)))

    def rsub(self, other: Any) -> CrypTensor:
        """``other − self``. 0 rounds."""
        return CrypTensor(_C.sub(_raw(other), self._value))

    def mul(self, other: Any) -> CrypTensor:
        """Product, broadcasting. With a private factor 1 round, 8 B for each element of a factor that is not open yet; with a public one 0 rounds."""
        return CrypTensor(_C.mul(self._value, _raw(other)))

    def div(self, other: Any, *, bound: float | None = None) -> CrypTensor:
        """Quotient. By a public divisor 0 rounds; by a private one of 2^-8 ≤ |other| ≤ 2^20 10 rounds, fewer with a public bound on |other|. Errors: InvalidArgument for a public zero."""
        if isinstance(other, CrypTensor):
            return CrypTensor(_C.divide(self._value, other._value, limit(bound)))
        return CrypTensor(_C.div(self._value, _raw(other)))

    def neg(self) -> CrypTensor:
        return CrypTensor(_C.neg(self._value))

    def square(self) -> CrypTensor:
        """1 round, 8 B."""
        return CrypTensor(_C.square(self._value))

    def matmul(self, other: Any) -> CrypTensor:
        """torch.matmul's shapes. With a private factor 1 round, 8 B for each element that is not open yet."""
        return CrypTensor(_C.matmul(self._value, _raw(other)))

    def conv2d(self, weight: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1, bias: CrypTensor | None = None) -> CrypTensor:
        """Convolution of (N, C, H, W) with (O, C / groups, kH, kW), as torch. Cost as ``matmul``."""
        return CrypTensor(_C.conv2d(self._value, _raw(weight), None if bias is None else private(bias, self), _pair(stride), _pair(padding), _pair(dilation), groups))

    def dot(self, other: Any) -> CrypTensor:
        """Sum of the products of two tensors of one shape. 1 round."""
        return self.mul(other).sum()

    # Comparisons: 0 or 1 -------------------------------------------------------------------------------------------------

    def lt(self, other: Any, *, bound: float | None = None) -> CrypTensor:
        """``self < other`` as 0 or 1. At most 4 rounds, 13 B an element, 52 dealer bytes. ``bound``, here and below: that |x| ≤ bound for both is known and public
        makes it cheaper; a value beyond it gives a wrong outcome, and no error. Not positive: InvalidArgument (419)."""
        return CrypTensor(_C.lt(self._value, _raw(other), limit(bound)))

    def le(self, other: Any, *, bound: float | None = None) -> CrypTensor:
        return CrypTensor(_C.le(self._value, _raw(other), limit(bound)))

    def gt(self, other: Any, *, bound: float | None = None) -> CrypTensor:
        return CrypTensor(_C.gt(self._value, _raw(other), limit(bound)))

    def ge(self, other: Any, *, bound: float | None = None) -> CrypTensor:
        return CrypTensor(_C.ge(self._value, _raw(other), limit(bound)))

    def eq(self, other: Any, *, bound: float | None = None) -> CrypTensor:
        return CrypTensor(_C.eq(self._value, _raw(other), limit(bound)))

    def ne(self, other: Any, *, bound: float | None = None) -> CrypTensor:
        return CrypTensor(_C.ne(self._value, _raw(other), limit(bound)))

    def where(self, condition: Any, other: Any) -> CrypTensor:
        """``self`` where the condition is 1, ``other`` elsewhere; see ``crypten.where``."""
        if not isinstance(condition, CrypTensor):
            chosen = torch.as_tensor(condition).to(torch.int64)
            return self * chosen + other * (1 - chosen)
        if isinstance(other, CrypTensor):
            return CrypTensor(_C.where(condition._value, self._value, other._value))
        return other + condition * (self - other)

    def relu(self, *, bound: float | None = None) -> CrypTensor:
        """max(x, 0). 4 rounds; the truncation of a product in front of it is part of them."""
        return CrypTensor(_C.relu(self._value, limit(bound)))

    def hardtanh(self, min_value: float = -1, max_value: float = 1, *, bound: float | None = None) -> CrypTensor:
        return CrypTensor(_C.hardtanh(self._value, min_value, max_value, limit(bound)))

    def relu6(self, *, bound: float | None = None) -> CrypTensor:
        return self.hardtanh(0, 6, bound=bound)

    def abs(self, *, bound: float | None = None) -> CrypTensor:
        return CrypTensor(_C.abs(self._value, limit(bound)))

    def sign(self, *, bound: float | None = None) -> CrypTensor:
        """−1, 0 or 1, as torch."""
        return CrypTensor(_C.sign(self._value, limit(bound)))

    # Reductions ---------------------------------------------------------------------------------------------------------

    def sum(self, dim: int | tuple[int, ...] | None = None, keepdim: bool = False) -> CrypTensor:
        """0 rounds."""
        return CrypTensor(_C.sum(self._value, dims(dim), keepdim))

    def mean(self, dim: int | tuple[int, ...] | None = None, keepdim: bool = False) -> CrypTensor:
        """0 rounds."""
        return CrypTensor(_C.mean(self._value, dims(dim), keepdim))

    def max(self, dim: int | None = None, keepdim: bool = False, one_hot: bool = True, *, bound: float | None = None) -> Any:
        """The largest element; with ``dim`` the pair (largest, its position). Positions are one-hot by default, as in CrypTen. Ties: the first."""
        return self._extreme(_C.max, dim, keepdim, one_hot, bound)

    def min(self, dim: int | None = None, keepdim: bool = False, one_hot: bool = True, *, bound: float | None = None) -> Any:
        return self._extreme(_C.min, dim, keepdim, one_hot, bound)

    def _extreme(self, operation: Any, dim: int | None, keepdim: bool, one_hot: bool, bound: float | None) -> Any:
        if dim is None:
            return CrypTensor(operation(self._value)) if bound is None else CrypTensor(operation(_C.reshape(self._value, [-1]), 0, False, False, bound)[0])
        return tuple(CrypTensor(x) for x in operation(self._value, dim, keepdim, one_hot, limit(bound)))

    def argmax(self, dim: int | None = None, keepdim: bool = False, one_hot: bool = True, *, bound: float | None = None) -> CrypTensor:
        """Position of the largest element: one-hot by default, as in CrypTen; ``one_hot=False``: the index. Ties: the first."""
        return CrypTensor(_C.argmax(self._value, dim, keepdim, one_hot, limit(bound)))

    def argmin(self, dim: int | None = None, keepdim: bool = False, one_hot: bool = True, *, bound: float | None = None) -> CrypTensor:
        return CrypTensor(_C.argmin(self._value, dim, keepdim, one_hot, limit(bound)))

    # Pooling ------------------------------------------------------------------------------------------------------------

    def max_pool2d(
        self, kernel_size: Any, padding: Any = 0, stride: Any = None, dilation: Any = 1, ceil_mode: bool = False, return_indices: bool = False,
        *, bound: float | None = None,
    ) -> CrypTensor | tuple[CrypTensor, CrypTensor]:
        """CrypTen's order of arguments: padding before stride. Padding never wins. With indices: torch's, private; windows of up to 256 elements, 1 round more."""
        kernel = _pair(kernel_size)
        options = (kernel, kernel if stride is None else _pair(stride), _pair(padding), _pair(dilation), ceil_mode, limit(bound))
        if not return_indices:
            return CrypTensor(_C.max_pool2d(self._value, *options))
        value, indices = _C.max_pool2d_with_indices(self._value, *options)
        return CrypTensor(value), CrypTensor(indices)

    def avg_pool2d(self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False, count_include_pad: bool = True) -> CrypTensor:
        """0 rounds."""
        kernel = _pair(kernel_size)
        return CrypTensor(_C.avg_pool2d(self._value, kernel, kernel if stride is None else _pair(stride), _pair(padding), ceil_mode, count_include_pad))

    def adaptive_avg_pool2d(self, output_size: Any) -> CrypTensor:
        return CrypTensor(_C.adaptive_avg_pool2d(self._value, _pair(output_size)))

    def adaptive_max_pool2d(self, output_size: Any, *, bound: float | None = None) -> CrypTensor:
        return CrypTensor(_C.adaptive_max_pool2d(self._value, _pair(output_size), limit(bound)))

    # Shapes: local ------------------------------------------------------------------------------------------------------

    def reshape(self, *shape: Any) -> CrypTensor:
        return CrypTensor(_C.reshape(self._value, _sizes(shape)))

    view = reshape

    def flatten(self, start_dim: int = 0, end_dim: int = -1) -> CrypTensor:
        return CrypTensor(_C.flatten(self._value, start_dim, end_dim))

    def transpose(self, dim0: int, dim1: int) -> CrypTensor:
        return CrypTensor(_C.transpose(self._value, dim0, dim1))

    def t(self) -> CrypTensor:
        return self.transpose(0, 1) if self.dim() == 2 else self.clone()

    def permute(self, *dims: Any) -> CrypTensor:
        return CrypTensor(_C.permute(self._value, _sizes(dims)))

    def expand(self, *sizes: Any) -> CrypTensor:
        return CrypTensor(_C.expand(self._value, _sizes(sizes)))

    def squeeze(self, dim: int | None = None) -> CrypTensor:
        return CrypTensor(_C.squeeze(self._value, dim))

    def unsqueeze(self, dim: int) -> CrypTensor:
        return CrypTensor(_C.unsqueeze(self._value, dim))

    def narrow(self, dim: int, start: int, length: int) -> CrypTensor:
        return CrypTensor(_C.slice(self._value, dim, start, start + length, 1))

    def index_select(self, dim: int, index: torch.Tensor) -> CrypTensor:
        """Elements at public positions."""
        return CrypTensor(_C.index_select(self._value, dim, index))

    def split(self, split_size: int, dim: int = 0) -> tuple[CrypTensor, ...]:
        return tuple(CrypTensor(x) for x in _C.split(self._value, split_size, dim))

    def unbind(self, dim: int = 0) -> tuple[CrypTensor, ...]:
        return tuple(CrypTensor(_C.select(self._value, dim, i)) for i in range(self.shape[dim]))

    def pad(self, pad: Any, mode: str = "constant", value: float = 0) -> CrypTensor:
        if mode != "constant":
            raise InvalidArgument(609, f"padding with mode {mode!r} is not computed in this version", "pad", "expected mode 'constant'", "pad with a constant")
        return CrypTensor(_C.pad(self._value, list(pad), value))

    def clone(self) -> CrypTensor:
        """Another handle on the same value; operations never change values."""
        return CrypTensor(self._value)

    shallow_copy = clone

    def __getitem__(self, key: Any) -> CrypTensor:
        """Integers, slices, ``None``, ``...`` and public index tensors. Local."""
        return CrypTensor(index(self._value, key))

    # Rebinding ----------------------------------------------------------------------------------------------------------

    def copy_(self, other: CrypTensor) -> CrypTensor:
        """This handle stands for ``other``'s value from now on. Errors: InvalidArgument (610) for another shape."""
        if other.shape != self.shape:
            raise InvalidArgument(610, "an in-place operation cannot change the shape", "copy_", f"expected {tuple(self.shape)}, found {tuple(other.shape)}", "use the operation without the underscore")
        self._value = other._value
        return self

    def __getattr__(self, name: str) -> Any:
        # relu_, add_, …: the operation, then this handle is rebound.
        operation = getattr(type(self), name[:-1], None) if name.endswith("_") and not name.endswith("__") else None
        if operation is None or name.startswith("_"):
            raise AttributeError(f"CrypTensor has no attribute {name!r}")
        return lambda *args, **kwargs: self.copy_(operation(self, *args, **kwargs))


def _operators() -> None:
    def binary(name: str, swapped: bool = False) -> Any:
        def operator(self: CrypTensor, other: Any) -> Any:
            if not _is_operand(other):
                return NotImplemented
            return getattr(self, name)(other)

        return operator

    def in_place(name: str) -> Any:
        def operator(self: CrypTensor, other: Any) -> Any:
            return self.copy_(getattr(self, name)(other)) if _is_operand(other) else NotImplemented

        return operator

    names = {"add": "add", "sub": "sub", "mul": "mul", "truediv": "div", "matmul": "matmul", "lt": "lt", "le": "le", "gt": "gt", "ge": "ge", "eq": "eq", "ne": "ne", "radd": "add", "rsub": "rsub", "rmul": "mul"}
    for operator, method in names.items():
        setattr(CrypTensor, f"__{operator}__", binary(method))
    for operator in ("add", "sub", "mul", "truediv"):
        setattr(CrypTensor, f"__i{operator}__", in_place(names[operator]))
    CrypTensor.__rmatmul__ = lambda self, other: CrypTensor(_C.matmul(operand(other), self._value)) if _is_operand(other) else NotImplemented
    CrypTensor.__neg__ = lambda self: self.neg()
    CrypTensor.__abs__ = lambda self: self.abs()
    CrypTensor.__pow__ = lambda self, p: self.pow(p)


_operators()
