#!/usr/bin/env python3
"""A Malti on loopback for the pod's test: takes batches whose key is right, and prints the count of each.

    malti.py PORT SERVICE KEY…
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Malti(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != "/api/v1/ingest" or self.headers["X-API-Key"] not in sys.argv[3:]:
            return self.answer(401, {"detail": "Invalid API key"})
        requests = json.loads(body)["requests"]
        if not requests:
            return self.answer(400, {"detail": "Empty requests array is not allowed"})
        if any(request["service"] != sys.argv[2] for request in requests):
            return self.answer(403, {"detail": "Service mismatch"})
        print(len(requests), flush=True)
        return self.answer(200, {"message": "Telemetry data ingested successfully", "count": len(requests),
                                 "service": sys.argv[2]})

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


HTTPServer(("127.0.0.1", int(sys.argv[1])), Malti).serve_forever()
