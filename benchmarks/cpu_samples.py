"""What processes' CPU time is in, sampled by Linux's `perf` (Debian: linux-perf): all their threads, about a thousand times a second of CPU time. Times are those of
time.perf_counter().
"""

from __future__ import annotations

import os
import pathlib
import re
import select
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

FREQUENCY = 997  # samples a second of CPU time
ANSWER_SECONDS = 30.0
KERNEL = "[kernel.kallsyms]"


@dataclass(frozen=True)
class Sample:
    """``library``: a file's name, or KERNEL. ``callers``: of the kernel's functions, the nearest first; programs' own are not known."""

    process: int
    time: float
    library: str
    symbol: str
    callers: tuple[str, ...] = ()


def missing() -> str | None:
    """Why there are no samples on this machine, or None."""
    if shutil.which("perf") is None:
        return "perf is not installed (Debian: linux-perf)"
    probe = subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-o", "/dev/null", "true"], capture_output=True, text=True, check=False)
    return None if probe.returncode == 0 else f"perf: {' '.join(probe.stderr.split())[:200]}"


class Recorder:
    """Samples given processes while it is switched on."""

    def __init__(self, folder: pathlib.Path, processes: Iterable[int]) -> None:
        self._data, control, answer = folder / "perf.data", folder / "perf.control", folder / "perf.answer"
        os.mkfifo(control)
        os.mkfifo(answer)
        self._control, self._answer = open(control, "r+b", buffering=0), open(answer, "r+b", buffering=0)
        record = [
            "perf",
            "record",
            "-q",
            "-e",
            "cpu-clock",
            "-F",
            str(FREQUENCY),
            "-g",
            "-k",
            "CLOCK_MONOTONIC",
            "-D",
            "-1",
            f"--control=fifo:{control},{answer}",
        ]
        self._process = subprocess.Popen(
            [*record, "-o", str(self._data), "-p", ",".join(map(str, processes))], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )

    def __enter__(self) -> Self:
        """On, from when this returns."""
        self._tell(b"enable\n")
        return self

    def __exit__(self, *_: object) -> None:
        self._tell(b"disable\n")

    def stop(self) -> Iterator[Sample]:
        """Ends it: all samples, in no order."""
        self._end()
        script = ["perf", "script", "-i", str(self._data), "-F", "pid,time,ip,sym,dso"]
        with subprocess.Popen(script, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace") as printing:
            yield from read(printing.stdout)

    def cancel(self) -> None:
        self._end()

    def _tell(self, command: bytes) -> None:
        self._control.write(command)
        answer = b""
        while b"\n" not in answer:
            if not select.select([self._answer], [], [], ANSWER_SECONDS)[0]:
                raise RuntimeError(f"perf has {'ended' if self._process.poll() is not None else 'not answered'}: {' '.join(self._process.args)}")
            answer = self._answer.read(64)

    def _end(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(2)
            self._process.wait()
        self._control.close()
        self._answer.close()


_HEAD = re.compile(r"\s*(\d+)(?:/\d+)?\s+(\d+\.\d+):\s*$")
_FRAME = re.compile(r"\s*[0-9a-f]+ (.*) \((.*)\)$")


def read(lines: Iterable[str]) -> Iterator[Sample]:
    """`perf script -F pid,time,ip,sym,dso`: for each sample a line with process and time, then a line for each frame, then an empty one."""
    head, frames = None, []
    for line in (*lines, ""):
        if found := _HEAD.match(line):
            head, frames = found, []
        elif found := _FRAME.match(line.rstrip("\n")):
            frames.append((found[1], found[2]))
        elif head and frames:
            symbol, library = frames[0]
            callers = tuple(name for name, place in frames[1:] if place == KERNEL) if library == KERNEL else ()
            yield Sample(int(head[1]), float(head[2]), os.path.basename(library), symbol, callers)
            head = None
