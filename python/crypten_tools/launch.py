"""crypten-launch: runs a program once for each party, and the dealer, on this machine.

    crypten-launch -n 2 script.py arguments…        (or a program instead of a script)

Every process learns its rank from the environment, with torchrun's names (RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT), and finds its certificates, made for this run, in
CRYPTEN_RUN_FOLDER. Output is prefixed with the rank. The first failure wins: it stops all, is printed last, and gives the exit status (128 + signal for a signal).
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import ctypes
import os
import pathlib
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from crypten_tools.cert import CertificateProblem, create_run_folder

GRACE_SECONDS = 5.0  # between SIGTERM and SIGKILL
DEALER_START_SECONDS = 20.0
COLOURS = (36, 33, 35, 32, 34, 31)
LINES_KEPT = 50  # of each process, to print after a failure
_PR_SET_PDEATHSIG = 1


class LaunchProblem(Exception):
    """Nothing was started, or not all; the message says why and what to do."""


class _Process:
    """One child: its output with a prefix, its end as an event."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], ended: queue.Queue, printer: "_Printer", log: pathlib.Path | None) -> None:
        self.name, self.lines = name, collections.deque(maxlen=LINES_KEPT)
        self._printer, self._ended = printer, ended
        self._log = open(log, "w") if log else None  # noqa: SIM115: closed by the reader
        launcher = os.getpid()
        libc = ctypes.CDLL(None, use_errno=True)

        def tie_to_launcher() -> None:  # no orphan survives the launcher, however it dies
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != launcher:
                os._exit(1)

        try:
            # A session of its own: the terminal's Ctrl-C reaches the launcher only, which passes it on once.
            self.child = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=tie_to_launcher
            )
        except OSError as problem:
            raise LaunchProblem(f"cannot run {command[0]}: {problem.strerror}") from problem
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for raw in self.child.stdout:
            line = raw.decode(errors="replace").rstrip("\n")
            self.lines.append(line)
            if self._log:
                self._log.write(line + "\n")
                self._log.flush()
            self._printer.line(self.name, line)
        if self._log:
            self._log.close()
        self._ended.put((self, self.child.wait()))

    def signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, number)


class _Printer:
    def __init__(self, shown: set[str] | None) -> None:
        self._lock, self._shown = threading.Lock(), shown
        self._colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def line(self, name: str, text: str) -> None:
        if self._shown is not None and name not in self._shown:
            return
        prefix = f"[{name}]"
        if self._colour:
            colour = COLOURS[int(name) % len(COLOURS)] if name.isdigit() else 90
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        with self._lock, contextlib.suppress(BrokenPipeError):
            print(prefix, text, flush=True)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _dealer_program() -> str:
    here = pathlib.Path(__file__).resolve()
    candidates = [os.environ.get("CRYPTEN_DEALER_PROGRAM"), here.parent.parent / "crypten_cpp" / "bin" / "crypten-dealer", here.parents[2] / "build" / "bin" / "crypten-dealer"]
    for candidate in candidates:
        if candidate and os.access(candidate, os.X_OK):
            return str(candidate)
    found = shutil.which("crypten-dealer")
    if not found:
        raise LaunchProblem("the program crypten-dealer was not found: build it (make build), or name it in CRYPTEN_DEALER_PROGRAM, or pass --no-dealer")
    return found


def _command(program: list[str]) -> list[str]:
    if program[0].endswith(".py"):
        if not os.path.exists(program[0]):
            raise LaunchProblem(f"there is no script {program[0]}")
        return [sys.executable, "-u", *program]
    return program


