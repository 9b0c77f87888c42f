"""./test: run the tests, or print the exercises' score tables.

usage: ./test [-v] [PATTERN]    tests whose name contains PATTERN, else all
       ./test [-v] grade        the score tables

pytest runs everything: the tests under tests/, two at a time, with each host
suite (a run.sh of its own) as one of them.  The last line says how many
passed and failed; the exit status is 0 if all passed.
"""
import os
import sys

from cowslip import build, grade, machine

WORKERS = 2


class Plugin:
    """Counts what the workers report."""

    def __init__(self):
        self.passed = 0
        self.failed = set()

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.failed.add(report.nodeid)
        elif report.when == "call" and report.passed:
            self.passed += 1

    def pytest_collectreport(self, report):
        if report.failed:
            self.failed.add(report.nodeid or "collection")


def run_tests(pattern, verbose):
    import pytest

    # The workers select, in tests/conftest.py.
    os.environ["COWSLIP_TEST_PATTERN"] = pattern
    # What runs as a child must find the package whatever its folder.
    os.environ["PYTHONPATH"] = os.path.join(machine.ROOT, "tools")
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    plugin = Plugin()
    # loadgroup: a worker that is done takes the next test, one at a time.
    arguments = [os.path.join(machine.ROOT, "tests"), "--rootdir",
                 machine.ROOT, "-p", "no:cacheprovider", "-n", str(WORKERS),
                 "--dist", "loadgroup", "--tb=short",
                 "--durations=10", "-v" if verbose else "-q"]
    pytest.main(arguments, plugins=[plugin])
    print(f"{plugin.passed} passed, {len(plugin.failed)} failed", flush=True)
    return 0 if plugin.passed and not plugin.failed else 1


def main():
    words = sys.argv[1:]
    verbose = "-v" in words
    words = [word for word in words if word != "-v"]
    if "-h" in words or "--help" in words:
        print(__doc__.strip())
        return 0
    if len(words) > 1 or any(word.startswith("-") for word in words):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        build.build()
    except build.BuildError as error:
        print(error)
        print("0 passed, 1 failed")
        return 1
    if words == ["grade"]:
        return grade.main()
    return run_tests(words[0] if words else "", verbose)


if __name__ == "__main__":
    sys.exit(main())
