/* System V semaphores and message queues. */
#define _GNU_SOURCE
#include "sysv.h"

#include <signal.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <time.h>

union semun {
	int val;
	struct semid_ds *buf;
	unsigned short *array;
	struct seminfo *info;
};

static int
sem_do(int id, int index, int change, int flags)
{
	struct sembuf operation = { (unsigned short)index, (short)change,
	    (short)flags };

	return semop(id, &operation, 1);
}

static int
sem_at(int id, int index)
{
	return semctl(id, index, GETVAL);
}

/* ---- semaphores ---- */

static void
sem_values(void)
{
	int id = semget(KEY, 3, IPC_CREAT | IPC_EXCL | 0600);
	unsigned short values[3] = { 1, 2, 3 }, read_back[3];
	struct sembuf two[2] = { { 0, -1, 0 }, { 1, -5, IPC_NOWAIT } };
	struct semid_ds info;
	struct timespec brief = { 0, 20000000 };
	union semun argument;

	CHECK(id >= 0 && semget(KEY, 3, 0) == id && semget(KEY, 0, 0) == id);
	CHECK_FAILS(semget(KEY, 4, 0), EINVAL);
	CHECK_FAILS(semget(IPC_PRIVATE, 0, 0600), EINVAL);
	argument.array = values;
	CHECK(semctl(id, 0, SETALL, argument) == 0);
	argument.array = read_back;
	CHECK(semctl(id, 0, GETALL, argument) == 0 &&
	    memcmp(values, read_back, sizeof(values)) == 0);
	/* All or nothing. */
	CHECK_FAILS(semop(id, two, 2), EAGAIN);
	CHECK(sem_at(id, 0) == 1 && sem_at(id, 1) == 2);
	two[1].sem_op = -2;
	CHECK(semop(id, two, 2) == 0);
	CHECK(sem_at(id, 0) == 0 && sem_at(id, 1) == 0);
	CHECK(semctl(id, 1, GETPID) == getpid());
	two[0] = (struct sembuf){ 2, -4, 0 };
	CHECK_FAILS(semtimedop(id, two, 1, &brief), EAGAIN);
	CHECK_FAILS(sem_do(id, 3, 1, 0), EFBIG);
	CHECK_FAILS(sem_do(id, 2, 32767, 0), ERANGE);
	CHECK_FAILS(semop(id, two, 0), EINVAL);
	CHECK_FAILS(semop(id, two, 100000), E2BIG);
	argument.val = 40000;
	CHECK_FAILS(semctl(id, 0, SETVAL, argument), ERANGE);
	CHECK_FAILS(semctl(id, 5, GETVAL), EINVAL);
	argument.buf = &info;
	CHECK(semctl(id, 0, IPC_STAT, argument) == 0);
	CHECK(info.sem_nsems == 3 && info.sem_otime != 0 &&
	    info.sem_perm.__key == KEY);
	CHECK(semctl(id, 0, IPC_RMID) == 0);
	CHECK_FAILS(sem_do(id, 0, 1, 0), EINVAL);
	ok("semaphores");
}

static void
on_alarm(int signo)
{
	(void)signo;
}

static void
wait_for_waiter(int id, int index, int command)
{
	for (int i = 0; i < 5000 && semctl(id, index, command) == 0; i++)
		usleep(1000);
	CHECK(semctl(id, index, command) == 1);
}

static void
sem_waiting(void)
{
	int id = semget(IPC_PRIVATE, 2, 0600);
	struct sigaction action = { .sa_handler = on_alarm,
	    .sa_flags = SA_RESTART };
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		CHECK(sem_do(id, 0, -2, 0) == 0);
		CHECK(sem_do(id, 1, 0, 0) == 0);
		CHECK_FAILS(sem_do(id, 0, -1, 0), EIDRM);
		_exit(0);
	}
	CHECK(sem_do(id, 1, 1, 0) == 0);
	wait_for_waiter(id, 0, GETNCNT);
	CHECK(sem_do(id, 0, 1, 0) == 0 && semctl(id, 0, GETNCNT) == 1);
	CHECK(sem_do(id, 0, 1, 0) == 0);
	wait_for_waiter(id, 1, GETZCNT);
	CHECK(sem_at(id, 0) == 0);
	CHECK(sem_do(id, 1, -1, 0) == 0);
	wait_for_waiter(id, 0, GETNCNT);
	/* Never made again after a signal. */
	CHECK(sigaction(SIGALRM, &action, NULL) == 0);
	ualarm(30000, 0);
	CHECK_FAILS(sem_do(id, 1, -1, 0), EINTR);
	CHECK(semctl(id, 0, IPC_RMID) == 0);
	reap(pid);
	ok("waiting for semaphores");
}

