#include "core/vm/vacancy.h"

#include "core/vm/space_tree.h"

struct frame *
vacancy_spare(const struct vacancy *vacancy, uint32_t i)
{
	return vacancy->len > 0 && i < vacancy->rows.nrows ?
	    row_spare(&vacancy->rows.row[i]) : NULL;
}

void
vacancy_begin(struct space *space, vaddr_t start, uint64_t len)
{
	struct vacancy *vacancy = &space->vacancy;
	const struct rows *rows = &vacancy->rows;

	/* What is promised must be written without memory. */
	for (uint32_t i = 0; i < rows->nrows; i++)
		if (rows->row[i].node == NULL) {
			rows_free_spares(rows);
			return;
		}
	vacancy->start = start;
	atomic_store_relaxed(&vacancy->len, len);
}

void
vacancy_end(struct space *space)
{
	struct vacancy *vacancy = &space->vacancy;
	entry_t mark = vacancy->mark;

	if (vacancy->len == 0)
		return;
	vacancy_promise(vacancy, 0);
	atomic_store_relaxed(&vacancy->len, 0);
	if (mark != 0)
		rows_promise(space->root, &vacancy->rows, mark);
	else
		rows_free_spares(&vacancy->rows);
}
