#!/usr/bin/env python3
"""config/examples/haproxy.cfg in a real HAProxy, Debian's own, as an ordinary user."""

import csv
import io
import re
import socket
import unittest

from beside import AS_NOBODY, EXAMPLES, Beside, accepts, free_port, unpacked, wait_until
from load import THREADS, send_load
from promises import assert_goes_on_after_a_restart, assert_line, assert_load_arrived, assert_times
from traffic import Backend, get, make_requests, send_and_leave, send_nonsense


NOT_ANSWERED = "test_who_was_not_answered_is_filtered_and_who_was_is_a_record"


class HAProxy(Beside):
    def setUp(self):
        super().setUp()
        self.backend = Backend()
        self.addCleanup(self.backend.stop)
        self.port = free_port()
        self.statistics = None
        if self._testMethodName != NOT_ANSWERED:
            self.start_haproxy(self.sample())

    def sample(self):
        sample = (EXAMPLES / "haproxy.cfg").read_text()
        for given, here in ((6258, self.udp_port), (8080, self.port), (8081, self.backend.port)):
            self.assertIn(f"127.0.0.1:{given}", sample)
            sample = sample.replace(f"127.0.0.1:{given}", f"127.0.0.1:{here}")
        return sample

    def start_haproxy(self, sample):
        home = self.folder / "haproxy"
        home.mkdir()
        home.chmod(0o777)
        (home / "sample.cfg").write_text(sample)
        self.statistics = home / "statistics.sock"
        (home / "test.cfg").write_text(f"global\n  stats socket {self.statistics} mode 666 level user\n"
                                      "  tune.bufsize 131072\n")
        package, environment = unpacked("haproxy")
        self.start([*AS_NOBODY, package / "usr/sbin/haproxy", "-db", "-f", home / "test.cfg",
                    "-f", home / "sample.cfg"], "haproxy", environment)
        wait_until(self.statistics.exists, "haproxy is up")

    def requests_served(self):
        """HAProxy's own count, from its statistics socket: what it answered, with the bad requests."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.statistics))
            connection.sendall(b"show stat\n")
            text = connection.makefile().read()
        rows = csv.DictReader(io.StringIO(text.lstrip("# ")))
        web = next(row for row in rows if row["pxname"] == "web" and row["svname"] == "FRONTEND")
        return sum(int(web[f"hrsp_{kind}"]) for kind in ("1xx", "2xx", "3xx", "4xx", "5xx", "other"))

    def test_what_haproxy_served_is_what_arrived(self):
        answered = make_requests(self.port)
        self.assertEqual(send_nonsense(self.port), b"400")
        self.assertEqual(self.requests_served(), answered + 1)
        self.assert_all_arrived(answered + 1)
        self.assertIn(("-", 400, "anonymous"), self.rows("SELECT endpoint, status, consumer FROM records"))

    def test_service_endpoint_status_and_consumer_are_the_requests_own(self):
        answered = make_requests(self.port)
        self.assert_all_arrived(answered)
        rows = self.rows()
        self.assertEqual(sum(row[:4] + row[5:] == ("orders", "GET", "/orders/{id}", 200, "mobile") for row in rows), 40)
        self.assertEqual(sum(row[:4] == ("payments", "POST", "/payments/{id}", 502) for row in rows), 5)
        consumers = {row[5] for row in rows}
        self.assertLessEqual({'say "hello"', "back\\slash", '","status":"200', "}{", "ünïcode"}, consumers)

    def test_hostile_requests_under_load_cost_no_neighbour(self):
        sent = send_load(self.port)
        self.assertEqual(self.requests_served(), sent.total)
        assert_load_arrived(self, sent, sent.total, rejected={"consumer": THREADS})

    def test_times_are_those_of_the_clients_clock(self):
        assert_times(self, self.port, b"/orders/slow", Backend.SLOW * 1000)

    def test_who_was_not_answered_is_filtered_and_who_was_is_a_record(self):
        """Clients that leave before there is an answer, a rule that drops, a server that is dead or too slow."""
        sample = re.sub(r"timeout (connect|server) \d+s", r"timeout \1 300ms", self.sample())
        sample = sample.replace("  mode http\n", "  mode http\n  option abortonclose\n  retries 1\n")
        sample = sample.replace("  use_backend", "  http-request silent-drop if { path /orders/drop }\n"
                                "  use_backend dead if { path_beg /dead }\n  use_backend", 1)
        self.start_haproxy(sample + f"\nbackend dead\n  server one 127.0.0.1:{free_port()}\n")
        leaving = ("/orders/never", "/dead/never", "/orders/drop")
        for path in leaving * 5:
            send_and_leave(self.port, path)
        self.assertEqual(get(self.port, "/dead"), 503)
        self.assertEqual(get(self.port, "/orders/never"), 504)
        answered = make_requests(self.port)
        wait_until(lambda: self.requests_served() == answered + 17, "all were counted")
        self.assert_all_arrived(answered + 17, filtered={"no_response": 15})
        rows = self.rows("SELECT endpoint, status, response_time FROM records WHERE status > 502")
        self.assertEqual([row[:2] for row in rows], [("/dead", 503), ("/orders/never", 504)])
        self.assertTrue(all(300 <= row[2] < 5000 for row in rows), rows)

    def test_a_line_has_all_that_haproxy_knows(self):
        assert_line(self, self.port, {"created_at": r"\d{10}[.]\d{6}", "response_time": r"\d+"})

    def test_haproxy_reports_on_when_pannier_was_started_again(self):
        assert_goes_on_after_a_restart(self, lambda: make_requests(self.port))


if __name__ == "__main__":
    unittest.main()
