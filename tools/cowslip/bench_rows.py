"""The rows of ./bench: what each measures, and what it is to reach.

Keys are those of tests/bench/*.c.  A goal is the most a row may have on
cowslip, or that cowslip is ahead; rows with neither are there for the picture.

    micro   what single calls and faults cost; what ./bench runs
    real    whole programs of Debian's
    scale   by resident size, by children alive, by harts
"""
import dataclasses
import typing

MIB = 1 << 20
GIB = 1 << 30


@dataclasses.dataclass(frozen=True)
class Machine:
    """What a row is measured on; rows that share one share a guest."""
    memory: int = 2 * GIB
    harts: int = 1
    debian: bool = False        # whether Debian's programs are there
    timed: bool = False         # by the wall clock, never under -icount


SMALL = Machine()
LARGE = Machine(memory=6 * GIB)
DEBIAN = Machine(memory=4 * GIB, debian=True)
# Under -icount QEMU runs harts in turns: who waits for another's lock waits as
# long as its turn is.
ONE, TWO, FOUR = (Machine(harts=harts, timed=True) for harts in (1, 2, 4))
MICRO, REAL, SCALE = ("micro",), ("real",), ("scale",)
BOTH = ("micro", "scale")
GROUPS = ("micro", "real", "scale")


@dataclasses.dataclass(frozen=True)
class Row:
    key: str
    title: str
    goal: typing.Optional[int] = None
    groups: tuple = MICRO
    machine: Machine = SMALL
    ahead: bool = False         # the goal: less than on either Linux
    bytes: bool = False         # else instructions, or nanoseconds
    resident: typing.Optional[int] = None   # of the rows of fork's picture
    faults: typing.Optional[str] = None     # in what, of the faults' picture


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
    # These and all below fork by clone(2) itself, but for those that say libc.
    Row("fork", "fork, small process", 6000),
    Row("fork-libc", "... by libc's fork()", 6000),
    Row("fork-wait", "fork + exit + wait, small", 22000),
    Row("fork-wait-libc", "... by libc's fork()", 22000),
    Row("fork-exec", "fork + exec + exit + wait, static glibc", 60000),
    Row("fork-exec-libc", "... by libc's fork()", 60000),
    Row("fork-1m", "fork, 1 MiB resident", groups=BOTH, resident=MIB),
    Row("fork-4m", "fork, 4 MiB resident", groups=BOTH, resident=4 * MIB),
    Row("fork-16m", "fork, 16 MiB resident", groups=BOTH, resident=16 * MIB),
    Row("fork-64m", "fork, 64 MiB resident", 6000, groups=BOTH,
        resident=64 * MIB),
    Row("fork-256m", "fork, 256 MiB resident", groups=BOTH,
        resident=256 * MIB),
    Row("fork-1g", "fork, 1 GiB resident", 6000, groups=BOTH,
        resident=GIB),
    Row("fork-wait-64m", "fork + exit + wait, 64 MiB"),
    Row("fork-wait-1g", "fork + exit + wait, 1 GiB", 25000),
    Row("first-write", "first write by the child after a 1 GiB fork", 9000),
    Row("cow", "COW break, sequential, per page", 1500),
    Row("child-read", "reading an unchanged page in the child, per page", 30),
    Row("fork-huge", "fork 256 MiB, huge pages on in Linux", 6000),
    Row("idle-memory", "memory of an idle child of a 64 MiB parent", 28000,
        bytes=True),
    Row("tables-1g", "page tables added by a 1 GiB fork", 16000, bytes=True),
    Row("tables-1g-libc", "... by libc's fork()", 16000, bytes=True),
    Row("sh", "sh running 1,000 commands", groups=REAL, machine=DEBIAN,
        ahead=True),
    Row("make", "make of a C project of 9 files, gcc", groups=REAL,
        machine=DEBIAN, ahead=True),
    Row("python", "python3 -c pass", groups=REAL, machine=DEBIAN, ahead=True),
    Row("sort", "sort of 32 MiB, 512 Ki lines", groups=REAL, machine=DEBIAN,
        ahead=True),
    Row("fork-server", "fork server of 256 MiB, a run", groups=REAL,
        ahead=True),
    Row("fork-server-huge", "the same, huge pages on in Linux", groups=REAL,
        ahead=True),
    Row("redis-fork", "Redis, 512 MiB: its fork, as it times it", groups=REAL,
        machine=DEBIAN, ahead=True),
    Row("redis-pause", "Redis, 512 MiB: the reply to BGSAVE", groups=REAL,
        machine=DEBIAN, ahead=True),
    Row("redis-longest", "Redis: longest of 48 x 32 writes meanwhile", groups=REAL,
        machine=DEBIAN, ahead=True),
    Row("redis-request", "Redis: 32 writes meanwhile, mean", groups=REAL,
        machine=DEBIAN, ahead=True),
    Row("redis-save", "Redis: until 512 MiB are saved", groups=REAL,
        machine=DEBIAN, ahead=True),
    Row("redis-memory", "Redis: the copy's peak memory", groups=REAL,
        machine=DEBIAN, ahead=True, bytes=True),
    Row("redis-tables", "Redis: the copy's page tables", groups=REAL,
        machine=DEBIAN, ahead=True, bytes=True),
    Row("fork-4g", "fork, 4 GiB resident", 6000, groups=SCALE, machine=LARGE,
        resident=4 * GIB),
    Row("fork-wait-4g", "fork + exit + wait, 4 GiB", groups=SCALE,
        machine=LARGE),
    Row("tables-4g", "page tables added by a 4 GiB fork", groups=SCALE,
        machine=LARGE, bytes=True),
    Row("alive-1", "fork, 1 child alive", groups=SCALE, machine=LARGE),
    Row("alive-10", "fork, 10 children alive", groups=SCALE, machine=LARGE),
    Row("alive-100", "fork, 100 children alive", groups=SCALE,
        machine=LARGE),
    Row("alive-1000", "fork, 1,000 children alive", groups=SCALE,
        machine=LARGE),
    Row("alive-10000", "fork, 10,000 children alive", groups=SCALE,
        machine=LARGE),
    Row("child-memory", "memory of each of 1,000 small children",
        groups=SCALE, machine=LARGE, bytes=True),
    Row("space-1", "write fault, one space, 1 hart", groups=SCALE,
        machine=ONE, faults="one space"),
    Row("space-2", "write fault, one space, 2 harts", groups=SCALE,
        machine=TWO, faults="one space"),
    Row("space-4", "write fault, one space, 4 harts", groups=SCALE,
        machine=FOUR, faults="one space"),
    Row("spaces-1", "write fault, a space a hart, 1 hart", groups=SCALE,
        machine=ONE, faults="several spaces"),
    Row("spaces-2", "write fault, a space a hart, 2 harts", groups=SCALE,
        machine=TWO, faults="several spaces"),
    Row("spaces-4", "write fault, a space a hart, 4 harts", groups=SCALE,
        machine=FOUR, faults="several spaces"),
)


def choose(patterns, groups=MICRO):
    """The rows of `groups`, or those whose key or title has one of `patterns`
    in it; one that is a key is that row only.  raises: ValueError"""
    chosen = []
    if not patterns:
        chosen = [row for row in ROWS if set(row.groups) & set(groups)]
    for pattern in patterns:
        found = [row for row in ROWS if row.key == pattern] or \
            [row for row in ROWS if pattern.lower() in
             f"{row.key} {row.title}".lower()]
        if not found:
            raise ValueError(f"no row is called {pattern!r}; --list names "
                             "all")
        chosen += found
    return tuple(row for row in ROWS if row in chosen)


def machines(rows):
    """returns: {Machine: its rows}, in the order of the rows"""
    found = {}
    for row in rows:
        found.setdefault(row.machine, []).append(row)
    return found
