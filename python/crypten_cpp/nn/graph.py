"""Graph: an imported program, what a PyTorch model computes, node by node. The format is stated in ``nn/graph.h``."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import torch

from ..errors import InvalidArgument


@dataclass
class Node:
    """One operation. ``inputs`` name nodes, graph inputs or tensors; ``None`` is an absent one."""

    name: str
    op: str
    path: str
    inputs: list[str | None]
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass
class TensorInfo:
    """A tensor of the model. ``value`` is None on parties that do not own the numbers."""

    shape: tuple[int, ...]
    kind: str
    value: torch.Tensor | None = None


@dataclass
class GraphInput:
    name: str
    shape: tuple[int, ...]


@dataclass
class Program:
    """Inputs, nodes, tensors and outputs of a graph. Its structure is public; the tensors' numbers belong to the model's owner."""

    inputs: list[GraphInput] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    tensors: dict[str, TensorInfo] = field(default_factory=dict)

    def structure(self) -> str:
        """The structure as JSON, without numbers: what all parties may see, and must agree on."""
        return json.dumps(
            {
                "format": "crypten-graph",
                "version": 1,
                "inputs": [{"name": i.name, "shape": list(i.shape)} for i in self.inputs],
                "outputs": self.outputs,
                "nodes": [{"name": n.name, "op": n.op, "path": n.path, "inputs": n.inputs, "attributes": n.attributes} for n in self.nodes],
                "tensors": {name: {"shape": list(t.shape), "kind": t.kind} for name, t in self.tensors.items()},
            }
        )

    @property
    def has_values(self) -> bool:
        return all(t.value is not None for t in self.tensors.values())

    def state_dict(self) -> dict[str, torch.Tensor]:
        """The numbers by name: those of the PyTorch model, and what import computed from them alone."""
        return {name: t.value for name, t in self.tensors.items() if t.value is not None}

    def save(self, path: str | os.PathLike, structure_only: bool = False) -> None:
        """Writes one safetensors file: tensors by name, the structure as JSON in the metadata entry ``crypten_graph``.

        ``structure_only`` leaves out all numbers: the file that may be given to the other parties.
        """
        from safetensors import SafetensorError
        from safetensors.torch import save_file

        tensors = {} if structure_only else {name: value.detach().cpu().contiguous().clone() for name, value in self.state_dict().items()}
        partial = f"{os.fspath(path)}.partial"
        try:
            save_file(tensors, partial, metadata={"crypten_graph": self.structure()})
            os.replace(partial, path)
        except (OSError, SafetensorError) as error:
            with contextlib.suppress(OSError):
                os.remove(partial)
            raise InvalidArgument(503, "the model file cannot be written", os.fspath(path), str(error), "check the folder's permissions and free space") from None


def program_from(structure: str, values: dict[str, torch.Tensor] | None = None) -> Program:
    """The inverse of ``Program.structure``, with numbers where they are given."""
    try:
        data = json.loads(structure)
        if (data["format"], data["version"]) != ("crypten-graph", 1):
            raise KeyError(f"format {data['format']!r} version {data['version']!r}")
        values = values or {}
        return Program(
            inputs=[GraphInput(i["name"], tuple(i["shape"])) for i in data["inputs"]],
            outputs=list(data["outputs"]),
            nodes=[Node(n["name"], n["op"], n.get("path", ""), list(n["inputs"]), dict(n.get("attributes", {}))) for n in data["nodes"]],
            tensors={name: TensorInfo(tuple(t["shape"]), t["kind"], values.get(name)) for name, t in data["tensors"].items()},
        )
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise InvalidArgument(501, "the graph's structure cannot be read", "JSON", str(error), "export the model again") from None


def load_program(path: str | os.PathLike) -> Program:
    """Reads a file written by ``Program.save`` or by the C++ library. A file without tensors is a structure whose numbers belong to somebody else."""
    from safetensors import SafetensorError, safe_open

    try:
        open(path, "rb").close()  # names the cause; safetensors calls every file that it cannot open missing
        with safe_open(os.fspath(path), framework="pt") as file:
            structure = (file.metadata() or {}).get("crypten_graph")
            values = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118: not a dict
    except (OSError, SafetensorError) as error:
        raise InvalidArgument(502, "the model file cannot be read", os.fspath(path), str(error), "check that the file was copied completely, or export it again") from None
    if structure is None:
        raise InvalidArgument(502, "the model file cannot be read", os.fspath(path), "it holds tensors but no graph (metadata entry crypten_graph)", "export it with Graph.save")
    program = program_from(structure, values)
    strangers = set(values) - set(program.tensors)
    wrong = [name for name, t in program.tensors.items() if t.value is not None and tuple(t.value.shape) != t.shape]
    if strangers or wrong or (values and not program.has_values):
        why = _list("tensors that are not part of the graph", strangers) or _list("tensors of another shape", wrong) or "some tensors are missing"
        raise InvalidArgument(502, "the model file cannot be read", os.fspath(path), why, "export it again")
    return program


def _list(what: str, names: Iterable[str]) -> str:
    names = sorted(names)
    return f"{what}: {', '.join(names[:5])}{' …' if len(names) > 5 else ''}" if names else ""
