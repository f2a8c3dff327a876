#!/usr/bin/env bash
# Replays each fuzzer's kept corpus, then fuzzes it for some seconds; needs the asan tree's target `fuzzers`.
#   fuzz.sh SECONDS [NAME…]
# What it finds goes to build/fuzz/NAME (new inputs) and build/fuzz/NAME-crash-* (failures: add them to the corpus).
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
seconds=${1:?usage: fuzz.sh SECONDS [NAME…]}
shift
names=("$@")
if [ ${#names[@]} -eq 0 ]; then
  for fuzzer in build/asan/tests/fuzz/*_fuzzer; do names+=("$(basename "$fuzzer" _fuzzer)"); done
fi

fuzz_one() {
  local name=$1 binary=build/asan/tests/fuzz/$1_fuzzer corpus=tests/fuzz/corpus/$1 found=build/fuzz/$1
  mkdir -p "$found"
  local limits=(-timeout=10 -rss_limit_mb=2048 -max_len=4096 "-artifact_prefix=build/fuzz/$name-")
  if ! { "$binary" "${limits[@]}" -runs=0 "$corpus" &&
    "$binary" "${limits[@]}" "-max_total_time=$seconds" "$found" "$corpus"; } >"build/fuzz/$name.log" 2>&1; then
    tail -n 60 "build/fuzz/$name.log"
    echo "$name: FAILED"
    return 1
  fi
  echo "$name: $(find "$corpus" -type f | wc -l) kept inputs replayed, $(grep -E '^Done ' "build/fuzz/$name.log" | tail -n 1)"
}

mkdir -p build/fuzz
running=()
status=0
for name in "${names[@]}"; do
  if [ ${#running[@]} -ge "$(nproc)" ]; then
    wait "${running[0]}" || status=1
    running=("${running[@]:1}")
  fi
  fuzz_one "$name" &
  running+=($!)
done
for job in "${running[@]}"; do wait "$job" || status=1; done
exit $status
