#!/usr/bin/env bash
# Coverage-guided fuzzing of every decoder (tests/fuzz), and of live ports:
#   tools/fuzz.sh SECONDS [target…]   each target for so long, FUZZ_JOBS side by side (default 1); results into build/results/fuzz.xml
#   tools/fuzz.sh --seeds             writes the committed corpus anew, after a format changed
# A finding stays in build-fuzz/findings/<target>, with the command that shows it again. Inputs that reached new code stay in build-fuzz/inputs/<target> when a run is long
# (FUZZ_KEEP=1): the next long run goes on from there. Short runs begin with the committed corpus, so that they do not depend on what ran before.
set -uo pipefail
cd "$(dirname "$0")/.."
targets="frame tensor handshake_message handshake last_words dealer_greeting request dealer correction graph roster configuration certificate"
usage() { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -ge 1 ] || usage
folder=$PWD/build-fuzz
results=$PWD/build/results
findings=$folder/findings
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=0 UBSAN_OPTIONS=print_stacktrace=1 OMP_NUM_THREADS=1 CRYPTEN_THREADS=1

[ -f build/lib/libcrypten.so ] || { echo "fuzz: build first" >&2; exit 1; }
started=$SECONDS
cmake -S tests/fuzz -B "$folder" -G Ninja -DCMAKE_CXX_COMPILER=clang++-14 -DPython_EXECUTABLE="$PWD/.venv/bin/python" >"$folder.log" 2>&1 &&
  cmake --build "$folder" -j "${FUZZ_JOBS:-1}" >>"$folder.log" 2>&1 || { tail -40 "$folder.log" >&2; echo "fuzz: the targets do not build" >&2; exit 1; }
rm -f "$folder.log"
echo "   fuzz: built in $((SECONDS - started)) s"

if [ "$1" = --seeds ]; then
  for target in $targets; do
    rm -f tests/fuzz/corpus/"$target"/seed-*
    "$folder/$target" --write-seeds="tests/fuzz/corpus/$target" || exit 1
  done
  exit 0
fi

seconds=$1
shift
case $seconds in '' | *[!0-9]*) usage ;; esac
chosen="${*:-$targets}"
mkdir -p "$results" "$findings"
cases=$folder/cases.txt
: >"$cases"

# record NAME OUTCOME SECONDS TEXT…: one test case. The name is stable, what was reached is in the text.
record() { local name=$1 outcome=$2 took=$3; shift 3; printf '%s\t%s\t%s\t%s\n' "$name" "$outcome" "$took" "$*" >>"$cases"; }

# Each planted defect must be found, or nothing else would be either.
if [ $# -eq 0 ]; then
  for defect in overflow allocation encoding error; do
    begun=$SECONDS
    rm -rf "$folder/planted" && mkdir "$folder/planted"
    if "$folder/planted_$defect" -seed=1 -max_total_time=60 -artifact_prefix="$folder/planted/" -print_final_stats=0 >"$folder/planted/log" 2>&1; then
      record "planted defect: $defect" failed $((SECONDS - begun)) "was not found"
    elif ! ls "$folder"/planted/crash-* >/dev/null 2>&1; then
      record "planted defect: $defect" failed $((SECONDS - begun)) "$(tail -3 "$folder/planted/log" | tr '\n\t' '  ')"
    else
      record "planted defect: $defect" passed $((SECONDS - begun)) "found"
      echo "   fuzz: planted defect found: $defect"
    fi
  done
fi

run_target() {
  local target=$1 status=0 corpus=$PWD/tests/fuzz/corpus/$1 inputs=$folder/inputs/$1 log=$folder/$1.log own=$findings/$1 kept=() begun=$SECONDS
  mkdir -p "$own"
  if [ -n "${FUZZ_KEEP:-}" ]; then mkdir -p "$inputs"; kept=("$inputs"); else kept=("$(mktemp -d "$folder/inputs-XXXXXX")"); fi
  if ! "$folder/$target" --check-seeds="$corpus" >"$log" 2>&1; then
    record "$target" failed 0 "$(tail -3 "$log" | tr '\n\t' '  ')"
    return
  fi
  local options=(-rss_limit_mb=2048 -malloc_limit_mb=256 -timeout=20)
  # The seed of the mutations is that of the day, unless the run is short: then always the same.
  local seed=1
  [ -z "${FUZZ_KEEP:-}" ] || seed=$(date +%s)
  [ ! -f "tests/fuzz/$target.dict" ] || options+=("-dict=tests/fuzz/$target.dict")
  "$folder/$target" "${options[@]}" -seed="$seed" -max_len=8192 -max_total_time="$seconds" -print_final_stats=1 -artifact_prefix="$own/" "${kept[@]}" "$corpus" >"$log" 2>&1 || status=$?
  local runs reached
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  reached=$(grep -oE 'cov: [0-9]+' "$log" | tail -1)
  [ -n "${FUZZ_KEEP:-}" ] || rm -rf "${kept[0]}"
  if [ $status -eq 0 ]; then
    record "$target" passed $((SECONDS - begun)) "${runs:-0} inputs in $seconds s, $reached"
    echo "   fuzz: $target: ${runs:-0} inputs in $seconds s, $reached"
  else
    local input
    input=$(grep -oE "Test unit written to .*" "$log" | tail -1 | cut -d' ' -f5-)
    record "$target" failed $((SECONDS - begun)) "shown again by: $folder/$target ${input:-?} -- $(grep -E 'REQUIRED|ERROR: |runtime error|not a named error' "$log" | head -3 | tr '\n\t' '  ')"
    echo "   fuzz: $target FAILED; shown again by: $folder/$target ${input:-?}; $log ends with" && tail -40 "$log"
  fi
}
for target in $chosen; do
  while [ "$(jobs -rp | wc -l)" -ge "${FUZZ_JOBS:-1}" ]; do wait -n; done
  run_target "$target" &
done
wait

.venv/bin/python - "$cases" "$results/fuzz.xml" <<'PYTHON'
import sys
from xml.etree import ElementTree

suite = ElementTree.Element("testsuite", name="fuzz")
for line in open(sys.argv[1], encoding="utf-8", errors="replace"):
    name, outcome, took, text = line.rstrip("\n").split("\t", 3)
    case = ElementTree.SubElement(suite, "testcase", name=name, time=took)
    shown = "".join(c if c.isprintable() else "?" for c in text)
    ElementTree.SubElement(case, "failure" if outcome == "failed" else "system-out", **({"message": shown} if outcome == "failed" else {})).text = shown
ElementTree.ElementTree(suite).write(sys.argv[2], encoding="utf-8", xml_declaration=True)
PYTHON
! grep -q "$(printf '\tfailed\t')" "$cases"
