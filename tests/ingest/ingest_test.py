#!/usr/bin/env python3
"""What pannier makes of thousands of hostile ingest bodies beside what the real FastAPI and pydantic make of them.

    ingest_test.py BINARY [SEED]     BINARY: build/release/tests/ingest/ingest_answers
"""

import json
import random
import subprocess
import sys
from datetime import datetime, timezone

import bodies
from malti import Malti, in_one_form

MOST_LISTED = 100
LONGEST_INPUT = 1024
UTC_RANGE = datetime.min.replace(tzinfo=timezone.utc), datetime.max.replace(tzinfo=timezone.utc)
# What we answer otherwise on purpose, and how: no SDK writes UTF-16, Malti would fail with 500 on the surrogate, and
# pydantic takes "0-1" for -1.
ON_PURPOSE = [("UTF-16", '{"requests":[]}'.encode("utf-16"), 400),
              ("UTF-16 without its mark", "{}".encode("utf-16-le"), 400),
              ("a surrogate in UTF-8", b'{"requests":[],"x":"\xed\xa0\x80"}', 400),
              ("a minus behind zeros", bodies.batch(bodies.record(status='"0-1"')).encode(), 422)]
# What json and FastAPI refuse by its bytes.
BY_BYTES = [b'{"a":"\xff"}', b"\xff\xfe\xfd", b'{"a":"\xc0\x80"}', b'{"requests":[]}\x80', b'{"a":"\xf5\x80\x80\x80"}',
            b"\x1f\x8b\x08\x00"]


def ours(binary, texts):
    framed = b"".join(b"%d\n%b" % (len(text), text) for text in texts)
    lines = subprocess.run([binary], input=framed, stdout=subprocess.PIPE, check=True).stdout.split(b"\n")
    assert len(lines) == len(texts) + 1, "one answer for each body"
    return [json.loads(line) for line in lines[:-1]]


def cleaned(text):
    """As pannier sets a text right."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "").replace("\r", "").replace("\n", " ")


def is_name(text):
    return 0 < len(text) <= 100 and not any(c < " " or c in "/\x7f" for c in text)


def expected_record(record):
    """What pannier must have of a record that Malti takes."""
    expected = {name: cleaned(getattr(record, name) or "") for name in ("service", "node", "method", "endpoint",
                                                                        "consumer", "context")}
    expected["status"] = min(max(record.status, -2**31), 2**31 - 1)
    expected["doomed"] = not (-2**15 <= record.status < 2**15 and -2**31 <= record.response_time < 2**31)
    expected["response_time"] = float(min(max(record.response_time, -10**12), 10**12))
    if record.created_at is not None:
        naive = record.created_at.tzinfo is None
        try:
            at = record.created_at.replace(tzinfo=timezone.utc) if naive else record.created_at.astimezone(timezone.utc)
        except OverflowError:
            at = UTC_RANGE[record.created_at.year > 5000]
            expected["doomed"] = True
        expected["created_at"] = at.strftime("%Y").zfill(4) + at.strftime("-%m-%dT%H:%M:%S.%fZ")
    return expected


def compare_records(records, answer):
    unfit = [record for record in records if not is_name(cleaned(record.service))]
    if unfit:
        assert answer["status"] == 422 and len(answer["body"]["detail"]) == len(unfit), "unfit names are refused"
        assert all(entry["type"] == "value_error" for entry in answer["body"]["detail"])
        return
    assert answer["status"] == 200, "Malti takes it"
    assert len(answer["body"]) == len(records)
    for record, taken in zip(records, answer["body"]):
        taken["response_time"] = float(taken["response_time"])
        is_plain = taken.pop("is_plain")
        expected = expected_record(record)
        assert taken == expected, f"{taken} is not {expected}"
        texts = [value for value in expected.values() if isinstance(value, str)]
        assert is_plain == (not any(c < " " or c in '"\\' for text in texts for c in text)), "is_plain"


def without_unfit_names(entries):
    return [entry for entry in entries if entry["type"] != "value_error"]


def compare_details(expected, taken, with_inputs):
    for entry in taken:
        is_cut = isinstance(entry["input"], str) and entry["input"].endswith(" bytes, too long to be shown")
        twin = next((e for e in expected if e["loc"] == entry["loc"]), None)
        if twin and (is_cut or not with_inputs):
            twin["input"] = entry["input"] = None
    assert len(taken) == min(len(expected), MOST_LISTED), f"{len(taken)} mistakes, not {len(expected)}"
    for entry, twin in zip(taken, expected):
        assert in_one_form(json.dumps(entry)) == in_one_form(json.dumps(twin)), f"{entry} is not {twin}"


def plain(errors):
    """Pydantic's errors without what JSON can't hold."""
    keys = ("type", "loc", "msg")
    return [{**{key: error[key] for key in keys}, "loc": list(error["loc"]), "input": None,
             **({"ctx": error["ctx"]} if "ctx" in error else {})} for error in errors]


def lines_of(answer):
    return sum(answer["rejected"].values())


def compare(malti, body, answer):
    status, text = malti.answer(body)
    if status == 200:
        return compare_records(malti.records, answer)
    assert answer["status"] == (422 if status == 500 else status), f"{status}, not {answer['status']}"
    if status == 400:
        assert in_one_form(text) == in_one_form(json.dumps(answer["body"]))
        return
    assert malti.errors, "a 422 has reasons"
    details = json.loads(text)["detail"] if status == 422 else plain(malti.errors)
    compare_details(details, without_unfit_names(answer["body"]["detail"]), status == 422)
    elements = {error["loc"][2] for error in malti.errors if len(error["loc"]) > 2}
    faulty = sum(count for reason, count in answer["rejected"].items() if reason != "batch")
    assert faulty >= max(1, len(elements)), "each faulty record is counted"


def all_bodies(seed):
    chance = random.Random(seed)
    for source in (bodies.every_value(), bodies.documents(), bodies.broken(), bodies.by_chance(chance, 2500),
                   bodies.numbers_by_chance(chance, 1500)):
        for text in source:
            yield text.encode()
    yield from BY_BYTES


def main():
    binary, seed = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1
    malti = Malti()
    texts = list(all_bodies(seed))
    failures, seen = 0, {}
    for body, answer in zip(texts, ours(binary, texts)):
        seen[answer["status"]] = seen.get(answer["status"], 0) + 1
        try:
            compare(malti, body, answer)
        except AssertionError as broken:
            failures += 1
            if failures <= 20:
                print(f"{body[:400]!r}\n  Malti: {malti.answer(body)[0]}  {broken}\n  ours: {str(answer)[:600]}")
    for (name, _, status), answer in zip(ON_PURPOSE, ours(binary, [body for _, body, _ in ON_PURPOSE])):
        if answer["status"] != status:
            failures += 1
            print(f"{name}: {answer}")
    print(f"{len(texts)} bodies, seed {seed}, by our answers: {dict(sorted(seen.items()))}; {failures} differ")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
