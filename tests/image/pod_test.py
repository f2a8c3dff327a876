#!/usr/bin/env python3
"""config/kubernetes run for real by podman: the application and pannier in one pod, the socket shared, a Malti beside.

The Deployment is the one that users apply, changed in two places, for podman knows neither: the native sidecar becomes
an ordinary container, and each emptyDir a folder of the host. The configuration and the
Secret, a user's own, have the address and a key of the test's Malti.
"""

import base64
import json
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from containers import TOP, buildah, debian_image, pannier_image, podman, wait_until

MANIFESTS = TOP / "config/kubernetes"
PORT = 8000
KEY = "a-key-of-the-tests-own"
# podman 4.3 knows no stringData, and hands a Secret's data over as it stands in the file.
ENCODED_KEY = base64.b64encode(KEY.encode()).decode()


def replaced(text, pattern, by, times):
    text, count = re.subn(pattern, by, text, flags=re.MULTILINE)
    assert count == times, f"{pattern}: {count} times in the manifest instead of {times}"
    return text


def for_podman(deployment, folder):
    deployment = replaced(deployment, r"^      containers:\n", "", 1)
    deployment = replaced(deployment, r"^      initContainers:$", "      containers:", 1)
    deployment = replaced(deployment, r"^          restartPolicy: Always.*\n", "", 1)
    return replaced(deployment, r"^        - name: (\S+)\n          emptyDir: .*$",
                    rf"        - name: \1\n          hostPath: {{ path: {folder}/\1, type: Directory }}", 3)


def build_application():
    buildah("from", "--name", "application", debian_image())
    buildah("copy", "application", TOP / "tests/image/application.pl", "/application.pl")
    buildah("config", "--cmd", '["perl", "/application.pl"]', "application")
    buildah("commit", "--format", "docker", "application", "registry.example.com/orders:1.4")
    buildah("rm", "application")
    podman("tag", pannier_image(), "registry.example.com/pannier:0.1.0")


class Pod(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        build_application()

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="pannier-pod-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.folder.chmod(0o755)
        # As Kubernetes makes an emptyDir with fsGroup.
        for name in ("pannier-socket", "pannier-control", "pannier-state"):
            (self.folder / name).mkdir()
            shutil.chown(self.folder / name, 0, 65532)
            (self.folder / name).chmod(0o2777)
        configuration = replaced((MANIFESTS / "configuration.yaml").read_text(), r"url: http://\S+",
                                 f"url: http://127.0.0.1:{PORT}", 1)
        keys = replaced((MANIFESTS / "keys.yaml").read_text(), r"^stringData:\n  orders: .*$",
                        f"data:\n  orders: {ENCODED_KEY}", 1)
        deployment = for_podman((MANIFESTS / "deployment.yaml").read_text(), self.folder)
        self.manifest = self.folder / "pod.yaml"
        self.manifest.write_text("---\n".join([configuration, keys, deployment]))
        self.addCleanup(self._remove)
        podman("play", "kube", "--network", "none", self.manifest)
        self.containers = {line.split("-")[-1]: line for line in podman(
            "ps", "--all", "--format", "{{.Names}}").stdout.split()}

    def _remove(self):
        for name in self.containers.values():
            log = podman("logs", name, check=False)
            print(f"{name}: {log.stdout}{log.stderr}")
        podman("pod", "rm", "--force", "--all", "--time", "0", check=False)
        podman("secret", "rm", "--all", check=False)
        podman("volume", "rm", "--all", "--force", check=False)

    def start_malti(self):
        """In the pod's own network, which has nothing but its loopback."""
        process = self.inspect("pannier")["State"]["Pid"]
        self.malti_log = self.folder / "malti.log"
        with open(self.malti_log, "wb") as log:
            malti = subprocess.Popen(["nsenter", f"--net=/proc/{process}/ns/net", sys.executable,
                                      TOP / "tests/image/malti.py", str(PORT), "orders", KEY, ENCODED_KEY], stdout=log, stderr=log)
        self.addCleanup(malti.wait)
        self.addCleanup(malti.terminate)

    def inspect(self, name):
        return json.loads(podman("inspect", self.containers[name]).stdout)[0]

    def log(self, name):
        return podman("logs", self.containers[name]).stdout

    def in_pannier(self, *command, **options):
        return podman("exec", self.containers["pannier"], *command, **options)

    def arrived(self):
        return sum(int(line) for line in self.malti_log.read_text().split())

    def test_the_applications_records_reach_malti_and_all_is_accounted_for(self):
        probe = ("/usr/bin/pannier", "health")
        wait_until(lambda: self.in_pannier(*probe, check=False).returncode == 0, "the probes pass")
        self.start_malti()
        wait_until(lambda: "keys are" in self.log("orders"), "the application is done")
        self.assertRegex(self.log("orders"), r"500 are accounted for: .*\n"
                         r"the socket stays: Read-only file system\n"
                         r"the control socket is out of reach\nthe keys are out of reach\n")
        wait_until(lambda: self.arrived() == 500, "500 records are in Malti")
        self.in_pannier("pannier", "status", "--check")
        self.assert_confined()
        self.assert_ends_in_order()

    def assert_confined(self):
        for name, user in (("pannier", "65532"), ("orders", "10001")):
            state = self.inspect(name)
            self.assertTrue(state["HostConfig"]["ReadonlyRootfs"])
            self.assertFalse(state["EffectiveCaps"])
            self.assertIn("no-new-privileges", state["HostConfig"]["SecurityOpt"])
            self.assertTrue(state["Config"]["User"].startswith(user))
        self.assertEqual(self.inspect("pannier")["HostConfig"]["Memory"], 128 * 2**20)

    def assert_ends_in_order(self):
        """As Kubernetes ends a pod with a native sidecar: first the application, then pannier."""
        podman("kill", "--signal", "TERM", self.containers["orders"])
        podman("kill", "--signal", "TERM", self.containers["pannier"])
        name = self.containers["pannier"]
        last = wait_until(lambda: re.search(r"ledger: 500 lines.*", podman("logs", name).stderr),
                          "pannier prints its ledger").group()
        print(f"pod: {last}", file=sys.__stdout__, flush=True)
        self.assertRegex(last, r"500 accepted = 500 delivered .*balanced$")


if __name__ == "__main__":
    unittest.main()
