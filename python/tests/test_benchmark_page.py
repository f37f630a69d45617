"""The page with charts: well-formed, self-contained, and all its rows and numbers are the result's."""

import html.parser
import math
import pathlib
import re
import statistics
import xml.etree.ElementTree

import pytest

from benchmarks import charts, page, tables
from benchmarks.bound import Rates, bound
from benchmarks.figures import human, ratio

RATES = Rates(channel=1e9, kernel=4e9, prg=8e9, exchange=50e-6, byte_cpu=1e-9, exchange_cpu=80e-6, cores=2)
NAMES = {"ours cold": "ours, TLS, cold", "ours prefetched": "ours, TLS, prefetched", "crypten cold": "CrypTen", "spu cold": "SPU"}


def measured(name: str, seconds: float, rounds: int) -> dict:
    costs = [{"rounds": rounds, "bytes_sent": 800, "bytes_received": 800, "dealer_bytes": 400, "dealer_bytes_received": 200}] * 2
    profile = {
        "wall": seconds,
        "samples": 100,
        "cpu": {"rank 0": {"kernels": 0.25 * seconds, "TLS": 0.125 * seconds}, "rank 1": {"kernels": 0.25 * seconds}, "dealer": {"gRPC": 0.5 * seconds}},
        "top": {"rank 0": [["libcrypten.so", "crypten::block<a | b>", 0.25 * seconds]], "rank 1": [], "dealer": []},
        "waits": {"peer": [0.25 * seconds, 0.5 * seconds], "dealer": [0.0, 0.125 * seconds]},
    }
    entries = {
        "ours cold": {"runs": 4, "seconds": [seconds, 1.5 * seconds, 0.5 * seconds], "wrong": 0},
        "ours prefetched": {"runs": 8, "seconds": [seconds / 2]},
        "crypten cold": {"runs": 1, "seconds": [8 * seconds]},
        "spu cold": {"problem": "no answer in 150 s"} if name == "resnet18/224" else {"runs": 1, "seconds": [4 * seconds + 0.002], "wrong": 2, "elements": 9, "error": 0.5},
    }
    bounds = {variant: bound(costs, 0, RATES, variant == "prefetched").as_json() for variant in ("cold", "prefetched")}
    operation, size = name.split("/")
    return {"row": name, "operation": operation, "size": int(size), "products": 0, "entries": entries, "costs": costs, "bound": bounds, "profile": {"cold": profile}}


@pytest.fixture
def result() -> dict:
    rows = [measured("multiply/100", 0.00021, 1), measured("max pool/10000", 0.0043, 8), measured("resnet18/224", 3.25, 103)]
    return {
        "machine": {"cpu": "a <CPU>", "cores": 2, "system": "Linux", "git": "0123456789abcdef", "date": "2026-01-02T03:04:05+00:00"},
        "rates": vars(RATES),
        "load_before": 0.1,
        "load_after": 1.0,
        "seconds": 60.0,
        "versions": {"spu": {"spu": "0.9.5"}},
        "empty_call": {"spu": [0.003, 0.002]},
        "exchange": {"results": [{"variant": v, "bytes": 8, "median_s": t} for v, t in (("Communicator::exchange", 60e-6), ("bare gRPC + mutual TLS", 40e-6))]},
        "kernels": {
            "peaks": [{"path": "avx2", "rate": 13.5, "instructions": "vpmuludq + vpmulld"}],
            "results": [
                {"kernel": "matmul 64 x 64 x 64", "path": "avx2", "unit": "GMAC/s", "rate": 10.5, "peak": 13.5, "torch": 2.5, "eigen": 7.5},
                {"kernel": "conv2d 1x64", "path": "avx2", "unit": "GMAC/s", "rate": 8.5, "peak": 13.5, "torch": 1.5},
                {"kernel": "slice_bits", "path": "avx2", "unit": "G/s", "rate": 1.25, "copy": 6.5},
            ],
            "other_paths": [{"kernel": "matmul 64 x 64 x 64", "path": "portable", "unit": "GMAC/s", "rate": 4.5, "peak": 7.5, "torch": 2.5}],
        },
        "profiles": {"missing": None, "frequency": 997},
        "memory": {"digits/64": [{"peak": peak << 20, "ahead": 9 << 20, "model": 9930, "activations": 430720, "beside": 30 << 20} for peak in (50, 40)]},
        "rows": rows,
    }


