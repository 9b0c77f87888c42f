/* System V shared memory. */
#define _GNU_SOURCE
#include "sysv.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/shm.h>

static void
shm_sharing(void)
{
	int id = shmget(KEY, 10000, IPC_CREAT | IPC_EXCL | 0600);
	struct shmid_ds info;
	char *mine, *again;
	pid_t pid;

	CHECK(id >= 0);
	CHECK(shmget(KEY, 5000, 0) == id);
	CHECK_FAILS(shmget(KEY, 10000, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
	CHECK_FAILS(shmget(KEY, 20000, 0), EINVAL);
	CHECK_FAILS(shmget(KEY + 1, 100, 0), ENOENT);
	CHECK_FAILS(shmget(IPC_PRIVATE, 0, 0600), EINVAL);
	mine = shmat(id, NULL, 0);
	CHECK(mine != (void *)-1 && mine[0] == 0 && mine[9999] == 0);
	strcpy(mine, "before");
	pid = fork();
	if (pid == 0) {
		CHECK(shmctl(id, IPC_STAT, &info) == 0 &&
		    info.shm_nattch == 2);
		CHECK(strcmp(mine, "before") == 0);
		strcpy(mine + 5000, "child");
		_exit(0);
	}
	reap(pid);
	CHECK(strcmp(mine + 5000, "child") == 0);
	again = shmat(id, NULL, SHM_RDONLY);
	CHECK(again != mine && strcmp(again + 5000, "child") == 0);
	CHECK(shmctl(id, IPC_STAT, &info) == 0);
	CHECK(info.shm_nattch == 2 && info.shm_segsz == 10000 &&
	    info.shm_cpid == getpid() && info.shm_perm.__key == KEY &&
	    (info.shm_perm.mode & 0777) == 0600 && info.shm_atime != 0);
	pid = fork();
	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL);
		again[0] = 'x';
		_exit(0);
	}
	{
		int status;

		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	}
	CHECK(mprotect(again, 4096, PROT_READ | PROT_WRITE) == -1 &&
	    errno == EACCES);
	CHECK(shmdt(again) == 0);
	CHECK_FAILS(shmdt(again), EINVAL);
	CHECK_FAILS(shmdt(mine + 4096), EINVAL);
	CHECK(shmdt(mine) == 0);
	CHECK(shmctl(id, IPC_STAT, &info) == 0 && info.shm_nattch == 0 &&
	    info.shm_dtime != 0 && info.shm_lpid == getpid());
	mine = shmat(id, NULL, 0);
	CHECK(strcmp(mine, "before") == 0);
	CHECK(shmdt(mine) == 0 && shmctl(id, IPC_RMID, NULL) == 0);
	CHECK_FAILS(shmctl(id, IPC_STAT, &info), EINVAL);
	CHECK_FAILS((long)shmat(id, NULL, 0), EINVAL);
	ok("shared memory");
}

static void
shm_removing(void)
{
	int id = shmget(KEY, 8192, IPC_CREAT | 0600), next;
	struct shmid_ds info;
	char *mine = shmat(id, NULL, 0), *child;
	pid_t pid;

	CHECK(mine != (void *)-1);
	mine[8191] = 7;
	CHECK(shmctl(id, IPC_RMID, NULL) == 0);
	/* It is there for those who have it, but no key finds it. */
	CHECK(shmctl(id, IPC_STAT, &info) == 0 &&
	    (info.shm_perm.mode & SHM_DEST) && info.shm_perm.__key == 0);
	next = shmget(KEY, 4096, IPC_CREAT | IPC_EXCL | 0600);
	CHECK(next >= 0 && next != id);
	pid = fork();
	if (pid == 0) {
		child = shmat(id, NULL, 0);
		CHECK(child != (void *)-1 && child[8191] == 7);
		_exit(0);
	}
	reap(pid);
	CHECK(munmap(mine, 8192) == 0);
	CHECK_FAILS(shmctl(id, IPC_STAT, &info), EINVAL);
	CHECK(shmctl(next, IPC_RMID, NULL) == 0);
	ok("removing it while attached");
}

static void
shm_places(void)
{
	int id = shmget(IPC_PRIVATE, 4096, 0600);
	char *room = mmap(NULL, 3 * 4096, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct shminfo limits;
	struct shm_info used;
	struct shmid_ds info;
	int highest, i, found = 0;

	CHECK_FAILS((long)shmat(id, room + 4096, 0), EINVAL);
	CHECK_FAILS((long)shmat(id, room + 100, 0), EINVAL);
	CHECK(shmat(id, room + 4096, SHM_REMAP) == room + 4096);
	CHECK(shmdt(room + 4096) == 0);
	CHECK(shmat(id, room + 4096 + 5, SHM_RND) == room + 4096);
	room[4096] = 1;
	/* What replaces it detaches it. */
	CHECK(mmap(room, 3 * 4096, PROT_NONE, MAP_FIXED | MAP_PRIVATE |
	    MAP_ANONYMOUS, -1, 0) == room);
	CHECK(shmctl(id, IPC_STAT, &info) == 0 && info.shm_nattch == 0);
	CHECK(shmctl(0, IPC_INFO, (struct shmid_ds *)&limits) >= 0);
	CHECK(limits.shmmin == 1 && limits.shmmni >= 4096);
	highest = shmctl(0, SHM_INFO, (struct shmid_ds *)&used);
	CHECK(highest >= 0 && used.used_ids >= 1 && used.shm_tot >= 1);
	for (i = 0; i <= highest; i++)
		found |= shmctl(i, SHM_STAT, &info) == id;
	CHECK(found);
	CHECK(shmctl(id, IPC_STAT, &info) == 0);
	info.shm_perm.mode = 0400;
	CHECK(shmctl(id, IPC_SET, &info) == 0);
	CHECK(shmctl(id, IPC_STAT, &info) == 0 &&
	    (info.shm_perm.mode & 0777) == 0400);
	CHECK(shmctl(id, SHM_LOCK, NULL) == 0);
	CHECK(shmctl(id, IPC_STAT, &info) == 0 &&
	    (info.shm_perm.mode & SHM_LOCKED));
	CHECK(shmctl(id, SHM_UNLOCK, NULL) == 0);
	CHECK(shmctl(id, IPC_RMID, NULL) == 0);
	CHECK_FAILS(shmctl(id, 99, NULL), EINVAL);
	CHECK(munmap(room, 3 * 4096) == 0);
	ok("places and limits of shared memory");
}

/* The segment's line in /proc, where there is one. */
static void
shown(void)
{
	int id = shmget(KEY, 5000, IPC_CREAT | IPC_EXCL | 0640), found = 0;
	FILE *file = fopen("/proc/sysvipc/shm", "r");
	char line[512];

	CHECK(id >= 0);
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		int key, number;
		unsigned mode;
		unsigned long nbytes;

		if (sscanf(line, "%d %d %o %lu", &key, &number, &mode,
		    &nbytes) == 4 && number == id)
			found = key == KEY && (mode & 0777) == 0640 &&
			    nbytes == 5000;
	}
	CHECK(file == NULL || found);
	if (file != NULL)
		fclose(file);
	CHECK(shmctl(id, IPC_RMID, NULL) == 0);
	ok("/proc/sysvipc");
}

static void
all_of_it(void)
{
	shm_sharing();
	shm_removing();
	shm_places();
	shown();
}

int
main(void)
{
	twice(all_of_it);
	return done();
}
