"""A run's JSON as one HTML page with charts, which needs nothing beside it: `python -m benchmarks.page FILE > PAGE`."""

from __future__ import annotations

import html
import json
import pathlib
import sys
from typing import Any

from benchmarks import phases, tables
from benchmarks.charts import Axis, Line, Mark, Segment, Series, Stack, dots, legend, linear, logarithmic, stacks
from benchmarks.figures import COLUMNS, human, mebibytes, percent, ratio, size, times

TIMES = dict(
    zip(
        COLUMNS,
        (
            Series("ours, TLS, cold", "blue"),
            Series("ours, TLS, prefetched", "blue", "ring"),
            Series("ours, plaintext, cold", "teal", "square"),
            Series("ours, plaintext, prefetched", "teal", "frame"),
            Series("CrypTen", "orange", "diamond"),
            Series("SPU", "violet", "diamond"),
        ),
        strict=True,
    )
)
STYLE = pathlib.Path(__file__).with_name("page.css")
BOUND = Series("bound, cold", "ink", "tick")
RATIOS = {
    (peer, own): Series(f"{name} / ours, {form}", colour, shape)
    for peer, name, colour in (("crypten cold", "CrypTen", "orange"), ("spu cold", "SPU", "violet"))
    for own, form, shape in (("ours cold", "TLS", "diamond"), ("ours plaintext cold", "plaintext", "frame"))
}
TO_BOUND = {"cold": Series("cold / bound", "blue"), "prefetched": Series("prefetched / bound", "blue", "ring")}
PHASES = {name: Series(name, f"p{i}", "bar") for i, name in enumerate((*phases.PHASES, "dealer", "idle"), 1)}
OURS, TORCH, EIGEN, PEAK, COPY = (
    Series("ours", "blue", "bar"),
    Series("torch", "orange", "diamond"),
    Series("Eigen", "violet", "diamond"),
    Series("peak of the path's instructions", "ink", "tick"),
    Series("a copy of as many bytes", "ink", "tick"),
)
EXCHANGE, BARE = Series("Communicator::exchange", "blue"), Series("bare gRPC stream with TLS", "orange", "diamond")
PEAK_MEMORY, BESIDE = (
    Series("peak over the baseline, the larger of both parties", "blue", "bar"),
    Series("3 × (model + activations in ring form) + asked for ahead", "ink", "tick"),
)


def render(result: dict[str, Any]) -> str:
    """The whole page."""
    parts = (
        _times(result),
        _ratios(result),
        _bounds(result),
        *(_phases(result, variant) for variant in ("cold", "prefetched")),
        _kernels(result),
        _passes(result),
        _exchange(result),
        _memory(result),
    )
    name = html.escape(f"Benchmarks, {result['machine']['date'][:10]}, {result['machine']['git'][:10]}")
    head = (
        f'<meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/><title>{name}</title><style>\n{STYLE.read_text()}</style>'
    )
    body = "\n".join(("<h1>Benchmarks</h1>", _paragraphs(tables.conditions(result)), *filter(None, parts), _all_numbers(result)))
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body><main>\n{body}\n</main></body></html>\n'


def _section(title: str, text: str, *charts: str) -> str:
    return f"<section><h2>{html.escape(title)}</h2><p>{html.escape(text)}</p>\n" + "\n".join(charts) + "</section>"


def _paragraphs(markdown: str) -> str:
    return "".join(f"<p>{html.escape(part.replace('`', ''))}</p>" for part in markdown.split("\n\n") if part.strip())


def _label(row: dict[str, Any]) -> str:
    return f"{row['operation']}, {size(row)}"


def _tick(value: float) -> str:
    return human(value).replace(".00", "").replace(".0 ", " ")


def _times(result: dict[str, Any]) -> str:
    lines = []
    for row in result["rows"]:
        marks = [Mark(TIMES[name], t, human(t) + _spread(row["entries"][name])) for name, t in times(result, row).items() if t]
        if bound := row.get("bound", {}).get("cold", {}).get("seconds"):
            marks.append(Mark(BOUND, bound, human(bound)))
        lines.append(Line(_label(row), marks, row["operation"]))
    axis = logarithmic([mark.value for line in lines for mark in line.marks], _tick)
    text = (
        "Median time of a run, on a logarithmic axis. Ours encrypts all traffic (TLS) or, for comparison with peers that do not, none (plaintext). "
        "The bound is what a row's exact cost takes at the rates measured in the same run."
    )
    return _section("Times", text, legend([*TIMES.values(), BOUND]), dots("Times of a run", axis, lines))


