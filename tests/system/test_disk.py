"""Disks: kept, filled from the host, damaged."""
import os
import random
import re

import pytest

from cowslip import guest as guests
from cowslip import image, machine

DISK = os.path.join(machine.Settings().build, "disk.img")


def test_disk_is_kept(guest, tmp_path):
    disk = str(tmp_path / "kept")
    guest.check("echo remember > /note", disk=disk)
    assert guest.check("cat /note", disk=disk) == "remember\n"


def test_built_image_stays_as_it_is(guest):
    before = open(DISK, "rb").read()
    guest.check("echo forget > /note")
    assert open(DISK, "rb").read() == before
    guest.check("cat /note", status=1)


def test_disk_size(guest, tmp_path):
    disk = str(tmp_path / "disk")
    guest.check("echo x > /x", disk=disk, disk_size=40 << 20)
    assert os.path.getsize(disk) == 40 << 20


@pytest.mark.parametrize("kept", (False, True))
def test_add_keeps_bytes_and_mode(guest, tmp_path, kept):
    disk = str(tmp_path / "disk")
    if kept:
        guest.check("true", disk=disk)
    data = random.Random(1).randbytes(300000)
    host = tmp_path / "some file"
    host.write_bytes(data)
    host.chmod(0o640)
    outcome = guest.run("cat /deep/er/file", disk=disk,
                        adds=(f"{host}:/deep/er/file",))
    assert outcome.status == 0 and outcome.output == data
    stat = image.run_tool("debugfs", "-R", "stat /deep/er/file", disk)
    assert "Mode:  0640" in stat
    assert "User:     0   Group:     0" in stat


def test_add_replaces(guest, tmp_path):
    (tmp_path / "README").write_text("mine\n")
    adds = (str(tmp_path / "README"),)
    assert guest.check("cat README", adds=adds) == "mine\n"


def test_image_grows_for_what_is_added(guest, tmp_path):
    (tmp_path / "big").write_bytes(bytes(40 << 20))
    out = guest.check("wc -c /big", adds=(str(tmp_path / "big"),))
    assert out.split()[0] == str(40 << 20)


def test_add_of_nothing():
    outcome = guests.run_captured(machine.Settings(
        command="true", adds=("/no/such/file",)))
    assert outcome.status == guests.STATUS_NOT_STARTED
    assert "/no/such/file" in outcome.reason


def expect_sentence(disk):
    """The machine says what is wrong and stops, in time."""
    outcome = guests.run_captured(machine.Settings(
        command="echo up", timeout=60, disk=str(disk)))
    assert outcome.status == guests.STATUS_NOT_STARTED, outcome
    assert b"boot: " in outcome.log
    return outcome


@pytest.mark.parametrize("size", (0, 512, 1024, 1536, 10240, 4 << 20))
def test_truncated_image(tmp_path, size):
    disk = tmp_path / "disk"
    disk.write_bytes(open(DISK, "rb").read()[:size])
    expect_sentence(disk)


def test_image_of_garbage(tmp_path):
    disk = tmp_path / "disk"
    disk.write_bytes(random.Random(2).randbytes(1 << 20))
    expect_sentence(disk)


def test_image_of_zeros(tmp_path):
    disk = tmp_path / "disk"
    disk.write_bytes(bytes(1 << 20))
    expect_sentence(disk)


# Fields of the superblock, which begins at 1024: offset and what to put.
SUPERBLOCK = {
    "magic": (56, b"\0\0"),
    "block_size": (24, b"\x20\0\0\0"),
    "blocks_per_group": (32, b"\0\0\0\0"),
    "inodes_per_group": (40, b"\0\0\0\0"),
    "inode_size": (88, b"\1\0"),
    "incompatible_feature": (96, b"\xff\xff\0\0"),
    "block_count": (4, b"\xff\xff\xff\xff"),
    "first_data_block": (20, b"\xff\xff\0\0"),
}


