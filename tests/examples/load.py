"""Load on a front-end: ordinary requests on kept connections, pipelined, with hostile ones in between. Each ordinary
one has a mark of its own (address and consumer), so that what arrived is compared with what was sent, one by one.
Users: the tests of config/examples. It ends by itself: so many requests, and a limit of time for each answer.
"""

import re
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from hostile import HOSTILE, TRACE

THREADS = 6
PIPELINED = 8
ADDRESSES = 100  # few addresses and consumers, many pairs: a guard of cardinality finds nothing to do


@dataclass
class Sent:
    ordinary: Counter = field(default_factory=Counter)  # (service, method, address, status, consumer)
    hostile: int = 0
    faults: list = field(default_factory=list)
    begin: float = 0
    end: float = 0

    @property
    def total(self):
        return self.ordinary.total() + self.hostile


def _mark(thread, number):
    """The ordinary request of this number: what it is in the record, and its bytes."""
    service, status = (("orders", 200), ("payments", 502))[number % 2]
    method = ("GET", "POST")[number % 5 == 0]
    address, consumer = f"/{service}/k{number % ADDRESSES}z", f"load-{thread}-{number // ADDRESSES}"
    head = (f"{method} {address}?number={number} HTTP/1.1\r\nHost: ordinary\r\nX-Consumer-Id: {consumer}\r\n"
            f"User-Agent: \"ordinary\" {number}\r\nContent-Length: 0\r\n").encode()
    if number % 7 == 0:
        head += b"traceparent: " + TRACE + b"\r\n"
    return (service, method, address, status, consumer), head + b"\r\n"


class Answers:
    """Reads the answers of one connection, each with its Content-Length."""

    def __init__(self, connection):
        self._connection, self._rest = connection, b""

    def _more(self):
        got = self._connection.recv(1 << 16)
        if not got:
            raise ConnectionError("the front-end ended the connection")
        self._rest += got

    def status(self):
        while b"\r\n\r\n" not in self._rest:
            self._more()
        head, self._rest = self._rest.split(b"\r\n\r\n", 1)
        length = int(re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)[1])
        while len(self._rest) < length:
            self._more()
        self._rest = self._rest[length:]
        return int(head.split(b" ")[1])


def connect(port):
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _send_ordinary(connection, answers, thread, numbers):
    marks = [_mark(thread, number) for number in numbers]
    connection.sendall(b"".join(request for _, request in marks))
    for mark, _ in marks:
        status = answers.status()
        if status != mark[3]:
            raise AssertionError(f"{mark}: answered {status}")
    return [mark for mark, _ in marks]


def _send_hostile(port, thread, number, request):
    """Behind an ordinary request on the same connection, to the end of that."""
    with connect(port) as connection:
        served = _send_ordinary(connection, Answers(connection), thread, [number])
        try:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(1 << 16):
                pass
        except OSError:
            pass  # refused in the middle of it
        return served


def _run(port, thread, count, hostile, sent, lock):
    served, waiting, number = [], list(hostile), 0
    every = max(count // (len(waiting) + 1), PIPELINED)
    try:
        with connect(port) as connection:
            answers = Answers(connection)
            while number < count:
                numbers = range(number, min(number + PIPELINED, count))
                served += _send_ordinary(connection, answers, thread, numbers)
                number = numbers.stop
                while waiting and number // every > len(hostile) - len(waiting):
                    served += _send_hostile(port, thread, count + len(waiting), waiting.pop())
        while waiting:
            served += _send_hostile(port, thread, count + len(waiting), waiting.pop())
    except (OSError, AssertionError) as fault:
        sent.faults.append(f"thread {thread}: {fault!r}")
    with lock:
        sent.ordinary.update(served)
        sent.hostile += len(hostile) - len(waiting)


def send_load(port, requests=20000, hostile=None):
    """So many ordinary requests in all, and each thread all the hostile ones; returns what was sent."""
    sent, lock = Sent(begin=time.time()), threading.Lock()
    hostile = HOSTILE if hostile is None else hostile
    threads = [threading.Thread(target=_run, args=(port, number, requests // THREADS, hostile, sent, lock))
               for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent.end = time.time()
    if sent.faults:
        raise AssertionError(sent.faults)
    return sent
