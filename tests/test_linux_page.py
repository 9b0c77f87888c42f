"""docs/linux.md against the source: the page has a row for each call that
kernel/unix/sys/linux/linux_table.c serves and names each one it does not; a
row names every flag and command that the call's code knows."""
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDER = os.path.join(ROOT, "kernel/unix/sys/linux")
PAGE = os.path.join(ROOT, "docs/linux.md")

# Where the source has another word for what Linux's manual calls something.
WORDS = {
    "FLOCK_SH": "LOCK_SH", "FLOCK_EX": "LOCK_EX", "FLOCK_UN": "LOCK_UN",
    "LINUX_O_ACCESS": "O_RDWR", "LINUX_O_SYNC_ONLY": "O_SYNC",
    "LINUX_O_TMPFILE_ONLY": "O_TMPFILE", "LINUX_PROT_KNOWN": "PROT_SEM",
    "MOUNT_FLAGS": "MS_RDONLY", "STATX_SYNC_TYPE": "AT_STATX_FORCE_SYNC",
    "SYNC_FILE_RANGE_ALL": "SYNC_FILE_RANGE_WRITE",
    "CHANGES": "IN_ONLYDIR", "WATCH_MASK_ADD": "IN_MASK_ADD",
    "WATCH_MASK_CREATE": "IN_MASK_CREATE", "WATCH_ONE_SHOT": "IN_ONESHOT",
    "FLUSH_LOCAL": "SYS_RISCV_FLUSH_ICACHE_LOCAL",
    "MAP_TYPE": "MAP_SHARED", "TFD_ABSTIME": "TFD_TIMER_ABSTIME",
    "MEMBARRIER_PRIVATE": "MEMBARRIER_CMD_PRIVATE_EXPEDITED",
    "MEMBARRIER_SYNC_CORE": "MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE",
    "MEMBARRIER_QUERY": "MEMBARRIER_CMD_QUERY",
    "MEMBARRIER_GLOBAL": "MEMBARRIER_CMD_GLOBAL",
    "MEMBARRIER_GLOBAL_EXPEDITED": "MEMBARRIER_CMD_GLOBAL_EXPEDITED",
    "MEMBARRIER_REGISTER_GLOBAL": "MEMBARRIER_CMD_REGISTER_",
    "MEMBARRIER_REGISTER_PRIVATE": "MEMBARRIER_CMD_REGISTER_",
    "MEMBARRIER_REGISTER_SYNC_CORE": "MEMBARRIER_CMD_REGISTER_",
    "HWPROBE_BASE": "RISCV_HWPROBE_KEY_BASE_BEHAVIOR",
    "HWPROBE_EXTENSIONS": "RISCV_HWPROBE_KEY_IMA_EXT_0",
    "HWPROBE_MISALIGNED": "RISCV_HWPROBE_KEY_CPUPERF_0",
    "REBOOT_HALT": "REBOOT_CMD_HALT", "REBOOT_CAD_ON": "REBOOT_CMD_CAD_ON",
    "REBOOT_CAD_OFF": "REBOOT_CMD_CAD_OFF",
    "REBOOT_POWER_OFF": "REBOOT_CMD_POWER_OFF",
}
# Constants in the code of calls that are no flags of theirs.
NOT_FLAGS = re.compile(
    r"(VNODE|FILE|POLL|CHANGE|VFS|SPACE|SOCKET|EPOLL|LIMIT|NICE|MAY|ALLOCATE|"
    r"PROT|SIGNAL|ERR|TIMER|UINT|INT|PAGE|LINUX_IOV|LINUX_IO|MODE|SEEK)_\w+|"
    r"E[A-Z0-9]+|SIG[A-Z0-9]+|SIGNALS_FIRM|NULL")


def read(path):
    with open(path) as file:
        return file.read()


def without_comments(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S)


def table():
    """(names that are served, names that are not)"""
    text = read(os.path.join(FOLDER, "linux_table.c"))
    rows = re.findall(r"^\t(CALL|WHOLE|ABSENT)\((\d+), (\w+),", text, flags=re.M)
    assert len(rows) > 300
    assert len({number for _, number, _ in rows}) == len(rows)
    return ({name for kind, _, name in rows if kind != "ABSENT"},
            {name for kind, _, name in rows if kind == "ABSENT"})


