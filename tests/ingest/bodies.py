"""Hostile bodies: every form of every field, every way in which JSON can be broken, and chance."""

import json

GOOD = {"service": '"orders"', "node": '"n1"', "method": '"GET"', "endpoint": '"/users/{id}"', "status": "200",
        "response_time": "15", "consumer": '"web"', "context": "null", "created_at": '"2026-01-01T12:00:00Z"'}

TEXTS = ['""', '" "', '"x"', '"é\U0001f600"', r'"\u00e9\/\"\\\b\f\t"', r'"a\nb\rc\u0000d"', r'"\ud83d\ude00"',
         r'"\ud800"', r'"\udc00x\ud83d"', r'"\ud800\ud800\udc00"', r'"a\ud800\n"', '"\x7f\u2028\u202e"', "null",
         "true", "false", "0", "1.5", "[]", "{}", '["x"]', '{"a":1}', "NaN", '"' + "x" * 1500 + '"',
         '"../../../etc/machine-id"', '"a/b"', r'"\u0000"', '"' + "s" * 100 + '"', '"' + "s" * 101 + '"',
         '"' + "é" * 100 + '"', '"' + "é" * 101 + '"', r'"\ta"', '[' + ",".join("1" * 400) + ']']

WHOLES = ["0", "-0", "-1", "200.0", "200.5", "-0.0", "1e3", "1E+3", "1e-3", "1.5e1", "1e400", "-1e400", "1e-400", "NaN",
          "Infinity", "-Infinity", "true", "false", "null", "[]", "{}", "99999999999999999999999",
          "-99999999999999999999999", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
          "-9223372036854775809", "9223372036854775807.0", "9.3e18", "9223372036854774784.0", "-9223372036854775808.0",
          "32767", "32768", "-32768", "-32769", "2147483647", "2147483648", "-2147483648", "-2147483649", "1e20",
          "99999999999999999999999.0", "1" * 4300, "1" * 4301, "-" + "1" * 4300, "-" + "1" * 4301, "1" * 5000 + ".0",
          '""', '" "', '"200"', '" 200 "', '"200.0"', '"200.00"', '"200."', '"200.5"', '"1_000"', '"_1"', '"1_"',
          '"1__0"', '"0__1"', '"0_"', '"0_.0"', '"0_1"', '"+5"', '"-5"', '"- 5"', '"+-5"', '"-+5"', '"++5"', '"+"',
          '"-"', '"0x10"', '"1e3"', '"007"', '"-007"', '" -1_0 "', r'"\u00a05\u3000"', r'"5\n"', r'"5\u0000"',
          r'"\u200b5"', '"\u20285\u205f"', '"\u0663"', '".0"', '"-.0"', '"0."', '"0.0"', '"1.0_0"', '"-_5"', '"inf"',
          '"nan"', '"x"', '"9223372036854775808"', '"-9223372036854775809"', '"32768"', '"2147483648"', r'"\ud800"',
          r'"5\ud800"', r'"\u0035"', '"' + "1" * 4300 + '"', '"' + "1" * 4301 + '"', '"' + "0" * 4400 + '1"',
          '"1,000"', '"1.0.0"']

