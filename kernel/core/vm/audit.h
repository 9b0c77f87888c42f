/*
 * The audit: recount every frame from the roots and compare.
 *
 * Stops the world; prints a line for each frame that is wrong: what it is,
 * the count it has, the count it should have, who names it; and a line for
 * each broken invariant of docs/design.md.
 */
#pragma once

#include "core/base/types.h"

/* What memory is used for, in frames; the audit's recount sums them up. */
struct audit_report {
	uint32_t frames, free, kernel, nodes, pages, cached;
	uint32_t errors;
};

/* needs: no lock held; may sleep.  gives: *report */
void audit(struct audit_report *report);
