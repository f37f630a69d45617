"""Plans: a function that is called again and again on tensors of the same shapes. What one call asks of the dealer is asked ahead of time for the next."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

from . import _C
from .session import Session, current


class Plan:
    """A callable like ``fn``; results, rounds and bytes are the same, and from the second call on the dealer's answers are there already."""

    def __init__(self, fn: Callable[..., Any]) -> None:
        functools.update_wrapper(self, fn, updated=())
        self._fn = fn
        self._plans: weakref.WeakKeyDictionary[Session, _C.Plan] = weakref.WeakKeyDictionary()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Runs ``fn`` as this party's next call. Every rank calls in step. Errors: ProtocolError inside another plan's call, and what ``fn`` raises."""
        session = current()
        if session not in self._plans:
            self._plans[session] = _C.Plan(session.party)
        return self._plans[session].call(lambda: self._fn(*args, **kwargs))


def plan(fn: Callable[..., Any]) -> Plan:
    """``classify = crypten.plan(model)``, or as a decorator."""
    return Plan(fn)
