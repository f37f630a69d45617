"""The demo's path on 20 images: three processes, mutual TLS, certificates made for the run."""

import os
import pathlib
import re
import subprocess
import sys

import pytest
from safetensors.torch import load_file

import crypten_cpp as crypten

ROOT = pathlib.Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(not crypten._C.with_grpc, reason="built without comm/grpc")


def launch(*arguments, timeout=300):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CRYPTEN_") or k == "CRYPTEN_DEALER_PROGRAM"}
    return subprocess.run([sys.executable, "-m", "crypten_tools.launch", "-n", "2", "--dealer", *map(str, arguments)], capture_output=True, text=True, timeout=timeout, env=environment, cwd=ROOT)


def test_two_organisations_classify_digits(tmp_path):
    done = launch(sys.executable, "examples/1_classify_digits.py", "--images", 20, "--check", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "labels agree: 20 of 20" in done.stdout
    assert float(re.search(r"plaintext accuracy: ([\d.]+) %", done.stdout)[1]) >= 90  # of 20; the 360 have their own figure in the demo
    for rank in (0, 1):
        own = "\n".join(line for line in done.stdout.splitlines() if line.startswith(f"[{rank}]"))
        reveals = own.split("all that was revealed:")[1].strip().splitlines()
        assert len(reveals) == 1 and "20 elements (20) to rank 1" in reveals[0], own  # one reveal, of the labels, to B
    assert re.search(r"time per image: [\d.]+ ms; \d+ rounds, [\d,]+ bytes sent, [1-9][\d,]* dealer bytes", done.stdout)
    exported = load_file(tmp_path / "images.safetensors")
    assert exported["images"].shape == (20, 1, 8, 8) and set(exported) == {"images", "labels", "plaintext_labels"}


def test_an_exception_in_one_party_ends_all(tmp_path):
    program = tmp_path / "fails.py"
    program.write_text(
        "import torch, crypten_cpp as crypten\n"
        "crypten.init()\n"
        "x = crypten.cryptensor(torch.ones(2))\n"
        "if crypten.rank() == 1: raise LookupError('no such file')\n"
        "x.get_plain_text()\n"
    )
    done = launch(sys.executable, program)
    assert done.returncode != 0
    assert "LookupError" in done.stdout + done.stderr and "PeerAborted" in done.stdout + done.stderr
