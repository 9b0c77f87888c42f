#include "core/cpu/devtree.h"

#include "core/base/string.h"

#define FDT_MAGIC	0xd00dfeed
#define FDT_VERSION	17	/* the version this reads */

/* Tokens of the structure block. */
#define FDT_BEGIN_NODE	1
#define FDT_END_NODE	2
#define FDT_PROP	3
#define FDT_NOP		4
#define FDT_END		9

#define CELL_BYTES	4

/* Header fields, as numbers of cells. */
enum {
	HEADER_MAGIC,
	HEADER_BYTES,
	HEADER_STRUCTURE,
	HEADER_STRINGS,
	HEADER_RESERVATIONS,
	HEADER_VERSION,
	HEADER_COMPATIBLE,
	HEADER_BOOT_CPU,
	HEADER_STRINGS_BYTES,
	HEADER_STRUCTURE_BYTES,
	HEADER_CELLS,
};

static uint32_t
read_cell(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	    (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint64_t
read_cells(const uint8_t *bytes, uint32_t ncells)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < ncells; i++)
		value = value << 32 | read_cell(bytes + i * CELL_BYTES);
	return value;
}

static uint32_t
token_at(const struct devtree *tree, uint32_t offset)
{
	return read_cell(tree->blob + offset);
}

/* The offset after a BEGIN_NODE's or PROP's contents. */
static uint32_t
after_name(const struct devtree *tree, uint32_t offset)
{
	const char *name = (const char *)tree->blob + offset + CELL_BYTES;

	return (uint32_t)ROUND_UP(offset + CELL_BYTES + strlen(name) + 1,
	    CELL_BYTES);
}

static uint32_t
after_property(const struct devtree *tree, uint32_t offset)
{
	uint32_t len = token_at(tree, offset + CELL_BYTES);

	return (uint32_t)ROUND_UP(offset + 3 * CELL_BYTES + (uint64_t)len,
	    CELL_BYTES);
}

/* returns: how many bytes the token at `offset` takes; 0 if it is unsound */
static uint64_t
token_check(const struct devtree *tree, uint32_t offset, uint32_t nstrings)
{
	uint64_t room = tree->structure_end - offset, len;
	const char *start = (const char *)tree->blob + offset;
	uint32_t name;

	switch (token_at(tree, offset)) {
	case FDT_NOP:
	case FDT_END_NODE:
	case FDT_END:
		return CELL_BYTES;
	case FDT_BEGIN_NODE:
		len = strnlen(start + CELL_BYTES, room - CELL_BYTES);
		if (len == room - CELL_BYTES)
			return 0;
		return ROUND_UP(CELL_BYTES + len + 1, CELL_BYTES);
	case FDT_PROP:
		if (room < 3 * CELL_BYTES)
			return 0;
		len = token_at(tree, offset + CELL_BYTES);
		name = token_at(tree, offset + 2 * CELL_BYTES);
		if (name >= nstrings ||
		    strnlen((const char *)tree->blob + tree->strings + name,
		    nstrings - name) == nstrings - name)
			return 0;
		return ROUND_UP(3 * CELL_BYTES + len, CELL_BYTES);
	default:
		return 0;
	}
}

/* Every token of the structure block, once: sound, balanced, not too deep. */
static const char *
structure_check(const struct devtree *tree, uint32_t nstrings)
{
	uint32_t offset = tree->structure;
	bool in_properties = false, has_root = false;
	int depth = 0;

	for (;;) {
		uint32_t token;
		uint64_t len;

		if (tree->structure_end - offset < CELL_BYTES)
			return "its structure ends early";
		token = token_at(tree, offset);
		len = token_check(tree, offset, nstrings);
		if (len == 0 || len > tree->structure_end - offset)
			return "its structure is damaged";
		if (token == FDT_END)
			return has_root && depth == 0 ? NULL :
			    "it has nodes without an end";
		if (token == FDT_PROP && !in_properties)
			return "it has a property outside of a node";
		if (token == FDT_BEGIN_NODE &&
		    (++depth > DEVTREE_DEPTH_MAX || (depth == 1 && has_root)))
			return "its nodes nest too deep, or have no root";
		if (token == FDT_END_NODE && --depth < 0)
			return "it has ends without nodes";
		has_root = has_root || depth == 1;
		if (token != FDT_NOP)
			in_properties = token == FDT_BEGIN_NODE ||
			    token == FDT_PROP;
		offset += (uint32_t)len;
	}
}

