"""The disk in memory: where it lies, what it does, what it must not do."""
import os
import struct
import subprocess

import pytest

from cowslip import guest as guests
from cowslip import machine

MIB = machine.MIB
DISK = os.path.join(machine.Settings().build, "disk.img")
IGNORED = b"is ignored: "


def free_bytes(guest, **settings):
    words = guest.check("free -b", **settings).split()
    return int(words[words.index("total") + 1])


def test_it_is_written_and_gone(guest):
    before = open(DISK, "rb").read()
    assert guest.check_audited("cp README /x; cat /x /x > /y; wc /y; rm /x; "
                               "mkdir /d; mv /y /d/z; cat /d/z | wc",
                               icount=True, harts=1).count("\n") == 3
    assert open(DISK, "rb").read() == before
    guest.check("cat /d/z", status=1, icount=True, harts=1)


@pytest.mark.parametrize("size", (32, 48, 64, 8192))
def test_by_memory(guest, size):
    """Wherever QEMU puts disk and tree."""
    assert "ALL COW TESTS PASSED" in guest.check_audited(
        "cowtest", icount=True, harts=1, memory=size * MIB)


def test_it_can_be_filled(guest):
    """The disk's end is its own, and not the memory's behind or before it."""
    assert "cowslip" in guest.check_audited(
        "while cat usertests >> full; do true; done; wc -c full; "
        "test $(wc -c < full) -gt 6000000 && rm full && cp sh sh2 && "
        "./sh2 -c 'cat README'", icount=True, harts=1, memory=32 * MIB)


def test_memory_is_whole(guest):
    """It costs its own size and no more, where QEMU puts it in the middle;
    less what tables take that are made for the memory there is."""
    with_disk = free_bytes(guest, harts=1)
    in_memory = free_bytes(guest, icount=True, harts=1)
    size = os.path.getsize(DISK)
    assert size * 9 // 10 <= with_disk - in_memory <= size + 64 * 1024


@pytest.mark.parametrize("settings, status", (
    (dict(disk_size=8 * MIB, memory=32 * MIB), 0),
    (dict(disk_size=24 * MIB), 0),
    (dict(disk_size=9 * MIB, memory=32 * MIB), guests.STATUS_NOT_STARTED),
    (dict(disk_size=64 * MIB), guests.STATUS_NOT_STARTED)))
def test_size(guest, settings, status):
    outcome = guest.run("true", icount=True, harts=1, **settings)
    assert outcome.status == status
    assert not status or "too large for memory" in outcome.reason


def test_what_is_added_must_fit(guest, tmp_path):
    (tmp_path / "file").write_bytes(bytes(5 * MIB))
    adds = (f"{tmp_path}/file:/file",)
    assert guest.check("wc -c /file", adds=adds, icount=True, harts=1,
                       memory=32 * MIB).split()[0] == str(5 * MIB)
    (tmp_path / "file").write_bytes(bytes(9 * MIB))
    outcome = guest.run("true", adds=adds, icount=True, harts=1,
                        memory=32 * MIB)
    assert outcome.status == guests.STATUS_NOT_STARTED
    assert "too large for memory" in outcome.reason


# ---- what a loader may say -------------------------------------------------
# QEMU's tree is at 0x88000000; the end of memory at 0x88200000, so the disk
# is moved to 0x87200000.
MEMORY = 130 * MIB


