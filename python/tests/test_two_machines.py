"""The README's section about two machines, followed to the letter in a network of three: each has its own interfaces, addresses, /etc/hosts and files."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import pytest

import crypten_cpp

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(crypten_cpp.__file__).parents[2]  # build/python/crypten_cpp
SECTION = re.search(r"^## Two machines\n(.*?)^## ", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL).group(1)
INIT, DEALER, ALICE, BOB = (block.splitlines() for block in re.findall(r"^```\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL))
# A cable between each two: (machine, machine, network).
CABLES = (("alice", "bob", "10.77.1"), ("alice", "dealer", "10.77.2"), ("bob", "dealer", "10.77.3"))
QUICK = "build/bin/example-0-wages"  # the same program in C++, which starts at once
STARTING = {"dealer": DEALER, "alice": ALICE, "bob": BOB[1:]}

pytestmark = pytest.mark.skipif(not crypten_cpp._C.with_grpc, reason="built without comm/grpc")


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


@pytest.mark.parametrize("order", [("dealer", "alice", "bob"), ("bob", "alice", "dealer")], ids=" ".join)
def test_the_readme_in_any_order(bundles, order):
    started = {}
    for name in order:
        (line,) = STARTING[name]
        started[name] = bundles[name].start(line)
        time.sleep(0.5)  # not at once, so that the first one really waits
    for name, rank in (("alice", 0), ("bob", 1)):
        status, output = outcome(started[name])
        assert status == 0, output
        assert "mean wage, known to both: tensor(3.4167)" in output
        assert ("tensor([0.2500, 0.0000, 0.5000])" in output) == (rank == 1)
    started["dealer"].send_signal(signal.SIGTERM)
    assert outcome(started["dealer"])[0] == 0


def test_the_doctor_sees_who_is_there_and_who_is_not(bundles):
    bob = bundles["bob"]
    line = BOB[0] + " --only certificates --only ports --only dealer --only peers --timeout 2"
    looked = bob.run(line)
    assert looked.returncode == 1 and "dealer: dealer.example.com:29510: refused" in looked.stdout and "peer: alice.example.com:29500: refused" in looked.stdout
    assert "no address to listen on" in looked.stdout  # nobody dials bob
    dealer = bundles["dealer"].start(DEALER[0])
    alice = bundles["alice"].start(f"build/bin/crypten-launch --run alice/run.toml {QUICK}")
    for _ in range(100):
        looked = bob.run(line)
        if looked.returncode == 0:
            break
        time.sleep(0.2)
    assert looked.returncode == 0, looked.stdout
    assert "dealer: dealer.example.com:29510 answers as dealer" in looked.stdout
    assert "peer: alice.example.com:29500 answers as rank 0 (alice)" in looked.stdout
    status, output = outcome(bob.start(BOB[1].replace("examples/0_wages.py", QUICK)))  # a look disturbs nobody
    assert status == 0, output
    assert outcome(alice)[0] == 0
    dealer.send_signal(signal.SIGTERM)
    # A cable that is cut is not a machine that refuses.
    assert bundles["alice"].run("ip link set cable0a down").returncode == 0
    cut = bob.run(line)
    assert cut.returncode == 1 and re.search(r"peer: alice\.example\.com:29500: (filtered|no route)", cut.stdout), cut.stdout


def test_mixed_up_addresses_are_told_apart(bundles):
    """Bob's copy says that the dealer is where Alice is."""
    bob = bundles["bob"]
    path = bob.home / "bob" / "run.toml"
    path.write_text(path.read_text().replace("dealer.example.com:29510", "alice.example.com:29500"))
    alice = bundles["alice"].start(f"build/bin/crypten-launch --run alice/run.toml {QUICK}")
    for _ in range(100):
        looked = bob.run("build/bin/crypten doctor --run bob/run.toml --only dealer --timeout 2")
        if "refused" not in looked.stdout:
            break
        time.sleep(0.2)
    assert "TLS identity: rank 0 (alice) answers, not dealer" in looked.stdout
    alice.kill()
