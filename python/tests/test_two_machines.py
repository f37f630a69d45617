"""The README's section about two machines, followed to the letter in a network of three: each has its own interfaces, addresses, /etc/hosts and files."""

import re
import signal
import time

import pytest
from networks import BOB, DEALER, STARTING, bundles, machines, outcome  # noqa: F401: fixtures

import crypten_cpp

QUICK = "build/bin/example-0-wages"  # the same program in C++, which starts at once

pytestmark = pytest.mark.skipif(not crypten_cpp._C.with_grpc, reason="built without comm/grpc")


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
