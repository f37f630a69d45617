#!/usr/bin/env bash
# clang-tidy (.clang-tidy) over the sources of the library, or of the given folders: all but autograd and nn in `make test`, all in `make tidy`.
# Sources are read in the units of the instrumented builds, so that torch's headers are parsed once for several of them. Prints each finding once.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- crypten_core comm mpc autograd nn
IFS=';'
folders="$*"
unset IFS
# Without precompiled headers, which clang cannot read from GCC.
cmake --preset asan -B build-tidy -DCRYPTEN_SANITIZE= -DCRYPTEN_FOLDERS="$folders" -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON >/dev/null
mapfile -t units < <(.venv/bin/python -c 'import json; print("\n".join(entry["file"] for entry in json.load(open("build-tidy/compile_commands.json")) if "empty" not in entry["file"] and "/crypten.dir/" not in entry["file"] and "_pch.dir" not in entry["file"]))')
[ ${#units[@]} -gt 0 ] || { echo "nothing to read" >&2; exit 1; }
status=0
printf '%s\n' "${units[@]}" | xargs -P "$(nproc)" -n 1 .venv/bin/clang-tidy -p build-tidy --quiet --extra-arg=-Wno-unknown-warning-option >build-tidy/findings.txt 2>build-tidy/log.txt || status=$?
grep -E '(error|warning):' build-tidy/findings.txt | sort -u || true
[ $status -eq 0 ] || tail -3 build-tidy/log.txt
echo "clang-tidy read ${#units[@]} units of $folders"
exit $status