def charts_of(text: str) -> dict[str, dict[str, dict[str, float]]]:
    """Chart → line → series → value, from the page itself."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for svg in tree(text).iter("svg"):
        if svg.get("aria-label"):
            lines = found.setdefault(svg.get("aria-label"), {})
            for group in svg.iter("g"):
                if group.get("class") == "line":
                    label = next(part.text for part in group.iter("text"))
                    lines[label] = {mark.get("data-series"): float(mark.get("data-value")) for mark in group.iter() if mark.get("data-value")}
    return found


def tree(text: str) -> xml.etree.ElementTree.Element:
    return xml.etree.ElementTree.fromstring(text.removeprefix("<!doctype html>\n"))


def cells_of(text: str) -> list[list[str]]:
    return [["".join(cell.itertext()) for cell in row] for row in tree(text).iter("tr")]


def test_the_page_is_well_formed_and_needs_nothing_else(result):
    text = page.render(result)
    parser = html.parser.HTMLParser()
    parser.feed(text)
    tags = {element.tag for element in tree(text).iter()}
    assert tags <= set("html head meta title style body main section h1 h2 p span svg g path rect circle text div table thead tbody tr th td ul li".split())
    assert not re.search(r"https?:|//|url\(|@import|src=|href=|srcset|<script|<link", text)
    assert len(text) < 200_000 and "a &lt;CPU&gt;" in text


def test_every_row_and_time_is_there_and_is_the_median_of_its_samples(result):
    found = charts_of(page.render(result))["Times of a run"]
    assert list(found) == ["multiply, 100", "max pool, 10,000", "resnet18, 224², batch 1"]
    for row, marks in zip(result["rows"], found.values(), strict=True):
        wanted = {NAMES[name]: statistics.median(entry["seconds"]) - (0.002 if name == "spu cold" else 0.0) for name, entry in row["entries"].items() if "seconds" in entry}
        assert marks == pytest.approx(wanted | {"bound, cold": row["bound"]["cold"]["seconds"]})
        for line in cells_of(page.render(result)):
            if line[:1] == [row["operation"]] and len(line) == 12 and "rounds" not in line and "channel" not in line:
                assert line[2] == human(wanted["ours, TLS, cold"]) and line[6] == human(wanted["CrypTen"]) and line[8] == ratio(wanted["CrypTen"], wanted["ours, TLS, cold"])


def test_ratios_are_those_of_the_times(result):
    found = charts_of(page.render(result))
    for row in result["rows"]:
        label = next(name for name in found["Times of a run"] if name.startswith(row["operation"]))
        cold = statistics.median(row["entries"]["ours cold"]["seconds"])
        assert found["How many times as long the others take"][label]["CrypTen / ours, TLS"] == pytest.approx(row["entries"]["crypten cold"]["seconds"][0] / cold)
        assert found["How far from the bound"][label]["cold / bound"] == pytest.approx(cold / row["bound"]["cold"]["seconds"])


def test_phases_are_shares_of_all_cores_and_add_up(result):
    found = charts_of(page.render(result))["Phases, cold"]
    assert len(found) == 3 and "Phases, prefetched" not in charts_of(page.render(result))
    for shares in found.values():
        assert shares == pytest.approx({"kernels": 0.25, "TLS": 0.0625, "dealer": 0.25, "idle": 0.4375})
    text = page.render(result)
    assert "peer 25/50 %; dealer 0/12 %" in text and "kernels: 25 %, 105 µs of CPU time a run" in text


def test_kernels_exchange_and_memory_are_the_results(result):
    found = charts_of(page.render(result))
    peak = {"peak of the path's instructions": 13.5}
    other = {"64×64×64, portable": {"ours": 4.5, "torch": 2.5, "peak of the path's instructions": 7.5}}
    assert found["Kernels: products"] == {"64×64×64": {"ours": 10.5, "torch": 2.5, "Eigen": 7.5} | peak, "1x64": {"ours": 8.5, "torch": 1.5} | peak} | other
    assert found["Kernels: passes"] == {"slice_bits": {"ours": 1.25, "a copy of as many bytes": 6.5}}
    assert found["Exchange"] == {"8 bytes each way": {"Communicator::exchange": 60e-6, "bare gRPC stream with TLS": 40e-6}}
    assert list(found["Memory"]["digits/64"].values()) == [50 << 20, 30 << 20]


def test_what_is_missing_is_said(result):
    result["profiles"]["missing"] = "perf is not installed"
    for row in result["rows"]:
        del row["profile"]
    text = page.render(result)
    assert "Not recorded on this machine: perf is not installed" in text and "resnet18/224, spu cold: no answer in 150 s" in text
    assert "perf is not installed" in tables.tables(result) and "perf is not installed" in tables.worst_table(result)


def test_the_table_of_the_worst_rows_names_processes_parts_and_waits(result):
    text = tables.worst_table(result)
    assert text.startswith("**resnet18, 224², batch 1, cold**: ") and text.count("| largest parts |") == 3
    assert "rank 1 waits for peer 50 %" in text and "67 % `libcrypten.so crypten::block<a / b>`" in text
    assert "| kernels | 67 % | 100 % | 0 % |" in text


def test_tables_have_phases_kernels_and_memory(result):
    text = tables.tables(result)
    assert "| multiply | 100 | 210 µs | 25 % | 25 % | 0 % |" in text and "| 25 % / 50 % | 0 % / 12 % |" in text
    assert "| matmul 64 x 64 x 64 | avx2 | 10.5 | 78 % | 2.5 | 7.5 |" in text and "| conv2d 1x64 | avx2 | 8.5 | 63 % | 1.5 | – |" in text
    assert "| slice_bits | avx2 | 1.25 | 6.50 | 19 % |" in text
    assert "| digits/64 | 50 MiB and 40 MiB | 0.1 MiB | 3.3 MiB | 9.0 MiB and 9.0 MiB | 30 MiB | 1.67× |" in text


def test_axes():
    axis = charts.logarithmic([3e-5, 0.2], human)
    assert [axis.at(1e-5), axis.at(1e-3), axis.at(1.0)] == pytest.approx([0, 0.4, 1]) and len(axis.ticks) == 6
    assert charts.logarithmic([1.0, 1.0], human).at(1.0) == 0
    axis = charts.linear(13.5, str)
    assert [tick for tick, _ in axis.ticks] == [2.0 * i for i in range(8)] and math.isclose(axis.at(7), 0.5)
    assert charts.linear(0.0, str).at(0.0) == 0
