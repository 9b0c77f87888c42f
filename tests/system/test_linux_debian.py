"""Debian's own programs, dynamic and unchanged: each a script of its own, all
in one guest."""
import pytest

from conftest import check_steps, step_params
from cowslip import machine, programs

PACKAGES = ("binutils", "gcc", "libc6-dev", "lua5.4", "make",
            "python3-minimal", "sqlite3", "xz-utils")

STEPS = {
    "bash": """
declare -A map=([one]=1 [two]=2); map[three]=3
(( map[one] + map[two] == map[three] ))
array=(a "b c" d); [ ${#array[@]} = 3 ]; [ "${array[1]^^}" = "B C" ]
[[ abc123 =~ ^([a-z]+)([0-9]+)$ ]] && [ ${BASH_REMATCH[2]} = 123 ]
read -r first rest <<< "word and more"; [ "$rest" = "and more" ]
f() { local -n ref=$1; ref=changed; }; f array; [ "$array" = changed ]
coproc cat; echo hi >&${COPROC[1]}; read -r x <&${COPROC[0]}; [ $x = hi ]; kill $COPROC_PID
[ "$(printf '%05.2f|%x' 3.14159 255)" = "03.14|ff" ] && shopt -s extglob && [[ foobar == foo@(bar|baz) ]]
trap 'echo hup > got' HUP; kill -HUP $$; [ "$(cat got)" = hup ]
for i in {1..200}; do /bin/true; done; [ "$(ulimit -n)" -ge 256 ]; [ $UID = 0 ]
""",
    "dash": """
cat > s <<'END'
set -e; i=0; while [ $i -lt 2000 ]; do i=$((i + 1)); done; echo $i
x=$(for n in 1 2 3; do (echo sub $n); done | grep -c sub); echo $x
END
[ "$(dash s | tr '\\n' ' ')" = "2000 3 " ]; [ "$(readlink /bin/sh)" = dash ]
""",
    "coreutils": """
[ "$(seq 1 20 | sort -R | sort -n | tail -n 1)" = 20 ]; seq 200000 | sort -n --parallel=4 -S 1M | tail -n 1 | grep -q 200000
echo hello | sha256sum | grep -q 5891b5b522d5df086d0ff0b110fbd9d2
dd if=/dev/urandom of=r bs=1M count=8 status=none; cp --sparse=always r r2; cmp r r2; split -b 1M r part.; cat part.* | cmp - r
base64 r | base64 -d | cmp - r; [ "$(stat -c %s r)" = 8388608 ]; truncate -s 1G hole; [ "$(du -k hole | cut -f1)" -le 8 ]; rm hole
ls -l --color=always / | grep -q usr; df -h / | grep -q /; mktemp -d x.XXXX; nproc; id -un | grep -q root; date -u -d @0 +%F | grep -q 1970
mkdir -p d/e; install -m 755 r d/e/i; chmod -R go-rwx d; rm -rf d; touch -d yesterday y; [ y -ot r ]; timeout 1 sleep 9 || [ $? = 124 ]
factor 1234567 | grep -q 127; printf '%s\\n' a b | paste -sd, | grep -q a,b; env -i A=b printenv A | grep -q b; tac r2 > /dev/null; stty -a < /dev/null || true
su nobody -s /bin/sh -c '[ $(id -un) = nobody ] && ! touch /etc/no 2>/dev/null'
""",
    "grep": """
printf 'alpha\\nbeta\\ngamma 42\\n' > t; [ "$(grep -c a t)" = 3 ]; [ "$(grep -oP '(?<=gamma )\\d+' t)" = 42 ]
grep -r --include=t -l beta . | grep -q ./t; ! grep -q delta t; seq 300000 | grep -E '^(1|2)+$' | wc -l | grep -q '^126$'
""",
    "sed": """
seq 5 | sed -n '2,4p;$!{h;d}' | tr -d '\\n' | grep -q 234; printf 'k=v\\n' | sed -E 's/(\\w)=(\\w)/\\2=\\1/' | grep -q v=k
seq 1000 > n; sed -i.bak '/^7/d' n; [ "$(wc -l < n)" = 889 ]; [ -f n.bak ]
""",
    "mawk": """
[ "$(readlink -f /usr/bin/awk)" = /usr/bin/mawk ]
seq 100000 | awk '{ s += $1; h[$1 % 7]++ } END { printf "%.0f %d\\n", s, length(h) }' | grep -q '5000050000 7'
awk 'BEGIN { printf "%.6f\\n", atan2(0, -1); while (("echo a b" | getline x) > 0) print toupper(x) }' | grep -q 'A B'
""",
    "findutils": """
mkdir -p t/{a..e}/{1..5}; touch t/{a..e}/{1..5}/f; [ "$(find t -type f | wc -l)" = 25 ]
find t -path '*c*' -newermt 2001-01-01 -type f -printf '%p\\n' | sort | head -n 1 | grep -q t/c/1/f
find t -type f -print0 | xargs -0 -P 4 -n 3 ls -l | wc -l | grep -q 25; find t -depth -delete; [ ! -e t ]
""",
    "archives": """
mkdir d; for i in {1..60}; do seq $((i * 50)) > d/$i; done; ln d/1 d/hard; ln -s 2 d/soft; chmod 4711 d/3; mkfifo d/fifo; chown 12:34 d/4
for z in '' z J; do tar c${z}f a.tar$z d; rm -rf x; mkdir x; tar x${z}pf a.tar$z -C x; diff -r --exclude fifo d x/d; [ -p x/d/fifo ]; done
[ "$(stat -c %a:%h x/d/3)" = 4711:1 ]; [ "$(stat -c %h x/d/hard)" = 2 ]; [ "$(stat -c %u:%g x/d/4)" = 12:34 ]
seq 200000 > big; gzip -9k big; xz -T2 -k big; zcat big.gz | cmp - big; xzcat big.xz | cmp - big; xz -t big.xz; tar tJf a.tarJ | wc -l | grep -q 6
""",
    "diffutils": """
seq 100 > a; sed s/50/fifty/ a > b; ! diff -u a b > p; grep -q '^+fifty' p; ! cmp -s a b; cmp a a
mkdir x y; echo 1 > x/f; echo 2 > y/f; ! diff -r x y; diff3 a b a > /dev/null || true; sdiff -s a b | grep -q fifty || true; cp a c; diff -q a c
""",
    "perl": """
perl -e 'my %h; $h{$_ % 10}++ for 1..100000; print join(",", map { $h{$_} } sort keys %h), "\\n"' | grep -q 10000,10000
perl -ne 'print if /o$/' <<< $'hello\\nworld' | grep -q hello
perl -e 'my $p = open(my $f, "-|", "echo from child"); print <$f>; close $f; exit $? >> 8' | grep -q child
perl -e '$SIG{ALRM} = sub { print "alarm\\n"; exit 0 }; alarm 1; select(undef, undef, undef, 5)' | grep -q alarm
perl -e 'if (my $pid = fork) { waitpid $pid, 0; print "child ", $? >> 8, "\\n" } else { exit 3 }' | grep -q 'child 3'
""",
    "python": """
cat > t.py <<'END'
import os, signal, sys, time, _thread, select
assert sum(i * i for i in range(100000)) == 333328333350000
assert 2 ** 2000 % 1000007 == pow(2, 2000, 1000007)
data = {str(i): [i] * 3 for i in range(50000)}
assert len(data) == 50000 and data["777"] == [777] * 3
r, w = os.pipe()
pid = os.fork()
if pid == 0:
    os.write(w, b"from the child")
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
assert os.read(r, 100) == b"from the child"
with open("file", "w", encoding="utf-8") as f:
    f.write("gr\\u00fc\\u00dfe\\n" * 1000)
assert open("file", encoding="utf-8").read().count("\\u00fc") == 1000
assert os.stat("file").st_size == 8000
got = []
signal.signal(signal.SIGALRM, lambda *a: got.append(a))
signal.setitimer(signal.ITIMER_REAL, 0.05)
while not got:
    time.sleep(0.01)
lock = _thread.allocate_lock(); count = 0; done = []
def work():
    global count
    for _ in range(2000):
        with lock:
            count += 1
    done.append(1)
for _ in range(4):
    _thread.start_new_thread(work, ())
while len(done) < 4:
    time.sleep(0.01)
assert count == 8000
p = select.epoll(); p.register(r, select.EPOLLIN); os.write(w, b"x")
assert p.poll(1) == [(r, select.EPOLLIN)]
try:
    open("/nonexistent")
except FileNotFoundError as e:
    assert e.errno == 2
print("python", sys.version_info[:2])
END
python3 t.py | grep -q 'python (3'
""",
    "lua": """
cat > t.lua <<'END'
local t = {}
for i = 1, 200000 do t[i] = (i * 7919) % 200003 end
table.sort(t)
for i = 2, #t do assert(t[i - 1] <= t[i]) end
local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i * i) end end)
assert(co() + co() + co() == 14)
assert(string.format("%5.2f|%s", math.pi, ("x"):rep(3)) == " 3.14|xxx")
local f = io.popen("echo popen"); assert(f:read("l") == "popen"); assert(f:close())
print(select(2, pcall(error, "caught", 0)))
END
lua5.4 t.lua | grep -q caught; echo 'print(1 + 1)' | lua - | grep -q 2
""",
    "sqlite": """
sqlite3 db 'create table t (id integer primary key, word text, n real); create index i on t (word)'
sqlite3 db "with recursive c(x) as (select 1 union all select x + 1 from c where x < 20000) insert into t (word, n) select 'w' || (x % 100), x / 2.0 from c"
[ "$(sqlite3 db 'select count(*), sum(n) from t')" = "20000|100005000.0" ]
[ "$(sqlite3 db "select count(*) from t where word = 'w42'")" = 200 ]
sqlite3 db 'pragma journal_mode=wal; begin; delete from t where id % 2; rollback; delete from t where id > 10000' | grep -q wal
(for i in 1 2 3; do sqlite3 -cmd '.timeout 20000' db "insert into t (word) values ('p$i')" & done; wait)
[ "$(sqlite3 db 'select count(*) from t; pragma integrity_check')" = $'10003\\nok' ]
""",
    "gcc": """
cat > hello.c <<'END'
#include <stdio.h>
int main(void) { puts("hello"); return 0; }
END
gcc hello.c && [ "$(./a.out)" = hello ]
gcc -O2 -g -static hello.c -o s && [ "$(./s)" = hello ]; file=$(readelf -h s | grep -c RISC-V); [ $file = 1 ]
cat > t.c <<'END'
#include <pthread.h>
#include <stdio.h>
#include <math.h>
static void *f(void *p) { *(double *)p = sqrt(*(double *)p); return p; }
int main(void) { double d = 1764; pthread_t t; pthread_create(&t, 0, f, &d); pthread_join(t, 0); printf("%g\\n", d); return d != 42; }
END
gcc -Wall -O1 t.c -o t -lm -pthread && [ "$(./t)" = 42 ]; ! gcc -c -o bad.o - -x c <<< 'int x = ;' 2>/dev/null; objdump -d t | grep -q main
""",
    "make": """
mkdir p; cd p
for n in a b c d e; do echo "int $n(void) { return ${#n}; }" > $n.c; done
printf '#include <stdio.h>\\nint a(void), b(void), c(void), d(void), e(void);\\nint main(void) { printf("%%d\\\\n", a() + b() + c() + d() + e()); return 0; }\\n' > main.c
cat > Makefile <<'END'
OBJECTS = main.o a.o b.o c.o d.o e.o
prog: $(OBJECTS)
	gcc -o $@ $^
%.o: %.c
	gcc -O1 -c $< -o $@
clean:
	rm -f prog $(OBJECTS)
END
make -j3; [ "$(./prog)" = 5 ]; make | grep -q 'up to date'
sleep 1; echo 'int c(void) { return 38; }' > c.c; make | tee log; [ "$(grep -c -- '-c' log)" = 1 ]; [ "$(./prog)" = 42 ]; make clean; [ ! -e prog ]; make -j2 && ./prog
""",
    "procps": """
mapfile -t lines < <(printf '%s\\n' x y z); [ ${#lines[@]} = 3 ]
diff <(echo same) <(echo same)
sleep 55 & p=$!; ps -ef | grep -q 'sleep 55'; ps aux | head -n 1 | grep -q RSS; ps -o ppid= -p $p | grep -q $$; pgrep -x sleep | grep -q $p
top -b -n 1 | grep -q Tasks; free -m | grep -q Mem:; uptime; pkill -x sleep; wait $p || [ $? = 143 ]; vmstat | tail -n 1; [ "$(ps -p 1 -o comm=)" = init ]
grep -q stack /proc/self/maps; [ "$(readlink /proc/self/exe)" = /usr/bin/readlink ]; cat /proc/self/status | grep -q VmRSS; ls -l /proc/self/fd | grep -q '0 ->'
""",
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("debian"))
    return (*programs.run_steps(STEPS, folder, PACKAGES, shell="bash",
                                memory=1024 * machine.MIB, seconds=200,
                                timeout=900), folder)


pytestmark = [pytest.mark.long, pytest.mark.xdist_group("linux debian")]


@pytest.mark.parametrize("name", step_params(STEPS))
def test_debian(ran, name):
    check_steps(ran, name)
