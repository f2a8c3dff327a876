"""Requests as clients make them, good and hostile, and a server behind a proxy. Users: the tests of config/examples."""

import http.client
import re
import socket
import struct
import threading
import time

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


def get(port, path):
    """The status of one answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status


def send_and_leave(port, path):
    """A client that resets the connection before it could be answered."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: leaving\r\n\r\n".encode())
        time.sleep(0.05)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Backend:
    """A server on loopback that answers /payments with 502 and everything else with 200; …/slow after SLOW seconds,
    …/never not at all. Quick rather than complete."""

    SLOW = 0.12

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        rest = b""
        with connection:
            try:
                while True:
                    while b"\r\n\r\n" not in rest:
                        got = connection.recv(1 << 18)
                        if not got:
                            return
                        rest += got
                    head, rest = rest.split(b"\r\n\r\n", 1)
                    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
                    while length and len(rest) < int(length[1]):
                        got = connection.recv(1 << 18)
                        if not got:
                            return
                        rest += got
                    rest = rest[int(length[1]) if length else 0:]
                    self._answer(connection, head.split(b" ")[1])
            except OSError:
                return

    def _answer(self, connection, path):
        if path.endswith(b"/never"):
            while connection.recv(1 << 16):
                pass
            raise ConnectionResetError
        if path.endswith(b"/slow"):
            time.sleep(self.SLOW)
        status = b"502 Bad Gateway" if path.startswith(b"/payments") else b"200 OK"
        connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 3\r\n\r\n{}\n")

    def stop(self):
        self._listener.close()
