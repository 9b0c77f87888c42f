"""How a run can end, each with a status of its own."""
import subprocess
import time

import pytest

from cowslip import guest as guests
from cowslip import machine


@pytest.mark.parametrize("status", (0, 1, 42, 255))
def test_status_is_the_commands(guest, status):
    guest.check(f"sh -c 'exit {status}'", status=status)


def test_output_is_the_commands_alone(guest):
    assert guest.check("echo one; echo two") == "one\ntwo\n"


def test_output_is_exact(guest, tmp_path):
    """All bytes, the escape of framed output and 64 KiB of them."""
    data = bytes(range(256)) * 256
    (tmp_path / "bytes").write_bytes(data)
    outcome = guest.run("cat /bytes", adds=(str(tmp_path / "bytes"),))
    assert outcome.status == 0 and outcome.output == data


def test_command_not_found(guest):
    guest.check("no_such_program", status=127)


def test_hang_is_stopped_in_time(guest):
    started = time.monotonic()
    outcome = guest.run("sleep 1000000", timeout=5)
    assert outcome.status == guests.STATUS_HUNG
    assert time.monotonic() - started < 15


def test_killed_command(guest, tmp_path):
    script = tmp_path / "suicide"
    script.write_text("kill $$\n")
    guest.check("sh /suicide", adds=(str(script),),
                status=guests.STATUS_KILLED)


def test_panic(tmp_path):
    """A guest whose kernel is overwritten from outside by its loader: the
    first bytes of a C function, one called by pointer only, become an
    undefined instruction."""
    build = tmp_path / "build"
    build.mkdir()
    usual = machine.Settings().build
    for name in ("root", "disk.img", "cowslip"):
        (build / name).symlink_to(f"{usual}/{name}")
    offset = function_offset(f"{usual}/cowslip", "boot_run")
    data = bytearray(open(f"{usual}/Image", "rb").read())
    data[offset:offset + 4] = bytes(4)
    (build / "Image").write_bytes(data)
    outcome = guests.run_captured(machine.Settings(
        command="echo no", timeout=60, build=str(build)))
    assert outcome.status == guests.STATUS_PANIC
    assert outcome.output == b""
    assert b"boot_run+0x0" in outcome.log
    assert b"thread_trampoline+0x" in outcome.log


def function_offset(elf, name):
    symbols = subprocess.run(["riscv64-linux-gnu-nm", elf], text=True,
                             stdout=subprocess.PIPE, check=True).stdout
    addresses = {line.split()[2].partition(".lto_priv")[0]: int(line.split()[0], 16)
                 for line in symbols.splitlines() if len(line.split()) == 3}
    return addresses[name] - min(
        address for address in addresses.values() if address >> 63)
