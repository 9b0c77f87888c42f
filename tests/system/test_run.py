"""./run as a command: its options, its streams and its exit statuses."""
import os
import re
import signal
import socket
import subprocess
import time

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
RUN = os.path.join(ROOT, "run")


def run(*arguments, stdin=subprocess.DEVNULL, timeout=120, **more):
    return subprocess.run([RUN, *arguments], stdin=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=timeout, **more)


@pytest.mark.parametrize("arguments", (
    ("--bogus",), ("-x",), ("stray",), ("-m", "31M"), ("-m", "9G"),
    ("-m", "many"), ("-p", "0"), ("-p", "9"), ("-p", "two"), ("-c",),
    ("-c", " "), ("-c", "x" * 2000), ("--timeout", "soon"),
    ("--timeout", "-1"), ("--icount", "-p", "2"), ("--disk-size", "1K"),
    ("--time", "3", "-c", "true")))
def test_wrong_usage(arguments):
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: ./run") and done.stdout == ""


def test_help_explains_statuses():
    done = run("--help")
    assert done.returncode == 0
    for word in ("124", "125", "134", "137", "--icount", "--add", "--gdb",
                 "--disk-size", "--log", "--timeout"):
        assert word in done.stdout


def test_streams_and_status():
    done = run("-c", "echo words; exit 7")
    assert (done.returncode, done.stdout, done.stderr) == (7, "words\n", "")


def test_from_another_folder(tmp_path):
    (tmp_path / "local").write_text("here\n")
    done = run("-c", "cat local", "--add", "local", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "here\n")


def test_verbose_and_log(tmp_path):
    log = tmp_path / "log"
    done = run("-v", "--log", str(log), "-c", "echo words")
    assert (done.returncode, done.stdout) == (0, "words\n")
    assert "qemu-system-riscv64" in done.stderr
    assert "cowslip: 2 harts" in done.stderr
    assert "cowslip: 2 harts" in log.read_text()


def test_input_from_a_pipe():
    text = "".join(f"line {i}\n" for i in range(3000))
    done = subprocess.run([RUN, "-c", "wc"], input=text, text=True,
                          stdout=subprocess.PIPE, timeout=120)
    assert done.returncode == 0
    assert done.stdout.split()[:3] == ["3000", "6000", str(len(text))]


def test_input_without_last_newline():
    done = subprocess.run([RUN, "-c", "cat"], input="one\ntwo", text=True,
                          stdout=subprocess.PIPE, timeout=120)
    assert (done.returncode, done.stdout) == (0, "one\ntwo")


def test_timeout():
    done = run("-c", "sleep 100000", "--timeout", "4")
    assert done.returncode == 124 and "4 seconds" in done.stderr


def test_corrupt_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.write_bytes(b"no file system" * 5000)
    done = run("-c", "true", "--disk", str(disk))
    assert done.returncode == 125
    assert "boot: " in done.stderr


def test_corrupt_disk_without_a_command(tmp_path):
    disk = tmp_path / "disk"
    disk.write_bytes(b"no file system" * 5000)
    done = run("--disk", str(disk), timeout=60)
    assert done.returncode == 125
    assert "boot: " in done.stdout


@pytest.mark.parametrize("number", (signal.SIGTERM, signal.SIGINT))
def test_signal_leaves_nothing(tmp_path, number):
    """Neither QEMU nor a scratch file survives."""
    disk = tmp_path / "disk"
    process = subprocess.Popen([RUN, "-c", "echo up; sleep 100000",
                                "--disk", str(disk)],
                               stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"up\n"
    assert machines(disk)
    before = scratch_folders()
    process.send_signal(number)
    assert process.wait(20) == 128 + number
    assert not machines(disk)
    assert scratch_folders() < before


def machines(disk):
    """Processes that have `disk` on their command line, QEMU among them."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words = file.read()
        except OSError:
            continue
        if b"qemu-system" in words and os.fsencode(disk) in words:
            found.append(pid)
    return found


def scratch_folders():
    return {name for name in os.listdir(os.path.join(ROOT, "build"))
            if name.startswith("scratch.")}


def test_gdb_attaches():
    """The command that is printed works; the machine waits until then."""
    process = subprocess.Popen([RUN, "--gdb", "-c", "echo up"], text=True,
                               stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        line = process.stderr.readline()
        match = re.search(r"gdb-multiarch -ex 'target remote "
                          r"127\.0\.0\.1:(\d+)' (\S+)", line)
        assert match, line
        assert os.path.exists(match[2])
        with connect(int(match[1])) as gdb:
            # What GDB itself says first, and "continue" after it.
            gdb.sendall(b"+$?#3f")
            reply = b""
            while b"#" not in reply:
                reply += gdb.recv(4096)
            assert b"$T" in reply
            gdb.sendall(b"+$c#63")
            output, _ = process.communicate(timeout=60)
        assert (process.returncode, output) == (0, "up\n")
    finally:
        process.kill()


def connect(port):
    """QEMU listens a moment after the line was printed."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 20)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise


def test_setup_refuses_an_old_qemu(tmp_path):
    fake = tmp_path / "qemu-system-riscv64"
    fake.write_text("#!/bin/sh\necho QEMU emulator version 7.1.0\n")
    fake.chmod(0o755)
    done = run("-c", "true", env=dict(os.environ, PATH=f"{tmp_path}:"
                                      + os.environ["PATH"]))
    assert done.returncode == 1 and done.stdout == ""
    assert re.search(r"needs QEMU 7\.2 or newer;.* 7\.1", done.stderr)


def test_nothing_to_build_is_quick():
    """A second `make` builds nothing."""
    done = subprocess.run(["make", "-C", ROOT, "-n"], text=True,
                          stdout=subprocess.PIPE, check=True)
    assert "gcc" not in done.stdout and "mke2fs" not in done.stdout, \
        done.stdout


