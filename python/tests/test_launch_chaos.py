"""`crypten-launch --chaos`: what it says it will do is what happens, and the launcher's report follows."""

import os
import pathlib
import re
import signal
import subprocess
import sys

import pytest

from crypten_tools.chaos import EARLIEST_SECONDS, Chaos

PACKAGES = str(pathlib.Path(__file__).resolve().parents[1])
WAITS = "import time\nprint('here', flush=True)\ntime.sleep(30)\n"


def launch(*arguments):
    environment = {**os.environ, "PYTHONPATH": PACKAGES + os.pathsep + os.environ.get("PYTHONPATH", "")}
    command = [sys.executable, "-m", "crypten_tools.launch", "-n", "2", "--no-dealer", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def waiting(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(WAITS)
    return str(path)


def test_a_request_is_read():
    assert Chaos.parse("seed=7,kill,stop") == Chaos(7, ("kill", "stop"))
    assert Chaos.parse("stop, seed=0,within=12.5,stop") == Chaos(0, ("stop",), 12.5)


@pytest.mark.parametrize("text", ["", "kill", "seed=7", "seed=x,kill", "seed=-1,kill", "seed=7,burn", "seed=7,kill,within=0.1", "seed=7,kill,within=x", "seed=7,kill=1"])
def test_what_is_no_request_is_refused(text):
    with pytest.raises(ValueError, match="--chaos"):
        Chaos.parse(text)


def test_a_seed_is_the_same_strike_on_every_machine():
    strike = Chaos.parse("seed=7,kill,stop").plan(["dealer", "0", "1"])
    assert (strike.victim, strike.number, round(strike.after, 6)) == ("dealer", signal.SIGSTOP, 1.957247)


def test_seeds_reach_every_process_kind_and_moment():
    strikes = [Chaos(seed, ("kill", "stop"), 10.0).plan(["dealer", "0", "1"]) for seed in range(200)]
    assert {(strike.victim, strike.number) for strike in strikes} == {(victim, number) for victim in ("dealer", "0", "1") for number in (signal.SIGKILL, signal.SIGSTOP)}
    assert all(EARLIEST_SECONDS <= strike.after <= 10 for strike in strikes)
    assert min(strike.after for strike in strikes) < 1 and max(strike.after for strike in strikes) > 9


def test_a_kill_is_announced_happens_and_is_reported(waiting):
    result = launch("--chaos", "seed=3,kill,within=1", waiting)
    announced = re.search(r"chaos \(seed 3\): SIGKILL to rank ([01]), [0-9.]+ s after the start", result.stderr)
    assert announced, result.stderr
    assert f"rank {announced[1]} failed first: it was killed by SIGKILL" in result.stderr
    assert result.returncode == 128 + signal.SIGKILL


def test_a_stopped_process_does_not_outlive_the_launcher(waiting):
    result = launch("--chaos", "seed=3,stop,within=1", "--timeout", "3", waiting)
    assert re.search(r"chaos \(seed 3\): SIGSTOP to rank [01]", result.stderr), result.stderr
    assert result.returncode == 124
    assert not [entry for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline") if waiting in _text(entry)]


def _text(path):
    try:
        return path.read_text()
    except OSError:
        return ""


def test_a_run_that_ends_before_is_told(tmp_path):
    path = tmp_path / "program.py"
    path.write_text("")
    result = launch("--chaos", "seed=5,kill,within=60", str(path))
    assert result.returncode == 0
    assert re.search(r"chaos \(seed 5\) did not happen: the run ended before [0-9.]+ s", result.stderr), result.stderr


def test_a_request_that_cannot_be_read_starts_nothing(waiting):
    result = launch("--chaos", "seed=7,burn", waiting)
    assert result.returncode == 2
    assert "does not know 'burn'" in result.stderr and "here" not in result.stdout
