"""How the processes of each peer are started and stopped."""

from __future__ import annotations

import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

from benchmarks.control import Controller, PeerProblem

ROOT = pathlib.Path(__file__).resolve().parents[1]
ENVIRONMENTS = ROOT / ".cache" / "bench"
START_SECONDS = 300.0  # the first time, torch comes from the disk
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}  # per party: two parties share the machine


class Peer:
    """A pair of processes (and who deals to them) that runs rows. ``name`` as in the results; ``variants`` that it is timed in."""

    name = ""
    variants: Sequence[str] = ("cold",)

    def __init__(self, log: pathlib.Path) -> None:
        self._log_path = log / f"{self.name}.log"
        self.processes: list[subprocess.Popen] = []
        self._controller: Controller | None = None

    @property
    def installed(self) -> bool:
        raise NotImplementedError

    def commands(self, folder: str, control: str) -> list[list[str]]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return {}

    def start(self) -> None:
        """Starts all processes. Errors: PeerProblem."""
        self._folder = tempfile.TemporaryDirectory(prefix="bench-")
        control = os.path.join(self._folder.name, "control")
        self._controller = Controller(control, 2)
        environment = {**os.environ, **ONE_THREAD, **self.environment()}
        with open(self._log_path, "ab") as log:
            for command in self.commands(self._folder.name, control):
                self.processes.append(subprocess.Popen(command, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True))
        self._controller.accept(START_SECONDS, lambda: all(p.poll() is None for p in self.processes))

    def ask(self, command: str, timeout: float, **arguments: Any) -> list[dict[str, Any]]:
        """The ranks' answers; starts the processes if they do not run. After a PeerProblem they are gone."""
        try:
            if self._controller is None:
                self.start()
            return self._controller.ask(command, timeout, **arguments)
        except PeerProblem:
            self.stop(0)
            raise

    def stop(self, grace: float = 5) -> None:
        """Hangs up, and ends what does not end by itself."""
        if self._controller is None:
            return
        self._controller.close()
        self._controller = None
        for process in self.processes:
            try:
                process.wait(grace)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGTERM)
                try:
                    process.wait(8)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        self.processes = []
        self._folder.cleanup()


class Ours(Peer):
    """Two parties and the dealer, started by crypten-launch, with mutual TLS."""

    name = "ours"
    variants = ("cold", "prefetched")
    plaintext = False
    installed = True

    def commands(self, folder: str, control: str) -> list[list[str]]:
        launch = [sys.executable, "-m", "crypten_tools.launch", "-n", "2", "--dealer", "--"]
        return [[*launch, "-m", "benchmarks.ours", "--control", control, *(["--plaintext"] if self.plaintext else [])]]


class OursPlaintext(Ours):
    """The same without TLS (`communicator.insecure_plaintext`)."""

    name = "ours plaintext"
    plaintext = True

    def environment(self) -> dict[str, str]:
        dealer = os.environ.get("CRYPTEN_DEALER_PROGRAM", str(ROOT / "build" / "bin" / "crypten-dealer"))
        return {"CRYPTEN_BENCH_DEALER": dealer, "CRYPTEN_DEALER_PROGRAM": str(ROOT / "benchmarks" / "plaintext_dealer.sh")}


class CrypTen(Peer):
    """CrypTen 0.4.1: two parties and its trusted third party."""

    name = "crypten"

    @property
    def installed(self) -> bool:
        return (ENVIRONMENTS / "crypten" / "installed").exists()

    def commands(self, folder: str, control: str) -> list[list[str]]:
        python = str(ENVIRONMENTS / "crypten" / "bin" / "python")
        return [
            [python, "-m", "benchmarks.crypten_peer", "--control", control, "--rank", str(rank), "--rendezvous", os.path.join(folder, "rendezvous")]
            for rank in (2, 0, 1)  # 2: the third party
        ]

    def environment(self) -> dict[str, str]:
        return {"PYTHONPATH": "", "GLOO_SOCKET_IFNAME": "lo"}


class Spu(Peer):
    """SPU 0.9.5: two parties; the first one deals."""

    name = "spu"
    variants = ("cold",)

    @property
    def installed(self) -> bool:
        return (ENVIRONMENTS / "spu" / "installed").exists()

    def commands(self, folder: str, control: str) -> list[list[str]]:
        python = str(ENVIRONMENTS / "spu" / "bin" / "python")
        ports = ",".join(str(port) for port in free_ports(2))
        return [[python, "-m", "benchmarks.spu_peer", "--control", control, "--rank", str(rank), "--ports", ports] for rank in (0, 1)]

    def environment(self) -> dict[str, str]:
        return {"PYTHONPATH": "", "JAX_PLATFORMS": "cpu"}


PEERS: dict[str, type[Peer]] = {peer.name: peer for peer in (Ours, OursPlaintext, CrypTen, Spu)}


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that were free a moment ago."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()
