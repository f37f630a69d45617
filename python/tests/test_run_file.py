"""run.toml: what it says, what is refused, and what becomes of it in the environment of a party."""

import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from crypten_tools import cert, join, launch, run_file
from crypten_tools.doctor.certificates import bundles
from crypten_tools.run_file import Member, RunFile, RunFileProblem

MARK = "0" * 64
ALICE, BOB, CAROL = (Member(name, f"{name}.example.com:29500", MARK) for name in ("alice", "bob", "carol"))
RUN = RunFile("run-1", (ALICE, BOB), ("dealer.example.com:29510",), MARK)


def variant(**changes):
    return dataclasses.replace(RUN, **changes)


def test_what_is_written_is_read(tmp_path):
    for run in (RUN, variant(parties=(dataclasses.replace(ALICE, listen="[::1]:29500"), Member("bob", None, MARK))), variant(parties=(ALICE,), dealers=())):
        (tmp_path / "run.toml").write_text(run_file.write(run))
        assert run_file.read(tmp_path / "run.toml") == run


@pytest.mark.parametrize(
    ("run", "says"),
    [
        (variant(parties=(Member("Alice", None, MARK),)), "cannot be a party's name"),
        (variant(parties=(Member("dealer", None, MARK),)), "cannot be a party's name"),
        (variant(parties=(Member("../alice", None, MARK),)), "cannot be a party's name"),
        (variant(parties=(ALICE, ALICE)), "alice is named twice"),
        (variant(parties=(Member("alice", None, MARK), BOB)), "alice has no address and is not the last party"),
        (variant(parties=(Member("alice", None, MARK), Member("bob", None, MARK))), "alice and bob only dial out"),
        (variant(parties=(dataclasses.replace(ALICE, address="alice"), BOB)), '"alice" is not host:port'),
        (variant(parties=(dataclasses.replace(ALICE, address="alice:0"), BOB)), '"alice:0" is not host:port'),
        (variant(parties=(dataclasses.replace(ALICE, address="a b:1"), BOB)), '"a b:1" is not host:port'),
        (variant(parties=(dataclasses.replace(ALICE, address="2001:db8::7:1"), BOB)), '"2001:db8::7:1" is not host:port'),
        (variant(dealers=("dealer:x",)), '"dealer:x" is not host:port'),
        (variant(dealers=()), "no dealer is named"),
        (variant(dealer_fingerprint="00"), "is no fingerprint"),
    ],
)
def test_what_cannot_be_used_is_refused(run, says):
    with pytest.raises(RunFileProblem) as refused:
        run_file.check(run)
    assert says in refused.value.what and refused.value.todo


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text + "[", "is no TOML"),
        (lambda text: "colour = 1\n" + text, "unknown entry colour"),
        (lambda text: text.replace("name =", "surname =", 1), "unknown entry surname"),
        (lambda text: text.replace('name = "alice"', "name = 7"), "has no usable name"),
        (lambda text: text.replace("addresses =", "address ="), "[dealer] has no addresses"),
        (lambda text: text[: text.index("[dealer]")], "no [[party]] or no [dealer]"),
        (lambda text: text.replace("run_id", "# run_id"), "has no usable run_id"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, change, says):
    path = tmp_path / "run.toml"
    path.write_text(change(run_file.write(RUN)))
    with pytest.raises(RunFileProblem) as refused:
        run_file.read(path)
    assert says in refused.value.what and refused.value.todo
    with pytest.raises(RunFileProblem, match="cannot be read"):
        run_file.read(tmp_path / "none.toml")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("organisations") / "run"
    assert cert.main(["init", str(made), "--party", "bob", "--party", "alice=alice.example.com:29500", "--party", "carol=[2001:db8::7]:29501", "--dealer", "one:1", "--dealer", "two:2"]) == 0
    return made


def test_init_puts_the_party_without_address_last_and_every_pin_in_every_bundle(folder):
    texts = {(folder / name / "run.toml").read_text() for name in ("alice", "carol", "bob", "dealer")}
    assert len(texts) == 1
    run = run_file.read(folder / "bob" / "run.toml")
    assert [(party.name, party.address) for party in run.parties] == [("alice", "alice.example.com:29500"), ("carol", "[2001:db8::7]:29501"), ("bob", None)]
    assert run.dealers == ("one:1", "two:2")
    for rank, party in enumerate(run.parties):
        assert join.member(folder / party.name / "run.toml", party.name) == (run, party.name)
        assert f"party-{rank} of run {run.run_id}" in cert.check_bundle(folder / party.name)


def test_the_doctor_finds_bundles_that_bear_names(folder):
    assert [bundle.name for bundle in bundles(folder)] == ["alice", "bob", "carol", "dealer"]


