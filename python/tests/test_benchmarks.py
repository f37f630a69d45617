"""The pure parts of the benchmark harness: rows, samples, bound, report, difference of costs, and the line protocol."""

import json
import pathlib
import subprocess
import sys
import threading

import numpy as np
import pytest
import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT))

from benchmarks import diff, operations, report, tables  # noqa: E402: the benchmarks are a folder of the tree, not of the package
from benchmarks.bound import Rates, bound, work  # noqa: E402
from benchmarks.control import Controller, PeerProblem, serve  # noqa: E402
from benchmarks.figures import human, worst, worst_rows  # noqa: E402
from benchmarks.run import Entry  # noqa: E402
from benchmarks.samples import MOST_RUNS, SAMPLE_SECONDS, durations, median, net, runs_in_a_row  # noqa: E402

RATES = Rates(channel=1e9, kernel=4e9, prg=8e9, exchange=50e-6, byte_cpu=1e-9, exchange_cpu=80e-6, cores=2)


def cost(rounds=0, sent=0, received=0, dealer=0, dealt=0):
    return {"rounds": rounds, "bytes_sent": sent, "bytes_received": received, "dealer_bytes": dealer, "dealer_bytes_received": dealt}


# Rows ---------------------------------------------------------------------------------------------------------------------


def test_row_names_are_unique_and_every_operation_has_its_sizes():
    rows = operations.rows()
    assert len({row.name for row in rows}) == len(rows)
    for operation in ("multiply", "square", "truncated product", "comparison", "relu", "sum", "max", "max pool"):
        found = [row for row in rows if row.operation == operation]
        assert [row.size for row in found] == [10**2, 10**4, 10**6]
        assert all(np.prod(shape) == row.size for row in found for shape in row.shapes)
    assert [row.size for row in rows if row.operation == "matmul"] == [64, 256, 1024]


def test_inputs_are_the_same_everywhere_and_exact_in_fixed_point():
    row = next(row for row in operations.rows() if row.name == "comparison/10000")
    x, y = operations.inputs(row)
    again, _ = operations.inputs(row)
    assert np.array_equal(x, again) and not np.array_equal(x, y)
    assert not np.array_equal(x, operations.inputs(row, draw=1)[0])
    assert np.array_equal(x * 2**8, np.round(x * 2**8)) and np.abs(x).max() <= 4


@pytest.mark.parametrize(
    ("operation", "in_torch"),
    [
        ("multiply", lambda x, y: x * y), ("square", lambda x, _: x * x), ("truncated product", lambda x, y: x * y * 0.75), ("comparison", lambda x, y: x < y),
        ("relu", lambda x, _: x.relu()), ("sum", lambda x, _: x.sum()), ("max", lambda x, _: x.max(dim=1)[0]), ("max pool", lambda x, _: torch.max_pool2d(x, 2)),
        ("matmul", lambda x, y: x @ y), ("conv2d", lambda x, y: torch.conv2d(x, y, padding=1)), ("softmax", lambda x, _: x.softmax(1)),
        *((name, lambda x, _, name=name: getattr(x, name)()) for name in operations.FUNCTION_DOMAINS if name != "softmax"),
    ],
)  # fmt: skip
def test_plaintext_results_are_torchs(operation, in_torch):
    row = next(row for row in operations.rows() + operations.function_rows() if row.operation == operation)
    values = operations.inputs(row)
    wanted = in_torch(torch.from_numpy(values[0]).double(), torch.from_numpy(values[-1]).double()).double().numpy()
    assert operations.judge(row, operations.expected(row, values), wanted)["error"] < 1e-9


@pytest.mark.parametrize("side", [64, 224])
def test_products_of_the_models_are_torchs(side):
    counted = 0

    def count(module, inputs, output):
        nonlocal counted
        counted += output.numel() * (module.weight[0].numel())

    import torchvision

    model = torchvision.models.resnet18(weights=None).eval()
    for module in model.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            module.register_forward_hook(count)
    with torch.no_grad():
        model(torch.zeros(1, 3, side, side))
    assert operations.row_named(f"resnet18/{side}").products == counted


def test_a_result_is_judged_by_its_largest_difference_and_the_wrong_elements():
    row = operations.Row("multiply", 3, ((3,), (3,)), tolerance=0.1)
    judgement = operations.judge(row, np.array([1.0, 2.5, 3.05]), np.array([1.0, 2.0, 3.0]))
    assert judgement == {"error": 0.5, "wrong": 1, "elements": 3}
    with pytest.raises(ValueError, match="shape"):
        operations.judge(row, np.zeros(2), np.zeros(3))


