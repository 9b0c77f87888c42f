/*
 * The reader of unwind tables (core/cpu/unwind.h), fed by hand: tables like
 * gcc's, clang's and trap.S's, then tables that make no sense, cut short and
 * mutated at random.  Under ASan, with no byte to spare around the tables and
 * the stack, so that reading anything else is found.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cpu/hart.h"
#include "core/cpu/unwind.h"
#include "core/cpu/unwind_table.h"

#define RA	UNWIND_RA
#define SP	UNWIND_SP
#define S0	UNWIND_S0
#define BIT(n)	(1u << (n))

#define STACK_WORDS	64
#define TABLE_BYTES	512
#define CODE_BYTES	64		/* of the function */
#define FUNCTION	0x1000		/* where it is, from the table on */
#define MUTANTS		200000

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			printf("unwind: line %d: not so: %s\n", __LINE__, \
			    #condition); \
			exit(1); \
		} \
	} while (0)

static uint64_t *stack;

bool
hart_stack_contains(vaddr_t sp)
{
	return sp >= (vaddr_t)stack && sp < (vaddr_t)(stack + STACK_WORDS);
}

/* A table while it is written: `from` is the entry begun last. */
struct writer {
	uint8_t bytes[TABLE_BYTES];
	size_t len, from, cie;
};

static void
put(struct writer *to, uint64_t value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to->bytes[to->len++] = (uint8_t)(value >> 8 * i);
}

static void
put_program(struct writer *to, const uint8_t *program, size_t len)
{
	memcpy(to->bytes + to->len, program, len);
	to->len += len;
}

/* Fill the entry up to `align` bytes and write its length. */
static void
end_entry(struct writer *to, size_t align)
{
	size_t len;

	while ((to->len - to->from) % align != 0)
		to->bytes[to->len++] = 0;
	len = to->len - to->from - 4;
	for (size_t i = 0; i < 4; i++)
		to->bytes[to->from + i] = (uint8_t)(len >> 8 * i);
}

/* What differs between CIEs; the program comes after it. */
struct head {
	uint8_t version;
	const char *augmentation;
	uint8_t data_unit;	/* LEB128 of it: 0x7c is -4, 0x78 is -8 */
	uint8_t return_column;
	uint8_t encoding;
};

static const struct head gcc = { 3, "zR", 0x7c, RA, 0x1b };
static const struct head clang = { 1, "zR", 0x78, RA, 0x1b };
static const struct head trap = { 3, "zRS", 0x7c, 64, 0x1b };

static void
put_cie(struct writer *to, const struct head *head, const uint8_t *program,
    size_t len)
{
	to->from = to->cie = to->len;
	put(to, 0, 8);
	put(to, head->version, 1);
	put_program(to, (const uint8_t *)head->augmentation,
	    strlen(head->augmentation) + 1);
	put(to, 1, 1);
	put(to, head->data_unit, 1);
	put(to, head->return_column, 1);
	put(to, 1, 1);
	put(to, head->encoding, 1);
	put_program(to, program, len);
	end_entry(to, 4);
}

/* A function at `place` from the table on. */
static void
put_fde(struct writer *to, uint64_t place, const uint8_t *program, size_t len)
{
	to->from = to->len;
	put(to, 0, 4);
	put(to, to->len - to->cie, 4);
	put(to, place - to->len, 4);
	put(to, CODE_BYTES, 4);
	put(to, 0, 1);
	put_program(to, program, len);
	end_entry(to, 4);
}

#define PROGRAM(...) \
	(const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })

/* Instructions, as DWARF numbers them. */
#define ADVANCE(n)	(0x40 | (n))
#define KEPT(r, n)	(0x80 | (r)), (n)
#define UNTOUCHED(r)	(0xc0 | (r))
#define ADVANCE1(n)	0x02, (n)
#define ADVANCE2(n)	0x03, (n), 0
#define ADVANCE4(n)	0x04, (n), 0, 0, 0
#define KEPT_LONG(r, n)	0x05, (r), (n)
#define UNTOUCHED_LONG(r) 0x06, (r)
#define LOST(r)		0x07, (r)
#define REMEMBER	0x0a
#define RECALL		0x0b
#define CFA(r, n)	0x0c, (r), (n)
#define CFA_REGISTER(r)	0x0d, (r)
#define CFA_OFFSET(n)	0x0e, (n)

#define GCC_START	PROGRAM(CFA_REGISTER(SP))
#define CLANG_START	PROGRAM(CFA(SP, 0))

