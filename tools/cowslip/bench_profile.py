"""Where cowslip's instructions go: each one of a row, by function.

    QEMU -singlestep -d exec --log through a FIFO--> count by address
        --less the same for a run of no row--> by function, with nm

Under -icount two runs differ by what they were asked for only, so the
difference of two counts is what the row cost: all its rounds and repeats, and
the process it runs in.  Slow: every instruction of the kernel is a line.
"""
import bisect
import collections
import dataclasses
import os
import shutil
import subprocess
import tempfile
import threading

from cowslip import bench_guest, guest, machine

NO_ROW = "none"
MEMORY = 256 * machine.MIB      # less to set up at boot
PIECE_LINES_BYTES = 1 << 22


def symbols(build):
    """returns: addresses of the kernel's functions in order, their names"""
    done = subprocess.run(
        ["riscv64-linux-gnu-nm", "-n", os.path.join(build, "cowslip")],
        text=True, stdout=subprocess.PIPE, check=True)
    found = [(int(words[0], 16), words[2]) for words in
             map(str.split, done.stdout.splitlines())
             if len(words) == 3 and words[1] in "tT"]
    return [at for at, _ in found], [name for _, name in found]


def count_lines(path, counts):
    """Count what a FIFO says, by address, until its end."""
    with open(path, "rb") as file:
        while True:
            lines = file.readlines(PIECE_LINES_BYTES)
            if not lines:
                return
            # Trace 0: HOST [CS/PC/FLAGS/CFLAGS] ...
            counts.update([line.split(b"/", 2)[1] for line in lines
                           if line.startswith(b"Trace")])


def count_run(bench, key):
    """returns: Counter of instructions by address"""
    addresses, _ = symbols(bench.settings.build)
    counts = collections.Counter()
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        root = os.path.join(folder, "root")
        os.mkdir(root)
        for name, path in bench.programs.items():
            shutil.copy(path, os.path.join(root, name))
        fifo = os.path.join(folder, "log")
        os.mkfifo(fifo)
        settings = dataclasses.replace(
            bench.settings, command=f"/bench {key}", root=root,
            disk_size=bench_guest.DISK_BYTES, memory=MEMORY)
        reader = threading.Thread(target=count_lines, args=(fifo, counts),
                                  daemon=True)
        reader.start()
        with guest.prepared_disk(settings) as (disk, _):
            length = addresses[-1] + 4096 - addresses[0]
            command = machine.qemu_command(settings, disk) + [
                "-singlestep", "-d", "exec,nochain", "-D", fifo,
                "-dfilter", f"{addresses[0]:#x}+{length:#x}"]
            try:
                done = subprocess.run(
                    command, stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE, timeout=settings.timeout)
            except subprocess.TimeoutExpired:
                raise bench_guest.BenchError(
                    f"{key} did not end within {settings.timeout:g} seconds")
        reader.join()
    if f"row {key} ".encode() not in done.stdout and key != NO_ROW:
        raise bench_guest.BenchError(f"{key} cannot be profiled: it did not "
                                     f"end in {MEMORY // machine.MIB} MiB")
    return counts


def profile(bench, key):
    """returns: [(function, instructions)], most first; raises BenchError"""
    addresses, names = symbols(bench.settings.build)
    counts = count_run(bench, key)
    counts.subtract(count_run(bench, NO_ROW))
    functions = collections.Counter()
    for address, count in counts.items():
        at = bisect.bisect_right(addresses, int(address, 16)) - 1
        functions[names[at]] += count
    return functions.most_common()
