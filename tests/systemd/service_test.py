#!/usr/bin/env python3
"""pannier as a service of a real systemd (pid 1 in systemd-nspawn), from cmake --install to poweroff: each test
goes on where the one before it ended. Needs root, systemd-container and mmdebstrap.

    service_test.py [BUILD TREE]      default: build/release
"""

import os
import re
import sqlite3
import stat
import subprocess
import sys
import unittest

import clients
from guest import TOP, Guest

TREE = "build/release"
STREAM = "/run/pannier/pannier.sock"
DATAGRAM = "/run/pannier/pannier.dgram"
CONFIG = "/etc/pannier/pannier.yaml"
LEDGER = re.compile(r"ledger: (\d+) lines = (\d+) accepted \+ (\d+) rejected .*; balanced$")
SETTINGS = """service: orders
deliver:
  local: {{ path: /var/lib/pannier/records.db }}
{malti}log: {{ level: info }}
"""
MALTI = """  malti:
    url: http://127.0.0.1:{port}
    keys: {{ orders: {{ credential: malti-orders }} }}
    batch: {{ interval: 200ms }}
    retry: {{ base: 100ms, cap: 1s }}
"""


def setUpModule():  # pylint: disable=invalid-name
    if os.geteuid() != 0:
        raise SystemExit("service_test.py: systemd-nspawn needs root; run it as root")
    global guest  # pylint: disable=global-statement
    guest = Guest()
    unittest.addModuleCleanup(guest.close)
    environment = dict(os.environ, DESTDIR=str(guest.root))
    subprocess.run(["cmake", "--install", str(TOP / TREE), "--prefix", "/usr", "--strip"], check=True,
                   env=environment, stdout=subprocess.DEVNULL)
    (guest.root / CONFIG[1:]).write_text(SETTINGS.format(malti=""))
    guest.boot()


def stored():
    """Records in the local store, and how many of them differ; by its path outside, for SQLite follows links."""
    uri = f"file:{guest.root}/var/lib/pannier/records.db?mode=ro"
    try:
        with sqlite3.connect(uri, uri=True) as store:
            return store.execute("SELECT count(*), count(DISTINCT context) FROM records").fetchone()
    except sqlite3.OperationalError:
        return (0, 0)


def ledgers():
    """(lines, accepted, rejected) of every run that ended in order."""
    found = [LEDGER.search(line) for line in guest.journal().splitlines() if "ledger:" in line]
    assert all(found), guest.journal()
    return [tuple(int(part) for part in match.groups()) for match in found]


def mode_and_owners(path):
    return guest.run("stat", "-c", "%a %U %G", path).strip()


def rewrite(malti="", before=""):
    guest.write(CONFIG, before + SETTINGS.format(malti=malti))


def restart():
    guest.run("systemctl", "reset-failed", "pannier.service")  # five starts in 10 s are systemd's limit
    guest.run("systemctl", "restart", "pannier.service")


def drop_in(name, text):
    guest.write(f"/run/systemd/system/pannier.service.d/{name}.conf", "[Service]\n" + text)
    guest.run("systemctl", "daemon-reload")


