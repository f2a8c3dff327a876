#!/usr/bin/env bash
# clang-tidy over the product's .cpp files; needs build/release/compile_commands.json.
#   check_tidy.sh yes|no    yes: also the files that include Asio or Beast, which take minutes
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
mapfile -t files < <(python3 tests/scripts/tidy_sources.py "${1:-no}")
[ ${#files[@]} -gt 0 ] || { echo "check_tidy.sh: no files found" >&2; exit 1; }
echo "${#files[@]} files"
# clang-tidy's count of the warnings it suppressed in other people's headers is no news.
printf '%s\0' "${files[@]}" |
  timeout 1500 xargs -0 -n 1 -P "$(nproc)" \
    clang-tidy-19 -p build/release --quiet --warnings-as-errors='*' 2> >(grep -v 'warnings generated' >&2)