/* `len` bytes of a table, copied so that nothing stands around them. */
static struct unwind_table
table_alone(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len);

	CHECK(copy != NULL || len == 0);
	memcpy(copy, bytes, len);
	return (struct unwind_table){ copy, copy + len };
}

/* In the middle of the stack, all registers known; words say where they are. */
static struct unwind
start(void)
{
	struct unwind at = { .known = ~1u };

	for (size_t i = 0; i < STACK_WORDS; i++)
		stack[i] = 1000 + i;
	for (uint32_t i = 1; i < UNWIND_REGISTERS; i++)
		at.x[i] = 100 + i;
	at.x[SP] = (uint64_t)(stack + 16);
	at.x[S0] = (uint64_t)(stack + 24);
	return at;
}

/* One step from `pc` bytes into the function of the table. */
static bool
step(const struct writer *from, uint64_t pc, struct unwind *at)
{
	struct unwind_table table = table_alone(from->bytes, from->len);
	struct unwind before;
	bool stepped;

	at->pc = (vaddr_t)table.start + FUNCTION + pc;
	before = *at;
	stepped = unwind_step(&table, at);
	CHECK(stepped || memcmp(&before, at, sizeof(before)) == 0);
	free((void *)table.start);
	return stepped;
}

/* The words of a frame that ends at `word` of the stack. */
#define FRAME_END(word)	((uint64_t)(stack + (word)))

/* A function as gcc writes it, with an end in the middle. */
static void
test_gcc(void)
{
	struct writer to = { .len = 0 };
	struct unwind at;

	put_cie(&to, &gcc, GCC_START);
	put_fde(&to, FUNCTION + CODE_BYTES, PROGRAM(0x3f));
	put_fde(&to, FUNCTION, PROGRAM(ADVANCE(2), CFA_OFFSET(32), ADVANCE(6),
	    KEPT(RA, 2), KEPT(S0, 4), ADVANCE1(8), REMEMBER, UNTOUCHED(RA),
	    ADVANCE2(2), UNTOUCHED_LONG(S0), CFA_OFFSET(0), ADVANCE4(2),
	    RECALL));
	for (uint64_t pc = 0; pc < CODE_BYTES; pc++) {
		bool frame = pc >= 2 && (pc < 18 || pc >= 20);
		bool kept_ra = pc >= 8 && (pc < 16 || pc >= 20);
		bool kept_s0 = pc >= 8 && (pc < 18 || pc >= 20);

		at = start();
		CHECK(step(&to, pc, &at));
		CHECK(at.x[SP] == FRAME_END(frame ? 20 : 16));
		CHECK(at.pc == (kept_ra ? 1019 : 101) - 1);
		CHECK(at.x[S0] == (kept_s0 ? 1018 : FRAME_END(24)));
		CHECK(at.x[9] == 109 && at.x[18] == 118 && at.x[27] == 127);
		/* What a call may have changed is not known any more. */
		CHECK(at.known == 0x0ffc0304);
	}
	at = start();
	CHECK(!step(&to, (uint64_t)-1, &at));
	CHECK(!step(&to, 2 * CODE_BYTES, &at));
}

/* clang's, whose frame ends where s0 says. */
static void
test_clang(void)
{
	struct writer to = { .len = 0 };
	struct unwind at = start();

	put_cie(&to, &clang, CLANG_START);
	put_fde(&to, FUNCTION, PROGRAM(ADVANCE(2), CFA_OFFSET(112), ADVANCE(8),
	    KEPT(RA, 9), KEPT(S0, 10), ADVANCE(2), CFA(S0, 64)));
	CHECK(step(&to, 12, &at));
	CHECK(at.x[SP] == FRAME_END(32) && at.pc == 1023 - 1);
	CHECK(at.x[S0] == 1022);
	at = start();
	at.known &= ~BIT(S0);
	CHECK(!step(&to, 12, &at));
	CHECK(step(&to, 11, &at) && at.x[SP] == FRAME_END(30));
}

/* A trap's frame: what was interrupted stands where it was, ra with it. */
static void
test_trap(void)
{
	struct writer to = { .len = 0 };
	struct unwind at = start();

	put_cie(&to, &trap, PROGRAM(CFA_REGISTER(SP), CFA_OFFSET(64),
	    KEPT_LONG(64, 2), KEPT(RA, 16), KEPT(S0, 14)));
	put_fde(&to, FUNCTION, PROGRAM(0));
	CHECK(step(&to, 0, &at));
	CHECK(at.x[SP] == FRAME_END(24) && at.pc == 1023);
	CHECK(at.x[RA] == 1016 && at.x[S0] == 1017);
	CHECK(at.known == (0x0ffc0304 | BIT(RA)));
}

