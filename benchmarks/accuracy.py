"""`make accuracy`: the largest errors of every function of reals (benchmarks/functions.py), measured on many points, beside what its header states and beside CrypTen and SPU on a tenth
of the same points. Writes docs/accuracy.md and a plot for each function, docs/accuracy/NAME.svg.

    python -m benchmarks.accuracy [--points 1000000] [--only NAME …] [--parties 2 3] [--peers crypten spu] [--output docs/accuracy.md]

Points are decoded encodings, so that what is measured is the function alone. The reference is torch in float64.
"""

from __future__ import annotations

import argparse
import math
import pathlib
import re
import sys
import tempfile
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

import crypten_cpp as crypten
from benchmarks import plot
from benchmarks.control import PeerProblem
from benchmarks.functions import BITS, FUNCTIONS, Row
from benchmarks.peers import PEERS, Peer

ROOT = pathlib.Path(__file__).resolve().parents[1]
RELATIVE_FROM = 2.0**-4  # below, the last place 2^-16 decides what a relative error is
CHUNK = 1 << 17
ANSWER_SECONDS = 240.0
MISSING = "no such function"
TITLES = {"crypten": "CrypTen", "spu": "SPU"}
COLOURS = {"ours": "#06c", "crypten": "#c60", "spu": "#593"}


@dataclass
class Measured:
    """Worst errors over all points; ``share``: of the stated bound, at the point where it is largest. Costs are those of the largest chunk, in bytes an element."""

    points: int
    absolute: float
    at: float | None
    relative: float
    share: float
    rounds: int
    sent: float  # by one party to each other one
    dealt: float
    values: tuple[torch.Tensor, torch.Tensor, torch.Tensor] = field(repr=False)  # points, results, wanted ones


def measure(row: Row, simulation: Any, parties: int, count: int) -> Measured:
    found, costs = [], None
    points = row.points(count)
    for x in points.split(CHUNK):

        def program(x: torch.Tensor = x) -> tuple:
            shared = crypten.cryptensor(x if crypten.rank() == 0 else None, src=0, size=x.shape)
            before = crypten.communication_stats()
            words = row.ours(shared).reveal(dst=0)  # truncates what is pending
            after = crypten.communication_stats()
            return words, (after.rounds - before.rounds - 1, after.bytes_sent - before.bytes_sent, after.dealer_bytes - before.dealer_bytes)

        by_rank = simulation.run(program)
        found.append(by_rank[0][0].double().reshape(-1) / 2.0**BITS)
        if costs is None:  # rank 0 sends nothing for the reveal to itself
            costs = (by_rank[0][1][0], by_rank[0][1][1] / max(parties - 1, 1) / len(x), by_rank[-1][1][2] / len(x))
    results = torch.cat(found)
    wanted = torch.cat([row.reference(x).reshape(-1) for x in points.split(CHUNK)])
    error, bound = (results - wanted).abs(), row.bound.at(points, wanted)
    worst, large = int(error.argmax()), wanted.abs() >= RELATIVE_FROM
    relative = float((error[large] / wanted[large].abs()).max()) if bool(large.any()) else 0.0
    share = float(torch.where(error > 0, error / bound, 0.0).max())
    at = float(points[worst]) if len(points) == len(wanted) else None
    return Measured(len(points), float(error[worst]), at, relative, share, *costs, (points, results, wanted))


def sample(points: torch.Tensor, share: int = 10) -> torch.Tensor:
    """Which points the peers get: a tenth of the groups of 256 that rows may need, spread evenly; all of them where there are few."""
    groups = torch.arange(len(points)).split(256)
    return torch.cat([group for i, group in enumerate(groups) if i % share == 0 or i == len(groups) - 1])


@dataclass
class Compared:
    """A peer on the same points: the largest error and the one that 99 % of the points keep to, or why there is none."""

    points: int = 0
    largest: float = math.nan
    most: float = math.nan
    problem: str = ""
    errors: torch.Tensor | None = field(default=None, repr=False)


