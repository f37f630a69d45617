"""n parties as threads of one process."""

import signal
import subprocess
import sys
import threading
import time

import pytest
import torch

import crypten_cpp as crypten


def test_results_by_rank_with_the_current_party_set(sim):
    assert sim.run(lambda a, b=0: (crypten.rank(), crypten.world_size(), a + b, crypten.is_initialized()), 1, b=2) == [(r, sim.world_size, 3, True) for r in range(sim.world_size)]
    assert not crypten.is_initialized()  # this thread has none


def test_large_results(pair):
    found = pair.run(lambda: crypten.cryptensor(torch.arange(200_000.0)).get_plain_text())
    assert all(torch.equal(x, torch.arange(200_000.0)) for x in found)


def test_tensors_live_from_run_to_run(pair):
    shares = pair.run(lambda: crypten.cryptensor(torch.tensor([1.5, -2.0])))
    found = pair.run(lambda: (shares[crypten.rank()] * 2).get_plain_text())
    assert all(torch.equal(x, torch.tensor([3.0, -4.0])) for x in found)


def test_the_first_exception_names_its_party():
    def program():
        x = crypten.cryptensor(torch.ones(2))
        if crypten.rank() == 1:
            raise KeyError("organisation B's file")
        return x.get_plain_text()  # waits for rank 1, which will never answer

    started = time.monotonic()
    with crypten.simulate(3) as sim, pytest.raises(KeyError, match="organisation B") as error:
        sim.run(program)
    assert any("party 1 of 3" in note for note in error.value.__notes__)
    assert "program" in [entry.name for entry in error.traceback]
    assert time.monotonic() - started < 5


def test_a_failed_session_is_over():
    sim = crypten.simulate(2)
    with pytest.raises(ZeroDivisionError):
        sim.run(lambda: 1 // (1 - crypten.rank()))
    with pytest.raises(crypten.SessionClosed):
        sim.run(lambda: crypten.cryptensor(torch.ones(1)).get_plain_text())


def test_diverging_programs_are_noticed():
    def program():
        x = crypten.cryptensor(torch.ones(4))
        return (x.relu() if crypten.rank() == 0 else x * x).get_plain_text()

    with crypten.simulate(2) as sim, pytest.raises(crypten.ProtocolError):
        sim.run(program)


def test_waiting_releases_the_gil(pair):
    ticks, stop = [], threading.Event()

    def tick():
        while not stop.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.005)

    def program():
        x = crypten.cryptensor(torch.ones(1))
        if crypten.rank() == 1:
            time.sleep(0.5)  # rank 0 waits in C++ meanwhile
        return x.get_plain_text()

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        pair.run(program)
    finally:
        stop.set()
        thread.join()
    assert len(ticks) > 20


def test_no_party_no_session():
    with pytest.raises(crypten.InvalidArgument):
        crypten.simulate(0)
    with pytest.raises(crypten.SessionError, match="init"):
        crypten.cryptensor(torch.ones(1))
    with pytest.raises(crypten.SessionError):
        crypten.rank()


def test_a_network_between_the_parties_takes_its_time_and_changes_no_result():
    def program():
        x = crypten.cryptensor(torch.arange(8.0))
        begin = time.monotonic()
        revealed = (x * x).get_plain_text()
        return revealed, time.monotonic() - begin

    with crypten.simulate(2, network="rtt=200ms,rate=1Gbps") as sim:
        for revealed, seconds in sim.run(program):
            assert torch.equal(revealed, torch.arange(8.0) ** 2)
            assert 0.2 <= seconds < 10  # two openings or more, half a round trip each


def test_a_network_that_is_none_is_refused():
    with pytest.raises(crypten.InvalidArgument, match="moon") as refused:
        crypten.simulate(2, network="moon")
    assert refused.value.code == 622


INTERRUPTED = """
import sys, time, torch, crypten_cpp as crypten
def program():
    if crypten.rank() == 1:
        print("ready", flush=True)
        {wait}
    return crypten.cryptensor(torch.ones(1)).get_plain_text()
try:
    with crypten.simulate(2) as sim:
        sim.run(program)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    sys.exit(3)
"""


@pytest.mark.parametrize("wait", ["crypten.cryptensor(torch.ones(1)).get_plain_text(); crypten.cryptensor(torch.ones(1)).get_plain_text()", "while True: time.sleep(0.01)"], ids=["in C++", "in Python"])
def test_ctrl_c_ends_all_parties(wait):
    child = subprocess.Popen([sys.executable, "-c", INTERRUPTED.format(wait=wait)], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "ready\n"
    time.sleep(0.3)
    child.send_signal(signal.SIGINT)
    started = time.monotonic()
    assert child.wait(timeout=20) == 3
    assert "interrupted" in child.stdout.read()
    assert time.monotonic() - started < 10  # a second on an idle machine, most of it torch's own exit
