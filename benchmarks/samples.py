"""Samples and what is said of them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

SAMPLE_SECONDS = 0.025  # what a sample takes at least: runs in a row, as in a user's program
MOST_RUNS = 1000


def runs_in_a_row(runs: int, seconds: float) -> int:
    """How many runs a sample should be, when one of `runs` took so long: `runs` itself where that is enough. The first runs are slower than those that follow, so this is asked
    again after each trial."""
    if seconds >= SAMPLE_SECONDS or runs >= MOST_RUNS:
        return runs
    return min(MOST_RUNS, runs + max(1, math.ceil(runs * min(20.0, 1.2 * SAMPLE_SECONDS / max(seconds, 1e-9) - 1))))


def durations(by_rank: Sequence[Sequence[tuple[float, float]]]) -> list[float]:
    """Samples, from (start, end) on each rank, all by one clock: from when the last rank started until the last one ended."""
    return [max(end for _, end in run) - max(start for start, _ in run) for run in zip(*by_rank, strict=True)]


def median(seconds: Sequence[float]) -> float:
    return statistics.median(seconds)


def net(seconds: Sequence[float], empty: float) -> list[float]:
    """Less what an empty call takes; never below 0."""
    return [max(0.0, s - empty) for s in seconds]
