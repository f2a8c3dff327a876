"""Images and containers by buildah and podman, in a storage of their own under build/image that is removed at the end.

Users: the tests of the image and the pod. Needs root, and the packages of packages.txt's section [image]. The only
thing that stays is build/debian.tar, the base, which takes a minute to make.
"""

import atexit
import functools
import os
import shutil
import subprocess
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
FOLDER = TOP / "build/image"
STORAGE = ["--root", str(FOLDER / "storage"), "--runroot", str(FOLDER / "running")]
# runc, because crun refuses mixed control groups; the limits, because podman's own may be more than root may set here.
SETTINGS = """[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
PATIENCE = 60


def wait_until(fact, what, seconds=PATIENCE):
    """Returns what fact() returns as soon as that is true."""
    deadline = time.monotonic() + seconds
    while True:
        found = fact()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.1)


def run(*command, check=True, **options):
    """Its output as text; a failure tells the end of what it printed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False,
                          env={**os.environ, "CONTAINERS_CONF": str(FOLDER / "containers.conf")}, **options)
    if check and done.returncode != 0:
        said = done.stdout[-4000:] + done.stderr[-4000:]
        raise AssertionError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{said}")
    return done


def podman(*arguments, **options):
    return run("podman", *STORAGE, *arguments, **options)


def buildah(*arguments, **options):
    return run("buildah", *STORAGE, *arguments, **options)


def remove_all():
    """Containers, volumes and images of this storage, and its mounts: nothing else of the machine's is touched."""
    podman("pod", "rm", "--force", "--all", "--time", "0", check=False)
    podman("rm", "--force", "--all", "--time", "0", check=False)
    mounts = [line.split(" ")[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for place in sorted((m for m in mounts if m.startswith(f"{FOLDER}/")), reverse=True):
        run("umount", "--lazy", place, check=False)
    for name in ("storage", "running"):
        shutil.rmtree(FOLDER / name, ignore_errors=True)


def once(make):
    """make() is called once. A failure is remembered, too, so that no further test spends minutes on the same."""
    outcome = []

    @functools.wraps(make)
    def made():
        if not outcome:
            try:
                outcome.append((make(), None))
            except AssertionError as fault:
                outcome.append((None, fault))
        value, fault = outcome[0]
        if fault:
            raise AssertionError(str(fault))
        return value
    return made


@once
def storage():
    """An empty storage; what a killed run left is removed first."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "containers.conf").write_text(SETTINGS)
    remove_all()
    atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
    atexit.register(remove_all)


@once
def debian_image():
    """debian:bookworm-slim as the Dockerfile names it, made of this machine's own packages."""
    storage()
    base = TOP / "build/debian.tar"
    run(TOP / "tests/scripts/debian_root.sh", base)
    podman("import", "--change", "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
           "--change", 'CMD ["bash"]', base, "localhost/debian:bookworm-slim")
    return "localhost/debian:bookworm-slim"


@once
def pannier_image():
    """The Dockerfile's image, built as a user would; the compiler's cache of this machine is lent to it."""
    debian_image()
    cache = run("ccache", "--get-config=cache_dir").stdout.strip()
    Path(cache).mkdir(parents=True, exist_ok=True)
    buildah("bud", "--isolation", "chroot", "--network", "host", "--pull-never", "--format", "docker",
            "--volume", f"{cache}:/ccache", "--tag", "pannier:test", "--file", "Dockerfile", ".", cwd=TOP)
    return "localhost/pannier:test"