/* A row that says where the caller is not. */
static void
test_end(void)
{
	struct writer to = { .len = 0 };
	struct unwind at = start();

	put_cie(&to, &gcc, GCC_START);
	put_fde(&to, FUNCTION, PROGRAM(ADVANCE(2), LOST(RA), ADVANCE(2),
	    KEPT(RA, 2), CFA_OFFSET(32), ADVANCE(2), LOST(RA), ADVANCE(2),
	    UNTOUCHED(RA)));
	CHECK(step(&to, 0, &at));
	/* A call came before, so ra is where that returned to. */
	CHECK(!step(&to, 0, &at));
	at = start();
	CHECK(!step(&to, 2, &at) && step(&to, 4, &at));
	at = start();
	CHECK(!step(&to, 6, &at) && step(&to, 8, &at) && at.pc == 101 - 1);
}

/* returns: whether a function of that program and head leads anywhere */
static bool
leads(const struct head *head, const uint8_t *program, size_t len)
{
	struct writer to = { .len = 0 };
	struct unwind at = start();

	put_cie(&to, head, GCC_START);
	put_fde(&to, FUNCTION, program, len);
	return step(&to, 32, &at);
}

static void
test_absurd_rows(void)
{
	CHECK(leads(&gcc, PROGRAM(CFA_OFFSET(32), KEPT(RA, 2))));
	/* Kept beyond the stack's ends, or between two words. */
	CHECK(leads(&gcc, PROGRAM(KEPT(RA, 32))));
	CHECK(!leads(&gcc, PROGRAM(KEPT(RA, 34))));
	CHECK(leads(&gcc, PROGRAM(0x0e, 0xf8, 0x02, KEPT(RA, 0))));
	CHECK(!leads(&gcc, PROGRAM(0x0e, 0x80, 0x03, KEPT(RA, 0))));
	CHECK(!leads(&gcc, PROGRAM(CFA_OFFSET(32), KEPT(RA, 1))));
	/* A frame that ends between two words, or below where it begins. */
	CHECK(!leads(&gcc, PROGRAM(CFA_OFFSET(4))));
	CHECK(!leads(&gcc, PROGRAM(CFA(9, 0))));
	CHECK(!leads(&gcc, PROGRAM(0x0e, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0x01)));
	/* Registers there are not. */
	CHECK(!leads(&gcc, PROGRAM(KEPT(0, 2))));
	CHECK(!leads(&gcc, PROGRAM(KEPT(32, 2))));
	CHECK(!leads(&gcc, PROGRAM(CFA(65, 0))));
	CHECK(!leads(&gcc, PROGRAM(CFA(64, 0))));
	CHECK(!leads(&gcc, PROGRAM(LOST(0))));
	CHECK(!leads(&gcc, PROGRAM(UNTOUCHED(40))));
	/* Nothing to recall, twice remembered, a number without end. */
	CHECK(!leads(&gcc, PROGRAM(RECALL)));
	CHECK(!leads(&gcc, PROGRAM(REMEMBER, RECALL, RECALL)));
	CHECK(!leads(&gcc, PROGRAM(REMEMBER, REMEMBER)));
	CHECK(leads(&gcc, PROGRAM(REMEMBER, RECALL, REMEMBER, RECALL)));
	CHECK(!leads(&gcc, PROGRAM(0x0e, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
	    0x80, 0x80, 0x80, 0x80, 0x80)));
	CHECK(!leads(&gcc, PROGRAM(0, KEPT(RA, 0x80))));
}

static void
test_unknown_instructions(void)
{
	static const uint8_t known[] = { 0x00, 0x02, 0x03, 0x04, 0x0a };

	for (uint32_t op = 0; op < 0x40; op++) {
		uint8_t program[] = { (uint8_t)op, 0, 0, 0, 0, 0, 0, 0 };
		bool is_known = memchr(known, (int)op, sizeof(known)) != NULL ||
		    op == 0x0e;

		CHECK(leads(&gcc, program, sizeof(program)) == is_known);
		/* What comes after the row is of no interest. */
		CHECK(leads(&gcc, PROGRAM(ADVANCE(33), (uint8_t)op)));
	}
}

