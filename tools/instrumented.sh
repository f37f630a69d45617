#!/usr/bin/env bash
# Runs the C++ tests of crypten_core, comm and mpc on an instrumented library: tools/instrumented.sh address|thread|coverage [options of Catch2]
#   address   AddressSanitizer and UndefinedBehaviorSanitizer: any finding ends the program
#   thread    ThreadSanitizer; gRPC and Abseil, which are not instrumented, are suppressed (tools/tsan.supp)
#   coverage  which lines of comm and mpc the tests reach; fails below 90 %
# Only libcrypten.so is compiled again. The test programs are those of build/: what is looked at is the library.
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:?address, thread or coverage}
shift
case $kind in
address) preset=asan runtimes="libasan.so libubsan.so" sign=__asan_report_load8 ;;
thread) preset=tsan runtimes="libtsan.so" sign=__tsan_read8 ;;
coverage) preset=coverage runtimes="" sign= ;;
*) echo "usage: $0 address|thread|coverage" >&2; exit 2 ;;
esac

folder=build-$preset
cmake --preset "$preset" >/dev/null
cmake --build "$folder" --target crypten
preload=
for runtime in $runtimes; do preload+="$(g++ -print-file-name="$runtime") "; done
[ -z "$sign" ] || [[ $(nm -D "$folder/lib/libcrypten.so") == *"U $sign"* ]] || { echo "$folder/lib/libcrypten.so is not instrumented" >&2; exit 1; }
export CRYPTEN_DEALER_PROGRAM=$PWD/build/bin/crypten-dealer
export ASAN_OPTIONS=detect_stack_use_after_return=0:detect_leaks=1 LSAN_OPTIONS=suppressions=$PWD/tools/lsan.supp:print_suppressions=0
export UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=suppressions=$PWD/tools/tsan.supp:halt_on_error=1:second_deadlock_stack=1
failed=0
for name in crypten_core comm comm_grpc mpc; do
  program=build/${name}_tests
  started=$SECONDS
  run=(env LD_LIBRARY_PATH="$PWD/$folder/lib:${LD_LIBRARY_PATH:-}" LD_PRELOAD="$preload" "$program" "$@")
  [[ $(LD_LIBRARY_PATH="$PWD/$folder/lib" ldd "$program") == *"$PWD/$folder/lib/libcrypten.so"* ]] || { echo "$program does not load $folder/lib/libcrypten.so" >&2; exit 1; }
  if "${run[@]}" >"$folder/$name.log" 2>&1; then
    echo "   $kind: $name: $(grep -oE '[0-9]+ test cases?' "$folder/$name.log" | tail -1), $((SECONDS - started)) s"
  else
    echo "   $kind: $name FAILED; $folder/$name.log ends with" && tail -60 "$folder/$name.log"
    failed=$((failed + 1))
  fi
done
if [ "$kind" = coverage ]; then
  .venv/bin/gcovr --root . --object-directory "$folder" --filter comm/ --filter mpc/ --exclude-throw-branches --merge-mode-functions=separate \
    --html-details "$folder/coverage.html" --json-summary "$folder/coverage.json" --print-summary --fail-under-line 90 -o "$folder/coverage.txt" || failed=$((failed + 1))
fi
exit $((failed > 0))
