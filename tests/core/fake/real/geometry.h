/* Sv39 as it is. */
#pragma once

#define GEOMETRY_PAGE_SHIFT	12
#define GEOMETRY_INDEX_BITS	9
#define GEOMETRY_ASID_MAX	12
#define GEOMETRY_SPACES_MAX	800
