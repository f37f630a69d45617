"""`crypten-launch --network`: bytes arrive as they were sent, never earlier than over the network that was asked for, and a run over it says so."""

import re
import socket
import subprocess
import sys
import threading
import time

import crypten_cpp as crypten
import pytest
from crypten_tools.network import LONGEST_QUEUE_SECONDS, PRESETS, Line, Network


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("wan", Network(0.040, 100e6)), ("lan", Network(0.0005, 1e9)), ("rtt=40ms,rate=100Mbps", PRESETS["wan"]), ("rate=2.5Gbps", Network(0.0, 2.5e9)),
        ("rtt=1.5s", Network(1.5, None)), (" rtt=250us , rate=800kbps", Network(250e-6, 800e3)),
    ],
)  # fmt: skip
def test_networks_are_read(text, network):
    parsed = Network.parse(text)
    assert parsed.rtt == pytest.approx(network.rtt) and parsed.rate == pytest.approx(network.rate)


@pytest.mark.parametrize("text", ["", "moon", "rtt=40", "rtt=40Mbps", "rate=100ms", "rtt=1ms,rtt=2ms", "rtt=-1ms", "rtt=11s", "rate=1kbps", "rate=1e9bps", "rtt=40ms;rate=1Gbps"])
def test_other_networks_are_refused_in_words(text):
    with pytest.raises(ValueError, match="a network"):
        Network.parse(text)


class Echo:
    """Listens, and says back what comes, until the other side is done."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.listener.accept()
            with connection:
                while piece := connection.recv(1 << 16):
                    connection.sendall(piece)


def dial(line):
    host, port = line.address.split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def receive(connection, count):
    received = bytearray()
    while len(received) < count and (piece := connection.recv(1 << 16)):
        received += piece
    return bytes(received)


def test_a_round_trip_takes_its_time_each_time():
    with dial(Line(Network(rtt=0.06), Echo().address)) as connection:
        for number in range(3):
            started = time.monotonic()
            connection.sendall(bytes([number]) * 5)
            assert receive(connection, 5) == bytes([number]) * 5
            assert time.monotonic() - started >= 0.06


def test_a_rate_is_kept_in_both_directions_and_no_byte_changes():
    size = 2_000_000
    sent = bytes(i * 7919 % 251 for i in range(size))
    with dial(Line(Network(rtt=0.01, rate=40e6), Echo().address)) as connection:
        started = time.monotonic()
        threading.Thread(target=connection.sendall, args=(sent,)).start()
        assert receive(connection, size) == sent
        assert time.monotonic() - started >= 8 * size / 40e6 + 0.01  # echoed piece by piece, so both directions at once


def test_what_waits_before_the_line_is_bounded():
    taken = 0
    with socket.create_server(("127.0.0.1", 0)) as sink:  # nobody reads there
        with dial(Line(Network(rtt=0.0, rate=1e6), f"127.0.0.1:{sink.getsockname()[1]}")) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
            connection.settimeout(0.3)
            started = time.monotonic()
            with pytest.raises(TimeoutError):
                while True:
                    taken += connection.send(bytes(1 << 16))
            on_the_line = 1e6 / 8 * (time.monotonic() - started + LONGEST_QUEUE_SECONDS)
    assert taken < on_the_line + 1_500_000  # and the sockets' own buffers


def test_the_end_and_a_break_reach_the_other_side():
    echo = Echo()
    with dial(Line(Network(rtt=0.02), echo.address)) as connection:
        connection.sendall(b"last")
        connection.shutdown(socket.SHUT_WR)
        assert receive(connection, 100) == b"last"  # and then the end
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        with dial(Line(Network(rtt=0.02), address)) as connection:
            peer, _ = listener.accept()
            peer.close()
            assert connection.recv(1) == b""
    with dial(Line(Network(), address)) as connection:  # nobody listens any more
        assert connection.recv(1) == b""


PROGRAM = """
import time, torch, crypten_cpp as crypten
crypten.init()
x = crypten.cryptensor(torch.arange(-3.0, 3.0), src=0)
crypten.reset_communication_stats()
started = time.monotonic()
values = x.relu().get_plain_text()
assert values.tolist() == [0, 0, 0, 0, 1, 2], values
if crypten.rank() == 0:
    print("seconds", time.monotonic() - started)
    crypten.print_communication_stats()
crypten.uninit()
"""


@pytest.mark.skipif(not crypten._C.with_grpc, reason="built without comm/grpc")
def test_a_run_over_an_emulated_network(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)

    def run(*options):
        return subprocess.run([sys.executable, "-m", "crypten_tools.launch", "-n", "2", *options, str(path)], capture_output=True, text=True, timeout=120)

    emulated, plain = run("--network", "rtt=80ms,rate=20Mbps"), run()
    assert emulated.returncode == plain.returncode == 0, (emulated.stderr, plain.stderr)
    rounds = int(re.search(r"rounds: (\d+)", emulated.stdout)[1])
    # Both send at once: half a round trip each; the first message may have been under way before this party came.
    assert rounds > 3 and float(re.search(r"seconds (\S+)", emulated.stdout)[1]) >= 0.04 * (rounds - 1)
    assert "emulated network: round trip 80 ms, 20 Mbit/s in either direction" in emulated.stdout and "emulated network" in emulated.stderr
    assert "emulated" not in plain.stdout + plain.stderr
    counted = [[line for line in run.stdout.splitlines() if re.search(r"\] (rounds|bytes_sent|dealer_bytes):", line)] for run in (emulated, plain)]
    assert counted[0] == counted[1] and len(counted[0]) == 3
    assert run("--network", "moon").returncode == 2


SLOW = """
import torch, crypten_cpp as crypten
crypten.init()
x = crypten.cryptensor(torch.full((500_000,), 2.0), src=0)
assert (x * x).get_plain_text().sum() == 2_000_000
crypten.uninit()
"""


@pytest.mark.skipif(not crypten._C.with_grpc, reason="built without comm/grpc")
def test_a_slow_line_is_no_lost_peer(tmp_path):
    """What waits before the line would take longer than a keepalive's patience if it were all that the kernel takes."""
    path = tmp_path / "program.py"
    path.write_text(SLOW)
    result = subprocess.run([sys.executable, "-m", "crypten_tools.launch", "-n", "2", "--network", "rtt=200ms,rate=8Mbps", str(path)], capture_output=True, text=True, timeout=200)
    assert result.returncode == 0, result.stderr