# Samples ------------------------------------------------------------------------------------------------------------------


def test_a_run_lasts_from_the_last_start_to_the_last_end():
    assert durations([[(1.0, 3.0), (10.0, 11.0)], [(1.5, 2.0), (9.0, 12.0)]]) == [1.5, 2.0]
    assert median([3.0, 1.0, 2.0]) == 2.0
    assert net([3.0, 1.0], 2.0) == [1.0, 0.0]


def test_a_sample_grows_until_it_lasts_long_enough():
    assert runs_in_a_row(1, 0.026) == 1 and runs_in_a_row(40, 0.025) == 40
    assert runs_in_a_row(1, 0.0249) == 2  # at least one more
    assert runs_in_a_row(10, 0.01) == 30  # a fifth more than enough
    assert runs_in_a_row(1, 1e-6) == 21  # the first run says little
    assert runs_in_a_row(900, 0.001) == MOST_RUNS == runs_in_a_row(MOST_RUNS, 0.0)
    runs, each = 1, 40e-6
    for _ in range(6):
        runs = runs_in_a_row(runs, runs * each)
    assert SAMPLE_SECONDS <= runs * each < 1.5 * SAMPLE_SECONDS


class Steady:
    """A peer whose runs all take the same time, a millisecond unless said, and rank 1 waits 0.25 ms of it."""

    name = "ours"

    def __init__(self, seconds=1e-3):
        self.seconds = seconds
        self.asked = []

    def ask(self, command, timeout, *, variant, samples, runs, settle):
        self.asked.append((samples, runs, settle))
        spans = [(i, i + runs * self.seconds) for i in range(samples)]
        return [{"samples": spans, "waits": {"peer": [wait * runs] * samples}} for wait in (0.0, 0.25e-3)]


def answers(first):
    return [{"error": 0.0, "wrong": 0, "elements": 1, "first": (0.0, first)}] * 2


def test_a_turn_finds_how_many_runs_are_a_sample_and_times_are_per_run():
    peer = Steady()
    entry = Entry(peer, "cold", answers(0.5))
    entry.visit(settle=2e-3)
    assert [runs for _, runs, _ in peer.asked] == [1, 21, 30] and entry.seconds == pytest.approx([1e-3])  # 30: a fifth more than enough
    entry.visit(settle=2e-3)
    assert peer.asked[-1] == (3, 30, pytest.approx(0.004 + 30 * 2e-3))  # three of 30 ms in a turn of 100 ms
    assert entry.as_json()["runs"] == 30 and entry.seconds == pytest.approx([1e-3] * 4)
    assert entry.waits["peer"] == [pytest.approx([0.0, 0.25e-3])] * 4


def test_the_first_sample_is_a_warm_up_where_one_run_is_one():
    peer = Steady(seconds=0.05)
    entry = Entry(peer, "cold", answers(0.5))
    entry.visit(settle=2e-3)
    assert [runs for _, runs, _ in peer.asked] == [1, 1] and entry.seconds == pytest.approx([0.05])


def test_a_long_row_is_timed_once_in_the_run_that_is_checked():
    peer = Steady()
    entry = Entry(peer, "cold", answers(6.0))
    entry.visit(settle=1.0)
    assert entry.as_json() == {"runs": 1, "seconds": [6.0], "error": 0.0, "wrong": 0, "elements": 1} and not peer.asked
    assert Entry(peer, "prefetched", answers(6.0)).seconds == []


# Bound --------------------------------------------------------------------------------------------------------------------


def test_rates_come_from_the_bare_stream_and_the_best_kernels():
    exchange = {
        "results": [
            {"variant": "Communicator::exchange", "bytes": 8, "median_s": 1e-6, "bytes_per_s": 9e12, "cpu_s": 1e-9},
            {"variant": "bare gRPC + mutual TLS", "bytes": 8, "median_s": 40e-6, "bytes_per_s": 2e5, "cpu_s": 60e-6},
            {"variant": "bare gRPC + mutual TLS", "bytes": 1 << 20, "median_s": 2e-3, "bytes_per_s": 5e8, "cpu_s": 4e-3},
        ]
    }
    kernels = {
        "results": [
            {"kernel": "matmul 64", "unit": "GMAC/s", "rate": 3.0},
            {"kernel": "conv2d", "unit": "GMAC/s", "rate": 4.0},
            {"kernel": "AES-128-CTR", "unit": "GB/s", "rate": 8.0},
            {"kernel": "slice_bits", "unit": "G/s", "rate": 90.0},
        ]
    }
    assert Rates.measured(exchange, kernels, 2) == Rates(1e9, 4e9, 8e9, 40e-6, byte_cpu=4e-3 / 2**21, exchange_cpu=60e-6, cores=2)


