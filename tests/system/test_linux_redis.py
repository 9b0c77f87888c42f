"""Redis over a Unix socket: keys set and read, many of them, a snapshot taken
by a forked child while they change, and all there after a kill."""
import pytest

from conftest import check_steps, step_params
from cowslip import machine, programs

PACKAGES = ("redis-server", "redis-tools")
START = """
cli() { redis-cli -s /tmp/redis.sock "$@"; }
start() {
	redis-server --port 0 --unixsocket /tmp/redis.sock --dir /var/lib/redis \\
		--save '' --daemonize yes --pidfile /tmp/redis.pid --logfile /tmp/redis.log --appendonly no
	for i in $(seq 100); do cli ping 2>/dev/null | grep -q PONG && return; sleep 0.2; done
	cat /tmp/redis.log; return 1
}
"""
STEPS = {
    "set_and_get": START + """
start
[ "$(cli set greeting 'hello world')" = OK ]; [ "$(cli get greeting)" = "hello world" ]
[ "$(cli incr counter)" = 1 ]; [ "$(cli rpush list a b c)" = 3 ]; [ "$(cli lrange list 1 1)" = b ]
[ "$(cli hset hash f v g w)" = 2 ]; [ "$(cli zadd z 1 one 2 two)" = 2 ]; [ "$(cli eval 'return redis.call("get", KEYS[1])' 1 greeting)" = "hello world" ]
cli set soon gone px 50; sleep 0.2; [ "$(cli exists soon)" = 0 ]
""",
    "many_keys": START + """
seq 100000 | awk '{ printf "SET key:%d value-%d\\r\\n", $1, $1 * 3 }' | cli --pipe | tee out
grep -q 'errors: 0, replies: 100000' out; [ "$(cli dbsize)" -ge 100000 ]
[ "$(cli get key:77777)" = value-233331 ]
""",
    "snapshot_while_writing": START + """
cli config set rdb-key-save-delay 10
(seq 20000 | awk '{ printf "SET late:%d x%d\\r\\n", $1, $1 }' | cli --pipe > late) &
[ "$(cli bgsave)" = "Background saving started" ]
redis-benchmark -s /tmp/redis.sock -n 20000 -c 20 -t set,get,incr,lpush -q
wait
cli config set rdb-key-save-delay 0
for i in $(seq 300); do cli info persistence | grep -q 'rdb_bgsave_in_progress:0' && break; sleep 0.2; done
cli info persistence | tee info; grep -q 'rdb_last_bgsave_status:ok' info; grep -q 'errors: 0' late
cli bgsave; for i in $(seq 300); do cli info persistence | grep -q 'rdb_bgsave_in_progress:0' && break; sleep 0.2; done
cli info persistence | grep -q 'rdb_last_bgsave_status:ok'; cli dbsize > /tmp/redis.size
""",
    "kill_and_restart": START + """
kill -KILL $(cat /tmp/redis.pid); sleep 0.5; rm -f /tmp/redis.sock
start
[ "$(cli dbsize)" = "$(cat /tmp/redis.size)" ]; [ "$(cli get greeting)" = "hello world" ]
seq 1 997 100000 | awk '{ print "GET key:" $1 }' | cli > got; seq 1 997 100000 | awk '{ print "value-" $1 * 3 }' | cmp - got
[ "$(cli get late:20000)" = x20000 ]
redis-check-rdb /var/lib/redis/dump.rdb | grep -q 'RDB looks OK'
cli shutdown nosave || true; sleep 0.5; ! cli ping
""",
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("redis"))
    return (*programs.run_steps(STEPS, folder, PACKAGES, shell="bash",
                                memory=1024 * machine.MIB, seconds=150,
                                timeout=600), folder)


pytestmark = [pytest.mark.long, pytest.mark.xdist_group("linux redis")]


@pytest.mark.parametrize("name", step_params(STEPS))
def test_redis(ran, name):
    check_steps(ran, name)
