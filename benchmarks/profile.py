"""Where the time of a row goes: `python -m benchmarks.profile ROW [--variant prefetched] [--plaintext] [--seconds 5]`.

Runs the row again and again on this project's processes, and samples the CPU of both parties and the dealer with Linux's `perf` (Debian: linux-perf), inside measured runs and between them alike.
Prints the share of a run that each rank waits for its peer, and for each process the libraries and functions that its CPU time is in.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import subprocess
import tempfile

from benchmarks import operations
from benchmarks.peers import Ours, OursPlaintext
from benchmarks.samples import durations, median


def descendants(process: int) -> list[int]:
    """All processes below one, by Linux's /proc."""
    found = []
    for task in pathlib.Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *descendants(int(child))]
    return found


def shares(data: str, process: int, keys: str, limit: float) -> list[str]:
    """Shares of one process's samples. perf's own filter comes after it has joined the entries of all processes, so the process is a key here."""
    report = ["perf", "report", "-i", data, "--stdio", "-q", "-t", ";", "--sort", f"pid,{keys}"]
    found = []
    for line in subprocess.run(report, capture_output=True, text=True, check=False).stdout.splitlines():
        percent, _, rest = line.partition(";")
        owner, _, what = rest.partition(";")
        if owner.strip().split(":")[0] == str(process):
            found.append((float(percent.strip().rstrip("%")), " ".join(what.replace(";", " ").replace("- -", "").split())))
    total = sum(percent for percent, _ in found) or 1.0
    return [f"  {100 * percent / total:5.1f} %  {what[:120]}" for percent, what in sorted(found, reverse=True) if 100 * percent / total >= limit]


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
            peer.ask("prepare", 120, name=options.row)
            first = peer.ask("measure", 120, variant=options.variant, count=5, settle=0.1)
            seconds = median(durations([answer["samples"] for answer in first]))
            settle = 2 * seconds if options.variant == "prefetched" else 0.0
            processes = [p for p in descendants(peer.processes[0].pid) if "benchmarks.ours" in _command(p) or "crypten-dealer" in _command(p)]
            data = os.path.join(folder, "perf.data")
            record = ["perf", "record", "-q", "-e", "cpu-clock", "-F", "997", "-o", data, "-p", ",".join(map(str, processes))]
            with subprocess.Popen(record) as recorder:
                answers = peer.ask("measure", 300, variant=options.variant, count=max(3, int(options.seconds / seconds)), settle=settle)
                recorder.send_signal(2)
            runs = durations([answer["samples"] for answer in answers])
            print(f"{options.row}, {options.variant}: median {median(runs) * 1e3:.2f} ms of {len(runs)} runs")
            for rank, answer in enumerate(answers):
                share = sum(answer["waits"]) / sum(end - start for start, end in answer["samples"])
                print(f"  rank {rank} waits for its peer during {100 * share:.0f} % of a run")
            for process in processes:
                print(f"\n{_command(process)[:80]}")
                for keys, limit in (("dso", 3.0), ("dso,symbol", 2.0)):
                    print(*shares(data, process, keys, limit), "", sep="\n")
        finally:
            peer.stop()


def _command(process: int) -> str:
    return pathlib.Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()


if __name__ == "__main__":
    main()
