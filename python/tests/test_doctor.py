"""crypten doctor: each check in each of its outcomes. Where a cause can be made on one machine it is made; the rest are numbers handed to the check."""

import errno
import json
import os
import pathlib
import resource
import socket
import subprocess
import sys
import time
import types

import pytest

from crypten_tools import cert, program
from crypten_tools.doctor import certificates, library, limits, ports
from crypten_tools.doctor.__main__ import main
from crypten_tools.doctor.address import Address, AddressProblem, own_address, parse
from crypten_tools.doctor.finding import Level

PACKAGES = str(pathlib.Path(__file__).resolve().parents[1])


def doctor(*arguments, **options):
    """Exit status and findings of the program, in a process of its own."""
    environment = {k: v for k, v in os.environ.items() if k not in ("RANK", "WORLD_SIZE", "CRYPTEN_RUN_FOLDER", "CRYPTEN_DEALER")} | options.pop("environment", {})
    done = subprocess.run([sys.executable, "-m", "crypten_tools.doctor", "--json", *arguments], env=environment, capture_output=True, text=True, timeout=300, check=False, **options)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, [types.SimpleNamespace(**json.loads(line)) for line in done.stdout.splitlines()]


def outcome(finding):
    """Level and text; whatever is not well says what to do."""
    assert (finding.level is Level.OK) == (finding.todo == "")
    return finding.level, finding.text


# torch and the extension


@pytest.mark.parametrize(
    ("built", "found", "level", "says"),
    [
        ("2.11.0", "2.11.3+cu130", Level.OK, "found 2.11.3"),
        ("2.11.0", "2.12.0", Level.FAIL, "built for 2.11.0, found 2.12.0"),
        ("2.11.0", "3.11.0", Level.FAIL, "found 3.11.0"),
        ("2.1.0", "2.11.0", Level.FAIL, "found 2.11.0"),
        ("2.11.0", None, Level.FAIL, "none is installed"),
        (None, "2.11.0", Level.FAIL, "not built"),
    ],
)
def test_torch(built, found, level, says):
    finding = library.check_torch(built, found)
    assert outcome(finding)[0] is level and says in finding.text
    assert level is Level.OK or "pip install" in finding.todo


def test_kernels_and_threads():
    assert outcome(library.check_kernels("avx2", None)) == (Level.OK, "kernels use avx2")
    assert outcome(library.check_kernels("portable", None))[0] is Level.WARN
    assert "CRYPTEN_KERNELS" in library.check_kernels("portable", "portable").todo
    assert outcome(library.check_threads(2, 2))[0] is Level.OK
    assert outcome(library.check_threads(8, 2))[0] is outcome(library.check_threads(1, 2))[0] is Level.WARN


def test_the_library_as_it_is():
    status, findings = doctor("--only", "library", environment={"CRYPTEN_KERNELS": "portable"})
    assert status == 0
    by_subject = {finding.subject: finding for finding in findings}
    assert by_subject["torch"].level == by_subject["package"].level == "ok"
    assert by_subject["CPU"].level == "warn" and "kernels use portable" in by_subject["CPU"].text
    assert by_subject["threads"].text.endswith("cores")


def test_an_extension_that_does_not_load_is_a_finding():
    status, findings = doctor("--only", "library", environment={"CRYPTEN_THREADS": "none"})
    assert status == 1
    assert findings[-1].subject == "extension" and "CRY-0150" in findings[-1].text and findings[-1].todo


def test_a_package_for_another_torch_is_found_without_loading_it(tmp_path):
    package = tmp_path / "crypten_cpp"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('loaded')")
    (package / "_build.py").write_text('torch_version = "2.10.0"\nversion = "0.1.0"\n')
    status, findings = doctor("--only", "library", environment={"PYTHONPATH": f"{tmp_path}{os.pathsep}{PACKAGES}"})
    assert status == 1 and len(findings) == 1
    assert "built for 2.10.0, found" in findings[0].text and 'pip install "torch==2.10.*"' in findings[0].todo


# limits


