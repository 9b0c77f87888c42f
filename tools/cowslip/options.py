"""The options of ./run, and what --help says."""
import argparse
import os

from cowslip import debian, machine

DESCRIPTION = """\
Build cowslip if anything changed, and boot it in QEMU: to a shell, or with -c
to run one command and power off.  In the shell, ^A x leaves the machine and
^A c talks to QEMU.
"""

EPILOG = """\
exit status with -c:
  0-255  the command's own (the one of the shell that runs it)
  124    it did not end within --timeout seconds; the machine was stopped
  125    it could not be run: a build failed, an image is missing, truncated
         or corrupt, packages could not be had, QEMU failed
  134    the kernel panicked; its log is shown on standard error
  137    the command was killed
Without -c: 0, or 124, 125 and 134 with the same meanings; 2 for wrong usage.

With -c standard output carries the command's output, byte for byte, and
nothing else; the kernel's log goes to --log, to standard error with -v, and is
shown there when something went wrong.  Standard input is the guest's console
if it is a pipe or a file; as on any console, control characters in it edit
lines, and its end is typed as ^D.  With --debian and --root the command writes
to a pipe.
"""


def size(text):
    try:
        return machine.parse_size(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error))


def memory(text):
    value = size(text)
    if not machine.MEMORY_MIN <= value <= machine.MEMORY_MAX:
        raise argparse.ArgumentTypeError("memory is 32M to 8G")
    return value


def harts(text):
    if not text.isdecimal() or not 1 <= int(text) <= machine.HARTS_MAX:
        raise argparse.ArgumentTypeError(f"harts are 1 to {machine.HARTS_MAX}")
    return int(text)


def seconds(text):
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time in seconds")
    return value


def packages(text):
    try:
        return debian.split_packages(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error))


def parser():
    made = argparse.ArgumentParser(
        prog="./run", description=DESCRIPTION, epilog=EPILOG,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = made.add_argument
    add("-c", metavar="CMD", dest="command",
        help="run CMD, a line of shell, and power off")
    add("--timeout", metavar="SECONDS", type=seconds,
        help="stop the machine after so long (never)")
    add("-m", metavar="SIZE", dest="memory", type=memory,
        help="memory, 32M to 8G (128M; 512M with --debian)")
    add("-p", metavar="HARTS", dest="harts", type=harts,
        help="harts, 1 to 8 (2)")
    add("--icount", action="store_true",
        help="one hart, one nanosecond is one instruction, and every run "
        "without input repeats exactly; the disk is then in memory, and gone "
        "at the end.  With --disk runs repeat only up to waits for the disk")
    add("--add", metavar="HOST[:GUEST]", dest="adds", action="append",
        default=[], help="put a file into the image, with its mode; GUEST "
        "is its path there (/ and its name); may be repeated")
    add("--disk", metavar="FILE",
        help="keep the disk in FILE: made from the image if it is not there, "
        "used as it is if it is")
    add("--disk-size", metavar="SIZE", type=size,
        help="size of a new disk (16M, or what the files need; less with "
        "--icount in little memory)")
    roots = made.add_mutually_exclusive_group()
    roots.add_argument("--debian", metavar="PKG,PKG,...", nargs="?",
        const=(), type=packages, help="boot a Debian with these packages, "
        "fetched for riscv64 and kept in ~/.cache/cowslip; alone: busybox, "
        "as login shell")
    roots.add_argument("--root", metavar="DIR",
        help="boot the Linux root file system that DIR holds; its owner's "
        "files are root's in it")
    add("--strace", action="store_true",
        help="print system calls of Linux programs on standard error as "
        "they happen (without -c: on the console)")
    add("--build", metavar="DIR", help="build there, not in build/")
    add("--gdb", action="store_true",
        help="wait for GDB, and print the command that attaches it")
    add("--log", metavar="FILE",
        help="the kernel's log goes there (without -c: all the console shows)")
    add("-v", dest="verbose", action="store_true",
        help="show the build, QEMU's command line and the kernel's log")
    return made


def parse(arguments):
    """returns: Settings; ends in usage and status 2 if they make no sense"""
    made = parser()
    given = made.parse_args(arguments)
    if given.icount and given.harts not in (None, 1):
        made.error("--icount runs on one hart")
    if given.harts is None:
        given.harts = 1 if given.icount else 2
    if given.memory is None:
        given.memory = (512 if given.debian is not None else 128) * \
            machine.MIB
    given.build = os.path.abspath(given.build or os.path.join(machine.ROOT,
                                                              "build"))
    settings = machine.Settings(**vars(given))
    if settings.disk_size is not None and settings.disk_size < machine.MIB:
        made.error("a disk has at least 1M")
    if settings.command is not None:
        if not settings.command.strip():
            made.error("-c wants a command")
        if not machine.arguments_fit(settings):
            made.error("the command is longer than the kernel's arguments "
                       "may be; put it into a script and --add that")
    return settings
