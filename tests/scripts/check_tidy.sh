#!/usr/bin/env bash
# clang-tidy over the product's .cpp files; needs build/release/compile_commands.json.
#   check_tidy.sh yes|no    yes: also the files that include Asio or Beast, which take minutes
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
mapfile -t files < <(python3 tests/scripts/tidy_sources.py "${1:-no}")
[ ${#files[@]} -gt 0 ] || { echo "check_tidy.sh: no files found" >&2; exit 1; }
echo "${#files[@]} files"

# look_at [--checks=…] FILE…: clang-tidy's count of the warnings it suppressed in other people's headers is no news.
look_at() {
  local checks=()
  case $1 in --checks=*) checks=("$1") && shift ;; esac
  [ $# -eq 0 ] && return 0
  printf '%s\0' "$@" |
    timeout 1500 xargs -0 -n 1 -P "$(nproc)" clang-tidy-19 -p build/release --quiet --warnings-as-errors='*' \
      "${checks[@]}" 2> >(grep -v 'warnings generated' >&2)
}

# In Asio's own awaitable the analyzer sees a null pointer wherever a coroutine is spawned.
mapfile -t coroutines < <(grep -l co_await "${files[@]}")
mapfile -t others < <(grep -L co_await "${files[@]}")
status=0
look_at "${others[@]}" || status=1
look_at --checks=-clang-analyzer-core.NullDereference "${coroutines[@]}" || status=1
exit $status
