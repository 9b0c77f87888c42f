"""Debian's busybox-static: its applets and its shell, as a root of their own,
and as the login shell of a terminal."""
import os
import re

import pexpect
import pytest

from conftest import check_steps, step_params
from cowslip import machine, programs

STEPS = {
    "shell": """
a=5; f() { local b=$1; echo $((a * b)); }
[ "$(f 7)" = 35 ]
for i in 1 2 3; do echo $i; done > list
while read x; do echo "<$x>"; done < list > marked
[ "$(tr -d '\\n' < marked)" = "<1><2><3>" ]
cat > here <<END
sum $((2 + 3)) $(echo sub)
END
[ "$(cat here)" = "sum 5 sub" ]
case list in l*t) echo yes;; *) exit 1;; esac
[ "${a:-x}${zz:-y}" = 5y ] && [ "${#a}" = 1 ]
x=/a/b/c.tar.gz; [ "${x##*/}" = c.tar.gz ] && [ "${x%%.*}" = /a/b/c ]
trap 'echo trapped > t' EXIT; (exit 3) || [ $? = 3 ]
set -- one "two words" three; [ $# = 3 ] && [ "$2" = "two words" ]
""",
    "pipes": """
[ "$(seq 1 1000 | grep 7 | sort -rn | head -n 1)" = 997 ]
seq 1 100000 | tee copy | wc -l | grep -q '^ *100000$'
yes | head -n 5000 | uniq -c | grep -q 5000
(echo out; echo err >&2) 2>&1 >/dev/null | grep -q err
mkfifo p; echo through > p & [ "$(cat p)" = through ]; wait
""",
    "globbing": """
touch a1 a2 b1 .hidden 'with space'; mkdir d; touch d/x
[ "$(echo a*)" = "a1 a2" ] && [ "$(echo [ab]1)" = "a1 b1" ]
[ "$(echo ?1)" = "a1 b1" ] && [ "$(echo */x)" = d/x ]
[ "$(echo .h*)" = .hidden ] && [ "$(echo 'a*')" = 'a*' ]
for f in *space; do [ -f "$f" ]; done
[ "$(echo nothing*)" = 'nothing*' ]
""",
    "jobs": """
sleep 100 & p=$!
sleep 0.1 & wait $!
kill -STOP $p; kill -CONT $p; kill $p
wait $p || [ $? = 143 ]
(sleep 0.2; exit 4) & wait $! || [ $? = 4 ]
timeout 1 sleep 50 || [ $? = 143 ]
""",
    "files": """
echo data > one; cp one two; cmp one two; mv two three; [ ! -e two ]
ln one four; [ "$(stat -c %h one)" = 2 ]; ln -s one five
[ "$(readlink five)" = one ] && [ "$(cat five)" = data ]
mkdir -p a/b/c; cp -a one five a/b/c; rm -r a; [ ! -e a ]
chmod 640 one; [ "$(stat -c %a one)" = 640 ]
chown 1:2 one; [ "$(stat -c %u:%g one)" = 1:2 ]
touch -d '2001-02-03 04:05:06' one; ls -l --full-time one | grep -q 2001-02-03
dd if=/dev/zero of=big bs=64k count=100 2>/dev/null
[ "$(stat -c %s big)" = 6553600 ]; truncate -s 1000 big; [ $(wc -c < big) = 1000 ]
ls -la / | grep -q bin; ls /bin/busybox
""",
    "find": """
mkdir -p t/u/v; touch t/a.c t/u/b.c t/u/v/c.h
[ "$(find t -name '*.c' | sort | tr '\\n' ' ')" = "t/a.c t/u/b.c " ]
[ "$(find t -type d | wc -l)" = 3 ]
find t -type f -exec sh -c 'echo x > $1' _ {} \\;
[ "$(find t -type f -size -2 | xargs cat | wc -l)" = 3 ]
find t -name '*.h' | xargs rm; [ ! -e t/u/v/c.h ]
""",
    "text": """
printf 'b 2\\na 1\\nc 3\\na 0\\n' > data
[ "$(sort data | head -n 1)" = "a 0" ] && [ "$(sort -k2n data | tail -n 1)" = "c 3" ]
[ "$(awk '{s += $2} END {print s, NR}' data)" = "6 4" ]
[ "$(awk '{c[$1]++} END {for (k in c) if (c[k] > 1) print k}' data)" = a ]
[ "$(sed -n 's/^c \\(.*\\)/<\\1>/p' data)" = "<3>" ]
sed -i 's/b/B/' data; grep -q '^B 2' data; grep -c a data | grep -q 2
[ "$(grep -E '^(a|c) [13]$' data | wc -l)" = 2 ] && [ "$(cut -d' ' -f2 data | tr -d '\\n')" = 2130 ]
seq 100000 | md5sum | grep -q dea9193b768319cbb4ff1a137ac03113
""",
    "archives": """
mkdir d; for i in $(seq 50); do seq $i 1000 > d/$i; done; ln -s 1 d/link
tar cf a.tar d; tar czf a.tgz d; mkdir x y
tar xf a.tar -C x; tar xzf a.tgz -C y; diff -r d x/d; diff -r d y/d
gzip -k a.tar; gunzip -c a.tar.gz | cmp - a.tar; [ -L x/d/link ]
bzip2 -k d/7; bunzip2 -c d/7.bz2 | cmp - d/7
echo 'some text' > f; echo f | cpio -o -H newc > c; rm f; cpio -i < c; grep -q some f
""",
    "scripts": """
cat > s <<'END'
#!/bin/sh
# comments
total=0
for word in "$@"; do total=$((total + word)); done
echo "$0 says $total"
exit 9
END
chmod +x s; ./s 1 2 3 > out || [ $? = 9 ]; [ "$(cat out)" = "./s says 6" ]
printf '#!/usr/bin/awk -f\\nBEGIN { print 6 * 7 }\\n' > a; chmod +x a; [ "$(./a)" = 42 ]
echo 'echo sourced $1' > t; . ./t | grep -q sourced
./missing 2>/dev/null || [ $? = 127 ]; touch plain; ./plain 2>/dev/null || [ $? = 126 ]
""",
    "processes": """
sleep 77 & p=$!
until grep -q sleep /proc/$p/comm; do usleep 1000; done
ps | grep -q 'sleep 77'; ps -o pid,comm | grep -q "$p sleep"
[ -d /proc/$p ]; grep -q sleep /proc/$p/cmdline; kill -0 $p
kill $p; wait $p || true; [ ! -d /proc/$p ]
top -b -n 1 | grep -q -i mem
uptime | grep -q load; free | grep -q Mem; id | grep -q uid=0; uname -m | grep -q riscv64
pidof sh
""",
    "mounts": """
mount | grep -q ' / '; df / | grep -q %; du -s /bin | grep -q bin
mkdir m; mount -t tmpfs none m; echo x > m/f; df m | grep -q m; cat m/f
mount | grep -q /mounts/m; umount m; [ ! -e m/f ]
cat /proc/mounts | grep -q devtmpfs
date | grep -q 20; date -d @86400 -u +%F | grep -q 1970-01-02
[ "$(date +%Y)" -ge 2024 ]
""",
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("busybox"))
    return (*programs.run_steps(STEPS, folder, ()), folder)


