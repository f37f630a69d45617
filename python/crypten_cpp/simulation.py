"""n parties as threads of one process: the same protocols over queues in memory, with the dealer in the process. For tests, notebooks and learning: nothing is secret in it."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from crypten_tools.network import Network

from . import _C
from .config import Config, cfg
from .errors import InvalidArgument
from .session import Session, entered


class Simulation:
    """Sessions of n parties. ``run(fn)`` runs ``fn`` once per party and returns the results by rank."""

    def __init__(self, parties: int, config: Any = None, network: str | None = None) -> None:
        self.config = Config(cfg if config is None else config)
        try:
            line = Network() if network is None else Network.parse(network)
        except ValueError as problem:
            raise InvalidArgument(622, "a network to imitate that is none", "simulate", str(problem), 'pass "wan", "lan" or e.g. "rtt=0.5ms,rate=1Gbps", or nothing') from None
        rate = float("inf") if line.rate is None else line.rate / 8
        self.sessions = [Session(party, self.config) for party in _C.local_parties(parties, self.config._settings, line.rtt / 2, rate)]

    @property
    def world_size(self) -> int:
        return len(self.sessions)

    def run(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Runs ``fn(*args, **kwargs)`` in each party's thread, with that party as the current one.

        The first exception by time is raised here, with a note that names its party; the session is over then. Ctrl-C ends all parties.
        """
        return _Run(self.sessions, fn, args, kwargs).results()

    def close(self) -> None:
        """Ends all sessions. Tensors live on, but cannot be computed with any more."""
        for session in self.sessions:
            session.close()

    def __enter__(self) -> Simulation:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Simulation(world_size={self.world_size})"


def simulate(parties: int, config: Any = None, network: str | None = None) -> Simulation:
    """``with crypten.simulate(3) as sim: results = sim.run(fn)``. No ports, no processes; works in notebooks.

    ``config`` as for ``init``. ``network``: what lies between each two parties, as for ``crypten-launch --network``: ``"wan"``, ``"lan"`` or e.g. ``"rtt=0.5ms,rate=1Gbps"``, the rate
    in either direction; the dealer is in the process all the same. Errors: InvalidArgument for fewer than one party, and for a network that is none.
    """
    return Simulation(parties, config, network)


_PATIENCE = 5.0  # seconds for interrupted parties, before they are left behind


class _Run:
    """One call of ``Simulation.run``: threads, first failure, interruption."""

    def __init__(self, sessions: list[Session], fn: Callable[..., Any], args: tuple, kwargs: dict) -> None:
        self.sessions, self.fn, self.args, self.kwargs = sessions, fn, args, kwargs
        self.values: list[Any] = [None] * len(sessions)
        self.failure: tuple[int, BaseException] | None = None
        self.lock = threading.Lock()
        self.interruption = _C.Interruption()
        # Not Thread.join: in Python 3.11 a Ctrl-C during join() marks a thread that still runs as stopped.
        self.ended = [threading.Event() for _ in sessions]
        self.threads = [threading.Thread(target=self._party, args=(rank,), name=f"party {rank}", daemon=True) for rank in range(len(sessions))]

    def results(self) -> list[Any]:
        try:
            for thread in self.threads:
                thread.start()
            for ended in self.ended:
                while not ended.wait(0.1):
                    pass
        except BaseException:  # KeyboardInterrupt
            self._interrupt()
            raise
        if self.failure is not None:
            rank, error = self.failure
            for session in self.sessions:  # of parties that had finished before
                session.close(type(error).__name__)
            error.add_note(f"raised by party {rank} of {len(self.sessions)} in a simulation")
            raise error
        return self.values

    def _interrupt(self) -> None:
        """The parties end where they wait, within 100 ms, or at their next line of Python."""
        self.interruption.interrupt()
        for thread, ended in zip(self.threads, self.ended, strict=True):
            if thread.ident is not None and not ended.is_set():
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(KeyboardInterrupt))
        deadline = time.monotonic() + _PATIENCE
        for thread, ended in zip(self.threads, self.ended, strict=True):
            if thread.ident is not None:
                ended.wait(max(0.0, deadline - time.monotonic()))
        for session in self.sessions:
            session.closed = True

    def _party(self, rank: int) -> None:
        session = self.sessions[rank]
        try:
            with entered(session):
                self.interruption.bind()
                self.values[rank] = self.fn(*self.args, **self.kwargs)
        except BaseException as error:  # noqa: BLE001: handed to the caller
            with self.lock:
                if self.failure is None:
                    self.failure = (rank, error)
            session.closed = True
            session.party.abort(type(error).__name__)
        finally:
            session.party.hand_over()
            self.ended[rank].set()
