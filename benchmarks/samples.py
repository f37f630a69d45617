"""Samples and what is said of them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def durations(by_rank: Sequence[Sequence[tuple[float, float]]]) -> list[float]:
    """Runs, from (start, end) on each rank, all by one clock: from when the last rank started until the last one ended."""
    return [max(end for _, end in run) - max(start for start, _ in run) for run in zip(*by_rank, strict=True)]


def median(seconds: Sequence[float]) -> float:
    return statistics.median(seconds)


def net(seconds: Sequence[float], empty: float) -> list[float]:
    """Less what an empty call takes; never below 0."""
    return [max(0.0, s - empty) for s in seconds]