def test_the_bound_is_the_largest_term_and_the_rounds():
    costs = [cost(2, 10**6, 10**6, 4 * 10**6, 10**6), cost(2, 10**6, 10**6, 4 * 10**6, 3 * 10**6)]
    found = bound(costs, 0, RATES, prefetched=False)
    assert found.terms == pytest.approx({"channel": 5e-3, "kernel": 0, "prg": 0.5e-3, "rounds": 100e-6})
    assert found.seconds == pytest.approx(5.1e-3) and found.binding == "channel"


def test_prefetched_dealer_bytes_are_not_on_the_wire_but_still_drawn():
    costs = [cost(1, 8, 8, 8 * 10**9), cost(1, 8, 8, 8 * 10**9, 8 * 10**9)]
    found = bound(costs, 0, RATES, prefetched=True)
    assert found.terms["channel"] == pytest.approx(16e-9) and found.terms["prg"] == pytest.approx(1.0, rel=1e-6)
    assert found.binding == "prg"


def test_in_a_row_the_dealers_bytes_are_spread():
    costs = [cost(1, 0, 0, 10**9, 0), cost(1, 0, 0, 10**9, 10**9)]
    once, often = (bound(costs, 0, RATES, prefetched=False, runs=runs).terms for runs in (1, 20))
    assert (once["channel"], often["channel"]) == pytest.approx((1.0, 0.5)) and (once["prg"], often["prg"]) == pytest.approx((0.125, 0.0625))


def test_a_party_computes_two_products():
    found = bound([cost(1, 8, 8)] * 2, 10**9, RATES, prefetched=True)
    assert found.terms["kernel"] == pytest.approx(0.5) and found.binding == "kernel"


def test_small_rows_are_bound_by_rounds_and_local_ones_by_nothing():
    assert bound([cost(4, 100, 100)] * 2, 0, RATES, prefetched=True).binding == "rounds"
    nothing = bound([cost()] * 2, 0, RATES, prefetched=False)
    assert nothing.seconds == 0 and nothing.binding == "none"
    assert work([cost()] * 2, 0, RATES, prefetched=False).seconds == 0


def test_the_work_of_all_processes_is_spread_over_the_cores():
    costs = [cost(3, 10**6, 10**6, 4 * 10**6, 10**6), cost(3, 10**6, 10**6, 4 * 10**6, 3 * 10**6)]
    cold, prefetched = (work(costs, 10**6, RATES, prefetched) for prefetched in (False, True))
    # The dealer's 4 MB and a question of each party's; five products; what the parties draw, once more by the dealer.
    assert cold.terms == pytest.approx({"bytes": 6e-3, "exchanges": 5 * 80e-6, "kernel": 5 * 0.25e-3, "prg": 2 * 0.75e-3})
    assert prefetched.terms == pytest.approx({"bytes": 2e-3, "exchanges": 3 * 80e-6, "kernel": 4 * 0.25e-3, "prg": 0.75e-3})
    assert cold.seconds == pytest.approx(sum(cold.terms.values()) / 2)


# Report -------------------------------------------------------------------------------------------------------------------


def result_of(**rows):
    """A run with one row per name: cold seconds, and costs."""
    return {
        "machine": {"cpu": "a CPU", "cores": 2, "system": "Linux", "git": "0123456789abcdef", "date": "2026-01-02T03:04:05+00:00"},
        "rates": vars(RATES),
        "load_before": 0.1,
        "load_after": 1.0,
        "seconds": 60.0,
        "exchange": {"results": [{"variant": v, "bytes": 8, "median_s": t} for v, t in (("Communicator::exchange", 60e-6), ("bare gRPC + mutual TLS", 40e-6))]},
        "kernels": {"results": [{"kernel": "matmul 64", "path": "avx2", "unit": "GMAC/s", "rate": 4.0}]},
        "versions": {"spu": {"spu": "0.9.5"}},
        "empty_call": {"spu": [0.003, 0.002]},
        "rows": [
            {
                "row": name,
                "operation": name.split("/")[0],
                "size": int(name.split("/")[1]),
                "products": 0,
                "entries": {
                    "ours cold": {"seconds": [t, t, 9 * t]},
                    "ours prefetched": {"seconds": [t / 2]},
                    "crypten cold": {"problem": "not installed: tools/bench-setup.sh"},
                    "spu cold": {"seconds": [4 * t + 0.002], "wrong": 2, "elements": 100, "error": 1.0},
                },
                "costs": costs,
                "bound": {variant: bound(costs, 0, RATES, variant == "prefetched").as_json() for variant in ("cold", "prefetched")},
                "work": {variant: work(costs, 0, RATES, variant == "prefetched").as_json() for variant in ("cold", "prefetched")},
            }
            for name, (t, costs) in rows.items()
        ],
    }


