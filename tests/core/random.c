/*
 * Random operations against the model.
 *
 *	random [-s SEED] [-n STEPS] [-e EPISODE] [-f FRAMES] [-h HARTS]
 *	       [-a ASIDS] [-r] [-q]
 *
 * The steps are cut into episodes, each in a child process of its own that
 * starts from a fresh machine.  When one fails its operations are shrunk
 * (delta debugging: drop pieces while it still fails) and printed.  -r: mostly
 * small ranges.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "core/base/string.h"
#include "fake/host.h"
#include "fake/machine.h"
#include "fake/mmu.h"
#include "generate.h"
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

static bool endless;		/* the last episode was */

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
	endless = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
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
	struct op (*generate)(uint64_t *rng) = generate_op;
	bool shrink = true;
	int option;

	while ((option = getopt(argc, argv, "s:n:e:f:h:a:rq")) != -1) {
		switch (option) {
		case 's': seed = strtoull(optarg, NULL, 0); break;
		case 'n': steps = strtoull(optarg, NULL, 0); break;
		case 'e': episode_steps = (uint32_t)atoi(optarg); break;
		case 'f': frames = (uint32_t)atoi(optarg); break;
		case 'h': nharts = (uint32_t)atoi(optarg); break;
		case 'a': mmu_asid_max = (uint32_t)atoi(optarg); break;
		case 'r': generate = generate_small_op; break;
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
		generate_begin();
		for (uint32_t i = 0; i < episode->count; i++)
			episode->ops[i] = generate(&rng);
		if (episode_fails(!shrink)) {
			if (!shrink && endless)
				printf("random: an episode without end\n");
			else if (!shrink)
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