def compare(row: Row, peer: Peer, x: torch.Tensor, folder: str) -> Compared:
    given, answer = pathlib.Path(folder, "points.npy"), pathlib.Path(folder, "results.npy")
    np.save(given, x.numpy())
    try:
        for reply in peer.ask("evaluate", ANSWER_SECONDS, name=row.name, points=str(given), results=str(answer)):
            if reply.get("missing"):
                return Compared(problem=MISSING)
    except PeerProblem as problem:
        return Compared(problem=str(problem))
    results, wanted = torch.from_numpy(np.load(answer)).double().reshape(-1), row.reference(x).reshape(-1)
    if len(results) != len(wanted):
        return Compared(problem=f"{len(results)} results, expected {len(wanted)}")
    error = (results - wanted).abs().nan_to_num(math.inf, math.inf)
    return Compared(len(x), float(error.max()), float(error.sort().values[math.ceil(0.99 * len(error)) - 1]), errors=error)


def as_power(value: float) -> str:
    return "?" if math.isnan(value) else f"2^{math.log2(value):.2f}" if value > 0 else "0"


def plot_name(row: Row) -> str:
    return re.sub(r"[^a-z0-9]+", "-", row.name.lower().replace("√", "root").replace("^-", "^minus-").replace("/", "over")).strip("-") + ".svg"


def document(rows: list[tuple[Row, dict[int, Measured], dict[str, Compared]]], versions: dict[str, str]) -> str:
    parties = sorted({n for _, by_parties, _ in rows for n in by_parties})
    lines = [
        "# Accuracy of functions of reals",
        "",
        f"Printed by `make accuracy`; do not edit. {BITS} fractional bits, {' and '.join(map(str, parties))} parties; points: a grid, random ones and edges, as encoded. Errors are the largest",
        "found, against torch in float64. *Stated* is what the function's header promises for every point, derived from the worst of every rounding (x: the argument, y: the result, u = 2^-16),",
        "and *of it* the largest part of that which an error took, over all points and parties. Relative errors where the result",
        f"is at least {as_power(RELATIVE_FROM)} in size: below, the last place decides. Bytes an element: sent by one party to each other one, and from the dealer to all parties together.",
        "",
        "| function | domain | points | " + " | ".join(f"error, n = {n}" for n in parties) + " | stated | of it | at | relative | rounds | sent | dealer |",
        "|---|---|---|" + "---|" * len(parties) + "---|---|---|---|---|---|---|",
    ]
    for row, by_parties, _ in rows:
        first = by_parties[parties[0]]
        worst = max(by_parties.values(), key=lambda m: m.absolute)
        errors = " | ".join(as_power(by_parties[n].absolute) for n in parties)
        at = "–" if worst.at is None else f"{worst.at:.5g}"
        lines.append(
            f"| {row.name} | {row.domain} | {first.points:,} | {errors} | {row.bound.text} | {100 * max(m.share for m in by_parties.values()):.0f} % | {at} | "
            f"{as_power(max(m.relative for m in by_parties.values()))} | {first.rounds} | {first.sent:.2f} | {first.dealt:.1f} |"
        )
    return "\n".join([*lines, *beside_peers(rows, versions)]) + "\n"


def beside_peers(rows: list[tuple[Row, dict[int, Measured], dict[str, Compared]]], versions: dict[str, str]) -> list[str]:
    names = [name for name in TITLES if name in versions]
    if not names:
        return ["", "CrypTen and SPU were not measured: `tools/bench-setup.sh` installs them."]
    titles = " | ".join(f"{TITLES[name]}: largest | 99 % within" for name in names)
    lines = [
        "",
        "## Beside " + " and ".join(f"{TITLES[name]} {versions[name]}" for name in names),
        "",
        "Two parties, a tenth of the same points, 16 fractional bits, their own settings otherwise; *99 % within* leaves out the worst hundredth of the points. CrypTen: its methods, and GELU and SiLU as its",
        "model importer composes them; SPU: what it makes of JAX's functions. Plots: the largest error over x, of the points inside the frame.",
        "",
        f"| function | points | ours: largest | {titles} | plot |",
        "|---|---|---|" + "---|---|" * len(names) + "---|",
    ]
    for row, by_parties, peers in rows:
        cells = []
        for name in names:
            compared = peers.get(name, Compared(problem="not measured"))
            cells.append(f"{compared.problem} | –" if compared.problem else f"{as_power(compared.largest)} | {as_power(compared.most)}")
        points = max((c.points for c in peers.values()), default=0)
        link = f"[svg](accuracy/{plot_name(row)})" if row.view else "–"
        lines.append(f"| {row.name} | {points:,} | {as_power(by_parties[min(by_parties)].absolute)} | {' | '.join(cells)} | {link} |")
    return lines