def test_the_environment_of_a_party(folder):
    run = run_file.read(folder / "bob" / "run.toml")
    environment = join.party_environment(run, 1, folder / "carol")
    assert environment == {
        "RANK": "1",
        "WORLD_SIZE": "3",
        "CRYPTEN_ADDRESSES": "alice.example.com:29500,[::]:29501,dials-out.invalid:1",
        "CRYPTEN_DEALER": "one:1,two:2",
        "CRYPTEN_RUN_FOLDER": str(folder / "carol"),
    }
    assert join.party_environment(run, 2, folder / "bob")["CRYPTEN_ADDRESSES"] == "alice.example.com:29500,[2001:db8::7]:29501,localhost:0"
    listening = dataclasses.replace(run, parties=(dataclasses.replace(run.parties[0], listen="10.0.0.7:1"), *run.parties[1:]))
    assert join.party_environment(listening, 0, folder / "alice")["CRYPTEN_ADDRESSES"].startswith("10.0.0.7:1,")


def test_the_dealer_s_command(folder):
    run = run_file.read(folder / "dealer" / "run.toml")
    if join.dealer_program() is None:
        pytest.skip("no crypten-dealer: a build without gRPC")
    bundle = folder / "dealer"
    for replica, port in ((1, 1), (2, 2)):
        assert join.dealer_command(run, bundle, replica)[1:] == ["--listen", f"[::]:{port}", "--run-folder", str(bundle), "--master-key", str(bundle / "master.key")]
    for replica in (0, 3):
        with pytest.raises(RunFileProblem, match="no replica"):
            join.dealer_command(run, bundle, replica)


def launched(*arguments, **variables):
    return subprocess.run([sys.executable, "-m", "crypten_tools.launch", *map(str, arguments)], env=os.environ | variables, capture_output=True, text=True, timeout=60, check=False)


def test_the_launcher_becomes_the_program(folder):
    show = "import os, sys; print(os.environ['RANK'], os.environ['CRYPTEN_DEALER'], 'MASTER_PORT' in os.environ); sys.exit(7)"
    run = launched("--run", folder / "bob" / "run.toml", "--party", "bob", sys.executable, "-c", show, MASTER_PORT="1")
    assert (run.stdout, run.returncode) == ("2 one:1,two:2 False\n", 7), run.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--party", "alice", "ls"], "the bundle beside {run} is that of bob, not of alice"),
        (["--party", "dealer", "ls"], "is that of bob, not of dealer"),
        (["--party", "mallory", "ls"], "nobody in this run is called mallory"),
        ([], "no program is given for bob"),
        (["no-such-program"], "No such file"),
        (["no-such-script.py"], "there is no script no-such-script.py"),
        (["--timeout", "3", "ls"], "--timeout is for runs on one machine"),
        (["-n", "2", "ls"], "--parties is for runs on one machine"),
    ],
)
def test_the_launcher_refuses(folder, arguments, says):
    path = folder / "bob" / "run.toml"
    run = launched("--run", path, *arguments)
    assert run.returncode != 0 and says.format(run=path) in run.stderr and "Traceback" not in run.stderr


def test_a_dealer_runs_no_program(folder):
    run = launched("--run", folder / "dealer" / "run.toml", "ls")
    assert run.returncode == 1 and "a dealer runs no program of yours" in run.stderr
    run = launched("--party", "alice", "-n", "2", "ls")
    assert run.returncode == 2 and "go with --run" in run.stderr


def test_pins_that_differ_from_the_roster_s_are_refused(folder, tmp_path):
    bundle = tmp_path / "bob"
    shutil.copytree(folder / "bob", bundle)
    text = (bundle / "run.toml").read_text()
    run = run_file.read(bundle / "run.toml")
    for mark in (run.parties[0].fingerprint, run.dealer_fingerprint, run.run_id):
        (bundle / "run.toml").write_text(text.replace(mark, MARK))
        with pytest.raises(RunFileProblem, match="name different certificates"):
            join.member(bundle / "run.toml")
    (bundle / "run.toml").write_text(text.replace("alice.example.com", "10.1.2.3"))  # an address may be edited
    assert join.member(bundle / "run.toml")[1] == "bob"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--party", "alice", "--party", "bob", "--dealer", "d:1"], "alice and bob only dial out, so they cannot meet"),
        (["--party", "alice=a:1", "--party", "bob"], "no dealer is named"),
        (["--party", "alice=a"], '"a" is not host:port'),
        (["--party", "alice=", "--dealer", "d:1"], '"" is not host:port'),
        (["--party", "alice=a:1", "-n", "2"], "--party names and counts the parties"),
        (["--dealer", "d:1"], "nobody is named"),
        ([], "nobody is named"),
    ],
)
def test_init_refuses_and_makes_nothing(tmp_path, capsys, arguments, says):
    assert cert.main(["init", str(tmp_path / "run"), *arguments]) == 1
    assert says in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_help_names_the_options(capsys):
    with pytest.raises(SystemExit):
        launch.main(["--help"])
    assert "--run RUN.TOML" in capsys.readouterr().out and pathlib.Path(launch.__file__).exists()
