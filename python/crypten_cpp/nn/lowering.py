"""What each ATen operation becomes in the graph's format (``nn/graph.h``).

A handler takes the builder and the operation's arguments by their schema names and returns what stands for the result:
a ``Private`` value (computed from the model's input), a tensor (known at import), or a list of them. The handlers are in ``lowering_values``
and ``lowering_shapes``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch


@dataclass(frozen=True)
class Private:
    """A value that depends on the model's input: a node or an input of the graph."""

    name: str
    shape: tuple


class Unsupported(Exception):
    """This use of the operation cannot be expressed."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason, self.hint = reason, hint


class Builder(Protocol):
    """What handlers may do."""

    operation: str
    shape: tuple  # of the operation's (first) result
    several: bool  # whether it has several results

    def emit(self, op: str, inputs: list, **attributes: Any) -> Private: ...


Handler = Callable[[Builder, dict[str, Any]], Any]
HANDLERS: dict[str, Handler] = {}


def lowers(*names: str) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(names, handler))
        return handler

    return register


def pair(value: Any, default: int | None = None) -> list[int]:
    value = [value] if isinstance(value, int) else list(value)
    if not value:
        return [default, default]
    return value * 2 if len(value) == 1 else value


def dimensions(value: int | list[int] | None, rank: int) -> list[int]:
    value = list(range(rank)) if value is None or value == [] else [value] if isinstance(value, int) else list(value)
    return [d % rank for d in value]


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def float_only(a: dict[str, Any]) -> None:
    if a.get("dtype") not in (None, torch.float32, torch.float64, torch.float16, torch.bfloat16):
        raise Unsupported(f"conversion to {a['dtype']}", "keep floating point")