class _Launch:
    def __init__(self, options: argparse.Namespace, folder: pathlib.Path) -> None:
        self.options, self.folder = options, folder
        self.ended: queue.Queue = queue.Queue()
        self.printer = _Printer({r.strip() for r in options.ranks.split(",")} if options.ranks else None)
        self.processes: list[_Process] = []
        self.parties_left = 0
        self.first_failure: tuple[_Process, int] | None = None
        self.stopped_by = 0

    def _start(self, name: str, command: list[str], extra: dict[str, str]) -> _Process:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("CRYPTEN_") or key in ("CRYPTEN_KERNELS", "CRYPTEN_THREADS")}
        log = pathlib.Path(self.options.log_dir) / f"{name}.log" if self.options.log_dir else None
        process = _Process(name, command, environment | extra, self.ended, self.printer, log)
        self.processes.append(process)
        return process

    def start_dealer(self) -> str:
        bundle = self.folder / "dealer"
        dealer = self._start("dealer", [_dealer_program(), "--listen", "127.0.0.1:0", "--run-folder", str(bundle), "--master-key", str(bundle / "master.key")], {})
        deadline = time.monotonic() + DEALER_START_SECONDS
        while time.monotonic() < deadline:
            for line in list(dealer.lines):
                if line.startswith("ready "):
                    return line.split()[1]
            if dealer.child.poll() is not None:
                raise LaunchProblem("the dealer did not start: " + (" ".join(dealer.lines) or f"exit status {dealer.child.returncode}"))
            time.sleep(0.01)
        raise LaunchProblem(f"the dealer was not ready after {DEALER_START_SECONDS:.0f} s")

    def start_parties(self, dealer: str | None) -> None:
        addresses = ",".join(f"127.0.0.1:{port}" for port in _free_ports(self.options.parties))
        threads = max(1, len(os.sched_getaffinity(0)) // self.options.parties)
        for rank in range(self.options.parties):
            extra = {
                "RANK": str(rank),
                "WORLD_SIZE": str(self.options.parties),
                "MASTER_ADDR": "127.0.0.1",
                "MASTER_PORT": addresses.split(",")[0].split(":")[1],
                "CRYPTEN_ADDRESSES": addresses,
                "CRYPTEN_RUN_FOLDER": str(self.folder / f"party-{rank}"),
                "CRYPTEN_THREADS": os.environ.get("CRYPTEN_THREADS", str(threads)),
            }
            if dealer:
                extra["CRYPTEN_DEALER"] = dealer
            self._start(str(rank), _command(self.options.program), extra)
            self.parties_left += 1

    def stop(self, number: int) -> None:
        for process in self.processes:
            if process.child.poll() is None:
                process.signal(number)

    def run(self) -> int:
        """Until all parties have ended. Returns the exit status."""
        deadline = time.monotonic() + self.options.timeout if self.options.timeout else None
        while self.parties_left:
            try:
                process, status = self.ended.get(timeout=0.1)
            except queue.Empty:
                if deadline and time.monotonic() > deadline:
                    print(f"crypten-launch: not done after {self.options.timeout:.0f} s", file=sys.stderr)
                    return 124
                continue
            if process.name != "dealer":
                self.parties_left -= 1
            elif status == 0 and self.stopped_by:
                continue
            if status != 0 or process.name == "dealer":
                self.first_failure = (process, status if status != 0 else 1)
                return 128 - status if status < 0 else self.first_failure[1]
        return 0

    def finish(self, status: int) -> int:
        """Stops what still runs, and prints the first failure last."""
        # Survivors get a moment to name the lost peer in their own words before they are asked to go.
        patience = time.monotonic() + (1.0 if self.first_failure and not self.stopped_by else 0)
        while time.monotonic() < patience and any(p.child.poll() is None for p in self.processes if p.name != "dealer"):
            time.sleep(0.02)
        self.stop(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline and any(p.child.poll() is None for p in self.processes):
            time.sleep(0.02)
        for process in self.processes:  # also what a child has left behind in its process group
            process.signal(signal.SIGKILL)
            process.child.wait()
        if self.first_failure and not self.stopped_by:
            process, code = self.first_failure
            end = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with status {code}"
            who = "the dealer" if process.name == "dealer" else f"rank {process.name}"
            print(f"crypten-launch: {who} failed first: it {end}. Its last lines:", file=sys.stderr)
            for line in process.lines:
                print(f"    {line}", file=sys.stderr)
        return 128 + self.stopped_by if self.stopped_by else status


def main(arguments: list[str] | None = None) -> int:
    """The program `crypten-launch`."""
    parser = argparse.ArgumentParser(prog="crypten-launch", description="Runs a program once for each party, and the dealer, on this machine.")
    parser.add_argument("-n", "--parties", type=int, required=True, help="number of parties")
    parser.add_argument("--dealer", action=argparse.BooleanOptionalAction, default=True, help="start a dealer (default)")
    parser.add_argument("--run-folder", help="bundles made by `crypten-cert init`; default: made for this run and removed after it")
    parser.add_argument("--timeout", type=float, help="stop everything after so many seconds, with status 124")
    parser.add_argument("--log-dir", help="also write each process's output to a file there")
    parser.add_argument("--ranks", help="show the output of these ranks only, with commas between")
    parser.add_argument("program", nargs=argparse.REMAINDER, help="script.py or program, and its arguments")
    options = parser.parse_args(arguments)
    if options.program[:1] == ["--"]:
        options.program = options.program[1:]
    if options.parties < 1 or not options.program:
        parser.error("a number of parties of at least 1 and a program are needed")
    if options.log_dir:
        os.makedirs(options.log_dir, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="crypten-run-") as temporary:
        folder = pathlib.Path(options.run_folder) if options.run_folder else pathlib.Path(temporary) / "run"
        launch = _Launch(options, folder)

        def forward(number: int, _frame: object) -> None:
            if not launch.stopped_by:  # once: a second Ctrl-C does not interrupt the parties' last words
                launch.stopped_by = number
                launch.stop(number)

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, forward)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        status = 1
        try:
            if not options.run_folder:
                create_run_folder(folder, options.parties)
            launch.start_parties(launch.start_dealer() if options.dealer else None)
            status = launch.run()
        except (LaunchProblem, CertificateProblem, OSError) as problem:
            print(f"crypten-launch: {problem}", file=sys.stderr)
        finally:
            status = launch.finish(status)
    return status


if __name__ == "__main__":
    sys.exit(main())
