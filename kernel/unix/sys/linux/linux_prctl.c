/* prctl: what a process or thread says about itself. */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/task/thread.h"
#include "core/vm/user.h"
#include "unix/proc/identity.h"
#include "unix/proc/proc.h"
#include "unix/proc/signal.h"

#define PR_SET_PDEATHSIG	1
#define PR_GET_PDEATHSIG	2
#define PR_GET_DUMPABLE		3
#define PR_SET_DUMPABLE		4
#define PR_GET_KEEPCAPS		7
#define PR_SET_KEEPCAPS		8
#define PR_GET_TIMING		13
#define PR_SET_TIMING		14
#define PR_SET_NAME		15
#define PR_GET_NAME		16
#define PR_GET_SECCOMP		21
#define PR_CAPBSET_READ		23
#define PR_GET_SECUREBITS	27
#define PR_SET_SECUREBITS	28
#define PR_SET_TIMERSLACK	29
#define PR_GET_TIMERSLACK	30
#define PR_SET_CHILD_SUBREAPER	36
#define PR_GET_CHILD_SUBREAPER	37
#define PR_SET_NO_NEW_PRIVS	38
#define PR_GET_NO_NEW_PRIVS	39
#define PR_GET_TID_ADDRESS	40
#define PR_GET_THP_DISABLE	42
#define PR_CAP_AMBIENT		47

#define SECUREBIT_KEEPCAPS	0x10u

/* Of PR_CAP_AMBIENT. */
#define AMBIENT_IS_SET		1
#define AMBIENT_RAISE		2
#define AMBIENT_LOWER		3
#define AMBIENT_CLEAR_ALL	4

#define CAPABILITY_LAST		40

static int64_t
name_set(vaddr_t from)
{
	char name[PROC_NAME_BYTES];
	int64_t len = user_read_string(name, from, sizeof(name));

	if (len == -ENAMETOOLONG)
		name[sizeof(name) - 1] = '\0';
	else if (len < 0)
		return len;
	proc_set_name(name);
	return 0;
}

static int64_t
name_get(vaddr_t to)
{
	char name[PROC_NAME_BYTES] = { 0 };

	string_copy(name, proc_thread_this()->name, sizeof(name));
	return user_write(to, name, sizeof(name), NULL);
}

static int64_t
number_write(vaddr_t to, int32_t number)
{
	return user_write(to, &number, sizeof(number), NULL);
}

static int64_t
word_write(vaddr_t to, uint64_t word)
{
	return user_write(to, &word, sizeof(word), NULL);
}

static void
keep_rights(bool keep)
{
	struct credentials who = *proc_credentials();

	who.keeps_rights = keep;
	proc_set_credentials(&who);
}

/* All but "keep capabilities" would need finer ones than root's. */
static int64_t
securebits_set(uint64_t bits)
{
	if (!credentials_privileged(proc_credentials()) ||
	    (bits & ~(uint64_t)SECUREBIT_KEEPCAPS))
		return -EPERM;
	keep_rights(bits & SECUREBIT_KEEPCAPS);
	return 0;
}

/* Nobody has ambient capabilities, as nobody has inheritable ones. */
static int64_t
ambient(const uint64_t *a)
{
	if (a[3] != 0 || a[4] != 0)
		return -EINVAL;
	if (a[1] == AMBIENT_CLEAR_ALL)
		return a[2] == 0 ? 0 : -EINVAL;
	if (a[2] > CAPABILITY_LAST)
		return -EINVAL;
	switch (a[1]) {
	case AMBIENT_IS_SET:
	case AMBIENT_LOWER:
		return 0;
	case AMBIENT_RAISE:
		return -EPERM;
	default:
		return -EINVAL;
	}
}

/* What is set.  returns: -EINVAL too for what is not known */
static int64_t
set(struct proc *proc, uint32_t option, const uint64_t *a)
{
	switch (option) {
	case PR_SET_PDEATHSIG:
		if (a[1] > SIGNAL_COUNT)
			return -EINVAL;
		proc_set_death_signal((int32_t)a[1]);
		return 0;
	case PR_SET_DUMPABLE:
		if (a[1] > 1)
			return -EINVAL;
		atomic_store_relaxed(&proc->undumpable, a[1] == 0);
		return 0;
	case PR_SET_TIMING:
		return a[1] == 0 ? 0 : -EINVAL;
	case PR_SET_NAME:
		return name_set(a[1]);
	case PR_SET_TIMERSLACK:
		proc_set_slack((int64_t)a[1] <= 0 ? 0 : a[1]);
		return 0;
	case PR_SET_KEEPCAPS:
		if (a[1] > 1)
			return -EINVAL;
		keep_rights(a[1] != 0);
		return 0;
	case PR_SET_SECUREBITS:
		return securebits_set(a[1]);
	case PR_SET_CHILD_SUBREAPER:
		proc_set_subreaper(a[1] != 0);
		return 0;
	case PR_SET_NO_NEW_PRIVS:
		if (a[1] != 1 || a[2] != 0 || a[3] != 0 || a[4] != 0)
			return -EINVAL;
		atomic_store_relaxed(&proc->no_new_rights, true);
		return 0;
	default:
		return -EINVAL;
	}
}

int64_t
linux_prctl(const struct linux_args *args)
{
	struct proc *proc = proc_this();
	const uint64_t *a = args->a;

	switch ((uint32_t)a[0]) {
	case PR_GET_PDEATHSIG:
		return number_write(a[1], proc->death_signal);
	case PR_GET_DUMPABLE:
		return !atomic_load_relaxed(&proc->undumpable);
	case PR_GET_KEEPCAPS:
		return proc_credentials()->keeps_rights;
	case PR_GET_SECUREBITS:
		return proc_credentials()->keeps_rights ?
		    SECUREBIT_KEEPCAPS : 0;
	case PR_CAP_AMBIENT:
		return ambient(a);
	case PR_GET_TIMING:
	case PR_GET_SECCOMP:
	case PR_GET_THP_DISABLE:
		/* What cannot be set is as it is at first. */
		return 0;
	case PR_GET_NAME:
		return name_get(a[1]);
	case PR_CAPBSET_READ:
		return a[1] <= CAPABILITY_LAST ? 1 : -EINVAL;
	case PR_GET_TIMERSLACK:
		return (int64_t)MIN(proc_thread_this()->slack,
		    (uint64_t)INT64_MAX);
	case PR_GET_CHILD_SUBREAPER:
		return number_write(a[1], proc->subreaper);
	case PR_GET_NO_NEW_PRIVS:
		if (a[1] != 0 || a[2] != 0 || a[3] != 0 || a[4] != 0)
			return -EINVAL;
		return atomic_load_relaxed(&proc->no_new_rights);
	case PR_GET_TID_ADDRESS:
		return word_write(a[1], proc_thread_this()->clear_tid);
	default:
		return set(proc, (uint32_t)a[0], a);
	}
}
