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

#define AUXV_MAX	24	/* pairs of words */
#define AUXV_BYTES	(AUXV_MAX * 2 * sizeof(uint64_t))
#define WORDS_AT_ONCE	64	/* of most programs all */

/* Where the parts go, from the top of the stack down. */
struct start_layout {
	vaddr_t path, environment, arguments, random, auxv, pointers;
};

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
	where->auxv = where->random - AUXV_BYTES;
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

/* Words on their way to the stack, one after the other, some at a time. */
struct words {
	vaddr_t to;
	uint32_t n;
	int err;
	uint64_t at_hand[WORDS_AT_ONCE];
};

static void
words_flush(struct words *words)
{
	size_t bytes = words->n * sizeof(words->at_hand[0]);

	if (words->err == 0)
		words->err = user_write(words->to, words->at_hand, bytes, NULL);
	words->to += bytes;
	words->n = 0;
}

static void
word_put(struct words *words, uint64_t word)
{
	if (words->n == WORDS_AT_ONCE)
		words_flush(words);
	words->at_hand[words->n++] = word;
}

static void
auxv_add(struct words *words, uint64_t type, uint64_t value)
{
	words->at_hand[words->n] = type;
	words->at_hand[words->n + 1] = value;
	words->n += 2;
}

static void
auxv_write(struct words *words, const struct exec_start *start,
    const struct start_layout *where)
{
	const struct credentials *who = start->credentials;
	vaddr_t vdso = start->memory->layout.vdso;

	/* There is room for all of it then. */
	if (words->n > WORDS_AT_ONCE - 2 * AUXV_MAX)
		words_flush(words);
	if (vdso != 0)
		auxv_add(words, AT_SYSINFO_EHDR, vdso);
	auxv_add(words, AT_HWCAP, HWCAP);
	auxv_add(words, AT_PAGESZ, PAGE_BYTES);
	auxv_add(words, AT_CLKTCK, CLOCK_TICKS);
	auxv_add(words, AT_PHDR, start->headers);
	auxv_add(words, AT_PHENT, PROGRAM_HEADER_BYTES);
	auxv_add(words, AT_PHNUM, start->nheaders);
	auxv_add(words, AT_BASE, start->linker);
	auxv_add(words, AT_FLAGS, 0);
	auxv_add(words, AT_ENTRY, start->entry);
	auxv_add(words, AT_UID, who->uid);
	auxv_add(words, AT_EUID, who->euid);
	auxv_add(words, AT_GID, who->gid);
	auxv_add(words, AT_EGID, who->egid);
	auxv_add(words, AT_SECURE, start->secure);
	auxv_add(words, AT_RANDOM, where->random);
	auxv_add(words, AT_EXECFN, where->path);
	auxv_add(words, AT_MINSIGSTKSZ, SIGNAL_STACK_BYTES);
	auxv_add(words, AT_NULL, 0);
	words_flush(words);
	ASSERT(words->to <= where->auxv + AUXV_BYTES);
}

/* Write strings to `to`, and pointers to them, and NULL, to `words`. */
static int
strings_place(const struct strings *strings, vaddr_t to, struct words *words)
{
	struct strings_cursor cursor = strings_start(strings);
	vaddr_t at = to;

	for (uint32_t i = 0; i < strings->count; i++) {
		uint64_t len = strings_length(&cursor);

		word_put(words, at);
		strings_skip(&cursor, len);
		at += len;
	}
	word_put(words, 0);
	cursor = strings_start(strings);
	return strings_write(&cursor, to, strings->bytes);
}

/* The pointers, and the vector that follows them. */
static int
words_write(struct exec_start *start, const struct start_layout *where)
{
	struct words words = { .to = where->pointers };
	int err;

	word_put(&words, start->arguments->count);
	err = strings_place(start->arguments, where->arguments, &words);
	if (err == 0)
		err = strings_place(start->environment, where->environment,
		    &words);
	auxv_write(&words, start, where);
	start->memory->layout.auxv_end = words.to;
	return err != 0 ? err : words.err;
}

static int
start_write(struct exec_start *start, const struct start_layout *where)
{
	uint8_t random[RANDOM_BYTES];
	int err;

	err = words_write(start, where);
	if (err == 0)
		err = user_write(where->path, start->path,
		    strlen(start->path) + 1, NULL);
	random_bytes(random, sizeof(random));
	if (err == 0)
		err = user_write(where->random, random, sizeof(random), NULL);
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
