#!/usr/bin/env python3
"""The checkout keeps its structure, and each rule of structure.py is seen to fail where it is broken."""

import subprocess
import tempfile
import unittest
from pathlib import Path

from structure import violations

TOP = Path(__file__).resolve().parents[2]
# Joined here, so that this file itself keeps the rules.
MACHINE_PATH = "/" + "work" + "/main/lib"
REGISTRY_HOST = ".".join(("registry", "npmjs", "org"))
LEFT_OPEN = "TO" + "DO"


class StructureTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.top = Path(self.folder.name)
        subprocess.run(["git", "init", "-q", str(self.top)], check=True)

    def tearDown(self):
        self.folder.cleanup()

    def put(self, path, text=""):
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n")
        subprocess.run(["git", "-C", str(self.top), "add", "-f", path], check=True)

    def found(self):
        return [f"{path}:{line}: {what}" for path, line, what in violations(self.top)]

    def assert_only(self, start, words):
        found = self.found()
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(start), found)
        self.assertIn(words, found[0])

    def test_the_checkout_keeps_every_rule(self):
        found = [f"{path}:{line}: {what}" for path, line, what in violations(TOP)]
        self.assertEqual(found, [], "\n" + "\n".join(found))

    def test_a_tree_that_keeps_the_rules_has_no_violation(self):
        self.put("CMakeLists.txt")
        self.put(".ci/run")
        self.put("lib/base/sqlite.cpp", '#include <sqlite3.h>\n#include "base/error.h"')
        self.put("lib/config/load.cpp", '#include <yaml-cpp/yaml.h>\n#include "deliver/options.h"\n::getenv("A");')
        self.put("lib/deliver/lane.h", '#include <boost/asio/io_context.hpp>\n#include "queue/segment.h"')
        self.put("lib/net/http.cpp", "#include <boost/beast/http.hpp>")
        self.put("tests/structure/heavy_sources.txt", "# short\nlib/net/http.cpp")
        self.put("daemon/main.cpp", '#include "config/load.h"\n#include "daemon/run.h"\n// getenv( is not for here')
        self.assertEqual(self.found(), [])

    def test_no_room_includes_one_above_it(self):
        self.put("lib/base/text.h", '#pragma once\n#include "record/record.h"')
        self.assert_only("lib/base/text.h:2:", "base may not include record")

    def test_rooms_of_one_rank_do_not_include_one_another(self):
        self.put("lib/queue/ring.h", '#include "deliver/lane.h"')
        self.assert_only("lib/queue/ring.h:1:", "queue may not include deliver")

    def test_a_folder_inside_a_room_is_held_too(self):
        self.put("lib/deliver/malti/encode.cpp", '#include "process/steps.h"')
        self.assert_only("lib/deliver/malti/encode.cpp:1:", "deliver may not include process")

    def test_an_include_names_its_room(self):
        self.put("lib/queue/ring.cpp", '#include "ring.h"')
        self.assert_only("lib/queue/ring.cpp:1:", "names no room")

    def test_the_product_does_not_include_tests(self):
        self.put("daemon/main.cpp", '#include "tests/doubles/backend.h"')
        self.assert_only("daemon/main.cpp:1:", "names no room")

    def test_a_folder_that_is_no_room_is_named(self):
        self.put("lib/utils/text.h", '#include "base/text.h"')
        self.assert_only("lib/utils/text.h:1:", "is no room")

    def test_the_shims_stay_apart(self):
        self.put("lib/client/cpp/shim.h", '#include "base/text.h"')
        self.assert_only("lib/client/cpp/shim.h:1:", "shares no code")

    def test_nothing_is_added_to_the_top_level(self):
        self.put("scripts/build.sh")
        self.assert_only("scripts:1:", "the top level is given")

    def test_yaml_stays_in_config(self):
        self.put("daemon/main.cpp", "#include <yaml-cpp/yaml.h>")
        self.assert_only("daemon/main.cpp:1:", "yaml-cpp stays in lib/config")

    def test_sqlite_stays_behind_its_wrapper(self):
        self.put("lib/deliver/local/store.cpp", "#include <sqlite3.h>")
        self.assert_only("lib/deliver/local/store.cpp:1:", "base/sqlite.h")

    def test_sqlite_is_not_for_its_neighbours_either(self):
        self.put("lib/base/text.cpp", "#include <sqlite3.h>")
        self.assert_only("lib/base/text.cpp:1:", "base/sqlite.h")

    def test_one_file_reads_the_environment(self):
        self.put("lib/config/environment.cpp", 'auto a = std::getenv("A");')
        self.put("daemon/paths.cpp", 'auto b = ::secure_getenv("B");')
        found = self.found()
        self.assertEqual(len(found), 2, found)
        self.assertIn("daemon/paths.cpp:1: the environment is read in one file only", " ".join(found))

    def test_heavy_headers_stay_in_the_listed_sources(self):
        self.put("lib/receive/stream.cpp", "#include <boost/asio/co_spawn.hpp>")
        self.assert_only("lib/receive/stream.cpp:1:", "costs seconds")

    def test_a_header_with_beast_in_it_is_for_the_listed_sources_only(self):
        self.put("lib/net/http.h", "#include <boost/beast/core.hpp>")
        self.put("lib/net/url.cpp", '#include "net/http.h"')
        self.put("tests/structure/heavy_sources.txt", "lib/net/http.h")
        self.assert_only("lib/net/url.cpp:1:", "costs seconds")

    def test_the_list_of_heavy_sources_names_files_that_exist(self):
        self.put("tests/structure/heavy_sources.txt", "lib/net/gone.cpp")
        self.assert_only("tests/structure/heavy_sources.txt:1:", "is no file")

    def test_the_list_of_heavy_sources_stays_true(self):
        self.put("lib/net/http.cpp", "#include <string>")
        self.put("tests/structure/heavy_sources.txt", "lib/net/http.cpp")
        self.assert_only("tests/structure/heavy_sources.txt:1:", "includes nothing heavy")

    def test_no_file_names_a_path_of_one_machine(self):
        self.put("tests/run.sh", f"cd {MACHINE_PATH}")
        self.assert_only("tests/run.sh:1:", "absolute path")

    def test_no_file_names_a_package_host(self):
        self.put("Dockerfile", f"RUN curl https://{REGISTRY_HOST}/x")
        self.assert_only("Dockerfile:1:", "registry")

    def test_nothing_is_left_open(self):
        self.put("lib/base/text.cpp", f"// {LEFT_OPEN}: later")
        self.assert_only("lib/base/text.cpp:1:", "left open")


if __name__ == "__main__":
    unittest.main()
