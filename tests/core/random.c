/*
 * Random operations against the model.
 *
 *	random [-s SEED] [-n STEPS] [-e EPISODE] [-f FRAMES] [-h HARTS]
 *	       [-a ASIDS] [-q]
 *
 * The steps are cut into episodes, each in a child process of its own that
 * starts from a fresh machine.  When one fails its operations are shrunk
 * (delta debugging: drop pieces while it still fails) and printed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "core/base/string.h"
#include "core/vm/space.h"
#include "fake/host.h"
#include "fake/machine.h"
#include "fake/mmu.h"
#include "world.h"

#define EPISODE_STEPS_MAX 20000
#define SHRINK_RUNS_MAX 3000

/* Shared with the children. */
struct episode {
	uint32_t count;
	char failed_at[256];	/* the same failure is shrunk, not any */
	struct op ops[EPISODE_STEPS_MAX];
};

static struct episode *episode;
static uint32_t episode_steps = 4000;

static uint16_t
random_cell(uint64_t *rng)
{
	uint32_t draw = random_below(rng, 10);

	/* Mostly near one another, so that operations meet. */
	if (draw < 6)
		return (uint16_t)(random_below(rng, 24) % nplaces);
	if (draw == 6)
		return (uint16_t)(nplaces - 1 - random_below(rng, 4));
	return (uint16_t)random_below(rng, nplaces);
}

static struct op
random_op(uint64_t *rng)
{
	static const uint8_t weights[OP_KINDS] = {
		[OP_LOAD] = 26, [OP_STORE] = 32, [OP_EXECUTE] = 6,
		[OP_ENTER] = 16, [OP_FORK] = 12, [OP_CREATE] = 4,
		[OP_DESTROY] = 7, [OP_MAP_ANON] = 12, [OP_MAP_OBJECT] = 10,
		[OP_UNMAP] = 10, [OP_USER_READ] = 4, [OP_USER_WRITE] = 4,
		[OP_USER_STRING] = 2, [OP_OBJECT_CREATE] = 4,
		[OP_OBJECT_PUT] = 3, [OP_DRAIN] = 4, [OP_RECLAIM] = 1,
		[OP_REAP] = 2, [OP_SQUEEZE] = 1, [OP_RELAX] = 2,
		[OP_FAIL_ALLOC] = 2, [OP_FAIL_FILL] = 1, [OP_BAD_RANGE] = 1,
		[OP_WILD] = 1,
	};
	uint32_t total = 0, draw;
	struct op op = { 0 };

	for (uint32_t i = 0; i < OP_KINDS; i++)
		total += weights[i];
	draw = random_below(rng, total);
	while (draw >= weights[op.kind])
		draw -= weights[op.kind++];
	op.hart = (uint8_t)random_below(rng, HARTS_MAX);
	op.space = (uint8_t)random_below(rng, SPACES);
	op.other = (uint8_t)random_below(rng, OBJECTS);
	op.cell = random_cell(rng);
	op.last = random_cell(rng);
	/* Short ranges, long ones, and all of it. */
	draw = random_below(rng, 8);
	if (draw < 5)
		op.last = (uint16_t)MIN(op.cell + random_below(rng, 12),
		    nplaces - 1);
	if (draw == 5)
		op.last = (uint16_t)(nplaces - 1);
	op.prot = (uint8_t)(random_below(rng, 3) ? PROT_READ | PROT_WRITE :
	    random_below(rng, 8));
	op.value = (uint8_t)random_below(rng, 256);
	op.number = (uint16_t)random_below(rng, 65536);
	return op_normal(op);
}

static void
failure_record(void)
{
	string_copy(episode->failed_at, machine_failed_at,
	    sizeof(episode->failed_at));
}

/* In a child: run the episode.  Does not come back if it fails. */
static void
episode_run(void)
{
	for (uint32_t i = 0; i < episode->count; i++)
		op_step(&episode->ops[i]);
	alloc_fail(0, false);
	world_end();
}

