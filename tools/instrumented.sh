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
address) preset=asan runtimes="libasan.so libubsan.so" flags=-fsanitize=address,undefined defects="after_free overflow" ;;
thread) preset=tsan runtimes="libtsan.so" flags=-fsanitize=thread defects=race ;;
coverage) preset=coverage runtimes="" flags= defects= ;;
*) echo "usage: $0 address|thread|coverage" >&2; exit 2 ;;
esac

folder=build-$preset
cmake --preset "$preset" >/dev/null
targets=crypten
# shellcheck disable=SC2086
cmake --build "$folder" --target $targets
preload=
for runtime in $runtimes; do preload+="$(g++ -print-file-name="$runtime") "; done
export CRYPTEN_DEALER_PROGRAM=$PWD/build/bin/crypten-dealer
export ASAN_OPTIONS=detect_stack_use_after_return=0:detect_leaks=1 LSAN_OPTIONS=suppressions=$PWD/tools/lsan.supp:print_suppressions=0
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=suppressions=$PWD/tools/tsan.supp:ignore_noninstrumented_modules=1:halt_on_error=1:second_deadlock_stack=1 OMP_NUM_THREADS=1  # the threads of OpenMP, which torch uses, are not seen either

# The defects of tests/instrumented, in the same arrangement, must be found.
if [ -n "$defects" ]; then
  g++ -O1 -g1 -fPIC -shared "$flags" -fno-sanitize-recover=all tests/instrumented/defects.cpp -o "$folder/libdefects.so"
  g++ -O1 tests/instrumented/main.cpp "$folder/libdefects.so" -Wl,--allow-shlib-undefined -Wl,-rpath,"$PWD/$folder" -o "$folder/defects"
  for defect in $defects; do
    if LD_PRELOAD="$preload" "$folder/defects" "$defect" >"$folder/defects.log" 2>&1; then
      cat "$folder/defects.log" >&2
      exit 1
    fi
    grep -qE 'heap-use-after-free|signed integer overflow|data race' "$folder/defects.log" || { cat "$folder/defects.log" >&2; exit 1; }
    echo "   $kind: planted defect found: $defect"
  done
fi

mkdir -p build/results
failed=0
programs="crypten_core comm comm_grpc mpc"
for name in $programs; do
  program=build/${name}_tests
  started=$SECONDS
  result=build/results/$kind-$name.xml  # tools/results.py counts it
  run=(env LD_LIBRARY_PATH="$PWD/$folder/lib:${LD_LIBRARY_PATH:-}" LD_PRELOAD="$preload" "$program" -r junit -o "$result" "$@")
  [[ $(LD_LIBRARY_PATH="$PWD/$folder/lib" ldd "$program") == *"$PWD/$folder/lib/libcrypten.so"* ]] || { echo "$program does not load $folder/lib/libcrypten.so" >&2; exit 1; }
  if "${run[@]}" >"$folder/$name.log" 2>&1; then
    echo "   $kind: $name: $(grep -c '<testcase ' "$result") sections, $((SECONDS - started)) s"
  else
    echo "   $kind: $name FAILED; $folder/$name.log ends with" && tail -60 "$folder/$name.log"
    grep -A6 -E '<(failure|error)' "$result" | head -60  # what the program itself found
    rm -f "$result"  # it may end in the middle
    failed=$((failed + 1))
  fi
done
if [ "$kind" = coverage ]; then
  .venv/bin/gcovr --root . --object-directory "$folder" --filter comm/ --filter mpc/ --exclude-throw-branches --merge-mode-functions=separate --gcov-exclude-directories '.*CompilerId.*' --gcov-ignore-errors=no_working_dir_found \
    --html-details "$folder/coverage.html" --json-summary "$folder/coverage.json" --print-summary --fail-under-line 90 -o "$folder/coverage.txt" || failed=$((failed + 1))
fi
exit $((failed > 0))
