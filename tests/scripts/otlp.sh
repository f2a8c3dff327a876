#!/usr/bin/env bash
# Decodes what the built daemon sends by Python's opentelemetry-proto and compares it span by span with the records
# that it was given, in each encoding and packing. The classes come from PyPI into build/otlp-venv, once.
#   tests/scripts/otlp.sh [BINARY [RECORDS]]     default: the release tree's, 2000 for each encoding and packing
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
here=$top/tests/scripts
venv=$top/build/otlp-venv
if ! cmp -s "$here/otlp_requirements.txt" "$venv/installed.txt"; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" --quiet --disable-pip-version-check install -r "$here/otlp_requirements.txt"
  cp "$here/otlp_requirements.txt" "$venv/installed.txt"
fi
exec "$venv/bin/python" "$here/otlp_spans.py" "${1:-$top/build/release/daemon/pannier}" "${2:-2000}"
