"""Files that Python reads, damaged in every way that a few thousand mutations find (D1): an answer or a named error, never another exception. The C++ decoders: tests/fuzz."""

import random

import pytest

import crypten_cpp as crypten
from crypten_tools.run_file import Member, RunFile, RunFileProblem, read, write
from test_live_ports import mutated

MUTATIONS = 1000
RUN = RunFile("9f1c", (Member("alice", "alice.example.com:29500", "a" * 64, "10.0.0.7:29500"), Member("bob", None, "b" * 64)), ("dealer.example.com:29510",), "d" * 64)
SETTINGS = '[encoder]\nprecision_bits = 20\n[communicator]\nround_timeout = 1e3\n[protocol]\ntruncation = "exact"\n'
DEEP = "x = " + "[" * 100_000


def inputs(text):
    rng = random.Random(5)
    yield text.encode()
    for _ in range(MUTATIONS):
        yield mutated(rng, text.encode())
    yield DEEP.encode()
    yield (DEEP + "]" * 100_000).encode()
    yield (".".join("a" * 1_500) + " = 1").encode()
    yield b"\xff\xfe"


def test_run_files(tmp_path):
    path = tmp_path / "run.toml"
    good = bad = 0
    for content in inputs(write(RUN)):
        path.write_bytes(content)
        try:
            run = read(path)
        except RunFileProblem:
            bad += 1
            continue
        good += 1
        path.write_text(write(run))
        assert read(path) == run, "what is read is written and read back as it was"
    assert good > 3 and bad > 100


def test_settings(tmp_path):
    path = tmp_path / "settings.toml"
    good = bad = 0
    for content in inputs(SETTINGS):
        path.write_bytes(content)
        config = crypten.Config()
        try:
            config.load_config(path)
        except crypten.Error as error:
            str(error).encode()  # it can be printed
            bad += 1
            continue
        good += 1
    assert good > 3 and bad > 100


@pytest.mark.parametrize("content", [DEEP.encode(), b"\xff"])
def test_what_is_no_toml_is_named(tmp_path, content):
    path = tmp_path / "file.toml"
    path.write_bytes(content)
    with pytest.raises(RunFileProblem, match="no TOML"):
        read(path)
    with pytest.raises(crypten.errors.InvalidArgument, match="CRY-0603"):
        crypten.Config().load_config(path)
