#!/usr/bin/env bash
# Compares what the built MaltiBody makes of hostile bodies with what the real FastAPI and pydantic make of them. These
# come from PyPI into build/venv/ingest, once.
#   tests/ingest/run.sh [BINARY [SEED]]     default: the release tree's ingest_answers
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
mapfile -t packages < <(grep -v '^#' "$top/tests/ingest/requirements.txt")
bin=$("$top/tests/scripts/python_venv.sh" ingest "${packages[@]}")
exec "$bin/python" "$top/tests/ingest/ingest_test.py" "${1:-$top/build/release/tests/ingest/ingest_answers}" "${@:2}"