static void
test_unknown_heads(void)
{
	static const struct head wrong[] = {
		{ 2, "zR", 0x7c, RA, 0x1b },
		{ 3, "", 0x7c, RA, 0x1b },
		{ 3, "R", 0x7c, RA, 0x1b },
		{ 3, "zPLR", 0x7c, RA, 0x1b },
		{ 3, "zRB", 0x7c, RA, 0x1b },
		{ 3, "zR", 0x7c, 0, 0x1b },
		{ 3, "zR", 0x7c, 99, 0x1b },
		{ 3, "zR", 0x7c, 64, 0x1b },
		{ 3, "zR", 0x7c, RA, 0x00 },
		{ 3, "zR", 0x7c, RA, 0x3b },
	};

	CHECK(leads(&gcc, PROGRAM(0)));
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		CHECK(!leads(&wrong[i], PROGRAM(0)));
}

static void
write_all(struct writer *to)
{
	put_cie(to, &gcc, GCC_START);
	put_fde(to, FUNCTION + CODE_BYTES, PROGRAM(0));
	put_fde(to, FUNCTION, PROGRAM(ADVANCE(2), CFA_OFFSET(32), KEPT(RA, 2),
	    KEPT(S0, 4), ADVANCE1(8), REMEMBER, UNTOUCHED(RA), ADVANCE2(2),
	    UNTOUCHED_LONG(S0), CFA(SP, 0), ADVANCE4(2), RECALL,
	    KEPT_LONG(9, 6), LOST(18), ADVANCE(20), CFA(S0, 0)));
	put(to, 0, 4);
	put_cie(to, &gcc, GCC_START);
	put_fde(to, FUNCTION + 2 * CODE_BYTES, PROGRAM(0));
}

/* Entries whose lengths or links lead out of the table. */
static void
test_broken_tables(void)
{
	struct writer to = { .len = 0 }, broken;
	struct unwind at = start();
	size_t fde;

	CHECK(!step(&to, 0, &at));
	write_all(&to);
	CHECK(step(&to, 30, &at));
	at = start();
	/* Behind the end, which a length of 0 is. */
	CHECK(!step(&to, 2 * CODE_BYTES, &at));
	to.len = 0;
	put_cie(&to, &gcc, GCC_START);
	fde = to.len;
	put_fde(&to, FUNCTION, PROGRAM(0));
	for (size_t len = 0; len < to.len; len++) {
		broken = to;
		broken.len = len;
		CHECK(!step(&broken, 0, &at));
	}
	CHECK(step(&to, 0, &at));
	at = start();
	for (uint32_t back = 1; back < 64; back++) {
		broken = to;
		broken.bytes[fde + 4] = (uint8_t)back;
		CHECK(step(&broken, 0, &at) == (back == fde + 4));
		at = start();
	}
	broken = to;
	broken.bytes[4] = 1;
	CHECK(!step(&broken, 0, &at));
	broken = to;
	memset(broken.bytes + fde, 0xff, 4);
	CHECK(!step(&broken, 0, &at));
	broken = to;
	broken.bytes[fde + 16] = 0x7f;
	CHECK(!step(&broken, 0, &at));
}

static size_t
below(size_t bound)
{
	return (size_t)rand() % bound;
}

/* Anything may come out, but only from where it may be read. */
static void
test_mutants(void)
{
	struct writer to = { .len = 0 };
	uint64_t stepped = 0;

	write_all(&to);
	for (uint32_t i = 0; i < MUTANTS; i++) {
		struct writer mutant = to;
		struct unwind at = start();
		size_t changes = 1 + below(4);

		while (changes-- > 0)
			mutant.bytes[below(to.len)] ^=
			    (uint8_t)(1 << below(8));
		mutant.len = to.len - (below(8) == 0 ?
		    below(to.len) : 0);
		if (!step(&mutant, below(CODE_BYTES), &at))
			continue;
		stepped++;
		CHECK(at.x[SP] >= FRAME_END(16) && at.x[SP] % 8 == 0);
		CHECK((at.known & BIT(SP)) != 0);
	}
	printf("unwind: %u mutants of a table, %lu led on\n", MUTANTS, stepped);
	CHECK(stepped > MUTANTS / 10 && stepped < MUTANTS);
}

int
main(void)
{
	stack = malloc(STACK_WORDS * sizeof(*stack));
	CHECK(stack != NULL);
	test_gcc();
	test_clang();
	test_trap();
	test_end();
	test_absurd_rows();
	test_unknown_instructions();
	test_unknown_heads();
	test_broken_tables();
	test_mutants();
	free(stack);
	return 0;
}
