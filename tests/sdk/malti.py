"""A Malti on loopback that keeps what it takes: keys, empty batches and answers as reference and SDK know them.

Users: sdk_test.py. Threads: one of its own; `records` and `asked` are appended to there and only read elsewhere.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Malti:
    def __init__(self, keys):
        self.keys = keys  # by key: the service that owns it
        self.records = []
        self.asked = []  # the key of each request
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                requests = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["requests"]
                self.answer(*double.rule(self.headers["X-API-Key"], requests))

            def answer(self, status, content):
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def rule(self, key, requests):
        self.asked.append(key)
        owner = self.keys.get(key)
        if owner is None:
            return 401, {"detail": "Invalid API key"}
        if not requests:
            return 400, {"detail": "Empty requests array is not allowed"}
        for request in requests:
            if request["service"] != owner:
                return 403, {"detail": f"Service mismatch: expected {owner}, got {request['service']}"}
        self.records.extend(requests)
        return 200, {"message": "Telemetry data ingested successfully", "count": len(requests), "service": owner}

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
