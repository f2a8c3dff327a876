#!/usr/bin/env bash
# Every C++ file is as clang-format writes it. To mend: clang-format-19 -i FILE
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
mapfile -d '' files < <(find lib daemon tests \( -name '*.cpp' -o -name '*.h' -o -name '*.hpp' \) -print0)
echo "${#files[@]} files"
clang-format-19 --dry-run -Werror "${files[@]}"
