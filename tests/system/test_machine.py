"""Builds and machines other than the usual ones."""
import os
import subprocess

import pytest

from cowslip import build, machine

CLANG_BUILD = os.path.join(machine.ROOT, "build", "clang")


@pytest.mark.long
def test_clang_builds_it_too(guest):
    build.build(("kernel", "user", "image"),
                variables=("CC=clang", f"BUILD={os.path.relpath(CLANG_BUILD, machine.ROOT)}"))
    assert "ALL COW TESTS PASSED" in guest.check_audited("cowtest",
                                                         build=CLANG_BUILD)
    assert "ALL TESTS PASSED" in guest.check_audited("lazytests",
                                                     build=CLANG_BUILD)


@pytest.mark.parametrize("command", (
    "ls; cat README | wc; free; ps; audit",
    "forkbench fork"))
def test_icount_repeats_exactly(guest, command):
    """Counters of time and instructions included."""
    first, second = (guest.run(command, icount=True, harts=1,
                               memory=2 << 30, timeout=300)
                     for _ in range(2))
    assert first.output and first.output == second.output
    assert first.status == second.status
    assert first.log == second.log


def test_compile_commands():
    """Every source of kernel and programs is known to editors."""
    import json
    with open(os.path.join(machine.ROOT, "compile_commands.json")) as file:
        known = {entry["file"] for entry in json.load(file)}
    listed = subprocess.run(
        "find kernel user -name '*.c' -o -name '*.S'", shell=True, text=True,
        cwd=machine.ROOT, stdout=subprocess.PIPE, check=True).stdout.split()
    assert known == set(listed)
