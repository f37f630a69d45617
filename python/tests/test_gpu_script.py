"""What tools/gpu.sh does and says, with stand-ins for nvcc, CMake, torch and the programs that it builds: no GPU is needed."""

import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Both programs write down how they were called; the tests end as FAIL_… say.
TESTS = """#!/bin/sh
echo "tests $1 path=${CRYPTEN_CUDA_PRODUCTS:-any}" >>"$CALLS"
case "$1" in
  wgmma*) [ -z "$HANG" ] || sleep 60; exit "${FAIL_WGMMA:-0}" ;;
  *) exit "${FAIL_OTHERS:-0}" ;;
esac
"""
BENCHMARK = """#!/bin/sh
echo "benchmark path=${CRYPTEN_CUDA_PRODUCTS:-any}" >>"$CALLS"
echo "{}" >"$2"
exit "${FAIL_BENCHMARK:-0}"
"""
CMAKE = """#!/bin/sh
echo "cmake $1" >>"$CALLS"
[ "$1" = --build ] || exit 0
mkdir -p build-gpu/bin
cp "$STANDINS/tests" build-gpu/cuda_tests
cp "$STANDINS/benchmark" build-gpu/bin/benchmark-cuda
"""
LOUD = "gpu: products by wgmma FAILED on this device"


@pytest.fixture
def script(tmp_path):
    """Runs a copy of the script among stand-ins: its exit status, what it said, and what it called."""
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "gpu.sh", tmp_path / "tools")
    standins = tmp_path / "standins"
    standins.mkdir()
    for name, text in {"nvcc": "#!/bin/sh\n", "cmake": CMAKE, "tests": TESTS, "benchmark": BENCHMARK, "python": '#!/bin/sh\nexit "${NO_GPU:-0}"\n'}.items():
        (standins / name).write_text(text)
        (standins / name).chmod(0o755)
    calls = tmp_path / "calls"

    def run(*arguments, **environment):
        calls.write_text("")
        ambient = {name: value for name, value in os.environ.items() if name != "CRYPTEN_CUDA_PRODUCTS"}
        ambient |= {"PATH": f"{standins}:{os.environ['PATH']}", "PYTHON": str(standins / "python"), "CALLS": str(calls), "STANDINS": str(standins)}
        ran = subprocess.run([tmp_path / "tools" / "gpu.sh", *arguments], env=ambient | environment, capture_output=True, text=True, timeout=50, check=False)
        return ran.returncode, ran.stdout + ran.stderr, calls.read_text().splitlines()

    run.folder = tmp_path
    return run


def test_what_matters_most_comes_first(script):
    status, said, calls = script()
    assert status == 0, said
    assert calls == ["cmake --preset", "cmake --build", "tests wgmma* path=any", "tests ~wgmma* path=any", "benchmark path=any"]
    assert LOUD not in said and "FAILED" not in said
    assert (script.folder / "build-gpu" / "benchmark-cuda.json").exists()
    assert "done after" in (script.folder / "build-gpu" / "gpu.log").read_text()


def test_wrong_products_by_wgmma_are_said_loudly_and_left_out(script):
    status, said, calls = script(FAIL_WGMMA="1")
    assert status == 1
    assert LOUD in said and "something FAILED" in said
    assert calls[2:] == ["tests wgmma* path=any", "tests ~wgmma* path=mma", "benchmark path=mma"]


def test_products_by_wgmma_that_do_not_end_are_ended(script):
    status, said, calls = script(HANG="1", GPU_WGMMA_SECONDS="1")
    assert status == 1
    assert "the test of wgmma did not end within 1 s" in said and LOUD in said
    assert calls[3:] == ["tests ~wgmma* path=mma", "benchmark path=mma"]


@pytest.mark.parametrize("what", ["FAIL_OTHERS", "FAIL_BENCHMARK"])
def test_another_failure_hides_nothing_and_is_not_forgotten(script, what):
    status, said, calls = script(**{what: "1"})
    assert status == 1
    assert "something FAILED" in said and LOUD not in said
    assert calls[-1] == "benchmark path=any"


def test_without_a_gpu_nothing_is_built_and_that_is_said(script):
    status, said, calls = script(NO_GPU="1")
    assert status == 1 and calls == []
    assert "sees no CUDA device: look at nvidia-smi, or build only (tools/gpu.sh build)" in said


def test_without_a_gpu_building_works(script):
    status, _, calls = script("build", NO_GPU="1")
    assert status == 0
    assert calls[-1] == "tests ~wgmma* path=any"
