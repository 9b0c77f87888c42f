"""Where harts are while a row runs: what holds them back.

    QEMU --QMP: stop, registers and stack of each hart, cont--> a sample
        --unwind tables, nm--> functions, the innermost first

For rows that bench_profile cannot count: those of Debian's programs, and
those of faults on several harts.  Shares, then, which differ a little from
run to run.  User programs are "user".

Of faults: a hart that waits for a spinlock is counted for whom it waits in;
one that has nothing to do is idle, and so is one whose thread sleeps on a
mutex.  Of programs: every row's run is seen, the first with cold files and
the machine's start included.
"""
import bisect
import collections
import dataclasses
import json
import os
import re
import shutil
import socket
import subprocess
import time

from cowslip import bench_guest, bench_profile, guest, machine, unwind

REST_SECONDS = 0.004        # between samples, for the guest to go on
START_SECONDS = 20
STACK_WORDS = 320
FAULT = "space_fault"       # on the stack of a hart that handles one
DOORS = ("linux_syscall", "trap_from_user")     # what comes before is a call
WAITING = ("spin_wait", "spin_lock")
CALLERS = 3                 # named of who waits, from the innermost


class Monitor:
    """QMP of a running QEMU."""

    def __init__(self, path):
        ends = time.monotonic() + START_SECONDS
        self.socket = socket.socket(socket.AF_UNIX)
        while True:
            try:
                self.socket.connect(path)
                break
            except OSError:
                if time.monotonic() > ends:
                    raise bench_guest.BenchError(
                        "QEMU did not start") from None
                time.sleep(0.05)
        self.file = self.socket.makefile("rw")
        self.file.readline()
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        """returns: the answer; raises EOFError if QEMU has ended"""
        try:
            self.file.write(json.dumps({"execute": command,
                                        "arguments": arguments}) + "\n")
            self.file.flush()
            while True:
                line = self.file.readline()
                if not line:
                    raise EOFError
                answer = json.loads(line)
                if "return" in answer or "error" in answer:
                    return answer.get("return")
        except OSError:
            raise EOFError from None

    def say(self, line, hart=0):
        return self.ask("human-monitor-command", **{
            "command-line": line, "cpu-index": hart})


class Symbols:
    """The kernel's functions, and how to leave them."""

    def __init__(self, build):
        self.tables = unwind.Tables(os.path.join(build, "cowslip"))
        self.addresses, self.names = bench_profile.symbols(build)

    def name(self, address):
        """returns: the kernel's function there, None if it is not its"""
        if not self.addresses[0] <= address <= self.addresses[-1] + 4096:
            return None
        return self.names[bisect.bisect_right(self.addresses, address) - 1]


def stack_of(monitor, hart, symbols):
    """returns: names of the functions a hart is in, innermost first"""
    text = monitor.say("info registers", hart)
    registers = {name: int(value, 16) for name, value in re.findall(
        r"(?:^|\s)(?:x\d+/)?(pc|ra|sp|s0)\s+([0-9a-f]+)", text)}
    if symbols.name(registers["pc"]) is None:
        return ["user"]
    words = read_words(monitor, registers["sp"], hart)
    return [name for pc in unwind.chain(symbols.tables, registers, words)
            if (name := symbols.name(pc)) is not None]


def read_words(monitor, address, hart):
    """returns: {address: word} of the stack from there on"""
    found = {}
    for line in monitor.say(f"x /{STACK_WORDS}gx {address:#x}",
                            hart).splitlines():
        match = re.match(r"([0-9a-f]+): (0x[0-9a-f]+)(?: (0x[0-9a-f]+))?",
                         line)
        if match:
            at = int(match[1], 16)
            found[at] = int(match[2], 16)
            if match[3]:
                found[at + 8] = int(match[3], 16)
    return found


def place_in_fault(names):
    """What a stack is counted as while faults are of interest."""
    if names[0] == "user" or FAULT in names:
        waits = [at for at, name in enumerate(names) if name in WAITING]
        if waits and waits[0] == 0:
            rest = names[waits[-1] + 1:]
            return "waits for a spinlock in " + " < ".join(rest[:CALLERS])
        return names[0]
    return "idle" if any("idle" in name for name in names) else None


def take(monitor, harts, symbols):
    """returns: the stack of each hart, at one moment"""
    monitor.ask("stop")
    stacks = [stack_of(monitor, hart, symbols) for hart in range(harts)]
    monitor.ask("cont")
    return stacks


def count_faults(stacks, counts):
    """If a hart is in a fault; all but those of idle harts and faults are
    left out."""
    if any(FAULT in names for names in stacks):
        counts["functions"].update(
            found for names in stacks
            if (found := place_in_fault(names)) is not None)


def count_program(stacks, counts):
    for names in stacks:
        counts["functions"][names[0]] += 1
        for door in DOORS:
            if door in names[1:]:
                counts["calls"][names[names.index(door) - 1]] += 1
                break


def make_root(bench, row):
    """The tree of the guest's files."""
    if row.machine.debian:
        return bench.tree.path()
    root = os.path.join(bench.folder, "root")
    os.mkdir(root)
    for name, path in bench.programs.items():
        shutil.copy(path, os.path.join(root, name))
    return root


def sample(bench, row):
    """returns: {"functions": Counter, "calls": Counter}; raises BenchError"""
    symbols = Symbols(bench.settings.build)
    counts = {"functions": collections.Counter(),
              "calls": collections.Counter()}
    count = count_faults if row.faults else count_program
    qmp = os.path.join(bench.folder, "qmp")
    settings = dataclasses.replace(
        bench.settings, command=f"/bench {row.key}", root=make_root(bench, row),
        icount=not row.machine.timed, harts=row.machine.harts,
        memory=row.machine.memory, disk_size=None if row.machine.debian
        else bench_guest.DISK_BYTES)
    with guest.prepared_disk(settings) as (disk, _):
        process = subprocess.Popen(
            machine.qemu_command(settings, disk) +
            ["-qmp", f"unix:{qmp},server=on,wait=off"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            monitor = Monitor(qmp)
            while True:
                count(take(monitor, settings.harts, symbols), counts)
                time.sleep(REST_SECONDS)
        except EOFError:
            pass
        finally:
            guest.stop(process)
    return counts
