#!/usr/bin/env bash
# Malti's own SDK, from PyPI, in front of the built daemon: tests/sdk/run.sh [TEST…]
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
mapfile -t packages <"$top/tests/sdk/requirements.txt"
PANNIER_SDK_VENV=$("$top/tests/scripts/python_venv.sh" sdk "${packages[@]}")
export PANNIER_SDK_VENV
cd "$top/tests/sdk"
exec python3 -m unittest -b "${@:-sdk_test}"
