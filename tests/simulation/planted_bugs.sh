#!/usr/bin/env bash
# Searches for the first seed that catches each planted bug: seeds 1 to 10,000 of tier A, then 1 to 500 of tier B.
#   tests/simulation/planted_bugs.sh [--keep] [BUG…]
# --keep writes what was found into bugs/kept_seeds.txt, which CI runs. Needs build/release with the target
# planted_bugs; tests/run.sh planted_bugs builds that first. Exit: 0 all are caught, 1 one is not, 2 wrong arguments.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
binaries=$here/../../build/release/tests/simulation
kept=$here/bugs/kept_seeds.txt

keep=no
bugs=()
while [ $# -gt 0 ]; do
  case $1 in
    --keep) keep=yes ;;
    -*)
      echo "planted_bugs.sh: unknown option $1; there is --keep" >&2
      exit 2
      ;;
    *)
      if [ ! -f "$here/bugs/$1.patch" ]; then
        echo "planted_bugs.sh: no such bug: $1; see tests/simulation/bugs" >&2
        exit 2
      fi
      bugs+=("$1")
      ;;
  esac
  shift
done
if [ ${#bugs[@]} -eq 0 ]; then
  for patch in "$here"/bugs/*.patch; do bugs+=("$(basename "$patch" .patch)"); done
fi

# search BUG TIER: the complaint of the first seed that breaks a promise; empty: none.
search() { timeout 600 "$binaries/simulation_with_$1" --tier "$2" --first | sed -n 's/^tier [AB], seed //p' | head -n 1; }

status=0
found=()
for bug in "${bugs[@]}"; do
  if [ ! -x "$binaries/simulation_with_$bug" ]; then
    echo "$bug: not built: is it in tests/simulation/CMakeLists.txt?"
    status=1
    continue
  fi
  begun=$(date +%s%N)
  tier=A
  complaint=$(search "$bug" A)
  if [ -z "$complaint" ]; then
    tier=B
    complaint=$(search "$bug" B)
  fi
  seconds=$(((($(date +%s%N) - begun) / 10000000)))
  seconds=$(printf '%d.%02d' $((seconds / 100)) $((seconds % 100)))
  if [ -z "$complaint" ]; then
    echo "$bug: NOT CAUGHT by 10,000 seeds of tier A and 500 of tier B ($seconds s)"
    status=1
    continue
  fi
  echo "$bug: tier $tier, seed ${complaint%%:*} ($seconds s):${complaint#*:}"
  found+=("$bug $tier ${complaint%%:*}")
done

# Those that were not searched for, or not caught, stay as they were.
rewrite() {
  local line name bug
  echo "# Seeds that catch the planted bugs, written by tests/run.sh planted_bugs --keep: BUG TIER SEED."
  echo "# ctest runs each with its bug (it must be caught) and without any (every promise must be held)."
  {
    printf '%s\n' "${found[@]}"
    while read -r line; do
      name=${line%% *}
      case $line in '' | '#'*) continue ;; esac
      for bug in "${found[@]}"; do [ "${bug%% *}" = "$name" ] && continue 2; done
      [ -f "$here/bugs/$name.patch" ] && printf '%s\n' "$line"
    done <"$kept"
  } | LC_ALL=C sort
}
if [ $keep = yes ] && [ ${#found[@]} -gt 0 ]; then
  rewrite >"$kept.new" && mv "$kept.new" "$kept"
  echo "kept in tests/simulation/bugs/kept_seeds.txt"
fi
exit $status
