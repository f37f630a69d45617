"""Graph: an imported model, as users hold it. Plain until ``encrypt``; then it runs on CrypTensors."""

from __future__ import annotations

import os
import weakref
from typing import Any

import torch

from .. import _C
from ..devices import ready
from ..errors import InvalidArgument
from ..session import Session, current
from ..tensor import CrypTensor
from .graph import Program, load_program, program_from
from .importer import import_pytorch
from .plaintext import evaluate
from .report import Report


class Graph:
    """A model whose structure is public and whose numbers belong to one party, until they are shared by ``encrypt``.

    One object may serve several parties of a simulation: each has its own shares.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._device: torch.device | None = None
        self._encrypted: weakref.WeakKeyDictionary[Session, _C.EncryptedModel] = weakref.WeakKeyDictionary()

    @property
    def encrypted(self) -> bool:
        """Whether this party's copy has been encrypted in its session."""
        return current() in self._encrypted

    def encrypt(self, src: int = 0) -> Graph:
        """Shares the numbers of rank ``src`` between all parties and returns self. Numbers of other ranks are not read.

        Cost: 1 round, 32 B, which compare the structures; a weight is opened, masked, when it is first used, and never again.
        Errors: ProgramMismatch on all ranks if their structures differ; InvalidArgument if ``src`` has no numbers.
        """
        session = current()
        values = self.program.state_dict() if session.party.rank == src else {}
        model = _C.EncryptedModel.encrypt(session.party, _C.Graph(self.program.structure(), values), src)
        self._encrypted[session] = model.to(str(self._device)) if self._device is not None else model
        return self

    def to(self, device: torch.device | str | int) -> Graph:
        """The encrypted numbers go to a device of this party, now or when they are encrypted; returns self. Inputs must lie there, too. All ranks call it, each with a device of its
        own, as ``CrypTensor.to``; the plaintext numbers stay where they are."""
        self._device = ready(device)
        if self._is_encrypted_here():
            self._encrypted[current()] = self._encrypted[current()].to(str(self._device))
        return self

    def cuda(self, device: torch.device | str | int | None = None) -> Graph:
        """``to`` a GPU: torch's current one, or the one named."""
        return self.to("cuda" if device is None else device)

    def cpu(self) -> Graph:
        return self.to("cpu")

    def __call__(self, *inputs: Any) -> Any:
        """Runs the model: on CrypTensors after ``encrypt``, on torch tensors before (in plaintext, on this party alone). Any batch size.

        Returns one tensor, or a tuple for a model with several outputs. Errors: InvalidArgument for inputs that do not fit.
        """
        private = [isinstance(x, CrypTensor) for x in inputs]
        if all(private) and inputs:
            return self._run_private(inputs)
        if any(private) or self._is_encrypted_here():
            raise InvalidArgument(522, "an encrypted model runs on CrypTensors", "calling a Graph", "an input is a plain tensor", "crypten.cryptensor(input, src=owner) first")
        return self.plaintext(*inputs)

    def plaintext(self, *inputs: torch.Tensor) -> Any:
        """Runs the model on torch tensors, on this party alone. Errors: InvalidArgument on a party that does not own the numbers."""
        if not self.program.has_values:
            raise InvalidArgument(523, "this party does not own the model's numbers", "running a Graph in plaintext", "the graph is a structure only", "encrypt it, and pass CrypTensors")
        with torch.no_grad():
            return _single(evaluate(self.program, tuple(torch.as_tensor(x) for x in inputs)))

    def _is_encrypted_here(self) -> bool:
        from ..session import is_initialized

        return is_initialized() and self.encrypted

    def _run_private(self, inputs: tuple[CrypTensor, ...]) -> Any:
        model = self._encrypted.get(current())
        if model is None:
            raise InvalidArgument(524, "the model is not encrypted", "calling a Graph on CrypTensors", "its numbers have not been shared in this session", "graph.encrypt(src=owner) first, on all parties")
        return _single([CrypTensor(x) for x in model([x._value for x in inputs])])

    def save(self, path: str | os.PathLike, structure_only: bool = False) -> None:
        """One safetensors file. ``structure_only``: without numbers, for the other parties."""
        self.program.save(path, structure_only)

    def state_dict(self) -> dict[str, torch.Tensor]:
        """The plaintext numbers by name; empty on parties that do not own them."""
        return self.program.state_dict()

    def structure_only(self) -> Graph:
        """The same graph without numbers."""
        return Graph(program_from(self.program.structure()))

    def __repr__(self) -> str:
        owner = "with numbers" if self.program.has_values else "structure only"
        return f"Graph({len(self.program.nodes)} operations, {len(self.program.tensors)} tensors, {owner})"


def _single(outputs: list) -> Any:
    return outputs[0] if len(outputs) == 1 else tuple(outputs)


def from_pytorch(model: torch.nn.Module, example: Any) -> Graph:
    """Imports a model in evaluation mode, through torch.export. ``example``: an input, or a tuple of them; dimension 0 is the batch, any size at run time.

    All parties import the same architecture; only the owner's numbers matter. Errors: UnsupportedModel with everything that is in the way.
    """
    program, report = import_pytorch(model, example)
    report.raise_if_unsupported()
    return Graph(program)


def check(model: torch.nn.Module, example: Any) -> Report:
    """What ``from_pytorch`` would say: supported, or the list of everything that is not."""
    return import_pytorch(model, example)[1]


def load(path: str | os.PathLike) -> Graph:
    """Reads a file written by ``Graph.save``, here or in C++. Errors: InvalidArgument (502) for a file that is no graph."""
    return Graph(load_program(path))
