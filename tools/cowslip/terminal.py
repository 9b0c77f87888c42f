"""An interactive machine: the terminal is QEMU's, and whole again after."""
import os
import subprocess
import sys
import termios

from cowslip import guest, image, machine


def terminal_modes():
    """returns: the terminal's modes, or None if there is no terminal"""
    try:
        return termios.tcgetattr(sys.stdin.fileno())
    except (termios.error, OSError, ValueError):
        return None


def wait_for(process, timeout):
    """returns: whether it ended by itself in time"""
    try:
        process.wait(timeout)
        return True
    except subprocess.TimeoutExpired:
        return False


def run_shell(settings, say, port=None, progress=None):
    """Boot to a shell.  returns: Outcome"""
    modes = terminal_modes()
    try:
        with guest.prepared_disk(settings, progress) as (disk, scratch):
            transcript = settings.log or os.path.join(scratch, "transcript")
            command = machine.qemu_command(settings, disk, transcript, port)
            say(command)
            process = subprocess.Popen(command)
            try:
                in_time = wait_for(process, settings.timeout)
            finally:
                guest.stop(process)
                # QEMU restores them, unless it was stopped.
                if modes is not None:
                    termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW,
                                      modes)
            with open(transcript, "rb") as file:
                shown = file.read()
    except (image.ImageError, OSError) as error:
        return guest.Outcome(guest.STATUS_NOT_STARTED, str(error))
    if not in_time:
        return guest.Outcome(guest.STATUS_HUNG, "stopped after "
                             f"{settings.timeout:g} seconds")
    if guest.PANIC.search(shown):
        return guest.Outcome(guest.STATUS_PANIC, "the kernel panicked")
    if process.returncode == 0 and not guest.BOOT_FAILED.search(shown):
        return guest.Outcome(0)
    return guest.Outcome(guest.STATUS_NOT_STARTED, "the machine stopped with "
                         f"a failure (QEMU's status {process.returncode})")