static const char *
reservations_check(const struct devtree *tree)
{
	uint64_t start, len;

	for (uint32_t i = 0; ; i++) {
		if (tree->reservations + (i + 1) * 16ull > tree->nbytes)
			return "its memory reservations do not end";
		if (!devtree_reservation(tree, i, &start, &len))
			return NULL;
	}
}

const char *
devtree_open(struct devtree *tree, const void *blob, size_t max)
{
	uint32_t header[HEADER_CELLS], nstrings, nstructure;

	if (((uintptr_t)blob & 7) != 0)
		return "it is not aligned";
	if (max < sizeof(header))
		return "there is no room for it";
	for (int i = 0; i < HEADER_CELLS; i++)
		header[i] = read_cell((const uint8_t *)blob + i * CELL_BYTES);
	if (header[HEADER_MAGIC] != FDT_MAGIC)
		return "there is none";
	if (header[HEADER_COMPATIBLE] > FDT_VERSION ||
	    header[HEADER_VERSION] < FDT_VERSION)
		return "its version is unknown";
	nstructure = header[HEADER_STRUCTURE_BYTES];
	nstrings = header[HEADER_STRINGS_BYTES];
	*tree = (struct devtree){
		.blob = blob,
		.nbytes = header[HEADER_BYTES],
		.reservations = header[HEADER_RESERVATIONS],
		.structure = header[HEADER_STRUCTURE],
		.structure_end = header[HEADER_STRUCTURE] + nstructure,
		.strings = header[HEADER_STRINGS],
	};
	if (tree->nbytes > max || tree->nbytes < sizeof(header))
		return "its size makes no sense";
	if ((uint64_t)tree->structure + nstructure > tree->nbytes ||
	    (uint64_t)tree->strings + nstrings > tree->nbytes ||
	    tree->structure % CELL_BYTES != 0 ||
	    tree->reservations % 8 != 0)
		return "its blocks are not inside it";
	if (reservations_check(tree) != NULL)
		return reservations_check(tree);
	return structure_check(tree, nstrings);
}

bool
devtree_reservation(const struct devtree *tree, uint32_t i, uint64_t *start,
    uint64_t *len)
{
	const uint8_t *entry = tree->blob + tree->reservations + i * 16;

	*start = read_cells(entry, 2);
	*len = read_cells(entry + 8, 2);
	return *start != 0 || *len != 0;
}

void
devtree_start(struct devtree_walk *walk, const struct devtree *tree)
{
	*walk = (struct devtree_walk){
		.tree = tree,
		.next = tree->structure,
		.depth = -1,
	};
}

/* The node at hand is about to have children: note their cells. */
static void
bus_note(struct devtree_walk *walk)
{
	walk->buses[walk->depth] = (struct devtree_bus){
		.address_cells = devtree_u32(walk->tree, walk->node,
		    "#address-cells", 2),
		.size_cells = devtree_u32(walk->tree, walk->node,
		    "#size-cells", 1),
		.node = walk->node,
	};
}

bool
devtree_next(struct devtree_walk *walk)
{
	const struct devtree *tree = walk->tree;

	for (;;) {
		uint32_t at = walk->next;

		switch (token_at(tree, at)) {
		case FDT_BEGIN_NODE:
			walk->depth++;
			walk->name = (const char *)tree->blob + at + CELL_BYTES;
			walk->node = walk->next = after_name(tree, at);
			bus_note(walk);
			return true;
		case FDT_END_NODE:
			walk->depth--;
			walk->next = at + CELL_BYTES;
			break;
		case FDT_PROP:
			walk->next = after_property(tree, at);
			break;
		case FDT_NOP:
			walk->next = at + CELL_BYTES;
			break;
		default:
			return false;
		}
	}
}

bool
devtree_find(const struct devtree *tree, uint32_t node, const char *name,
    struct devtree_property *property)
{
	const char *strings = (const char *)tree->blob + tree->strings;
	uint32_t at = node, token;

	while ((token = token_at(tree, at)) == FDT_PROP || token == FDT_NOP) {
		if (token == FDT_NOP) {
			at += CELL_BYTES;
			continue;
		}
		if (strcmp(strings + token_at(tree, at + 2 * CELL_BYTES),
		    name) == 0) {
			property->bytes = tree->blob + at + 3 * CELL_BYTES;
			property->len = token_at(tree, at + CELL_BYTES);
			return true;
		}
		at = after_property(tree, at);
	}
	return false;
}

