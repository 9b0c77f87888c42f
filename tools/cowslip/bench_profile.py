"""Where cowslip's instructions go: each one of a row, by function.

    QEMU --bench_count.c, a plugin--> count by address
        --less the same for a run of no row--> by function, with nm

Under -icount two runs differ by what they were asked for only, so the
difference of two counts is what the row cost: all its rounds and repeats, and
the process it runs in.
"""
import bisect
import collections
import dataclasses
import os
import re
import shutil
import subprocess
import tempfile

from cowslip import bench_guest, guest, machine

NO_ROW = "none"
MEMORY = 256 * machine.MIB      # less to set up at boot
PLUGIN = os.path.join(machine.ROOT, "tools/cowslip/bench_count.c")
API_NEW = 2                     # the least QEMU 9 and newer take
API_OLD = 1


def symbols(build):
    """returns: addresses of the kernel's functions in order, their names (less
    what a compiler of all files at once adds to some, as in symbols.sh)"""
    done = subprocess.run(
        ["riscv64-linux-gnu-nm", "-n", os.path.join(build, "cowslip")],
        text=True, stdout=subprocess.PIPE, check=True)
    found = [(int(words[0], 16), words[2].partition(".lto_priv")[0])
             for words in
             map(str.split, done.stdout.splitlines())
             if len(words) == 3 and words[1] in "tT"]
    return [at for at, _ in found], [name for _, name in found]


def api_version():
    """returns: which version of the interface to say the plugin is of"""
    said = subprocess.run(["qemu-system-riscv64", "--version"], text=True,
                          check=True, stdout=subprocess.PIPE).stdout
    major = re.search(r"version (\d+)", said)
    return API_NEW if major and int(major.group(1)) >= 9 else API_OLD


def build_plugin(path):
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", path,
                    f"-DQEMU_API={api_version()}", PLUGIN], check=True)


def read_counts(path):
    with open(path) as file:
        return collections.Counter(
            {int(address, 16): int(count)
             for address, count in map(str.split, file)})


def count_run(bench, key):
    """returns: Counter of instructions by address"""
    addresses, _ = symbols(bench.settings.build)
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        root = os.path.join(folder, "root")
        os.mkdir(root)
        for name, path in bench.programs.items():
            shutil.copy(path, os.path.join(root, name))
        plugin = os.path.join(folder, "count.so")
        build_plugin(plugin)
        out = os.path.join(folder, "counts")
        settings = dataclasses.replace(
            bench.settings, command=f"/bench {key}", root=root,
            disk_size=bench_guest.DISK_BYTES,
            memory=bench.memory or MEMORY)
        with guest.prepared_disk(settings) as (disk, _):
            command = machine.qemu_command(settings, disk) + [
                "-plugin", f"{plugin},out={out},start={addresses[0]:x},"
                f"end={addresses[-1] + 4096:x}"]
            try:
                done = subprocess.run(
                    command, stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE, timeout=settings.timeout)
            except subprocess.TimeoutExpired:
                raise bench_guest.BenchError(
                    f"{key} did not end within {settings.timeout:g} seconds")
        if f"row {key} ".encode() not in done.stdout and key != NO_ROW:
            raise bench_guest.BenchError(
                f"{key} cannot be profiled: it did not end in "
                f"{settings.memory // machine.MIB} MiB")
        return read_counts(out)


def profile(bench, key):
    """returns: [(function, instructions)], most first; raises BenchError"""
    addresses, names = symbols(bench.settings.build)
    counts = count_run(bench, key)
    counts.subtract(count_run(bench, NO_ROW))
    functions = collections.Counter()
    for address, count in counts.items():
        at = bisect.bisect_right(addresses, address) - 1
        functions[names[at]] += count
    return functions.most_common()
