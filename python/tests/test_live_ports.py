"""Garbage of three kinds on the ports that listen, a party's and the dealer's (D2): random bytes over TCP, broken HTTP/2 behind a valid certificate, and calls with valid
certificates whose metadata and bodies are not what they should be. The process stays, its memory and descriptors come back, and a session takes place afterwards.

CRYPTEN_LIVE_INPUTS is the number of inputs for each kind of port (default 2000; `make fuzz`: 100000). The inputs follow from the number alone.
"""

import contextlib
import hashlib
import json
import os
import random
import socket
import ssl
import struct
import time
from pathlib import Path

import pytest

import crypten_cpp as crypten
from grpc_by_hand import DATA, PREFACE, Connection, frame, tls
from processes import Run

pytestmark = pytest.mark.skipif(not crypten._C.with_grpc, reason="built without comm/grpc")

INPUTS = int(os.environ.get("CRYPTEN_LIVE_INPUTS", "2000"))
SHARES = {"tcp": 0.4, "http2": 0.1, "calls": 0.5}  # of the inputs; a connection with certificates costs both sides a signature
MOST_GROWTH = 16 << 20
CORPUS = Path(__file__).parents[2] / "tests" / "fuzz" / "corpus"
CALLS_ON_A_CONNECTION = 50
AT_ONCE = 100

PROGRAM = """
import torch, crypten_cpp as crypten
crypten.cfg.communicator.rendezvous_timeout = 7200
crypten.init()
x = crypten.cryptensor(torch.arange(4.0), src=0)
assert (x * x).get_plain_text().tolist() == [0, 1, 4, 9]
crypten.uninit()
print("right", flush=True)
"""


class Target:
    """A process that listens, and what it holds."""

    def __init__(self, run, process, port, name, bundle, member):
        self.run, self.process, self.port, self.name, self.bundle, self.member = run, process, port, name, bundle, member

    def memory(self):
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def connect(self):
        return tls(self.port, self.bundle, self.member, self.name)


class QuietRun(Run):
    """What processes say about each input goes to files: nobody reads it meanwhile."""

    def _start(self, command, extra):
        child = super()._start(["bash", "-c", 'exec "$0" "$@" 2>>"$CRYPTEN_TEST_LOG"', *command], {"CRYPTEN_TEST_LOG": str(self.folder.parent / "log"), **extra})
        return child


