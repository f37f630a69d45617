"""A run's JSON as Markdown tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks import phases
from benchmarks.figures import COLUMNS, empty_call, human, mebibytes, percent, ratio, size, times, worst_rows

LOCAL = ("kernels", "protocol", "torch", "Python")


def tables(result: dict[str, Any]) -> str:
    """All tables of the part."""
    parts = (
        conditions(result),
        time_table(result),
        bound_table(result),
        phase_table(result),
        memory_table(result),
        exchange_table(result),
        kernel_tables(result),
        problems(result),
    )
    return "\n\n".join(parts_of(parts)) + "\n"


def parts_of(parts: Iterable[str]) -> list[str]:
    return [part.strip() for part in parts if part.strip()]


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(cells) + " |" if cells else "|" + "---|" * len(head) for cells in (head, (), *rows))


def conditions(result: dict[str, Any]) -> str:
    machine, rates = result["machine"], result["rates"]
    paths = sorted({f"{row['kernel'].split(',')[0].split(' ')[0]} {row['path']}" for row in result["kernels"]["results"] if row["unit"] in ("GMAC/s", "GB/s")})
    versions = "; ".join(f"{peer}: " + ", ".join(f"{k} {v}" for k, v in values.items()) for peer, values in result["versions"].items())
    where = f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}; kernels: {', '.join(paths)}."
    when = f"Commit `{machine['git'][:12]}`, {machine['date'][:16].replace('T', ' ')} UTC, load average {result['load_before']:.2f} before and {result['load_after']:.2f} after"
    channel, kernel, prg = rates["channel"] / 2e9, rates["kernel"] / 1e9, rates["prg"] / 1e9
    speeds = f"Rates: channel {channel:.2f} GB/s in each direction at once (mutual TLS), kernel {kernel:.1f} G ring products/s and AES-CTR {prg:.1f} GB/s on one core"
    spent = ""
    if "byte_cpu" in rates:
        spent = f" CPU time of both ends: {rates['byte_cpu'] * 1e9:.2f} ns a byte, {human(rates['exchange_cpu'])} an exchange."
    empty = f" An empty call of SPU takes {human(empty_call(result))}, which is subtracted." if empty_call(result) else ""
    return f"{where} {when}, {result['seconds']:.0f} s in all. {versions}.\n\n{speeds}, exchange {human(rates['exchange'])}.{spent}{empty}"


def time_table(result: dict[str, Any]) -> str:
    head = ["operation", "size", "TLS, cold", "TLS, prefetched", "plaintext, cold", "plaintext, prefetched", "CrypTen", "SPU"]
    head += ["CrypTen / ours", "SPU / ours", "CrypTen / ours, plaintext", "SPU / ours, plaintext"]
    rows = []
    for row in result["rows"]:
        t = times(result, row)
        ratios = [ratio(t[peer], t[own]) for own in ("ours cold", "ours plaintext cold") for peer in ("crypten cold", "spu cold")]
        rows.append([row["operation"], size(row), *(human(t[name]) for name in COLUMNS), *ratios])
    return markdown(head, rows)


def bound_table(result: dict[str, Any]) -> str:
    head = [
        "operation",
        "size",
        "rounds",
        "bytes sent by a party",
        "dealer bytes",
        "bound, cold",
        "from",
        "cold / bound",
        "bound, prefetched",
        "from",
        "prefetched / bound",
        "all cores' work, cold",
        "cold / work",
        "work, prefetched",
        "prefetched / work",
    ]
    rows = []
    for row in result["rows"]:
        if not row.get("costs"):
            continue
        t, bounds = times(result, row), row["bound"]
        cells = [row["operation"], size(row), *(f"{max(cost[name] for cost in row['costs']):,}" for name in ("rounds", "bytes_sent", "dealer_bytes"))]
        for variant in ("cold", "prefetched"):
            b = bounds[variant]
            cells += [human(b["seconds"]) if b["seconds"] else "–", b["binding"], ratio(t[f"ours {variant}"], b["seconds"])]
        for variant in ("cold", "prefetched"):
            least = row.get("work", {}).get(variant, {}).get("seconds")
            cells += [human(least) if least else "–", ratio(t[f"ours {variant}"], least)]
        rows.append(cells)
    return markdown(head, rows)


def phase_table(result: dict[str, Any]) -> str:
    """Shares of the machine's CPU time while a row runs, with TLS, cold."""
    if "profiles" not in result:
        return ""
    if result["profiles"]["missing"]:
        return f"Where the time goes: not recorded on this machine; {result['profiles']['missing']}."
    head = [
        "operation",
        "size",
        "a run",
        "local",
        *(f"of it {name}" for name in LOCAL),
        "PRG and keys",
        "memory",
        "wire",
        *(f"of it {name}" for name in phases.WIRE),
        "switching",
        "other",
        "dealer",
        "idle",
    ]
    head += ["waits for peer", "waits for dealer"]
    rows = []
    for row in result["rows"]:
        found = row.get("profile", {}).get("cold")
        if not found:
            continue
        shares = phases.totals(found, result["machine"]["cores"])
        local, wire = (sum(shares[name] for name in names) for names in (LOCAL, phases.WIRE))
        cells = [local, *(shares[name] for name in LOCAL), shares["PRG and keys"], shares["memory"], wire, *(shares[name] for name in phases.WIRE)]
        cells += [shares[name] for name in ("switching", "other", "dealer", "idle")]
        waits = [" / ".join(percent(wait / found["wall"]) for wait in found["waits"][whom]) for whom in ("peer", "dealer")]
        rows.append([row["operation"], size(row), human(found["wall"]), *map(percent, cells), *waits])
    text = "Where the time goes, cold, with TLS: shares of the CPU time of all cores while a run lasts; waits are shares of its time, of rank 0 and rank 1."
    return f"{text}\n\n{markdown(head, rows)}"


