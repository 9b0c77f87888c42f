"""The kernel's unwind tables: read by the kernel's own code and by readelf,
every row of them; and the backtraces that come of it."""
import re
import subprocess

import pytest

from conftest import run_broken
from cowslip import machine, unwind

ELF = f"{machine.Settings().build}/cowslip"


@pytest.fixture(scope="module")
def tables():
    return unwind.Tables(ELF)


def section(elf, name):
    """returns: (address, bytes)"""
    said = subprocess.run(["riscv64-linux-gnu-readelf", "-SW", elf], text=True,
                          stdout=subprocess.PIPE, check=True).stdout
    match = re.search(rf" {re.escape(name)} +PROGBITS +(\w+) (\w+) (\w+)", said)
    address, offset, size = (int(word, 16) for word in match.groups())
    with open(elf, "rb") as file:
        file.seek(offset)
        return address, file.read(size)


def test_every_row(tables, tmp_path):
    address, data = section(ELF, ".eh_frame")
    (tmp_path / "table").write_bytes(data)
    program = str(tmp_path / "rows")
    core = f"{machine.ROOT}/kernel/core/cpu"
    subprocess.run(
        ["clang", "-std=gnu11", "-O1", "-fsanitize=address,undefined",
         "-fno-sanitize-recover=undefined", f"-I{machine.ROOT}/tests/core/fake",
         f"-I{machine.ROOT}/tests/core/fake/real",
         f"-I{machine.ROOT}/kernel",
         f"{machine.ROOT}/tests/core/unwind_rows.c", f"{core}/unwind.c",
         f"{core}/unwind_table.c", "-o", program], check=True)
    found = subprocess.run(
        [program, str(tmp_path / "table"), f"{address:x}"], check=True,
        input="\n".join(f"{start:x}" for start in tables.starts), text=True,
        stdout=subprocess.PIPE).stdout.splitlines()
    expected = ["none" if row is None else
                f"{row.offset} {row.kept.get(unwind.RETURN, '-')} "
                f"{row.kept.get('s0', '-')}" for row in tables.rows]
    assert {row.register for row in tables.rows if row} == {"sp"}
    assert len(expected) > 1000
    assert [(f"{pc:x}", *pair) for pc, *pair in
            zip(tables.starts, expected, found) if pair[0] != pair[1]] == []
    assert len(found) == len(expected)


@pytest.mark.parametrize("broken, command, callers", (
    # On its way from a program; C and assembly.
    ("usercopy_string", "cat /no", ("trap_call",)),
    # Over a trap that interrupted the kernel, which waits for its first block.
    ("disk_interrupt", "echo", ("from_kernel",)),
    # Before there is more than one stack.
    ("devtree_next", "echo", ("trap_early", "boot_start"))))
def test_backtrace(broken, command, callers, tmp_path):
    """A function's first instruction is none: who called it is named."""
    log = run_broken(tmp_path, broken, command).log.decode()
    names = re.findall(r"^  [0-9a-f]{16} ([\w.]+)\+0x", log, re.M)
    at = names.index(broken)
    assert [name for name in callers if name not in names] == [], log
    # The last is assembly, which nobody called.
    assert len(names) - at >= 3, log
