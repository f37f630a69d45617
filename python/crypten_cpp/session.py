"""The current party of a Python thread: the only ambient state."""

from __future__ import annotations

import atexit
import contextlib
import sys
import threading
import warnings
import weakref
from collections.abc import Iterator
from typing import Any

from . import _C
from .config import Config, cfg
from .errors import SessionError


class Session:
    """One party's membership in a run: the C++ party, and what this package keeps beside it."""

    def __init__(self, party: _C.Party, config: Config) -> None:
        self.party, self.config = party, config
        self.stats_baseline: dict[str, Any] = {}
        self.closed = False

    def close(self, failed_with: str | None = None) -> None:
        """Says the last words: finished, or failed with the class of an error."""
        if self.closed:
            return
        self.closed = True
        self.party.hand_over()
        if failed_with is None:
            self.party.close()
        else:
            self.party.abort(failed_with)


class _Current(threading.local):
    session: Session | None = None


_current = _Current()
_opened: weakref.WeakSet[Session] = weakref.WeakSet()


def current() -> Session:
    """This thread's session. Errors: SessionError (601) where there is none."""
    if _current.session is None:
        raise SessionError(601, "this thread has no session", threading.current_thread().name, "crypten.init() was not called in it", "call crypten.init(), or run the function with crypten.simulate(n)")
    return _current.session


@contextlib.contextmanager
def entered(session: Session) -> Iterator[None]:
    """``session`` as this thread's current one."""
    before, _current.session = _current.session, session
    try:
        yield
    finally:
        _current.session = before


def init(config: Any = None) -> None:
    """Joins the session that the environment names (``crypten-launch`` sets it), or a session of one party.

    ``config``: a Config, a mapping such as ``{"encoder.precision_bits": 20}``, or a TOML file; by default ``crypten.cfg``.
    Waits for all parties. A second call only warns. Errors: SessionError and its kinds, before any key or share is sent.
    """
    if _current.session is not None:
        warnings.warn("crypten is already initialized in this thread", RuntimeWarning, stacklevel=2)
        return
    settings = Config(cfg if config is None else config)
    _current.session = Session(_C.connect(settings._settings), settings)
    _opened.add(_current.session)


def uninit() -> None:
    """Leaves the session in good order. Tensors live on, but cannot be computed with any more. Without a session: nothing."""
    session, _current.session = _current.session, None
    if session is not None:
        session.close()


def is_initialized() -> bool:
    """Whether this thread has a session."""
    return _current.session is not None


def rank() -> int:
    """This party's number, 0 … world_size − 1."""
    return current().party.rank


def world_size() -> int:
    """The number of parties."""
    return current().party.world_size


@contextlib.contextmanager
def scope(name: str) -> Iterator[None]:
    """Names a part of the program, in the ledger and in errors. All parties must use the same names."""
    party = current().party
    party.push_scope(name.replace(" ", "_"))
    try:
        yield
    finally:
        party.pop_scope()


@atexit.register
def _last_words() -> None:
    # An exception that ended the program was printed already; the peers learn its class.
    error = getattr(sys, "last_value", None)
    for session in list(_opened):
        with contextlib.suppress(Exception):
            session.close(type(error).__name__ if error is not None else None)
