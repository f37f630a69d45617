"""One line of the doctor's report."""

from __future__ import annotations

import dataclasses
import enum


class Level(enum.Enum):
    """How a check ended. Only FAIL makes the doctor's exit status 1."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclasses.dataclass(frozen=True)
class Finding:
    """What was looked at, how it is, and what to do about it; `todo` is empty where nothing is to be done. Never a key."""

    level: Level
    subject: str
    text: str
    todo: str = ""

    def line(self) -> str:
        return f"{self.level.value:<4}  {self.subject}: {self.text}" + (f"\n      to do: {self.todo}" if self.todo else "")


def ok(subject: str, text: str) -> Finding:
    return Finding(Level.OK, subject, text)


def warn(subject: str, text: str, todo: str) -> Finding:
    return Finding(Level.WARN, subject, text, todo)


def fail(subject: str, text: str, todo: str) -> Finding:
    return Finding(Level.FAIL, subject, text, todo)
