"""How the driver speaks with the processes of a peer: one line of JSON each way over a Unix socket. Standard library only."""

from __future__ import annotations

import json
import os
import socket
import time
import traceback
from collections.abc import Callable
from typing import Any


class PeerProblem(Exception):
    """A peer's process has failed, ended or not answered in time: the message is its own word."""


class Controller:
    """The driver's end: the ranks of one peer, all told the same."""

    def __init__(self, path: str, ranks: int) -> None:
        self.path, self.ranks = path, ranks
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(ranks)
        self._streams: dict[int, Any] = {}

    def accept(self, timeout: float, alive: Callable[[], bool]) -> None:
        """Waits for all ranks. Errors: PeerProblem at the timeout, or as soon as ``alive()`` is false."""
        deadline = time.monotonic() + timeout
        self._listener.settimeout(0.2)
        while len(self._streams) < self.ranks:
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                if not alive() or time.monotonic() > deadline:
                    raise PeerProblem("it ended before it was ready" if not alive() else f"not ready after {timeout:.0f} s") from None
                continue
            connection.settimeout(timeout)
            stream = connection.makefile("rw")
            self._streams[json.loads(stream.readline())["rank"]] = (connection, stream)

    def ask(self, command: str, timeout: float, **arguments: Any) -> list[dict[str, Any]]:
        """Sends a command to all ranks; their answers by rank. Errors: PeerProblem with the first rank's that reports one."""
        for connection, stream in self._streams.values():
            connection.settimeout(timeout)
            try:
                stream.write(json.dumps({"command": command, **arguments}) + "\n")
                stream.flush()
            except OSError as problem:
                raise PeerProblem(f"a process has ended: {problem}") from None
        answers = []
        for _, (_, stream) in sorted(self._streams.items()):
            try:
                line = stream.readline()
            except TimeoutError:
                raise PeerProblem(f"no answer in {timeout:.0f} s") from None
            if not line:
                raise PeerProblem("a process has ended")
            answers.append(json.loads(line))
        for answer in answers:
            if "problem" in answer:
                raise PeerProblem(answer["problem"])
        return answers

    def close(self) -> None:
        for connection, stream in self._streams.values():
            stream.close()
            connection.close()
        self._listener.close()
        os.unlink(self.path)


def serve(path: str, rank: int, commands: dict[str, Callable[..., dict[str, Any]]]) -> None:
    """A peer process's end: carries out commands until the driver hangs up. A command that raises is answered with its problem, in one line."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        stream = connection.makefile("rw")
        stream.write(json.dumps({"rank": rank}) + "\n")
        stream.flush()
        while line := _next_line(stream):
            request = json.loads(line)
            try:
                answer = commands[request.pop("command")](**request)
            except Exception as problem:  # noqa: BLE001: the driver decides
                traceback.print_exc()
                answer = {"problem": f"{type(problem).__name__}: {problem}".splitlines()[0][:300]}
            stream.write(json.dumps(answer) + "\n")
            stream.flush()


def _next_line(stream: Any) -> str:
    """"" when the driver has hung up, or is gone."""
    try:
        return stream.readline()
    except ConnectionResetError:
        return ""
