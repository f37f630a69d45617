"""What was revealed to whom, and what it cost. Both are always on."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields

from .session import current


@dataclass(frozen=True)
class Reveal:
    """A plaintext that was made known on purpose. ``to``: the rank that learned it; None: all."""

    scope: str
    shape: tuple[int, ...]
    to: int | None
    dithered: bool


@dataclass(frozen=True)
class Ledger:
    """Everything this party opened. ``reveals`` are plaintexts; ``openings`` are masked values, which say nothing: verb → (times, elements, bits)."""

    reveals: tuple[Reveal, ...]
    openings: dict[str, tuple[int, int, int]]
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class CommunicationStats:
    """Counters of this party since the start, or since ``reset_communication_stats()``. Bytes are exact."""

    rounds: int
    bytes_sent: int
    bytes_received: int
    dealer_bytes: int
    dealer_bytes_received: int
    wire_bytes_sent: int
    wire_bytes_received: int
    messages_sent: int
    wait_seconds: float
    dealer_wait_seconds: float

    def __getitem__(self, name: str) -> int | float:
        return getattr(self, name)


def ledger() -> Ledger:
    """What this party has opened so far. 0 rounds."""
    party = current().party
    return Ledger(tuple(Reveal(scope, tuple(shape), to, dithered) for scope, shape, to, dithered in party.reveals()), party.openings(), party.ledger_text())


def communication_stats() -> CommunicationStats:
    """Rounds, bytes and waiting time of this party. ``dealer_bytes``: what the dealer sends for this program to all parties together, equal on all;
    ``dealer_bytes_received``: what of it, and of what a plan asks for ahead, has reached this party.
    ``wait_seconds``: in rounds, for peers; ``dealer_wait_seconds``: for answers of the dealer that had not come when they were needed."""
    session = current()
    now = session.party.traffic()
    return CommunicationStats(**{f.name: now[f.name] - session.stats_baseline.get(f.name, 0) for f in fields(CommunicationStats)})


def reset_communication_stats() -> None:
    """Counts from zero again."""
    session = current()
    session.stats_baseline = session.party.traffic()


def print_communication_stats() -> None:
    """One line for each counter, and one for the network if it is emulated (`crypten-launch --network`): times are then those of this machine with such a network."""
    stats = communication_stats()
    for field in fields(stats):
        print(f"{field.name}: {getattr(stats, field.name)}")
    if network := os.environ.get("CRYPTEN_EMULATED_NETWORK"):
        print(f"emulated network: {network}")
