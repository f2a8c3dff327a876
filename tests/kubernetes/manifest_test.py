#!/usr/bin/env python3
"""What the manifests of config/kubernetes promise beyond their schema.

Needs PyYAML; tests/scripts/check_kubernetes.sh runs it with one.
"""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

TOP = Path(__file__).resolve().parents[2]
MANIFESTS = TOP / "config/kubernetes"
PANNIER = Path(os.environ.get("PANNIER_BINARY", TOP / "build/release/daemon/pannier"))
APPLICATION_GRACE = 30  # seconds, Kubernetes' own default
UNITS = {"Mi": 2**20, "MiB": 2**20, "Gi": 2**30, "GiB": 2**30}


def document(name):
    return yaml.safe_load((MANIFESTS / name).read_text())


def size(text):
    number, unit = re.fullmatch(r"(\d+)([A-Za-z]+)", text).groups()
    return int(number) * UNITS[unit]


class Manifest(unittest.TestCase):
    def setUp(self):
        self.pod = document("deployment.yaml")["spec"]["template"]["spec"]
        self.pannier = next(c for c in self.pod["initContainers"] if c["name"] == "pannier")
        self.application = self.pod["containers"][0]
        self.configuration_text = document("configuration.yaml")["data"]["pannier.yaml"]
        self.configuration = yaml.safe_load(self.configuration_text)

    def mounts(self, container):
        return {mount["name"]: mount for mount in container["volumeMounts"]}

    def volume(self, name):
        return next(volume for volume in self.pod["volumes"] if volume["name"] == name)

    def test_pannier_is_a_native_sidecar(self):
        self.assertEqual(self.pannier["restartPolicy"], "Always")
        self.assertNotIn("restartPolicy", self.application)

    def test_it_keeps_the_pod_security_level_restricted(self):
        pod = self.pod["securityContext"]
        self.assertIs(pod["runAsNonRoot"], True)
        self.assertEqual(pod["seccompProfile"], {"type": "RuntimeDefault"})
        for container in [*self.pod["initContainers"], *self.pod["containers"]]:
            context = container["securityContext"]
            self.assertIs(context["allowPrivilegeEscalation"], False)
            self.assertIs(context["readOnlyRootFilesystem"], True)
            self.assertEqual(context["capabilities"], {"drop": ["ALL"]})
            self.assertGreater(context["runAsUser"], 0)
        self.assertFalse({"hostNetwork", "hostPID", "hostIPC"} & self.pod.keys())
        for volume in self.pod["volumes"]:
            self.assertLessEqual(volume.keys() - {"name"}, {"configMap", "emptyDir", "secret"})

    def test_probes_ask_pannier_itself_and_none_takes_the_application_out_of_service(self):
        for probe in ("startupProbe", "livenessProbe"):
            self.assertEqual(self.pannier[probe]["exec"]["command"], ["/usr/bin/pannier", "health"])
        self.assertNotIn("readinessProbe", self.pannier)

    def test_the_grace_period_holds_the_applications_and_the_shutdown_timeout(self):
        shutdown = int(re.fullmatch(r"(\d+)s", self.configuration["shutdown"]["timeout"]).group(1))
        self.assertGreaterEqual(self.pod["terminationGracePeriodSeconds"], APPLICATION_GRACE + shutdown + 5)

    def test_the_limit_of_memory_holds_what_pannier_may_take(self):
        most = size(self.configuration["memory"]) + (32 + 16) * 2**20
        self.assertGreaterEqual(size(self.pannier["resources"]["limits"]["memory"]), most)

    def test_the_state_has_a_place_that_holds_the_spool(self):
        sample = (TOP / "config/pannier.yaml").read_text()
        spool = yaml.safe_load(re.sub(r"(?m)^( *)#(?=\w)", r"\1", sample))["spool"]
        self.assertEqual(self.configuration.get("spool", spool), spool)
        volume = self.mounts(self.pannier)["pannier-state"]
        self.assertEqual(Path(spool["path"]).parent, Path(volume["mountPath"]))
        self.assertNotIn("readOnly", volume)
        self.assertGreater(size(self.volume("pannier-state")["emptyDir"]["sizeLimit"]), size(spool["bytes"]))

    def test_the_socket_is_shared_and_nothing_else_is(self):
        shared = self.mounts(self.pannier).keys() & self.mounts(self.application).keys()
        self.assertEqual(shared, {"pannier-socket"})
        self.assertIs(self.mounts(self.application)["pannier-socket"]["readOnly"], True)
        self.assertIn("emptyDir", self.volume("pannier-socket"))
        self.assertEqual(self.pod["securityContext"]["fsGroup"], self.pannier["securityContext"]["runAsGroup"])
        where = self.mounts(self.application)["pannier-socket"]["mountPath"]
        self.assertIn({"name": "PANNIER_URL", "value": f"unix://{where}/pannier.sock"}, self.application["env"])

    def test_the_service_links_and_tokens_of_kubernetes_stay_out(self):
        self.assertIs(self.pod["enableServiceLinks"], False)
        self.assertIs(self.pod["automountServiceAccountToken"], False)

    def test_keys_come_as_files_and_in_no_variable(self):
        self.assertNotIn("env", self.pannier)
        self.assertNotIn("envFrom", self.pannier)
        folder = Path(self.mounts(self.pannier)["pannier-keys"]["mountPath"])
        names = document("keys.yaml")["stringData"]
        for key in self.configuration["deliver"]["malti"]["keys"].values():
            self.assertEqual(Path(key["file"]).parent, folder)
            self.assertIn(Path(key["file"]).name, names)

    def test_pannier_itself_finds_no_mistake_in_the_configuration(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, key in document("keys.yaml")["stringData"].items():
                (Path(folder) / name).write_text(key)
                (Path(folder) / name).chmod(0o440)
            keys = self.mounts(self.pannier)["pannier-keys"]["mountPath"]
            file = Path(folder) / "pannier.yaml"
            file.write_text(self.configuration_text.replace(keys, folder))
            run = subprocess.run([PANNIER, "validate", file], capture_output=True, text=True, check=False,
                                 env={"PATH": os.environ["PATH"]}, timeout=20)
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)


if __name__ == "__main__":
    unittest.main()
