"""What would break a line of an access log, or the one after it, if it came there as the client sent it.
Users: load.
"""

KIB64 = 64 * 1024
TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def _path(path):
    return b"GET /orders/" + path + b" HTTP/1.1\r\nHost: hostile\r\nConnection: close\r\n\r\n"


def _header(name, value):
    return b"GET /orders HTTP/1.1\r\nHost: hostile\r\nConnection: close\r\n" + name + b": " + value + b"\r\n\r\n"


# What would break a line, or the one after it, if it came there as it is.
TEXTS = {
    "quotes": b'"quoted" \'twice\'',
    "injection": b'","status":"200","x":"',
    "a whole record": rb'"}\n{"method":"GET","endpoint":"/forged","status":200,"response_time":1}',
    "backslashes": b"back\\slash\\\\\\u0000\\x41\\",
    "braces": b"}{][}}%s%n$uri${x}",
    "tab": b"a\tb",
    "controls": b"a\x01\x02\x1b[2J\x7fb",
    "NUL": b"a\x00b",
    "bidi": "a\u202eb".encode(),
    "broken UTF-8": b"a\xff\xfe\x80b\xc3",
    "overlong UTF-8": b"a\xc0\xaf\xe0\x80\xafb",
    "surrogate": b"a\xed\xa0\x80b",
    "outside of Unicode": b"a\xf4\x90\x80\x80b",
    "64 KiB": b"x" * KIB64,
    "64 KiB of quotes": b'"' * KIB64,
    "64 KiB of controls": b"\x01" * KIB64,
    "64 KiB of broken UTF-8": b"\xc3" * KIB64,
}
HOSTILE = (
    [_path(text.replace(b" ", b"%20")) for text in TEXTS.values()]
    + [_header(name, text) for text in TEXTS.values() for name in (b"X-Consumer-Id", b"User-Agent", b"traceparent")]
    + [
        _path(b"%00%0a%0d%22%5c%7f%ff%c0%af"),
        _path(b"?" + b"q" * KIB64),
        b"GET /orders/a b c HTTP/1.1\r\nHost: hostile\r\n\r\n",
        b'GE"T /orders HTTP/1.1\r\nHost: hostile\r\n\r\n',
        b"GET\r\n\r\n",
        b"GET /orders HTTP/9.9\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: hostile\r\nConnection: close\r\n\r\n",
        b"POST /orders HTTP/1.1\r\nHost: hostile\r\nContent-Length: -1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n",
        b'{"method":"GET","endpoint":"/forged","status":200,"response_time":1}\n\r\n\r\n',
    ]
)
