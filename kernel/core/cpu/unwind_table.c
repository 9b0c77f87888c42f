/*
 * The entries of .eh_frame, one after the other:
 *
 *	length  4 bytes; 0 ends the table
 *	id      4 bytes; 0 for a CIE; else how far back from here its CIE is
 *	CIE:    version, augmentation, code unit, data unit, return column,
 *	        what the augmentation adds, program
 *	FDE:    start - here, len (4 bytes each), what the augmentation adds,
 *	        program
 *
 * They are in no order, so all are looked at; a panic has the time.
 */
#include "core/cpu/unwind_table.h"

#define ID_BYTES	4
#define LENGTH_LONG	0xffffffffu	/* followed by one of 8 bytes */
#define POINTER_NEAR	0x1b		/* 4 bytes, signed, from where it stands */

uint64_t
bytes_take(struct bytes *bytes, size_t len)
{
	uint64_t value = 0;

	if ((size_t)(bytes->end - bytes->at) < len) {
		bytes->at = bytes->end;
		bytes->bad = true;
		return 0;
	}
	for (size_t i = 0; i < len; i++)
		value |= (uint64_t)bytes->at[i] << 8 * i;
	bytes->at += len;
	return value;
}

/* *shift: how many bits it had */
static uint64_t
take_sevens(struct bytes *bytes, uint32_t *shift)
{
	uint64_t value = 0, byte;

	*shift = 0;
	do {
		byte = bytes_take(bytes, 1);
		if (*shift >= 64) {
			bytes->bad = true;
			return 0;
		}
		value |= (byte & 0x7f) << *shift;
		*shift += 7;
	} while (byte & 0x80);
	return value;
}

uint64_t
bytes_take_unsigned(struct bytes *bytes)
{
	uint32_t shift;

	return take_sevens(bytes, &shift);
}

int64_t
bytes_take_signed(struct bytes *bytes)
{
	uint32_t shift;
	uint64_t value = take_sevens(bytes, &shift);

	if (shift > 0 && shift < 64 && (value >> (shift - 1) & 1))
		value |= UINT64_MAX << shift;
	return (int64_t)value;
}

/* The next entry of a table, without its length.  returns: whether there is one */
static bool
take_entry(struct bytes *table, struct bytes *entry)
{
	uint64_t len = bytes_take(table, 4);

	if (len == 0 || len == LENGTH_LONG ||
	    len > (size_t)(table->end - table->at))
		return false;
	*entry = (struct bytes){ table->at, table->at + len, false };
	table->at += len;
	return true;
}

/* The letters of an augmentation: "zR", and S for a trap's frame. */
static bool
read_augmentation(struct bytes *cie, struct unwind_entry *entry)
{
	if (bytes_take(cie, 1) != 'z' || bytes_take(cie, 1) != 'R')
		return false;
	entry->trap = false;
	for (;;)
		switch (bytes_take(cie, 1)) {
		case 'S':
			entry->trap = true;
			break;
		case 0:
			return !cie->bad;
		default:
			return false;
		}
}

/* needs: `cie` behind its id.  returns: whether this is understood */
static bool
read_cie(struct bytes cie, struct unwind_entry *entry)
{
	uint64_t version = bytes_take(&cie, 1);

	if ((version != 1 && version != 3) || !read_augmentation(&cie, entry))
		return false;
	entry->code_unit = bytes_take_unsigned(&cie);
	entry->data_unit = bytes_take_signed(&cie);
	entry->return_column = version == 1 ? bytes_take(&cie, 1) :
	    bytes_take_unsigned(&cie);
	if (bytes_take_unsigned(&cie) != 1 ||
	    bytes_take(&cie, 1) != POINTER_NEAR || cie.bad)
		return false;
	entry->before = cie;
	return true;
}

/* The CIE that is `back` bytes before where an FDE says so.
 * returns: whether there is one that is understood */
static bool
find_cie(const struct unwind_table *table, const uint8_t *here, uint64_t back,
    struct unwind_entry *entry)
{
	struct bytes all = { .end = table->end }, cie;

	if (back > (size_t)(here - table->start))
		return false;
	all.at = here - back;
	return take_entry(&all, &cie) && bytes_take(&cie, ID_BYTES) == 0 &&
	    read_cie(cie, entry);
}

/* Where the function is, the 8 bytes at `fde`. */
static void
read_place(struct bytes *fde, struct unwind_entry *entry)
{
	vaddr_t here = (vaddr_t)fde->at;

	entry->start = here + (uint64_t)(int32_t)bytes_take(fde, 4);
	entry->len = bytes_take(fde, 4);
}

bool
unwind_find(const struct unwind_table *table, vaddr_t pc,
    struct unwind_entry *entry)
{
	struct bytes all = { table->start, table->end, false }, fde;

	while (take_entry(&all, &fde)) {
		const uint8_t *here = fde.at;
		uint64_t back = bytes_take(&fde, ID_BYTES), more;

		if (back == 0)
			continue;
		read_place(&fde, entry);
		if (pc - entry->start >= entry->len)
			continue;
		/* Only now, for its place is read as if that were understood. */
		if (fde.bad || !find_cie(table, here, back, entry))
			return false;
		more = bytes_take_unsigned(&fde);
		if (fde.bad || more > (size_t)(fde.end - fde.at))
			return false;
		fde.at += more;
		entry->program = fde;
		return true;
	}
	return false;
}
