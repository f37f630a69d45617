"""What the figures were measured on, and of what."""

from __future__ import annotations

import datetime
import os
import pathlib
import platform
import subprocess
from typing import Any


def description(root: pathlib.Path) -> dict[str, Any]:
    """CPU, system, git hash (with "+" where the tree differs from it) and date."""

    def git(*arguments: str) -> str:
        return subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False).stdout.strip()

    changed = bool(git("status", "--porcelain", "--untracked-files=no"))
    return {
        "cpu": cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "git": git("rev-parse", "HEAD") + ("+" if changed else ""),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def cpu() -> str:
    with open("/proc/cpuinfo") as file:
        return next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "unknown")


def load() -> float:
    """Load average of the last minute."""
    return os.getloadavg()[0]
