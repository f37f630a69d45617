"""A turn of this project's processes on a row with the samples of their CPU time switched on: phases, largest parts and waits, beside the turns that are timed."""

from __future__ import annotations

import pathlib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Self

from benchmarks import cpu_samples, phases
from benchmarks.cpu_samples import Recorder, Sample
from benchmarks.peers import Ours


@dataclass
class Turn:
    row: str
    variant: str
    runs: int  # in all
    spans: dict[str, phases.Spans]  # as phases.breakdown() takes them
    waits: dict[str, list[float]]  # seconds a run, by rank
    samples: list[Sample] = field(default_factory=list)

    def start(self) -> float:
        return min(spans[0][0] for spans in self.spans.values())


class RowProfiles:
    """``missing``: why nothing is recorded. To be closed by finish() or cancel()."""

    def __init__(self, peer: Ours, folder: pathlib.Path) -> None:
        """The peer must run."""
        self.peer, self.missing = peer, cpu_samples.missing()
        self.names = roles(peer)
        self._turns: list[Turn] = []
        self._recorder = None if self.missing else Recorder(folder, self.names)

    def record(self, row: str, variant: str, timeout: float, count: int, runs: int, settle: float) -> None:
        """``count`` samples of ``runs`` runs in a row; the row is prepared."""
        if self._recorder is None:
            return
        with self._recorder:
            answers = self.peer.ask("measure", timeout, variant=variant, samples=count, runs=runs, settle=settle)
        by_sample = zip(*(answer["samples"] for answer in answers), strict=True)
        spans = {f"rank {rank}": answer["samples"] for rank, answer in enumerate(answers)}
        spans["all"] = [(max(start for start, _ in sample), max(end for _, end in sample)) for sample in by_sample]
        waits = {name: [sum(answer["waits"][name]) / (count * runs) for answer in answers] for name in answers[0]["waits"]}
        self._turns.append(Turn(row, variant, count * runs, spans, waits))

    def finish(self) -> dict[str, dict[str, Any]]:
        """Row → variant → what phases.breakdown() says."""
        found: dict[str, dict[str, Any]] = defaultdict(dict)
        if self._recorder is None:
            return found
        # Each sample goes to the turn that was running, since there are many of both.
        ordered = sorted(self._turns, key=Turn.start)
        for sample in sorted(self._recorder.stop(), key=lambda sample: sample.time):
            while len(ordered) > 1 and sample.time >= ordered[1].start():
                ordered.pop(0)
            if ordered:
                ordered[0].samples.append(sample)
        for turn in self._turns:
            found[turn.row][turn.variant] = phases.breakdown(turn.samples, self.names, turn.spans, turn.runs, turn.waits)
        return found

    def cancel(self) -> None:
        if self._recorder is not None:
            self._recorder.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cancel()


def roles(peer: Ours) -> dict[int, str]:
    """Process → "rank 0", "rank 1" or "dealer", of a peer that runs."""
    ranks = {answer["process"]: f"rank {rank}" for rank, answer in enumerate(peer.ask("process", 60))}
    dealer = {process: "dealer" for process in descendants(peer.processes[0].pid) if "crypten-dealer" in command(process)}
    return ranks | dealer


def descendants(process: int) -> list[int]:
    """All processes below one, by Linux's /proc."""
    found = []
    for task in pathlib.Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *descendants(int(child))]
    return found


def command(process: int) -> str:
    return pathlib.Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
