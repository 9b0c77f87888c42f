"""stress-ng: stressors of memory and processes that check what they did, 20 s
each, several at a time; and random calls with random arguments."""
import re

import pytest

from conftest import check_steps, describe, step_params
from cowslip import guest as guests
from cowslip import image, machine, programs

PACKAGES = ("stress-ng",)
SECONDS = 20
# Those that fill memory are not together.
STRESSORS = (
    ("vm", "pipe", "sigsegv"),
    ("fork", "futex", "fault", "clone"),
    ("mmap", "vfork", "brk"),
    ("madvise", "mremap", "stack", "shm"),
)
LIMITS = {"vm": "--vm-bytes 64M", "mmap": "--mmap-bytes 32M",
          "mremap": "--mremap-bytes 8M", "brk": "--brk-bytes 64M",
          "shm": "--shm-bytes 4M"}


def step(names):
    words = " ".join(f"--{name} 1 {LIMITS.get(name, '')}" for name in names)
    return (f"stress-ng {words} --verify --timeout {SECONDS}s --metrics-brief "
            "--temp-path . 2>&1 | tee out\n"
            "[ ${PIPESTATUS[0]} = 0 ]; ! grep -E ' fail: | error: ' out\n"
            "grep -q 'successful run completed' out\n" + "".join(
                f"grep -E '\\] {name} +[1-9][0-9]* ' out\n"
                for name in names))


STEPS = {"_".join(names): step(names) for names in STRESSORS}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("stress"))
    return (*programs.run_steps(STEPS, folder, PACKAGES, shell="bash",
                                memory=1024 * machine.MIB, harts=4,
                                seconds=90, timeout=500), folder)


pytestmark = [pytest.mark.long, pytest.mark.xdist_group("linux stress")]


@pytest.mark.parametrize("name", step_params(STEPS))
def test_stress(ran, name):
    check_steps(ran, name)


def test_random_calls(tmp_path):
    """60 s of them; the machine stands, and has lost nothing."""
    disk = str(tmp_path / "disk")
    outcome = guests.run_captured(programs.settings_for(
        ["fuzz_calls"], str(tmp_path), disk=disk, timeout=240, harts=4,
        command=f"{programs.GUEST_FOLDER}/fuzz_calls 60 && "
        f"{programs.AUDIT}"))
    text = outcome.output.decode(errors="replace")
    assert outcome.status == 0 and "ok all" in text and \
        "audit: clean" in text, describe(outcome)
    assert re.search(r"^seed \d+", text, re.M)
    found = image.check_image(disk)
    assert found is None, found