def _spread(entry: dict[str, Any]) -> str:
    return f" ({human(min(entry['seconds']))} … {human(max(entry['seconds']))}, {len(entry['seconds'])} samples)"


def _ratio_lines(result: dict[str, Any], pairs: Any) -> list[Line]:
    lines = [
        Line(_label(row), [Mark(series, a / b, ratio(a, b)) for series, a, b in pairs(row, times(result, row)) if a and b], row["operation"])
        for row in result["rows"]
    ]
    return [line for line in lines if line.marks]


def _ratio_section(title: str, text: str, series: Any, lines: list[Line]) -> str:
    if not lines:
        return ""
    axis = logarithmic([1.0, *(mark.value for line in lines for mark in line.marks)], lambda value: f"{value:g}×")
    return _section(title, text, legend(series), dots(title, axis, lines, reference=1.0))


def _ratios(result: dict[str, Any]) -> str:
    lines = _ratio_lines(result, lambda row, t: [(series, t[peer], t[own]) for (peer, own), series in RATIOS.items()])
    return _ratio_section(
        "How many times as long the others take",
        "Right of the line ours is faster. All cold; CrypTen and SPU do not encrypt their traffic.",
        RATIOS.values(),
        lines,
    )


def _bounds(result: dict[str, Any]) -> str:
    lines = _ratio_lines(
        result, lambda row, t: [(series, t[f"ours {variant}"], row.get("bound", {}).get(variant, {}).get("seconds")) for variant, series in TO_BOUND.items()]
    )
    return _ratio_section(
        "How far from the bound",
        "Ours with TLS over the row's bound: at 1× a run would take what its bytes, rounds and products take alone. Three processes share the machine's cores.",
        TO_BOUND.values(),
        lines,
    )


def _phases(result: dict[str, Any], variant: str) -> str:
    bars = []
    for row in result["rows"]:
        if found := row.get("profile", {}).get(variant):
            machine = result["machine"]["cores"] * found["wall"]
            segments = [
                Segment(PHASES[name], share, f"{percent(share)}, {human(share * machine)} of CPU time a run")
                for name, share in phases.totals(found, result["machine"]["cores"]).items()
                if share
            ]
            waits = "; ".join(f"{whom} " + "/".join(f"{100 * wait / found['wall']:.0f}" for wait in found["waits"][whom]) + " %" for whom in ("peer", "dealer"))
            bars.append(Stack(_label(row), segments, f"{human(found['wall'])}; {waits}", row["operation"]))
    if not bars:
        missing = result.get("profiles", {}).get("missing")
        return _section("Where the time goes", f"Not recorded on this machine: {missing}.") if missing and variant == "cold" else ""
    text = (
        f"CPU time of all cores while a row runs with TLS, {variant}, sampled in runs of their own. Both parties' phases are added up; the dealer is one. "
        "On the right the time of a run, and the shares of it that rank 0 and rank 1 wait for each other and for the dealer."
    )
    return _section(f"Where the time goes, {variant}", text, legend(PHASES.values()), stacks(f"Phases, {variant}", bars))


def _kernels(result: dict[str, Any]) -> str:
    others = result["kernels"].get("other_paths", [])
    found = [row for row in result["kernels"]["results"] if "peak" in row] + others
    if not found:
        return ""
    series = {"rate": OURS, "torch": TORCH, "eigen": EIGEN, "peak": PEAK}
    lines = [
        Line(
            _short(row["kernel"]) + (f", {row['path']}" if row in others else ""),
            [
                Mark(one, row[key], f"{row[key]:.1f} · 10⁹/s" + (f", {percent(row['rate'] / row['peak'])} of the peak" if key == "rate" else ""))
                for key, one in series.items()
                if key in row
            ],
            row["kernel"].split(" ")[0],
        )
        for row in found
    ]
    axis = linear(max(mark.value for line in lines for mark in line.marks), lambda value: f"{value:g}")
    peaks = "; ".join(f"{peak['path']} {peak['rate']:.1f} ({peak['instructions']})" for peak in result["kernels"]["peaks"])
    text = f"10⁹ products of 64-bit words a second on one core. A path's peak is that of its multiplications on registers alone. All paths that this CPU has: {peaks}."
    return _section("Kernels: products", text, legend(series.values()), dots("Kernels: products", axis, lines))


