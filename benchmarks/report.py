"""Tables out of a run's JSON: `python -m benchmarks.report FILE [operations|functions]` writes them into docs/benchmarks.md."""

from __future__ import annotations

import json
import pathlib
import sys
from typing import Any

from benchmarks.samples import median, net

MARK = "<!-- written by benchmarks/report.py: {} {} -->"
COLUMNS = ("ours cold", "ours prefetched", "ours plaintext cold", "ours plaintext prefetched", "crypten cold", "spu cold")
UNITS = {"matmul": "{0}×{0}", "conv2d": "64→64, 3×3, {0}²", "digits": "batch {0}", "resnet18": "{0}², batch 1"}


def dumps(result: dict[str, Any]) -> str:
    """JSON with a line for each entry, so that it can be read and compared."""
    rows = ",\n".join("  " + json.dumps(_rounded(row)) for row in result["rows"])
    head = {key: value for key, value in result.items() if key != "rows"}
    return json.dumps(_rounded(head), indent=1)[:-2] + ',\n "rows": [\n' + rows + "\n ]\n}\n"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, (list, tuple)) else value


def seconds(entry: dict[str, Any] | None, empty: float = 0.0) -> float | None:
    """An entry's median, less an empty call; None where it has no samples."""
    return median(net(entry["seconds"], empty)) if entry and entry.get("seconds") else None


def human(value: float | None) -> str:
    """Seconds, with three digits and a unit."""
    if value is None:
        return "–"
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= scale or unit == "µs":
            number = value / scale
            return f"{number:.2f} {unit}" if number < 10 else f"{number:.1f} {unit}" if number < 100 else f"{number:.0f} {unit}"
    raise AssertionError


def ratio(a: float | None, b: float | None) -> str:
    """a / b as "3.2×"; a dash where one is missing or b is 0."""
    if a is None or not b:
        return "–"
    value = a / b
    return f"{value:.2f}×" if value < 10 else f"{value:.0f}×"


def empty_call(result: dict[str, Any]) -> float:
    """What is subtracted from each of SPU's samples. The smallest sample: what every call takes."""
    samples = result.get("empty_call", {}).get("spu")
    return min(samples) if isinstance(samples, list) and samples else 0.0


def size(row: dict[str, Any]) -> str:
    return UNITS.get(row["operation"], "{0:,}").format(row["size"])


def times(result: dict[str, Any], row: dict[str, Any]) -> dict[str, float | None]:
    empty = empty_call(result)
    return {name: seconds(row["entries"].get(name), empty if name.startswith("spu") else 0.0) for name in COLUMNS}


def one_line(row: dict[str, Any]) -> str:
    """A row while it is measured."""
    parts = [f"{name}: {human(seconds(entry)) if entry.get('seconds') else entry.get('problem', '–')}" for name, entry in row["entries"].items()]
    return f"{row['row']:28s} " + ", ".join(parts)


def tables(result: dict[str, Any]) -> str:
    """All generated tables as Markdown."""
    return "\n\n".join((_conditions(result), _times(result), _bounds(result), _exchange(result), _problems(result))).strip() + "\n"


def _conditions(result: dict[str, Any]) -> str:
    machine, rates = result["machine"], result["rates"]
    paths = sorted({f"{row['kernel'].split(',')[0].split(' ')[0]} {row['path']}" for row in result["kernels"]["results"] if row["unit"] in ("GMAC/s", "GB/s")})
    versions = "; ".join(f"{peer}: " + ", ".join(f"{k} {v}" for k, v in values.items()) for peer, values in result["versions"].items())
    return "\n".join(
        (
            f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}; kernels: {', '.join(paths)}. Commit `{machine['git'][:12]}`, {machine['date'][:16].replace('T', ' ')} UTC, "
            f"load average {result['load_before']:.2f} before and {result['load_after']:.2f} after, {result['seconds']:.0f} s in all. {versions}.",
            "",
            f"Rates: channel {rates['channel'] / 2e9:.2f} GB/s in each direction at once (mutual TLS), kernel {rates['kernel'] / 1e9:.1f} G ring products/s and AES-CTR {rates['prg'] / 1e9:.1f} GB/s "
            f"on one core, exchange {human(rates['exchange'])}. An empty call of SPU takes {human(empty_call(result))}, which is subtracted.",
        )
    )


