"""R3: a network that breaks in the middle of a run. A cable that is cut, in both directions or in one, is told by name within 5 s by all; one that comes back at once is not noticed."""

import json
import random
import time

import pytest
from networks import STARTING, bundles, machines, outcome  # noqa: F401: fixtures

import crypten_cpp

pytestmark = pytest.mark.skipif(not crypten_cpp._C.with_grpc, reason="built without comm/grpc")

LIMIT = 5.0  # seconds from the cut until the last party knows
STEPS = 400
PROGRAM = """
import json, sys, time, torch, crypten_cpp as crypten
try:
    crypten.init()
    w = crypten.cryptensor(torch.linspace(0.1, 0.8, 8), src=1)
    print("under way", flush=True)
    for step in range(%d):
        x = crypten.cryptensor(torch.linspace(-1, 1, 8), src=0)
        value = (x * w + 0.5).relu().get_plain_text()
        if not torch.allclose(value, (torch.linspace(-1, 1, 8) * torch.linspace(0.1, 0.8, 8) + 0.5).relu(), atol=1e-3):
            print(json.dumps({"wrong": True}), flush=True)
            sys.exit(9)
        time.sleep(0.01)
    crypten.uninit()
    print(json.dumps({"done": step + 1}), flush=True)
except crypten.Error as error:
    print(json.dumps({"error": type(error).__name__, "text": str(error), "at": time.monotonic()}), flush=True)
    sys.exit(1)
""" % STEPS

# Where the break is: commands on machines. A black hole swallows what a machine sends to another one, and nothing of what it gets.
CUTS = {
    "the cable between the parties": [("alice", "ip link set cable0a down")],
    "from alice to bob": [("alice", "ip route add blackhole 10.77.1.2/32")],
    "from bob to alice": [("bob", "ip route add blackhole 10.77.1.1/32")],
    "the cable between bob and the dealer": [("bob", "ip link set cable2a down")],
    "from bob to the dealer": [("bob", "ip route add blackhole 10.77.3.2/32")],
}


def under_way(machines):
    """Dealer, Alice and Bob, in the middle of a run."""
    for machine in machines.values():
        (machine.home / "program.py").write_text(PROGRAM)
    machines["dealer"].start(STARTING["dealer"][0])
    parties = {name: machines[name].start(STARTING[name][0].replace("examples/0_wages.py", "program.py")) for name in ("alice", "bob")}
    for name, party in parties.items():
        seen = ""
        while "under way" not in seen:
            line = party.stdout.readline()
            assert line, (name, seen)
            seen += line
    return parties


def last_line(output):
    """What the program said last, as a dictionary; the launcher may have written before and after it."""
    return json.loads([line for line in output.splitlines() if line.startswith("{")][-1])


@pytest.mark.parametrize("cut", CUTS)
def test_a_cut_is_told_by_name(bundles, cut):  # noqa: F811
    parties = under_way(bundles)
    time.sleep(random.Random(cut).uniform(0.1, 0.6))
    before = time.monotonic()
    for name, command in CUTS[cut]:
        assert bundles[name].run(command).returncode == 0
    ends = {}
    for name, party in parties.items():
        status, output = outcome(party)
        assert status == 1, output
        ends[name] = last_line(output)
    assert all(end["at"] - before < LIMIT for end in ends.values()), ends
    errors = {end["error"] for end in ends.values()}
    if "dealer" in cut:
        assert "DealerLost" in errors and errors <= {"DealerLost", "PeerAborted"}, ends
        assert all("dealer" in end["text"].lower() for end in ends.values()), ends
    else:
        assert errors <= {"PeerLost", "PeerAborted"} and "PeerLost" in errors, ends
        assert "rank 1" in ends["alice"]["text"] and "rank 0" in ends["bob"]["text"], ends


def test_a_cable_that_comes_back_at_once_is_not_noticed(bundles):  # noqa: F811
    parties = under_way(bundles)
    for _ in range(3):
        assert bundles["alice"].run("ip link set cable0a down && sleep 0.5 && ip link set cable0a up").returncode == 0
        time.sleep(0.3)
    for party in parties.values():
        status, output = outcome(party)
        assert status == 0 and last_line(output)["done"] == STEPS, output
