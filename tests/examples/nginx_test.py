#!/usr/bin/env python3
"""config/examples/nginx.conf in a real nginx, Debian's own, as an ordinary user."""

import re
import unittest
import urllib.request

from beside import AS_NOBODY, EXAMPLES, Beside, accepts, free_port, unpacked, wait_until
from traffic import make_requests, send_nonsense


class Nginx(Beside):
    def setUp(self):
        super().setUp()
        self.port, self.status_port = free_port(), free_port()
        home = self.folder / "nginx"
        home.mkdir()
        home.chmod(0o777)
        (home / "pannier.conf").write_text((EXAMPLES / "nginx.conf").read_text().replace(
            "127.0.0.1:6258", f"127.0.0.1:{self.udp_port}"))
        (home / "nginx.conf").write_text(f"""
daemon off; worker_processes 2; pid {home}/nginx.pid; error_log {home}/error.log;
events {{ worker_connections 64; }}
http {{
  client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
  include {home}/pannier.conf;
  large_client_header_buffers 4 16k;
  server {{
    listen 127.0.0.1:{self.port};
    location / {{ return 200 "hello"; }}
    location /payments {{ return 500; }}
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
        self.assertEqual(sum(row[:4] == ("payments", "POST", "/payments/{id}", 500) for row in rows), 5)
        consumers = {row[5] for row in rows}
        self.assertLessEqual({'say "hello"', "back\\slash", '","status":"200', "}{"}, consumers)


if __name__ == "__main__":
    unittest.main()
