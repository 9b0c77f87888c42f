"""The rows of ./bench: what each measures, and what it is to reach.

Keys are those of tests/bench/*.c.  A goal is the most a row may have on
cowslip; rows without one are there for the picture.
"""
import dataclasses
import typing

MIB = 1 << 20


@dataclasses.dataclass(frozen=True)
class Row:
    key: str
    title: str
    goal: typing.Optional[int] = None
    bytes: bool = False         # else instructions, or nanoseconds
    resident: typing.Optional[int] = None   # of the rows of the picture


ROWS = (
    Row("getppid", "null system call (getppid)", 110),
    Row("write-fault", "write fault on promised memory, per page", 1000),
    Row("read-fault", "read fault on promised memory, per page", 450),
    Row("munmap", "munmap of resident memory, per page", 120),
    Row("mmap-4k", "mmap + munmap, untouched, 4 KiB", 1300),
    Row("mmap-1g", "mmap + munmap, untouched, 1 GiB", 1300),
    Row("mmap-touch", "mmap 64 KiB, touch one page, munmap", 5000),
    Row("mprotect", "mprotect twice, 64 resident pages", 2500),
    Row("brk", "brk up and down 1 MiB", 1500),
    Row("pipe", "pipe round trip, two processes", 2500),
    Row("fork", "fork, small process", 6000),
    Row("fork-wait", "fork + exit + wait, small", 22000),
    Row("fork-exec", "fork + exec + exit + wait, static glibc", 60000),
    Row("fork-1m", "fork, 1 MiB resident", resident=MIB),
    Row("fork-4m", "fork, 4 MiB resident", resident=4 * MIB),
    Row("fork-16m", "fork, 16 MiB resident", resident=16 * MIB),
    Row("fork-64m", "fork, 64 MiB resident", 6000, resident=64 * MIB),
    Row("fork-256m", "fork, 256 MiB resident", resident=256 * MIB),
    Row("fork-1g", "fork, 1 GiB resident", 6000, resident=1024 * MIB),
    Row("fork-wait-64m", "fork + exit + wait, 64 MiB"),
    Row("fork-wait-1g", "fork + exit + wait, 1 GiB", 25000),
    Row("first-write", "first write by the child after a 1 GiB fork", 9000),
    Row("cow", "COW break, sequential, per page", 1500),
    Row("child-read", "reading an unchanged page in the child, per page", 30),
    Row("fork-huge", "fork 256 MiB, huge pages on in Linux", 6000),
    Row("idle-memory", "memory of an idle child of a 64 MiB parent", 28000,
        bytes=True),
    Row("tables-1g", "page tables added by a 1 GiB fork", 16000, bytes=True),
)


def choose(patterns):
    """The rows whose key or title has one of `patterns` in it; one that is a
    key is that row only.  raises: ValueError"""
    if not patterns:
        return ROWS
    chosen = []
    for pattern in patterns:
        found = [row for row in ROWS if row.key == pattern] or \
            [row for row in ROWS if pattern.lower() in
             f"{row.key} {row.title}".lower()]
        if not found:
            raise ValueError(f"no row is called {pattern!r}; --list names "
                             "all")
        chosen += found
    return tuple(row for row in ROWS if row in chosen)
