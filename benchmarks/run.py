"""`make bench`: every row on every peer, interleaved, beside its bound; JSON under benchmarks/results and the table in docs/benchmarks.md.

    python -m benchmarks.run [--functions] [--only WORD …] [--peers NAME …] [--repetitions 5] [--wait 120] [--output FILE] [--no-document]

A row is prepared on all peers (inputs, warm-up, check against the plaintext result), and then all peers take turns, a few samples each, `--repetitions` times over. A sample is so many
runs in a row that it lasts 25 ms. Inputs of this project's rows are fresh in every run: nothing of them is open yet.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any

from benchmarks import machine, models, operations, page, report
from benchmarks.bound import Rates, bound, work
from benchmarks.control import PeerProblem
from benchmarks.cpu_samples import FREQUENCY
from benchmarks.operations import Row
from benchmarks.peers import PEERS, ROOT, Ours, Peer
from benchmarks.row_profiles import RowProfiles
from benchmarks.samples import durations, median, runs_in_a_row

RESULTS = ROOT / "benchmarks" / "results"
VISIT_SECONDS = 0.1  # what one peer's turn takes at least, in samples of the row
ENOUGH_SECONDS = 1.5  # a peer that has run a row for so long is not asked again
ENOUGH_WALL_SECONDS = 4.0  # with everything around the samples (inputs shared, answers of the dealer awaited), once there are three of them
LONG_SECONDS = 5.0  # of a row that takes longer, the run whose result is compared is the sample
PROFILE_SECONDS = 0.5  # of runs of each row and variant, while their CPU time is sampled
ANSWER_SECONDS = 150.0
OTHER_PATHS_PRODUCTS = ("matmul 1024 x", "conv2d 1x64x56x56")  # rows of benchmark-kernels that are measured by all of the CPU's paths
SETTLE_SECONDS = 0.004  # and as long again as the runs take: for answers that were asked for ahead


class Entry:
    """One variant of one peer on one row."""

    def __init__(self, peer: Peer, variant: str, answers: list[dict[str, Any]]) -> None:
        self.peer, self.variant = peer, variant
        self.runs = 0  # in a row, of which a sample consists; 0: not known yet
        self.seconds: list[float] = []  # per run
        self.wall = 0.0  # that a sample took with everything around it, the last time
        self.wall_total = 0.0
        self.waits: dict[str, list[list[float]]] = {}
        self.problem: str | None = None
        first = durations([[answer["first"]] for answer in answers])
        if variant == "cold" and first[0] > LONG_SECONDS:
            self.runs, self.seconds = 1, first
        self.judgement = {key: max(answer[key] for answer in answers) for key in ("error", "wrong", "elements")}
        self.costs = [answer["costs"] for answer in answers] if "costs" in answers[0] else None

    def visit(self, settle: float) -> None:
        """A turn: as many samples as fit in it; the first one finds out how many runs a sample is. Enough was measured: nothing. ``settle``: seconds a run."""
        if self.problem or self.runs * sum(self.seconds) > ENOUGH_SECONDS or (len(self.seconds) >= 3 and self.wall_total > ENOUGH_WALL_SECONDS):
            return
        try:
            if self.runs == 0:
                self._find_runs(settle)
            else:
                self._sample(self.samples_in(VISIT_SECONDS), settle)
        except PeerProblem as problem:
            self.problem = str(problem)

    def samples_in(self, seconds: float) -> int:
        """How many samples last that long, and not ten times as long with everything around them."""
        return max(1, min(int(seconds / max(1e-3, self.runs * median(self.seconds))), int(10 * seconds / max(1e-3, self.wall))))

    def _find_runs(self, settle: float) -> None:
        """Samples of more and more runs until one lasts long enough; the last one is kept, but not the first: much of the memory that it takes was never touched before."""
        self.runs, warm = 1, False
        while True:
            self._sample(1, settle)
            enough = runs_in_a_row(self.runs, self.runs * self.seconds[0])
            if enough == self.runs and warm:
                return
            self.runs, self.seconds, self.waits, warm = enough, [], {}, True

    def _sample(self, count: int, settle: float) -> None:
        started = time.monotonic()
        answers = self.peer.ask("measure", ANSWER_SECONDS, variant=self.variant, samples=count, runs=self.runs, settle=SETTLE_SECONDS + settle * self.runs)
        self.wall = (time.monotonic() - started) / count
        self.wall_total += self.wall * count
        self.seconds += [took / self.runs for took in durations([answer["samples"] for answer in answers])]
        for name in answers[0].get("waits", {}):
            by_rank = (answer["waits"][name] for answer in answers)
            self.waits.setdefault(name, []).extend([wait / self.runs for wait in sample] for sample in zip(*by_rank, strict=True))

    def as_json(self) -> dict[str, Any]:
        if self.problem:
            return {"problem": self.problem}
        return {"runs": self.runs, "seconds": self.seconds} | self.judgement | ({"waits": self.waits} if self.waits else {})


def measure(row: Row, peers: list[Peer], repetitions: int, profiles: RowProfiles | None) -> dict[str, Any]:
    """One row on all peers, as it goes into the JSON, and a turn of the first one's for its profile."""
    result: dict[str, Any] = {"row": row.name, "operation": row.operation, "size": row.size, "products": row.products, "entries": {}}
    entries: dict[str, Entry] = {}
    for peer in peers:
        answers, problem = None, "not installed: tools/bench-setup.sh" if not peer.installed else None
        if peer.installed:
            try:
                answers = peer.ask("prepare", ANSWER_SECONDS, name=row.name)
                if isinstance(peer, Ours) and any(answer["wrong"] for answer in answers):
                    raise SystemExit(f"benchmarks: {row.name} is wrong on {peer.name}: {answers}")
            except PeerProblem as found:
                problem = str(found)
        for variant in peer.variants:
            name = f"{peer.name} {variant}"
            if problem:
                result["entries"][name] = {"problem": problem}
            else:
                entries[name] = Entry(peer, variant, answers)
    for _ in range(repetitions):
        for entry in entries.values():
            entry.visit(settle_seconds(entries, entry))
    for entry in (entries.get(f"ours {variant}") for variant in Ours.variants):
        if profiles and entry and entry.seconds:
            profiles.record(row.name, entry.variant, ANSWER_SECONDS, entry.samples_in(PROFILE_SECONDS), entry.runs, SETTLE_SECONDS + entry.runs * settle_seconds(entries, entry))
    result["entries"] |= {name: entry.as_json() for name, entry in entries.items()}
    result["costs"] = entries["ours cold"].costs if "ours cold" in entries else None
    plaintext = entries.get("ours plaintext cold")
    if result["costs"] and plaintext and plaintext.costs != result["costs"]:
        raise SystemExit(f"benchmarks: {row.name} costs something else without TLS: {plaintext.costs} and {result['costs']}")
    return result