def largest_by_bucket(axis: plot.Axis, x: torch.Tensor, errors: torch.Tensor) -> list[float | None]:
    place = (x.abs().clamp(min=2.0**-60).log2() - math.log2(axis.low)) / math.log2(axis.high / axis.low) if axis.logarithmic else (x - axis.low) / (axis.high - axis.low)
    inside = (place >= 0) & (place <= 1)
    bucket = (place[inside] * plot.BUCKETS).long().clamp(max=plot.BUCKETS - 1)
    largest = torch.full((plot.BUCKETS,), -1.0, dtype=torch.float64).scatter_reduce(0, bucket, errors[inside], "amax")
    return [None if e < 0 else e for e in largest.tolist()]


def draw(row: Row, measured: Measured, peers: dict[str, Compared], points: torch.Tensor) -> str:
    axis = plot.Axis(*row.view)
    x, results, wanted = measured.values
    lines = [plot.Line("stated", "#999", largest_by_bucket(axis, x, row.bound.at(x, wanted)), dashed=True), plot.Line("ours", COLOURS["ours"], largest_by_bucket(axis, x, (results - wanted).abs()))]
    lines += [plot.Line(TITLES[name], COLOURS[name], largest_by_bucket(axis, points, compared.errors)) for name, compared in peers.items() if compared.errors is not None]
    return plot.svg(row.name, axis, lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=10**6)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--parties", nargs="*", type=int, default=[2, 3])
    parser.add_argument("--peers", nargs="*", choices=list(TITLES), default=list(TITLES))
    parser.add_argument("--output", type=pathlib.Path, help="default: docs/accuracy.md, with plots beside it; none with --only")
    options = parser.parse_args()
    results: list[tuple[Row, dict[int, Measured], dict[str, Compared]]] = [(row, {}, {}) for row in FUNCTIONS if not options.only or row.name in options.only]
    output = options.output or (None if options.only else ROOT / "docs" / "accuracy.md")
    versions: dict[str, str] = {}
    outside = []
    with tempfile.TemporaryDirectory(prefix="accuracy-") as folder:
        peers = [peer for peer in (PEERS[name](pathlib.Path(folder)) for name in options.peers) if peer.installed]
        simulations = {parties: crypten.simulate(parties) for parties in options.parties}
        try:
            for peer in peers:
                versions[peer.name] = peer.ask("versions", ANSWER_SECONDS)[0][peer.name]
            for row, by_parties, compared in results:
                for parties, simulation in simulations.items():
                    by_parties[parties] = measured = measure(row, simulation, parties, options.points)
                    print(f"{row.name:20} n = {parties}  {measured.points:,} points  {as_power(measured.absolute):9}  {100 * measured.share:.0f} % of {row.bound.text}", flush=True)
                    if not measured.share <= 1:
                        outside.append(row.name)
                first = by_parties[options.parties[0]]
                points = first.values[0][sample(first.values[0])]
                for peer in peers:
                    compared[peer.name] = found = compare(row, peer, points, folder)
                    print(f"{row.name:20} {TITLES[peer.name]:7} {found.problem or as_power(found.largest)}", flush=True)
                if output and row.view:
                    (output.parent / output.stem).mkdir(exist_ok=True)
                    (output.parent / output.stem / plot_name(row)).write_text(draw(row, first, compared, points))
                for measured in by_parties.values():
                    measured.values = ()  # of 10^6 points each
                for other in compared.values():
                    other.errors = None
        finally:
            for peer in peers:
                peer.stop()
            for simulation in simulations.values():
                simulation.close()
    if output:
        output.write_text(document(results, versions))
    if outside:
        sys.exit(f"beyond what is stated: {', '.join(outside)}")


if __name__ == "__main__":
    main()