/* returns: whether it failed */
static bool
episode_fails(bool quiet)
{
	pid_t pid;
	int status;

	fflush(stdout);
	episode->failed_at[0] = '\0';
	pid = fork();
	if (pid == 0) {
		machine_quiet = quiet;
		if (quiet && freopen("/dev/null", "w", stderr) == NULL)
			_exit(1);
		/* A loop without end is a failure too. */
		alarm(60);
		episode_run();
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return status != 0;
}

/* Drop pieces, ever smaller, while the episode still fails. */
static void
episode_shrink(const char *failed_at)
{
	static struct op all[EPISODE_STEPS_MAX];
	uint32_t piece = episode->count / 2, runs = 0;

	full_every = 1;
	while (piece > 0) {
		bool shrunk = false;

		for (uint32_t at = 0; at < episode->count; ) {
			uint32_t count = episode->count;
			uint32_t cut = MIN(piece, count - at);

			if (runs++ > SHRINK_RUNS_MAX)
				return;
			memcpy(all, episode->ops, sizeof(all));
			memmove(&episode->ops[at], &episode->ops[at + cut],
			    (count - at - cut) * sizeof(struct op));
			episode->count = count - cut;
			if (episode_fails(true) &&
			    strcmp(episode->failed_at, failed_at) == 0) {
				shrunk = true;
				continue;
			}
			memcpy(episode->ops, all, sizeof(all));
			episode->count = count;
			at += cut;
		}
		if (piece == 1 && !shrunk)
			break;
		piece = shrunk && piece == 1 ? 1 : piece / 2;
	}
}

static void
episode_report(uint64_t seed, uint32_t number, bool shrink)
{
	char failed_at[256];

	printf("random: seed %llu fails in episode %u of %u steps\n",
	    (unsigned long long)seed, number, episode->count);
	if (!shrink)
		return;
	string_copy(failed_at, episode->failed_at, sizeof(failed_at));
	episode_shrink(failed_at);
	printf("random: shrunk to %u steps:\n", episode->count);
	for (uint32_t i = 0; i < episode->count; i++)
		op_print(&episode->ops[i]);
	full_every = 1;
	episode_fails(false);
}

/* Which step of the episode is the first to fail. */
static uint32_t
episode_failed_after(void)
{
	uint32_t low = 0, high = episode->count, all = episode->count;

	while (high - low > 1) {
		episode->count = (low + high) / 2;
		if (episode_fails(true))
			high = episode->count;
		else
			low = episode->count;
	}
	episode->count = all;
	return high;
}

int
main(int argc, char **argv)
{
	uint64_t seed = 1, steps = 1000000, done = 0;
	uint32_t frames = 760, nharts = 3, number = 0;
	bool shrink = true;
	int option;

	while ((option = getopt(argc, argv, "s:n:e:f:h:a:q")) != -1) {
		switch (option) {
		case 's': seed = strtoull(optarg, NULL, 0); break;
		case 'n': steps = strtoull(optarg, NULL, 0); break;
		case 'e': episode_steps = (uint32_t)atoi(optarg); break;
		case 'f': frames = (uint32_t)atoi(optarg); break;
		case 'h': nharts = (uint32_t)atoi(optarg); break;
		case 'a': mmu_asid_max = (uint32_t)atoi(optarg); break;
		case 'q': shrink = false; break;
		default: return 2;
		}
	}
	episode = host_shared_memory(sizeof(*episode));
	world_start(frames, nharts);
	machine_at_point = check_speculate;
	machine_at_panic = failure_record;
	while (done < steps) {
		uint64_t rng = seed * 1000003 + number;

		episode->count = (uint32_t)MIN(MIN(episode_steps,
		    EPISODE_STEPS_MAX), steps - done);
		for (uint32_t i = 0; i < episode->count; i++)
			episode->ops[i] = random_op(&rng);
		if (episode_fails(!shrink)) {
			if (!shrink)
				printf("after %llu steps\n", (unsigned long
				    long)(done + episode_failed_after()));
			else
				episode_report(seed, number, shrink);
			return 1;
		}
		done += episode->count;
		number++;
	}
	printf("random: %llu steps, seed %llu, %u harts, %u frames, ASIDs to "
	    "%u: every step agreed\n", (unsigned long long)done,
	    (unsigned long long)seed, nharts, frames, mmu_asid_max);
	return 0;
}
