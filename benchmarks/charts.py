"""Charts as SVG inside an HTML page: marks on a shared axis, one line for each row, and stacked bars. Colours are classes of the page's style sheet, so that they
follow light and dark.

What a mark shows is said in the title that appears over its line; ``data-value`` is the number that its place comes from.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

WIDTH, LEFT, RIGHT = 960, 210, 28
LINE, TOP, BOTTOM, GROUP_GAP = 20, 26, 8, 8


@dataclass(frozen=True)
class Series:
    """``css``: the class of its colour. ``shape``: dot, ring, square, frame, diamond, tick or bar (from the axis' lower end)."""

    name: str
    css: str
    shape: str = "dot"


@dataclass(frozen=True)
class Mark:
    series: Series
    value: float
    text: str


@dataclass(frozen=True)
class Line:
    """``group``: lines of one stand together."""

    label: str
    marks: Sequence[Mark]
    group: str = ""


@dataclass(frozen=True)
class Segment:
    series: Series
    share: float
    text: str


@dataclass(frozen=True)
class Stack:
    label: str
    segments: Sequence[Segment]
    note: str = ""
    group: str = ""


@dataclass(frozen=True)
class Axis:
    """Where a value lies, in 0 … 1, and the ticks."""

    at: Callable[[float], float]
    ticks: Sequence[tuple[float, str]]


def logarithmic(values: Iterable[float], name: Callable[[float], str]) -> Axis:
    """From the power of ten below the smallest to the one above the largest; values must be positive."""
    logarithms = [math.log10(value) for value in values] or [0.0]
    low, high = math.floor(min(logarithms) + 1e-9), math.ceil(max(logarithms) - 1e-9)
    high = max(high, low + 1)
    return Axis(lambda value: (math.log10(value) - low) / (high - low), [(10.0**power, name(10.0**power)) for power in range(low, high + 1)])


def linear(most: float, name: Callable[[float], str]) -> Axis:
    """From 0 to a round number above ``most``, in four to ten steps."""
    step = 10.0 ** math.floor(math.log10(most or 1.0))
    step = next(step * part for part in (0.1, 0.2, 0.5, 1.0) if most / (step * part) <= 10)
    count = max(1, math.ceil(most / step - 1e-9))
    return Axis(lambda value: value / (step * count), [(step * i, name(step * i)) for i in range(count + 1)])


def legend(series: Iterable[Series]) -> str:
    sample = '<svg class="sample" viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">'
    items = [f'<span class="key">{sample}{_shape(one, 7.0, 7.0, 1.0)}</svg>{html.escape(one.name)}</span>' for one in series]
    return '<p class="legend">' + "".join(items) + "</p>"


def dots(title: str, axis: Axis, lines: Sequence[Line], reference: float | None = None) -> str:
    """One line for each row, its marks along the axis. ``reference``: a value that a rule is drawn at."""
    places, height = _places([line.group for line in lines])
    out = [_open(title, height), *_grid(axis, height)]
    if reference is not None:
        out.append(f'<path class="rule" d="M{_x(axis.at(reference)):.1f} {TOP}V{height - BOTTOM}"/>')
    for line, y in zip(lines, places, strict=True):
        text = line.label + "".join(f"\n{mark.series.name}: {mark.text}" for mark in line.marks)
        out.append(f'<g class="line"><title>{html.escape(text)}</title>{_row(line.label, y)}')
        for mark in sorted(line.marks, key=lambda mark: mark.series.shape != "bar"):  # bars lie below
            out.append(f'<g data-series="{html.escape(mark.series.name)}" data-value="{mark.value!r}">{_shape(mark.series, _x(axis.at(mark.value)), y)}</g>')
        out.append("</g>")
    return "\n".join([*out, "</svg>"])


def stacks(title: str, stacks: Sequence[Stack]) -> str:
    """Bars of shares of a whole."""
    places, height = _places([stack.group for stack in stacks])
    width = WIDTH - LEFT - 240  # what is left stands beside the bars
    axis = Axis(lambda share: share * width / (WIDTH - LEFT - RIGHT), [(i / 4, f"{25 * i} %") for i in range(5)])
    out = [_open(title, height), *_grid(axis, height)]
    for stack, y in zip(stacks, places, strict=True):
        out.append(f'<g class="line">{_row(stack.label, y)}')
        before = 0.0
        for segment in stack.segments:
            left, right = _x(axis.at(before)), _x(axis.at(min(1.0, before + segment.share)))
            before += segment.share
            title = html.escape(f"{stack.label}\n{segment.series.name}: {segment.text}")
            place = f'x="{left:.1f}" y="{y - 7:.1f}" width="{max(0.0, right - left):.1f}" height="14"'
            value = f'data-series="{html.escape(segment.series.name)}" data-value="{segment.share!r}"'
            out.append(f'<rect class="segment {segment.series.css}" {value} {place}><title>{title}</title></rect>')
        out.append(f'<text class="note" x="{LEFT + width + 10}" y="{y + 4:.1f}">{html.escape(stack.note)}</text></g>')
    return "\n".join([*out, "</svg>"])


def _open(title: str, height: float) -> str:
    return f'<svg class="chart" viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{html.escape(title)}">'


def _places(groups: Sequence[str]) -> tuple[list[float], float]:
    """The middle of each line, and the height of the chart."""
    y, places = TOP + LINE / 2, []
    for i, group in enumerate(groups):
        if i and group != groups[i - 1]:
            y += GROUP_GAP
        places.append(y)
        y += LINE
    return places, y - LINE / 2 + BOTTOM


def _row(label: str, y: float) -> str:
    """A line's name, and what the pointer finds it by."""
    hit = f'<rect class="hit" x="0" y="{y - LINE / 2:.1f}" width="{WIDTH}" height="{LINE}"/>'
    return f'{hit}<text class="label" x="{LEFT - 10}" y="{y + 4:.1f}">{html.escape(label)}</text>'


def _x(part: float) -> float:
    return LEFT + part * (WIDTH - LEFT - RIGHT)


def _grid(axis: Axis, height: float) -> Iterable[str]:
    for value, label in axis.ticks:
        x = _x(axis.at(value))
        yield f'<path class="grid" d="M{x:.1f} {TOP - 4}V{height - BOTTOM:.0f}"/><text class="tick" x="{x:.1f}" y="{TOP - 10}">{html.escape(label)}</text>'


def _shape(series: Series, x: float, y: float, low: float | None = None) -> str:
    """``low``: where a bar begins; the axis' lower end unless it is given."""
    css = series.css
    match series.shape:
        case "ring":
            return f'<circle class="outline {css}" cx="{x:.1f}" cy="{y:.1f}" r="4.2"/>'
        case "square":
            return f'<rect class="{css}" x="{x - 4.5:.1f}" y="{y - 4.5:.1f}" width="9" height="9"/>'
        case "frame":
            return f'<rect class="outline {css}" x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8"/>'
        case "diamond":
            return f'<path class="{css}" d="M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6 -6z"/>'
        case "tick":
            return f'<path class="stroke {css}" d="M{x:.1f} {y - 7:.1f}V{y + 7:.1f}"/>'
        case "bar":
            left = LEFT if low is None else low
            right = x if low is None else x + 6
            return f'<rect class="{css}" x="{left:.1f}" y="{y - 6:.1f}" width="{max(0.0, right - left):.1f}" height="12"/>'
    return f'<circle class="{css}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