def _short(name: str) -> str:
    return (
        name.replace(", weight transposed", ", wᵀ")
        .replace(", both transposed", ", aᵀbᵀ")
        .replace("matmul ", "")
        .replace("conv2d ", "")
        .replace(" x ", "×")
        .replace(", stride 2", " /2")
    )


def _passes(result: dict[str, Any]) -> str:
    found = [row for row in result["kernels"]["results"] if "copy" in row]
    if not found:
        return ""
    lines = [
        Line(
            row["kernel"].replace(" of 1 Mi elements", "").replace(", 1 Mi elements", ""),
            [
                Mark(OURS, row["rate"], f"{row['rate']:.2f} · 10⁹ elements/s, {percent(row['rate'] / row['copy'])} of the copy"),
                Mark(COPY, row["copy"], f"{row['copy']:.2f} · 10⁹ elements/s"),
            ],
        )
        for row in found
    ]
    axis = linear(max(mark.value for line in lines for mark in line.marks), lambda value: f"{value:g}")
    return _section(
        "Kernels: passes over memory",
        "10⁹ elements a second on one core, of 1 Mi elements, beside a copy that reads and writes as many bytes.",
        legend((OURS, COPY)),
        dots("Kernels: passes", axis, lines),
    )


def _exchange(result: dict[str, Any]) -> str:
    by_size: dict[int, list[Mark]] = {}
    for row in result["exchange"]["results"]:
        series = BARE if row["variant"].startswith("bare") else EXCHANGE
        by_size.setdefault(row["bytes"], []).append(Mark(series, row["median_s"], human(row["median_s"])))
    lines = [Line(f"{count:,} bytes each way", marks) for count, marks in sorted(by_size.items())]
    axis = logarithmic([mark.value for line in lines for mark in line.marks], _tick)
    return _section("Exchange between two parties", "Median time, on a logarithmic axis.", legend((EXCHANGE, BARE)), dots("Exchange", axis, lines))


def _memory(result: dict[str, Any]) -> str:
    if not result.get("memory"):
        return ""
    lines = []
    for name, ranks in result["memory"].items():
        peak = max(rank["peak"] for rank in ranks)
        lines.append(Line(name, [Mark(PEAK_MEMORY, peak, mebibytes(peak)), Mark(BESIDE, ranks[0]["beside"], mebibytes(ranks[0]["beside"]))]))
    whole = linear(max(mark.value for line in lines for mark in line.marks) / 2**20, lambda value: f"{value:g} MiB")
    axis = Axis(lambda value: whole.at(value / 2**20), [(value * 2**20, label) for value, label in whole.ticks])
    return _section("Memory of a party", "Resident memory while a model is encrypted and run.", legend((PEAK_MEMORY, BESIDE)), dots("Memory", axis, lines))


def _all_numbers(result: dict[str, Any]) -> str:
    """The tables of the report."""
    parts = tables.parts_of(
        (
            tables.time_table(result),
            tables.bound_table(result),
            tables.phase_table(result),
            tables.memory_table(result),
            tables.exchange_table(result),
            tables.kernel_tables(result),
            tables.problems(result),
        )
    )
    return "<section><h2>All numbers</h2>\n" + "\n".join(_as_html(block) for part in parts for block in part.split("\n\n")) + "</section>"


def _as_html(block: str) -> str:
    """A table, a list or a paragraph of Markdown, as tables.py writes them."""
    lines = block.strip().splitlines()
    if lines[0].startswith("|"):
        rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines if not line.startswith("|---")]
        head = "".join(f"<th>{html.escape(cell)}</th>" for cell in rows[0])
        return (
            f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>'
            + "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:])
            + "</tbody></table></div>"
        )
    if lines[0].startswith("- "):
        return "<ul>" + "".join(f"<li>{html.escape(line[2:])}</li>" for line in lines) + "</ul>"
    return f"<p>{html.escape(block.replace('`', ''))}</p>"


def main() -> None:
    sys.stdout.write(render(json.loads(pathlib.Path(sys.argv[1]).read_text())))


if __name__ == "__main__":
    main()