@pytest.mark.parametrize("field", SUPERBLOCK)
def test_corrupt_superblock(tmp_path, field):
    offset, value = SUPERBLOCK[field]
    data = bytearray(open(DISK, "rb").read())
    data[1024 + offset:1024 + offset + len(value)] = value
    disk = tmp_path / "disk"
    disk.write_bytes(data)
    expect_sentence(disk)


INODE_BYTES = 128
VICTIMS = [f"/victims/folder/file{i}" for i in range(20)]
FOLDERS = ["/victims", "/victims/folder"]


@pytest.fixture(scope="module")
def victims(tmp_path_factory):
    """An image with files to damage, that no program is made of.

    gives: (its path, (offset, length) of their inodes and folders' blocks)
    """
    folder = tmp_path_factory.mktemp("victims")
    for name in VICTIMS:
        path = folder / name[1:]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"text of a victim\n" * 2000)
    disk = str(folder / "disk")
    settings = machine.Settings(disk=disk, adds=(f"{folder}/victims",))
    with guests.prepared_disk(settings):
        pass
    places = []
    for name in VICTIMS + FOLDERS:
        text = image.run_tool("debugfs", "-R", f"imap {name}", disk)
        block, offset = re.search(r"block (\d+), offset (0x\w+)", text).groups()
        places.append((int(block) * image.SMALL.block_bytes + int(offset, 16),
                       INODE_BYTES))
    for name in FOLDERS:
        text = image.run_tool("debugfs", "-R", f"blocks {name}", disk)
        places += [(int(block) * image.SMALL.block_bytes, image.SMALL.block_bytes)
                   for block in re.findall(r"^[\d ]+$", text,
                                           re.MULTILINE)[0].split()]
    return disk, places


@pytest.mark.parametrize("seed", range(20))
def test_corrupt_structures(tmp_path, victims, seed):
    """Inodes and folders with wrong bytes: no panic and no hang."""
    chance = random.Random(seed)
    with open(victims[0], "rb") as file:
        data = bytearray(file.read())
    for start, length in victims[1]:
        kind = data[start + 1]
        for _ in range(chance.choice((0, 1, 2, 8))):
            data[start + chance.randrange(length)] = chance.randrange(256)
        # The high byte of an inode's mode.  Who opens a FIFO waits for the
        # other end, and is right to.
        if length == INODE_BYTES and data[start + 1] >> 4 == 1:
            data[start + 1] = kind
    disk = tmp_path / "disk"
    disk.write_bytes(data)
    outcome = guests.run_captured(machine.Settings(
        command="cd /victims; ls; ls folder; head folder/*; "
        "echo x > folder/new; echo x >> folder/file1; mkdir folder/new2; "
        "mv folder/file2 moved; rm folder/file3 folder/file4 folder/file5; "
        "rm folder/new; echo end", timeout=60, disk=str(disk)))
    assert outcome.status == 0 and b"end" in outcome.output, outcome


def test_absent_disk(monkeypatch):
    """A machine without a disk."""
    usual = machine.qemu_command

    def without_disk(*arguments, **more):
        command = usual(*arguments, **more)
        for name, part in (("-drive", "file="), ("-device", "virtio-blk")):
            at = next(i for i in range(len(command) - 1)
                      if command[i] == name and
                      command[i + 1].startswith(part))
            del command[at:at + 2]
        return command

    monkeypatch.setattr(machine, "qemu_command", without_disk)
    outcome = guests.run_captured(machine.Settings(command="true", timeout=60))
    assert outcome.status == guests.STATUS_NOT_STARTED, outcome
    assert b"boot: " in outcome.log


def test_disk_where_no_file_can_be():
    outcome = guests.run_captured(machine.Settings(
        command="true", disk="/proc/no/such/disk"))
    assert outcome.status == guests.STATUS_NOT_STARTED
    assert outcome.reason
