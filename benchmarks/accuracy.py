"""`make accuracy`: the largest errors of every function of reals, measured on many points, beside what its header states; the table is docs/accuracy.md.

    python -m benchmarks.accuracy [--points 1000000] [--only NAME …] [--parties 2 3] [--output docs/accuracy.md]

Points: half of a row's domain as a grid, half at random, and its edges; decoded encodings, so that what is measured is the function alone. The reference is torch in float64.
A function gets a row by being in FUNCTIONS.
"""

from __future__ import annotations

import argparse
import math
import pathlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F

import crypten_cpp as crypten

ROOT = pathlib.Path(__file__).resolve().parents[1]
BITS = 16
RELATIVE_FROM = 2.0**-4  # below, the last place 2^-16 decides what a relative error is
CHUNK = 1 << 17

Function = Callable[[Any], Any]


@dataclass(frozen=True)
class Row:
    """``reach``: logarithm of the largest |x| of the domain, None for all that a result can hold. ``stated``: log2 of the largest absolute error by its header."""

    name: str
    ours: Function
    reference: Callable[[torch.Tensor], torch.Tensor]
    domain: str
    points: Callable[[int], torch.Tensor]
    stated: float


def grid(x: torch.Tensor) -> torch.Tensor:
    return torch.round(x * 2.0**BITS) / 2.0**BITS


