#!/usr/bin/env bash
# What a record costs the whole daemon: builds the release tree and prints a table, each row beside a plain program
# that receives and discards under the same load. Takes about three minutes and the building.
#   tests/bench/run.sh [SECONDS [SOCKET…]]   SECONDS of load for each row (5; in less than two,
#   records/s says little); SOCKET: stream, dgram, udp, http (all)
# The parts alone, ns a record: build/release/tests/bench/benchmarks [--benchmark_filter=decode]
# Only loopback, only processes of its own, which all end with it. Exit: 0, or 1 where a record is not accounted for.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$top"
export CCACHE_BASEDIR=$top CCACHE_NOHASHDIR=1
mkdir -p build
if ! { cmake --preset release && cmake --build build/release -j "$(nproc)" \
         --target pannier benchmarks bench_load bench_backend bench_discard; } >build/bench.build.log 2>&1; then
  tail -n 40 build/bench.build.log >&2
  exit 1
fi
exec python3 tests/bench/end_to_end.py build/release "${@:-5}"
