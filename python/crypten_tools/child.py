"""One process that a launcher runs: tied to its life, with its output as lines."""

from __future__ import annotations

import collections
import ctypes
import os
import pathlib
import resource
import signal
import subprocess
from collections.abc import Callable

LINES_KEPT = 50  # to print after a failure
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


class Child:
    """A child in a session of its own, so that the terminal's Ctrl-C reaches only the launcher. The kernel kills it when the launcher dies.

    Its standard output and error come together, in order, as lines: to `on_line`, to the file `log`, and the last ones into `lines`.
    """

    def __init__(
        self, name: str, command: list[str], environment: dict[str, str], on_line: Callable[[str, str], None], log: pathlib.Path | None = None
    ) -> None:
        self.name = name
        self.lines: collections.deque[str] = collections.deque(maxlen=LINES_KEPT)
        self._on_line = on_line
        self._partial = b""
        launcher = os.getpid()

        def tie_to_launcher() -> None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != launcher:
                os._exit(1)
            resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))  # shares do not belong in core files

        self._process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            start_new_session=True,
            preexec_fn=tie_to_launcher,
        )
        self._output = self._process.stdout
        os.set_blocking(self._output.fileno(), False)
        self._log = open(log, "wb") if log else None

    @property
    def group(self) -> int:
        return self._process.pid

    def fileno(self) -> int:
        return self._output.fileno()

    def read(self) -> bool:
        """Takes what the child has written by now; False when nothing will follow."""
        while True:
            try:
                data = os.read(self._output.fileno(), 65536)
            except BlockingIOError:
                return True
            if not data:
                self._flush_partial()
                return False
            if self._log:
                self._log.write(data)
                self._log.flush()
            *whole, self._partial = (self._partial + data).split(b"\n")
            for line in whole:
                self._line(line)

    def status(self) -> int | None:
        """None while it runs; then its exit status, or −signal."""
        return self._process.poll()

    def signal(self, number: int) -> None:
        """To the whole process group: also to what the child has started."""
        try:
            os.killpg(self.group, number)
        except ProcessLookupError:
            pass

    def close(self) -> None:
        """After its end: the last lines, also without a line end, and whatever it left in its group is killed."""
        self.signal(signal.SIGKILL)
        self._process.wait()
        self.read()
        self._flush_partial()
        self._output.close()
        if self._log:
            self._log.close()

    def _flush_partial(self) -> None:
        if self._partial:
            self._line(self._partial)
            self._partial = b""

    def _line(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip("\r")
        self.lines.append(text)
        self._on_line(self.name, text)
