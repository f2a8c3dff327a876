"""Applications that send without end to a Unix socket and count what the kernel took; and a small Malti."""

import http.server
import json
import os
import socket
import threading


def record(number, service="orders"):
    return json.dumps({"service": service, "method": "GET", "endpoint": "/orders/{id}", "status": 200,
                       "response_time": 12, "context": f"n-{number}"}).encode() + b"\n"


def send_stream(path, lines):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.connect(path)
        client.sendall(b"".join(lines))


def send_datagrams(path, lines):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        client.connect(path)
        for line in lines:
            client.send(line)


class Load:
    """Some clients that connect, send line by line, and connect again when they are cut off."""

    def __init__(self, path, clients=4):
        self.path = path
        self.sent = [0] * clients      # lines that the kernel took whole
        self.connects = [0] * clients
        self.failures = []             # connects that were refused: there must be none
        self.ending = threading.Event()
        self.threads = [threading.Thread(target=self.work, args=(index,), daemon=True)
                        for index in range(clients)]
        for thread in self.threads:
            thread.start()

    def work(self, index):
        while not self.ending.is_set():
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                try:
                    client.connect(self.path)
                except OSError as error:
                    self.failures.append(str(error))
                    self.ending.wait(0.05)
                    continue
                self.connects[index] += 1
                self.send(client, index)

    def send(self, client, index):
        while not self.ending.wait(0.0005):
            try:
                client.sendall(record(f"{index}-{self.sent[index]}"))
            except OSError:
                return
            self.sent[index] += 1

    def end(self):
        self.ending.set()
        for thread in self.threads:
            thread.join()
        return sum(self.sent)


class Malti(http.server.BaseHTTPRequestHandler):
    """Takes batches that come with its key, answers 401 to any other."""

    key = "none"
    taken = 0

    def do_POST(self):  # pylint: disable=invalid-name
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_right = self.headers["X-API-Key"] == Malti.key
        count = len(json.loads(body)["requests"]) if is_right else 0
        Malti.taken += count
        answer = {"message": "ok", "count": count} if is_right else {"detail": "Invalid API key"}
        text = json.dumps(answer).encode()
        self.send_response(200 if is_right else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass


def listen_inside(leader, key):
    """A Malti on a free port of the guest's own loopback; the socket stays there, this thread comes back."""
    Malti.key = key
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    guest = os.open(f"/proc/{leader}/ns/net", os.O_RDONLY)
    set_network(guest)
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Malti)
    finally:
        set_network(home)
        os.close(home)
        os.close(guest)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def set_network(descriptor):
    import ctypes
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, 0x40000000) != 0:  # CLONE_NEWNET
        raise OSError(ctypes.get_errno(), "setns")