static void
sem_undoing(void)
{
	int id = semget(IPC_PRIVATE, 2, 0600);
	union semun argument = { .val = 5 };
	pid_t pid;

	CHECK(semctl(id, 0, SETVAL, argument) == 0);
	pid = fork();
	if (pid == 0) {
		CHECK(sem_do(id, 0, -3, SEM_UNDO) == 0);
		CHECK(sem_do(id, 0, 1, 0) == 0);
		CHECK(sem_do(id, 1, 4, SEM_UNDO) == 0);
		_exit(sem_at(id, 0) == 3 ? 0 : 1);
	}
	reap(pid);
	CHECK(sem_at(id, 0) == 6 && sem_at(id, 1) == 0);
	pid = fork();
	if (pid == 0) {
		CHECK(sem_do(id, 0, -6, SEM_UNDO) == 0);
		pause();
	}
	while (sem_at(id, 0) != 0)
		usleep(1000);
	CHECK(kill(pid, SIGKILL) == 0);
	CHECK(sem_do(id, 0, -6, 0) == 0);
	CHECK(waitpid(pid, NULL, 0) == pid);
	/* Setting it forgets what would be undone. */
	pid = fork();
	if (pid == 0) {
		argument.val = 9;
		CHECK(sem_do(id, 0, 3, SEM_UNDO) == 0);
		CHECK(semctl(id, 0, SETVAL, argument) == 0);
		_exit(0);
	}
	reap(pid);
	CHECK(sem_at(id, 0) == 9);
	CHECK(semctl(id, 0, IPC_RMID) == 0);
	ok("SEM_UNDO");
}

/* Two processes that hand a number to each other. */
static void
sem_turns(void)
{
	int id = semget(IPC_PRIVATE, 2, 0600);
	int memory = shmget(IPC_PRIVATE, 4096, 0600), rounds = 500;
	volatile int *shared = shmat(memory, NULL, 0);
	pid_t pid;

	CHECK(shmctl(memory, IPC_RMID, NULL) == 0);
	pid = fork();
	for (int i = 0; i < rounds; i++) {
		CHECK(sem_do(id, pid == 0, -1 + (pid != 0 && i == 0), 0) == 0);
		CHECK(*shared == 2 * i + (pid == 0));
		++*shared;
		CHECK(sem_do(id, pid != 0, 1, 0) == 0);
	}
	if (pid == 0)
		_exit(0);
	reap(pid);
	CHECK(*shared == 2 * rounds);
	CHECK(shmdt((void *)shared) == 0 && semctl(id, 0, IPC_RMID) == 0);
	ok("turns");
}

/* ---- messages ---- */

struct message {
	long type;
	char text[8192];
};

static void
put(int id, long type, const char *text)
{
	struct message message = { .type = type };

	strcpy(message.text, text);
	CHECK(msgsnd(id, &message, strlen(text), 0) == 0);
}

static void
take(int id, long type, int flags, long is, const char *text)
{
	struct message message;
	ssize_t len = msgrcv(id, &message, sizeof(message.text), type, flags);

	CHECK(len == (ssize_t)strlen(text) && message.type == is &&
	    memcmp(message.text, text, strlen(text)) == 0);
}

static void
msg_types(void)
{
	int id = msgget(KEY, IPC_CREAT | IPC_EXCL | 0600);
	struct message message;
	struct msqid_ds info;

	CHECK(id >= 0 && msgget(KEY, 0) == id);
	CHECK_FAILS(msgrcv(id, &message, 100, 0, IPC_NOWAIT), ENOMSG);
	put(id, 5, "five");
	put(id, 3, "three");
	put(id, 7, "seven");
	put(id, 3, "other");
	CHECK(msgctl(id, IPC_STAT, &info) == 0);
	CHECK(info.msg_qnum == 4 && info.__msg_cbytes == 19 &&
	    info.msg_lspid == getpid() && info.msg_qbytes >= 16384);
	take(id, 7, 0, 7, "seven");
	take(id, -4, 0, 3, "three");
	take(id, 5, MSG_EXCEPT, 3, "other");
	CHECK_FAILS(msgrcv(id, &message, 2, 0, 0), E2BIG);
	CHECK(msgrcv(id, &message, 2, 0, MSG_NOERROR) == 2 &&
	    memcmp(message.text, "fi", 2) == 0);
	CHECK_FAILS(msgrcv(id, &message, 100, -9, IPC_NOWAIT), ENOMSG);
	put(id, 1, "");
	take(id, 0, 0, 1, "");
	message.type = 0;
	CHECK_FAILS(msgsnd(id, &message, 1, 0), EINVAL);
	message.type = 1;
	CHECK_FAILS(msgsnd(id, &message, 100000, 0), EINVAL);
	CHECK_FAILS(msgsnd(id, (void *)8, 1, 0), EFAULT);
	CHECK(msgctl(id, IPC_RMID, NULL) == 0);
	CHECK_FAILS(msgsnd(id, &message, 1, 0), EINVAL);
	ok("messages");
}

