"""./run: build cowslip and boot it.  See cowslip/options.py."""
import contextlib
import os
import re
import shlex
import signal
import stat
import sys

from cowslip import build, guest, machine, options, terminal

# Of the kernel's log: a process and a call.
STRACE_LINE = re.compile(rb"\d+ \w+\(")


def end_by_signal(number, frame):
    """As if by exit: scratch files go, QEMU goes, the terminal is restored."""
    sys.exit(128 + number)


def complain(text):
    print(f"run: {text}", file=sys.stderr, flush=True)


def write_through(stream):
    """A sink that writes and flushes; a reader that is gone ends us."""
    def write(data):
        stream.write(data)
        stream.flush()
    return write


class StraceFilter:
    """Of the kernel's log, the lines about system calls, on stderr."""

    def __init__(self):
        self.line = b""
        self.write = write_through(sys.stderr.buffer)

    def feed(self, data):
        *lines, self.line = (self.line + data).split(b"\n")
        for line in lines:
            if STRACE_LINE.match(line):
                self.write(line + b"\n")


def guest_input():
    """Our standard input, if it was made to be read: a pipe or a file."""
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return None
    return 0 if stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or \
        stat.S_ISSOCK(mode) else None


def run_command(settings, say, port):
    strace = StraceFilter() if settings.strace and not settings.verbose \
        else None
    with contextlib.ExitStack() as stack:
        sinks = []
        if settings.log is not None:
            sinks.append(write_through(
                stack.enter_context(open(settings.log, "wb"))))
        if settings.verbose:
            sinks.append(write_through(sys.stderr.buffer))
        if strace is not None:
            sinks.append(strace.feed)

        def log(data):
            for sink in sinks:
                sink(data)

        outcome = guest.run_command(
            settings, write_through(sys.stdout.buffer), log, guest_input(),
            say, port, complain)
    if outcome.reason and not settings.verbose:
        sys.stderr.buffer.write(outcome.log)
        sys.stderr.flush()
    return outcome


def main():
    settings = options.parse(sys.argv[1:])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end_by_signal)
    try:
        build.build(verbose=settings.verbose, folder=settings.build)
    except build.BuildError as error:
        print(error, file=sys.stderr)
        complain("the build failed")
        return guest.STATUS_NOT_STARTED

    def say(command):
        if settings.verbose:
            complain(shlex.join(command))

    try:
        port = machine.free_port() if settings.gdb else None
        if port is not None:
            symbols = os.path.join(settings.build, "cowslip")
            complain("waiting for GDB: gdb-multiarch -ex 'target remote "
                     f"127.0.0.1:{port}' {shlex.quote(symbols)}")
        if settings.command is None:
            outcome = terminal.run_shell(settings, say, port, complain)
        else:
            outcome = run_command(settings, say, port)
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 128 + signal.SIGPIPE
    except OSError as error:
        complain(error)
        return guest.STATUS_NOT_STARTED
    if outcome.reason:
        complain(outcome.reason)
    return outcome.status


if __name__ == "__main__":
    sys.exit(main())
