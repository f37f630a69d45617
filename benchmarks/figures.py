"""Figures as people read them, out of a run's JSON: times with units, ratios, names of rows. What tables (tables.py) and charts (page.py) have in common."""

from __future__ import annotations

from typing import Any

from benchmarks.samples import median, net

COLUMNS = ("ours cold", "ours prefetched", "ours plaintext cold", "ours plaintext prefetched", "crypten cold", "spu cold")
UNITS = {"matmul": "{0}×{0}", "conv2d": "64→64, 3×3, {0}²", "digits": "batch {0}", "resnet18": "{0}², batch 1"}


def seconds(entry: dict[str, Any] | None, empty: float = 0.0) -> float | None:
    """An entry's median, less an empty call; None where it has no samples."""
    return median(net(entry["seconds"], empty)) if entry and entry.get("seconds") else None


def human(value: float | None) -> str:
    """Seconds, with three digits and a unit."""
    if value is None:
        return "–"
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= scale or unit == "µs":
            number = value / scale
            return f"{number:.2f} {unit}" if number < 10 else f"{number:.1f} {unit}" if number < 100 else f"{number:.0f} {unit}"
    raise AssertionError


def ratio(a: float | None, b: float | None) -> str:
    """a / b as "3.2×"; a dash where one is missing or b is 0."""
    if a is None or not b:
        return "–"
    value = a / b
    return f"{value:.2f}×" if value < 10 else f"{value:.0f}×"


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def mebibytes(count: float) -> str:
    return f"{count / 2**20:,.0f} MiB" if count >= 10 * 2**20 else f"{count / 2**20:.1f} MiB"


def empty_call(result: dict[str, Any]) -> float:
    """What is subtracted from each of SPU's runs. The smallest sample: what every call takes."""
    samples = result.get("empty_call", {}).get("spu")
    return min(samples) if isinstance(samples, list) and samples else 0.0


def size(row: dict[str, Any]) -> str:
    return UNITS.get(row["operation"], "{0:,}").format(row["size"])


def times(result: dict[str, Any], row: dict[str, Any]) -> dict[str, float | None]:
    empty = empty_call(result)
    return {name: seconds(row["entries"].get(name), empty if name.startswith("spu") else 0.0) for name in COLUMNS}


def worst(result: dict[str, Any], count: int = 3) -> list[tuple[str, str, float]]:
    """The rows that are farthest from their bound: row, variant, ratio."""
    found = [
        (row["row"], variant, t / row["bound"][variant]["seconds"])
        for row in result["rows"]
        if row.get("costs")
        for variant in ("cold", "prefetched")
        if (t := times(result, row)[f"ours {variant}"]) and row["bound"][variant]["seconds"]
    ]
    return sorted(found, key=lambda item: -item[2])[:count]


def worst_rows(result: dict[str, Any], count: int = 3) -> list[tuple[dict[str, Any], str, float]]:
    """The same for different rows, each in its worse variant: the row itself, variant, ratio."""
    found: dict[str, tuple[str, float]] = {}
    for name, variant, times_bound in worst(result, 2 * len(result["rows"])):
        found.setdefault(name, (variant, times_bound))
    by_name = {row["row"]: row for row in result["rows"]}
    return [(by_name[name], *rest) for name, rest in list(found.items())[:count]]