def memory_table(result: dict[str, Any]) -> str:
    if not result.get("memory"):
        return ""
    head = [
        "memory of a party",
        "peak over the baseline, rank 0 and 1",
        "model",
        "activations",
        "asked for ahead",
        "3 × (model + activations) + ahead",
        "peak / that",
    ]
    rows = []
    for name, ranks in result["memory"].items():
        first, most = ranks[0], max(rank["peak"] for rank in ranks)
        both = [" and ".join(mebibytes(rank[key]) for rank in ranks) for key in ("peak", "ahead")]
        rows.append(
            [
                name,
                both[0],
                mebibytes(8 * first["model"]),
                mebibytes(8 * first["activations"]),
                both[1],
                mebibytes(first["beside"]),
                ratio(most, first["beside"]),
            ]
        )
    return markdown(head, rows)


def exchange_table(result: dict[str, Any]) -> str:
    """`Communicator::exchange` beside the bare stream."""
    found = {(row["bytes"], row["variant"].startswith("bare")): row["median_s"] for row in result["exchange"]["results"]}
    rows = []
    for count in sorted({count for count, _ in found}):
        ours, bare = found[count, False], found[count, True]
        rows.append([f"{count:,}", human(ours), human(bare), ratio(ours, bare)])
    lines = [markdown(["exchange between two parties, bytes each way", "ours", "bare stream", "ratio"], rows)]
    if reduced := result["exchange"].get("all_reduce"):
        took, bound = reduced["median_s"], reduced["bound_s"]
        lines += [
            "",
            f"`all_reduce` of {reduced['elements']:,} elements: {human(took)}, {ratio(took, bound)} of what its bytes take at the rate of an exchange of 64 MiB.",
        ]
    return "\n".join(lines)


def kernel_tables(result: dict[str, Any]) -> str:
    """Products beside the peak of their instructions and other libraries, passes over memory beside a copy."""
    kernels = result["kernels"]
    products = [
        [
            row["kernel"],
            row["path"],
            f"{row['rate']:.1f}",
            percent(row["rate"] / row["peak"]),
            *(f"{row[other]:.1f}" if other in row else "–" for other in ("torch", "eigen")),
        ]
        for row in kernels["results"] + kernels.get("other_paths", [])
        if "peak" in row
    ]
    passes = [
        [row["kernel"], row["path"], f"{row['rate']:.2f}", f"{row['copy']:.2f}", percent(row["rate"] / row["copy"])]
        for row in kernels["results"]
        if "copy" in row
    ]
    parts = []
    if products:
        peaks = "; ".join(f"{peak['path']} {peak['rate']:.1f} ({peak['instructions']})" for peak in kernels["peaks"])
        head = ["ring products, 10⁹ a second on one core", "path", "ours", "of the path's peak", "torch", "Eigen"]
        parts += [f"Peaks of this CPU's instructions in 10⁹ ring products a second on one core: {peaks}.", markdown(head, products)]
    if passes:
        parts.append(markdown(["passes over memory, 10⁹ elements a second on one core", "path", "ours", "a copy of as many bytes", "of the copy"], passes))
    return "\n\n".join(parts)


def problems(result: dict[str, Any]) -> str:
    found = [f"- {row['row']}, {name}: {entry['problem']}" for row in result["rows"] for name, entry in row["entries"].items() if "problem" in entry]
    wrong = [
        f"- {row['row']}, {name}: {entry['wrong']:,} of {entry['elements']:,} elements, by up to {entry['error']:.3g}"
        for row in result["rows"]
        for name, entry in row["entries"].items()
        if entry.get("wrong")
    ]
    parts = ("Not measured:", found), ("Results that are not the plaintext's:", wrong)
    return "\n\n".join(f"{title}\n\n" + "\n".join(lines) for title, lines in parts if lines)


def worst_table(result: dict[str, Any]) -> str:
    """The three rows that are farthest from their bound: phases of each process, its largest parts, and waits."""
    if result.get("profiles", {}).get("missing"):
        return f"Not recorded on this machine: {result['profiles']['missing']}.\n"
    parts = []
    for row, variant, times_bound in worst_rows(result):
        found = row.get("profile", {}).get(variant)
        if not found:
            continue
        waits = ", ".join(
            f"rank {rank} waits for {whom} {percent(wait / found['wall'])}" for whom in ("peer", "dealer") for rank, wait in enumerate(found["waits"][whom])
        )
        head = ["", *(f"{process}, {human(sum(cpu.values()))}" for process, cpu in found["cpu"].items())]
        rows = [
            [name, *(_share(cpu.get(name, 0.0), cpu) for cpu in found["cpu"].values())]
            for name in phases.PHASES
            if any(name in cpu for cpu in found["cpu"].values())
        ]
        largest = ["largest parts"]
        for process, top in found["top"].items():
            total = sum(found["cpu"][process].values()) or 1.0
            largest.append("<br>".join(f"{percent(part / total)} `{library} {symbol.replace('|', '/')}`" for library, symbol, part in top))
        title = f"**{row['operation']}, {size(row)}, {variant}**: {times_bound:.1f}× its bound; {human(found['wall'])} a run in this pass, {found['samples']:,} samples."
        parts.append(f"{title} {waits}. CPU time of a run:\n\n{markdown(head, [*rows, largest])}")
    return "\n\n".join(parts) + "\n"


def _share(seconds: float, cpu: dict[str, float]) -> str:
    return percent(seconds / total) if (total := sum(cpu.values())) else "–"
