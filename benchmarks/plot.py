"""Errors over x as a small SVG: one line a library, and the stated bound. Standard library only."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 640, 320, 56, 28, 12, 34
BUCKETS = 160


@dataclass(frozen=True)
class Axis:
    """Of x: linear, or of logarithms of |x|. ``at`` gives its place in 0 … 1."""

    low: float
    high: float
    logarithmic: bool = False

    def at(self, x: float) -> float:
        if self.logarithmic:
            return (math.log2(abs(x)) - math.log2(self.low)) / math.log2(self.high / self.low) if x else -1.0
        return (x - self.low) / (self.high - self.low)

    def ticks(self) -> list[tuple[float, str]]:
        if self.logarithmic:
            low, high = math.log2(self.low), math.log2(self.high)
            return [((p - low) / (high - low), f"2^{p}") for p in range(math.ceil(low), math.floor(high) + 1, max(1, round((high - low) / 8)))]
        return [(i / 6, f"{self.low + (self.high - self.low) * i / 6:.4g}") for i in range(7)]


@dataclass(frozen=True)
class Line:
    """The largest error of each bucket of x, None where there is none."""

    name: str
    colour: str
    errors: list[float | None]
    dashed: bool = False


def svg(title: str, axis: Axis, lines: list[Line]) -> str:
    """Errors on a logarithmic axis, from 2^-20 to what is needed, at most 2^8; zero lies on its lower end."""
    largest = max((e for line in lines for e in line.errors if e is not None and e > 0), default=1.0)
    bottom, top = -20, max(-8, min(8, math.ceil(math.log2(largest))))

    def place(part: float, error: float) -> str:
        height = (max(bottom, min(top, math.log2(error) if error > 0 else bottom)) - bottom) / (top - bottom)
        return f"{LEFT + part * (WIDTH - LEFT - RIGHT):.0f},{HEIGHT - BOTTOM - height * (HEIGHT - TOP - BOTTOM):.0f}"

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/><text x="{LEFT}" y="16" font-size="13">{html.escape(title)}: largest error over x</text>',
    ]
    for part, label in axis.ticks():
        x, y = place(part, 2.0**bottom).split(",")
        out.append(f'<text x="{x}" y="{int(y) + 16}" text-anchor="middle">{label}</text>')
    for power in range(bottom, top + 1, 4):
        x, y = place(0, 2.0**power).split(",")
        out.append(f'<path d="M{x} {y}H{WIDTH - RIGHT}" stroke="#ddd"/><text x="{LEFT - 6}" y="{int(y) + 4}" text-anchor="end">2^{power}</text>')
    for i, line in enumerate(lines):
        for run in runs(line.errors):
            points = " ".join(place((j + 0.5) / BUCKETS, e) for j, e in run)
            dashes = ' stroke-dasharray="5 3"' if line.dashed else ""
            out.append(f'<polyline points="{points}" fill="none" stroke="{line.colour}"{dashes}/>')
        out.append(f'<text x="{WIDTH - RIGHT - 75 * (len(lines) - i)}" y="16" fill="{line.colour}">{html.escape(line.name)}</text>')
    return "\n".join([*out, "</svg>"]) + "\n"


def runs(errors: list[float | None]) -> list[list[tuple[int, float]]]:
    """Neighbouring buckets that have an error."""
    found: list[list[tuple[int, float]]] = [[]]
    for j, error in enumerate(errors):
        if error is None:
            found.append([])
        else:
            found[-1].append((j, error))
    return [run for run in found if run]
