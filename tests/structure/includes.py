"""Which file of the checkout includes what. Used by structure.py and by scripts/tidy_sources.py."""

import re
import subprocess
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:<([^>]+)>|"([^"]+)")')


class Include:
    """One line `#include`: exactly one of `system` (<…>) and `own` ("…") is set."""

    def __init__(self, line, system, own):
        self.line, self.system, self.own = line, system, own


def files_of(top):
    """What git holds or would take, else (a tarball) everything but build/; paths relative to `top`."""
    listed = subprocess.run(["git", "-C", str(top), "ls-files", "-co", "-z", "--exclude-standard"],
                            capture_output=True, check=False)
    if listed.returncode == 0:
        names = listed.stdout.decode().split("\0")
        return sorted(Path(name) for name in names if name and (top / name).is_file())
    found = (path.relative_to(top) for path in top.rglob("*") if path.is_file())
    return sorted(path for path in found if path.parts[0] not in ("build", ".git"))


def is_cpp(path):
    return path.suffix in (".h", ".cpp")


def includes_of(file):
    for number, text in enumerate(file.read_text(errors="replace").splitlines(), 1):
        match = INCLUDE.match(text)
        if match:
            yield Include(number, match[1], match[2])


def reaches(top, file, prefixes, seen=None):
    """Does `file`, or a header of ours below it, include a system header that starts so?"""
    seen = set() if seen is None else seen
    seen.add(file)
    for include in includes_of(file):
        if include.system and include.system.startswith(prefixes):
            return True
        for root in (top / "lib", top):
            header = root / include.own if include.own else None
            if header and header.is_file() and header not in seen and reaches(top, header, prefixes, seen):
                return True
    return False
