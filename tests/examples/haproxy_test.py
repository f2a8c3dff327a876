#!/usr/bin/env python3
"""config/examples/haproxy.cfg in a real HAProxy, Debian's own, as an ordinary user."""

import csv
import io
import socket
import unittest

from beside import AS_NOBODY, EXAMPLES, Beside, accepts, free_port, unpacked, wait_until
from traffic import Backend, make_requests, send_nonsense


class HAProxy(Beside):
    def setUp(self):
        super().setUp()
        backend = Backend()
        self.addCleanup(backend.stop)
        self.port = free_port()
        home = self.folder / "haproxy"
        home.mkdir()
        home.chmod(0o777)
        sample = (EXAMPLES / "haproxy.cfg").read_text()
        for given, here in ((6258, self.udp_port), (8080, self.port), (8081, backend.port)):
            self.assertIn(f"127.0.0.1:{given}", sample)
            sample = sample.replace(f"127.0.0.1:{given}", f"127.0.0.1:{here}")
        (home / "sample.cfg").write_text(sample)
        self.statistics = home / "statistics.sock"
        (home / "test.cfg").write_text(f"global\n  stats socket {self.statistics} mode 666 level user\n")
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
        self.assertEqual(sum(row[:4] == ("payments", "POST", "/payments/{id}", 500) for row in rows), 5)
        consumers = {row[5] for row in rows}
        self.assertLessEqual({'say "hello"', "back\\slash", '","status":"200', "}{", "ünïcode"}, consumers)


if __name__ == "__main__":
    unittest.main()
