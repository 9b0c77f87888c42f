#include "core/cpu/fp.h"

#include "core/cpu/trap.h"
#include "core/cpu/usercopy.h"

static const struct fp_state zeros;

#define OPCODE(instruction)	((instruction) & 0x7f)
#define FUNCTION(instruction)	((instruction) >> 12 & 7)
#define CSR(instruction)	((instruction) >> 20)

#define OPCODE_SYSTEM	0x73
#define CSR_FFLAGS	1
#define CSR_FCSR	3

/* Four bytes: loads and stores, fused ones, arithmetic, and the CSRs. */
static bool
is_fp_whole(uint32_t instruction)
{
	switch (OPCODE(instruction)) {
	case 0x07: case 0x27: case 0x43: case 0x47: case 0x4b: case 0x4f:
	case 0x53:
		return true;
	case OPCODE_SYSTEM:
		return FUNCTION(instruction) != 0 &&
		    CSR(instruction) >= CSR_FFLAGS &&
		    CSR(instruction) <= CSR_FCSR;
	}
	return false;
}

/* Two bytes: c.fld, c.fsd, c.fldsp, c.fsdsp. */
static bool
is_fp_compressed(uint32_t instruction)
{
	uint32_t function = instruction >> 13 & 7;

	return (instruction & 1) == 0 && (function == 1 || function == 5);
}

static bool
is_fp(uint32_t instruction)
{
	return (instruction & 3) == 3 ? is_fp_whole(instruction) :
	    is_fp_compressed(instruction);
}

/* It may be two bytes at the end of what can be read: so, half by half. */
static uint32_t
instruction_read(vaddr_t pc)
{
	uint16_t half[2] = { 0, 0 };

	if (usercopy_from(&half[0], pc, sizeof(half[0])) != 0)
		return 0;
	if ((half[0] & 3) == 3 && usercopy_from(&half[1], pc + sizeof(half[0]),
	    sizeof(half[1])) != 0)
		return 0;
	return half[0] | (uint32_t)half[1] << 16;
}

bool
fp_first_use(const struct trapframe *frame, uint64_t instruction)
{
	const struct fp_state *kept;

	if (fp_status() != 0)
		return false;
	if (instruction == 0)
		instruction = instruction_read(frame->pc);
	if (!is_fp((uint32_t)instruction))
		return false;
	csr_set(sstatus, SSTATUS_FS);
	if (fp_status() == 0)
		return false;		/* the machine has none */
	kept = fp_kept();
	fp_load(kept != NULL ? kept : &zeros);
	csr_set(sstatus, SSTATUS_FS);
	return true;
}
