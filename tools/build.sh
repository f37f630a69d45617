#!/usr/bin/env bash
# Configures once, so that a whole build is quick (preset `release`: files are compiled in groups), and builds what changed. For work on the library configure with
# `cmake --preset develop` instead: a changed file is compiled alone.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -f build/build.ninja ] || cmake --preset release >build-configure.log 2>&1 || { cat build-configure.log >&2; exit 1; }
rm -f build-configure.log
SECONDS=0
cmake --build build
echo "build $SECONDS 0" >build/last-build.txt
