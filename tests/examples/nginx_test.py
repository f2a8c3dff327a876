#!/usr/bin/env python3
"""config/examples/nginx.conf in a real nginx, Debian's own, as an ordinary user."""

import re
import unittest
import urllib.request

from beside import ANY, AS_NOBODY, EXAMPLES, Beside, accepts, free_port, unpacked, wait_until
from load import THREADS, send_load
from promises import assert_goes_on_after_a_restart, assert_line, assert_load_arrived, assert_times
from traffic import Backend, make_requests, send_nonsense


CARELESS = "test_a_careless_format_costs_its_own_lines_and_no_neighbour"


def careless(sample):
    """The sample without all its care: what the client sent, as it is."""
    for careful, plain in (("escape=json", "escape=none"), ('"path":"$pannier_path"', '"path":"$request_uri"'),
                           ('"consumer":"$pannier_consumer"', '"consumer":"$http_x_consumer_id"')):
        if careful not in sample:
            raise AssertionError(f"{careful} is not in the sample")
        sample = sample.replace(careful, plain)
    return sample


class Nginx(Beside):
    def setUp(self):
        super().setUp()
        backend = Backend()
        self.addCleanup(backend.stop)
        self.port, self.status_port = free_port(), free_port()
        self.home = home = self.folder / "nginx"
        home.mkdir()
        home.chmod(0o777)
        sample = (EXAMPLES / "nginx.conf").read_text()
        self.assertIn("127.0.0.1:6258", sample)
        sample = sample.replace("127.0.0.1:6258", f"127.0.0.1:{self.udp_port}")
        if self._testMethodName == CARELESS:
            sample = careless(sample)
        (home / "pannier.conf").write_text(sample)
        (home / "nginx.conf").write_text(f"""
daemon off; worker_processes 2; pid {home}/nginx.pid; error_log {home}/error.log;
events {{ worker_connections 256; }}
http {{
  client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
  include {home}/pannier.conf;
  large_client_header_buffers 4 128k; keepalive_requests 100000;
  server {{
    listen 127.0.0.1:{self.port};
    location / {{ return 200 "hello"; }}
    location = /orders/slow {{ proxy_pass http://127.0.0.1:{backend.port}; }}
    location /payments {{ return 502; }}
  }}
  server {{ listen 127.0.0.1:{self.status_port}; access_log off; location / {{ stub_status; }} }}
}}
""")
        package, environment = unpacked("nginx")
        self.start([*AS_NOBODY, package / "usr/sbin/nginx", "-e", home / "error.log", "-p", home,
                    "-c", home / "nginx.conf"], "nginx", environment)
        wait_until(lambda: accepts(self.status_port), "nginx listens")

    def requests_served(self):
        """nginx's own count, less the looks at it."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.status_port}/", timeout=20) as page:
            return int(re.findall(r"\d+", page.read().decode())[3]) - 1

    def test_what_nginx_served_is_what_arrived(self):
        answered = make_requests(self.port)
        self.assertEqual(send_nonsense(self.port), b"400")
        self.assertEqual(self.requests_served(), answered + 1)
        self.assert_all_arrived(answered + 1)
        self.assertEqual(self.rows("SELECT method, endpoint, status FROM records WHERE method = '-'"),
                         [("-", "/bad-request", 400)])

    def test_service_endpoint_status_and_consumer_are_the_requests_own(self):
        answered = make_requests(self.port)
        self.assert_all_arrived(answered)
        rows = self.rows()
        self.assertEqual(sum(row[:4] + row[5:] == ("orders", "GET", "/orders/{id}", 200, "mobile") for row in rows), 40)
        self.assertEqual(sum(row[:4] == ("payments", "POST", "/payments/{id}", 502) for row in rows), 5)
        consumers = {row[5] for row in rows}
        self.assertLessEqual({'say "hello"', "back\\slash", '","status":"200', "}{"}, consumers)

    def test_hostile_requests_under_load_cost_no_neighbour(self):
        sent = send_load(self.port)
        self.assertEqual(self.requests_served(), sent.total)
        assert_load_arrived(self, sent, sent.total, rejected={"utf8": 2 * THREADS})

    def test_a_careless_format_costs_its_own_lines_and_no_neighbour(self):
        sent = send_load(self.port)
        too_long = (self.home / "error.log").read_bytes().count(b"Message too long")
        self.assertGreater(too_long, 0, "a datagram has at most 65,507 bytes")
        assert_load_arrived(self, sent, self.requests_served() - too_long, rejected=ANY)
        rejected = self.status()["listeners"]["udp"]["rejected"]
        self.assertLessEqual({"json", "utf8", "duplicate"}, set(rejected), rejected)
        self.assertLessEqual(sum(rejected.values()) + too_long, sent.hostile)

    def test_times_are_those_of_the_clients_clock(self):
        assert_times(self, self.port, b"/orders/slow", Backend.SLOW * 1000)

    def test_a_line_has_all_that_nginx_knows(self):
        assert_line(self, self.port, {"created_at": r"\d{10}[.]\d{3}", "response_time_s": r"\d+[.]\d{3}"})

    def test_nginx_reports_on_when_pannier_was_started_again(self):
        assert_goes_on_after_a_restart(self, lambda: make_requests(self.port))


if __name__ == "__main__":
    unittest.main()
