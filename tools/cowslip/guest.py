"""Running one command in the guest: `./run -c`, and what the tests use.

    prepared(settings) -> disk;  relay: QEMU's stdout -> demultiplexer -> sinks
                                        our stdin -> QEMU's stdin

Exit statuses that are not the command's own stand here, and are explained
in options.py.
"""
import contextlib
import dataclasses
import os
import re
import selectors
import shutil
import subprocess
import tempfile
import time

from cowslip import image, linux_root, machine
from cowslip.frames import Demultiplexer

STATUS_HUNG = 124
STATUS_NOT_STARTED = 125
STATUS_PANIC = 134
STATUS_KILLED = 137         # said by init itself

MIB = machine.MIB
PIECE_BYTES = 1 << 16
END_OF_FILE = b"\x04"       # ^D
# What kernel/core/cpu/panic.c and kernel/main.c say at the start of a line.
# QEMU's own status tells little: OpenSBI 1.1 ends a failure with 0.
PANIC = re.compile(rb"^panic on hart \d", re.MULTILINE)
BOOT_FAILED = re.compile(rb"^boot: [^\n]*\s*\Z", re.MULTILINE)


@dataclasses.dataclass
class Outcome:
    status: int
    reason: str = ""        # a sentence, if the status is not the command's
    output: bytes = b""     # of run_captured
    log: bytes = b""
    seconds: float = 0.0


@contextlib.contextmanager
def prepared_disk(settings, say=None):
    """The disk to start with.  gives: (its path, a scratch folder).

    say: called with a line about what takes time

    raises: image.ImageError
    """
    scratch = tempfile.mkdtemp(prefix="scratch.", dir=settings.build)
    try:
        yield make_disk(settings, scratch, say or silence), scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def silence(line):
    """What `say` is if nobody wants to know."""


def make_disk(settings, scratch, say):
    target = settings.disk or os.path.join(scratch, "disk.img")
    adds = [image.split_add(add) for add in settings.adds]
    linux = settings.root is not None or settings.debian is not None
    if settings.disk is not None and os.path.exists(settings.disk):
        if not os.path.isfile(target):
            raise image.ImageError(f"{target} is not a file")
        size = os.path.getsize(target)
        if settings.disk_size not in (None, size):
            raise image.ImageError(
                f"{target} exists and has {size >> 10}K; --disk-size is for "
                "new disks")
    elif linux:
        linux_root.make_disk(settings, target, size_max(settings), say)
    else:
        make_small_disk(settings, adds, scratch, target)
        adds = []
    for host, guest in adds:
        image.add_to_image(target, host, guest)
    if linux:
        linux_root.add_init(settings, target, scratch)
    return target


def size_max(settings):
    """returns: the most a disk may have, None for no such limit"""
    if machine.disk_in_memory(settings):
        return machine.ramdisk_max(settings.memory)
    return None


def make_small_disk(settings, adds, scratch, target):
    """The usual image, or one like it with more files in it."""
    built = os.path.join(settings.build, "disk.img")
    most = size_max(settings)
    if adds or settings.disk_size is not None or (
            most is not None and os.path.getsize(built) > most):
        root = os.path.join(scratch, "root")
        shutil.copytree(os.path.join(settings.build, "root"), root,
                        symlinks=True)
        for host, guest in adds:
            image.stage_file(root, host, guest)
        make_fitting_image(root, target, settings, most)
    else:
        image.copy_image(built, target)


def make_fitting_image(root, target, settings, most):
    """Make an image of the size that is asked for, else of the usual size or
    of `most` bytes, if that is not None and less.  raises: image.ImageError
    """
    size = settings.disk_size or image.size_for(root)
    if most is not None and size > most:
        if settings.disk_size or image.size_for(root, room=MIB) > most:
            raise linux_root.too_large(settings, size, most)
        size = most
    image.make_image(root, target, size)


def stop(process):
    if process.poll() is None:
        process.kill()
    process.wait()


