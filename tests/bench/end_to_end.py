#!/usr/bin/env python3
"""Runs the built daemon under load before a counting backend and prints what a record costs it.

    end_to_end.py BUILD-FOLDER SECONDS [stream|dgram|udp|http …]

Each row: processor time of the daemon (user + system, all threads, from the first record until the last has
arrived) a record that arrived; records a second at the backend (of the middle four fifths); peak resident memory;
and beside the first two the same of a program that receives and discards ("plain"; for http from a stream), in the
same run. "lost": what
the kernel dropped (UDP) and what the daemon did. At the end of each row the ledger must balance and sent = arrived +
dropped, else the exit status is 1. Best on an otherwise idle machine: load, daemon and backend share its processors.
"""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
# How long nothing may arrive before nothing more is expected: above the second that a quiet lane waits at most.
QUIET = 1.5
LONGEST_WAIT = 60
WRITES = {"stream": ("block", "record"), "dgram": ("record",), "udp": ("record",), "http": ("batch",)}
RATES = (20_000, 0)
LANES = (1, 4)


class Failed(Exception):
    pass


def processor_seconds(pid):
    """schedstat counts in nanoseconds, where the kernel has it; stat in ticks of 10 ms."""
    tasks = list(Path(f"/proc/{pid}/task").glob("*/schedstat"))
    if tasks:
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def peak_megabytes(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise Failed("the kernel does not tell VmHWM")


def free_port(kind):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "http" else socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(seconds, holds, what):
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise Failed(what)
        time.sleep(0.02)


@contextlib.contextmanager
def running(command, **options):
    """A process of ours, gone when the block is left."""
    with subprocess.Popen([str(word) for word in command], **options) as process:
        try:
            yield process
        finally:
            process.kill()


class Helper:
    """bench_backend or bench_discard: says one line when it is there, and one for each question."""

    def __init__(self, process):
        self.process = process
        self.first = process.stdout.readline().strip()
        if not self.first:
            raise Failed("a helper did not start")

    def ask(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def settled(self, name, wanted):
        """Its answer when `name` has reached `wanted` or stopped growing."""
        answer, changed = self.ask(), time.monotonic()
        deadline = changed + LONGEST_WAIT
        while answer[name] < wanted and time.monotonic() - changed < QUIET and time.monotonic() < deadline:
            time.sleep(0.05)
            before, answer = answer, self.ask()
            if answer[name] != before[name]:
                changed = time.monotonic()
        return answer


class Bench:
    def __init__(self, build, seconds):
        self.tools = build / "tests" / "bench"
        self.pannier = build / "daemon" / "pannier"
        self.seconds = seconds
        self.complaints = 0

    def load(self, kind, address, rate, lanes, write):
        done = subprocess.run([str(self.tools / "bench_load"), kind, str(address), str(rate), str(self.seconds),
                               str(lanes), write], stdout=subprocess.PIPE, check=False, timeout=self.seconds + 30)
        if done.returncode != 0:
            raise Failed("the load broke off")
        return json.loads(done.stdout)

    @contextlib.contextmanager
    def helper(self, name, *arguments):
        with running([self.tools / name, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                     text=True) as process:
            yield Helper(process)

    @contextlib.contextmanager
    def daemon(self, folder, kind, address, port):
        command = ["sh", HERE / "agent.sh", self.pannier, kind, address, port, folder]
        with open(folder / "log", "w", encoding="utf-8") as log, \
                running(command, stdout=subprocess.DEVNULL, stderr=log) as process:
            def is_ready():
                if process.poll() is not None:
                    raise Failed("the daemon ended: " + (folder / "log").read_text()[-1000:])
                return self.ask_daemon(folder, "health").returncode == 0
            until(20, is_ready, "the daemon is not healthy")
            yield process

    def ask_daemon(self, folder, *words):
        return subprocess.run([str(self.pannier), *words, "--control", str(folder / "control" / "control.sock")],
                              capture_output=True, text=True, check=False, timeout=30)

    def plain(self, folder, kind, rate, write):
        if kind == "http":
            kind, write = "stream", "block"
        address = free_port(kind) if kind == "udp" else folder / "plain.sock"
        with self.helper("bench_discard", kind, address) as discard:
            before = processor_seconds(discard.process.pid)
            sent = self.load(kind, address, rate, 1, write)
            got = discard.settled("bytes", sent["bytes"])
            spent = processor_seconds(discard.process.pid) - before
            records = got["messages"] if kind != "stream" else sent["records"]
            return {"us": spent / max(records, 1) * 1e6, "per_second": records / sent["seconds"]}

    def agent(self, folder, kind, rate, lanes, write):
        address = free_port(kind) if kind in ("udp", "http") else folder / "in.sock"
        with self.helper("bench_backend") as backend:
            with self.daemon(folder, kind, address, backend.first) as daemon:
                before = processor_seconds(daemon.pid)
                sent = self.load(kind, address, rate, lanes, write)["records"]
                got = backend.settled("records", sent)
                if not got["records"]:
                    raise Failed("nothing arrived: " + (folder / "log").read_text()[-1000:])
                row = {"us": (processor_seconds(daemon.pid) - before) / got["records"] * 1e6,
                       "per_second": got["per_second"], "peak": peak_megabytes(daemon.pid)}
                row["dropped"] = self.dropped(folder, kind)
                daemon.terminate()
                if daemon.wait(30) != 0:
                    self.complain(f"the daemon ended with {daemon.returncode}")
            row["lost"] = sent - backend.ask()["records"]
            row["twice"] = backend.ask()["twice"]
            if row["lost"] != row["dropped"]:
                self.complain(f"{row['lost']} lost, of which the ledger knows {row['dropped']}")
            return row

    def dropped(self, folder, kind):
        """By the kernel and by the daemon, as its ledger has it."""
        if self.ask_daemon(folder, "status", "--check").returncode != 0:
            self.complain("the ledger does not balance")
        status = json.loads(self.ask_daemon(folder, "status", "--json").stdout)
        listener = {"stream": "unix_stream", "dgram": "unix_datagram", "udp": "udp", "http": "http_malti"}[kind]
        by_lanes = sum(sum(lane["dropped"].values()) for lane in status["lanes"].values())
        return (status["listeners"][listener]["kernel_dropped"] or 0) + by_lanes

    def complain(self, what):
        self.complaints += 1
        print(f"  {what}", flush=True)

    def measure(self, kind, write, rate):
        with tempfile.TemporaryDirectory(prefix="pannier-bench-") as scratch:
            plain = self.plain(Path(scratch), kind, rate, write)
        for lanes in LANES:
            with tempfile.TemporaryDirectory(prefix="pannier-bench-") as scratch:
                row = self.agent(Path(scratch), kind, rate, lanes, write)
            writes = {"block": "64 KiB", "batch": "500"}.get(write, write)
            asked = f"{rate:,}/s" if rate else "flat out"
            print(f"{kind:7} {writes:7} {lanes:5} {asked:>9} {row['us']:10.2f} {plain['us']:7.2f}"
                  f" {row['per_second']:11,.0f} {plain['per_second']:11,.0f} {row['peak']:8.1f}"
                  f" {row['lost']:9,} {row['twice']:6,}", flush=True)


def main():
    if len(sys.argv) < 3 or any(kind not in WRITES for kind in sys.argv[3:]):
        print(__doc__, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # not without ending the daemon
    bench = Bench(Path(sys.argv[1]), float(sys.argv[2]))
    print(f"{'socket':7} {'a write':7} {'lanes':>5} {'load':>9} {'us/record':>10} {'plain':>7}"
          f" {'records/s':>11} {'plain':>11} {'peak MB':>8} {'lost':>9} {'twice':>6}", flush=True)
    try:
        for kind in sys.argv[3:] or WRITES:
            for write in WRITES[kind]:
                for rate in RATES:
                    bench.measure(kind, write, rate)
    except Failed as failure:
        bench.complain(str(failure))
    return 1 if bench.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