def put_property(blob, name, value):
    """A device tree (bytes) with another value for a property it has once."""
    header = list(struct.unpack(">10I", blob[:40]))
    start, strings = header[2], header[3]
    blob = blob[:header[1]]     # QEMU dumps the room behind it as well
    name_at = blob.index(b"\0" + name + b"\0", strings) + 1 - strings
    at = next(at for at in range(start, strings, 4)
              if struct.unpack(">I", blob[at:at + 4]) == (3,) and
              struct.unpack(">I", blob[at + 8:at + 12]) == (name_at,))
    length, = struct.unpack(">I", blob[at + 4:at + 8])
    padded = -(-length // 4) * 4
    new = value + bytes(-len(value) % 4)
    more = len(new) - padded
    header[1], header[3], header[9] = (header[1] + more, header[3] + more,
                                       header[9] + more)
    assert header[4] < start < strings, "the blocks are in another order"
    return (struct.pack(">10I", *header) + blob[40:at + 4] +
            struct.pack(">II", len(value), name_at) + new +
            blob[at + 12 + padded:])


def run_with_range(monkeypatch, tmp_path, start, end, loaded=None):
    """Run a command where the tree says [start, end), bytes in the tree, is
    the RAM disk.

    loaded: the address to load an image to
    returns: Outcome, whose log begins with the firmware's and boot's
    """
    usual = machine.qemu_command
    tree = tmp_path / "tree"

    def command_for(*arguments, **more):
        command = usual(*arguments, **more)
        at = command.index("-machine") + 1
        words = list(command)
        words[at] += f",dumpdtb={tree}"
        subprocess.run(words, check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        blob = put_property(tree.read_bytes(), b"linux,initrd-start", start)
        tree.write_bytes(put_property(blob, b"linux,initrd-end", end))
        at = command.index("-initrd")
        command[at:at + 2] = ["-dtb", str(tree)]
        if loaded is not None:
            command += ["-device", f"loader,file={DISK},addr={loaded:#x},"
                                   "force-raw=on"]
        return command

    monkeypatch.setattr(machine, "qemu_command", command_for)
    output, log = bytearray(), bytearray()
    outcome = guests.run_command(
        machine.Settings(command="cat README; audit", icount=True, harts=1,
                         timeout=60, memory=MEMORY), output.extend, log.extend)
    outcome.output, outcome.log = bytes(output), bytes(log)
    return outcome


def cell(value):
    return struct.pack(">I", value)


@pytest.mark.parametrize("start", (0x84200000, 0x81000123, 0x86F00000,
                                   0x86F00123))
@pytest.mark.parametrize("form", (">I", ">Q"))
def test_range_of_any_form(monkeypatch, tmp_path, start, form):
    """One cell or two; anywhere, also across where it is moved to."""
    outcome = run_with_range(
        monkeypatch, tmp_path, struct.pack(form, start),
        struct.pack(form, start + os.path.getsize(DISK)), start)
    assert outcome.status == 0 and IGNORED not in outcome.log, outcome
    assert b"cowslip" in outcome.output


@pytest.mark.parametrize("start, end, reason", (
    (cell(0x85000000), cell(0x84000000), b"end after its start"),
    (cell(0x84000000), cell(0x84000000), b"end after its start"),
    (cell(0x87000000), cell(0x88201000), b"not in the kernel's memory"),
    (cell(0x10000000), cell(0x10001000), b"not in the kernel's memory"),
    (b"\xff" * 8, cell(0), b"end after its start"),
    (cell(0), b"\xff" * 8, b"not in the kernel's memory"),
    (cell(0x80201000), cell(0x80301000), b"where the kernel is"),
    (cell(0x80100000), cell(0x84000000), b"where the kernel is"),
    (cell(0x80000000), cell(0x80100000), b"reserved"),
    (cell(0x84000000), b"\0\0", b"only half")))
def test_wrong_range(monkeypatch, tmp_path, start, end, reason):
    """Ignored, with a line in the log: then there is no disk."""
    outcome = run_with_range(monkeypatch, tmp_path, start, end)
    assert outcome.status == guests.STATUS_NOT_STARTED, outcome
    assert IGNORED in outcome.log and reason in outcome.log
    assert b"there is no disk" in outcome.log


def test_range_without_a_file_system(monkeypatch, tmp_path):
    outcome = run_with_range(monkeypatch, tmp_path, cell(0x84000000),
                             cell(0x84100000))
    assert outcome.status == guests.STATUS_NOT_STARTED, outcome
    assert b"boot: the disk holds no file system" in outcome.log
