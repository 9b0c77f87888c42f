/*
 * Operations on a few spaces, as data; the kernel that performs them; and a
 * model that says what must come out.
 *
 *	op ----> op_run ----> result        what the kernel did
 *	  \                     |
 *	   +--> model_apply <---+           whether that is right
 *
 * The model is naive on purpose: for each space an array of cells, for each
 * cell its rights and its bytes.  A cell is one page, or in the real geometry
 * a stretch of pages between two of a set of places, of which only the first
 * is ever touched.  Of a page the first and the last 32 bytes are looked at,
 * which in a small world are all there are.
 */
#pragma once

#include "core/base/params.h"
#include "core/base/types.h"
#include "core/cpu/sv39.h"

#define SPACES		4
#define OBJECTS		8
#define OBJECT_PAGES	12
#define CELLS_MAX	256
#define CELL_BYTES	64
#define COPY_MAX	192
#define SQUEEZE_MAX	4096
#define NOWHERE		USER_END, USER_END	/* pc and sp of no thread */

enum op_kind {
	OP_LOAD, OP_STORE, OP_EXECUTE,
	OP_ENTER, OP_FORK, OP_CREATE, OP_DESTROY,
	OP_MAP_ANON, OP_MAP_OBJECT, OP_UNMAP,
	OP_PROTECT, OP_MOVE, OP_DISCARD, OP_POPULATE, OP_FIND_GAP, OP_RUNS,
	OP_USER_READ, OP_USER_WRITE, OP_USER_STRING,
	OP_REMOTE_READ, OP_REMOTE_WRITE,
	OP_OBJECT_CREATE, OP_OBJECT_PUT, OP_RESIZE, OP_WRITE_BACK, OP_EVICT,
	OP_DRAIN, OP_RECLAIM, OP_REAP,
	OP_SQUEEZE, OP_RELAX, OP_FAIL_ALLOC, OP_FAIL_FILL,
	OP_BAD_RANGE, OP_WILD,
	OP_KINDS
};

/* Any bytes are an operation: what does not make sense is not performed. */
struct op {
	uint8_t kind;
	uint8_t hart;
	uint8_t space;		/* slot */
	uint8_t other;		/* slot: of a child, an object */
	uint16_t cell, last;	/* first and last cell */
	uint8_t prot;
	uint8_t value;		/* a byte, an offset, options, ... */
	uint16_t number;
};

struct result {
	bool ran;
	bool excused;		/* an error may come from want of memory, a disk */
	int64_t err;
	size_t done;
	vaddr_t gap;
	uint64_t hash;		/* of all runs */
	bool starved;		/* there was not one frame more for it */
	uint8_t data[COPY_MAX];
};

enum cell_kind { CELL_NONE, CELL_ANON, CELL_PRIVATE, CELL_SHARED };

struct cell {
	uint8_t kind;
	uint8_t prot;
	uint8_t written;	/* of a private one: its bytes are its own */
	uint8_t never;		/* of a shared one: never to be written */
	uint8_t object;		/* slot */
	uint32_t index;		/* page of the object */
	uint8_t bytes[CELL_BYTES];
};

struct model_object {
	bool used, held;
	bool clean;		/* what is written to it is lost */
	uint32_t npages;
	uint32_t number;	/* the kernel's, while it lives */
	uint8_t bytes[OBJECT_PAGES][CELL_BYTES];
};

struct model {
	bool live[SPACES];
	uint8_t options[SPACES];
	int8_t runs[HARTS_MAX];		/* slot each hart runs; -1: none */
	struct cell cells[SPACES][CELLS_MAX];
	struct model_object objects[OBJECTS];
};

/* Where cells are. */
struct place {
	uint64_t page;
	uint64_t npages;
};
extern struct place places[CELLS_MAX];
extern uint32_t nplaces;

/* The kernel's side. */
struct world {
	struct space *spaces[SPACES];
	struct object *objects[OBJECTS];	/* held ones */
	struct frame *squeezed[SQUEEZE_MAX];
	uint32_t nsqueezed;
};
extern struct world world;
extern struct model model;

/* Build places, start the machine. */
void world_start(uint32_t nframes, uint32_t nharts);
/* Give everything back; the frame count must be what it was at the start. */
void world_end(void);

struct op op_normal(struct op op);
void op_run(const struct op *op, struct result *result);
bool model_apply(struct model *model, const struct op *op,
    const struct result *result);

/* Forget objects that nobody names or maps any more. */
void model_reap(struct model *model);

/* Run, apply to the one model, and check all invariants. */
void op_step(const struct op *op);
/* Views of every space are compared after every `n`th step. */
extern uint32_t full_every;

/* The range of addresses an operation is about. */
vaddr_t op_start(const struct op *op);
uint64_t op_len(const struct op *op);
/* Bytes a gap is looked for. */
uint64_t op_gap_len(const struct op *op);
/* Operations on objects: the kernel's side. */
void run_object(const struct op *op, struct result *result);
/* Whether every object is in use, dead ones that wait for the reaper too. */
bool objects_used_up(void);
/* The next `n` fills or stores of an object's page fail. */
void fills_fail(uint32_t n);
/* Whether one did since this was called last. */
bool fill_failed(void);
/* Whether every cell of a range is one page. */
bool op_is_small(const struct op *op);
/* Where a range is to be moved. */
uint32_t op_target(const struct op *op);
/* Mix a run into a hash. */
uint64_t run_hash(uint64_t hash, vaddr_t start, vaddr_t end, uint32_t how,
    uint32_t object, uint32_t page);
/* Of model.c, for ranges. */
bool model_apply_range(struct model *model, const struct op *op,
    const struct result *result);
bool model_excuses(const struct result *result);
int cell_error(const struct model *model, const struct cell *cell,
    enum access access);
/* Whether a mapping replaces what is there. */
bool op_replaces(const struct op *op);
/* Whether a move leaves fresh memory behind. */
bool op_leaves(const struct op *op);
/* How many bytes a copy is to move; what an object's page is filled with. */
size_t op_copy_len(const struct op *op);
uint8_t op_fill_byte(uint32_t slot, uint32_t index, uint32_t byte);

/* As text, one line. */
void op_print(const struct op *op);

/* The n-th allocation from now on fails (1: the next); 0: none does.
 * `once`: the ones after it succeed again. */
void alloc_fail(uint32_t n, bool once);
/* Whether it did. */
bool alloc_failed(void);
/* Whether some allocation since alloc_fail gave no frame, for any reason. */
bool alloc_gave_nothing(void);
/* Whether allocations are failing for want of frames. */
bool memory_is_short(void);

/* An address inside a cell: `byte` 0 .. CELL_BYTES - 1. */
vaddr_t cell_addr(uint32_t cell, uint32_t byte);
/* What a model's cell shows. returns: the bytes; NULL if it cannot be read */
const uint8_t *cell_bytes(const struct model *model, const struct cell *cell);