TIMES = ["null", "true", "false", "[]", "{}", "0", "-0", "-0.0", "1", "-1", "1.5", "-1.5", "0.9999996", "-0.9999996",
         "1e-7", "-1e-7", "1e9", "1.7e9", "1735732800", "1735732800.5", "1735732800.1234567", "1735732800.9999999",
         "1735732800123", "1735732800123.4567", "-1735732800123.4567", "1735732800123456", "1735732800123456789",
         "20000000000", "20000000000.5", "20000000001", "-20000000000", "-20000000001", "-20000000000.5",
         "19999999999.9", "-62135596800000", "-62135596800001", "-62167219200000", "-62167219200001", "253402300799999",
         "253402300800000", "253402300799999.9", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
         "99999999999999999999999", "-99999999999999999999999", "1e18", "-1e18", "1e300", "-1e300", "1e400", "-1e400",
         "NaN", "Infinity", "-Infinity"] + [json.dumps(text, ensure_ascii=False) for text in (
             "", " ", "now", "0", "5", "00005", "-0", "-1", "+1", "+-1", "--1", "1_0", ".5", "-.5", "+.5", "5.", ".",
             "+", "-", "5.5.5", "1e9", "0x5", "1735732800", "+1735732800", " 1735732800", "1735732800 ", "1735732800.",
             "1735732800.5", "1735732800.1234565", "1735732800123", "1735732800123.4567", "-1735732800.5",
             "20000000001", "20000000000.5", "253402300800000", "253402300799999.9", "-62167219200001",
             "-62135596800001", "-62167219200000.5", "9223372036854775807", "9223372036854775808",
             "99999999999999999999.5", "0.0000005", "1.9999995", "19999999999.9999999", "1" * 400 + ".5",
             "2026-01-01", "2026-01-01x", "2026-01-01 ", " 2026-01-01", "20260101", "2026-1-1", "2026-01", "2026",
             "2026/01/01", "2026-13-01", "2026-00-01", "2026-01-00", "2026-01-32", "2026-02-30", "2024-02-29",
             "2023-02-29", "2026-04-31", "0000-01-01", "0000-02-30", "0001-01-01", "9999-12-31", "202a-01-01",
             "2026-0a-01", "2026-01-0a", "2026-W01-1", "+2026-01-01", "-2026-01-01", "2026\u221201\u221201",
             "\u0662026-01-01", "2026-01-01T12:00:00", "2026-01-01T12:00:00Z", "2026-01-01t12:00:00z",
             "2026-01-01 12:00:00", "2026-01-01_12:00:00", "2026-01-01-12:00:00", "2026-01-01T", "2026-01-01T12",
             "2026-01-01T12:00", "2026-01-01T12:00Z", "2026-01-01T12Z", "2026-01-01T24:00:00", "2026-01-01T23:60:00",
             "2026-01-01T23:59:60", "2026-01-01T1:00:00", "2026-01-01T12:0:00", "2026-01-01T120000",
             "2026-01-01T12:00:00.", "2026-01-01T12:00:00.5", "2026-01-01T12:00:00,5", "2026-01-01T12:00,5",
             "2026-01-01T12:00:00.123456789Z", "2026-01-01T12:00:00.0000009",
             "2026-01-01T12:00:00.+01:00", "2026-01-01T12:00:00+01:00", "2026-01-01T12:00:00+0100",
             "2026-01-01T12:00:00+01", "2026-01-01T12:00:00+1", "2026-01-01T12:00:00+1:00", "2026-01-01T12:00:00+01:0",
             "2026-01-01T12:00:00+01:000", "2026-01-01T12:00:00+23:59", "2026-01-01T12:00:00-23:59",
             "2026-01-01T12:00:00+24:00", "2026-01-01T12:00:00+23:60", "2026-01-01T12:00:00\u221201:00",
             "2026-01-01T12:00:00\u22120100", "2026-01-01T12:00:00-", "2026-01-01T12:00:00 Z", "2026-01-01T12:00:00Zx",
             "2026-01-01T12:00:00+01:00Z", "2026-01-01T12:00:00.5 +01:00", "2026-01-01T12:00:00-0000",
             "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59.999999-05:00", "9999-12-31T23:59:59.999999",
             "2026-01-01T12:00:00\u00e9", "\u00e9" * 10, "2026-01-01\n", "2026-01-01T12:00:00\n", "12:00:00", "inf",
             "nan", "Infinity")] + [
                 r'"\ud800"', r'"2026-01-01\ud800"', r'"2026\u002d01-01"']

VALUES = {"status": WHOLES, "response_time": WHOLES, "created_at": TIMES}


def record(**changed):
    """A good record with other values; None: left out."""
    fields = {**GOOD, **changed}
    return "{" + ",".join(f'"{name}":{value}' for name, value in fields.items() if value is not None) + "}"


def batch(*records):
    return '{"requests":[' + ",".join(records) + "]}"


def every_value():
    for field in GOOD:
        yield batch(record(**{field: None}))
        yield batch(record(), record(**{field: None}))
        for value in VALUES.get(field, TEXTS):
            yield batch(record(**{field: value}))


def documents():
    """What is around the records."""
    good = record()
    yield from ("", " ", "\n\n", "{}", "{ }", "[]", "null", "5", "-0", "1e5", '"x"', "true", "NaN", "Infinity",
                "-Infinity", "-Inf", "nan")
    for requests in ("[]", "[ ]", "null", "{}", '"x"', "5", "true", "NaN", "1.50", "[5]",
                     "[null,[],{},true,\"x\",1.50,NaN]", "[[]]", "[" + good + ",5]", '[{"requests":[]}]'):
        yield '{"requests":' + requests + "}"
    yield '{"requests":[5],"requests":[' + good + "]}"
    yield '{"requests":[' + good + '],"requests":[]}'
    yield '{"requests":[' + good + '],"requests":5}'
    yield '{"requests":5,"requests":[' + good + "]}"
    yield '{"requests":[{}],"x":1,"requests":[5],"y":[{}]}'
    yield r'{"\u0072equests":[' + good + "]}"
    escaped = "".join(f"\\u{ord(c):04x}" for c in "requests")
    yield '{"' + escaped + '":[' + good + '],"' + escaped + r'\u0073":1}'
    yield '{"Requests":[' + good + "]}"
    yield '{"a":NaN,"b":[-Infinity,{"c":null}],"requests":[' + good + '],"d":"\\ud800"}'
    yield '\n{ "requests" :\t[ ' + good.replace(":", " : ").replace(" : 00", ":00") + " , " + good + "\r\n] }\n "
    yield "\ufeff" + batch(good)
    yield "\ufeff" + batch(good) + "x"
    yield batch(record(service='5', status='"x"', response_time="[]", consumer="null", created_at='"x"', node="1",
                       method="[]", endpoint="{}", context="0"))
    yield batch(good[:-1] + ',"service":"users"}')
    yield batch(good[:-1] + ',"service":5}')
    yield batch('{"service":5,' + good[1:])
    yield batch('{"service":5,"a":1,"a":2,"service":6,"b":{"c":1,"c":2}}')
    yield batch(good[:-1] + ',"extra":{"a":[1,2,{"b":[]}]},"status_code":5}')
    yield batch(r'{"serv\u0069ce":"orders"' + good[len('{"service":"orders"'):])
    yield batch(*["{}"] * 30)
    yield batch(*([good] * 50 + ["5"] + [good] * 50 + ["6"]))
    yield batch(*["5"] * 101)
    yield batch('{"a":[ 1, 2.50, 1e5, 1E400, -0, 1e-5, 0.0001, 1e15, 1e16, 123456789012345678, 1e22, 5e-324, '
                r'"\u0041\n\ud800" ]}')
    yield batch('{"a":[ 1, 2.50, 1e5, -0, 1e-5, 0.0001, 1e15, 1e16, 123456789012345678, 1e22, 5e-324, 0.1e1, '
                r'123456.789e-3, "\u0041\n" , {"b":1,"b":[ ]} ]}')
    yield batch('{"x":"' + "y" * 2000 + '"}')
    yield '{"x":' + "[" * 500 + "]" * 500 + "}"
    yield '{"x":' + "[" * 100_000
    yield '{"x":' + "[" * 100_000 + "]" * 100_000 + "}"
    yield '{"x":' + '{"y":' * 5000 + "1" + "}" * 5001


