"""Builds and machines other than the usual ones."""
import os
import re
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


@pytest.mark.parametrize("memory", (32 << 20, 128 << 20))
@pytest.mark.parametrize("command", (
    "ticks",
    "ls; cat README | wc; free; ps; audit; ticks sleep 2",
    "cp usertests x; cat x x > y; ticks grep -c lazy y; rm x y; "
    "ticks sh -c 'ls | wc; sleep 1.5'; ticks",
    "ticks cowtest; usertests sbrkbasic; ticks"))
def test_icount_repeats_exactly(guest, command, memory):
    """To the instruction and to the tick, since the machine was started."""
    expect_repetition(guest, command, memory)


@pytest.mark.long
def test_icount_repeats_forkbench(guest):
    expect_repetition(guest, "forkbench fork; ticks", 2 << 30)


def expect_repetition(guest, command, memory):
    outcomes = [guest.run(command, icount=True, harts=1, memory=memory,
                          timeout=300) for _ in range(3)]
    numbers = re.findall(rb"^(?:before|after) instret (\d+) time (\d+)$",
                         outcomes[0].output, re.MULTILINE)
    # The counters run, and since boot.
    assert len(numbers) >= 2 and all(
        int(first[i]) < int(second[i]) and int(first[i]) > 10000
        for first, second in zip(numbers, numbers[1:]) for i in (0, 1))
    for outcome in outcomes[1:]:
        assert outcome.status == outcomes[0].status == 0
        assert outcome.output == outcomes[0].output
        assert outcome.log == outcomes[0].log


def test_compile_commands():
    """Every source of kernel and programs is known to editors."""
    import json
    with open(os.path.join(machine.ROOT, "compile_commands.json")) as file:
        known = {entry["file"] for entry in json.load(file)}
    listed = subprocess.run(
        "find kernel user -name '*.c' -o -name '*.S'", shell=True, text=True,
        cwd=machine.ROOT, stdout=subprocess.PIPE, check=True).stdout.split()
    assert known == set(listed)