def test_limits():
    endless = resource.RLIM_INFINITY
    assert outcome(limits.check_descriptors(1024, 4096)) == (Level.OK, "1024 open files")
    assert outcome(limits.check_descriptors(256, 4096))[0] is Level.WARN
    assert "hard limit" in limits.check_descriptors(64, 64).todo and limits.check_descriptors(64, 64).level is Level.FAIL
    for check, enough, little, level in (
        (limits.check_address_space, 64 << 30, 1 << 30, Level.FAIL),
        (limits.check_threads_allowed, 4096, 100, Level.WARN),
        (limits.check_locked_memory, 8 << 20, 4096, Level.WARN),
    ):
        assert outcome(check(enough))[0] is outcome(check(endless))[0] is Level.OK
        assert outcome(check(little))[0] is level and "ulimit" in check(little).todo
    assert outcome(limits.check_core_files(0))[0] is Level.OK
    assert outcome(limits.check_core_files(endless))[0] is Level.WARN


def test_room_for_keys(tmp_path, monkeypatch):
    assert outcome(limits.check_room(tmp_path))[0] is Level.OK
    assert outcome(limits.check_room(tmp_path / "nowhere"))[0] is Level.WARN
    monkeypatch.setattr(limits.shutil, "disk_usage", lambda _: types.SimpleNamespace(free=1000))
    assert outcome(limits.check_room(tmp_path))[0] is Level.FAIL


def test_limits_of_the_process_are_read():
    status, findings = doctor("--only", "limits", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100)))
    assert status == 1
    assert [f.text for f in findings if f.level == "fail"] == ["100 open files"]


# certificates


@pytest.fixture
def run_folder(tmp_path):
    cert.create_run_folder(tmp_path / "run", 2, days=365)
    return tmp_path / "run"


def test_a_good_run_folder(run_folder):
    assert [outcome(f)[0] for f in certificates.check_certificates(run_folder)] == [Level.OK] * 3
    assert [outcome(f)[0] for f in certificates.check_certificates(run_folder / "party-1", rank=1)] == [Level.OK]


def failures(folder, rank=None):
    findings = list(certificates.check_certificates(folder, rank))
    assert all(f.todo for f in findings if f.level is not Level.OK)
    return [f.text for f in findings if f.level is Level.FAIL]


def test_folders_that_are_none(run_folder, tmp_path):
    assert "there is no folder" in failures(tmp_path / "nowhere")[0]
    assert "is not a folder" in failures(run_folder / "dealer" / "master.key")[0]
    (tmp_path / "empty").mkdir()
    assert "holds no bundle" in failures(tmp_path / "empty")[0]


def test_modes(run_folder):
    (run_folder / "party-0" / "party-0.key").chmod(0o640)
    (run_folder / "dealer" / "master.key").chmod(0o644)
    (run_folder / "party-1").chmod(0o777)
    found = failures(run_folder)
    assert len(found) == 3
    assert "master.key may be read by others" in found[0] and "party-0.key may be read by others" in found[1] and "may be written by others" in found[2]


def test_keys_roster_and_owner(run_folder, tmp_path):
    cert.create_run_folder(tmp_path / "other", 2)
    for name, says in (("party-0.key", "belongs to another certificate"), ("party-0.crt", "belongs to another certificate"), ("ca.crt", "was not issued by"), ("roster.json", "pins another certificate")):
        bundle = run_folder / "party-0"
        kept = (bundle / name).read_bytes()
        (bundle / name).write_bytes((tmp_path / "other" / "party-0" / name).read_bytes())
        assert says in failures(bundle)[0], name
        (bundle / name).write_bytes(kept)
    roster = json.loads((run_folder / "party-0" / "roster.json").read_text())
    roster["parties"][0]["fingerprint"] = roster["parties"][1]["fingerprint"]
    (run_folder / "party-0" / "roster.json").write_text(json.dumps(roster))
    assert "pins another certificate" in failures(run_folder / "party-0")[0]
    assert "RANK is 0, and the bundle is that of party-1" in failures(run_folder / "party-1", rank=0)[0]
    (run_folder / "dealer" / "master.key").write_bytes(b"short")
    assert "5 bytes, not 16" in failures(run_folder / "dealer")[0]
    (run_folder / "dealer" / "master.key").unlink()
    assert "there is no" in failures(run_folder / "dealer")[0]


def test_dates(tmp_path):
    cert.create_run_folder(tmp_path / "old", 1, days=-6 / 24 / 60)  # valid for four minutes from five minutes ago
    assert "and now is" in failures(tmp_path / "old" / "party-0")[0]
    cert.create_run_folder(tmp_path / "soon", 1, days=20)  # a tenth is two days: nothing to say yet
    assert [f.level for f in certificates.check_certificates(tmp_path / "soon" / "party-0")] == [Level.OK]
    now = certificates.datetime.datetime.now(certificates.datetime.timezone.utc)
    day = certificates.datetime.timedelta(days=1)
    assert certificates.check_time_left("party-0", now + 29 * day, now - 400 * day, now).level is Level.WARN
    assert certificates.check_time_left("party-0", now + 31 * day, now - 400 * day, now) is None
    assert certificates.check_time_left("party-0", now + 1 * day, now - 19 * day, now).level is Level.WARN


