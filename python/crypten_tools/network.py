"""Networks that are imitated, and what `crypten-launch --network` does: every connection between two processes passes a line of a given round-trip time and rate, so that a run on one machine takes
about the time it would take over such a network.

Bytes are forwarded as they are, TLS and all, below everything that the processes count. Each connection is a line of its own, with the whole rate in either direction.
Losses and the congestion control of a real path are not emulated; on a busy machine, or beyond some Gbit/s, the machine itself is slower than the line."""

from __future__ import annotations

import collections
import contextlib
import re
import socket
import threading
import time
from dataclasses import dataclass

PIECE = 64 << 10  # bytes that are forwarded together, and the socket buffers on the way
LONGEST_QUEUE_SECONDS = 0.05  # before the line; who sends more has to wait

_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "bps": 1.0, "kbps": 1e3, "Mbps": 1e6, "Gbps": 1e9}
_LIMITS = {"rtt": (0.0, 10.0), "rate": (1e5, 1e11)}
_EXAMPLE = "wan, lan, or rtt=40ms,rate=100Mbps (s, ms, us; kbps, Mbps, Gbps), one of both or both"


@dataclass(frozen=True)
class Network:
    """A request such as ``wan`` or ``rtt=40ms,rate=100Mbps``: seconds there and back, bits a second in either direction (None: no bound)."""

    rtt: float = 0.0
    rate: float | None = None

    @classmethod
    def parse(cls, text: str) -> Network:
        """Raises ValueError, which says what is wrong and what would be right."""
        if text in PRESETS:
            return PRESETS[text]
        found: dict[str, float] = {}
        for part in text.split(","):
            match = re.fullmatch(r"\s*(rtt|rate)=(\d+(?:\.\d+)?)([A-Za-z]+)\s*", part)
            if not match or match[3] not in _UNITS or match[3].endswith("bps") != (match[1] == "rate") or match[1] in found:
                raise ValueError(f"a network does not know {part.strip()!r}: {_EXAMPLE}")
            value = float(match[2]) * _UNITS[match[3]]
            least, most = _LIMITS[match[1]]
            if not least <= value <= most:
                raise ValueError(f"a network's {part.strip()} is out of range: rtt up to 10 s, rate from 100 kbps to 100 Gbps")
            found[match[1]] = value
        return cls(**found)

    def __str__(self) -> str:
        rate = "" if self.rate is None else f", {self.rate / 1e6:g} Mbit/s in either direction"
        return f"round trip {1e3 * self.rtt:g} ms{rate}"


PRESETS = {"wan": Network(0.040, 100e6), "lan": Network(0.0005, 1e9)}


class _Direction:
    """One direction of a connection: a thread that reads and says when what it read will arrive, and one that waits until then and writes."""

    def __init__(self, network: Network, source: socket.socket, target: socket.socket) -> None:
        self._network, self._source, self._target = network, source, target
        self._under_way: collections.deque[tuple[float, bytes]] = collections.deque()  # an empty piece is the end
        self._news = threading.Condition()
        for work in (self._read, self._write):
            threading.Thread(target=work, daemon=True).start()

    def _read(self) -> None:
        free = time.monotonic()  # when the line has taken all there was
        piece = b"first"
        while piece:
            time.sleep(max(0.0, free - time.monotonic() - LONGEST_QUEUE_SECONDS))
            try:
                piece = self._source.recv(PIECE)
            except OSError:
                piece = b""
            free = max(free, time.monotonic())
            if self._network.rate is not None:
                free += 8 * len(piece) / self._network.rate
            with self._news:
                self._under_way.append((free + self._network.rtt / 2, piece))
                self._news.notify()

    def _write(self) -> None:
        while True:
            with self._news:
                while not self._under_way:
                    self._news.wait()
                due, piece = self._under_way.popleft()
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                if piece:
                    self._target.sendall(piece)
                    continue
                self._target.shutdown(socket.SHUT_WR)
            except OSError:
                for end in (self._source, self._target):  # nobody takes this any more: the sender learns it, as from a network
                    with contextlib.suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)
            return


class Line:
    """Listens on a port of the loopback interface; every connection to it reaches `target` (host:port) over a line of `network`. For as long as the process lives."""

    def __init__(self, network: Network, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._network, self._target = network, (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE)  # inherited; set before a connection is there
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            near, _ = self._listener.accept()
            far = socket.socket()
            far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE)
            try:
                far.connect(self._target)
            except OSError:  # nobody listens there yet
                near.close()
                far.close()
                continue
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _Direction(self._network, near, far)
            _Direction(self._network, far, near)
