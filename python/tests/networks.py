"""Machines of their own on this one: network and mount namespaces with cables between them, for tests of what happens on a real network. Without root they skip."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

import crypten_cpp

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(crypten_cpp.__file__).parents[2]  # build/python/crypten_cpp
# The commands of the README's section.
SECTION = re.search(r"^## Two machines\n(.*?)^## ", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL).group(1)
INIT, DEALER, ALICE, BOB = (block.splitlines() for block in re.findall(r"^```\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL))
STARTING = {"dealer": DEALER, "alice": ALICE, "bob": BOB[1:]}
# A cable between each two: (machine, machine, network).
CABLES = (("alice", "bob", "10.77.1"), ("alice", "dealer", "10.77.2"), ("bob", "dealer", "10.77.3"))


class Machine:
    """A process that holds a network and a mount namespace, and what runs in them."""

    def __init__(self, name: str, home: pathlib.Path) -> None:
        self.name, self.home = name, home
        home.mkdir()
        (home / "build").symlink_to(BUILD)
        (home / "examples").symlink_to(ROOT / "examples")
        self.holder = subprocess.Popen(["unshare", "--net", "--mount", "sh", "-c", "ip link set lo up && echo up && exec sleep 600"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.up = self.holder.stdout.readline() == "up\n"
        self.processes: list[subprocess.Popen] = []
        self.hosts = "127.0.0.1 localhost\n"

    def command(self, line: str) -> list[str]:
        return ["nsenter", "--target", str(self.holder.pid), "--net", "--mount", "--wdns=" + str(self.home), "sh", "-c", line]

    def run(self, line: str, timeout: float = 300) -> subprocess.CompletedProcess:
        return subprocess.run(self.command(line), env=self.environment(), capture_output=True, text=True, timeout=timeout, check=False)

    def start(self, line: str) -> subprocess.Popen:
        self.processes.append(subprocess.Popen(self.command("exec " + line), env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
        return self.processes[-1]

    def know(self) -> None:
        """Its own /etc/hosts, which nobody else sees."""
        (self.home / "hosts").write_text(self.hosts)
        done = self.run(f"mount --bind {self.home}/hosts /etc/hosts")
        assert done.returncode == 0, done.stderr

    @staticmethod
    def environment() -> dict[str, str]:
        return {key: value for key, value in os.environ.items() if not key.endswith("_proxy")} | {"OMP_NUM_THREADS": "1"}

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.communicate()
        self.holder.kill()
        self.holder.communicate()


@pytest.fixture
def machines(tmp_path):
    if os.geteuid() != 0 or not all(shutil.which(tool) for tool in ("ip", "nsenter", "unshare")):
        pytest.skip("networks of one's own need root, iproute2 and util-linux")
    made = {name: Machine(name, tmp_path / name) for name in ("alice", "bob", "dealer")}
    try:
        if not all(machine.up for machine in made.values()):
            pytest.skip("this kernel or container allows no network namespaces")
        for number, (one, other, network) in enumerate(CABLES):
            ends = ((made[one], f"cable{number}a", f"{network}.1"), (made[other], f"cable{number}b", f"{network}.2"))
            subprocess.run(["ip", "link", "add", ends[0][1], "netns", str(ends[0][0].holder.pid), "type", "veth", "peer", "name", ends[1][1], "netns", str(ends[1][0].holder.pid)], check=True)
            for machine, end, address in ends:
                assert machine.run(f"ip addr add {address}/24 dev {end} && ip link set {end} up").returncode == 0
            made[one].hosts += f"{network}.2 {other}.example.com\n"
            made[other].hosts += f"{network}.1 {one}.example.com\n"
        for machine in made.values():
            machine.know()
        yield made
    finally:
        for machine in made.values():
            machine.stop()


@pytest.fixture
def bundles(machines):
    """Alice makes them and gives each member its own."""
    alice = machines["alice"]
    made = alice.run(INIT[0])
    assert made.returncode == 0, made.stderr
    for name, machine in machines.items():
        shutil.move(alice.home / "run" / name, machine.home / name)
    shutil.rmtree(alice.home / "run")
    return machines


def outcome(process):
    output, _ = process.communicate(timeout=300)
    return process.returncode, output
