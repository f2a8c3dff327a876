#!/usr/bin/env python3
"""Holds the shape of the project: who may include whom, which library lives where, what never stands in a file.

    structure.py [TOP]     prints file:line: what is wrong, and what to do; exit 1 where there is something
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from includes import files_of, includes_of, is_cpp

TOP_LEVEL = {"CMakeLists.txt", "CMakePresets.json", "CHANGELOG.md", "Dockerfile", "LICENSE", "README.md", "config",
             "daemon", "lib", "systemd", "tests"}
# DESIGN, rooms: includes go from a higher rank to a lower one.
RANK = {"base": 0, "record": 1, "observe": 1, "net": 1, "receive": 2, "process": 2, "queue": 2, "deliver": 2,
        "session": 2, "config": 3, "daemon": 4}
SAME_RANK = {("deliver", "queue")}
# What an Asio header may cost where everybody includes it: names of types, nothing that is instantiated.
LIGHT_ASIO = {"boost/asio/any_io_executor.hpp", "boost/asio/awaitable.hpp", "boost/asio/buffer.hpp",
              "boost/asio/io_context.hpp", "boost/asio/steady_timer.hpp", "boost/asio/ip/tcp.hpp",
              "boost/asio/ip/udp.hpp", "boost/asio/local/stream_protocol.hpp",
              "boost/asio/local/datagram_protocol.hpp"}
HEAVY_LIST = Path("tests/structure/heavy_sources.txt")
ENVIRONMENT = re.compile(r"\b(?:secure_)?getenv\s*\(|\benviron\b|\b(?:set|unset|put)env\s*\(")
MACHINE_PATH = re.compile(r"(?<![A-Za-z0-9_.])/(?:work|root|farm)/")
LEFT_OPEN = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "GTEST_" + "SKIP", "DIS" + "ABLED_\\w+")) + r")\b")
REGISTRY = re.compile(r"\b(?:(?:deb|security|snapshot|ftp)\.debian|registry\.npm\w*|(?:files|test)?\.?(?:pypi|pythonhosted)"
                      r"|(?:proxy|sum)\.golang|(?:static\.|index\.)?crates|repo\d*\.maven(?:\.apache)?)\.(?:org|io|net)\b")
# Its wrapper, and the simulation's files below it.
SQLITE_HOMES = (Path("lib/base/sqlite"), Path("tests/simulation/vfs"))


def room_of(path):
    """lib/queue/segment.h is queue's, daemon/main.cpp is daemon's, anything else nobody's."""
    if path.parts[0] == "lib" and len(path.parts) > 2:
        return path.parts[1]
    return "daemon" if path.parts[0] == "daemon" else None


def may_include(room, other):
    return room == other or (room, other) in SAME_RANK or RANK[room] > RANK[other]


def arrows(top, path):
    room = room_of(path)
    if room is None:
        return
    for include in includes_of(top / path):
        if include.own is None:
            continue
        other = include.own.split("/")[0]
        if room == "client":
            yield include.line, f'"{include.own}": lib/client shares no code with the rooms'
        elif room not in RANK:
            yield include.line, f"lib/{room} is no room; see tests/structure/structure.py"
        elif other not in RANK or "/" not in include.own:
            yield include.line, f'"{include.own}" names no room; write "room/file.h"'
        elif not may_include(room, other):
            yield include.line, f'"{include.own}": {room} may not include {other}'


def homes(top, path):
    """A heavy library has one home."""
    for include in includes_of(top / path):
        header = include.system or include.own
        if header.startswith("yaml-cpp/") and path.parts[:2] != ("lib", "config"):
            yield include.line, f"<{header}>: yaml-cpp stays in lib/config"
        if header == "sqlite3.h" and path.with_suffix("") not in SQLITE_HOMES:
            yield include.line, "<sqlite3.h>: only lib/base/sqlite includes it; use base/sqlite.h"


