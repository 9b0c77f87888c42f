"""The Debian that real programs are measured in, the same for each kernel.

    packages --debian--> a tree --our programs, a project--> root
        --mke2fs--> cowslip's RAM disk        --cpio--> Linux's initramfs

All its files are root's, as they come from the packages, nothing left out.
What the rows write and read lies in /dev/shm, a tmpfs of either kernel's.
"""
import os
import shutil
import tempfile

from cowslip import debian, debian_tree, machine

PACKAGES = ("gcc", "libc6-dev", "make", "python3-minimal", "redis-server",
            "redis-tools")
PROJECT = os.path.join(machine.ROOT, "tests", "bench")
MAKEFILE = """\
objects = $(patsubst %.c,%.o,$(filter-out true.c,$(wildcard *.c)))

bench: $(objects)
\t$(CC) -o $@ $(objects)

$(objects): %.o: %.c bench.h
\t$(CC) -O2 -Wall -Wno-unused-result -c -o $@ $<
"""


def build(root, programs, say):
    """Make the tree in the new folder `root`.

    programs: {name in the guest: file}, which come into its root
    raises: debian.DebianError
    """
    packages = debian.with_base(PACKAGES)
    with debian.locked(say):
        place = debian.find(packages, say)
        debian_tree.build(place.tar, place.scripts, root)
    for name, path in programs.items():
        shutil.copy(path, os.path.join(root, name))
    add_project(os.path.join(root, "project"))


def add_project(folder):
    """A small C project: the measured program's own sources."""
    os.mkdir(folder)
    for name in sorted(os.listdir(PROJECT)):
        shutil.copy(os.path.join(PROJECT, name), folder)
    with open(os.path.join(folder, "Makefile"), "w") as file:
        file.write(MAKEFILE)


class Tree:
    """A root that is built when it is first asked for, and then kept."""

    def __init__(self, folder, programs, say):
        self.folder, self.programs, self.say = folder, programs, say
        self.root = None

    def path(self):
        if self.root is None:
            made = tempfile.mkdtemp(prefix="tree.", dir=self.folder)
            self.say("making the tree of Debian's programs")
            build(os.path.join(made, "root"), self.programs, self.say)
            self.root = os.path.join(made, "root")
        return self.root