def broken():
    """JSON that is none, each at another place."""
    good = batch(record())
    yield from (good + tail for tail in (" x", ",", "}", "]", "{}", "\0", " 1", '"'))
    yield from (good[:size] for size in range(1, len(good)))
    yield from ("{a:1}", '{"a":01}', '{"a":-01}', '{"a":1.}', '{"a":.5}', '{"a":-}', '{"a":+1}', '{"a":1e}',
                '{"a":1e+}', '{"a":1.5.2}', '{"a":1.e5}', '{"a":0x1}', '{"a":"\t"}', '{"a":"\n"}', '{"a":"\0"}',
                '{"a":"\x1f"}', r'{"a":"\x"}', r'{"a":"\u12"}', r'{"a":"\u12g4"}', r'{"a":"\u 123"}',
                r'{"a":"\ud800\u12"}', r'{"a":"\ud800\u12x4"}', r'{"a":"\ud800',
                '{"a":"\\', '{"a":"', r'{"a":"\u', r'{"a":"\u1234', r'{"a":"\"', '{"a":tru}', '{"a":nul', '{"a":True}',
                '{"a":Nan}', '{"a":Infinit}', '{"a":1 2}', '{"a":1 "b":2}', '{"a" 1}', '{"a"}', '{"a":}', '{"a":,}',
                "{1:2}", "{'a':1}", '{,}', '{"a":1,}', '{"a":1, }', '{"a":1,,"b":2}', "[1,2", "[1 2]", "[1,]", "[1, ]",
                "[,]", "[", "[ ", "[}", "{]", '{"a":[}', '{"a":{]', '{"a":[1}', '{"a":{"b":1]', "-", "--1", "1 2",
                '"abc', "]", "}", ",", ":", "/**/{}", "\v{}", "\u00a0{}", "{\u00a0}", '{"\u00e9":1 x',
                '{"\U0001f600\u00e9":', '{"a":1\u00a0}', "{]}", '{"a":"\u00e9\n"}', "1" * 4301)


def by_chance(random, count):
    """Good bodies with something else in some places."""
    fields = list(GOOD)
    for _ in range(count):
        changed = [record(**{field: random.choice(VALUES.get(field, TEXTS))
                             for field in random.sample(fields,
                                                        random.randrange(3))}) for _ in range(random.randrange(1, 5))]
        text = batch(*changed)
        if random.random() < 0.5:
            for _ in range(random.randrange(1, 4)):
                at = random.randrange(len(text) + 1)
                text = text[:at] + random.choice(['"', "\\", "{", "}", "[", "]", ",", ":", "1", "e", ".", "-", "u",
                                                  " ", "\n", "é", "null",
                                                  "NaN", r"\ud800", '"a":1,', ""]) + text[at + random.randrange(3):]
        yield text


def numbers_by_chance(random, count):
    """Texts that are nearly numbers or times: one record each."""
    for _ in range(count):
        time = "".join(random.choice("0123456789.-+:T Z_") for _ in range(random.randrange(1, 12)))
        good_time = list("2026-01-01T12:00:00.123+01:00"[:random.randrange(10, 30)])
        good_time[random.randrange(len(good_time))] = random.choice("0123456789.-+:T Z_")
        whole = random.choice(["", "-", "+",
                               " "]) + "".join(random.choice("0123456789_.") for _ in range(random.randrange(1, 6)))
        real = (f"{random.choice(['', '-'])}{random.randrange(10 ** random.randrange(1, 17))}."
                f"{random.randrange(10 ** random.randrange(1, 9))}")
        yield batch(record(created_at=json.dumps(time), status=json.dumps(whole)),
                    record(created_at=json.dumps("".join(good_time)), response_time=real),
                    record(created_at=random.choice([real, json.dumps(real), real.split(".")[0]])))
