"""What is public of every private tensor: its shape and its device, in torch's words."""

from __future__ import annotations

from typing import Any

import torch

from .devices import ready


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

    @property
    def device(self) -> torch.device:
        return torch.device(self._value.device)

    def to(self, device: torch.device | str | int) -> Any:
        """The same tensor on another device of this party. All ranks call it, each with a device of its own. 0 rounds, 0 B; what is open stays open.

        Errors: InvalidArgument (620, 621) where the device is not there, or has no kernels.
        """
        return type(self)(self._value.to(str(ready(device))))

    def cuda(self, device: torch.device | str | int | None = None) -> Any:
        """``to`` a GPU: torch's current one, or the one named."""
        return self.to("cuda" if device is None else device)

    def cpu(self) -> Any:
        return self.to("cpu")

    def __len__(self) -> int:
        if self.dim() == 0:
            raise TypeError("len() of a 0-d tensor")
        return self.shape[0]
