#!/usr/bin/env python3
"""config/examples/apache.conf in a real Apache httpd, Debian's own, as an ordinary user."""

import unittest

from beside import AS_NOBODY, EXAMPLES, Beside, accepts, free_port, unpacked, wait_until
from load import send_load
from promises import assert_goes_on_after_a_restart, assert_line, assert_load_arrived, assert_times
from traffic import Backend, make_requests, send_nonsense

MODULES = ["mpm_event", "authz_core", "setenvif", "alias", "proxy", "proxy_http"]


class Apache(Beside):
    def setUp(self):
        super().setUp()
        backend = Backend()
        self.addCleanup(backend.stop)
        self.port = free_port()
        self.home = home = self.folder / "httpd"
        home.mkdir()
        home.chmod(0o777)
        (home / "ok.txt").write_text("{}\n")
        sample = (EXAMPLES / "apache.conf").read_text()
        self.assertEqual(sample.count("--server 127.0.0.1 --port 6258"), 2)
        (home / "pannier.conf").write_text(sample.replace("--port 6258", f"--port {self.udp_port}"))
        package, environment = unpacked("apache2-bin")
        modules = "\n".join(f"LoadModule {name}_module {package}/usr/lib/apache2/modules/mod_{name}.so"
                            for name in MODULES)
        (home / "httpd.conf").write_text(f"""
ServerRoot {home}
DefaultRuntimeDir {home}
PidFile {home}/pid
ErrorLog {home}/error.log
ServerName localhost
Listen 127.0.0.1:{self.port}
{modules}
StartServers 2
LimitRequestLine 131072
LimitRequestFieldSize 131072
MaxKeepAliveRequests 0
Include {home}/pannier.conf
<VirtualHost *>
  CustomLog {home}/access.log "%>s %r"
  DocumentRoot {home}
  <Directory {home}>
    Require all granted
  </Directory>
  ProxyPass /orders/slow http://127.0.0.1:{backend.port}/orders/slow
  ErrorDocument 404 /ok.txt
  AliasMatch ^/orders {home}/ok.txt
  Redirect 502 /payments
</VirtualHost>
""")
        self.start([*AS_NOBODY, package / "usr/sbin/apache2", "-DFOREGROUND", "-f", home / "httpd.conf"], "httpd",
                   environment)
        wait_until(lambda: accepts(self.port), "httpd listens")

    def requests_served(self):
        """httpd's own access log: a line a request."""
        return len((self.home / "access.log").read_bytes().splitlines())

    def test_what_httpd_served_is_what_arrived(self):
        answered = make_requests(self.port)
        self.assertEqual(send_nonsense(self.port), b"400")
        self.assertEqual(self.requests_served(), answered + 1)
        self.assert_all_arrived(answered + 1)
        self.assertEqual(self.rows("SELECT service, method, endpoint, status FROM records WHERE method = '-'"),
                         [("web", "-", "/bad-request", 400)])

    def test_service_endpoint_status_and_consumer_are_the_requests_own(self):
        answered = make_requests(self.port)
        self.assert_all_arrived(answered)
        rows = self.rows()
        self.assertEqual(sum(row[:4] + row[5:] == ("orders", "GET", "/orders/{id}", 200, "mobile") for row in rows), 40)
        self.assertEqual(sum(row[:4] == ("payments", "POST", "/payments/{id}", 502) for row in rows), 5)
        consumers = {row[5] for row in rows}
        self.assertLessEqual({'say "hello"', "back\\slash", '","status":"200', "}{", "%c3%bcn%c3%afcode"}, consumers)

    def test_hostile_requests_under_load_cost_no_neighbour(self):
        sent = send_load(self.port)
        self.assertEqual(self.requests_served(), sent.total)
        assert_load_arrived(self, sent, sent.total, rejected={})

    def test_times_are_those_of_the_clients_clock(self):
        assert_times(self, self.port, b"/orders/slow", Backend.SLOW * 1000)

    def test_a_line_has_all_that_httpd_knows(self):
        assert_line(self, self.port, {"started_at": r"\d{10}[.]\d{6}", "response_time_us": r"\d+"})

    def test_httpd_reports_on_when_pannier_was_started_again(self):
        assert_goes_on_after_a_restart(self, lambda: make_requests(self.port))


if __name__ == "__main__":
    unittest.main()
