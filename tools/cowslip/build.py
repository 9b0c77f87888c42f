"""Building before starting: quietly, once at a time."""
import fcntl
import os
import subprocess

from cowslip import machine


class BuildError(Exception):
    """The build failed; the text is make's."""


def build(targets=("all",), verbose=False, variables=(), folder=None):
    """Bring `targets` up to date.  raises: BuildError"""
    usual = os.path.join(machine.ROOT, "build")
    folder = os.path.abspath(folder or usual)
    if folder != usual:
        variables = (*variables, f"BUILD={folder}")
    os.makedirs(folder, exist_ok=True)
    # Two at once, say two ./run in two terminals, would build over each other.
    with open(os.path.join(folder, ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = ["make", "-C", machine.ROOT, "--no-print-directory",
                   f"-j{os.cpu_count() or 1}", *variables, *targets]
        if verbose:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=2)
            text = ""
        else:
            done = subprocess.run(command + ["-s"], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, text=True,
                                  stderr=subprocess.STDOUT)
            text = done.stdout
        if done.returncode != 0:
            raise BuildError(text.strip() or "make failed")