def test_products_by_other_paths_stand_beside_the_one_in_use():
    product = {"kernel": "matmul 64", "path": "avx512", "unit": "GMAC/s", "rate": 40.0, "peak": 50.0, "torch": 20.0}
    kernels = {"peaks": [{"path": "avx512", "rate": 50.0, "instructions": "vpmullq"}], "results": [product]}
    assert "| matmul 64 | avx512 | 40.0 | 80 % | 20.0 | – |" in tables.kernel_tables({"kernels": kernels})
    kernels["other_paths"] = [product | {"path": "portable", "rate": 6.0, "peak": 8.0}]
    assert "| matmul 64 | portable | 6.0 | 75 % | 20.0 | – |" in tables.kernel_tables({"kernels": kernels})


def test_the_table_has_medians_ratios_and_says_what_is_missing():
    result = result_of(**{"relu/100": (0.001, [cost(4, 1300, 1300, 6000), cost(4, 1300, 1300, 6000, 6000)])})
    text = tables.tables(result)
    row = next(line for line in text.splitlines() if line.startswith("| relu | 100 |"))
    assert [cell.strip() for cell in row.split("|")[3:-1]] == ["1.00 ms", "500 µs", "–", "–", "–", "4.00 ms", "–", "4.00×", "–", "–"]
    assert "- relu/100, crypten cold: not installed: tools/bench-setup.sh" in text
    assert "- relu/100, spu cold: 2 of 100 elements, by up to 1" in text
    bounds = [line for line in text.splitlines() if line.startswith("| relu | 100 |")][1]
    assert "| 8 | 60.0 µs | 40.0 µs | 1.50× |" in text
    assert "| 4 | 1,300 | 6,000 |" in bounds and "| rounds |" in bounds


def test_a_local_row_has_no_ratio_to_a_bound_of_zero():
    text = tables.tables(result_of(**{"sum/100": (0.001, [cost(), cost()])}))
    assert [line for line in text.splitlines() if line.startswith("| sum |")][1].endswith("| – | none | – | – | none | – | – | – | – | – |")


def test_worst_rows_first():
    costs = [cost(1, 8, 8)] * 2  # bound: 50 µs and a little
    result = result_of(**{"a/1": (0.001, costs), "b/1": (0.004, costs)})
    found = worst(result, 2)
    assert [(row, variant) for row, variant, _ in found] == [("b/1", "cold"), ("b/1", "prefetched")]
    assert found[0][2] == pytest.approx(0.004 / 50e-6, rel=0.01)
    assert [(row["row"], variant) for row, variant, _ in worst_rows(result)] == [("b/1", "cold"), ("a/1", "cold")]


@pytest.mark.parametrize(("seconds", "text"), [(None, "–"), (2.5, "2.50 s"), (0.0123, "12.3 ms"), (0.000456, "456 µs"), (0.0, "0.00 µs"), (123.4, "123 s")])
def test_human(seconds, text):
    assert human(seconds) == text


def test_the_document_keeps_what_a_person_wrote(tmp_path):
    path = tmp_path / "benchmarks.md"
    marked = [f"{report.MARK.format(part, 'begin')}\nstale {part}\n{report.MARK.format(part, 'end')}\n" for part in ("worst", "operations", "functions")]
    path.write_text("before\n" + "between\n".join(marked) + "after\n")
    report.update_document(path, result_of(**{"relu/100": (0.001, [cost(1, 8, 8)] * 2)}))
    text = path.read_text()
    assert text.startswith("before\n") and text.endswith("between\n" + marked[2] + "after\n") and "| relu | 100 |" in text
    assert "stale operations" not in text and "stale worst" not in text
    report.update_document(path, result_of(**{"exp/10000": (0.001, [cost(1, 8, 8)] * 2)}), "functions")
    text = path.read_text()
    assert text.endswith("\nafter\n") and "stale" not in text and "| relu | 100 |" in text and "| exp | 10,000 |" in text
    path.write_text("no marks")
    with pytest.raises(ValueError, match="marks"):
        report.update_document(path, result_of())


