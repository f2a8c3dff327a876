#!/usr/bin/env python3
"""Malti's official Python SDK, unmodified, under FastAPI and Starlette: only MALTI_URL says that pannier is there."""

import collections
import http.client
import os
import sys
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/examples"))
from beside import CLEAN, Beside, accepts, free_port, wait_until  # noqa: E402
from malti import Malti  # noqa: E402

VENV = Path(os.environ["PANNIER_SDK_VENV"])  # tests/sdk/run.sh
HERE = Path(__file__).resolve().parent


class Sdk(Beside):
    """pannier, an application with the SDK, and Malti behind pannier."""

    def setUp(self):
        self.malti = Malti({"key-of-pannier": "orders", "key-of-users": "users"})
        self.addCleanup(self.malti.stop)
        self.http_port = free_port()
        super().setUp()

    def configuration(self):
        return super().configuration().replace("deliver:\n", f"""\
deliver:
  malti:
    url: http://127.0.0.1:{self.malti.port}
    keys: {{ orders: key-of-pannier }}
    batch: {{ interval: 200ms }}
    retry: {{ base: 50ms, cap: 200ms }}
""").replace("receive:\n", f"""\
receive:
  http: {{ address: "127.0.0.1:{self.http_port}" }}
""")

    def serve(self, app, service, key):
        """The application; its SDK has its own variables and pannier's address."""
        port = free_port()
        environment = {**CLEAN, "MALTI_URL": f"http://127.0.0.1:{self.http_port}", "MALTI_API_KEY": key,
                       "MALTI_SERVICE_NAME": service, "MALTI_NODE": "web-1", "MALTI_BATCH_INTERVAL": "0.2",
                       "PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1"}
        self.start([VENV / "uvicorn", app, "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"],
                             f"app-{service}", environment)
        wait_until(lambda: accepts(port), "the application listens")
        return port

    def call(self, port, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request(method, path, body, headers or {})
        status = connection.getresponse().status
        connection.close()
        return status

    def make_requests(self, port):
        for user in range(40):
            self.assertEqual(self.call(port, "GET", f"/users/{user}", headers={"x-consumer-id": "mobile"}), 200)
        for order in range(10):
            self.assertEqual(self.call(port, "POST", "/orders", f'order {order} ünïcode & "quotes"'.encode()), 201)
        for _ in range(3):
            self.assertEqual(self.call(port, "GET", "/broken"), 500)
        self.assertEqual(self.call(port, "GET", "/nowhere"), 404)  # the SDK's clean mode leaves it out
        return 53

    def assert_arrived(self, service, count):
        wait_until(lambda: sum(r["service"] == service for r in self.malti.records) >= count, f"{count} records of {service}")
        records = [r for r in self.malti.records if r["service"] == service]
        self.assertEqual(collections.Counter((r["method"], r["endpoint"], r["status"]) for r in records),
                         {("GET", "/users/{user_id}", 200): 40, ("POST", "/orders", 201): 10, ("GET", "/broken", 500): 3})
        self.assertEqual({r["consumer"] for r in records if r["method"] == "GET" and r["status"] == 200}, {"mobile"})
        self.assertEqual({r["node"] for r in records}, {"web-1"})
        self.assertIn('order 7 ünïcode & "quotes"', {r.get("context") for r in records})

    def assert_balanced(self, taken):
        status = self.status()
        self.assertEqual(status["listeners"]["http_malti"]["accepted"], taken)
        self.assertEqual(status["listeners"]["http_malti"]["rejected"], {})
        check = self.ask("status", "--check")
        self.assertEqual(check.returncode, 0, check.stdout + check.stderr)

    def test_fastapi_with_a_service_that_pannier_has_the_key_of(self):
        port = self.serve("fastapi_app:app", "orders", "whatever-the-application-has")
        count = self.make_requests(port)
        self.assert_arrived("orders", count)
        self.assertEqual(set(self.malti.asked), {"key-of-pannier"})
        self.assert_balanced(count)

    def test_starlette_with_a_key_that_only_the_application_has(self):
        port = self.serve("starlette_app:app", "users", "key-of-users")
        count = self.make_requests(port)
        self.assert_arrived("users", count)
        self.assertEqual(set(self.malti.asked), {"key-of-users"})
        self.assert_balanced(count)

    def test_an_outage_of_malti_costs_no_record(self):
        port = self.serve("fastapi_app:app", "orders", "k")
        self.malti.keys.pop("key-of-pannier")  # any answer but 200 would cost the SDK its batch
        count = self.make_requests(port)
        wait_until(lambda: self.status()["listeners"]["http_malti"]["accepted"] == count, "pannier has them all")
        self.malti.keys["key-of-pannier"] = "orders"
        self.assert_arrived("orders", count)
        self.assert_balanced(count)


if __name__ == "__main__":
    unittest.main()
