#!/usr/bin/env bash
# clang-tidy (.clang-tidy) over the sources of the given folders; default: all of the library. Installs clang-tidy where it is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v run-clang-tidy >/dev/null; then
  as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends clang-tidy >/dev/null
fi
# Without precompiled headers, which clang cannot read from GCC.
[ -f build-tidy/compile_commands.json ] || cmake --preset release -B build-tidy -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON -DCMAKE_EXPORT_COMPILE_COMMANDS=ON \
  -DCRYPTEN_TESTS=OFF -DCRYPTEN_PYTHON=OFF -DCRYPTEN_PROGRAMS=OFF -DCRYPTEN_CUDA=OFF >/dev/null
folders=("$@")
[ $# -gt 0 ] || folders=(crypten_core comm mpc autograd nn)
pattern=$(IFS='|'; echo "^$PWD/(${folders[*]})/")
run-clang-tidy -quiet -p build-tidy "$pattern"
