"""Random private tensors that no party knows or controls: each party draws bits, or an order, of its own, and all of them together count.

``device``: where this party's share is made, the CPU if it is not named; that is its own affair, as for :func:`cryptensor`.
"""

from __future__ import annotations

from typing import Any

import torch

from . import _C
from .devices import ready
from .operands import numbers
from .session import current
from .tensor import CrypTensor


def _place(device: torch.device | str | int | None) -> str:
    return "cpu" if device is None else str(ready(device))


def rand(*sizes: Any, device: torch.device | str | int | None = None) -> CrypTensor:
    """Uniform in [0, 1), on the grid of ``encoder.precision_bits``. 1 round, 2 B an element at 16 bits. Opens: bits under masks."""
    return CrypTensor(_C.rand(current().party, numbers(sizes), _place(device)))


def randn(*sizes: Any, device: torch.device | str | int | None = None) -> CrypTensor:
    """Normal with mean 0 and variance 1 (Box and Muller). 18 rounds, 57 B an element. Opens: as log, sqrt, sin. Distribution and tails: mpc/function/normal.h."""
    return CrypTensor(_C.randn(current().party, numbers(sizes), _place(device)))


def randperm(n: int, device: torch.device | str | int | None = None) -> CrypTensor:
    """A private random order of 0 … n − 1. One round for each party but one. Opens: x − λ, to one party in each round."""
    return CrypTensor(_C.randperm(current().party, n, _place(device)))


def shuffle(*tensors: CrypTensor) -> CrypTensor | tuple[CrypTensor, ...]:
    """The tensors with their rows in one private random order: examples and labels stay together. One round for each party, 8 B an element each but one's own.

    Opens: x − λ, to one party in each round. Errors: InvalidArgument (408) for different numbers of rows.
    """
    shuffled = tuple(CrypTensor(x) for x in _C.shuffle([x._value for x in tensors]))
    return shuffled[0] if len(shuffled) == 1 else shuffled


def lookup(table: CrypTensor | torch.Tensor | list, index: CrypTensor) -> CrypTensor:
    """table[index] for a private index of whole numbers into 1 … 256 entries or rows, public or private. 1 round, 3 B an element for a public table of 256; 2 rounds for a private one.

    Opens: the index under a mask; of a private table also one-hot vectors and the table under masks. Errors: IndexError (414) for another number of entries.
    """
    return CrypTensor(_C.look_up(table._value if isinstance(table, CrypTensor) else torch.as_tensor(table), index._value))


def bernoulli(probabilities: torch.Tensor | CrypTensor) -> CrypTensor:
    """1 with the given probability, else 0, element by element. Public probabilities are rounded to the grid. 5 rounds, 15 B. Errors: InvalidArgument (438) outside 0 … 1."""
    if isinstance(probabilities, CrypTensor):
        return probabilities.bernoulli()
    public = torch.as_tensor(probabilities)
    ready(public.device)
    return CrypTensor(_C.bernoulli(current().party, public))
