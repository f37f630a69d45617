#!/usr/bin/env bash
# Every test: C++ (Catch2 through ctest), then Python. Ends with one line that counts the test cases of both.
set -uo pipefail
cd "$(dirname "$0")/.."
export PYTHONPATH="$PWD/build/python:$PWD/python${PYTHONPATH:+:$PYTHONPATH}" PATH="$PWD/build/bin:$PATH" CRYPTEN_DEALER_PROGRAM="$PWD/build/bin/crypten-dealer"
passed=0 failed=0
count() { passed=$((passed + $1)); failed=$((failed + $2)); }

for program in build/*_tests; do
  log=$(mktemp)
  echo "== $(basename "$program")"
  started=$SECONDS
  timeout 1500 "$program" >"$log" 2>&1
  status=$?
  if [ $status -eq 0 ]; then
    cases=$(grep -oE 'in [0-9]+ test case' "$log" | grep -oE '[0-9]+' | tail -1)
    count "${cases:-0}" 0
    echo "   ${cases:-0} test cases, $((SECONDS - started)) s"
  else
    cat "$log"
    bad=$(grep -E '^test cases:' "$log" | grep -oE '[0-9]+ failed' | grep -oE '[0-9]+' | tail -1)
    good=$(grep -E '^test cases:' "$log" | grep -oE '[0-9]+ passed' | grep -oE '[0-9]+' | tail -1)
    count "${good:-0}" "${bad:-1}"
    echo "   $(basename "$program") FAILED (exit $status)"
  fi
  rm -f "$log"
done

log=$(mktemp)
echo "== pytest"
.venv/bin/python -m pytest -q --timeout 600 python/tests tests/layering 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
good=$(grep -oE '[0-9]+ passed' "$log" | tail -1 | grep -oE '[0-9]+')
bad=$(grep -oE '[0-9]+ (failed|error)' "$log" | grep -oE '[0-9]+' | awk '{s+=$1} END {print s+0}')
[ "$status" -eq 0 ] || [ "${bad:-0}" -gt 0 ] || bad=1
count "${good:-0}" "${bad:-0}"
rm -f "$log"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
