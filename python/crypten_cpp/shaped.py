"""What is public of every private tensor: its shape, in torch's words."""

from __future__ import annotations

from typing import Any

import torch


class Shaped:
    """Mixed into CrypTensor and BinaryTensor."""

    __slots__ = ()
    _value: Any

    @property
    def shape(self) -> torch.Size:
        return torch.Size(self._value.sizes)

    def size(self, dim: int | None = None) -> torch.Size | int:
        return self.shape if dim is None else self.shape[dim]

    def dim(self) -> int:
        return len(self._value.sizes)

    ndim = property(dim)

    def numel(self) -> int:
        return self.shape.numel()

    nelement = numel

    def __len__(self) -> int:
        if self.dim() == 0:
            raise TypeError("len() of a 0-d tensor")
        return self.shape[0]
