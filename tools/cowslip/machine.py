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
# struct machine's `arguments` and the NUL at its end.
ARGUMENTS_BYTES = 1024 - 1
FRAMED = "console=framed"
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


def arguments_for(settings):
    """The kernel's arguments."""
    if settings.command is None:
        return ""
    return f"{FRAMED} -- {settings.command}"


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
        "-global", "virtio-mmio.force-legacy=false",
        "-drive", f"file={quote(disk)},format=raw,if=none,id=disk",
        "-device", "virtio-blk-device,drive=disk",
    ]
    if settings.icount:
        # Whatever else could differ from run to run: the seed in the device
        # tree, the clock's date, and which thread of QEMU serves the disk.
        command += ["-icount", "shift=0,sleep=off", "-seed", "1",
                    "-rtc", "base=2024-01-01,clock=vm",
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
