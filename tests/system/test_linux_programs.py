"""The programs of tests/linux, each a test, all in one guest."""
import pytest

from conftest import describe
from cowslip import guest as guests
from cowslip import image, programs

# With a time of its own: see test_linux_stress.py.
APART = {"fuzz_calls"}
NAMES = [name for name in programs.sources() if name not in APART]

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("linux programs")]


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("programs")
    disk = str(folder / "disk")
    settings = programs.settings_for(
        NAMES, str(folder), disk=disk, timeout=900,
        command=programs.command_for(
            NAMES, after=f"; {programs.AUDIT}"))
    outcome = guests.run_captured(settings)
    return outcome, programs.outcomes(
        NAMES, outcome.output.decode(errors="replace")), disk


@pytest.mark.parametrize("name", NAMES)
def test_program(ran, name):
    outcome, results, _ = ran
    status, output = results[name]
    said = output.split("\n")
    assert status == 0 and any(line.startswith("ok ") for line in said), \
        f"status {status}\n{output[-3000:]}" + (
            describe(outcome) if status is None else "")


def test_afterwards(ran):
    """The frames are all accounted for, and the disk is whole."""
    outcome, _, disk = ran
    assert outcome.status == 0 and outcome.output.rstrip().endswith(
        b"audit: clean"), describe(outcome)
    found = image.check_image(disk)
    assert found is None, found
