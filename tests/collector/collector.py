#!/usr/bin/env python3
"""Gives the real daemon records for a real Collector, and reads in the Collector's output that it took each of them.

    collector.py COLLECTOR BINARY      run by run.sh, which builds the Collector
"""

import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))
from otlp_records import make  # noqa: E402

SECONDS = 60
RECORDS = 1000
COLLECTOR = """
receivers: {{ otlp: {{ protocols: {{ http: {{ endpoint: "127.0.0.1:{port}" }} }} }} }}
exporters: {{ debug: {{ verbosity: detailed }} }}
service:
  telemetry: {{ metrics: {{ level: none }} }}
  pipelines: {{ traces: {{ receivers: [otlp], exporters: [debug] }} }}
"""
PANNIER = """
receive: {{ unix_stream: {{ path: {folder}/s }}, unix_datagram: off }}
control: {{ path: {folder}/control/c }}
spool: {{ path: {folder}/spool.db }}
deliver:
  multiplayer:
    url: http://127.0.0.1:{port}
    key: the-key
    encoding: {encoding}
    compression: {compression}
    send: all
    batch: {{ interval: 200ms }}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(fact, what):
    end = time.monotonic() + SECONDS
    while not fact():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def send(binary, folder, port, encoding, compression):
    """Runs the daemon until all of the records are delivered; the sum of its books must be right."""
    config = Path(folder) / f"{encoding}-{compression}.yaml"
    config.write_text(PANNIER.format(folder=folder, port=port, encoding=encoding, compression=compression))
    daemon = subprocess.Popen([binary, "run", "--config", config], stderr=subprocess.PIPE, text=True, env={})

    def ask(*arguments, **more):
        return subprocess.run([binary, *arguments, "--config", config], capture_output=True, text=True, env={},
                              check=False, **more)
    try:
        wait_for(lambda: ask("health").returncode == 0 or daemon.poll() is not None, "the daemon")
        lines = "".join(make(number, f"{encoding}/{compression}")[0] + "\n" for number in range(RECORDS))
        sent = ask("send", "-", input=lines)
        assert sent.returncode == 0, sent.stdout + sent.stderr
        wait_for(lambda: json.loads(ask("status", "--json").stdout)["lanes"]["multiplayer/traces"]["delivered"] == RECORDS,
                 "the delivery")
        assert ask("status", "--check").returncode == 0
    finally:
        daemon.send_signal(signal.SIGTERM)
        log = daemon.communicate(timeout=SECONDS)[1]
    assert daemon.returncode == 0 and "partial" not in log, log


def main():
    collector, binary = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        config, output = Path(folder) / "collector.yaml", Path(folder) / "collector.log"
        config.write_text(COLLECTOR.format(port=port))
        with output.open("w") as file:
            process = subprocess.Popen([collector, "--config", f"file:{config}"], stdout=file, stderr=file)
        try:
            wait_for(lambda: listens(port) or process.poll() is not None, "the Collector")
            for encoding in ("protobuf", "json"):
                for compression in ("gzip", "none"):
                    before = len(re.findall(r"^Span #", output.read_text(), re.MULTILINE))
                    send(binary, folder, port, encoding, compression)
                    wait_for(lambda: len(re.findall(r"^Span #", output.read_text(), re.MULTILINE)) == before + RECORDS,
                             "the Collector's output")
                    print(f"{encoding}, {compression}: the Collector took {RECORDS} spans")
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=SECONDS)
        text = output.read_text()
        for words in ("Kind           : Server", "-> http.status_code: Int(503)", "Status code    : Error"):
            assert words in text, f"the Collector did not understand: {words}"
        assert not re.search(r"\t(error|warn)\t", text), "the Collector complained"


if __name__ == "__main__":
    main()