def test_a_party_with_everybody_s_keys_is_warned(run_folder):
    assert [f.text for f in certificates.check_certificates(run_folder, rank=0) if f.level is Level.WARN] == [f"{run_folder} holds the keys of 3 members"]


# addresses and ports


def test_addresses():
    assert parse("[::1]:80") == Address("::1", 80) and str(Address("::1", 80)) == "[::1]:80"
    for text in ("host", "host:", ":80", "host:0", "host:65536", "host:1x"):
        with pytest.raises(AddressProblem):
            parse(text)
    run = {"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "25000"}
    assert own_address(run) == Address("127.0.0.1", 25001)
    assert own_address(run | {"CRYPTEN_ADDRESSES": "a:1,b:2"}) == Address("b", 2)
    assert own_address({}) is None and own_address({"RANK": "0", "WORLD_SIZE": "1"}) is None
    for wrong in ({"RANK": "2"}, {"WORLD_SIZE": ""}, {"MASTER_ADDR": ""}, {"MASTER_PORT": "99999"}, {"CRYPTEN_ADDRESSES": "a:1"}):
        with pytest.raises(AddressProblem):
            own_address(run | wrong)


def free_port():
    """Below the range of outgoing connections."""
    for port in range(21000, ports.outgoing_ports()[0]):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise AssertionError("no free port")


def test_ports(monkeypatch):
    assert outcome(ports.check_port(Address("127.0.0.1", free_port())))[0] is Level.OK
    with socket.create_server(("127.0.0.1", 0)) as taken:
        finding = ports.check_port(Address("127.0.0.1", taken.getsockname()[1]))
        assert finding.level is Level.FAIL and "taken" in finding.text and "ss -ltnp" in finding.todo
    assert "not an address of this machine" in ports.check_port(Address("192.0.2.1", 25000)).text
    assert "has no address" in ports.check_port(Address("a..b", 25000)).text
    free = Address("127.0.0.1", free_port())
    monkeypatch.setattr(ports, "outgoing_ports", lambda: (1, 65535))
    assert outcome(ports.check_port(free))[0] is Level.WARN
    monkeypatch.setattr(socket.socket, "bind", lambda *_: (_ for _ in ()).throw(OSError(errno.EACCES, "Permission denied")))
    assert "for root" in ports.check_port(Address("127.0.0.1", 80)).text


# the program


def test_exit_status_and_report(run_folder, capsys, monkeypatch):
    for name in ("RANK", "WORLD_SIZE", "CRYPTEN_RUN_FOLDER", "CRYPTEN_DEALER"):
        monkeypatch.delenv(name, raising=False)
    parts = [word for part in ("certificates", "ports", "dealer") for word in ("--only", part)]
    assert main([*parts, "--run-folder", str(run_folder / "party-0"), "--listen", f"127.0.0.1:{free_port()}"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "3 ok, 0 warnings, 0 failures"
    monkeypatch.setenv("WORLD_SIZE", "2")  # a run of two, and nothing else is said
    assert main(parts) == 1
    report = capsys.readouterr().out
    assert "3 failures" in report and report.count("to do:") == 3
    for words in ("RANK is not set", "no folder is given", "two or more parties need a dealer"):
        assert words in report
    assert main(["--only", "dealer", "--dealer", "nonsense"]) == 1


def test_the_command_crypten(capsys):
    started = time.monotonic()
    assert program.main(["doctor", "--only", "limits"]) in (0, 1)
    assert "open files" in capsys.readouterr().out
    assert time.monotonic() - started < 20
    assert program.main(["cert", "check", "/nowhere"]) == 1
    assert program.main(["nonsense"]) == 2 and program.main([]) == 2 and program.main(["--help"]) == 0


def test_every_replica_of_the_dealer_is_looked_at():
    status, findings = doctor("--only", "dealer", "--dealer", "127.0.0.1:1,nowhere")
    assert status == 1 and [finding.level for finding in findings] == ["fail", "fail"]
