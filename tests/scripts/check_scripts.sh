#!/usr/bin/env bash
# Every shell script of the checkout parses; shellcheck looks too where it is installed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
mapfile -d '' scripts < <(find . \( -path ./build -o -path ./.git \) -prune -o -type f \( -name '*.sh' -o -path ./.ci/run \) -print0)
status=0
for script in "${scripts[@]}"; do
  bash -n "$script" || status=1
done
if command -v shellcheck >/dev/null; then
  shellcheck --severity=warning --shell=bash "${scripts[@]}" || status=1
fi
echo "${#scripts[@]} scripts"
exit $status
