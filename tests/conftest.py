"""What all tests have in common: which of them run, and how a guest is run.

A test that has a guest gets the fixture `guest`: after each run of it the
disk is checked with e2fsck, but for a disk that was in memory and is gone.
"""
import os
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tools"))

from cowslip import guest as guests     # noqa: E402
from cowslip import bench_profile, image, machine    # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes a minute or more; first")


def pytest_collection_modifyitems(config, items):
    pattern = os.environ.get("COWSLIP_TEST_PATTERN", "").lower()
    # Stable: of equals the order of the files.
    items[:] = sorted((item for item in items
                       if pattern in item.nodeid.lower()),
                      key=lambda item: item.get_closest_marker("long") is None)


class Guest:
    """Runs commands, each in a machine of its own."""

    def __init__(self, folder):
        self.folder = str(folder)
        self.count = 0

    def run(self, command, source=None, timeout=120, **settings):
        """returns: Outcome, on whose disk e2fsck finds nothing"""
        self.count += 1
        if not settings.get("icount"):
            settings.setdefault(
                "disk", os.path.join(self.folder, f"disk{self.count}"))
        outcome = guests.run_captured(
            machine.Settings(command=command, timeout=timeout, **settings),
            source)
        if settings.get("disk") is not None and outcome.status not in (
                guests.STATUS_HUNG, guests.STATUS_NOT_STARTED,
                guests.STATUS_PANIC):
            found = image.check_image(settings["disk"])
            assert found is None, found + describe(outcome)
        return outcome

    def check(self, command, status=0, **settings):
        """Run, and expect `status`.  returns: output as text"""
        outcome = self.run(command, **settings)
        assert outcome.status == status, describe(outcome)
        return outcome.output.decode(errors="replace")

    def check_audited(self, command, **settings):
        """Run, and let the audit have the last word."""
        return self.check(f"{command} && audit", **settings)


def describe(outcome):
    return (f"\nstatus {outcome.status} {outcome.reason}"
            f"\n--- output\n{outcome.output.decode(errors='replace')[-4000:]}"
            f"\n--- log\n{outcome.log.decode(errors='replace')[-4000:]}")


@pytest.fixture
def guest(tmp_path):
    return Guest(tmp_path)


def run_broken(folder, function, command):
    """A guest whose kernel is overwritten from outside by its loader: the
    first bytes of a function become an undefined instruction.

    folder: an empty one
    function: one that is called by pointer or from assembly, or often, so that
        no compiler puts it into its caller
    returns: Outcome
    """
    usual = machine.Settings().build
    for name in ("root", "disk.img", "cowslip"):
        (folder / name).symlink_to(f"{usual}/{name}")
    places, names = bench_profile.symbols(usual)
    addresses = dict(zip(names, places))
    offset = addresses[function] - addresses["image_start"]
    with open(f"{usual}/Image", "rb") as file:
        data = bytearray(file.read())
    data[offset:offset + 4] = bytes(4)
    (folder / "Image").write_bytes(data)
    return guests.run_captured(machine.Settings(
        command=command, timeout=60, build=str(folder)))


def step_params(steps):
    """The tests of one boot of a guest: each step, and what is left."""
    return [*steps, "afterwards"]


def check_steps(ran, name):
    """Judge a step of programs.run_steps, or the whole: the audit finds
    nothing at the end, e2fsck nothing on the disk."""
    outcome, results, folder = ran
    if name == "afterwards":
        assert outcome.status == 0 and \
            b"audit: clean" in outcome.output[-400:], describe(outcome)
        found = image.check_image(os.path.join(folder, "disk"))
        assert found is None, found
        return
    status, output = results[name]
    assert status == 0, f"status {status}\n{output[-3000:]}" + (
        describe(outcome) if status is None else "")
