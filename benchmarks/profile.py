"""Where the time of a row goes: `python -m benchmarks.profile ROW [--variant prefetched] [--plaintext] [--seconds 5]`.

Runs the row again and again on this project's processes, and samples the CPU of both parties and the dealer with Linux's `perf` (Debian: linux-perf) during those runs.
Prints the time of a run, what each rank waits, and for each process the phases and the largest parts of its CPU time. `make bench` does the same for each of its rows,
for half a second.
"""

from __future__ import annotations

import argparse
import pathlib
import tempfile

from benchmarks import operations
from benchmarks.peers import Ours, OursPlaintext
from benchmarks.row_profiles import RowProfiles
from benchmarks.samples import durations, runs_in_a_row

ANSWER_SECONDS = 300.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("row", choices=[row.name for row in operations.rows() + operations.function_rows()])
    parser.add_argument("--variant", choices=Ours.variants, default="cold")
    parser.add_argument("--plaintext", action="store_true")
    parser.add_argument("--seconds", type=float, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        peer = (OursPlaintext if options.plaintext else Ours)(pathlib.Path(folder))
        try:
            peer.ask("prepare", ANSWER_SECONDS, name=options.row)
            runs, took = 1, 0.0
            while True:
                took = durations([answer["samples"] for answer in peer.ask("measure", ANSWER_SECONDS, variant="cold", samples=1, runs=runs, settle=0)])[0]
                enough = runs_in_a_row(runs, took)
                if enough == runs:
                    break
                runs = enough
            with RowProfiles(peer, pathlib.Path(folder)) as profiles:
                if profiles.missing:
                    raise SystemExit(f"benchmarks: {profiles.missing}")
                profiles.record(options.row, options.variant, ANSWER_SECONDS, max(1, int(options.seconds / took)), runs, 2 * took)
                found = profiles.finish()[options.row][options.variant]
        finally:
            peer.stop()
    print(f"{options.row}, {options.variant}: {found['wall'] * 1e3:.3f} ms a run, {found['samples']} samples")
    for whom, seconds in found["waits"].items():
        print(f"  waits for the {whom}: " + ", ".join(f"rank {rank} {100 * wait / found['wall']:.0f} %" for rank, wait in enumerate(seconds)))
    for process, cpu in found["cpu"].items():
        total = sum(cpu.values())
        print(f"\n{process}: {total * 1e3:.3f} ms of CPU time a run")
        for name, seconds in sorted(cpu.items(), key=lambda item: -item[1]):
            print(f"  {100 * seconds / total:5.1f} %  {name}")
        for library, symbol, seconds in found["top"][process]:
            print(f"    {100 * seconds / total:5.1f} %  {library} {symbol}")


if __name__ == "__main__":
    main()
