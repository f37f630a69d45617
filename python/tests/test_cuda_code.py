"""What nvcc makes of the kernels that are bound by registers and matrix instructions, where it is installed; no GPU is needed."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/cuda/bin"])
NVCC, CUOBJDUMP = shutil.which("nvcc", path=PATH), shutil.which("cuobjdump", path=PATH)

pytestmark = pytest.mark.skipif(NVCC is None, reason="no nvcc")


def compiled(name, architecture, out, *options):
    command = [NVCC, "-std=c++17", "-O3", f"-arch={architecture}", "--expt-relaxed-constexpr", "-I.", *options, f"cuda/{name}.cu", "-o", str(out)]
    run = subprocess.run(command, cwd=ROOT, env={**os.environ, "PATH": PATH}, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stderr


@pytest.mark.parametrize("name", ["aes_ctr", "ring_product", "ring_residues"])
def test_no_kernel_spills_registers(name, tmp_path):
    said = compiled(name, "sm_90a", tmp_path / "kernels.cubin", "-cubin", "-Xptxas", "-v")
    kernels = re.findall(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", said)
    assert kernels and all(set(kernel) == {"0"} for kernel in kernels), said
    assert "serialized" not in said, said  # ptxas says so where it cannot let matrix instructions of a warpgroup overlap


def test_products_by_remainders_are_instructions_of_a_warpgroup(tmp_path):
    compiled("ring_residues", "sm_90a", tmp_path / "kernels.ptx", "-ptx")
    ptx = (tmp_path / "kernels.ptx").read_text()
    assert ptx.count("wgmma.mma_async.sync.aligned.m64n256k32.s32.s8.s8") == 4
    if CUOBJDUMP is None:
        return
    compiled("ring_residues", "sm_90a", tmp_path / "kernels.cubin", "-cubin")
    sass = subprocess.run([CUOBJDUMP, "-sass", tmp_path / "kernels.cubin"], env={**os.environ, "PATH": PATH}, capture_output=True, text=True, check=True).stdout
    assert sass.count("IGMMA.64x256x32.S8.S8") == 4


def test_other_architectures_compile_without_them(tmp_path):
    compiled("ring_residues", "sm_80", tmp_path / "kernels.ptx", "-ptx")
    ptx = (tmp_path / "kernels.ptx").read_text()
    assert "wgmma" not in ptx and "trap" in ptx
