/*
 * A flattened device tree (Devicetree specification 0.4, chapter 5), read in
 * place.  devtree_open checks all of it; after that no reading can fail, so
 * the rest has no errors to return.  Pure: builds on the host too.
 *
 *	header | memory reservations | structure block | strings block
 *
 *	structure: BEGIN_NODE name (PROP len name-offset bytes)* nodes END_NODE
 */
#pragma once

#include "core/base/params.h"
#include "core/base/types.h"

/* Where its blocks are.  All fields [c]. */
struct devtree {
	const uint8_t *blob;
	uint32_t nbytes;
	uint32_t reservations;	/* offsets of the blocks in the blob */
	uint32_t structure, structure_end;
	uint32_t strings;
};

/* What a node says about the addresses of its children. */
struct devtree_bus {
	uint32_t address_cells, size_cells;
	uint32_t node;		/* offset of the node's properties */
};

/*
 * A walk over all nodes, parents first.  After devtree_next the fields tell
 * of the node it has come to.
 */
struct devtree_walk {
	const struct devtree *tree;
	const char *name;
	uint32_t node;		/* offset of its properties: names the node */
	uint32_t next;		/* offset of what follows them */
	int depth;		/* 0: the root */
	struct devtree_bus buses[DEVTREE_DEPTH_MAX];	/* by depth */
};

/* A property: bytes in the blob, big endian. */
struct devtree_property {
	const uint8_t *bytes;
	uint32_t len;
};

/*
 * returns: NULL if the blob is a sound device tree of at most `max` bytes;
 *          else a sentence saying what is wrong with it
 */
const char *devtree_open(struct devtree *tree, const void *blob, size_t max);

/* The blob's memory reservation number `i`.  returns: whether there is one */
bool devtree_reservation(const struct devtree *tree, uint32_t i,
    uint64_t *start, uint64_t *len);

void devtree_start(struct devtree_walk *walk, const struct devtree *tree);
bool devtree_next(struct devtree_walk *walk);

/* A property of node `node`.  returns: whether it has it */
bool devtree_find(const struct devtree *tree, uint32_t node, const char *name,
    struct devtree_property *property);

/* Cell number `i` of a property; 0 beyond its end. */
uint32_t devtree_cell(const struct devtree_property *property, uint32_t i);
/* A property that is one cell; `missing` if the node has none. */
uint32_t devtree_u32(const struct devtree *tree, uint32_t node,
    const char *name, uint32_t missing);
/* A property that is a string; NULL if the node has none. */
const char *devtree_string(const struct devtree *tree, uint32_t node,
    const char *name);
/* Whether a property that is a list of strings has `value` among them. */
bool devtree_list_has(const struct devtree *tree, uint32_t node,
    const char *name, const char *value);
/* Whether the node is in use: no status, or "okay". */
bool devtree_okay(const struct devtree *tree, uint32_t node);

/*
 * Range number `i` of the walk's node's reg, as the processor sees it.
 * returns: whether there is one, and the buses above it lead to the root
 */
bool devtree_reg(const struct devtree_walk *walk, uint32_t i, uint64_t *start,
    uint64_t *len);

/* The node of a full path of `len` bytes ("/soc/serial@10000000").
 * returns: its offset; 0 if there is none */
uint32_t devtree_path(const struct devtree *tree, const char *path,
    size_t len);
