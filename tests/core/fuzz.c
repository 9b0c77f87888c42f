/*
 * A libFuzzer target: bytes are operations, 12 to each.  Every input starts
 * with empty spaces and must end with all frames given back.
 */
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "core/base/string.h"
#include "fake/machine.h"
#include "world.h"

#define OPS_MAX 200

static struct op ops[OPS_MAX];
static size_t nops;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
crash(void)
{
	for (size_t i = 0; i < nops; i++)
		op_print(&ops[i]);
	/* libFuzzer saves the input. */
	fflush(stdout);
	abort();
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	world_start(760, 3);
	machine_at_point = check_speculate;
	machine_at_panic = crash;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (nops = 0; nops < OPS_MAX && size >= sizeof(struct op); ) {
		memcpy(&ops[nops], data, sizeof(struct op));
		ops[nops] = op_normal(ops[nops]);
		data += sizeof(struct op);
		size -= sizeof(struct op);
		op_step(&ops[nops++]);
	}
	alloc_fail(0, false);
	world_end();
	return 0;
}
