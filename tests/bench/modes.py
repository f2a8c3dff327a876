#!/usr/bin/env python3
"""What the spool costs: the built daemon in its three modes, in turns, in one run.

    modes.py BUILD-FOLDER [ROUNDS [SECONDS [BACKLOG-MIB]]]     (5 rounds of 6 s, 500 MiB)

healthy: processor time a record at 20,000/s over one stream to one lane, the median of the rounds, and what it is
more than in mode off. outage: the same while nothing listens at the backend's address, at 200,000/s, so that all
goes to the spool. drain: a daemon started on the backlog that is left by that, until the last record has arrived.
What the same rows cost bare SQLite: build/release/tests/bench/benchmarks --benchmark_filter=spool
Exit: 1 where a record is not accounted for.
"""

import json
import os
import signal
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path

from end_to_end import Bench, Failed, processor_seconds, until

MODES = ("off", "overflow", "always")
HEALTHY_RATE = 20_000
OUTAGE_RATE = 200_000
RECORD_BYTES = 208


def healthy(bench, rounds):
    costs = {mode: [] for mode in MODES}
    for _ in range(rounds):
        for mode in MODES:
            os.environ["SPOOL_MODE"] = mode
            with tempfile.TemporaryDirectory(prefix="pannier-bench-") as scratch:
                row = bench.agent(Path(scratch), "stream", HEALTHY_RATE, 1, "block")
            if row["lost"] or row["twice"]:
                bench.complain(f"{mode}: {row['lost']} lost, {row['twice']} twice")
            costs[mode].append(row["us"])
    base = statistics.median(costs["off"])
    for mode in MODES:
        cost = statistics.median(costs[mode])
        print(f"healthy  {mode:9} {cost:6.2f} us/record  {cost - base:+.2f} us  {100 * (cost / base - 1):+.0f} %", flush=True)


def status(bench, folder):
    return json.loads(bench.ask_daemon(folder, "status", "--json").stdout)


def outage(bench, folder, mode, seconds):
    """Leaves the backlog in the folder's spool; how many records that are."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and never listening
        address = folder / "in.sock"
        with bench.daemon(folder, "stream", address, nobody.getsockname()[1]) as daemon:
            before, begun = processor_seconds(daemon.pid), time.monotonic()
            bench.seconds = seconds
            sent = bench.load("stream", address, OUTAGE_RATE, 1, "block")["records"]
            until(120, lambda: taken(status(bench, folder)) == sent, "not all was taken")
            took = time.monotonic() - begun
            spent = processor_seconds(daemon.pid) - before
            dropped = sum(sum(lane["dropped"].values()) for lane in status(bench, folder)["lanes"].values())
            daemon.terminate()
            if daemon.wait(30) != 0:
                bench.complain(f"the daemon ended with {daemon.returncode}")
    print(f"outage   {mode:9} {spent / sent * 1e6:6.2f} us/record  {sent / took:9,.0f} records/s  {dropped} dropped",
          flush=True)
    return sent - dropped


def taken(state):
    return sum(listener["accepted"] for listener in state["listeners"].values())


def drain(bench, folder, mode, records):
    size = sum(path.stat().st_size for path in folder.glob("spool.db*"))
    with bench.helper("bench_backend") as backend:
        begun = time.monotonic()
        with bench.daemon(folder, "stream", folder / "in.sock", backend.first) as daemon:
            ready = time.monotonic() - begun
            got = backend.settled("records", records)
            took = time.monotonic() - begun
            spent = processor_seconds(daemon.pid)
            if bench.ask_daemon(folder, "status", "--check").returncode != 0:
                bench.complain("the ledger does not balance")
            daemon.terminate()
            daemon.wait(30)
    if got["records"] != records or got["twice"]:
        bench.complain(f"{mode}: {records} were left, {got['records']} came, {got['twice']} twice")
    print(f"drain    {mode:9} {spent / records * 1e6:6.2f} us/record  {records / took:9,.0f} records/s  "
          f"{size / took / 1e6:.0f} MB/s of {size / 1e6:.0f} MB, ready after {ready * 1000:.0f} ms", flush=True)


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # not without ending the daemon
    rounds, seconds, backlog = (int(given) for given in (sys.argv[2:] + ["5", "6", "500"][len(sys.argv) - 2:]))
    bench = Bench(Path(sys.argv[1]), seconds)
    try:
        healthy(bench, rounds)
        for mode in ("overflow", "always"):
            os.environ["SPOOL_MODE"] = mode
            with tempfile.TemporaryDirectory(prefix="pannier-bench-") as scratch:
                left = outage(bench, Path(scratch), mode, (backlog << 20) / RECORD_BYTES / OUTAGE_RATE)
                drain(bench, Path(scratch), mode, left)
    except Failed as failure:
        bench.complain(str(failure))
    return 1 if bench.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
