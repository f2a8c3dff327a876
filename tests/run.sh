#!/usr/bin/env bash
# Installs what is missing, builds, runs every test, and closes with one line: "N passed, N failed".
#   tests/run.sh                          all checks but the slowest
#   tests/run.sh --all                    those too: clang-tidy over the files that include Asio or Beast, a start on
#                                         1 GiB of backlog, 5,000 simulated runs on SQLite, the search for seeds that
#                                         catch the planted bugs, half an hour under load with kills and without, a
#                                         scrape by promtool, a real OpenTelemetry Collector, and, as root, the service
#                                         under a real systemd, the image and the pod in containers, a bare Debian 12
#   tests/run.sh NAME…                    some: scripts structure format release service nginx otlp ingest examples sdk pod
#                                         tidy asan fuzz hostile tsan startup simulation_b planted_bugs soak metrics
#                                         collector nspawn image bare, or a part of tests' names (built and run in the
#                                         release tree); SOAK_MINUTES: 30 where it is not set
#   tests/run.sh simulation [--seed N] [--runs N] [--tier A|B] [--story]
#                                         months of a daemon's life in a second, by seeds; what led to a broken promise
#                                         is told step by step (the last 200; --story: all, whatever comes of it).
#                                         A: with a model of the store, B: with SQLite on files that fail. More options:
#                                         tests/simulation/main.cpp
#   tests/run.sh planted_bugs [--keep] [BUG…]
#                                         which seed catches which bug of tests/simulation/bugs first; --keep: CI is
#                                         to run these seeds from now on
# Exit: 0 all passed, 1 some failed, 2 wrong arguments, or packages are missing and may not be installed.
set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top" || exit 1
. tests/scripts/steps.sh

usage() { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$top/tests/run.sh"; }

all=no
names=()
while [ $# -gt 0 ]; do
  case $1 in
    --all) all=yes ;;
    -h | --help)
      usage
      exit 0
      ;;
    simulation | planted_bugs)
      names=("$1")
      shift
      break
      ;;
    -*)
      echo "tests/run.sh: unknown option $1" >&2
      usage >&2
      exit 2
      ;;
    *) names+=("$1") ;;
  esac
  shift
done
rest=("$@")

tests/scripts/install.sh build || exit $?

jobs=$(nproc)
symbolizer=$(command -v llvm-symbolizer-19)
export ASAN_SYMBOLIZER_PATH=$symbolizer
export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1
# The shim starts a thread in a forked child, too, which the thread sanitizer bears where it is told to.
export TSAN_OPTIONS=die_after_fork=0:halt_on_error=1:second_deadlock_stack=1:external_symbolizer_path=$symbolizer
# The same object for the same source, wherever the clone lies.
export CCACHE_BASEDIR=$top CCACHE_NOHASHDIR=1

# build TREE [TARGET…]: the compiler's output goes to a log that is shown where it fails.
build() {
  local tree=$1
  shift
  { cmake --preset "$tree" -DPANNIER_WERROR=ON && cmake --build "build/$tree" -j "$jobs" ${1:+--target "$@"}; } \
    >"build/$tree.build.log" 2>&1 && return 0
  sed -n '/FAILED\|CMake Error/,$p' "build/$tree.build.log" | head -n 120
  return 1
}

# run_ctest TREE ARGUMENT…
run_ctest() {
  local tree=$1 status
  shift
  ctest --test-dir "build/$tree" -j "$jobs" --output-on-failure --no-tests=error --timeout 300 "$@" \
    >"build/$tree.ctest.log" 2>&1
  status=$?
  if [ $status -eq 0 ]; then tail -n 12 "build/$tree.ctest.log"; else grep -v ' Passed ' "build/$tree.ctest.log"; fi
  return $status
}

# tree NAME CTEST-ARGUMENT…: builds a tree (one check) and runs its tests (as many as ctest counts).
tree() {
  local name=$1 status=0
  shift
  check "$name: build" build "$name"
  step "$name: tests" run_ctest "$name" "$@" || status=$?
  count_ctest "$name: tests" "build/$name.ctest.log" $status
}

simulated() { build/release/tests/simulation/simulation "$@"; }

# or_usage COMMAND…: wrong arguments end everything with 2, and the command's own line.
or_usage() {
  local status=0
  "$@" || status=$?
  [ $status -ne 2 ] || exit 2
  return $status
}

