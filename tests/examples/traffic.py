"""Requests as clients make them, good and hostile, and a server behind a proxy. Users: the tests of config/examples."""

import http.client
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Quotes, backslashes, braces and UTF-8, each of which would break a line that is glued together without escaping.
HOSTILE_CONSUMERS = ['say "hello"', "back\\slash", '","status":"200', "}{", "ünïcode".encode().decode("latin-1")]
HOSTILE_PATHS = ['/orders/"quoted"', "/orders/back\\slash", '/orders/","status":"200', "/orders/%22%5c%0a%00",
                 "/orders/" + "x" * 2000]


def make_requests(port):
    """Some dozens over one kept connection and the hostile ones; returns how many were answered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    answered = 0

    def request(method, path, consumer=None):
        nonlocal answered
        connection.putrequest(method, "/", skip_accept_encoding=True)
        connection._buffer[0] = f"{method} {path} HTTP/1.1".encode()  # http.client itself refuses hostile paths
        connection.putheader("Content-Length", "0")
        if consumer is not None:
            connection.putheader("X-Consumer-Id", consumer)
        connection.endheaders()
        response = connection.getresponse()
        response.read()
        answered += 1

    for number in range(40):
        request("GET", f"/orders/{1000 + number}?attempt={number}", "mobile")
    for _ in range(10):
        request("POST", "/orders")
    for number in range(5):
        request("POST", f"/payments/{number}")
    for consumer in HOSTILE_CONSUMERS:
        request("GET", "/orders", consumer)
    for path in HOSTILE_PATHS:
        request("GET", path)
    connection.close()
    return answered


def send_nonsense(port):
    """What is no HTTP at all: the proxy answers 400 and reports that, too."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
        return connection.recv(4096).split(b" ")[1]


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one segment an answer, else each waits for a delayed acknowledgement

    def do_GET(self):  # the names that http.server calls
        body = b"{}\n"
        self.send_response(500 if self.path.startswith("/payments") else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


class Backend:
    """A server on loopback that answers /payments with 500 and everything else with 200."""

    def __init__(self):
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