static void
msg_waiting(void)
{
	static struct message message;
	int id = msgget(IPC_PRIVATE, 0600), sent = 0;
	struct msqid_ds info;
	pid_t pid;

	message.type = 1;
	for (int i = 0; i < 8192; i++)
		message.text[i] = (char)(i * 7);
	while (msgsnd(id, &message, 8192, IPC_NOWAIT) == 0)
		sent++;
	CHECK(errno == EAGAIN && sent >= 2);
	pid = fork();
	if (pid == 0) {
		message.type = 2;
		CHECK(msgsnd(id, &message, 8192, 0) == 0);
		CHECK_FAILS(msgrcv(id, &message, 8192, 99, 0), EIDRM);
		_exit(0);
	}
	usleep(20000);
	for (int i = 0; i < sent; i++) {
		memset(message.text, 0, sizeof(message.text));
		CHECK(msgrcv(id, &message, 8192, 1, 0) == 8192);
		CHECK(message.text[8191] == (char)(8191 * 7));
	}
	CHECK(msgrcv(id, &message, 8192, 2, 0) == 8192);
	usleep(20000);
	CHECK(msgctl(id, IPC_STAT, &info) == 0);
	info.msg_qbytes = 100;
	CHECK(msgctl(id, IPC_SET, &info) == 0);
	CHECK_FAILS(msgsnd(id, &message, 101, IPC_NOWAIT), EAGAIN);
	/* What is left goes with the queue. */
	CHECK(msgsnd(id, &message, 90, 0) == 0);
	CHECK(msgctl(id, IPC_RMID, NULL) == 0);
	reap(pid);
	ok("waiting for messages");
}

static void
permissions(void)
{
	int shm = shmget(IPC_PRIVATE, 4096, 0644);
	int sem = semget(IPC_PRIVATE, 1, 0600), msg = msgget(IPC_PRIVATE, 0622);
	struct message message = { .type = 1 };
	struct shmid_ds info;
	pid_t pid;

	if (geteuid() == 0) {
		pid = fork();
		if (pid == 0) {
			CHECK(setresgid(77, 77, 77) == 0);
			CHECK(setresuid(77, 77, 77) == 0);
			CHECK(shmat(shm, NULL, SHM_RDONLY) != (void *)-1);
			CHECK_FAILS((long)shmat(shm, NULL, 0), EACCES);
			CHECK_FAILS(shmctl(shm, IPC_RMID, NULL), EPERM);
			CHECK(shmctl(shm, IPC_STAT, &info) == 0);
			CHECK_FAILS(shmctl(shm, IPC_SET, &info), EPERM);
			CHECK_FAILS(sem_do(sem, 0, 1, 0), EACCES);
			CHECK_FAILS(sem_at(sem, 0), EACCES);
			CHECK_FAILS(semctl(sem, 0, IPC_RMID), EPERM);
			CHECK(msgsnd(msg, &message, 1, 0) == 0);
			CHECK_FAILS(msgrcv(msg, &message, 1, 0, 0), EACCES);
			CHECK_FAILS(msgctl(msg, IPC_RMID, NULL), EPERM);
			_exit(0);
		}
		reap(pid);
	}
	CHECK(shmctl(shm, IPC_RMID, NULL) == 0);
	CHECK(semctl(sem, 0, IPC_RMID) == 0);
	CHECK(msgctl(msg, IPC_RMID, NULL) == 0);
	ok("permissions");
}

/* Many at once, and none left. */
static void
many(void)
{
	int shm[600], sem[600], msg[600];
	struct shm_info before, after;

	CHECK(shmctl(0, SHM_INFO, (struct shmid_ds *)&before) >= 0);
	for (int i = 0; i < 600; i++) {
		shm[i] = shmget(IPC_PRIVATE, 4096, 0600);
		sem[i] = semget(IPC_PRIVATE, 3, 0600);
		msg[i] = msgget(IPC_PRIVATE, 0600);
		CHECK(shm[i] >= 0 || errno == ENOSPC);
		CHECK(sem[i] >= 0 && msg[i] >= 0);
	}
	for (int i = 0; i < 600; i++) {
		CHECK(shm[i] < 0 || shmctl(shm[i], IPC_RMID, NULL) == 0);
		CHECK(semctl(sem[i], 0, IPC_RMID) == 0);
		CHECK(msgctl(msg[i], IPC_RMID, NULL) == 0);
	}
	CHECK(shmctl(0, SHM_INFO, (struct shmid_ds *)&after) >= 0);
	CHECK(after.used_ids == before.used_ids);
	ok("many");
}

static void
all_of_it(void)
{
	sem_values();
	sem_waiting();
	sem_undoing();
	sem_turns();
	msg_types();
	msg_waiting();
	permissions();
	many();
}

int
main(void)
{
	twice(all_of_it);
	return done();
}
