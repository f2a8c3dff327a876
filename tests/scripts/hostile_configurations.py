#!/usr/bin/env python3
"""Gives each hostile file of tests/config/hostile to the real binary: `pannier validate`, and `pannier test` as if it
held samples, tell its mistakes and end.

    hostile_configurations.py [BINARY]      default: the asan tree's
"""

import itertools
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u202a-\u202e\u2066-\u2069]")
SECONDS = 20
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("MALTI_", "PANNIER_"))}


def limit_processor_time():
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))


def fault_of(binary, command, file):
    """What is wrong with the answer to this file; None where nothing is."""
    try:
        run = subprocess.run([binary, command, file], capture_output=True, timeout=3 * SECONDS, check=False,
                             env=ENVIRONMENT, preexec_fn=limit_processor_time)
    except subprocess.TimeoutExpired:
        return "no end"
    try:
        output = (run.stdout + run.stderr).decode()
    except UnicodeDecodeError:
        return "prints what is not UTF-8"
    if run.returncode != 2:
        return f"exit {run.returncode} instead of 2\n{output[-2000:]}"
    if FORBIDDEN.search(output):
        return "prints a control character"
    if file.name not in output and str(file) not in output:
        return f"its mistakes do not name the file\n{output[-2000:]}"
    return None


def main():
    binary = sys.argv[1] if len(sys.argv) > 1 else TOP / "build" / "asan" / "daemon" / "pannier"
    files = sorted((TOP / "tests" / "config" / "hostile").iterdir())
    faults = 0
    for file, command in itertools.product(files, ("validate", "test")):
        fault = fault_of(binary, command, file)
        if fault:
            faults += 1
            print(f"{command} {file.name}: {fault}")
    print(f"{len(files)} files, {faults} faults")
    return 1 if faults or not files else 0


if __name__ == "__main__":
    sys.exit(main())
