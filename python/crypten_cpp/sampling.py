"""Random private tensors that no party knows or controls: each party draws bits of its own, and their XOR is what counts."""

from __future__ import annotations

from typing import Any

import torch

from . import _C
from .operands import numbers
from .session import current
from .tensor import CrypTensor


def rand(*sizes: Any) -> CrypTensor:
    """Uniform in [0, 1), on the grid of ``encoder.precision_bits``. 1 round, 2 B an element at 16 bits. Opens: bits under masks."""
    return CrypTensor(_C.rand(current().party, numbers(sizes)))


def bernoulli(probabilities: torch.Tensor | CrypTensor) -> CrypTensor:
    """1 with the given probability, else 0, element by element. Public probabilities are rounded to the grid. 5 rounds, 15 B. Errors: InvalidArgument (438) outside 0 … 1."""
    if isinstance(probabilities, CrypTensor):
        return probabilities.bernoulli()
    return CrypTensor(_C.bernoulli(current().party, torch.as_tensor(probabilities)))
