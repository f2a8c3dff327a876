"""A Debian with a real systemd as pid 1, in systemd-nspawn: made once by mmdebstrap from the machine's own
package sources, kept under build/nspawn, copied for each run. Needs root."""

import hashlib
import shutil
import subprocess
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
CACHE = TOP / "build/nspawn"
LIST = TOP / "tests/scripts/packages.txt"
SOURCES = (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list"))
LEFT_OUT = ("/usr/share/man/*", "/usr/share/locale/*", "/usr/share/doc/*")


def runtime_packages():
    group, names = None, []
    for line in LIST.read_text().split("\n"):
        if line.startswith("["):
            group = line.strip()
        elif line and not line.startswith("#") and group == "[runtime]":
            names.append(line.strip())
    return names


def cached_root():
    """The unpacked Debian with systemd and what pannier runs on; minutes the first time, then nothing."""
    packages = ["systemd", "dbus", *runtime_packages()]
    mark = hashlib.sha256(" ".join(packages).encode()).hexdigest()[:12]
    root = CACHE / f"root-{mark}"
    if root.is_dir():
        return root
    making = CACHE / "root.making"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    sources = next((file for file in SOURCES if file.is_file()), None)
    if sources is None:
        raise SystemExit("guest.py: no Debian package sources of this machine were found")
    command = ["mmdebstrap", "--quiet", "--variant=minbase", "--mode=root", "--include=" + ",".join(packages),
               *(f"--dpkgopt=path-exclude={path}" for path in LEFT_OUT), "bookworm", str(making), str(sources)]
    subprocess.run(command, check=True)
    making.rename(root)
    return root


class Guest:
    """One run: a copy of the root, booted; everything is gone with it."""

    def __init__(self):
        self.root = CACHE / "run"
        shutil.rmtree(self.root, ignore_errors=True)
        subprocess.run(["cp", "-a", "--reflink=auto", str(cached_root()), str(self.root)], check=True)
        self.console = open(CACHE / "console.log", "wb")
        self.nspawn = None
        self.leader = None

    def boot(self):
        self.nspawn = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network", "--settings=no",
             "-M", "pannier-test", "-D", str(self.root), "--boot"],
            stdin=subprocess.DEVNULL, stdout=self.console, stderr=subprocess.STDOUT)
        self.wait("it has booted", self.is_running, 90)

    def is_running(self):
        if self.nspawn.poll() is not None:
            raise AssertionError(f"systemd-nspawn ended with {self.nspawn.returncode}; see {self.console.name}")
        children = Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children").read_text().split()
        self.leader = int(children[0]) if children else None
        if self.leader is None:
            return False
        return self.call("systemctl", "is-system-running").stdout.strip() in ("running", "degraded")

    def call(self, *command, user=None, data=None):
        """Runs a command inside, as root or as `user`; never fails by itself."""
        become = ["runuser", "-u", user, "--"] if user else []
        enter = ["nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w"]
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        return subprocess.run([*enter, *become, *command], input=data, text=True, capture_output=True,
                              env=environment, timeout=120, check=False)

    def run(self, *command, **options):
        done = self.call(*command, **options)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}\n{self.journal()}")
        return done.stdout

    def show(self, name, unit="pannier.service"):
        return self.run("systemctl", "show", "--value", "-p", name, unit).strip()

    def journal(self):
        return self.call("journalctl", "--no-pager", "-o", "cat", "-u", "pannier.service").stdout

    def state(self):
        return self.journal() + self.call("pannier", "status").stdout + self.show("StatusText")

    def path(self, inside):
        """A path inside, as this process reaches it (also what is mounted there, and sockets)."""
        return f"/proc/{self.leader}/root{inside}"

    def write(self, inside, text):
        file = Path(self.path(inside))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def wait(self, what, fact, seconds=30):
        end = time.monotonic() + seconds
        while not fact():
            if time.monotonic() > end:
                raise AssertionError(f"not within {seconds} s: {what}\n{self.state() if self.leader else ''}")
            time.sleep(0.05)

    def power_off(self):
        self.call("systemctl", "poweroff")
        return self.nspawn.wait(60)

    def close(self):
        if self.nspawn and self.nspawn.poll() is None:
            self.nspawn.terminate()
            try:
                self.nspawn.wait(30)
            except subprocess.TimeoutExpired:
                self.nspawn.kill()
                self.nspawn.wait()
        self.console.close()
        shutil.rmtree(self.root, ignore_errors=True)
