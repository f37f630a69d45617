#!/usr/bin/env bash
# clang-tidy (.clang-tidy) over the sources of the given folders or files; default: all of the library.
set -euo pipefail
cd "$(dirname "$0")/.."
# Without precompiled headers, which clang cannot read from GCC.
cmake --preset release -B build-tidy -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON -DCRYPTEN_TESTS=OFF -DCRYPTEN_PYTHON=OFF -DCRYPTEN_PROGRAMS=OFF -DCRYPTEN_CUDA=OFF >/dev/null
wanted=("$@")
[ $# -gt 0 ] || wanted=(crypten_core comm mpc autograd nn)
git ls-files -- "${wanted[@]}" | grep '\.cpp$' | xargs -P "$(nproc)" -n 1 .venv/bin/clang-tidy -p build-tidy --quiet
