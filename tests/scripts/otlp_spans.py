#!/usr/bin/env python3
"""Gives the real daemon records, decodes what it sends by classes that are not ours, and compares span by span.

    otlp_spans.py BINARY RECORDS      run by otlp.sh, which has the classes
"""

import base64
import gzip
import http.server
import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otlp_records import make

SECONDS = 60
CONFIG = """
service: unnamed
node: unnamed
resource: {{ deployment.environment: prod, service.version: "from configuration" }}
receive: {{ unix_stream: {{ path: {folder}/s }}, unix_datagram: off, udp: off }}
control: {{ path: {folder}/control/c }}
spool: {{ path: {folder}/spool.db }}
deliver:
  multiplayer:
    url: http://127.0.0.1:{port}{path}
    key: the-key
    encoding: {encoding}
    compression: {compression}
    send: all
    batch: {{ interval: 200ms }}
"""
HELLO = {"hello": {"service": "from-hello", "node": "node-1", "ack": True,
                   "resource": {"service.version": "from hello", "telemetry.sdk.language": "python \"3\""}}}
RESOURCE = {"deployment.environment": "prod", "service.version": "from hello", "telemetry.sdk.language": "python \"3\""}


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    requests, lock = [], threading.Lock()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        with Receiver.lock:
            Receiver.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def ids_as_base64(value):
    """OTLP/JSON writes ids in hex where protobuf's JSON has base64."""
    if isinstance(value, list):
        return [ids_as_base64(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: base64.b64encode(bytes.fromhex(item)).decode() if key in ("traceId", "spanId", "parentSpanId")
            else ids_as_base64(item) for key, item in value.items()}


def decoded(path, headers, body, encoding, compression):
    assert path == "/v1/traces", path
    assert headers["authorization"] == "the-key", "the bare key"
    assert headers.get("content-encoding") == ("gzip" if compression == "gzip" else None), headers
    body = gzip.decompress(body) if compression == "gzip" else body
    if encoding == "json":
        assert headers["content-type"] == "application/json", headers
        return json_format.ParseDict(ids_as_base64(json.loads(body)), ExportTraceServiceRequest())
    assert headers["content-type"] == "application/x-protobuf", headers
    message = ExportTraceServiceRequest.FromString(body)
    assert message.SerializeToString() == body, "another writer would write the same bytes"
    return message


def values_of(attributes):
    found = {}
    for attribute in attributes:
        assert attribute.key not in found, f"{attribute.key} twice"
        kind = attribute.value.WhichOneof("value")
        found[attribute.key] = (kind, getattr(attribute.value, kind))
    return found


def spans_of(message):
    for resource_spans in message.resource_spans:
        resource = {key: value for key, (_, value) in values_of(resource_spans.resource.attributes).items()}
        for scope_spans in resource_spans.scope_spans:
            assert scope_spans.scope.name == "pannier" and scope_spans.scope.version, scope_spans.scope
            for span in scope_spans.spans:
                yield span, resource


def difference(span, resource, expected):
    """What is wrong with this span; None where nothing is."""
    ids = {"trace_id": span.trace_id.hex(), "span_id": span.span_id.hex(), "parent_span_id": span.parent_span_id.hex()}
    for field, digits in (("trace_id", 32), ("span_id", 16), ("parent_span_id", 0)):
        given = expected["ids"].get(field)
        if ids[field] != given if given else len(ids[field]) != digits or set(ids[field]) == {"0"}:
            return f"{field} is {ids[field]}, expected {given}"
    told = {"name": span.name, "kind": span.kind, "start": span.start_time_unix_nano, "end": span.end_time_unix_nano,
            "code": span.status.code, "attributes": values_of(span.attributes), "resource": resource}
    for name, value in told.items():
        wanted = expected[name] if name != "resource" else {**RESOURCE, **expected["resource"]}
        if value != wanted:
            return f"{name} is {value}, expected {wanted}"
    return None if span.HasField("status") else "no status"


def feed(folder, lines):
    """Sends the lines and waits until they are accounted for."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(SECONDS)
        client.connect(f"{folder}/s")
        client.sendall("".join(line + "\n" for line in [json.dumps(HELLO), *lines]).encode())
        answers = client.makefile()
        for answer in answers:
            if json.loads(answer).get("ack") == len(lines):
                assert json.loads(answer)["rejected"] == 0, answer
                return
    raise AssertionError("the daemon closed the connection")


def wait_for(fact, what):
    end = time.monotonic() + SECONDS
    while not fact():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.01)


def run(binary, folder, port, encoding, compression, records):
    Receiver.requests = []
    config = Path(folder) / "pannier.yaml"
    path = "/v1/traces" if encoding == "json" else ""
    config.write_text(CONFIG.format(folder=folder, port=port, path=path, encoding=encoding, compression=compression))
    daemon = subprocess.Popen([binary, "run", "--config", config], stderr=subprocess.PIPE, text=True, env={})
    try:
        wait_for(lambda: Path(f"{folder}/s").is_socket() or daemon.poll() is not None, "the socket")
        made = [make(number, f"{encoding}/{compression}") for number in range(records)]
        feed(folder, [line for line, _ in made])
        def status(*arguments):
            return subprocess.run([binary, "status", *arguments, "--config", config], capture_output=True, text=True,
                                  env={}, check=False)
        wait_for(lambda: json.loads(status("--json").stdout)["lanes"]["multiplayer/traces"]["delivered"] == records,
                 "the delivery")
        check = status("--check")
        assert check.returncode == 0, check.stdout + check.stderr
    finally:
        daemon.send_signal(signal.SIGTERM)
        log = daemon.communicate(timeout=SECONDS)[1]
    assert daemon.returncode == 0, log
    assert "the-key" not in log, "the key is in the log"
    return compared([expected for _, expected in made], encoding, compression)


def compared(expected, encoding, compression):
    """How many spans were compared, and the bytes that they took."""
    awaited = {each["mark"]: each for each in expected}
    size = 0
    minted = set()
    for path, headers, body in Receiver.requests:
        size += len(body)
        for span, resource in spans_of(decoded(path, headers, body, encoding, compression)):
            context = {a.key: a.value.string_value for a in span.attributes}["pannier.context"]
            wanted = awaited.pop(re.match(r"~s\d{12}~", context)[0])  # a KeyError: a span came twice
            wrong = difference(span, resource, wanted)
            assert wrong is None, f"{encoding}, {compression}, {wanted['mark']}: {wrong}"
            assert span.span_id not in minted, "a span id twice"
            minted.add(span.span_id)
    assert not awaited, f"{len(awaited)} records sent no span, such as {next(iter(awaited.values()))}"
    return size


def main():
    binary, records = sys.argv[1], int(sys.argv[2])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for encoding in ("protobuf", "json"):
        for compression in ("gzip", "none"):
            with tempfile.TemporaryDirectory() as folder:
                size = run(binary, folder, server.server_port, encoding, compression, records)
            print(f"{encoding}, {compression}: {records} spans are what their records say; {size / records:.0f} bytes each")
    server.shutdown()


if __name__ == "__main__":
    main()
