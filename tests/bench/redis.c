/*
 * Redis with much data, and a client of its that asks for a snapshot (BGSAVE)
 * and goes on writing to values while a forked child writes it.
 *
 *	client --RESP, a Unix socket--> redis-server --fork--> child --> DUMP
 *
 * The snapshot is taken once; each row tells something else of it.  The dump
 * lies in memory, and what it takes is not counted as the copy's.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOCKET		"/dev/shm/redis.sock"
#define KEYS		(128 * 1024)
#define VALUE_BYTES	"4096"		/* 512 MiB of them */
#define REQUESTS	48		/* to Redis, while it saves */
#define WRITES		32		/* to as many values, in each request */
#define POLL_US		10000
#define TRIES		600
#define TRY_US		50000

struct findings {
	double reply;		/* BGSAVE's answer took */
	double fork;		/* as Redis times it, in its microseconds */
	double longest, mean;	/* of requests */
	double saving;		/* until the dump was there */
	double memory, tables;	/* bytes more than before, once all is written */
};

struct memory {
	double used, tables;
};

static struct findings found;
static int redis = -1;		/* the connection */

static const char *const server[] = { "/usr/bin/redis-server", "--port", "0",
	"--unixsocket", SOCKET, "--dir", "/dev/shm", "--save", "",
	"--appendonly", "no", "--rdbcompression", "no",
	"--enable-debug-command", "local", NULL };

static void
connect_redis(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX,
	    .sun_path = SOCKET };

	redis = socket(AF_UNIX, SOCK_STREAM, 0);
	for (int i = 0; i < TRIES; i++) {
		if (connect(redis, (struct sockaddr *)&name,
		    sizeof(name)) == 0)
			return;
		usleep(TRY_US);
	}
	row_fail("Redis does not answer", errno);
}

/* Send a command of words without quotes.  gives: `reply`, its first bytes */
static void
ask(const char *command, char *reply, size_t bytes)
{
	size_t len = strlen(command);
	ssize_t got;

	if (write(redis, command, len) != (ssize_t)len ||
	    write(redis, "\r\n", 2) != 2)
		row_fail("Redis is gone", errno);
	got = read(redis, reply, bytes - 1);
	if (got <= 0)
		row_fail("Redis is gone", errno);
	reply[got] = '\0';
	if (reply[0] == '-') {
		reply[strcspn(reply, "\r")] = '\0';
		row_fail(reply, 0);
	}
}

static bool
saving(void)
{
	char reply[4096];

	ask("INFO persistence", reply, sizeof(reply));
	if (strstr(reply, "rdb_bgsave_in_progress:1") != NULL)
		return true;
	if (strstr(reply, "rdb_last_bgsave_status:ok") == NULL)
		row_fail("Redis could not save", 0);
	return false;
}

/* returns: nanoseconds of the last fork, as Redis says */
static double
fork_time(void)
{
	static const char name[] = "latest_fork_usec:";
	char reply[8192], *at;

	ask("INFO stats", reply, sizeof(reply));
	at = strstr(reply, name);
	if (at == NULL)
		row_fail("Redis does not tell how long fork took", 0);
	return strtod(at + strlen(name), NULL) * 1000;
}

/* What is free does not tell: Linux keeps pages at hand for each processor that
 * it does not count as free, some MiB more or less from one run to another. */
static struct memory
memory_now(void)
{
	double tables = (double)meminfo_bytes("PageTables:");

	return (struct memory) {
		.used = (double)meminfo_bytes("AnonPages:") + tables +
		    (double)meminfo_bytes("Slab:"),
		.tables = tables,
	};
}

/* Change a byte of some values, and time the answers. */
static void
write_values(int request)
{
	char commands[WRITES * 32], replies[WRITES * 32];
	size_t len = 0, got = 0;
	uint64_t start;
	double cost;

	for (int i = 0; i < WRITES; i++)
		len += (size_t)sprintf(commands + len, "SETRANGE key:%d 8 x\r\n",
		    (request * WRITES + i) * (KEYS / REQUESTS / WRITES));
	start = counter_read();
	if (write(redis, commands, len) != (ssize_t)len)
		row_fail("Redis is gone", errno);
	/* Each answer is ":4096" and the end of its line. */
	while (got < WRITES * strlen(":" VALUE_BYTES "\r\n")) {
		ssize_t more = read(redis, replies, sizeof(replies));

		if (more <= 0)
			row_fail("Redis is gone", errno);
		got += (size_t)more;
	}
	cost = counter_since(start);
	found.mean += cost / REQUESTS;
	if (cost > found.longest)
		found.longest = cost;
}

static void
snapshot(void)
{
	struct memory before = memory_now(), now;
	char reply[256];
	uint64_t start = counter_read();

	ask("BGSAVE", reply, sizeof(reply));
	found.reply = counter_since(start);
	for (int i = 0; i < REQUESTS; i++)
		write_values(i);
	if (!saving())
		row_fail("Redis had saved before all was written", 0);
	/* Nothing more is copied; and looking often costs. */
	now = memory_now();
	found.memory = now.used - before.used;
	found.tables = now.tables - before.tables;
	while (saving())
		usleep(POLL_US);
	found.saving = counter_since(start);
	found.fork = fork_time();
}

static void
run_redis(void)
{
	char command[64], reply[256];
	int pid;

	/* Where Redis finds out that huge pages are on, which it turns off. */
	mkdir("/sys", 0755);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	pid = program_start(server);
	connect_redis();
	snprintf(command, sizeof(command), "DEBUG POPULATE %d key "
	    VALUE_BYTES, KEYS);
	ask(command, reply, sizeof(reply));
	snapshot();
	close(redis);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	unlink("/dev/shm/dump.rdb");
}

static double
measure_redis(const struct row *row)
{
	static const struct {
		const char *key;
		const double *value;
	} values[] = {
		{ "redis-fork", &found.fork },
		{ "redis-pause", &found.reply },
		{ "redis-longest", &found.longest },
		{ "redis-request", &found.mean },
		{ "redis-save", &found.saving },
		{ "redis-memory", &found.memory },
		{ "redis-tables", &found.tables },
	};
	int i = 0;

	if (found.reply == 0)
		run_redis();
	while (strcmp(values[i].key, row->key) != 0)
		i++;
	return *values[i].value;
}

const struct row redis_rows[] = {
	{ "redis-fork", measure_redis, 1, 0 },
	{ "redis-pause", measure_redis, 1, 0 },
	{ "redis-longest", measure_redis, 1, 0 },
	{ "redis-request", measure_redis, 1, 0 },
	{ "redis-save", measure_redis, 1, 0 },
	{ "redis-memory", measure_redis, 1, 0 },
	{ "redis-tables", measure_redis, 1, 0 },
	{ 0 }
};
