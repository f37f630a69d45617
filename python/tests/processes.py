"""Sessions of real processes for tests: parties and dealers started by hand, with a run folder as crypten-cert writes it."""

import contextlib
import os
import subprocess
import sys

from crypten_tools.cert import create_run_folder
from crypten_tools.start import dealer_program, free_ports


class Run:
    """A run folder, its dealer (or replicas of it), and parties that run one program each."""

    def __init__(self, folder, world_size, dealers=1, dealer=None):
        """`dealer`: options of one dealer more, before the others."""
        self.folder, self.world_size = folder / "run", world_size
        create_run_folder(self.folder, world_size)
        self.ports = free_ports(world_size)
        self.children = []
        self.dealers = [] if dealer is None else [self.start_dealer(options=dealer)]
        self.dealers += [self.start_dealer() for _ in range(dealers)]
        self.dealer = self.dealers[0]
        self.dealer_addresses = [dealer.stdout.readline().split()[1] for dealer in self.dealers]
        self.dealer_address = ",".join(self.dealer_addresses)

    def start_dealer(self, address="127.0.0.1:0", options=()):
        bundle = self.folder / "dealer"
        return self._start([dealer_program(), "--listen", address, "--run-folder", str(bundle), "--master-key", str(bundle / "master.key"), *options], {})

    def _start(self, command, extra):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("CRYPTEN_")} | extra
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        self.children.append(child)
        return child

    def party(self, rank, program, **environment):
        own = {
            "RANK": str(rank),
            "WORLD_SIZE": str(self.world_size),
            "CRYPTEN_ADDRESSES": ",".join(f"127.0.0.1:{port}" for port in self.ports),
            "CRYPTEN_RUN_FOLDER": str(self.folder / f"party-{rank}"),
            "CRYPTEN_DEALER": self.dealer_address,
            "OMP_NUM_THREADS": "1",
        }
        return self._start([sys.executable, "-u", "-c", program], own | environment)

    def end(self):
        for child in self.children:
            child.kill()
            child.communicate()


@contextlib.contextmanager
def running(folder, world_size, dealers=1, dealer=None):
    run = Run(folder, world_size, dealers, dealer)
    try:
        yield run
    finally:
        run.end()
