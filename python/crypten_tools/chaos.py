"""What `crypten-launch --chaos` does: one process is killed or stopped, at a moment that follows from a seed, so that users see how their program fails."""

from __future__ import annotations

import random
import signal
from dataclasses import dataclass

KINDS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}
EARLIEST_SECONDS = 0.5
LATEST_SECONDS = 5.0  # unless the user says within=


@dataclass(frozen=True)
class Strike:
    """What happens to whom, when: seconds after the last party was started."""

    after: float
    victim: str
    number: signal.Signals


@dataclass(frozen=True)
class Chaos:
    """A request such as ``seed=7,kill,stop,within=20``."""

    seed: int
    kinds: tuple[str, ...]
    within: float = LATEST_SECONDS

    @classmethod
    def parse(cls, text: str) -> Chaos:
        """Raises ValueError, which says what is wrong and what would be right."""
        seed, within, kinds = None, LATEST_SECONDS, []
        for part in text.split(","):
            name, _, value = part.strip().partition("=")
            if name == "seed" and value.isdecimal():
                seed = int(value)
            elif name == "within" and value.replace(".", "", 1).isdecimal() and float(value) >= EARLIEST_SECONDS:
                within = float(value)
            elif part.strip() in KINDS:
                kinds.append(part.strip())
            else:
                raise ValueError(f"--chaos does not know {part.strip()!r}: seed=NUMBER, then kill, stop or both, and within=SECONDS (at least {EARLIEST_SECONDS:g})")
        if seed is None or not kinds:
            raise ValueError("--chaos needs a seed and what may happen, as in seed=7,kill,stop")
        return cls(seed, tuple(dict.fromkeys(kinds)), within)

    def plan(self, processes: list[str]) -> Strike:
        """The same for the same seed, kinds and processes, on every machine."""
        dice = random.Random(self.seed)  # random() is the same in every version of Python

        def one_of(choices: list[str] | tuple[str, ...]) -> str:
            return choices[int(dice.random() * len(choices))]

        after = EARLIEST_SECONDS + dice.random() * (self.within - EARLIEST_SECONDS)
        return Strike(after, one_of(processes), KINDS[one_of(self.kinds)])