def mutated(rng, seed):
    """Some bytes other, missing, doubled or behind it."""
    body = bytearray(seed)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(body) + 1)
        match rng.randrange(5):
            case 0:
                body[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del body[at : at + rng.randint(1, 16)]
            case 2:
                body[at:at] = rng.randbytes(rng.randint(1, 16))
            case 3:
                body[at : at + 8] = rng.choice([b"\xff" * 8, b"\x00" * 8, struct.pack("<Q", 1 << rng.randrange(64))])
            case _:
                body[at:at] = body[: rng.randrange(len(body) + 1)]
    return bytes(body)


def tcp_input(rng):
    noise = rng.randbytes(rng.randint(0, 600))
    return rng.choice([b"", b"", b"\x16\x03\x01" + struct.pack(">H", rng.randrange(1 << 14)) + b"\x01", PREFACE, b"GET / HTTP/1.1\r\n"]) + noise


def http2_input(rng):
    frames = [frame(rng.randrange(12), rng.randrange(256), rng.choice([0, 1, 2, 3, 1 << 30]), rng.randbytes(rng.randint(0, 80))) for _ in range(rng.randint(1, 8))]
    return rng.choice([PREFACE, PREFACE, b""]) + mutated(rng, b"".join(frames))


def throw_tcp(target, rng, count):
    """At most AT_ONCE connections that the process has not ended yet: what thousands at once take, the C library keeps for the next thousands."""
    idle = target.descriptors()
    for number in range(count):
        if number % AT_ONCE == 0:
            settled(target, idle)
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", target.port), timeout=20) as noise:
            noise.sendall(tcp_input(rng))


def throw_http2(target, rng, count):
    for _ in range(count):
        with contextlib.suppress(OSError, ssl.SSLError), target.connect() as wire:
            wire.sendall(http2_input(rng))
            wire.settimeout(0.005)
            wire.recv(4096)


def throw_calls(target, rng, count, make_call):
    """Returns how many were answered: ended by the peer in good order."""
    answered = done = 0
    while done < count:
        with contextlib.suppress(OSError, ssl.SSLError), Connection(target.connect()) as connection:
            for _ in range(min(CALLS_ON_A_CONNECTION, count - done)):
                done += 1
                connection.call(*make_call(rng))
                answered += 1
    return answered


def dealer_hello(run):
    """As party 1 of the run says it; the layout is that of the corpus."""
    roster = json.loads((run.folder / "party-1" / "roster.json").read_text())
    texts = [party["fingerprint"].encode() for party in sorted(roster["parties"], key=lambda party: party["rank"])]
    hello = bytearray((CORPUS / "dealer_greeting" / "seed-00").read_bytes())
    hello[44:76] = hashlib.sha256(b"".join(struct.pack("<I", len(text)) + text for text in texts)).digest()
    return bytes(hello)


def dealer_call(run):
    hello = dealer_hello(run)
    requests = [(CORPUS / "request" / f"seed-{number:02}").read_bytes() for number in (0, 1, 2, 8)]  # whose sizes are said twice: no single change makes them large

    def make(rng):
        record = rng.choice(requests)
        record = struct.pack("<I", len(record)) + record
        bodies = rng.choice([[mutated(rng, hello)], [hello, mutated(rng, record)], [hello, mutated(rng, record + record)], [rng.randbytes(rng.randint(0, 200))], [hello, record, rng.randbytes(20)]])
        path = b"/crypten.Service/Stream" if rng.random() < 0.95 else b"/" + rng.randbytes(8).hex().encode()
        return path, [], bodies

    return make, (b"/crypten.Service/Stream", [], [hello])


def party_call(run):
    """With the dealer's certificate: whatever a call says, nobody may take a party's place with it."""
    run_id = json.loads((run.folder / "party-1" / "roster.json").read_text())["run_id"].encode()

    def make(rng):
        metadata = [(b"crypten-run", run_id), (b"crypten-towards", b"0"), (b"crypten-rank", b"1")]
        if rng.random() < 0.8:
            at = rng.randrange(len(metadata))
            name, value = metadata[at]
            metadata[at] = (name, rng.choice([b"", b"2", b"-1", b"99999999999999999999", value + b"x", value[:-1], b"%00%ff", b"9" * 100]))
        if rng.random() < 0.2:
            del metadata[rng.randrange(len(metadata))]
        path = rng.choice([b"/crypten.Mesh/Stream"] * 9 + [b"/crypten.Service/Stream"])
        return path, metadata, [rng.randbytes(rng.randint(0, 200)) for _ in range(rng.randrange(3))]

    return make, None


def settled(target, before, seconds=30):
    """Descriptors come back, once the connections that were left are noticed."""
    end = time.monotonic() + seconds
    while target.descriptors() > before and time.monotonic() < end:
        time.sleep(0.01)
    return target.descriptors()


def resting_memory(target):
    """What it holds when it does nothing: an answer that is still computed takes memory of its own."""

    def ticks():
        fields = Path(f"/proc/{target.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    for _ in range(100):
        before = ticks()
        time.sleep(0.3)
        if ticks() - before <= 3:  # of a hundredth of a second
            break
    return target.memory()


def throw(target, make_call, count, seed):
    rng = random.Random(seed)
    marks = [time.monotonic()]
    throw_tcp(target, rng, int(count * SHARES["tcp"]))
    marks.append(time.monotonic())
    throw_http2(target, rng, int(count * SHARES["http2"]))
    marks.append(time.monotonic())
    answered = throw_calls(target, rng, int(count * SHARES["calls"]), make_call)
    marks.append(time.monotonic())
    print("seconds:", *(f"{name} {end - begin:.1f}" for name, begin, end in zip(SHARES, marks, marks[1:], strict=False)))
    return answered


def port_of(address):
    return int(address.rsplit(":", 1)[1])


@pytest.mark.timeout(7200 if INPUTS > 10_000 else 600)
@pytest.mark.parametrize("kind", ["party", "dealer"])
def test_garbage_on_a_port_leaves_nothing_and_a_session_takes_place_afterwards(tmp_path, kind):
    run = QuietRun(tmp_path, 2)
    try:
        run_id = json.loads((run.folder / "party-1" / "roster.json").read_text())["run_id"]
        first = None
        if kind == "dealer":
            target = Target(run, run.dealer, port_of(run.dealer_address), f"dealer.{run_id}.crypten", run.folder / "party-1", "party-1")
            make_call, valid = dealer_call(run)
        else:
            first = run.party(0, PROGRAM)
            target = Target(run, first, run.ports[0], f"party-0.{run_id}.crypten", run.folder / "dealer", "dealer")
            make_call, valid = party_call(run)
            wait_for_port(target)
        if valid:
            with Connection(target.connect()) as connection:
                assert connection.call(*valid)[:6] == struct.pack(">BIB", 0, 17, 1), "what is mutated is valid before"

        before = settled(target, 0, seconds=0)
        throw(target, make_call, max(INPUTS // 5, 200), seed=1)  # tables, pools and arenas get their size
        before, memory = settled(target, before), resting_memory(target)
        answered = throw(target, make_call, INPUTS, seed=2)
        assert answered > INPUTS * SHARES["calls"] / 2, "calls reach what they are meant for"
        assert target.process.poll() is None
        after = settled(target, before)
        growth = resting_memory(target) - memory
        print(f"{kind}: {INPUTS} inputs, {answered} calls answered, memory {growth >> 10:+} KiB, descriptors {after - before:+}")
        assert growth <= MOST_GROWTH
        assert after <= before

        parties = [first or run.party(0, PROGRAM), run.party(1, PROGRAM)]
        for party in parties:
            out, _ = party.communicate(timeout=120)
            assert party.returncode == 0 and "right" in out, (tmp_path / "log").read_text()[-2000:]
    finally:
        run.end()


def wait_for_port(target):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", target.port), timeout=1):
            return
        time.sleep(0.1)
    raise AssertionError("nobody listens")


def test_a_call_by_hand_is_a_call():
    """The hand-written client's frames are those of the standard: what DATA carries is a gRPC message with its length."""
    assert frame(DATA, 1, 5, b"abc") == b"\x00\x00\x03\x00\x01\x00\x00\x00\x05abc"
