"""What holds for each front-end. Users: the tests of config/examples, with themselves as `case`."""

import json
import time
from collections import Counter
from datetime import datetime, timezone

from beside import ANY, wait_until
from hostile import TEXTS, TRACE
from load import THREADS, Answers, connect


def epoch(created_at):
    """Of the local store's text."""
    return datetime.fromisoformat(created_at.replace("Z", "")).replace(tzinfo=timezone.utc).timestamp()


def assert_load_arrived(case, sent, served, rejected):
    """Each ordinary request once, as it was sent, but for what the kernel dropped; of the hostile ones those rejected
    that are known, and nothing forged; all at the client's time."""
    lost = case.assert_all_arrived(served, rejected=rejected)
    arrived = Counter(case.rows("SELECT service, method, endpoint, status, consumer FROM records"))
    missing = [mark for mark in sent.ordinary if arrived[mark] == 0]
    case.assertLessEqual(len(missing), lost, f"of {len(sent.ordinary)}, for instance {missing[:5]}")
    case.assertEqual([mark for mark in sent.ordinary if arrived[mark] > 1], [])
    case.assertEqual([row for row in arrived if row[2].startswith("/forged")], [])
    if rejected is not ANY:
        case.assertGreaterEqual(arrived["orders", "GET", "/orders", 200, TEXTS["injection"].decode()], THREADS - lost)
    first, last = case.rows("SELECT min(created_at), max(created_at) FROM records")[0]
    case.assertGreater(epoch(first), sent.begin - 1)
    case.assertLess(epoch(last), sent.end + 1)


def assert_times(case, port, path, at_least_ms):
    """One request that takes a known time, and when it was: the client's clock is the judge."""
    with connect(port) as connection:
        connection.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: slow\r\nX-Consumer-Id: slow\r\n\r\n")
        case.assertEqual(Answers(connection).status(), 200)
    answered = time.time()
    case.assert_all_arrived(1)
    took, created = case.rows("SELECT response_time, created_at FROM records")[0]
    case.assertGreaterEqual(took, at_least_ms)
    case.assertLess(took, 1000)
    case.assertLess(abs(epoch(created) - answered), 1)


def assert_line(case, port, times):
    """All fields of the line, as the program writes it; of the times (name: pattern) the form."""
    place = case.instead_of_pannier()

    def next_line():
        with connect(port) as connection:
            connection.sendall(b"GET /orders/7?secret=1 HTTP/1.1\r\nHost: line\r\nX-Consumer-Id: shop\r\n"
                               b"User-Agent: x\r\ntraceparent: " + TRACE + b"\r\n\r\n")
            case.assertEqual(Answers(connection).status(), 200)
        try:
            return place.recv(1 << 16)
        except TimeoutError:  # where pannier was gone for a moment, one line may be lost
            return None
    line = wait_until(next_line, "a line")
    record = json.loads(line[line.index(b"{"):], parse_float=str, parse_int=str)
    for name, pattern in times.items():
        case.assertRegex(record.pop(name), f"^{pattern}$")
    trace, parent = TRACE.decode().split("-")[1:3]
    case.assertEqual(record, {"service": "orders", "method": "GET", "path": "/orders/7", "status": "200",
                              "consumer": "shop", "client_ip": "127.0.0.1", "trace_id": trace,
                              "parent_span_id": parent})


def assert_goes_on_after_a_restart(case, make_requests):
    """The program was not started again."""
    case.instead_of_pannier().close()
    make_requests()  # nobody is there
    case.start_pannier()
    known = len(case.rows())
    wait_until(lambda: make_requests() and len(case.rows()) > known, "the program reports again")
