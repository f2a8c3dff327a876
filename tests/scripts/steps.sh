#!/usr/bin/env bash
# Sourced by tests/run.sh: runs named checks, keeps their minutes and counts, and closes with one line.
# A check that runs ctest adds ctest's own counts; every other check counts as one. A check that ends with 77 was not
# run, said why in words, and is counted so.

passed=0
failed=0
skipped=0
failures=()
minutes=()

seconds_as_minutes() { printf '%d.%d' $(($1 / 60)) $(($1 % 60 / 6)); }

word_for() {
  case $1 in 0) echo passed ;; 77) echo "NOT RUN" ;; *) echo FAILED ;; esac
}

# step NAME COMMAND…: runs it and prints its minutes; its status is the command's.
step() {
  local name=$1 status=0 begun=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  "$@" || status=$?
  minutes+=("$(seconds_as_minutes $((SECONDS - begun))) min  $name")
  printf '== %s: %s, %s min\n' "$name" "$([ $status -eq 0 ] && echo passed || echo FAILED)" \
    "$(seconds_as_minutes $((SECONDS - begun)))"
  return $status
}

# check NAME COMMAND…: a step that counts as one.
check() {
  local status=0
  step "$@" || status=$?
  case $status in
    0) passed=$((passed + 1)) ;;
    77) skipped=$((skipped + 1)) ;;
    *)
      failed=$((failed + 1))
      failures+=("$1")
      ;;
  esac
}

# count_ctest NAME LOG STATUS: adds what ctest counted; a ctest that counted nothing is one failure.
count_ctest() {
  local line
  line=$(grep -E '^[0-9]+% tests passed, [0-9]+ tests failed out of [0-9]+' "$2" | tail -n 1)
  if [[ $line =~ ,\ ([0-9]+)\ tests\ failed\ out\ of\ ([0-9]+) ]]; then
    failed=$((failed + BASH_REMATCH[1]))
    passed=$((passed + BASH_REMATCH[2] - BASH_REMATCH[1]))
    [ "$3" -eq 0 ] || failures+=("$1")
  else
    failed=$((failed + 1))
    failures+=("$1 (no test was run)")
  fi
}

# closing: the table of minutes, what failed, and the line that counts; its status is the whole run's.
closing() {
  printf '\n%s\n' "minutes:"
  printf '  %s\n' "${minutes[@]}"
  printf '  %s min  together\n' "$(seconds_as_minutes $SECONDS)"
  [ ${#failures[@]} -eq 0 ] || printf 'failed: %s\n' "${failures[@]}"
  printf '%d passed, %d failed%s\n' $passed $failed "$([ $skipped -eq 0 ] || echo ", $skipped skipped")"
  [ $failed -eq 0 ] && [ $passed -gt 0 ]
}
