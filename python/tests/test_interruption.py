"""Ctrl-C, SIGTERM and an exception in every phase of a session between processes: who is hit ends, everybody else is told, and nothing is left."""

import signal
import socket
import threading
import time
from pathlib import Path

import pytest

import crypten_cpp as crypten

from processes import running

pytestmark = pytest.mark.skipif(not crypten._C.with_grpc, reason="built without comm/grpc")

PROGRAM = """
import os, time, torch, crypten_cpp as crypten
phase, hit, go = {phase!r}, {hit!r}, {go!r}

def until_told():
    while not os.path.exists(go):
        time.sleep(0.01)
    if hit == "exception" and victim:
        raise RuntimeError("on purpose")

victim = True
print("start", flush=True)
if phase == "rendezvous":
    until_told()
crypten.init()
victim = crypten.rank() == {victim}
x = crypten.cryptensor(torch.ones(4), src=0)
print("session", flush=True)
if phase == "computing" and victim:
    while not os.path.exists(go):
        torch.ones(64, 64) @ torch.ones(64, 64)
    until_told()
if phase == "waiting" and not victim:
    time.sleep(2)  # in which the other one waits for this one's share
if phase == "dealer":
    until_told()
while phase != "closing":
    (x * x).get_plain_text()
    if os.path.exists(go) and phase == "rounds":
        until_told()
if victim:
    until_told()
    time.sleep(600)
crypten.uninit()
while not os.path.exists(go):
    time.sleep(0.01)
"""

VICTIM = {"dealer": 1}  # the rank that hears from the dealer
SIGNALS = {"SIGINT": signal.SIGINT, "SIGTERM": signal.SIGTERM}
CASES = [(phase, hit) for phase in ("rendezvous", "computing", "waiting", "rounds", "dealer", "closing") for hit in SIGNALS] + [
    (phase, "exception") for phase in ("computing", "rounds")
]


@pytest.mark.parametrize(("phase", "hit"), CASES, ids=["-".join(case) for case in CASES])
def test_who_is_hit_ends_and_the_other_is_told(tmp_path, phase, hit):
    go = tmp_path / "go"
    victim = VICTIM.get(phase, 0)
    program = PROGRAM.format(phase=phase, hit=hit, go=str(go), victim=victim)
    with running(tmp_path, 2) as run:
        parties = {victim: run.party(victim, program)}
        assert parties[victim].stdout.readline() == "start\n"
        if phase == "rendezvous":
            go.touch()
            time.sleep(1)  # it listens, and dials a rank that is not there
        else:
            parties[1 - victim] = run.party(1 - victim, program)
            for party in parties.values():
                while party.stdout.readline() != "session\n":
                    assert party.poll() is None
            if phase == "dealer":
                run.dealer.send_signal(signal.SIGSTOP)
                go.touch()
            time.sleep(0.5)
        started = time.monotonic()
        if hit == "exception":
            go.touch()
        else:
            parties[victim].send_signal(SIGNALS[hit])
            time.sleep(0.2)
            go.touch()
        for rank, party in parties.items():
            out, err = party.communicate(timeout=20)
            if phase == "closing" and rank != victim:
                assert party.returncode == 0, err  # it had closed before, and needs nobody any more
                continue
            assert party.returncode != 0
            if rank != victim:
                assert ("PeerLost" if hit == "SIGTERM" else "PeerAborted") in err and f"rank {victim}" in err, err
                assert "on purpose" not in err  # an exception's text may hold data
        assert time.monotonic() - started < 5 + (2 if phase == "waiting" else 0)


NOISE = [
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9),
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),  # a TLS greeting that ends in the middle
    b"\x00\x00\x00\x17\xffSMB@" + bytes(40),
    b"*1\r\n$4\r\nPING\r\n",
    bytes(4096),
    bytes(range(256)) * 16,
    b"",
]


def test_foreign_protocols_on_every_port_disturb_nobody(tmp_path):
    """Eight connections of each kind on the ports that listen, rank 0's and the dealer's, from before the session until its end."""
    program = PROGRAM.format(phase="rounds", hit="", go=str(tmp_path / "go"), victim=0)
    program = program.replace("while phase", 'for _ in range(200):\n    assert (x * x).get_plain_text().tolist() == [1.0] * 4\nprint("right", flush=True)\nphase = "closing"\nvictim = False\nwhile phase')
    with running(tmp_path, 2) as run:
        ports = [run.ports[0], int(run.dealer_address.rsplit(":", 1)[1])]
        stop, sent, held = threading.Event(), [0] * len(ports), []

        def disturb(index):
            number = 0
            while not stop.is_set():
                try:
                    noise = socket.create_connection(("127.0.0.1", ports[index]), timeout=5)
                    noise.sendall(NOISE[number % len(NOISE)])
                except OSError:
                    time.sleep(0.01)
                    continue
                number += 1
                sent[index] += 1
                held.append(noise) if number % 4 == 0 and len(held) < 60 else noise.close()
                time.sleep(0.005)

        threads = [threading.Thread(target=disturb, args=(index,)) for index in range(len(ports))]
        for thread in threads:
            thread.start()
        try:
            parties = [run.party(rank, program) for rank in (0, 1)]
            (tmp_path / "go").touch()
            for party in parties:
                out, err = party.communicate(timeout=60)
                assert party.returncode == 0 and "right" in out, err
            assert run.dealer.poll() is None
        finally:
            stop.set()
            for thread in threads:
                thread.join()
            for noise in held:
                noise.close()
        assert all(number >= 8 * len(NOISE) for number in sent), sent


def processes_of(folder):
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            found += [process.name] if f"CRYPTEN_RUN_FOLDER={folder}".encode() in (process / "environ").read_bytes().split(b"\0") else []
        except OSError:
            pass  # it ended meanwhile
    return found


def test_nothing_is_left_of_an_ended_run(tmp_path):
    """No process, no port, and no file beside the run folder."""
    program = PROGRAM.format(phase="rounds", hit="", go=str(tmp_path / "go"), victim=0)
    with running(tmp_path, 2) as run:
        before = sorted(path for path in run.folder.rglob("*"))
        parties = [run.party(rank, program) for rank in (0, 1)]
        for party in parties:
            while party.stdout.readline() != "session\n":
                assert party.poll() is None
        assert processes_of(run.folder / "party-0")
        parties[0].send_signal(signal.SIGTERM)
        for party in parties:
            party.communicate(timeout=10)
        assert not processes_of(run.folder / "party-0") and not processes_of(run.folder / "party-1")
        for port in run.ports:
            with socket.create_server(("127.0.0.1", port)):
                pass
        assert sorted(path for path in run.folder.rglob("*")) == before
