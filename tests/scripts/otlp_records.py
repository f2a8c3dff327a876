"""Records in every shape that the wire knows, each with the span that must come of it. Used by otlp_spans.py."""

import json
import random
from datetime import datetime, timezone
from decimal import Decimal

SERVER, ERROR = 2, 2
TEXTS = ["plain", "with \"quotes\" and \\ backslash", "two\nlines\tand a tab", "grüße", "日本語", "🚀 to the moon",
         "</script>&amp;<b>", "\u202eright to left", "a" * 5000, " blanks around ", "\u0001\u001f\u007f"]
METHODS = ["GET", "POST", "PUT", "DELETE", "M-SEARCH"]
NUMBERS = [0, -1, 7, 2**31, 2**53 + 1, 2**63 - 1, -2**63, 2**63, -0.5, 1e-7, 1.5e300, 0.1]
SESSION = ["debdeb", "cdbcdb", "debcdb"]


def hexes(chance, digits):
    return "".join(chance.choice("0123456789abcdef") for _ in range(digits))


def response_time(chance):
    """A field of the record, and the same in whole nanoseconds."""
    ns = chance.choice([0, 1, 999, 10**6, chance.randrange(10**10), chance.randrange(2147483647 * 10**6)])
    name, unit = chance.choice([("response_time", 10**6), ("response_time_us", 10**3), ("response_time_s", 10**9)])
    text = f"{Decimal(ns) / unit:f}"
    return name, (text if chance.random() < 0.3 else float(text) if "." in text else int(text)), ns


def created_at(chance):
    """As a record writes it, and in microseconds since 1970."""
    us = chance.randrange(946684800, 4102444800) * 10**6 + chance.choice([0, 1, 999999, chance.randrange(10**6)])
    seconds, part = divmod(us, 10**6)
    if chance.random() < 0.3:
        return f"{seconds}.{part:06d}", us
    text = datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{part:06d}Z", us


def attributes(chance):
    values = [chance.choice(TEXTS), chance.choice(NUMBERS), True, False, None]
    names = ["a", "é", "quote\"d"]
    return {f"own.{n}.{chance.choice(names)}": chance.choice(values) for n in range(chance.randrange(6))}


def any_value(value):
    """How a scalar stands in an AnyValue."""
    if isinstance(value, bool):
        return "bool_value", value
    if isinstance(value, int) and -2**63 <= value < 2**63:
        return "int_value", value
    if isinstance(value, (int, float)):
        return "double_value", float(value)
    return "string_value", value


def make(number, seed):
    """A line of the wire, and what its span must say."""
    chance = random.Random(f"{seed}/{number}")
    mark = f"~s{number:012d}~" + chance.choice(["", " " + chance.choice(TEXTS)])
    name, took, took_ns = response_time(chance)
    when, when_us = created_at(chance)
    status = chance.choice([100, 127, 128, 200, 204, 301, 404, 499, 500, 503, 599])
    method, endpoint = chance.choice(METHODS), "/things/" + chance.choice(["{id}", "grüße", "a\"b", "x" * 3000])
    record = {"method": method, "endpoint": endpoint, "status": status, name: took, "created_at": when, "context": mark}
    say = {"http.request.method": method, "http.method": method, "http.route": endpoint,
           "http.response.status_code": status, "http.status_code": status, "pannier.context": mark,
           "pannier.consumer": "anonymous"}
    resource = {"service.name": "from-hello", "service.instance.id": "node-1"}
    for field, key in (("consumer", "pannier.consumer"), ("client_ip", "client.address")):
        if chance.random() < 0.5:
            record[field] = say[key] = chance.choice(["203.0.113.9", "someone", "日本"])
    if chance.random() < 0.5:
        path = "/things/" + chance.choice(["17", "ü", "a%20b"])
        record["path"], say["url.path"], say["http.target"] = path + chance.choice(["", "?q=secret"]), path, path
    if chance.random() < 0.2:
        record["service"] = resource["service.name"] = chance.choice(["orders", "größe", "quote\"d"])
        record["node"] = resource["service.instance.id"] = "node-2"
    ids = {}
    for field, digits in (("trace_id", 32), ("span_id", 16), ("parent_span_id", 16)):
        if chance.random() < 0.6:
            ids[field] = hexes(chance, digits)
            record[field] = ids[field].upper() if chance.random() < 0.3 else ids[field]
    if chance.random() < 0.3:
        ids["trace_id"] = record["trace_id"] = chance.choice(SESSION) + hexes(chance, 26)
    record["attributes"] = attributes(chance)
    record["request_headers"] = {"x-secret": "never"}
    record["request_body"] = "never"
    say.update({key: value for key, value in record["attributes"].items() if value is not None})
    return json.dumps(record, ensure_ascii=chance.random() < 0.5), {
        "mark": f"~s{number:012d}~", "name": f"{method} {endpoint}", "kind": SERVER,
        "start": when_us * 1000 - took_ns, "end": when_us * 1000, "code": ERROR if status >= 500 else 0,
        "ids": ids, "attributes": {key: any_value(value) for key, value in say.items()}, "resource": resource}