def test_json_can_be_read_back():
    result = result_of(**{"relu/100": (0.00123456789, [cost(1, 8, 8)] * 2), "relu/10000": (1.0, [cost(1, 8, 8)] * 2)})
    text = report.dumps(result)
    again = json.loads(text)
    assert [row["row"] for row in again["rows"]] == ["relu/100", "relu/10000"]
    assert again["rows"][0]["entries"]["ours cold"]["seconds"][0] == 0.0012346 and again["machine"] == result["machine"]
    assert sum(line.lstrip().startswith('{"row"') for line in text.splitlines()) == 2


# Difference ---------------------------------------------------------------------------------------------------------------


def run_with(**rows):
    return {"machine": {"git": "f" * 40, "date": "2026-01-01"}, "rows": [{"row": name, "costs": costs} for name, costs in rows.items()]}


def test_every_changed_cost_is_a_line_and_times_are_not_compared(tmp_path, capsys):
    a, b = tmp_path / "a.json", tmp_path / "b.json"
    a.write_text(json.dumps(run_with(**{"x/1": [cost(4, 13, 13, 52)] * 2, "y/1": [cost(1, 8, 8)] * 2})))
    b.write_text(json.dumps(run_with(**{"x/1": [cost(4, 13, 13, 60)] * 2, "z/1": [cost(1, 8, 8)] * 2})))
    assert diff.main([str(a), str(a)]) == 0
    assert "2 rows cost the same" in capsys.readouterr().out
    assert diff.main([str(a), str(b)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines if line.startswith("x/1")] == [["x/1", "dealer_bytes", "52", "60", "1.154"]]
    assert any(line.split()[:4] == ["y/1", "rounds", "1", "–"] for line in lines) and any(line.split()[:4] == ["z/1", "rounds", "–", "1"] for line in lines)


def test_rows_that_only_one_has_are_no_change_of_cost(tmp_path):
    a, b = tmp_path / "a.json", tmp_path / "b.json"
    a.write_text(json.dumps(run_with(**{"x/1": [cost(1, 8, 8)] * 2})))
    b.write_text(json.dumps(run_with(**{"x/1": [cost(1, 8, 8)] * 2, "y/1": [cost(1, 8, 8)] * 2})))
    assert diff.main([str(a), str(b)]) == 0
    b.write_text(json.dumps(run_with(**{"y/1": [cost(1, 8, 8)] * 2})))
    assert diff.main([str(a), str(b)]) == 2


def test_a_commit_stands_for_its_run_or_the_newest_in_its_tree(tmp_path):
    def git(*arguments):
        command = ["git", "-C", str(tmp_path), "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    results = tmp_path / "benchmarks" / "results"
    results.mkdir(parents=True)
    for date in ("2026-01-01", "2026-01-02"):
        (results / f"{date}.json").write_text(json.dumps({"machine": {"git": "0" * 40, "date": date}, "rows": []}))
    git("add", "-A")
    git("commit", "-qm", "runs")
    commit = git("rev-parse", "HEAD")
    assert diff.load("HEAD", tmp_path)["machine"]["date"] == "2026-01-02"
    (results / "own.json").write_text(json.dumps({"machine": {"git": commit, "date": "2025-01-01"}, "rows": []}))
    assert diff.load(commit[:12], tmp_path)["machine"]["git"] == commit
    with pytest.raises(diff.NoRun):
        diff.load("no-such-commit", tmp_path)


# Line protocol ------------------------------------------------------------------------------------------------------------


def test_all_ranks_are_told_and_a_problem_is_named(tmp_path):
    controller = Controller(str(tmp_path / "control"), 2)

    def refuse():
        raise RuntimeError("cannot\nbe")

    threads = [threading.Thread(target=serve, args=(controller.path, rank, {"twice": lambda x, rank=rank: {"value": 2 * x + rank}, "refuse": refuse})) for rank in (0, 1)]
    for thread in threads:
        thread.start()
    controller.accept(30, lambda: True)
    assert [answer["value"] for answer in controller.ask("twice", 30, x=4)] == [8, 9]
    with pytest.raises(PeerProblem, match="^RuntimeError: cannot$"):
        controller.ask("refuse", 30)
    controller.close()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def test_a_peer_that_ends_is_not_waited_for(tmp_path):
    controller = Controller(str(tmp_path / "control"), 2)
    with pytest.raises(PeerProblem, match="ended before it was ready"):
        controller.accept(600, lambda: False)
    controller.close()
