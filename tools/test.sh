#!/usr/bin/env bash
# Every test: C++ (Catch2) and Python, every decoder fuzzed for FUZZ_SECONDS (default 15), clang-tidy, control flow under valgrind, and the C++ tests once more on a library with AddressSanitizer and UBSan and on one
# with ThreadSanitizer.
# Ends with a table of minutes and one line that counts the test cases. Results stay in build/results as JUnit files; tools/results.py reads them.
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
  env --default-signal=INT,QUIT "$@" >"$results/$name.log" 2>&1 || status=$?  # bash has what runs beside it ignore them
  [ $status -eq 0 ] || { tail -n 100 "$results/$name.log"; echo "   $name ended with $status"; }
  echo "$name $((SECONDS - started)) $status" >>"$results/blocks.txt"
}

instrumented='~[.]~[secrecy]~[slow]'  # what runs on instrumented libraries as well; all of it: make asan, make tsan

# Two rows of blocks side by side: most tests wait more than they compute. A thread of OpenMP that waits for the others must not take their core.
export OMP_WAIT_POLICY=passive
cpp() {
  for program in build/*_tests; do
    name=$(basename "${program%_tests}")
    block "$name" timeout 1500 "$program" -r junit -o "$results/$name.xml"
  done
  block fuzz tools/fuzz.sh "${FUZZ_SECONDS:-15}"
  block memcheck tools/memcheck.sh
  block tidy tools/tidy.sh crypten_core comm mpc
  block address tools/instrumented.sh address "$instrumented"
}
pytest=(.venv/bin/python -m pytest -q --timeout 600 -p no:cacheprovider)
others() {
  block python env OMP_NUM_THREADS=1 "${pytest[@]}" --durations 20 --junitxml "$results/python.xml" python/tests tests/layering
  # What shares tensors by the fixture `private`, with these on a device: the emulated one, and a GPU where there is one.
  mapfile -t on_device < <(grep -lE '^def test_.*\bprivate\b' python/tests/test_*.py)
  for device in emulated $(.venv/bin/python -c 'import torch; print("cuda" if torch.cuda.is_available() else "")'); do
    block "python_$device" env OMP_NUM_THREADS=1 CRYPTEN_TEST_DEVICE="$device" "${pytest[@]}" --junitxml "$results/python_$device.xml" "${on_device[@]}"
  done
  block thread tools/instrumented.sh thread "$instrumented"
}
SECONDS=0
cpp &
others &
wait
echo "$SECONDS" >"$results/elapsed.txt"
.venv/bin/python tools/results.py hardening >"$results/claims.log" 2>&1 || { cat "$results/claims.log"; echo "claims 0 1" >>"$results/blocks.txt"; }
.venv/bin/python tools/results.py summary