def settle_seconds(entries: dict[str, Entry], entry: Entry) -> float:
    """For a run of the entry: twice what one takes that asks nothing ahead."""
    cold = entries.get(f"{entry.peer.name} cold")
    return 2 * median(cold.seconds) if cold and cold.seconds else 1.0


def runs_of(measured: dict[str, Any], variant: str) -> int:
    return measured["entries"][f"ours {variant}"].get("runs", 1)


def wire_and_kernels() -> tuple[dict[str, Any], dict[str, Any]]:
    """The rates that bounds are made of: the JSON of benchmark-exchange and benchmark-kernels."""
    programs = ROOT / "build" / "bin"
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        exchange, kernels = pathlib.Path(folder, "exchange.json"), pathlib.Path(folder, "kernels.json")
        launch = [sys.executable, "-m", "crypten_tools.launch", "-n", "2", "--no-dealer", str(programs / "benchmark-exchange"), "--repetitions", "3", "--json", str(exchange)]
        subprocess.run(launch, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
        return json.loads(exchange.read_text()), measured_kernels(kernels)


def measured_kernels(file: pathlib.Path) -> dict[str, Any]:
    """The JSON of benchmark-kernels for the path that is used here, and as `other_paths` the rows of two products for all others that the CPU has."""

    def measure(*only: str, **environment: str) -> dict[str, Any]:
        program = ROOT / "build" / "bin" / "benchmark-kernels"
        subprocess.run([program, "--json", file, *only], check=True, stdout=subprocess.DEVNULL, env={**os.environ, "CRYPTEN_THREADS": "1", **environment})
        return json.loads(file.read_text())

    found = measure()
    used = {row["path"] for row in found["results"] if row["unit"] == "GMAC/s"}
    others = [peak["path"] for peak in found["peaks"] if peak["path"] not in used]
    found["other_paths"] = [row for path in others for product in OTHER_PATHS_PRODUCTS for row in measure("--only", product, CRYPTEN_KERNELS=path)["results"]]
    return found


def empty_call(peer: Peer) -> list[float] | dict[str, str]:
    """What a call of SPU's takes that computes nothing."""
    try:
        peer.ask("empty", ANSWER_SECONDS)
        answers = peer.ask("measure", ANSWER_SECONDS, variant="cold", samples=20, runs=10, settle=0)
        return [took / 10 for took in durations([answer["samples"] for answer in answers])]
    except PeerProblem as problem:
        return {"problem": str(problem)}


def memory_of_models(logs: pathlib.Path, rows: list[Row]) -> dict[str, Any]:
    """Row → what each rank's process took (memory.py), each in processes of its own; the largest batch of a model."""
    found = {}
    for row in {(row.operation, row.size if row.operation == "resnet18" else 0): row for row in rows if row.is_model}.values():
        peer = Ours(logs)
        try:
            found[row.name] = peer.ask("memory", ANSWER_SECONDS, name=row.name)
        finally:
            peer.stop()
    return found


def wait_for_idle(seconds: float) -> None:
    """Until the load average is below 0.5 a core, or that long."""
    deadline = time.monotonic() + seconds
    while machine.load() > 0.5 * len(os.sched_getaffinity(0)) and time.monotonic() < deadline:
        time.sleep(5)


def run(options: argparse.Namespace) -> dict[str, Any]:
    wait_for_idle(options.wait)
    started, result = time.monotonic(), {"machine": machine.description(ROOT), "load_before": machine.load(), "repetitions": options.repetitions}
    if not options.functions:
        subprocess.run([sys.executable, "-m", "benchmarks.models"], check=True, cwd=ROOT)
    print("rates: exchange and kernels", flush=True)
    exchange, kernels = wire_and_kernels()
    rates = Rates.measured(exchange, kernels, len(os.sched_getaffinity(0)))
    result |= {"rates": vars(rates), "exchange": exchange, "kernels": kernels, "versions": {}, "rows": []}
    with tempfile.TemporaryDirectory(prefix="bench-") as logs:
        peers, profiles = [PEERS[name](pathlib.Path(logs)) for name in options.peers], None
        try:
            for peer in peers:
                if peer.installed:
                    try:
                        result["versions"][peer.name] = peer.ask("versions", ANSWER_SECONDS)[0]
                    except PeerProblem as problem:
                        result["versions"][peer.name] = {"problem": str(problem)}
            spu = next((peer for peer in peers if peer.name == "spu" and peer.installed), None)
            result["empty_call"] = {"spu": empty_call(spu)} if spu else {}
            rows = [row for row in (operations.function_rows() if options.functions else operations.rows()) if not options.only or any(word in row.name for word in options.only)]
            ours = next((peer for peer in peers if peer.name == "ours"), None)
            profiles = RowProfiles(ours, pathlib.Path(logs)) if ours else None
            for row in rows:
                measured = measure(row, peers, options.repetitions, profiles)
                if measured["costs"]:
                    measured["bound"] = {v: bound(measured["costs"], row.products, rates, v == "prefetched", runs_of(measured, v)).as_json() for v in Ours.variants}
                    measured["work"] = {v: work(measured["costs"], row.products, rates, v == "prefetched").as_json() for v in Ours.variants}
                result["rows"].append(measured)
                print(report.one_line(measured), flush=True)
            if profiles:
                result["profiles"] = {"missing": profiles.missing, "frequency": FREQUENCY}
                for name, found in profiles.finish().items():
                    next(row for row in result["rows"] if row["row"] == name)["profile"] = found
                result["memory"] = memory_of_models(pathlib.Path(logs), rows)
        except BaseException:
            for log in pathlib.Path(logs).iterdir():
                sys.stderr.write(f"== {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-20:]) + "\n")
            raise
        finally:
            if profiles:
                profiles.cancel()
            for peer in peers:
                peer.stop()
    result |= {"load_after": machine.load(), "seconds": time.monotonic() - started}
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="WORD", help="rows whose name contains one of these")
    parser.add_argument("--functions", action="store_true", help="the functions of reals instead of the operations")
    parser.add_argument("--peers", nargs="+", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--wait", type=float, default=120, help="longest wait for an idle machine, in seconds")
    parser.add_argument("--output", type=pathlib.Path, help="default: benchmarks/results/DATE-HASH.json")
    parser.add_argument("--no-document", action="store_true", help="leave docs/benchmarks.md as it is")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # peers are stopped on the way out
    result = run(options)
    name = f"{result['machine']['date'][:10]}-{result['machine']['git'][:10]}{'-changed' if result['machine']['git'].endswith('+') else ''}{'-functions' if options.functions else ''}.json"
    output = options.output or RESULTS / name
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(report.dumps(result))
    output.with_suffix(".html").write_text(page.render(result))
    print(f"benchmarks: {output}, {result['seconds']:.0f} s, load {result['load_before']:.2f} before")
    if not options.no_document and not options.only:
        report.write_documents(result, "functions" if options.functions else "operations")


if __name__ == "__main__":
    main()
