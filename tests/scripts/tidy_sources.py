#!/usr/bin/env python3
"""Prints the .cpp files that clang-tidy looks at: tidy_sources.py no|yes; yes: also those with Asio or Beast below."""

import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "structure"))
from includes import files_of, reaches  # noqa: E402

for path in files_of(TOP):
    if path.suffix == ".cpp" and path.parts[0] in ("lib", "daemon"):
        if sys.argv[1:] == ["yes"] or not reaches(TOP, TOP / path, ("boost/asio", "boost/beast")):
            print(path)
