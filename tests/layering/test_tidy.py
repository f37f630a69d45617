"""The configuration of clang-tidy is active: one defect of each family is found. `make tidy` looks at the library."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

DEFECTS = {
    "bugprone-use-after-move": "#include <string>\n#include <utility>\nsize_t f(std::string s) { std::string t = std::move(s); return s.size() + t.size(); }\n",
    "cert-err52-cpp": "#include <csetjmp>\nint f(jmp_buf where) { return setjmp(where); }\n",
    "concurrency-thread-canceltype-asynchronous": "#include <pthread.h>\nvoid f() { int old; pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old); }\n",
    "performance-for-range-copy": "#include <string>\n#include <vector>\nsize_t f(const std::vector<std::string>& all) { size_t n = 0; for (const auto one : all) n += one.size(); return n; }\n",
}


@pytest.mark.parametrize("check", DEFECTS)
def test_a_defect_is_found(tmp_path, check):
    file = tmp_path / "defect.cpp"
    file.write_text(DEFECTS[check])
    done = subprocess.run(
        [Path(sys.executable).parent / "clang-tidy", f"--config-file={ROOT / '.clang-tidy'}", "--quiet", file, "--", "-std=c++20"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode != 0 and check in done.stdout, done.stdout + done.stderr


def test_sound_code_passes(tmp_path):
    file = tmp_path / "sound.cpp"
    file.write_text("int f(int x) { return x + 1; }\n")
    done = subprocess.run([Path(sys.executable).parent / "clang-tidy", f"--config-file={ROOT / '.clang-tidy'}", "--quiet", file, "--", "-std=c++20"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