def between(low: float, high: float) -> Callable[[int], torch.Tensor]:
    """Grid, random points, ends, zero and its neighbours."""

    def points(count: int) -> torch.Tensor:
        random = torch.Generator().manual_seed(count)
        uniform = low + (high - low) * torch.rand(count - count // 2 - 5, generator=random, dtype=torch.float64)
        edges = torch.tensor([low, high, 0.0, 2.0**-BITS, -(2.0**-BITS)], dtype=torch.float64).clamp(low, high)
        return grid(torch.cat([torch.linspace(low, high, count // 2, dtype=torch.float64), uniform, edges]))

    return points


def everywhere(limit: float) -> Callable[[int], torch.Tensor]:
    """Mostly about zero and where a bounded function passes into its tails at ±limit; also out to ±600 and, at powers of two, to ±2^44."""

    def points(count: int) -> torch.Tensor:
        far = torch.tensor([s * 2.0**b for b in range(1, 45) for s in (1, -1)], dtype=torch.float64)
        parts = [between(-limit - 3, limit + 3)(count * 3 // 4), between(-600, 600)(count // 8)]
        rest = count - sum(map(len, parts)) - len(far)
        return torch.cat([*parts, between(limit - 0.75, limit + 0.75)(rest // 2), between(-limit - 0.75, -limit + 0.75)(rest - rest // 2), far])

    return points


def of_every_size(low: float, high: float, both_signs: bool = False) -> Callable[[int], torch.Tensor]:
    """A geometric grid, random points, and the neighbours of powers of two."""

    def points(count: int) -> torch.Tensor:
        half, random = count // 2 if both_signs else count, torch.Generator().manual_seed(count)
        powers = torch.tensor([2.0**b + d * 2.0**-BITS for b in range(round(math.log2(low)), round(math.log2(high)) + 1) for d in (-2, -1, 0, 1, 2)], dtype=torch.float64)
        uniform = math.log(low) + math.log(high / low) * torch.rand((half - len(powers)) // 2, generator=random, dtype=torch.float64)
        steps = torch.linspace(math.log(low), math.log(high), half - len(powers) - len(uniform), dtype=torch.float64)
        x = grid(torch.cat([powers, uniform.exp(), steps.exp()]).clamp(low, high))
        return torch.cat([x, -x]) if both_signs else x

    return points


def logits(count: int) -> torch.Tensor:
    """Rows of 64 of several spreads."""
    random = torch.Generator().manual_seed(count)
    rows = count // 64
    return grid((torch.randn(rows, 64, generator=random, dtype=torch.float64) * torch.tensor([0.3, 3.0, 12.0], dtype=torch.float64)[torch.arange(rows) % 3].unsqueeze(1)).reshape(-1))


def relative(log2_largest: float, log2_relative: float) -> float:
    """The error at the largest result of a function whose error is relative, and 1.25 units."""
    return math.log2(2.0 ** (log2_largest + log2_relative) + 1.25 * 2.0**-BITS)


def power_error(p: int, x: float) -> float:
    """In units of the last place: of a product of powers, each off by its own error, truncated (mpc/function/power.h)."""
    low, high = p // 2, p - p // 2
    return 0 if p == 1 else x**low * power_error(high, x) + x**high * power_error(low, x) + 1.01


def power(p: int, reach: float) -> Row:
    return Row(f"x^{p}", lambda x: x.pow(p), lambda x: x**p, f"abs(x) ≤ {reach:g}", between(-reach, reach), math.log2(power_error(p, reach)) - BITS)


ALL = "all reals"
FUNCTIONS: list[Row] = [
    Row("sigmoid", lambda x: x.sigmoid(), torch.sigmoid, ALL, everywhere(10), -12.9),
    Row("tanh", lambda x: x.tanh(), torch.tanh, ALL, everywhere(5), -12.5),
    Row("erf", lambda x: x.erf(), torch.erf, ALL, everywhere(3), -12.9),
    Row("GELU", lambda x: x.gelu(), F.gelu, ALL, everywhere(4.5), -12.9),
    Row("GELU, tanh form", lambda x: x.gelu("tanh"), lambda x: F.gelu(x, approximate="tanh"), ALL, everywhere(4.5), -12.9),
    Row("SiLU", lambda x: x.silu(), F.silu, ALL, everywhere(12), -12.0),
    Row("softplus", lambda x: x.softplus(), lambda x: torch.logaddexp(x, torch.zeros_like(x)), ALL, everywhere(10), -12.4),
    Row("logsigmoid", lambda x: x.logsigmoid(), lambda x: -torch.logaddexp(-x, torch.zeros_like(x)), ALL, everywhere(10), -12.4),
    Row("mish", lambda x: x.mish(), lambda x: x * torch.tanh(torch.logaddexp(x, torch.zeros_like(x))), ALL, everywhere(12), -12.0),
    Row("ELU", lambda x: x.elu(), F.elu, ALL, everywhere(10), -12.9),
    Row("sin", lambda x: x.sin(), torch.sin, "abs(x) ≤ 2^15", between(-(2.0**15), 2.0**15), -15.5),
    Row("cos", lambda x: x.cos(), torch.cos, "abs(x) ≤ 2^15", between(-(2.0**15), 2.0**15), -15.5),
    Row("exp, x ≤ 0", lambda x: x.exp(), torch.exp, "x ≤ 0", between(-60, 0), math.log2(2.0**-13 + 2.5 * 2.0**-BITS)),
    Row("exp, to e^20", lambda x: x.exp(), torch.exp, "0 ≤ x ≤ 20", between(0, 20), math.log2(math.exp(20)) - 13),
    Row("log", lambda x: x.log(), torch.log, "2^-10 ≤ x ≤ 2^20", of_every_size(2.0**-10, 2.0**20), math.log2(2.0**-13 + 2.0**-BITS)),
    Row("reciprocal", lambda x: x.reciprocal(), torch.reciprocal, "2^-8 ≤ abs(x) ≤ 2^20", of_every_size(2.0**-8, 2.0**20, True), relative(8, -12.8)),
    Row("reciprocal, x ≥ 1", lambda x: x.reciprocal("denominators"), torch.reciprocal, "1 ≤ x ≤ 2^12", of_every_size(1, 2.0**12), relative(0, -12.8)),
    Row("sqrt", lambda x: x.sqrt(), torch.sqrt, "2^-10 ≤ x ≤ 2^20", of_every_size(2.0**-10, 2.0**20), relative(10, -12.4)),
    Row("inverse sqrt", lambda x: x.inv_sqrt(), torch.rsqrt, "2^-10 ≤ x ≤ 2^20", of_every_size(2.0**-10, 2.0**20), relative(5, -11.8)),
    Row("softmax of 64", lambda x: x.reshape(-1, 64).softmax(1).reshape(-1), lambda x: x.reshape(-1, 64).softmax(1).reshape(-1), ALL, logits, math.log2(2.0**-12.7 + 3 * 2.0**-BITS)),
    power(2, 1000), power(3, 100), power(5, 16), power(8, 6),
]


@dataclass
class Measured:
    points: int
    absolute: float
    at: float
    relative: float
    rounds: int
    sent: float  # bytes an element, by one party to each other one
    dealt: float


def measure(row: Row, simulation: Any, parties: int, count: int) -> Measured:
    """Worst errors over all points. Costs are those of the largest chunk."""
    absolute, relative, at, costs = 0.0, 0.0, 0.0, None
    points = row.points(count)
    for x in points.split(CHUNK):

        def program(x: torch.Tensor = x) -> tuple:
            shared = crypten.cryptensor(x if crypten.rank() == 0 else None, src=0, size=x.shape)
            before = crypten.communication_stats()
            result = row.ours(shared)
            words = result.reveal(dst=0)  # truncates what is pending
            after = crypten.communication_stats()
            return words, (after.rounds - before.rounds - 1, after.bytes_sent - before.bytes_sent, after.dealer_bytes - before.dealer_bytes)

        by_rank = simulation.run(program)
        found = by_rank[0][0].double() / 2.0**BITS
        wanted = row.reference(x)
        error = (found - wanted).abs()
        worst = int(error.argmax())
        if float(error[worst]) >= absolute:
            absolute, at = float(error[worst]), float(x[worst])
        large = wanted.abs() >= RELATIVE_FROM
        if bool(large.any()):
            relative = max(relative, float((error[large] / wanted[large].abs()).max()))
        if costs is None:  # rank 0 sends nothing for the reveal to itself
            costs = (by_rank[0][1][0], by_rank[0][1][1] / max(parties - 1, 1) / len(x), by_rank[-1][1][2] / len(x))
    return Measured(len(points), absolute, at, relative, *costs)


def as_power(value: float) -> str:
    return f"2^{math.log2(value):.2f}" if value > 0 else "0"


def document(rows: list[tuple[Row, dict[int, Measured]]]) -> str:
    parties = sorted({n for _, by_parties in rows for n in by_parties})
    lines = [
        "# Accuracy of functions of reals",
        "",
        f"Printed by `make accuracy`; do not edit. {BITS} fractional bits, {' and '.join(map(str, parties))} parties; points: a grid, random ones and edges, as encoded. Errors are the largest",
        "found, against torch in float64; *stated* is what the function's header promises for every point, derived from the worst of every rounding. Relative errors where the result",
        f"is at least {as_power(RELATIVE_FROM)} in size: below, the last place decides. Bytes an element: sent by one party to each other one, and from the dealer to the last party.",
        "",
        "| function | domain | points | " + " | ".join(f"error, n = {n}" for n in parties) + " | stated | at | relative | rounds | sent | dealer |",
        "|---|---|---|" + "---|" * len(parties) + "---|---|---|---|---|---|",
    ]
    for row, by_parties in rows:
        first = by_parties[parties[0]]
        worst = max(by_parties.values(), key=lambda m: m.absolute)
        errors = " | ".join(as_power(by_parties[n].absolute) for n in parties)
        lines.append(
            f"| {row.name} | {row.domain} | {first.points:,} | {errors} | 2^{row.stated:.2f} | {worst.at:.5g} | {as_power(max(m.relative for m in by_parties.values()))} | {first.rounds} | "
            f"{first.sent:.2f} | {first.dealt:.1f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=10**6)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--parties", nargs="*", type=int, default=[2, 3])
    parser.add_argument("--output", type=pathlib.Path)
    options = parser.parse_args()
    chosen = [row for row in FUNCTIONS if not options.only or row.name in options.only]
    results: list[tuple[Row, dict[int, Measured]]] = [(row, {}) for row in chosen]
    for parties in options.parties:
        simulation = crypten.simulate(parties)
        for row, by_parties in results:
            by_parties[parties] = measured = measure(row, simulation, parties, options.points)
            print(f"{row.name:16} n = {parties}  {measured.points:,} points  {as_power(measured.absolute):9} at {measured.at:.6g}  (stated 2^{row.stated:.2f})", flush=True)
        simulation.close()
    if not options.only or options.output:
        (options.output or ROOT / "docs" / "accuracy.md").write_text(document(results))
    outside = [row.name for row, by_parties in results if any(m.absolute > 2.0**row.stated for m in by_parties.values())]
    if outside:
        sys.exit(f"beyond what is stated: {', '.join(outside)}")


if __name__ == "__main__":
    main()
