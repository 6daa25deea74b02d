#!/usr/bin/env python3
"""A signal to tools/test alone ends all processes that it has started. tools/test reports that and exits with a failure."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TEST = pathlib.Path(__file__).resolve().parents[2] / "tools/test"
# tools/test in another tree, with the scripts below as setup and cmake.
IN_ANOTHER_TREE = """
import importlib.machinery, importlib.util, pathlib, sys
loader = importlib.machinery.SourceFileLoader("tools_test", sys.argv.pop(1))
tools_test = importlib.util.module_from_spec(importlib.util.spec_from_loader("tools_test", loader))
sys.modules["tools_test"] = tools_test
loader.exec_module(tools_test)
tools_test.ROOT = pathlib.Path.cwd()
tools_test.LOGS = tools_test.ROOT / "logs"
tools_test.process_group.ENDS_WITHIN_S = 1.0
sys.exit(tools_test.main())
"""
ENDS = "#!/bin/sh\nexit 0\n"
# A program that waits for its child, as ctest does.
WAITS = "#!/bin/sh\ntrap {} INT\nsh -c 'echo $$ > started.new; mv started.new started; exec sleep 600'\n"
CLEANS_UP = WAITS.format("'touch cleaned_up; exit 1'")
IS_DEAF = WAITS.format("''")
WITHIN_S = 30.0


class StoppedTest(unittest.TestCase):
    def setUp(self):
        self.tree = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="causeway-stopped-")))

    def test_ends_the_processes_of_a_stage(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number):
                self.check_is_stopped(number, setup=ENDS, cmake=CLEANS_UP)
                (self.tree / "cleaned_up").unlink()

    def test_ends_setup_too(self):
        self.check_is_stopped(signal.SIGTERM, setup=CLEANS_UP, cmake=ENDS)
        self.assertTrue((self.tree / "cleaned_up").exists())

    def test_kills_processes_that_ignore_the_signal(self):
        self.check_is_stopped(signal.SIGINT, setup=ENDS, cmake=IS_DEAF)

    def test_ends_what_it_prepares_while_the_tests_of_a_stage_wait(self):
        preparing = ENDS.replace("exit 0", f"case \"$*\" in *tsan*) exec sh -c '{{}}';; esac\nexit 0")
        self.write("bin/waits", CLEANS_UP)
        self.write("bin/ctest", "#!/bin/sh\nexec sleep 600\n")
        self.check_is_stopped(signal.SIGTERM, setup=ENDS, cmake=preparing.format("exec waits"), stages=("lab", "threads"))
        self.assertTrue((self.tree / "cleaned_up").exists())

    def check_is_stopped(self, number, setup, cmake, stages=("lint",)):
        self.write("tools/setup", setup)
        self.write("bin/cmake", cmake)
        tool = subprocess.Popen(
            [sys.executable, "-B", "-c", IN_ANOTHER_TREE, TEST, *(f"--stage={stage}" for stage in stages)], cwd=self.tree, start_new_session=True,
            env={**os.environ, "PATH": f"{self.tree}/bin:{os.environ['PATH']}"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(tool.stdout.close)
        self.addCleanup(tool.kill)
        started = self.started_process()

        tool.send_signal(number)
        output, _ = tool.communicate(timeout=WITHIN_S)

        self.assertEqual(tool.returncode, 130, output)
        self.assertTrue(output.endswith("tests: stopped, and what ran was ended\n"), output)
        self.assertFalse(is_alive(started))

    def write(self, path, text):
        program = self.tree / path
        program.parent.mkdir(exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)

    def started_process(self):
        told = self.tree / "started"
        deadline = time.monotonic() + WITHIN_S
        while not told.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        process = int(told.read_text())
        told.unlink()
        self.addCleanup(end, process)
        return process


def is_alive(process):
    try:
        return pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def end(process):
    if is_alive(process):
        os.kill(process, signal.SIGKILL)


if __name__ == "__main__":
    unittest.main(verbosity=2)
