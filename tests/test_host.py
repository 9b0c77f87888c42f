"""The suites that run on the host: every run.sh under tests/ is one test."""
import glob
import os
import subprocess

import pytest

TESTS = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(TESTS)
SCRIPTS = sorted(os.path.relpath(path, TESTS) for path in
                 glob.glob(os.path.join(TESTS, "**", "run.sh"),
                           recursive=True))
SECONDS_MAX = 3600    # some take twenty minutes where the host is slow


@pytest.mark.long
@pytest.mark.parametrize("script", SCRIPTS)
def test_host_suite(script):
    done = subprocess.run(["sh", os.path.join(TESTS, script)], cwd=ROOT,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=SECONDS_MAX)
    text = done.stdout.decode(errors="replace")
    assert done.returncode == 0, text[-8000:]
