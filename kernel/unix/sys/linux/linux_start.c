#include "unix/sys/linux/linux_start.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/string.h"
#include "core/cpu/sv39.h"
#include "core/vm/user.h"
#include "unix/dev/random.h"
#include "unix/fs/credentials.h"
#include "unix/proc/exec.h"
#include "unix/proc/memory.h"
#include "unix/sys/linux/vdso.h"

#define STACK_ALIGN	16	/* RISC-V calling convention */
#define RANDOM_BYTES	16	/* for stack protectors and the like */

/* Linux's names and numbers (uapi/linux/auxvec.h, asm/auxvec.h). */
enum {
	AT_NULL = 0, AT_PHDR = 3, AT_PHENT = 4, AT_PHNUM = 5, AT_PAGESZ = 6,
	AT_BASE = 7, AT_FLAGS = 8, AT_ENTRY = 9, AT_UID = 11, AT_EUID = 12,
	AT_GID = 13, AT_EGID = 14, AT_HWCAP = 16, AT_CLKTCK = 17,
	AT_SECURE = 23, AT_RANDOM = 25, AT_EXECFN = 31, AT_SYSINFO_EHDR = 33,
	AT_MINSIGSTKSZ = 51,
};

#define HWCAP_BIT(letter)	(1u << ((letter) - 'a'))
#define HWCAP	(HWCAP_BIT('i') | HWCAP_BIT('m') | HWCAP_BIT('a') | \
		HWCAP_BIT('f') | HWCAP_BIT('d') | HWCAP_BIT('c'))
#define CLOCK_TICKS	100	/* a second, in times(2) and /proc */
#define PROGRAM_HEADER_BYTES 56
#define SIGNAL_STACK_BYTES 2048	/* a frame of linux_signal, with room */

#define AUXV_MAX	24

struct auxv {
	uint64_t pairs[AUXV_MAX][2];
	uint32_t n;
};

/* Where the parts go, from the top of the stack down. */
struct start_layout {
	vaddr_t path, environment, arguments, random, auxv, pointers;
};

static void
auxv_add(struct auxv *auxv, uint64_t type, uint64_t value)
{
	auxv->pairs[auxv->n][0] = type;
	auxv->pairs[auxv->n][1] = value;
	auxv->n++;
}

static void
auxv_fill(struct auxv *auxv, const struct exec_start *start,
    const struct start_layout *where)
{
	const struct credentials *who = start->credentials;
	vaddr_t vdso = start->memory->layout.vdso;

	auxv->n = 0;
	if (vdso != 0)
		auxv_add(auxv, AT_SYSINFO_EHDR, vdso);
	auxv_add(auxv, AT_HWCAP, HWCAP);
	auxv_add(auxv, AT_PAGESZ, PAGE_BYTES);
	auxv_add(auxv, AT_CLKTCK, CLOCK_TICKS);
	auxv_add(auxv, AT_PHDR, start->headers);
	auxv_add(auxv, AT_PHENT, PROGRAM_HEADER_BYTES);
	auxv_add(auxv, AT_PHNUM, start->nheaders);
	auxv_add(auxv, AT_BASE, start->linker);
	auxv_add(auxv, AT_FLAGS, 0);
	auxv_add(auxv, AT_ENTRY, start->entry);
	auxv_add(auxv, AT_UID, who->uid);
	auxv_add(auxv, AT_EUID, who->euid);
	auxv_add(auxv, AT_GID, who->gid);
	auxv_add(auxv, AT_EGID, who->egid);
	auxv_add(auxv, AT_SECURE, start->secure);
	auxv_add(auxv, AT_RANDOM, where->random);
	auxv_add(auxv, AT_EXECFN, where->path);
	auxv_add(auxv, AT_MINSIGSTKSZ, SIGNAL_STACK_BYTES);
	auxv_add(auxv, AT_NULL, 0);
	ASSERT(auxv->n <= AUXV_MAX);
}

/*
 * Lay it all out.
 * returns: 0; -E2BIG if it is more than may be, or than the stack
 */
static int
start_measure(struct exec_start *start, struct start_layout *where)
{
	struct memory_layout *layout = &start->memory->layout;
	uint64_t npointers = 3ull + start->arguments->count +
	    start->environment->count;
	uint64_t bytes = start->arguments->bytes + start->environment->bytes;
	uint64_t path_bytes = strlen(start->path) + 1;
	uint64_t most = layout->stack_end - layout->stack_start;

	bytes += npointers * sizeof(vaddr_t) + path_bytes;
	if (bytes > start->strings_bytes_max || bytes + PAGE_BYTES > most)
		return -E2BIG;
	where->path = layout->stack_end - sizeof(uint64_t) - path_bytes;
	where->environment = where->path - start->environment->bytes;
	where->arguments = where->environment - start->arguments->bytes;
	where->random = ROUND_DOWN(where->arguments - RANDOM_BYTES,
	    STACK_ALIGN);
	where->auxv = where->random - sizeof(((struct auxv *)0)->pairs);
	where->pointers = ROUND_DOWN(where->auxv - npointers * sizeof(vaddr_t),
	    STACK_ALIGN);
	/* The vector follows the pointers at once. */
	where->auxv = where->pointers + npointers * sizeof(vaddr_t);

	layout->arguments = where->arguments;
	layout->arguments_end = layout->environment = where->environment;
	layout->environment_end = where->path;
	layout->auxv = where->auxv;
	return 0;
}

/* Write strings to `to`, and pointers to them, and NULL, from *slot on. */
static int
strings_place(const struct strings *strings, vaddr_t to, vaddr_t *slot)
{
	struct strings_cursor cursor = strings_start(strings);
	vaddr_t end = 0;
	int err = 0;

	for (uint32_t i = 0; i < strings->count && err == 0; i++) {
		uint64_t len = strings_length(&cursor);

		err = strings_write(&cursor, to, len);
		if (err == 0)
			err = user_write(*slot, &to, sizeof(to), NULL);
		*slot += sizeof(to);
		to += len;
	}
	if (err == 0)
		err = user_write(*slot, &end, sizeof(end), NULL);
	*slot += sizeof(end);
	return err;
}

static int
start_write(const struct exec_start *start, const struct start_layout *where)
{
	uint64_t argc = start->arguments->count;
	uint8_t random[RANDOM_BYTES];
	vaddr_t slot = where->pointers;
	struct auxv auxv;
	int err;

	err = user_write(slot, &argc, sizeof(argc), NULL);
	slot += sizeof(argc);
	if (err == 0)
		err = strings_place(start->arguments, where->arguments, &slot);
	if (err == 0)
		err = strings_place(start->environment, where->environment,
		    &slot);
	if (err == 0)
		err = user_write(where->path, start->path,
		    strlen(start->path) + 1, NULL);
	random_bytes(random, sizeof(random));
	if (err == 0)
		err = user_write(where->random, random, sizeof(random), NULL);
	auxv_fill(&auxv, start, where);
	start->memory->layout.auxv_end = where->auxv +
	    auxv.n * sizeof(auxv.pairs[0]);
	if (err == 0)
		err = user_write(where->auxv, auxv.pairs,
		    auxv.n * sizeof(auxv.pairs[0]), NULL);
	return err;
}

int
linux_start_stack(struct exec_start *start)
{
	struct start_layout where;
	int err = start_measure(start, &where);

	if (err != 0)
		return err;
	err = vdso_map(start->memory->space, start->memory->layout.vdso);
	if (err != 0)
		return err;
	start->sp = where.pointers;
	return start_write(start, &where);
}