class ServiceTest(unittest.TestCase):
    """In the order of their names; numbers, because the service lives through all of them."""

    def check(self):
        guest.run("pannier", "status", "--check")

    def test_01_starts_and_says_so_in_words(self):
        guest.run("systemd-sysusers")
        guest.run("systemd-tmpfiles", "--create", "pannier.conf")
        guest.run("systemctl", "enable", "--now", "pannier.service")
        self.assertEqual(guest.show("ActiveState"), "active")
        guest.wait("the words", lambda: guest.show("StatusText") == "delivering to 1 lane, 0 held")
        self.assertEqual(guest.show("NRestarts"), "0")
        guest.run("pannier", "health")
        self.assertEqual(guest.run("systemctl", "is-active", "pannier-stream.socket", "pannier-datagram.socket"),
                         "active\nactive\n")
        self.assertIn("(handed over)", guest.journal())

    def test_02_only_its_group_reaches_the_sockets_and_only_itself_the_control_socket(self):
        self.assertEqual(mode_and_owners("/run/pannier"), "755 pannier pannier")
        self.assertEqual(mode_and_owners(STREAM), "660 pannier pannier")
        self.assertEqual(mode_and_owners(DATAGRAM), "660 pannier pannier")
        self.assertEqual(mode_and_owners("/run/pannier-control"), "700 pannier pannier")
        self.assertEqual(mode_and_owners("/run/pannier-control/control.sock"), "600 pannier pannier")
        self.assertEqual(mode_and_owners("/var/lib/pannier"), "700 pannier pannier")
        guest.run("useradd", "--system", "--groups", "pannier", "web")
        guest.run("useradd", "--system", "stranger")
        line = clients.record("web").decode()
        guest.run("pannier", "send", "-", user="web", data=line)
        self.assertNotEqual(guest.call("pannier", "send", "-", user="stranger", data=line).returncode, 0)
        self.assertNotEqual(guest.call("pannier", "status", user="web").returncode, 0)
        guest.run("pannier", "status", user="pannier")

    def test_03_records_over_both_sockets_arrive(self):
        clients.send_stream(guest.path(STREAM), [clients.record(f"stream-{index}") for index in range(1000)])
        clients.send_datagrams(guest.path(DATAGRAM), [clients.record(f"datagram-{index}") for index in range(500)])
        guest.wait("1501 records are stored", lambda: stored() == (1501, 1501))
        self.assertIn('"uid 0":{"lines":500', guest.run("pannier", "status", "--json"))
        self.check()

    def test_04_a_record_that_comes_while_it_is_stopped_starts_it(self):
        guest.run("systemctl", "stop", "pannier.service")
        self.assertTrue(stat.S_ISSOCK(os.stat(guest.path(STREAM)).st_mode))
        clients.send_datagrams(guest.path(DATAGRAM), [clients.record("early-1")])
        clients.send_stream(guest.path(STREAM), [clients.record("early-2")])
        guest.wait("both are stored", lambda: stored() == (1503, 1503))
        self.check()

    def test_05_restarts_under_load_lose_nothing_and_refuse_nobody(self):
        restart()
        before, runs = stored()[0], len(ledgers())
        load = clients.Load(guest.path(STREAM))
        restarts = 5
        for _ in range(restarts):
            enough = sum(load.sent) + 500
            guest.wait("the clients send", lambda enough=enough: sum(load.sent) >= enough)
            restart()
        sent = load.end()
        restart()
        counted = ledgers()[runs:]
        print(f"\n  {sent} records over {sum(load.connects)} connections, {restarts} restarts under load; "
              f"the daemons counted {counted}")
        self.assertEqual(load.failures, [])
        self.assertEqual(len(counted), restarts + 1)
        self.assertEqual(sum(run[0] for run in counted), sent)
        self.assertEqual(sum(run[1] for run in counted), sent)
        self.assertEqual(stored(), (before + sent, before + sent))
        self.check()

    def test_06_a_reload_waits_and_a_bad_file_changes_nothing(self):
        pid = guest.show("MainPID")
        rewrite(before="memory: 16M\n")
        bad = guest.call("systemctl", "reload", "pannier.service")
        self.assertNotEqual(bad.returncode, 0)
        self.assertEqual(guest.show("ActiveState"), "active")
        self.assertIn("write 16MiB", guest.journal())
        rewrite(before="node: reloaded\n")
        guest.run("systemctl", "reload", "pannier.service")
        self.assertIn("applied: node", guest.journal())
        guest.run("systemctl", "kill", "--kill-whom=main", "--signal=SIGHUP", "pannier.service")
        guest.wait("active after SIGHUP", lambda: guest.show("SubState") == "running")
        self.assertEqual(guest.show("MainPID"), pid)
        self.check()

    def test_07_a_key_comes_as_a_credential_and_a_refused_one_is_said_in_words(self):
        malti = clients.listen_inside(guest.leader, "the-right-key")
        rewrite(MALTI.format(port=malti.server_port))
        guest.write("/etc/pannier/keys/malti-orders", "the-right-key\n")
        guest.run("chmod", "-R", "go=", "/etc/pannier/keys")
        drop_in("credential", "LoadCredential=malti-orders:/etc/pannier/keys/malti-orders\n")
        restart()
        clients.send_stream(guest.path(STREAM), [clients.record(f"malti-{index}") for index in range(100)])
        guest.wait("Malti has them", lambda: clients.Malti.taken == 100)
        guest.wait("the words", lambda: guest.show("StatusText") == "delivering to 2 lanes, 0 held")
        clients.Malti.key = "another-key"
        clients.send_stream(guest.path(STREAM), [clients.record("refused")])
        guest.wait("the words", lambda: "malti/orders BLOCKED: key refused" in guest.show("StatusText"))
        print("\n  STATUS=" + guest.show("StatusText"))
        clients.Malti.key = "the-right-key"
        guest.run("systemctl", "reload", "pannier.service")
        guest.wait("Malti has it", lambda: clients.Malti.taken == 101)
        self.check()
        malti.shutdown()
        malti.server_close()

    def test_08_one_that_hangs_is_killed_and_comes_back(self):
        rewrite()
        drop_in("watchdog", "WatchdogSec=2s\n")
        restart()
        pid = guest.show("MainPID")
        guest.run("systemctl", "kill", "--kill-whom=main", "--signal=SIGSTOP", "pannier.service")
        guest.wait("it was started again", lambda: guest.show("NRestarts") == "1", 60)
        guest.wait("it is ready", lambda: guest.show("ActiveState") == "active")
        self.assertNotEqual(guest.show("MainPID"), pid)
        self.assertIn("Watchdog timeout", guest.journal())
        before = stored()[0]
        clients.send_stream(guest.path(STREAM), [clients.record("after-the-watchdog")])
        guest.wait("it is stored", lambda: stored()[0] == before + 1)
        self.check()

    def test_09_a_wrong_configuration_does_not_start_it_for_ever(self):
        guest.run("systemctl", "reset-failed")
        rewrite(before="memory: 16M\n")
        self.assertNotEqual(guest.call("systemctl", "restart", "pannier.service").returncode, 0)
        guest.wait("it gave up", lambda: guest.show("ActiveState") == "failed", 60)
        print(f"\n  {guest.show('Result')} after {guest.show('NRestarts')} more tries")
        self.assertLessEqual(int(guest.show("NRestarts")), 5)
        rewrite()
        guest.run("systemctl", "reset-failed", "pannier.service", "pannier-stream.socket", "pannier-datagram.socket")
        guest.run("systemctl", "start", "pannier.service")
        self.check()

    def test_10_udp_is_handed_over_once_it_is_enabled(self):
        guest.run("systemctl", "stop", "pannier.service")
        guest.run("systemctl", "start", "pannier-udp.socket", "pannier.service")
        before = stored()[0]
        line = clients.record("udp").decode()
        guest.run("bash", "-c", "cat >/dev/udp/127.0.0.1/6258", data=line)
        guest.wait("it is stored", lambda: stored()[0] == before + 1)
        self.assertIn("udp 127.0.0.1:6258 (handed over)", guest.journal())
        self.assertNotIn("write ReceiveBuffer=8M", guest.journal())
        self.check()

    def test_11_binds_its_sockets_itself_where_there_are_no_socket_units(self):
        sockets = ["pannier-stream.socket", "pannier-datagram.socket", "pannier-udp.socket"]
        guest.run("systemctl", "stop", "pannier.service", *sockets)
        self.assertFalse(os.path.exists(guest.path(STREAM)))
        guest.run("systemctl", "mask", "--runtime", *sockets)
        guest.run("systemctl", "start", "pannier.service")
        self.assertEqual(mode_and_owners(STREAM), "660 pannier pannier")
        before = stored()[0]
        clients.send_stream(guest.path(STREAM), [clients.record("bound")])
        guest.wait("it is stored", lambda: stored()[0] == before + 1)
        self.check()

    def test_12_a_read_group_may_look_and_change_nothing(self):
        rewrite(before="control: { read_group: pannier }\n")
        drop_in("read_group", "RuntimeDirectoryMode=0710\n")
        restart()
        self.assertEqual(mode_and_owners("/run/pannier-control/control.sock"), "660 pannier pannier")
        guest.run("pannier", "status", "--check", user="web")
        self.assertNotEqual(guest.call("pannier", "reload", user="web").returncode, 0)

    def test_13_stops_with_0_and_the_ledger_as_its_last_words(self):
        guest.run("systemctl", "stop", "pannier.service")
        self.assertEqual((guest.show("Result"), guest.show("ExecMainStatus")), ("success", "0"))
        last = [line for line in guest.journal().splitlines() if "[info]" in line or "[error]" in line][-1]
        self.assertRegex(last, LEDGER)
        print("\n  " + last)
        self.assertFalse(os.path.exists(guest.path("/run/pannier-control")))
        self.assertEqual(guest.power_off(), 0)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        TREE = sys.argv.pop()
    unittest.main(verbosity=2, failfast=True)