def _times(result: dict[str, Any]) -> str:
    lines = [
        "| operation | size | TLS, cold | TLS, prefetched | plaintext, cold | plaintext, prefetched | CrypTen | SPU | CrypTen / ours | SPU / ours | CrypTen / ours, plaintext | SPU / ours, plaintext |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in result["rows"]:
        t = times(result, row)
        cells = [row["operation"], size(row), *(human(t[name]) for name in COLUMNS)]
        cells += [ratio(t[peer], t[own]) for own in ("ours cold", "ours plaintext cold") for peer in ("crypten cold", "spu cold")]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _bounds(result: dict[str, Any]) -> str:
    lines = [
        "| operation | size | rounds | bytes sent by a party | dealer bytes | bound, cold | from | cold / bound | bound, prefetched | from | prefetched / bound |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in result["rows"]:
        if not row.get("costs"):
            continue
        t, bounds = times(result, row), row["bound"]
        costs = [f"{max(cost[name] for cost in row['costs']):,}" for name in ("rounds", "bytes_sent", "dealer_bytes")]
        cells = [row["operation"], size(row), *costs]
        for variant in ("cold", "prefetched"):
            b = bounds[variant]
            cells += [human(b["seconds"]) if b["seconds"] else "–", b["binding"], ratio(t[f"ours {variant}"], b["seconds"])]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _exchange(result: dict[str, Any]) -> str:
    """`Communicator::exchange` beside the bare stream."""
    lines = ["| exchange between two parties, bytes each way | ours | bare stream | ratio |", "|---|---|---|---|"]
    found = {(row["bytes"], row["variant"].startswith("bare")): row["median_s"] for row in result["exchange"]["results"]}
    for size in sorted({size for size, _ in found}):
        ours, bare = found[size, False], found[size, True]
        lines.append(f"| {size:,} | {human(ours)} | {human(bare)} | {ratio(ours, bare)} |")
    if reduced := result["exchange"].get("all_reduce"):
        took, bound = reduced["median_s"], reduced["bound_s"]
        lines += ["", f"`all_reduce` of {reduced['elements']:,} elements: {human(took)}, {ratio(took, bound)} of what its bytes take at the rate of an exchange of 64 MiB."]
    return "\n".join(lines)


def _problems(result: dict[str, Any]) -> str:
    found = [f"- {row['row']}, {name}: {entry['problem']}" for row in result["rows"] for name, entry in row["entries"].items() if "problem" in entry]
    wrong = [
        f"- {row['row']}, {name}: {entry['wrong']:,} of {entry['elements']:,} elements, by up to {entry['error']:.3g}"
        for row in result["rows"]
        for name, entry in row["entries"].items()
        if entry.get("wrong")
    ]
    parts = ("Not measured:", found), ("Results that are not the plaintext's:", wrong)
    return "\n\n".join(f"{title}\n\n" + "\n".join(lines) for title, lines in parts if lines)


def worst(result: dict[str, Any], count: int = 3) -> list[tuple[str, str, float]]:
    """The rows that are farthest from their bound: row, variant, ratio."""
    found = [
        (row["row"], variant, t / row["bound"][variant]["seconds"])
        for row in result["rows"]
        if row.get("costs")
        for variant in ("cold", "prefetched")
        if (t := times(result, row)[f"ours {variant}"]) and row["bound"][variant]["seconds"]
    ]
    return sorted(found, key=lambda item: -item[2])[:count]


def update_document(path: pathlib.Path, result: dict[str, Any], part: str = "operations") -> None:
    """Replaces what stands between the marks of the part. Errors: ValueError where the document has no such marks."""
    text, begin, end = path.read_text(), MARK.format(part, "begin"), MARK.format(part, "end")
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(f"{path} does not have the two marks of the generated part {part} once each")
    before, rest = text.split(begin)
    path.write_text(f"{before}{begin}\n\n{tables(result)}\n{end}{rest.split(end)[1]}")


def main() -> None:
    result = json.loads(pathlib.Path(sys.argv[1]).read_text())
    update_document(pathlib.Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md", result, *sys.argv[2:3])
    for row, variant, times_bound in worst(result, 10):
        print(f"{row} {variant}: {times_bound:.1f} × its bound")


if __name__ == "__main__":
    main()
