"""What a program can see of the house guide: the length of functions and
files (3), a header beside each .c that is included first and stands alone
(7), no #if in a .c (8), and the layers: alphabetical order is the order of
dependency, a file includes what stands above it in `ls`, never below."""
import os
import re
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 500
COLUMNS_MAX = 90
TAB = 8


def sources(*folders, ends=(".c", ".h", ".S")):
    found = []
    for folder in folders:
        for path, _, names in os.walk(os.path.join(ROOT, folder)):
            found += [os.path.relpath(os.path.join(path, name), ROOT)
                      for name in names if name.endswith(ends)]
    return sorted(found)


def lines_of(path):
    with open(os.path.join(ROOT, path)) as file:
        return file.read().split("\n")


C_SOURCES = sources("kernel", "user", ends=(".c",))
KERNEL_C = sources("kernel", ends=(".c",))
KERNEL_HEADERS = sources("kernel", ends=(".h",))
ALL = sources("kernel", "user", "tests")


def report(found):
    assert not found, "\n" + "\n".join(found)


def test_files_are_short():
    report([f"{path}: {len(lines) - 1} lines" for path in ALL
            if len(lines := lines_of(path)) > FILE_LINES_MAX])


def functions(path):
    """(name, first line, number of lines), by the braces at column 0."""
    start, name = None, None
    for number, line in enumerate(lines_of(path), 1):
        match = re.match(r"(\w+)\(", line)
        if match:
            name = match[1]
        elif line == "{":
            start = number
        elif line == "}" and start is not None:
            yield name, start, number - start + 1
            start = None


def test_functions_are_short():
    report([f"{path}:{start}: {name}: {count} lines"
            for path in sources("kernel", "user", "tests", ends=(".c", ".h"))
            for name, start, count in functions(path)
            if count > FUNCTION_LINES_MAX])


def test_spelling_of_lines():
    """No blanks at ends of lines or files, tabs to indent, no long lines."""
    found = []
    for path in ALL:
        lines = lines_of(path)
        if lines[-1] != "" or lines[-2:] == ["", ""]:
            found.append(f"{path}: does not end in one newline")
        for number, line in enumerate(lines, 1):
            if line != line.rstrip():
                found.append(f"{path}:{number}: blanks at the end")
            if re.match(r" {8}", line):
                found.append(f"{path}:{number}: indented by blanks")
            if len(line.expandtabs(TAB)) > COLUMNS_MAX:
                found.append(f"{path}:{number}: longer than {COLUMNS_MAX}")
    report(found)


def test_files_say_their_purpose():
    """In their head; a .c may leave that to the header beside it."""
    report([path for path in ALL
            if not any(os.path.exists(os.path.join(ROOT, head)) and
                       lines_of(head)[0].startswith("/*")
                       for head in (path, path[:-2] + ".h"))])


def test_no_conditionals():
    report([f"{path}:{number}: {line}" for path in C_SOURCES
            for number, line in enumerate(lines_of(path), 1)
            if re.match(r"\s*#\s*(if|ifdef|ifndef|elif|else)\b", line)])


def includes(path):
    """(line number, name) of what is included in quotes."""
    for number, line in enumerate(lines_of(path), 1):
        match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if match:
            yield number, match[1]


def test_header_beside_each_source():
    found = []
    for path in KERNEL_C:
        header = path[:-2] + ".h"
        first = next((name for _, name in includes(path)), None)
        if not os.path.exists(os.path.join(ROOT, header)):
            # Several files may make one part, and share its header.
            parts = [h for h in KERNEL_HEADERS
                     if os.path.dirname(h) == os.path.dirname(path)]
            if "kernel/" + (first or "") not in parts:
                found.append(f"{path}: no header beside it")
        elif first != header[len("kernel/"):]:
            found.append(f"{path}: includes {first} first, not its own")
    report(found)


def test_headers_have_pragma_once():
    report([path for path in sources("kernel", "user", ends=(".h",))
            if "#pragma once" not in lines_of(path)])


@pytest.mark.parametrize("group", ("core", "unix", ""))
def test_headers_stand_alone(group, tmp_path):
    found = []
    for path in KERNEL_HEADERS:
        if path.split("/")[1] != group and not (
                group == "" and path.count("/") == 1):
            continue
        done = subprocess.run(
            ["riscv64-linux-gnu-gcc", "-Ikernel", "-std=gnu11", "-Wall",
             "-Wextra", "-Werror", "-ffreestanding", "-fsyntax-only",
             "-mcmodel=medany", "-x", "c", "-"], cwd=ROOT, text=True,
            input=f'#include "{path[len("kernel/"):]}"\n',
            stderr=subprocess.PIPE)
        if done.returncode != 0:
            found.append(done.stderr)
    report(found)


def layer(path):
    """core/vm/node.h -> ["core", "vm"]; main.c stands below all folders."""
    return path.split("/")[:-1] or ["~"]


def test_layers():
    found = []
    for path in sources("kernel"):
        own = layer(path[len("kernel/"):])
        for number, name in includes(path):
            if not os.path.exists(os.path.join(ROOT, "kernel", name)):
                found.append(f"{path}:{number}: no such file: {name}")
                continue
            # A folder inside a layer is part of the layer.
            if layer(name)[:2] > own[:2]:
                found.append(f"{path}:{number}: includes {name}, "
                             "of a later layer")
    report(found)


def test_maxima_stand_in_one_place():
    """A constant called ..._MAX that sizes a table of the kernel's belongs to
    params.h: no array is sized by one that is defined elsewhere in a .c."""
    found = []
    for path in KERNEL_C:
        own = {match[1] for line in lines_of(path)
               if (match := re.match(r"#define\s+(\w+_MAX)\b", line))}
        for number, line in enumerate(lines_of(path), 1):
            match = re.match(r"static [^;()]*\[(\w+_MAX)\]", line)
            if match and match[1] in own:
                found.append(f"{path}:{number}: {match[1]}")
    report(found)
