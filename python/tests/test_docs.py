"""What the README shows is what the examples are, and what they print; the cost table is the declarations'."""

import pathlib
import re
import subprocess
import sys

import pytest

import crypten_cpp

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(crypten_cpp.__file__).parents[2]  # build/python/crypten_cpp
README = (ROOT / "README.md").read_text()


def blocks(language):
    return [text for name, text in re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL) if name == language]


def test_the_programs_shown_are_the_examples():
    assert blocks("python")[0] == (ROOT / "examples/0_wages.py").read_text().split('"""\n\n', 1)[1]
    assert blocks("cpp")[0] == (ROOT / "examples/0_wages.cpp").read_text().split("\n", 1)[1]


@pytest.mark.skipif(not crypten_cpp._C.with_grpc, reason="built without comm/grpc")
@pytest.mark.parametrize("language", ["Python", "C++"])
def test_the_output_shown_is_the_output(language):
    shown = next(block for block in blocks("") if "$ build/bin/crypten-launch" in block and ("0_wages.py" in block) == (language == "Python"))
    command, expected = shown.split("\n", 1)
    words = [str(BUILD / word.removeprefix("build/")) if word.startswith("build/") else word for word in command.removeprefix("$ ").split()]
    run = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    lines = [line.rstrip() for line in run.stdout.splitlines() if re.match(r"\[\d\]", line)]
    assert sorted(lines, key=lambda line: line[:3]) == [line.rstrip() for line in expected.splitlines()]


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_the_cost_table_is_printed_from_the_declarations():
    printed = subprocess.run([BUILD / "bin/crypten-costs"], capture_output=True, text=True, timeout=120, check=True).stdout
    assert printed == (ROOT / "docs/costs.md").read_text(), "run `make costs`"
