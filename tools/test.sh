#!/usr/bin/env bash
# Every test: C++ (Catch2), then Python. Ends with a table of minutes and one line that counts the test cases. Results stay in build/results as JUnit files;
# tools/results.py reads them. With CRYPTEN_INSTRUMENTED=1 the C++ tests but the slow ones and the enumerations run twice more, on instrumented libraries (all of them: make asan, make tsan).
set -uo pipefail
cd "$(dirname "$0")/.."
export PYTHONPATH="$PWD/build/python:$PWD/python${PYTHONPATH:+:$PYTHONPATH}" PATH="$PWD/build/bin:$PATH" CRYPTEN_DEALER_PROGRAM="$PWD/build/bin/crypten-dealer"
results=$PWD/build/results
rm -rf "$results"
mkdir -p "$results"
cat build/last-build.txt >"$results/blocks.txt" 2>/dev/null

# block NAME COMMAND…: its minutes and its exit status; what it printed is shown if it failed.
block() {
  local name=$1 started=$SECONDS status=0
  shift
  echo "== $name"
  "$@" >"$results/$name.log" 2>&1 || status=$?
  [ $status -eq 0 ] || { tail -n 100 "$results/$name.log"; echo "   $name ended with $status"; }
  echo "$name $((SECONDS - started)) $status" >>"$results/blocks.txt"
}

for program in build/*_tests; do
  name=$(basename "${program%_tests}")
  block "$name" timeout 1500 "$program" -r junit -o "$results/$name.xml"
done
block python .venv/bin/python -m pytest -q --timeout 600 --durations 20 -p no:cacheprovider --junitxml "$results/python.xml" python/tests tests/layering
block tidy tools/tidy.sh crypten_core comm mpc
if [ -n "${CRYPTEN_INSTRUMENTED:-}" ]; then
  block address tools/instrumented.sh address '~[.]~[secrecy]~[slow]'
  block thread tools/instrumented.sh thread '~[.]~[secrecy]~[slow]'
fi
block claims .venv/bin/python tools/results.py hardening
.venv/bin/python tools/results.py summary