class Relay:
    """Between QEMU's pipes and ours, until QEMU ends."""

    def __init__(self, process, demultiplexer, source, deadline):
        self.process, self.source = process, source
        self.demultiplexer = demultiplexer
        self.deadline = deadline
        self.pending = b""
        self.last_byte = b"\n"
        self.selector = selectors.DefaultSelector()
        self.selector.register(process.stdout, selectors.EVENT_READ)
        self.waiting = source is not None   # for the guest's console

    def run(self):
        """returns: whether QEMU ended by itself in time"""
        with self.selector:
            while True:
                wait = None
                if self.deadline is not None:
                    wait = self.deadline - time.monotonic()
                    if wait <= 0:
                        return False
                for key, _ in self.selector.select(wait):
                    if key.fileobj is self.process.stdout:
                        data = os.read(key.fd, PIECE_BYTES)
                        if not data:
                            return True
                        self._read_guest(data)
                    elif key.fileobj is self.process.stdin:
                        self._write_pending()
                    else:
                        self._read_source()

    def _read_guest(self, data):
        self.demultiplexer.feed(data)
        # What is typed before the guest has set up its port is lost.
        if self.waiting and self.demultiplexer.marked:
            self.waiting = False
            os.set_blocking(self.process.stdin.fileno(), False)
            self.selector.register(self.source, selectors.EVENT_READ)

    def _read_source(self):
        data = os.read(self.source, PIECE_BYTES)
        self.selector.unregister(self.source)
        if data:
            self.last_byte = data[-1:]
        else:
            # A line without its newline ends at the first ^D already.
            data = END_OF_FILE * (1 if self.last_byte == b"\n" else 2)
            self.source = None
        self.pending = data
        self.selector.register(self.process.stdin, selectors.EVENT_WRITE)

    def _write_pending(self):
        try:
            count = os.write(self.process.stdin.fileno(), self.pending)
        except BlockingIOError:
            return
        except BrokenPipeError:
            count, self.source = len(self.pending), None
        self.pending = self.pending[count:]
        if not self.pending:
            self.selector.unregister(self.process.stdin)
            if self.source is not None:
                self.selector.register(self.source, selectors.EVENT_READ)


def judge(settings, in_time, demultiplexer, log, returncode):
    """What a guest that has ended means."""
    if PANIC.search(log):
        return Outcome(STATUS_PANIC, "the kernel panicked")
    if not in_time:
        return Outcome(STATUS_HUNG, "the command did not end within "
                       f"{settings.timeout:g} seconds")
    if demultiplexer.status is None:
        return Outcome(STATUS_NOT_STARTED, "the machine stopped before the "
                       f"command had ended (QEMU's status {returncode})")
    if demultiplexer.status == 0 and returncode != 0:
        return Outcome(STATUS_NOT_STARTED, "the machine did not stop cleanly "
                       f"(QEMU's status {returncode})")
    return Outcome(demultiplexer.status & 0xFF)


def run_command(settings, output, log, source=None, say=None, port=None,
                progress=None):
    """Run settings.command in a machine of its own.

    output, log: called with bytes as they come
    source: a file descriptor that is the guest's input, None for none
    say: called with QEMU's command line before it starts
    progress: called with lines about what takes time before that
    returns: Outcome; never raises for what the guest does
    """
    firmware, logged = bytearray(), bytearray()

    def log_both(data):
        (logged if demultiplexer.marked else firmware).extend(data)
        log(data)

    started = time.monotonic()
    demultiplexer = Demultiplexer(output, log_both)
    try:
        with prepared_disk(settings, progress) as (disk, _):
            command = machine.qemu_command(settings, disk, port=port)
            if say is not None:
                say(command)
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, bufsize=0,
                stdin=subprocess.DEVNULL if source is None else subprocess.PIPE)
            deadline = None
            if settings.timeout is not None:
                deadline = time.monotonic() + settings.timeout
            try:
                in_time = Relay(process, demultiplexer, source,
                                deadline).run()
                if in_time:
                    process.wait()
            finally:
                stop(process)
    except (image.ImageError, OSError) as error:
        return Outcome(STATUS_NOT_STARTED, str(error))
    outcome = judge(settings, in_time, demultiplexer, bytes(logged),
                    process.returncode)
    # What the firmware says is of interest only if nothing came after it.
    outcome.log = bytes(logged if demultiplexer.marked else firmware)
    outcome.seconds = time.monotonic() - started
    return outcome


def run_captured(settings, source=None):
    """run_command with everything kept in memory.  returns: Outcome"""
    output = bytearray()
    outcome = run_command(settings, output.extend, lambda data: None, source)
    outcome.output = bytes(output)
    return outcome
