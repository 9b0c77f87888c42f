/* A tiny world, to be explored exhaustively: 4 entries a node, 32 pages. */
#pragma once

#define GEOMETRY_PAGE_SHIFT	6
#define GEOMETRY_INDEX_BITS	2
#define GEOMETRY_ASID_MAX	12
#define GEOMETRY_SPACES_MAX	8
