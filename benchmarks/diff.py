"""`make bench-diff A=… B=…`: exact costs of two runs. Rounds and bytes are the same in every run of one program, so that every difference is a change.

A and B: JSON files of runs, or commits: a run of that commit under benchmarks/results, or else the newest run that stands there in that commit's tree.
Exit status: 0 where all rows that both have cost the same, 1 where one differs, 2 where there is nothing to compare.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import subprocess
import sys
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[1]
RESULTS = "benchmarks/results"
COSTS = ("rounds", "bytes_sent", "bytes_received", "dealer_bytes")
SHARED = ("rounds", "dealer_bytes")  # equal on all parties


class NoRun(Exception):
    """No run is found under a name; the message says where it was looked for."""


def load(name: str, root: pathlib.Path = ROOT) -> dict[str, Any]:
    """The run that ``name`` stands for. Errors: NoRun."""
    if pathlib.Path(name).is_file():
        return json.loads(pathlib.Path(name).read_text())
    commit = _git(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").strip()
    if not commit:
        raise NoRun(f"{name} is neither a file nor a commit")
    here = [json.loads(file.read_text()) for file in sorted((root / RESULTS).glob("*.json"))]
    of_commit = [run for run in here if run["machine"]["git"].rstrip("+") == commit]
    if not of_commit:
        files = _git(root, "ls-tree", "--name-only", commit, f"{RESULTS}/").split()
        of_commit = [json.loads(_git(root, "show", f"{commit}:{file}")) for file in files if file.endswith(".json")]
    if not of_commit:
        raise NoRun(f"{name}: no run of it in {RESULTS}, and none in its tree; check it out and run `make bench`")
    return max(of_commit, key=lambda run: run["machine"]["date"])


def _git(root: pathlib.Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False).stdout


def totals(run: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Row → each cost, summed over the ranks (rounds: the most)."""
    return {
        row["row"]: {name: (max if name in SHARED else sum)(cost[name] for cost in row["costs"]) for name in COSTS} for row in run["rows"] if row.get("costs")
    }


def differences(a: dict[str, Any], b: dict[str, Any]) -> list[tuple[str, str, int | None, int | None]]:
    """(row, cost, in a, in b) wherever they differ; None: the row is missing there."""
    in_a, in_b = totals(a), totals(b)
    found: list[tuple[str, str, int | None, int | None]] = []
    for row in dict.fromkeys((*in_a, *in_b)):
        for name in COSTS:
            pair = in_a.get(row, {}).get(name), in_b.get(row, {}).get(name)
            if pair[0] != pair[1]:
                found.append((row, name, *pair))
    return found


def table(found: list[tuple[str, str, int | None, int | None]]) -> str:
    lines = [f"{'row':28s} {'cost':16s} {'A':>16s} {'B':>16s} {'B / A':>8s}"]
    for row, name, a, b in found:
        shown = ["–" if value is None else f"{value:,}" for value in (a, b)]
        lines.append(f"{row:28s} {name:16s} {shown[0]:>16s} {shown[1]:>16s} {f'{b / a:.3f}' if a and b is not None else '':>8s}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("a")
    parser.add_argument("b")
    options = parser.parse_args(arguments)
    try:
        a, b = load(options.a), load(options.b)
    except NoRun as problem:
        print(f"bench-diff: {problem}", file=sys.stderr)
        return 2
    common = totals(a).keys() & totals(b).keys()
    if not common:
        print("bench-diff: the two runs have no row in common", file=sys.stderr)
        return 2
    found = differences(a, b)
    print(table(found) if found else f"{len(common)} rows cost the same: rounds, bytes, dealer bytes")
    return 1 if any(row in common for row, *_ in found) else 0


if __name__ == "__main__":
    sys.exit(main())
