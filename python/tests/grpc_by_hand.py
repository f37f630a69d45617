"""A gRPC client of a hundred lines, for tests that must be able to send what no gRPC library would: HTTP/2 frames and header blocks are written by hand, over TLS."""

import socket
import ssl
import struct
from pathlib import Path

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, ACK, END_HEADERS = 1, 1, 4


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def header_block(headers: list[tuple[bytes, bytes]]) -> bytes:
    """Literal fields, neither indexed nor compressed; texts below 127 bytes."""
    return b"".join(b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value for name, value in headers)


def message(body: bytes) -> bytes:
    return b"\x00" + struct.pack(">I", len(body)) + body


def tls(port: int, bundle: Path, member: str, name: str, timeout: float = 20) -> ssl.SSLSocket:
    """Connects to a port of this computer with the certificate of `member`, to whoever has the certificate of `name`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(bundle / "ca.crt")
    context.load_cert_chain(bundle / f"{member}.crt", bundle / f"{member}.key")
    context.set_alpn_protocols(["h2"])
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=timeout), server_hostname=name)


class Connection:
    """Calls one after the other on one connection."""

    def __init__(self, wire: ssl.SSLSocket) -> None:
        self._wire, self._buffer, self._stream = wire, b"", -1
        wide = struct.pack(">I", 1 << 30)  # nobody waits for this side to read
        wire.sendall(PREFACE + frame(SETTINGS, 0, 0, b"\x00\x04" + wide) + frame(WINDOW_UPDATE, 0, 0, wide))

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self._wire.close()

    def call(self, path: bytes, metadata: list[tuple[bytes, bytes]], bodies: list[bytes]) -> bytes:
        """Sends the bodies, ends its side, and returns the bytes of the answers; they end when the peer ends the call. Raises ConnectionError: the peer ended the connection."""
        self._stream += 2
        headers = [(b":method", b"POST"), (b":scheme", b"https"), (b":path", path), (b":authority", b"test"), (b"content-type", b"application/grpc"), (b"te", b"trailers")]
        parts = [frame(HEADERS, END_HEADERS, self._stream, header_block(headers + metadata))]
        parts += [frame(DATA, 0, self._stream, message(body)) for body in bodies]
        self._wire.sendall(b"".join([*parts, frame(DATA, END_STREAM, self._stream, b"")]))
        answer = b""
        while True:
            kind, flags, stream, payload = self._next()
            if kind == SETTINGS and not flags & ACK:
                self._wire.sendall(frame(SETTINGS, ACK, 0, b""))
            elif kind == PING and not flags & ACK:
                self._wire.sendall(frame(PING, ACK, 0, payload))
            elif kind == GOAWAY:
                raise ConnectionError("the peer ends the connection")
            elif stream == self._stream:
                answer += payload if kind == DATA else b""
                if kind == RST_STREAM or (kind in (DATA, HEADERS) and flags & END_STREAM):
                    return answer

    def _next(self) -> tuple[int, int, int, bytes]:
        head = self._read(9)
        payload = self._read(int.from_bytes(head[:3], "big"))
        return head[3], head[4], int.from_bytes(head[5:9], "big"), payload

    def _read(self, size: int) -> bytes:
        while len(self._buffer) < size:
            more = self._wire.recv(65536)
            if not more:
                raise ConnectionError("the peer ended the connection")
            self._buffer += more
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken
