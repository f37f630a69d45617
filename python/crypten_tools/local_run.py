"""A run on this machine: starts the dealer (or its replicas) and the parties, shows their output, passes signals on, and says who failed first.

The first failure wins: it stops all, is printed last, and gives the exit status (128 + signal for a signal). SIGINT, SIGTERM and SIGHUP are passed on once; a second
one kills.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import re
import selectors
import signal
import socket
import sys
import time

from crypten_tools.cert import CertificateProblem
from crypten_tools.chaos import Strike
from crypten_tools.child import Child
from crypten_tools.guardian import Guardian
from crypten_tools.network import Line
from crypten_tools.start import LaunchProblem, dealer_program, environment, free_ports, program_command, visible_gpus

GRACE_SECONDS = 5.0  # between SIGTERM and SIGKILL
SETTLE_SECONDS = 1.0  # after the first failure, for the others to say in their own words what they saw
CAUSE_SECONDS = 5.0  # while all that failed were only told of another's failure, for that one to end
DEALER_START_SECONDS = 20.0
COLOURS = (36, 33, 35, 32, 34, 31)
# Who ends with one of these was told, or saw, that another one had ended before.
CONSEQUENCES = re.compile(r"\b(PeerLost|PeerAborted|PeerFinished|PeerStalled|DealerLost|RendezvousTimeout|SessionClosed)\b")


class LocalRun:
    """The dealers and parties of one run, on this machine."""

    def __init__(self, options: argparse.Namespace, folder: pathlib.Path, guardian: Guardian) -> None:
        self.options, self.folder, self._guardian = options, folder, guardian
        self._printer = _Printer({r.strip() for r in options.ranks.split(",")} if options.ranks else None)
        self._children: list[Child] = []
        self._failures: list[tuple[Child, int]] = []  # in the order in which they were seen
        self._spared: list[Child] = []  # dealers that ended while another one served
        self._strike: Strike | None = None  # of --chaos, until it has happened
        self._strike_time = float("inf")
        self._forwarded = 0
        self._impatient = False
        self._selector = selectors.DefaultSelector()
        self._wake, wake = socket.socketpair()
        for end in (self._wake, wake):
            end.setblocking(False)
        self._wake_end = wake
        self._selector.register(self._wake, selectors.EVENT_READ)
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._forward)

    def run(self) -> int:
        """Starts all, waits for their end, stops what is left. Returns the exit status."""
        deadline = time.monotonic() + self.options.timeout if self.options.timeout else float("inf")
        status = 0
        try:
            self._start_parties(self._start_dealers())
            self._plan_chaos()
            while self._parties_running() and not self._failures and not self._forwarded and not self._printer.broken:
                if time.monotonic() > deadline:
                    print(f"crypten-launch: not done after {self.options.timeout:g} s", file=sys.stderr)
                    status = 124
                    break
                self._turn(min(1.0, min(deadline, self._strike_time) - time.monotonic()))
                self._strike_if_due()
        except (LaunchProblem, CertificateProblem, OSError) as problem:
            print(f"crypten-launch: {problem}", file=sys.stderr)
            status = 1
        if self._strike and not status:
            print(f"crypten-launch: chaos (seed {self.options.chaos.seed}) did not happen: the run ended before {self._strike.after:.2f} s", file=sys.stderr)
        self._stop()
        if self._printer.broken:
            return 128 + signal.SIGPIPE
        if self._forwarded:
            return 128 + self._forwarded
        return status if status else self._report()

    def _start(self, name: str, command: list[str], extra: dict[str, str]) -> Child:
        log = pathlib.Path(self.options.log_dir) / f"{name}.log" if self.options.log_dir else None
        try:
            child = Child(name, command, environment() | extra, self._printer.line, log)
        except OSError as problem:
            raise LaunchProblem(f"cannot run {command[0]}: {problem.strerror}") from problem
        self._guardian.watch(child.group)
        self._children.append(child)
        self._selector.register(child, selectors.EVENT_READ)
        return child

    def _start_dealers(self) -> list[str]:
        """Their addresses. All have one master key, so that the parties may go from one to the next."""
        count = self.options.dealers if self.options.dealer else 0
        bundle = self.folder / "dealer"
        command = ["--listen", "127.0.0.1:0", "--run-folder", str(bundle), "--master-key", str(bundle / "master.key")]
        dealers = [self._start("dealer" if count == 1 else f"dealer-{number}", [dealer_program(), *command], {}) for number in range(count)]
        return [self._address(dealer) for dealer in dealers]

    def _address(self, dealer: Child) -> str:
        deadline = time.monotonic() + DEALER_START_SECONDS
        while not self._forwarded:
            for line in dealer.lines:
                if line.startswith("ready "):
                    return line.split()[1]
            if dealer.status() is not None:
                self._turn(0)
                self._failures.clear()
                raise LaunchProblem("the dealer did not start: " + (" ".join(dealer.lines) or f"exit status {dealer.status()}"))
            if time.monotonic() > deadline:
                raise LaunchProblem(f"the dealer was not ready after {DEALER_START_SECONDS:.0f} s")
            self._turn(0.1)
        raise LaunchProblem("stopped before the dealer was ready")

    def _start_parties(self, dealers: list[str]) -> None:
        count = self.options.parties
        command = program_command(self.options.program)
        *ports, master_port = free_ports(count + 1)
        threads = str(max(1, len(os.sched_getaffinity(0)) // count))
        addresses = [f"127.0.0.1:{port}" for port in ports]
        common = {
            "WORLD_SIZE": str(count),
            "LOCAL_WORLD_SIZE": str(count),
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(master_port),  # free for the program's own use, torch.distributed for example
            "CRYPTEN_THREADS": os.environ.get("CRYPTEN_THREADS", threads),
            "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", threads),  # n parties share the machine
        }
        if self.options.network:
            common["CRYPTEN_EMULATED_NETWORK"] = str(self.options.network)
            print(f"crypten-launch: emulated network: {self.options.network}", file=sys.stderr)
        if dealers:
            common["CRYPTEN_DEALER"] = ",".join(self._reached(address) for address in dealers)
        reached = [self._reached(address) for address in addresses]
        for rank in range(count):
            own = {"RANK": str(rank), "LOCAL_RANK": str(rank), "CRYPTEN_RUN_FOLDER": str(self.folder / f"party-{rank}")}
            if self.options.gpus:
                own["CUDA_VISIBLE_DEVICES"] = (visible_gpus() or [str(gpu) for gpu in range(self.options.gpus)])[rank % self.options.gpus]
            own["CRYPTEN_ADDRESSES"] = ",".join([*reached[:rank], addresses[rank], *reached[rank + 1 :]])
            self._start(str(rank), command, common | own)

    def _reached(self, address: str) -> str:
        """Where others reach who listens there: with --network at the near end of a line."""
        return Line(self.options.network, address).address if self.options.network else address

    def _plan_chaos(self) -> None:
        if not self.options.chaos:
            return
        self._strike = self.options.chaos.plan([child.name for child in self._children])
        self._strike_time = time.monotonic() + self._strike.after

    def _strike_if_due(self) -> None:
        strike = self._strike
        if not strike or time.monotonic() < self._strike_time:
            return
        self._strike, self._strike_time = None, float("inf")
        victim = next(child for child in self._children if child.name == strike.victim)
        if victim.status() is not None:
            return  # its end is reported as any other
        print(f"crypten-launch: chaos (seed {self.options.chaos.seed}): {strike.number.name} to {_who(victim)}, {strike.after:.2f} s after the start", file=sys.stderr)
        victim.signal(strike.number)

    def _forward(self, number: int, _frame: object) -> None:
        if self._forwarded:
            self._impatient = True
            return
        self._forwarded = number
        for child in self._children:
            if not _deals(child) and child.status() is None:  # the dealer stays for the parties' last words
                child.signal(number)

    def _parties_running(self) -> bool:
        return any(child.status() is None for child in self._children if not _deals(child))

    def _turn(self, seconds: float) -> None:
        """Waits for output, an end or a signal; notes new failures."""
        for key, _ in self._selector.select(max(0.0, seconds)):
            if key.fileobj is self._wake:
                while True:
                    try:
                        self._wake.recv(4096)
                    except BlockingIOError:
                        break
            elif not key.fileobj.read():
                self._selector.unregister(key.fileobj)
        known = {child for child, _ in self._failures}
        for child in self._children:
            status = child.status()
            if status is None or child in known or child in self._spared:
                continue
            if _deals(child) and self._parties_running() and any(_deals(other) and other.status() is None for other in self._children):
                self._spared.append(child)
                print(f"crypten-launch: {child.name} {_end(status)}; the parties go on with another", file=sys.stderr)
            elif status != 0 or _deals(child):
                self._failures.append((child, status if status != 0 else 1))

    def _wait_for_end(self, seconds: float, children: list[Child]) -> None:
        deadline = time.monotonic() + seconds
        while not self._impatient and any(child.status() is None for child in children) and time.monotonic() < deadline:
            self._turn(deadline - time.monotonic())

    def _stop(self) -> None:
        parties = [child for child in self._children if not _deals(child)]
        if self._forwarded:
            self._wait_for_end(GRACE_SECONDS, parties)
        elif self._failures:
            self._wait_for_end(SETTLE_SECONDS, parties)
            deadline = time.monotonic() + CAUSE_SECONDS - SETTLE_SECONDS
            while all(_follows(failure) for failure in self._failures) and time.monotonic() < deadline and self._parties_running() and not self._impatient:
                self._turn(deadline - time.monotonic())
        failures = list(self._failures)  # what ends from here on was made to
        if not self._forwarded:
            for child in parties:
                child.signal(signal.SIGTERM)
            self._wait_for_end(GRACE_SECONDS, parties)
        for child in self._children:
            child.signal(signal.SIGKILL if not _deals(child) else signal.SIGTERM)
        self._wait_for_end(GRACE_SECONDS, self._children)
        for child in self._children:  # also what a child has left behind in its process group
            child.close()
            self._guardian.forget(child.group)
        self._failures = failures

    def _report(self) -> int:
        """The first failure by cause: one that only followed from another's is not it, unless there is no other."""
        if not self._failures:
            return 0

        child, status = next((failure for failure in self._failures if not _follows(failure)), self._failures[0])
        print(f"crypten-launch: {_who(child)} failed first: it {_end(status)}. Its last lines:", file=sys.stderr)
        for line in child.lines:
            print(f"    {line}", file=sys.stderr)
        return 128 - status if status < 0 else status


class _Printer:
    def __init__(self, shown: set[str] | None) -> None:
        self._shown = shown
        self._colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self.broken = False

    def line(self, name: str, text: str) -> None:
        if self.broken or (self._shown is not None and name not in self._shown):
            return
        prefix = f"[{name}]"
        if self._colour:
            prefix = f"\x1b[{COLOURS[int(name) % len(COLOURS)] if name.isdigit() else 90}m{prefix}\x1b[0m"
        try:
            print(prefix, text, flush=True)
        except BrokenPipeError:
            self.broken = True
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains once more when it ends


def _deals(child: Child) -> bool:
    return child.name.startswith("dealer")


def _who(child: Child) -> str:
    return "the dealer" if child.name == "dealer" else child.name if _deals(child) else f"rank {child.name}"


def _follows(failure: tuple[Child, int]) -> bool:
    """Whether that process was told, or saw, that another one had ended before."""
    child, status = failure
    return status > 0 and any(CONSEQUENCES.search(line) for line in child.lines)


def _end(status: int) -> str:
    return f"was killed by {signal.Signals(-status).name}" if status < 0 else f"exited with status {status}"