def page():
    """({call: the rest of its row}, names in the list of absent calls)"""
    text = read(PAGE)
    rows = {}
    for line in text.split("\n"):
        match = re.match(r"\| ((?:`\w+`(?:, )?)+) \|(.*)\|$", line)
        if not match:
            continue
        for name in re.findall(r"`(\w+)`", match[1]):
            assert name not in rows, f"{name} has two rows"
            rows[name] = match[2]
    absent = text[text.index("## Not there"):]
    return rows, set(re.findall(r"`(\w+)`", absent))


def sources():
    return {name: without_comments(read(os.path.join(FOLDER, name)))
            for name in sorted(os.listdir(FOLDER))
            if name.endswith((".c", ".h"))}


def macros(texts):
    """Constants: a list of names for those that are made of others."""
    found = {}
    for text in texts.values():
        text = text.replace("\\\n", " ")
        for name, value in re.findall(r"^#define\s+([A-Z]\w+)[ \t]+(.*)$",
                                      text, flags=re.M):
            parts = re.findall(r"[A-Z]\w+", value)
            found[name] = [part for part in parts
                           if part not in ("UL", "U") and len(part) > 1]
    return found


# Flags that a call's code knows by other means than FLAGS_KNOWN and `case`.
ALSO = {"mmap": ["MAP_KNOWN", "MAP_GROWSDOWN", "MAP_HUGETLB"],
        "openat": ["OPEN_KNOWN"], "rt_sigaction": ["ACTION_FLAGS"]}


def functions(text):
    return {name: body for name, body in re.findall(
        r"^(\w+)\([^;{]*\)\n\{\n(.*?)^\}", text, flags=re.M | re.S)}


def expand(word, known):
    parts = known.get(word, [])
    return set().union(*(expand(part, known) for part in parts)) \
        if parts else {word}


def code_of(start, bodies):
    """The function's own code and that of what it calls in its file, but for
    other calls."""
    seen, todo = set(), [start]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        todo += [word for word in re.findall(r"\b(\w+)\b", bodies[name])
                 if word in bodies and not word.startswith("linux_")]
    return "\n".join(bodies[name] for name in seen)


def flags_of(code, known):
    words = set()
    for start in re.finditer(r"FLAGS_KNOWN\(", code):
        depth, at = 1, start.end()
        while depth > 0:
            depth += {"(": 1, ")": -1}.get(code[at], 0)
            at += 1
        for word in re.findall(r"\b[A-Z]\w+", code[start.end():at]):
            words |= expand(word, known)
    words |= set(re.findall(r"\bcase ([A-Z]\w+):", code))
    named = {WORDS.get(word, word) for word in words
             if not NOT_FLAGS.fullmatch(word)}
    return {re.sub(r"^LINUX_", "", word) for word in named}


def calls_code():
    """{call: the flags its code knows}"""
    texts = sources()
    known = macros(texts)
    found = {}
    for text in texts.values():
        bodies = functions(text)
        for name in bodies:
            if name.startswith("linux_"):
                call = name[len("linux_"):]
                code = code_of(name, bodies) + "".join(
                    f"FLAGS_KNOWN(flags, {word})"
                    for word in ALSO.get(call, []))
                found[call] = flags_of(code, known)
    return found


def test_page_names_every_call():
    served, absent = table()
    rows, said_absent = page()
    assert set(rows) == served, (
        f"no row: {sorted(served - set(rows))}; "
        f"not served: {sorted(set(rows) - served)}")
    assert said_absent == absent, (
        f"not said: {sorted(absent - said_absent)}; "
        f"served, or no call: {sorted(said_absent - absent)}")


def test_rows_name_every_flag():
    served, _ = table()
    rows, _ = page()
    code = calls_code()
    missing = []
    for call in sorted(served & set(rows)):
        assert call in code, f"the function of {call} was not found"
        for flag in sorted(code[call]):
            # SOCK_CLOEXEC, EFD_CLOEXEC and O_CLOEXEC are one bit.
            short = re.sub(r"^O_", "", flag)
            if not re.search(rf"\b\w*{re.escape(short)}\b", rows[call]):
                missing.append(f"{call}: {flag}")
    assert not missing, "\n" + "\n".join(missing)


def test_the_flags_are_found():
    """That this test sees flags at all."""
    code = calls_code()
    assert {"O_CLOEXEC", "O_NONBLOCK"} <= code["pipe2"]
    assert "MADV_DONTNEED" in code["madvise"]
    assert "F_GETFL" in code["fcntl"]
