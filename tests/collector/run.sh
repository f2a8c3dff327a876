#!/usr/bin/env bash
# A real OpenTelemetry Collector takes what the built daemon sends, in each encoding and packing, without an error.
# The Collector is built once into build/collector from go.mod and go.sum beside this file; that needs Go 1.26 and
# takes minutes, so it runs behind `tests/run.sh --all`, or by `tests/run.sh collector`.
#   tests/collector/run.sh [BINARY]     default: the release tree's
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
here=$top/tests/collector
collector=$top/build/collector/otelcol
if ! command -v go >/dev/null; then
  echo "tests/collector/run.sh: there is no go here; install Go 1.26 or newer" >&2
  exit 1
fi
if [ ! -x "$collector" ] || [ -n "$(find "$here" -newer "$collector" \( -name '*.go' -o -name 'go.*' \))" ]; then
  mkdir -p "$top/build/collector"
  (cd "$here" && GOFLAGS=-mod=readonly CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$collector" .)
fi
exec python3 "$here/collector.py" "$collector" "${1:-$top/build/release/daemon/pannier}"
