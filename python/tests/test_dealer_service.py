"""The dealer as a service: metrics, health, limits and drain, as docs/dealer.md describes them to whoever runs one."""

import json
import os
import pathlib
import re
import signal
import subprocess
import time
import urllib.request

import pytest

import crypten_cpp as crypten

from crypten_tools.dealer import program as dealer_program
from processes import running

pytestmark = pytest.mark.skipif(not crypten._C.with_grpc, reason="built without comm/grpc")

PAGE = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "dealer.md").read_text()

SESSION = """
import torch, crypten_cpp as crypten
crypten.init()
x = crypten.cryptensor(torch.arange(6.0), src=0)
print((x * x).relu().get_plain_text().tolist(), crypten.communication_stats().dealer_bytes, flush=True)
input()
crypten.uninit()
"""


def ask(*words):
    return subprocess.run([dealer_program(), *words], capture_output=True, text=True, timeout=60)


def metrics_of(url):
    text = urllib.request.urlopen(url, timeout=30).read().decode()
    return text, {name: float(value) for name, value in re.findall(r"^(crypten_dealer_\S+) (\S+)$", text, re.MULTILINE)}


@pytest.fixture
def served(tmp_path):
    """A run of two parties and a dealer with metrics: the run, its dealer's folder, and where the metrics are."""
    with running(tmp_path, 2, dealers=0, dealer=("--metrics", "0", "--drain-seconds", "60")) as run:
        said = run.dealer.stderr.readline()
        url = re.fullmatch(r"crypten-dealer: metrics at (http://127\.0\.0\.1:\d+/metrics)\n", said)
        assert url, said
        yield run, str(run.folder / "dealer"), url[1]


def test_metrics_and_health_through_the_life_of_a_dealer(served):
    run, folder, url = served
    text, idle = metrics_of(url)
    assert set(re.findall(r"^# TYPE (crypten_dealer_\w+)", text, re.MULTILINE)) == set(re.findall(r"^\| `(crypten_dealer_\w+)` ", PAGE, re.MULTILINE))
    assert not any(idle.values()), idle
    assert ask("--check", run.dealer_address, "--run-folder", folder).stdout == "serving\n"

    parties = [run.party(rank, SESSION) for rank in (0, 1)]
    lines = [party.stdout.readline() for party in parties]
    assert all(line.startswith("[0.0, 1.0, 4.0, 9.0, 16.0, 25.0] ") for line in lines), (lines, [party.stderr.readline() for party in parties])
    text, busy = metrics_of(url)
    assert busy["crypten_dealer_clients_connected"] == 2 and busy["crypten_dealer_sessions"] == 1
    assert busy["crypten_dealer_clients_accepted_total"] == 2 and busy['crypten_dealer_clients_refused_total{code="CRY-0249"}'] == 0
    assert busy["crypten_dealer_correction_bytes_total"] >= int(lines[0].split()[-1]) == int(lines[1].split()[-1]) > 0
    assert busy["crypten_dealer_requests_total"] == busy["crypten_dealer_request_seconds_count"] == busy['crypten_dealer_request_seconds_bucket{le="+Inf"}'] > 0
    assert busy["crypten_dealer_request_seconds_sum"] > 0

    # Nothing in it says who takes part.
    secrets = [(run.folder / "dealer" / "master.key").read_bytes().hex()]
    roster = json.loads((run.folder / "dealer" / "roster.json").read_text())
    secrets += [roster["run_id"], roster["dealer"]["fingerprint"]] + [party[field] for party in roster["parties"] for field in ("name", "fingerprint")]
    assert not any(secret[:16] in text for secret in secrets)
    assert set(re.findall(r'(\w+)="', text)) <= {"code", "le", "quantile"}

    run.dealer.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + 30
    while (check := ask("--check", run.dealer_address, "--run-folder", str(run.folder / "party-0"))).returncode == 0 and time.monotonic() < deadline:
        pass
    assert (check.returncode, check.stdout) == (1, "draining\n")
    assert metrics_of(url)[1]["crypten_dealer_draining"] == 1
    for party in parties:
        party.stdin.write("\n")
        party.stdin.flush()
    assert [party.wait(timeout=60) for party in parties] == [0, 0]
    assert run.dealer.wait(timeout=30) == 0
    assert "2 clients (0 refused)" in run.dealer.stderr.read()


def test_a_dealer_that_is_not_there_or_of_another_run_is_not_ready(served, tmp_path):
    run, folder, _ = served
    with running(tmp_path / "other", 2) as other:
        stranger = ask("--check", run.dealer_address, "--run-folder", str(other.folder / "dealer"))
        assert stranger.returncode == 1 and "CRY-02" in stranger.stderr
    nobody = ask("--check", "127.0.0.1:1", "--run-folder", folder)
    assert nobody.returncode == 1 and "CRY-0255" in nobody.stderr and "efused" in nobody.stderr


def test_a_full_dealer_says_so(tmp_path):
    with running(tmp_path, 1, dealers=0, dealer=("--max-clients", "1", "--metrics", "0")) as run:
        url = run.dealer.stderr.readline().split()[-1]
        first = run.party(0, SESSION)
        assert first.stdout.readline().startswith("[0.0,")
        run.ports = [None]
        second = run.party(0, SESSION, CRYPTEN_ADDRESSES="127.0.0.1:0")
        _, error = second.communicate(timeout=60)
        assert second.returncode == 1 and "CRY-0249" in error and "1 clients are being served" in error, error
        assert metrics_of(url)[1]['crypten_dealer_clients_refused_total{code="CRY-0249"}'] == 1


def test_metrics_need_an_address_that_is_free(served):
    run, folder, url = served
    port = url.split(":")[2].split("/")[0]
    taken = ask("--run-folder", folder, "--master-key", os.path.join(folder, "master.key"), "--metrics", port)
    assert taken.returncode == 1 and "CRY-0640" in taken.stderr and port in taken.stderr


def test_the_options_that_the_page_names_exist_with_these_defaults():
    text = ask("--help").stdout
    shown = re.findall(r"`(--[a-z-]+)", PAGE) + re.findall(r"^crypten-dealer (.*)$", PAGE, re.MULTILINE)
    for option in re.findall(r"--[a-z-]+", " ".join(shown)):
        assert option in text or option == "--dealer", option
    assert re.search(r"--max-clients \S.*=512\b", text) and "| 512 |" in PAGE
    assert re.search(r"--keep-masks \S.*=256\b", text) and "| 256 |" in PAGE
    assert re.search(r"--drain-seconds \S.*=5\b", text) and "`--drain-seconds` (5)" in PAGE
