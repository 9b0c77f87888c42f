"""Running the measured program on a kernel: a guest for each kind of machine,
in it all rows asked for that are measured on such a one.

    tests/bench/*.c --gcc -static--> bench --boot--> {key: value}

The same binary runs on each system, below the same process 1
(user/linux/init.c), on the same machine of QEMU's, its files in memory: an
initramfs for Linux, cowslip's RAM disk.
"""
import dataclasses
import glob
import os
import shutil
import subprocess
import tempfile

from cowslip import bench_linux, bench_rows, bench_tree, build, guest, image
from cowslip import machine

FOLDER = os.path.join(machine.ROOT, "tests", "bench")
COMPILER = ("riscv64-linux-gnu-gcc", "-static", "-O2", "-Wall",
            "-Wno-unused-result")
DISK_BYTES = 32 * machine.MIB
# The kernel's log is not to be relayed into what is measured.
LINUX_ARGUMENTS = ("console=ttyS0", "quiet", "loglevel=0", "panic=-1",
                   "rdinit=/init")
TUNED = ("init_on_alloc=0", "init_on_free=0", "mitigations=off",
         "cgroup_disable=memory", "hardened_usercopy=off")
SYSTEMS = {"linux": "Linux", "tuned": "Linux tuned", "cowslip": "cowslip"}


class BenchError(Exception):
    """Nothing could be measured; the text says why."""


@dataclasses.dataclass
class Results:
    """What one guest found."""
    counter: str = ""           # "instret", or "time"
    values: dict = dataclasses.field(default_factory=dict)
    failures: dict = dataclasses.field(default_factory=dict)


def compile_programs(folder):
    """returns: {name in the guest: file}; raises BenchError"""
    sources = {"bench": [], "true": []}
    for path in sorted(glob.glob(os.path.join(FOLDER, "*.c"))):
        name = "true" if path.endswith("/true.c") else "bench"
        sources[name].append(path)
    programs = {}
    for name, paths in sources.items():
        programs[name] = os.path.join(folder, name)
        done = subprocess.run([*COMPILER, *paths, "-o", programs[name]],
                              text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise BenchError(f"the measured program does not compile:\n"
                             f"{done.stdout.strip()}")
    return programs


class Bench:
    """Boots guests, one at a time."""

    def __init__(self, folder, settings, say, memory=None):
        """
        settings: of machine.Settings, what all guests have in common
        say: called with lines about what takes time
        memory: of every guest; None: what its rows want
        """
        self.folder, self.settings, self.say = folder, settings, say
        self.memory = memory
        try:
            build.build(folder=settings.build)
        except build.BuildError as error:
            raise BenchError(f"{error}\nthe build failed") from None
        self.programs = compile_programs(folder)
        self.tree = bench_tree.Tree(folder, self.programs, say)
        self.image = None

    def run(self, system, rows):
        """Run a guest for each machine that rows want.

        returns: Results; the rows of a guest that did not end have failed
        raises: BenchError if none ended
        """
        found = Results()
        for kind, those in bench_rows.machines(rows).items():
            try:
                ended = self.run_guest(system, kind, those)
                if found.counter != "instret":
                    found.counter = ended.counter
                found.values.update(ended.values)
                found.failures.update(ended.failures)
            except BenchError as error:
                self.say(str(error))
                found.failures.update((row.key, "its guest did not end")
                                      for row in those)
        if not found.counter:
            raise BenchError(f"{SYSTEMS[system]} ran no row to its end")
        return found

    def run_guest(self, system, kind, rows):
        """returns: Results; raises BenchError"""
        icount = self.settings.icount and not kind.timed
        words = ["/bench"] + ([] if icount else ["-t"])
        settings = dataclasses.replace(
            self.settings, memory=self.memory or kind.memory,
            harts=kind.harts, icount=icount, command=" ".join(
                words + [row.key for row in rows]))
        try:
            root = self.tree.path() if kind.debian else None
            if system == "cowslip":
                text = self._run_cowslip(settings, root)
            else:
                text = self._run_linux(settings, root,
                                       TUNED if system == "tuned" else ())
        except image.ImageError as error:
            raise BenchError(str(error)) from None
        found = parse(text)
        if found is None:
            tail = "\n".join(text.strip().splitlines()[-12:])
            raise BenchError(f"{SYSTEMS[system]} did not run the rows to "
                             f"their end; it last said:\n{tail}")
        return found

    def _run_cowslip(self, settings, root):
        with tempfile.TemporaryDirectory(dir=self.folder) as small:
            if root is None:
                for name, path in self.programs.items():
                    shutil.copy(path, os.path.join(small, name))
                settings = dataclasses.replace(settings, disk_size=DISK_BYTES)
            outcome = guest.run_captured(dataclasses.replace(
                settings, root=root or small))
        text = outcome.output.decode(errors="replace")
        if outcome.reason:
            text += f"{outcome.log.decode(errors='replace')}\n{outcome.reason}"
        return text

    def linux_image(self):
        """returns: the kernel's file and version; raises BenchError"""
        if self.image is None:
            try:
                self.image = bench_linux.find_image(self.say)
            except bench_linux.LinuxError as error:
                raise BenchError(str(error)) from None
        return self.image

    def _run_linux(self, settings, root, arguments):
        kernel, _ = self.linux_image()
        initramfs = os.path.join(self.folder, "initramfs")
        init = os.path.join(settings.build, "linux", "init")
        bench_linux.make_initramfs(initramfs, {"init": init, **self.programs},
                                   root)
        words = linux_command(settings, kernel, initramfs, " ".join(
            [*LINUX_ARGUMENTS, *arguments, "--", f'"{settings.command}"']))
        try:
            done = subprocess.run(
                words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, timeout=settings.timeout)
        except subprocess.TimeoutExpired as error:
            return (error.output or b"").decode(errors="replace") + \
                "\nit was stopped after " \
                f"{settings.timeout:g} seconds"
        return done.stdout.decode(errors="replace")


def linux_command(settings, kernel, initramfs, arguments):
    """QEMU's command line: cowslip's, with another kernel."""
    words = machine.qemu_command(
        dataclasses.replace(settings, command="true", icount=True), initramfs)
    words[words.index("-kernel") + 1] = kernel
    words[words.index("-append") + 1] = arguments
    if not settings.icount:
        at = words.index("-icount")
        del words[at:]
    return words


def parse(text):
    """What the program printed.  returns: Results, None if it did not end"""
    found, ended = Results(), False
    for line in text.splitlines():
        kind, _, rest = line.strip().partition(" ")
        key, _, value = rest.partition(" ")
        if kind == "row":
            found.values[key] = float(value)
        elif kind == "fail":
            found.failures[key] = value
        elif kind == "counter":
            found.counter = rest
        elif kind == "done":
            ended = True
    return found if ended else None
