/* The real maxima, but for those that would make a small world large. */
#pragma once

#include "../../../../../kernel/core/base/params.h"
#include "geometry.h"

#undef HARTS_MAX
#undef SPACES_MAX
#undef OBJECTS_MAX
#undef FRAMES_PER_HART
#undef FRAMES_CLEAN_PER_HART
#define HARTS_MAX	3
#define SPACES_MAX	GEOMETRY_SPACES_MAX
#define OBJECTS_MAX	6
#define FRAMES_PER_HART	4
#define FRAMES_CLEAN_PER_HART 2