run_simulation() {
  check "release: build" build release simulation
  check simulation or_usage simulated "${rest[@]}"
}

# soaked NAME OPTION…: says all at its end; what a failed run leaves is in build/soak.
soaked() {
  local name=$1
  shift
  build/release/tests/soak/soak --minutes "${SOAK_MINUTES:-30}" --keep "build/soak/$name" "$@" >"build/soak/$name.log" 2>&1
}

# Two runs at once, each with a daemon of its own.
soak() {
  local steady kills status=0
  mkdir -p build/soak
  soaked steady &
  steady=$!
  soaked kills --kills &
  kills=$!
  wait $steady || status=1
  wait $kills || status=1
  cat build/soak/steady.log build/soak/kills.log
  return $status
}

# What nginx says it served, what arrived and what the ledger says must be one number.
beside_nginx() { daemon/try.sh </dev/null; }
# The same for each of config/examples, with hostile requests.
examples() { python3 -m unittest discover -b -s tests/examples -p '*_test.py'; }

# From cmake --install to poweroff, in a container of its own with systemd as pid 1.
under_systemd() { tests/scripts/install.sh nspawn && tests/systemd/service_test.py; }

run_one() {
  case $1 in
    scripts) check scripts tests/scripts/check_scripts.sh ;;
    structure) check structure python3 tests/structure/structure_test.py ;;
    format) check format tests/scripts/check_format.sh ;;
    release) tree release ;;
    service) check "the units" tests/scripts/check_service.sh build/release/daemon/pannier ;;
    nspawn) check "the service under a real systemd" under_systemd ;;
    nginx) check "beside a real nginx" beside_nginx ;;
    metrics) check "metrics, read by promtool" tests/scripts/promtool.sh ;;
    examples) check "samples beside their programs" examples ;;
    pod) check "pod: manifests" tests/scripts/check_kubernetes.sh ;;
    image) check "image and pod in containers" tests/image/run.sh ;;
    startup) check "a start on 1 GiB of backlog" tests/bench/startup.sh ;;
    bare) check "a bare Debian 12" tests/scripts/bare_debian.sh ;;
    otlp) check "spans, decoded by classes that are not ours" tests/scripts/otlp.sh ;;
    sdk) check "Malti's own SDK, from PyPI" tests/sdk/run.sh ;;
    ingest) check "ingest bodies, as the real FastAPI takes them" tests/ingest/run.sh ;;
    collector) check "a real OpenTelemetry Collector" tests/collector/run.sh ;;
    asan | tsan) tree "$1" -L 'unit|end_to_end|fault' ;;
    tidy) check tidy tests/scripts/check_tidy.sh "$all" ;;
    fuzz) check fuzz tests/scripts/fuzz.sh 30 ;;
    hostile) check "hostile configurations" python3 tests/scripts/hostile_configurations.py ;;
    simulation) run_simulation ;;
    soak) check "half an hour under load, with kills and without" soak ;;
    simulation_b) check "5,000 simulated runs on SQLite" simulated --tier B --runs 5000 --least 50 ;;
    planted_bugs) check "planted bugs are caught" or_usage tests/simulation/planted_bugs.sh "${rest[@]}" ;;
    *) tree release -R "$1" ;;
  esac
}

# What a step needs is built by an earlier one; named alone, it builds that first.
run_alone() {
  case $1 in
    tidy) check "release: build" build release ;;
    startup) check "release: build" build release test_fault ;;
    simulation_b) check "release: build" build release simulation ;;
    soak) check "release: build" build release soak pannier ;;
    planted_bugs) check "release: build" build release planted_bugs ;;
    service | nspawn | examples | sdk | pod | metrics | otlp | collector) check "release: build" build release pannier ;;
    ingest) check "release: build" build release ingest_answers ;;
    fuzz) check "asan: build" build asan fuzzers ;;
    hostile) check "asan: build" build asan pannier ;;
  esac
  run_one "$1"
}

mkdir -p build
if [ ${#names[@]} -eq 0 ]; then
  for name in scripts structure format release service nginx otlp ingest examples sdk pod tidy asan fuzz hostile tsan; do
    run_one $name
  done
  [ $all = no ] ||
    for name in startup simulation_b planted_bugs soak metrics collector nspawn image bare; do run_one $name; done
else
  for name in "${names[@]}"; do run_alone "$name"; done
fi
closing
