#!/usr/bin/env bash
# Tools that Debian has no package of, from Python's registry, in a virtual environment of their own under build/.
#   python_venv.sh NAME PACKAGE==VERSION…      prints its bin folder, build/venv/NAME/bin; nothing is fetched twice
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
name=${1:?usage: python_venv.sh NAME PACKAGE==VERSION…}
shift
venv=$top/build/venv/$name
# What is there counts only when it is complete and what is asked for now.
if [ "$(cat "$venv/complete" 2>/dev/null)" != "$*" ]; then
  rm -rf "$venv"
  mkdir -p "$(dirname "$venv")"
  { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check "$@"; } >"$venv.log" 2>&1 || {
    tail -n 20 "$venv.log" >&2
    echo "python_venv.sh: could not install $*" >&2
    exit 1
  }
  echo "$*" >"$venv/complete"
fi
echo "$venv/bin"
