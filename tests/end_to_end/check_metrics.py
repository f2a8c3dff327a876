#!/usr/bin/python3
"""Reads a scrape with Prometheus' own parser and holds it against `pannier status --json`.

    check_metrics.py METRICS STATUS     exit 0: well formed, every sum balances, the two say the same

The interpreter is Debian's, because python3-prometheus-client is installed for that one.
"""

import json
import sys

from prometheus_client.parser import text_string_to_metric_families

faults = []


def expect(is_so, what):
    if not is_so:
        faults.append(what)


def read(path):
    """All samples by name and labels; the families' shape is looked at on the way."""
    values = {}
    names = set()
    text = open(path, encoding="utf-8").read()
    expect(text.endswith("\n"), "the last line has no end")
    for family in text_string_to_metric_families(text):
        expect(family.name.startswith(("pannier_", "process_")), f"{family.name}: not our prefix")
        expect(family.name not in names, f"{family.name}: twice")
        expect(family.type in ("counter", "gauge"), f"{family.name}: {family.type}")
        expect(family.documentation.endswith("."), f"{family.name}: no HELP")
        names.add(family.name)
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            expect(key not in values, f"{key}: twice")
            expect(sample.name.endswith("_total") == (family.type == "counter"), f"{sample.name}: {family.type}")
            values[key] = sample.value
    return values


class Scrape:
    def __init__(self, path):
        self.values = read(path)

    def one(self, name, **labels):
        value = self.values.get((name, frozenset(labels.items())))
        expect(value is not None, f"{name} {labels}: not there")
        return value

    def all(self, name, **labels):
        """The samples of a name that have these labels."""
        wanted = set(labels.items())
        return {labels: value for (each, labels), value in self.values.items() if each == name and wanted <= labels}

    def sum(self, name, **labels):
        return sum(self.all(name, **labels).values())


def compare(what, scraped, told):
    expect(scraped == told, f"{what}: the scrape says {scraped}, the status {told}")


def reasons(scrape, name, label="reason", **labels):
    """{"status": 1}: as the status lists them, without those that are 0."""
    return {dict(each)[label]: value for each, value in scrape.all(name, **labels).items() if value}


def check_listeners(scrape, status):
    for name, told in status["listeners"].items():
        metric = "pannier_listener_"
        lines = scrape.one(metric + "lines_total", listener=name)
        compare(f"{name} lines", lines, told["lines"])
        compare(f"{name} accepted", scrape.one(metric + "accepted_records_total", listener=name), told["accepted"])
        for kind in ("rejected", "filtered"):
            compare(f"{name} {kind}", reasons(scrape, f"{metric}{kind}_lines_total", listener=name), told[kind])
        compare(f"{name} limits", reasons(scrape, metric + "limit_hits_total", "limit", listener=name), told["limits"])
        compare(f"{name} dropped by clients", scrape.one(metric + "client_dropped_records_total", listener=name),
                told["client_dropped"])
        dropped = scrape.all(metric + "kernel_dropped_datagrams_total", listener=name)
        compare(f"{name} dropped by the kernel", list(dropped.values()),
                [] if told["kernel_dropped"] is None else [told["kernel_dropped"]])
        parts = (scrape.sum(metric + "accepted_records_total", listener=name)
                 + scrape.sum(metric + "rejected_lines_total", listener=name)
                 + scrape.sum(metric + "filtered_lines_total", listener=name))
        expect(lines == parts, f"{name}: {lines} lines, but {parts} in parts")


def check_destinations(scrape, status):
    accepted = scrape.sum("pannier_listener_accepted_records_total")
    for name, told in status["destinations"].items():
        left_out = "pannier_destination_left_out_records_total"
        compare(f"{name} left out", reasons(scrape, left_out, destination=name), told["left_out"])
        others = "pannier_destination_other_texts_total"
        compare(f"{name} others", reasons(scrape, others, "text", destination=name), told["cardinality"])
        lanes = sum(value for labels, value in scrape.all("pannier_lane_accepted_records_total").items()
                    if dict(labels)["lane"].split("/")[0] == name)
        parts = lanes + scrape.sum(left_out, destination=name)
        expect(accepted == parts, f"{name}: {accepted} accepted, but {parts} in parts")


def check_lanes(scrape, status):
    metric = "pannier_lane_"
    for name, told in status["lanes"].items():
        compare(f"{name} carried in", scrape.one(metric + "carried_in_records", lane=name), told["carried_in"])
        for kind in ("accepted", "delivered", "maybe_twice"):
            compare(f"{name} {kind}", scrape.one(f"{metric}{kind}_records_total", lane=name), told[kind])
        compare(f"{name} dead", reasons(scrape, metric + "dead_records_total", lane=name), told["dead_reasons"])
        compare(f"{name} dropped", reasons(scrape, metric + "dropped_records_total", lane=name), told["dropped"])
        compare(f"{name} requests", scrape.one(metric + "requests_total", lane=name), told["requests"])
        for place, count in told["held"].items():
            compare(f"{name} in {place}", scrape.one(metric + "held_records", lane=name, place=place), count)
        states = reasons(scrape, metric + "state", "state", lane=name)
        compare(f"{name} state", states, {told["state"]: 1})
        expect(scrape.one(metric + "state_seconds", lane=name) >= 0, f"{name}: a state from the future")
        into = scrape.sum(metric + "carried_in_records", lane=name) + scrape.sum(metric + "accepted_records_total", lane=name)
        parts = sum(scrape.sum(metric + each, lane=name) for each in
                    ("delivered_records_total", "dead_records_total", "dropped_records_total", "held_records"))
        expect(into == parts, f"{name}: {into} came in, but {parts} in parts")


def check_dead_letters(scrape, status):
    told = status["dead_letters"]
    metric = "pannier_dead_letters_"
    for name in ("carried_in", "stored"):
        compare(f"dead letters {name}", scrape.one(metric + name), told[name])
    compare("dead letters replayed", scrape.one(metric + "replayed_total"), told["replayed"])
    compare("dead letters purged", reasons(scrape, metric + "purged_total"), told["purged"])


def check_daemon(scrape, status):
    expect(scrape.one("pannier_build_info", version=status["version"]) == 1, "another version")
    expect(scrape.one("pannier_config_info", version=status["config"]) == 1, "another configuration")
    compare("balanced", scrape.one("pannier_balanced"), int(status["balanced"]))
    compare("at risk", scrape.one("pannier_at_risk_records"), status["at_risk"])
    compare("memory", scrape.one("pannier_memory_limit_bytes"), status["memory"]["limit"])
    expect(scrape.one("pannier_uptime_seconds") > 0, "it does not run")
    for name in ("cpu_seconds_total", "resident_memory_bytes", "virtual_memory_bytes", "open_fds", "max_fds",
                 "start_time_seconds"):
        expect(scrape.one("process_" + name) > 0, f"process_{name}: nothing")


def main():
    scrape = Scrape(sys.argv[1])
    with open(sys.argv[2], encoding="utf-8") as file:
        status = json.load(file)
    for check in (check_daemon, check_listeners, check_destinations, check_lanes, check_dead_letters):
        check(scrape, status)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