uint32_t
devtree_cell(const struct devtree_property *property, uint32_t i)
{
	if (i >= property->len / CELL_BYTES)
		return 0;
	return read_cell(property->bytes + i * CELL_BYTES);
}

uint32_t
devtree_u32(const struct devtree *tree, uint32_t node, const char *name,
    uint32_t missing)
{
	struct devtree_property property;

	if (!devtree_find(tree, node, name, &property) ||
	    property.len != CELL_BYTES)
		return missing;
	return devtree_cell(&property, 0);
}

const char *
devtree_string(const struct devtree *tree, uint32_t node, const char *name)
{
	struct devtree_property property;

	if (!devtree_find(tree, node, name, &property) || property.len == 0 ||
	    property.bytes[property.len - 1] != '\0')
		return NULL;
	return (const char *)property.bytes;
}

bool
devtree_list_has(const struct devtree *tree, uint32_t node, const char *name,
    const char *value)
{
	struct devtree_property property;
	const char *at, *end;

	if (!devtree_find(tree, node, name, &property) || property.len == 0 ||
	    property.bytes[property.len - 1] != '\0')
		return false;
	at = (const char *)property.bytes;
	for (end = at + property.len; at < end; at += strlen(at) + 1)
		if (strcmp(at, value) == 0)
			return true;
	return false;
}

bool
devtree_okay(const struct devtree *tree, uint32_t node)
{
	const char *status = devtree_string(tree, node, "status");

	return status == NULL || strcmp(status, "okay") == 0 ||
	    strcmp(status, "ok") == 0;
}

/*
 * Translate `*address` from the children of `bus` to the bus above it.
 * returns: false if the bus does not lead there
 */
static bool
bus_translate(const struct devtree *tree, const struct devtree_bus *bus,
    const struct devtree_bus *above, uint64_t *address)
{
	uint32_t child = bus->address_cells, parent = above->address_cells;
	uint32_t size = bus->size_cells;
	uint64_t ncells = (uint64_t)child + parent + size, start, len;
	struct devtree_property ranges;

	if (!devtree_find(tree, bus->node, "ranges", &ranges))
		return false;
	if (ranges.len == 0)
		return true;
	if (child > 2 || parent > 2 || size > 2 || ncells == 0)
		return false;
	for (uint32_t at = 0; at + ncells * CELL_BYTES <= ranges.len;
	    at += (uint32_t)ncells * CELL_BYTES) {
		start = read_cells(ranges.bytes + at, child);
		len = read_cells(ranges.bytes + at +
		    (child + parent) * CELL_BYTES, size);
		if (*address < start || *address - start >= len)
			continue;
		*address += read_cells(ranges.bytes + at + child * CELL_BYTES,
		    parent) - start;
		return true;
	}
	return false;
}

bool
devtree_reg(const struct devtree_walk *walk, uint32_t i, uint64_t *start,
    uint64_t *len)
{
	const struct devtree_bus *bus;
	struct devtree_property reg;
	uint64_t nbytes;

	if (walk->depth < 1 ||
	    !devtree_find(walk->tree, walk->node, "reg", &reg))
		return false;
	bus = &walk->buses[walk->depth - 1];
	if (bus->address_cells > 2 || bus->size_cells > 2)
		return false;
	nbytes = (bus->address_cells + bus->size_cells) * CELL_BYTES;
	if (nbytes == 0 || (i + 1) * nbytes > reg.len)
		return false;
	*start = read_cells(reg.bytes + i * nbytes, bus->address_cells);
	*len = read_cells(reg.bytes + i * nbytes +
	    bus->address_cells * CELL_BYTES, bus->size_cells);
	for (int depth = walk->depth - 1; depth > 0; depth--)
		if (!bus_translate(walk->tree, &walk->buses[depth],
		    &walk->buses[depth - 1], start))
			return false;
	return true;
}

uint32_t
devtree_path(const struct devtree *tree, const char *path, size_t len)
{
	const char *at = path, *end = path + len;
	struct devtree_walk walk;
	int depth = 0;

	devtree_start(&walk, tree);
	while (devtree_next(&walk)) {
		size_t n = 0;

		if (walk.depth < depth)
			return 0;
		if (walk.depth > depth)
			continue;
		if (depth > 0) {
			while (at + n < end && at[n] != '/')
				n++;
			if (strlen(walk.name) != n ||
			    memcmp(walk.name, at, n) != 0)
				continue;
		}
		at += n;
		if (at == end)
			return walk.node;
		if (*at++ != '/')
			return 0;
		depth++;
	}
	return 0;
}
