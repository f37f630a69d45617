"""Methods of CrypTensor that multiply and add up: convolutions, products of matrices and vectors, running sums, dropout."""

from __future__ import annotations

from typing import Any, Self

import torch

from . import _C
from .operands import dims_checked, raw, spread


class Products:
    """A product with a private factor: 1 round, 8 B for each element of an operand that is not open yet. With a public one: 0 rounds."""

    __slots__ = ()
    _value: _C.CrypTensor

    def _convolved(self, dims: int, weight: Any, stride: Any, padding: Any, dilation: Any, groups: int, bias: Any) -> Self:
        bias = None if bias is None else _private(bias, self)
        return type(self)(_C.conv(self._value, raw(weight), bias, spread(stride, dims), spread(padding, dims), spread(dilation, dims), groups))

    def conv1d(self, weight: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1, bias: Any = None) -> Self:
        """Convolution of (N, C, L) with (O, C / groups, k), as torch."""
        return self._convolved(1, weight, stride, padding, dilation, groups, bias)

    def conv3d(self, weight: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1, bias: Any = None) -> Self:
        """Convolution of (N, C, D, H, W) with (O, C / groups, kD, kH, kW), as torch."""
        return self._convolved(3, weight, stride, padding, dilation, groups, bias)

    def _convolved_back(self, dims: int, weight: Any, stride: Any, padding: Any, output_padding: Any, dilation: Any, groups: int, bias: Any) -> Self:
        bias = None if bias is None else _private(bias, self)
        options = [spread(value, dims) for value in (stride, padding, output_padding, dilation)]
        return type(self)(_C.conv_transpose(self._value, raw(weight), bias, *options, groups))

    def conv_transpose1d(self, weight: Any, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, dilation: Any = 1, groups: int = 1, bias: Any = None) -> Self:
        """Transposed convolution of (N, C, L) with (C, O / groups, k), as torch."""
        return self._convolved_back(1, weight, stride, padding, output_padding, dilation, groups, bias)

    def conv_transpose2d(self, weight: Any, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, dilation: Any = 1, groups: int = 1, bias: Any = None) -> Self:
        return self._convolved_back(2, weight, stride, padding, output_padding, dilation, groups, bias)

    def conv_transpose3d(self, weight: Any, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, dilation: Any = 1, groups: int = 1, bias: Any = None) -> Self:
        return self._convolved_back(3, weight, stride, padding, output_padding, dilation, groups, bias)

    def bmm(self, mat2: Any) -> Self:
        """Products of matrices, batch by batch."""
        dims_checked("bmm", self, 3)
        return self.matmul(mat2)

    def mm(self, mat2: Any) -> Self:
        dims_checked("mm", self, 2)
        return self.matmul(mat2)

    def mv(self, vec: Any) -> Self:
        """Matrix times vector."""
        dims_checked("mv", self, 2)
        return self.matmul(vec)

    def outer(self, vec2: Any) -> Self:
        """All products of an element of one vector with one of the other."""
        dims_checked("outer", self, 1)
        return self.unsqueeze(1) * vec2

    ger = outer

    def addmm(self, mat1: Any, mat2: Any, *, beta: float = 1, alpha: float = 1) -> Self:
        """``beta · self + alpha · (mat1 @ mat2)``; one of the matrices may be public."""
        product = mat1 @ mat2
        return (self if beta == 1 else self * beta) + (product if alpha == 1 else product * alpha)

    def cumsum(self, dim: int) -> Self:
        """0 rounds."""
        return type(self)(_C.cumsum(self._value, dim))

    def trace(self) -> Self:
        """0 rounds."""
        return type(self)(_C.trace(self._value))

    def prod(self, dim: int | None = None, keepdim: bool = False) -> Self:
        """Product of n factors by a tree: ⌈log2 n⌉ rounds."""
        return type(self)(_C.prod(self._value, dim, keepdim))

    def bernoulli(self) -> Self:
        """1 with the private probability that each element holds, else 0. No party knows or controls the draw. 5 rounds."""
        return type(self)(_C.bernoulli(self._value))

    def dropout(self, p: float = 0.5, training: bool = True, inplace: bool = False) -> Self:
        """Each element is 0 with probability ``p``, else divided by 1 − p; which ones stays private. 6 rounds; 0 where not ``training``."""
        return type(self)(_C.dropout(self._value, p, training))


def _private(value: Any, like: Products) -> _C.CrypTensor:
    """A bias: of a public one, a sharing that rank 0 brings in, where ``like`` lies."""
    value = raw(value)
    return value if isinstance(value, _C.CrypTensor) else _C.cryptensor(like._value.party, torch.as_tensor(value).to(like._value.device), 0, None)
