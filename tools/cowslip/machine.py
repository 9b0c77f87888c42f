"""The machine: what may be asked of it, and QEMU's words for it."""
import dataclasses
import os
import re
import shutil
import socket
import typing

MIB = 1 << 20
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))

MEMORY_MIN, MEMORY_MAX = 32 * MIB, 8192 * MIB
HARTS_MAX = 8
# QEMU's virt: RAM, how far above its start the kernel is loaded, and how far
# above the kernel, at most, the initial RAM disk; the device tree is put at
# the end of what lies below 3 GiB, at a multiple of 16 MiB in some versions.
RAM_START = 0x80000000
KERNEL_OFFSET = 2 * MIB
RAMDISK_OFFSET_MAX = 128 * MIB
TREE_BELOW, TREE_BYTES_MAX, TREE_ALIGN_MAX = 3072 * MIB, 2 * MIB, 16 * MIB
# struct machine's `arguments` and the NUL at its end.
ARGUMENTS_BYTES = 1024 - 1
FRAMED = "console=framed"
STRACE = "strace=on"
GDB_PORT = 1234


@dataclasses.dataclass
class Settings:
    """One start of the machine, as asked for."""
    command: typing.Optional[str] = None    # None: a shell
    timeout: typing.Optional[float] = None  # seconds; None: for ever
    memory: int = 128 * MIB                 # bytes
    harts: int = 2
    icount: bool = False
    adds: tuple = ()                        # of HOST[:GUEST]
    disk: typing.Optional[str] = None       # kept; None: a scratch copy
    disk_size: typing.Optional[int] = None  # bytes
    root: typing.Optional[str] = None       # the tree of a Linux
    debian: typing.Optional[tuple] = None   # or packages to make one of
    strace: bool = False
    gdb: bool = False
    log: typing.Optional[str] = None
    verbose: bool = False
    build: str = os.path.join(ROOT, "build")


def parse_size(text):
    """"128M", "8G", "32768K", or MiB without a letter.  raises: ValueError"""
    match = re.fullmatch(r"(\d+)([kKmMgG]?)", text)
    if match is None:
        raise ValueError(f"{text!r} is not a size like 128M or 2G")
    factor = {"": MIB, "k": 1 << 10, "m": MIB, "g": 1 << 30}
    return int(match[1]) * factor[match[2].lower()]


def disk_in_memory(settings):
    """Whether the disk is a RAM disk: one that answers at once.

    A disk of QEMU's takes as long as the host does, and while the guest waits
    its clock runs on to the next alarm: no two runs would be the same.
    """
    return settings.icount and settings.disk is None


def ramdisk_max(memory):
    """How large a RAM disk may be: at most a quarter of the memory, and where
    QEMU puts it nothing may be in its way."""
    start = RAM_START + KERNEL_OFFSET + min(memory // 2, RAMDISK_OFFSET_MAX)
    end = min(RAM_START + memory, TREE_BELOW) - TREE_BYTES_MAX
    tree = end // TREE_ALIGN_MAX * TREE_ALIGN_MAX
    room = (tree if tree > start else end) - start
    return min(room, memory // 4) // MIB * MIB


def arguments_for(settings):
    """The kernel's arguments."""
    words = [STRACE] if settings.strace else []
    if settings.command is not None:
        words += [FRAMED, "--", settings.command]
    return " ".join(words)


def arguments_fit(settings):
    return len(os.fsencode(arguments_for(settings))) <= ARGUMENTS_BYTES


def free_port():
    """The port GDB expects if it is free, else any that is."""
    for port in (GDB_PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise OSError("no port is free for GDB")


def qemu_command(settings, disk, transcript=None, port=None):
    """QEMU's command line.

    disk: the image file
    transcript: for a terminal: a file for all that the console shows
    port: where to wait for GDB
    """
    if settings.command is None:
        console = ["-chardev", "stdio,id=console,mux=on,signal=off,"
                   f"logfile={quote(transcript)}", "-mon", "chardev=console"]
    else:
        console = ["-chardev", "stdio,id=console,signal=off"]
    command = [
        "qemu-system-riscv64", "-machine", "virt", "-nodefaults",
        "-display", "none", "-no-reboot",
        "-smp", str(settings.harts), "-m", f"{settings.memory // 1024}K",
        "-kernel", os.path.join(settings.build, "Image"),
        "-append", arguments_for(settings),
        *console, "-serial", "chardev:console",
    ]
    if disk_in_memory(settings):
        command += ["-initrd", disk]
    else:
        command += [
            "-global", "virtio-mmio.force-legacy=false",
            "-drive", f"file={quote(disk)},format=raw,if=none,id=disk",
            "-device", "virtio-blk-device,drive=disk"]
    if settings.icount:
        # Whatever else could differ from run to run: the seed in the device
        # tree, the clock's date (later than that of any file, or each is
        # marked anew whenever it is read), and which thread of QEMU's serves
        # a disk.
        command += ["-icount", "shift=0,sleep=off", "-seed", "1",
                    "-rtc", "base=2030-01-01,clock=vm",
                    "-global", "virtio-mmio.ioeventfd=off"]
    if port is not None:
        command += ["-S", "-gdb", f"tcp:127.0.0.1:{port}"]
    # QEMU is not to survive us, however we end.
    if shutil.which("setpriv"):
        command = ["setpriv", "--pdeathsig", "KILL", "--"] + command
    return command


def quote(path):
    """A file name among QEMU's comma-separated properties."""
    return path.replace(",", ",,")