pytestmark = [pytest.mark.long, pytest.mark.xdist_group("linux busybox")]


@pytest.mark.parametrize("name", step_params(STEPS))
def test_busybox(ran, name):
    check_steps(ran, name)


PROMPT = "@@ "


class Terminal:
    """The login shell of ./run --debian, as one sits before it."""

    def __init__(self):
        self.guest = pexpect.spawn(
            os.path.join(machine.ROOT, "run"), ["--debian"], timeout=60,
            dimensions=(24, 80), encoding="utf-8", codec_errors="replace")
        self.guest.expect(r"[#$] ")
        self.say(f"PS1='{PROMPT[0]}'@' '")

    def say(self, line, timeout=30):
        """Type a line.  returns: what is shown before the next prompt"""
        self.guest.sendline(line)
        return self.prompt(timeout)

    def prompt(self, timeout=30):
        self.guest.expect_exact(PROMPT, timeout=timeout)
        return self.guest.before

    def end(self):
        self.guest.sendline("exit")
        self.guest.expect(pexpect.EOF)
        self.guest.close()
        return self.guest.exitstatus


@pytest.fixture
def terminal():
    made = Terminal()
    yield made
    made.guest.close(force=True)


def test_job_control(terminal):
    terminal.guest.sendline("sleep 1000")
    terminal.guest.expect("sleep 1000")
    terminal.guest.expect(pexpect.TIMEOUT, timeout=0.5)
    terminal.guest.send("\x1a")
    assert "Stopped" in terminal.prompt()
    assert re.search(r"\[1\].*sleep 1000", terminal.say("jobs"))
    terminal.say("bg")
    assert "Running" in terminal.say("jobs")
    terminal.guest.sendline("fg")
    terminal.guest.expect("sleep 1000")
    terminal.guest.expect(pexpect.TIMEOUT, timeout=0.5)
    terminal.guest.send("\x03")
    terminal.prompt()
    assert "130" in terminal.say("echo status $?")
    assert "sleep" not in terminal.say("jobs")
    assert terminal.end() == 0


def test_history_and_editing(terminal):
    terminal.say("echo first line")
    terminal.guest.send("\x1b[A")
    terminal.guest.expect("echo first line")
    terminal.guest.send("\x7f\x7f\x7f\x7fword\r")
    assert "first word" in terminal.prompt()
    terminal.guest.send("echo tob\x1b[D\x1b[D\x1b[Ds\r")
    assert "stob" in terminal.prompt()
    # Completing draws the line again, prompt and all.
    terminal.guest.send("cat /etc/passw\t\r")
    terminal.guest.expect_exact("root:x:0:0")
    terminal.prompt()


def test_vi(terminal):
    terminal.guest.sendline("vi /tmp/note")
    terminal.guest.expect("/tmp/note")
    terminal.guest.send("ihello from vi\x1b")
    # An escape key is one only if nothing follows at once.
    terminal.guest.expect(pexpect.TIMEOUT, timeout=0.5)
    terminal.guest.send("yyp:wq\r")
    terminal.prompt()
    assert terminal.say("cat /tmp/note").count("hello from vi") == 2
    assert "24 80" in terminal.say("stty size")
