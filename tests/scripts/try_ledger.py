#!/usr/bin/env python3
"""The ledger of daemon/try.sh in one line, from three sides: nginx's count, pannier's status, the store's rows.

    try_ledger.py STATUS.JSON NGINX_REQUESTS RECORDS.DB     exit 0 exactly when all three agree
"""

import json
import sqlite3
import sys


def rows_in(path):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=2) as store:
        return store.execute("SELECT count(*) FROM records").fetchone()[0]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        status = json.load(file)
    listener = status["listeners"]["udp"]
    lane = status["lanes"]["local"]
    rejected = sum(listener["rejected"].values())
    lost = listener["kernel_dropped"] or 0
    sent = int(sys.argv[2]) + 1  # and the line that is no record

    line = f"{sent} sent = {lane['delivered']} stored + {rejected} rejected"
    if lost:
        line += f" + {lost} dropped by the kernel before pannier could read them"
    agrees = (sent == lane["delivered"] + rejected + lost and lane["delivered"] == rows_in(sys.argv[3])
              and status["balanced"])
    print(f"  {line}, {'balanced' if agrees else 'NOT BALANCED'}  (nginx itself counted {sys.argv[2]} requests)")
    for reason, shape in listener["rejected_last"].items():
        print(f"  rejected for its {reason}: {listener['rejected'].get(reason, 0)}, the last one looked like {shape}")
    return 0 if agrees else 1


if __name__ == "__main__":
    sys.exit(main())
