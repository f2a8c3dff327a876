#!/usr/bin/env python3
"""config/examples/job.sh and the one-liner of its head, by a real bash and the real binary."""

import re
import subprocess
import unittest

from beside import CLEAN, EXAMPLES, PANNIER, Beside

JOB = EXAMPLES / "job.sh"


class Job(Beside):
    def run_job(self, *arguments, port=None):
        environment = {**CLEAN, "PANNIER_UDP": f"127.0.0.1:{port or self.udp_port}"}
        return subprocess.run([JOB, *arguments], capture_output=True, text=True, env=environment, timeout=20,
                              check=False)

    def test_each_run_is_one_record_with_its_outcome(self):
        for _ in range(20):
            self.assertEqual(self.run_job("nightly/backup", "true").returncode, 0)
        self.assertEqual(self.run_job("nightly/backup", "false").returncode, 1)
        self.assertEqual(self.run_job("slow", "sleep", "0.2").returncode, 0)
        self.assert_all_arrived(22)
        rows = self.rows()
        self.assertEqual(sum(row[:4] == ("jobs", "JOB", "nightly/backup", 200) for row in rows), 20)
        self.assertEqual(sum(row[:4] == ("jobs", "JOB", "nightly/backup", 500) for row in rows), 1)
        slow = next(row for row in rows if row[2] == "slow")
        self.assertGreaterEqual(slow[4], 200)
        self.assertLess(slow[4], 20000)

    def test_the_command_keeps_its_output_and_status_where_nobody_listens(self):
        run = self.run_job("backup", "sh", "-c", "echo done; exit 7", port=1)
        self.assertEqual((run.returncode, run.stdout, run.stderr), (7, "done\n", ""))

    def test_a_name_that_would_break_the_line_is_refused(self):
        run = self.run_job('","status":"200', "true")
        self.assertEqual(run.returncode, 2)
        self.assertEqual(self.status()["listeners"]["udp"]["lines"], 0)

    def test_the_one_liner_through_pannier_send_is_accepted(self):
        line = re.search(r"^#   (echo .*) \| pannier send -$", JOB.read_text(), re.MULTILINE).group(1)
        record = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True).stdout
        sent = self.ask("send", "-", input=record)
        self.assertEqual(sent.returncode, 0, sent.stderr)
        self.assert_all_arrived(1, listener="unix_stream")
        self.assertEqual(self.rows()[0][1:4], ("JOB", "backup", 200))


if __name__ == "__main__":
    if not PANNIER.exists():
        raise SystemExit(f"{PANNIER} is missing; build it: cmake --build --preset release --target pannier")
    unittest.main()
