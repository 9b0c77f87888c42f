"""A session at the terminal, typed by pexpect, and what it costs to idle."""
import os
import random
import re
import time

import pexpect
import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
PROMPT = r"(?:^|\r?\n)\$ "
ERASE, KILL_LINE, INTERRUPT, END, LIST = "\x7f", "\x15", "\x03", "\x04", "\x10"
SECONDS_MAX = 30


class Session:
    """A shell in the guest, ready at its prompt."""

    def __init__(self, *arguments):
        self.terminal = pexpect.spawn(
            os.path.join(ROOT, "run"), list(arguments), encoding="latin-1",
            codec_errors="replace", timeout=SECONDS_MAX, echo=False)
        # Nothing is slower for pexpect's sake.
        self.terminal.delaybeforesend = None
        self.expect_prompt()

    def expect_prompt(self):
        self.terminal.expect(PROMPT)
        return self.terminal.before.replace("\r\n", "\n")

    def type(self, text):
        self.terminal.send(text)

    def ask(self, line):
        """Type a line.  returns: what it put out, without its echo"""
        self.type(line + "\r")
        # The newline before the prompt is the output's own last one.
        echoed, _, output = self.expect_prompt().partition("\n")
        assert line in echoed, (line, echoed, output)
        return output

    def leave(self):
        """^A x.  returns: ./run's status"""
        self.type("\x01x")
        self.terminal.expect(pexpect.EOF)
        self.terminal.close()
        return self.terminal.exitstatus


@pytest.fixture
def session():
    made = Session()
    yield made
    made.terminal.close(force=True)


def test_commands(session):
    assert session.ask("echo hello") == "hello"
    assert session.ask("echo one two | wc -w").strip() == "2"
    assert session.ask("echo kept > file") == ""
    assert session.ask("cat < file") == "kept"
    assert session.ask("false; echo $?") == "1"
    assert session.leave() == 0


def test_erase_and_kill_line(session):
    session.type("echo wrongg" + ERASE * 6)
    assert "right" in session.ask("right")
    session.type("no such thing" + KILL_LINE)
    assert session.ask("echo fresh").endswith("fresh")


def test_interrupt_kills_the_program_and_not_the_shell(session):
    # It says itself that it runs; ^C is for it and what it started.
    session.type("sh -c 'echo run\"\"ning; sleep 100000'\r")
    session.terminal.expect("running\r?\n")
    session.type(INTERRUPT)
    session.expect_prompt()
    assert session.ask("echo alive") == "alive"
    assert "sleep" not in session.ask("ps")


def test_interrupt_of_a_line(session):
    session.type("half a li" + INTERRUPT)
    session.type("\r")
    session.expect_prompt()
    assert session.ask("echo whole").endswith("whole")


def test_end_of_file(session):
    session.type("cat\r")
    session.type("typed\r")
    session.terminal.expect("typed\r?\n.*typed\r?\n")
    session.type(END)
    session.expect_prompt()
    assert session.ask("echo back") == "back"


def test_end_of_file_for_the_shell(session):
    """init starts it again."""
    session.type(END)
    session.expect_prompt()
    assert session.ask("echo again") == "again"


def test_list(session):
    session.type(LIST)
    session.terminal.expect(r"init")
    session.terminal.expect(r"sh")
    session.type("\r")
    session.expect_prompt()
    assert session.ask("echo on").endswith("on")


def test_pasted_text_is_not_lost(session):
    """2 KiB at once, while the program that will read them starts."""
    chance = random.Random(3)
    lines = ["".join(chance.choices("abcdefghij", k=60)) for _ in range(34)]
    session.type("cat > pasted\r" + "\r".join(lines) + "\r" + END)
    session.expect_prompt()
    assert session.ask("cat pasted") == "\n".join(lines)


def test_pasted_commands(session):
    session.type("".join(f"echo {i} >> all\r" for i in range(100)))
    # Echo and prompts mingle when lines are typed ahead.
    session.type("echo all\"\" done\r")
    session.terminal.expect("all done\r?\n")
    session.expect_prompt()
    assert session.ask("cat all") == "\n".join(map(str, range(100)))


def test_power_off_ends_the_run(tmp_path):
    log = tmp_path / "log"
    session = Session("--log", str(log))
    session.ask("echo remembered")
    session.type("\x01x")
    session.terminal.expect(pexpect.EOF)
    assert "remembered" in log.read_text(errors="replace")


def test_timeout_restores_the_terminal():
    terminal = pexpect.spawn(
        "/bin/sh", ["-c", f"stty -a > /dev/null; before=$(stty -g); "
                    f"'{ROOT}/run' --timeout 4; echo status $?; "
                    "[ \"$before\" = \"$(stty -g)\" ] && echo same modes"],
        encoding="latin-1", timeout=SECONDS_MAX)
    terminal.expect("status 124")
    terminal.expect("same modes")
    terminal.close()


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def machine_of(pid):
    """QEMU, a descendant of ./run (which became Python)."""
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        if b"qemu-system" in file.read().split(b"\0")[0]:
            return pid
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        for child in file.read().split():
            found = machine_of(child)
            if found is not None:
                return found
    return None


def test_idle_guest_leaves_the_host_alone(session):
    """At the prompt for 5 seconds: under 5% of a core."""
    span = 5
    pid = machine_of(session.terminal.pid)
    assert pid is not None
    started, before = time.monotonic(), cpu_seconds(pid)
    # Nothing is expected: this is the way to let time pass.
    assert session.terminal.expect([pexpect.TIMEOUT, re.compile("x{9}")],
                                   timeout=span) == 0
    used = cpu_seconds(pid) - before
    assert used / (time.monotonic() - started) < 0.05
