"""A process of its own that outlives a launcher killed with SIGKILL just long enough to end what it started and to remove its keys.

The launcher writes lines to its standard input: "+ GROUP" for a process group that runs, "- GROUP" for one that is gone, "folder PATH" for a folder of keys, "done"
when nothing is left to do. At the end of input without "done" the groups are killed and the folder removed. Run as a file, so that it starts within milliseconds.
"""

import os
import shutil
import signal
import subprocess
import sys


class Guardian:
    """The launcher's side."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", __file__], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True, cwd="/"
        )

    def watch(self, group: int) -> None:
        self._tell(f"+ {group}")

    def forget(self, group: int) -> None:
        self._tell(f"- {group}")

    def remove_later(self, folder: os.PathLike) -> None:
        self._tell(f"folder {os.path.abspath(folder)}")

    def dismiss(self) -> None:
        self._tell("done")
        self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        try:
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError):
            pass  # somebody killed it: the launcher's own means remain


def guard(lines) -> None:
    """Follows the lines to their end, then does what is left."""
    groups: set[int] = set()
    folders: list[str] = []
    for line in lines:
        word, _, value = line.decode().rstrip("\n").partition(" ")
        if word == "+":
            groups.add(int(value))
        elif word == "-":
            groups.discard(int(value))
        elif word == "folder":
            folders.append(value)
        elif word == "done":
            return
    for group in groups:
        try:
            os.killpg(group, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    for _number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(_number, signal.SIG_IGN)
    guard(sys.stdin.buffer)
