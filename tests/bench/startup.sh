#!/usr/bin/env bash
# How soon the daemon is ready on a backlog that a kill left and no cache holds: once in segments of 100 bytes,
# once in segments of 100 KB. Needs the release tree's test_fault.
#   tests/bench/startup.sh [MEBIBYTES]   1024 where nothing is said
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
PANNIER_BACKLOG_MIB=${1:-1024} "$top/build/release/tests/fault/test_fault" --gtest_filter='*StartupTest*' |
  grep -a '^ready after\|FAILED'
