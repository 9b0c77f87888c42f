"""How a run can end, each with a status of its own."""
import time

import pytest

from conftest import run_broken
from cowslip import guest as guests


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
    outcome = run_broken(tmp_path, "boot_run", "echo no")
    assert outcome.status == guests.STATUS_PANIC
    assert outcome.output == b""
    assert b"boot_run+0x0" in outcome.log
    assert b"thread_trampoline+0x" in outcome.log
