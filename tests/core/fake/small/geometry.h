/* A small world: pages of 64 bytes, 8 entries a node, 256 pages a space.
 * Small enough to compare everything after every step. */
#pragma once

#define GEOMETRY_PAGE_SHIFT	6
#define GEOMETRY_INDEX_BITS	3
#define GEOMETRY_ASID_MAX	12
#define GEOMETRY_SPACES_MAX	8
