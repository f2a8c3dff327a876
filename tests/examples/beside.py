"""pannier beside a program whose reports it takes: in a folder of its own, on free ports, with the local store.

Users: the tests of config/examples. Everything waits for facts; what is started here is ended here. With
unittest's -b the programs' own words are shown where a test fails, and only there.
"""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
PANNIER = Path(os.environ.get("PANNIER_BINARY", TOP / "build/release/daemon/pannier"))
EXAMPLES = TOP / "config/examples"
CLEAN = {"PATH": os.environ["PATH"]}  # a MALTI_API_KEY of the caller's would send these records to his Malti
AS_NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
PATIENCE = 40
ANY = object()


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(type=kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(fact, what, seconds=PATIENCE):
    """Returns what fact() returns as soon as that is true."""
    deadline = time.monotonic() + seconds
    while True:
        found = fact()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.05)


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def unpacked(package):
    """Debian's package, downloaded and unpacked under build/ without being installed: (its folder, its environment)."""
    folder = TOP / "build/examples" / package
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([TOP / "tests/scripts/unpack_package.sh", package, folder], check=True)
        (folder / "complete").touch()
    return folder, {**CLEAN, "LD_LIBRARY_PATH": str(folder / "libraries")}


class Beside(unittest.TestCase):
    """Starts pannier; self.folder is short enough for sockets and may be entered by nobody."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="pannier-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.folder.chmod(0o755)
        (self.folder / "control").mkdir(mode=0o700)
        self.udp_port = free_port(socket.SOCK_DGRAM)
        self.config = self.folder / "pannier.yaml"
        self.config.write_text(self.configuration())
        self.start_pannier()

    def configuration(self):
        return f"""
receive:
  unix_stream: {{ path: {self.folder}/pannier.sock }}
  unix_datagram: {{ path: {self.folder}/pannier.dgram }}
  udp: {{ address: "127.0.0.1:{self.udp_port}" }}
deliver:
  local: {{ path: {self.folder}/records.db }}
control: {{ path: {self.folder}/control/control.sock }}
spool: {{ path: {self.folder}/spool.db }}
"""

    def start_pannier(self):
        self.pannier = self.start([PANNIER, "run", "--config", self.config], "pannier", CLEAN)
        wait_until(lambda: self.ask("health").returncode == 0, "pannier is ready")

    def instead_of_pannier(self):
        """A socket at the address to which the program reports; pannier is ended for it."""
        self.pannier.terminate()
        self.pannier.wait(15)
        place = socket.socket(type=socket.SOCK_DGRAM)
        self.addCleanup(place.close)
        place.bind(("127.0.0.1", self.udp_port))
        place.settimeout(1)
        return place

    def start(self, command, name, environment):
        """Starts a program that is ended with the test; what it prints is shown where the test fails."""
        log = open(self.folder / f"{name}.log", "ab")
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment, cwd=self.folder)
        log.close()
        self.addCleanup(self._end, process, name)
        return process

    def _end(self, process, name):
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        print(f"  {name}: {(self.folder / f'{name}.log').read_text(errors='replace')[-1500:].strip() or 'silent'}")

    def ask(self, *command, **options):
        return subprocess.run([PANNIER, *command, "--config", self.config], capture_output=True, text=True, env=CLEAN,
                              timeout=PATIENCE, check=False, **options)

    def status(self):
        return json.loads(self.ask("status", "--json").stdout)

    def rows(self, query="SELECT service, method, endpoint, status, response_time, consumer FROM records"):
        with sqlite3.connect(f"file:{self.folder}/records.db?mode=ro", uri=True, timeout=5) as store:
            return store.execute(query).fetchall()

    def assert_all_arrived(self, served, listener="udp", rejected=None, filtered=None):
        """What the program served = rows in the store + rejected + filtered + what the kernel dropped, balanced; for
        these reasons and no others, so often (by default none; ANY: whatever). Returns what the kernel dropped."""
        def finished():
            status = self.status()
            door, lane = status["listeners"][listener], status["lanes"].get("local", {})
            lost = door["kernel_dropped"] or 0
            refused = sum(door["rejected"].values()) + sum(door["filtered"].values())
            return status if lane.get("delivered", 0) + refused + lost >= served else None
        status = wait_until(finished, f"{served} records arrived")
        door = status["listeners"][listener]
        stored, lost = len(self.rows()), door["kernel_dropped"] or 0
        if lost == 0:
            if rejected is not ANY:
                self.assertEqual(door["rejected"], rejected or {}, door.get("rejected_last"))
            self.assertEqual(door["filtered"], filtered or {})
        refused = sum(door["rejected"].values()) + sum(door["filtered"].values())
        self.assertEqual(stored + refused + lost, served)
        self.assertEqual(door["lines"], door["accepted"] + refused)
        check = self.ask("status", "--check")
        self.assertEqual(check.returncode, 0, check.stdout + check.stderr)
        print(f"{self.id()}: {served} served = {stored} stored + {refused} rejected or filtered + {lost} dropped by "
              "the kernel, balanced", file=sys.__stdout__, flush=True)
        return lost
