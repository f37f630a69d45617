"""The launcher's manners, with programs that need no session."""

import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

PACKAGES = str(pathlib.Path(__file__).resolve().parents[1])


def command(*arguments):
    return [sys.executable, "-m", "crypten_tools.launch", *arguments]


def environment(**extra):
    return {**os.environ, "PYTHONPATH": PACKAGES + os.pathsep + os.environ.get("PYTHONPATH", ""), **extra}


def launch(*arguments, **extra):
    return subprocess.run(command(*arguments), env=environment(**extra), capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def script(tmp_path):
    def write(text):
        path = tmp_path / "program.py"
        path.write_text("import os, signal, sys, time\nrank = int(os.environ['RANK'])\n" + text)
        return str(path)

    return write


def alive(marker):
    """Processes whose command line holds the marker."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if marker in (entry / "cmdline").read_text() and (entry / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z":
                    found.append(int(entry.name))
            except OSError:
                pass
    return found


def test_environment_prefix_and_arguments(script):
    result = launch("-n", "3", "--no-dealer", script("print('of', os.environ['WORLD_SIZE'], sys.argv[1], os.path.exists(os.environ['CRYPTEN_RUN_FOLDER'] + f'/party-{rank}.key'))"), "hello")
    assert result.returncode == 0, result.stderr
    assert sorted(result.stdout.splitlines()) == [f"[{rank}] of 3 hello True" for rank in range(3)]


def test_a_party_finds_only_its_own_key(script):
    result = launch("-n", "2", "--no-dealer", script("print(sorted(f for f in os.listdir(os.environ['CRYPTEN_RUN_FOLDER']) if f.endswith('.key')))"))
    assert sorted(result.stdout.splitlines()) == ["[0] ['party-0.key']", "[1] ['party-1.key']"]


def test_each_rank_sees_its_gpu(script):
    program = script("print(os.environ.get('CUDA_VISIBLE_DEVICES'))")
    for visible, gpus, expected in (("", 2, "010"), ("5, 7,9", 2, "575"), ("GPU-a", 1, ["GPU-a"] * 3)):
        result = launch("-n", "3", "--no-dealer", "--gpus", str(gpus), program, CUDA_VISIBLE_DEVICES=visible)
        assert sorted(result.stdout.splitlines()) == [f"[{rank}] {gpu}" for rank, gpu in enumerate(expected)]
    for visible, gpus in (("", 0), ("5,7", 3)):
        result = launch("-n", "2", "--no-dealer", "--gpus", str(gpus), program, CUDA_VISIBLE_DEVICES=visible)
        assert result.returncode == 2 and "--gpus" in result.stderr


def test_programs_other_than_scripts():
    result = launch("-n", "2", "--no-dealer", "sh", "-c", "echo rank $RANK")
    assert sorted(result.stdout.splitlines()) == ["[0] rank 0", "[1] rank 1"]


@pytest.mark.parametrize("culprit", [0, 1, 2])
def test_first_failure_wins_and_is_printed_last(script, culprit):
    text = f"print('started', flush=True)\nif rank == {culprit}:\n    print('the reason', flush=True); sys.exit(7)\ntime.sleep(60)"
    started = time.monotonic()
    result = launch("-n", "3", "--no-dealer", script(text))
    assert result.returncode == 7
    assert time.monotonic() - started < 10
    assert f"rank {culprit} failed first" in result.stderr
    assert result.stderr.splitlines()[-1].strip() == "the reason"


def test_death_by_signal_is_named(script):
    result = launch("-n", "2", "--no-dealer", script("if rank == 1: os.kill(os.getpid(), signal.SIGKILL)\ntime.sleep(60)"))
    assert result.returncode == 128 + signal.SIGKILL
    assert "rank 1 failed first: it was killed by SIGKILL" in result.stderr


def test_who_ignores_sigterm_is_killed(script):
    started = time.monotonic()
    result = launch("-n", "2", "--no-dealer", script("signal.signal(signal.SIGTERM, signal.SIG_IGN)\nif rank == 0: time.sleep(0.5); sys.exit(3)\ntime.sleep(60)"))
    assert result.returncode == 3
    assert time.monotonic() - started < 15


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_are_forwarded_once(script, number):
    text = "seen = []\nsignal.signal(signal.%s, lambda *_: seen.append(1))\nprint('up', flush=True)\nwhile not seen: time.sleep(0.01)\ntime.sleep(0.5)\nprint('seen', len(seen), flush=True)" % number.name
    process = subprocess.Popen(command("-n", "2", "--no-dealer", script(text)), env=environment(), stdout=subprocess.PIPE, text=True)
    up = [process.stdout.readline(), process.stdout.readline()]
    assert sorted(up) == ["[0] up\n", "[1] up\n"]
    process.send_signal(number)
    rest = process.communicate(timeout=30)[0]
    assert sorted(rest.splitlines()) == ["[0] seen 1", "[1] seen 1"]
    assert process.returncode == 128 + number


def test_no_orphan_survives_the_launcher(script):
    path = script("print('up', flush=True)\ntime.sleep(600)")
    process = subprocess.Popen(command("-n", "3", "--no-dealer", path), env=environment(), stdout=subprocess.PIPE, text=True)
    for _ in range(3):
        process.stdout.readline()
    assert len(alive(path)) == 4
    process.kill()
    process.wait()
    deadline = time.monotonic() + 6
    while alive(path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alive(path) == []


def test_what_a_party_started_does_not_survive_either(script):
    """Grandchildren that ignore signals, and the run's keys, after SIGKILL to the launcher."""
    stubborn = "import signal, time; [signal.signal(s, signal.SIG_IGN) for s in (1, 2, 15)]; time.sleep(600)"
    text = "import subprocess\nsubprocess.Popen([sys.executable, '-c', %r, sys.argv[0]])\nprint(os.environ['CRYPTEN_RUN_FOLDER'], flush=True)\ntime.sleep(600)" % stubborn
    path = script(text)
    process = subprocess.Popen(command("-n", "2", "--no-dealer", path), env=environment(), stdout=subprocess.PIPE, text=True)
    folders = [process.stdout.readline().split()[1] for _ in range(2)]
    deadline = time.monotonic() + 10
    while len(alive(path)) < 5 and time.monotonic() < deadline:  # a grandchild shows its arguments once it has become Python
        time.sleep(0.02)
    assert len(alive(path)) == 5
    assert all(os.path.exists(folder) for folder in folders)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 6
    while (alive(path) or any(os.path.exists(folder) for folder in folders)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alive(path) == []
    assert not any(os.path.exists(folder) for folder in folders)


def test_a_failure_is_noticed_although_a_grandchild_keeps_the_output_open(script):
    text = "import subprocess\nsubprocess.Popen(['sleep', '600', ])\nif rank == 1: sys.exit(4)\ntime.sleep(600)"
    started = time.monotonic()
    result = launch("-n", "2", "--no-dealer", script(text))
    assert result.returncode == 4
    assert time.monotonic() - started < 10


def test_the_cause_is_reported_not_its_consequence(script):
    """Rank 0 is told that rank 1 failed and is the first to end."""
    text = "if rank == 0: print('crypten.PeerAborted: rank 1 failed', flush=True); sys.exit(1)\ntime.sleep(2); print('ValueError: the cause', flush=True); sys.exit(9)"
    result = launch("-n", "2", "--no-dealer", script(text))
    assert result.returncode == 9
    assert "rank 1 failed first" in result.stderr
    assert result.stderr.splitlines()[-1].strip() == "ValueError: the cause"


def test_a_second_signal_kills(script):
    text = "signal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('up', flush=True)\ntime.sleep(600)"
    process = subprocess.Popen(command("-n", "1", "--no-dealer", script(text)), env=environment(), stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGINT
    assert time.monotonic() - started < 3


def test_a_reader_that_goes_away_stops_the_run(script):
    path = script("while True: print('line', flush=True); time.sleep(0.01)")
    process = subprocess.Popen(command("-n", "2", "--no-dealer", path), env=environment(), stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=20) == 128 + signal.SIGPIPE
    assert alive(path) == []


def test_a_last_line_without_a_line_end_is_shown(script):
    result = launch("-n", "1", "--no-dealer", script("sys.stdout.write('no end'); sys.stdout.flush(); sys.exit(3)"))
    assert result.stdout == "[0] no end\n"
    assert result.stderr.splitlines()[-1].strip() == "no end"


def test_the_dealers_end_is_a_failure(script, tmp_path):
    dealer = tmp_path / "dealer"
    dealer.write_text("#!/bin/sh\necho ready 127.0.0.1:1\nsleep 0.3\necho out of order\nexit 5\n")
    dealer.chmod(0o755)
    result = launch("-n", "2", script("print(os.environ['CRYPTEN_DEALER'], flush=True)\ntime.sleep(600)"), CRYPTEN_DEALER_PROGRAM=str(dealer))
    assert result.returncode == 5
    assert "[0] 127.0.0.1:1" in result.stdout
    assert "the dealer failed first" in result.stderr
    assert result.stderr.splitlines()[-1].strip() == "out of order"


def test_replicas_of_the_dealer_stand_in_for_one_another(script, tmp_path):
    dealer = tmp_path / "dealer"
    # The first to come ends soon; the other one stays as long as `all` is not wanted.
    dealer.write_text(f"#!/bin/sh\nif mkdir {tmp_path}/first 2>/dev/null; then echo ready 127.0.0.1:1; sleep 0.3; exit 5; fi\necho ready 127.0.0.1:2\nsleep $LAST\nexit 6\n")
    dealer.chmod(0o755)
    program = script("print(sorted(os.environ['CRYPTEN_DEALER'].split(',')), flush=True)\ntime.sleep(1.5)")
    result = launch("-n", "2", "--dealers", "2", program, CRYPTEN_DEALER_PROGRAM=str(dealer), LAST="600")
    assert result.returncode == 0, result.stderr
    assert "[0] ['127.0.0.1:1', '127.0.0.1:2']" in result.stdout
    assert result.stderr.count("exited with status 5; the parties go on with another") == 1 and "failed" not in result.stderr
    (tmp_path / "first").rmdir()
    result = launch("-n", "2", "--dealers", "2", program, CRYPTEN_DEALER_PROGRAM=str(dealer), LAST="0.8")
    assert result.returncode == 6
    assert "go on with another" in result.stderr and "failed first: it exited with status 6" in result.stderr


def test_a_dealer_that_does_not_start_is_quoted(script, tmp_path):
    dealer = tmp_path / "dealer"
    dealer.write_text("#!/bin/sh\necho no key\nexit 2\n")
    dealer.chmod(0o755)
    result = launch("-n", "2", script("time.sleep(600)"), CRYPTEN_DEALER_PROGRAM=str(dealer))
    assert result.returncode == 1
    assert "the dealer did not start: no key" in result.stderr


def test_the_rendezvous_of_an_outer_run_is_not_passed_on(script):
    result = launch("-n", "1", "--no-dealer", script("print(os.environ.get('CRYPTEN_DEALER'), os.environ['RANK'])"), CRYPTEN_DEALER="elsewhere:1", RANK="7")
    assert result.stdout == "[0] None 0\n"


def test_run_folder_is_removed(script):
    result = launch("-n", "1", "--no-dealer", script("print(os.environ['CRYPTEN_RUN_FOLDER'])"))
    folder = result.stdout.split()[1]
    assert folder.endswith("/party-0")
    assert not os.path.exists(folder)


def test_timeout(script):
    result = launch("-n", "2", "--no-dealer", "--timeout", "1", script("time.sleep(60)"))
    assert result.returncode == 124
    assert "not done after 1 s" in result.stderr


def test_log_folder_and_shown_ranks(script, tmp_path):
    result = launch("-n", "2", "--no-dealer", "--ranks", "1", "--log-dir", str(tmp_path / "logs"), script("print('line')"))
    assert result.stdout == "[1] line\n"
    assert (tmp_path / "logs" / "0.log").read_text() == "line\n"


def test_what_cannot_be_run_is_named():
    result = launch("-n", "2", "--no-dealer", "/nowhere/program")
    assert result.returncode == 1
    assert "/nowhere/program" in result.stderr
    result = launch("-n", "2", "--no-dealer", "/nowhere/script.py")
    assert "there is no script /nowhere/script.py" in result.stderr


def test_a_missing_dealer_program_is_named(monkeypatch):
    from crypten_tools import dealer, start

    monkeypatch.setattr(dealer.os, "access", lambda *_: False)
    monkeypatch.setattr(dealer.shutil, "which", lambda _: None)
    with pytest.raises(start.LaunchProblem, match="crypten-dealer was not found"):
        start.dealer_program()
