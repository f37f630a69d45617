"""crypten-launch: runs a program once for each party, and the dealer (or several replicas of it), on this machine.

    crypten-launch -n 2 script.py arguments…        (or a program instead of a script)
    crypten-launch --run run.toml script.py         this machine's part of a run of several organisations (join.py)

Every process learns its rank from the environment, with torchrun's names (RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT), and finds its certificates, made for this
run, in CRYPTEN_RUN_FOLDER. Output is prefixed with the rank. The first failure wins: it stops all, is printed last, and gives the exit status (128 + signal for a
signal). SIGINT, SIGTERM and SIGHUP are passed on once; a second one kills. Nothing survives the launcher, even when it is killed with SIGKILL.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import random
import re
import selectors
import signal
import socket
import sys
import tempfile
import time

from crypten_tools.cert import CertificateProblem, create_run_folder
from crypten_tools.chaos import Chaos, Strike
from crypten_tools.child import Child
from crypten_tools.dealer import program as dealer_program
from crypten_tools.guardian import Guardian
from crypten_tools.join import join
from crypten_tools.network import Line, Network
from crypten_tools.run_file import RunFileProblem

GRACE_SECONDS = 5.0  # between SIGTERM and SIGKILL
SETTLE_SECONDS = 1.0  # after the first failure, for the others to say in their own words what they saw
CAUSE_SECONDS = 5.0  # while all that failed were only told of another's failure, for that one to end
DEALER_START_SECONDS = 20.0
COLOURS = (36, 33, 35, 32, 34, 31)
# Set for every process here; a value from outside must not reach a process that has none.
RENDEZVOUS = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
RENDEZVOUS += ("CRYPTEN_ADDRESSES", "CRYPTEN_RUN_FOLDER", "CRYPTEN_DEALER", "CRYPTEN_EMULATED_NETWORK")
# Who ends with one of these was told, or saw, that another one had ended before.
CONSEQUENCES = re.compile(r"\b(PeerLost|PeerAborted|PeerFinished|PeerStalled|DealerLost|RendezvousTimeout|SessionClosed)\b")


def _deals(child: Child) -> bool:
    return child.name.startswith("dealer")


def _who(child: Child) -> str:
    return "the dealer" if child.name == "dealer" else child.name if _deals(child) else f"rank {child.name}"


class LaunchProblem(Exception):
    """Nothing was started, or not all; the message says why and what to do."""


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


class _Launch:
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
        environment = {key: value for key, value in os.environ.items() if key not in RENDEZVOUS} | extra
        log = pathlib.Path(self.options.log_dir) / f"{name}.log" if self.options.log_dir else None
        try:
            child = Child(name, command, environment, self._printer.line, log)
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
        dealers = [self._start("dealer" if count == 1 else f"dealer-{number}", [_dealer_program(), *command], {}) for number in range(count)]
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
        command = _command(self.options.program)
        *ports, master_port = _free_ports(count + 1)
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
                own["CUDA_VISIBLE_DEVICES"] = (_visible_gpus() or [str(gpu) for gpu in range(self.options.gpus)])[rank % self.options.gpus]
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


def _follows(failure: tuple[Child, int]) -> bool:
    """Whether that process was told, or saw, that another one had ended before."""
    child, status = failure
    return status > 0 and any(CONSEQUENCES.search(line) for line in child.lines)


def _end(status: int) -> str:
    return f"was killed by {signal.Signals(-status).name}" if status < 0 else f"exited with status {status}"


def _free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nobody listens on, outside the range from which the kernel takes ports for outgoing connections."""
    try:
        lowest = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except OSError:
        lowest = 32768
    found: list[int] = []
    candidates = random.SystemRandom().sample(range(min(20000, lowest // 2), lowest), min(2000, lowest // 2))
    for port in candidates:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise LaunchProblem("no free ports on 127.0.0.1")


def _dealer_program() -> str:
    found = dealer_program()
    if not found:
        raise LaunchProblem("the program crypten-dealer was not found: build it (make build), or name it in CRYPTEN_DEALER_PROGRAM, or pass --no-dealer")
    return found


def _command(program: list[str]) -> list[str]:
    if program[0] == "-m":
        return [sys.executable, "-u", *program]
    if program[0].endswith(".py"):
        if not os.path.exists(program[0]):
            raise LaunchProblem(f"there is no script {program[0]}")
        return [sys.executable, "-u", *program]
    return program


def _visible_gpus() -> list[str]:
    """Those that the user's environment names; empty if it names none, so that all are visible."""
    return [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="crypten-launch", description="Runs a program once for each party, and the dealer, on this machine.")
    parser.add_argument("-n", "--parties", type=int, help="number of parties, all on this machine")
    parser.add_argument("--run", metavar="RUN.TOML", help="take one party's part, or the dealer's, in a run of several machines: the run.toml of the bundle that `crypten-cert init --party …` made for it")
    parser.add_argument("--party", metavar="NAME", help="with --run: who this is; an error if the bundle is another one's")
    parser.add_argument("--replica", type=int, default=1, help="with --run, for a dealer: which of its addresses is this machine's (default: 1)")
    parser.add_argument("--dealer", action=argparse.BooleanOptionalAction, default=True, help="start a dealer (default)")
    parser.add_argument("--dealers", type=int, default=1, help="how many replicas of the dealer to start, which stand in for one another (default: 1)")
    parser.add_argument("--gpus", type=int, metavar="N", help="this machine's first N GPUs (of those that CUDA_VISIBLE_DEVICES names): rank r sees number r mod N alone, as cuda:0")
    parser.add_argument("--run-folder", help="bundles made by `crypten-cert init`; default: made for this run and removed after it")
    parser.add_argument("--timeout", type=float, help="stop everything after so many seconds, with status 124")
    parser.add_argument("--chaos", metavar="seed=7,kill,stop", help="to see how the program fails: kill or stop one of the processes, the dealer among them, at a moment that follows from the seed (within=SECONDS: the latest, default 5)")
    parser.add_argument("--network", metavar="wan|rtt=40ms,rate=100Mbps", help="emulate a network between all processes: its round-trip time and its rate (wan: 40 ms and 100 Mbps; lan: 0.5 ms and 1 Gbps)")
    parser.add_argument("--log-dir", help="also write each process's output to a file there")
    parser.add_argument("--ranks", help="show the output of these ranks only, with commas between")
    parser.add_argument("program", nargs=argparse.REMAINDER, help="script.py or program, and its arguments; -m module after --")
    options = parser.parse_args(arguments)
    if options.program[:1] == ["--"]:
        options.program = options.program[1:]
    if options.run is not None:
        local = ("parties", "dealers", "gpus", "run_folder", "timeout", "chaos", "network", "log_dir", "ranks")
        if given := [name for name in local if getattr(options, name) != parser.get_default(name)]:
            parser.error(f"--{given[0].replace('_', '-')} is for runs on one machine; --run starts one process, whose output, signals and end are its own")
        return options
    if options.party is not None or options.replica != 1:
        parser.error("--party and --replica go with --run")
    if options.parties is None or options.parties < 1 or options.dealers < 1 or not options.program:
        parser.error("a number of parties and of dealers of at least 1 and a program are needed")
    if options.gpus is not None and not 1 <= options.gpus <= len(_visible_gpus() or range(options.gpus)):
        parser.error(f"--gpus {options.gpus}: give at least 1, and no more than CUDA_VISIBLE_DEVICES names")
    try:
        options.chaos = None if options.chaos is None else Chaos.parse(options.chaos)
        options.network = None if options.network is None else Network.parse(options.network)
    except ValueError as problem:
        parser.error(str(problem))
    return options


def _join(options: argparse.Namespace) -> int:
    """Becomes this member's program. Returns only if that is not possible."""
    environment = {key: value for key, value in os.environ.items() if key not in RENDEZVOUS}
    try:
        join(pathlib.Path(options.run), options.party, options.replica, _command(options.program) if options.program else [], environment)
    except (LaunchProblem, RunFileProblem, CertificateProblem, OSError) as problem:
        print(f"crypten-launch: {problem}", file=sys.stderr)
    return 1


def main(arguments: list[str] | None = None) -> int:
    """The program `crypten-launch`."""
    options = _parse(arguments)
    if options.run is not None:
        return _join(options)
    if options.log_dir:
        os.makedirs(options.log_dir, exist_ok=True)
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK | os.X_OK) else None  # keys need not reach a disk
    guardian = Guardian()
    with tempfile.TemporaryDirectory(prefix="crypten-run-", dir=memory) as temporary:
        guardian.remove_later(temporary)
        folder = pathlib.Path(options.run_folder) if options.run_folder else pathlib.Path(temporary) / "run"
        launch = _Launch(options, folder, guardian)
        try:
            if not options.run_folder:
                create_run_folder(folder, options.parties)
            status = launch.run()
        except (CertificateProblem, OSError) as problem:
            print(f"crypten-launch: {problem}", file=sys.stderr)
            status = 1
    guardian.dismiss()
    return status


if __name__ == "__main__":
    sys.exit(main())
