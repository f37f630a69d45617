#!/usr/bin/env bash
# Whether control flow and addresses depend on secrets: the cases of tests/memcheck under valgrind, whose memcheck takes secrets for memory
# that was never written.
#   tools/memcheck.sh            all cases with the kernels of this machine; the cost table for two parties once more with the portable ones
#   tools/memcheck.sh CASES      these only, as Catch2 names them
# Results in build/results, what memcheck found in build/memcheck.log and build/memcheck-portable.log.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v valgrind >/dev/null || { echo "memcheck: valgrind is missing; tools/setup.sh installs it" >&2; exit 1; }
[ -x build/memcheck_cases ] || { echo "memcheck: build first" >&2; exit 1; }
mkdir -p build/results
# A stack pointer that moves by more than 256 KiB has gone to the stack of another lane: those lie 1 MiB apart, and no frame is that large.
options=(--error-limit=no --num-callers=25 --max-stackframe=262144 --suppressions=tools/memcheck.supp --leak-check=no --read-inline-info=no --vgdb=no)
export OMP_NUM_THREADS=1 CRYPTEN_THREADS=1 CRYPTEN_ARENA=off  # kept memory would keep its marks
unset CRYPTEN_KERNELS
failed=0
for name in memcheck memcheck-portable; do
  cases=("$@")
  if [ $name = memcheck-portable ]; then
    export CRYPTEN_KERNELS=portable
    [ $# -gt 0 ] || cases=("*two parties")
  fi
  log=build/$name.log result=build/results/$name.xml started=$SECONDS
  if valgrind "${options[@]}" --log-file="$log" build/memcheck_cases -r junit -o "$result" "${cases[@]}" >"$log.output" 2>&1; then
    echo "   $name: $(grep -c '<testcase ' "$result") cases, $((SECONDS - started)) s"
  else
    failed=1
    cat "$log.output"
    [ ! -f "$result" ] || grep -A8 -E '<(failure|error)' "$result" | head -80
    echo "   $name FAILED: findings in $log; those of planted defects are among them"
  fi
done
exit $failed