def is_heavy(include, allowed):
    """Asio's and Beast's headers, and those of ours that are listed because they include such."""
    if include.own:
        return f"lib/{include.own}" in allowed
    return include.system.startswith(("boost/asio", "boost/beast")) and include.system not in LIGHT_ASIO


def heavy_list(top):
    file = top / HEAVY_LIST
    lines = file.read_text().splitlines() if file.is_file() else []
    return {line for line in lines if line and not line.startswith("#")}


def instantiations(top, path, allowed):
    if room_of(path) is None or path.as_posix() in allowed:
        return
    for include in includes_of(top / path):
        if is_heavy(include, allowed):
            header = include.system or include.own
            yield include.line, f"<{header}> costs seconds of compiling; only the files of {HEAVY_LIST} include it"


def stale_heavy_list(top, allowed):
    for name in sorted(allowed):
        file = top / name
        if not file.is_file():
            yield HEAVY_LIST, 1, f"{name} is no file of the checkout; take it out"
        elif not any(is_heavy(include, allowed) for include in includes_of(file)):
            yield HEAVY_LIST, 1, f"{name} includes nothing heavy; take it out"


def environment(top, files):
    """The environment is read once at start, in one file."""
    found = []
    for path in files:
        if room_of(path) is None or not is_cpp(path):
            continue
        for number, text in enumerate((top / path).read_text(errors="replace").splitlines(), 1):
            code = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text.split("//")[0])
            if ENVIRONMENT.search(code):
                found.append((path, number))
    if len({path for path, _ in found}) > 1:
        for path, number in found:
            names = ", ".join(sorted({other.as_posix() for other, _ in found}))
            yield path, number, f"the environment is read in one file only, here in {names}"


def machine_hosts():
    """The package hosts that this machine is set up with; none of them belongs into a file."""
    hosts = set()
    for folder in (Path("/etc/apt"), Path("/etc/apt/sources.list.d")):
        for file in sorted(folder.glob("*.list")) + sorted(folder.glob("*.sources")):
            try:
                hosts.update(re.findall(r"https?://([A-Za-z0-9.-]+\.[A-Za-z]{2,})", file.read_text(errors="replace")))
            except OSError:
                continue
    for name in ("PIP_INDEX_URL", "GOPROXY", "npm_config_registry"):
        hosts.update(re.findall(r"https?://([A-Za-z0-9.-]+\.[A-Za-z]{2,})", os.environ.get(name, "")))
    return hosts


def texts(top, path, hosts):
    content = (top / path).read_bytes()
    if b"\0" in content:
        return
    for number, text in enumerate(content.decode(errors="replace").splitlines(), 1):
        if MACHINE_PATH.search(text):
            yield number, "an absolute path of one machine"
        if REGISTRY.search(text) or any(host in text for host in hosts):
            yield number, "the name of a package registry's host; read it from the machine at run time"
        if LEFT_OPEN.search(text):
            yield number, "something is left open or skipped; finish it or take it out"


def top_level(top):
    listed = subprocess.run(["git", "-C", str(top), "ls-files", "-z"], capture_output=True, check=False)
    names = {name.split("/")[0] for name in listed.stdout.decode().split("\0") if name}
    for name in sorted(names - TOP_LEVEL):
        if not name.startswith("."):
            yield Path(name), 1, "the top level is given; this belongs into one of its folders"


def violations(top):
    files = files_of(top)
    hosts = machine_hosts()
    allowed = heavy_list(top)
    yield from top_level(top)
    yield from stale_heavy_list(top, allowed)
    yield from environment(top, files)
    for path in files:
        found = list(texts(top, path, hosts)) if "corpus" not in path.parts else []
        if is_cpp(path):
            found += [*arrows(top, path), *homes(top, path), *instantiations(top, path, allowed)]
        for line, what in sorted(found):
            yield path, line, what


def main():
    top = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    count = 0
    for path, line, what in violations(top):
        print(f"{path}:{line}: {what}")
        count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
