/* Whole pages, cleared and copied as fast as plain stores allow. */
#pragma once

/* needs: page-aligned pointers to PAGE_BYTES each, not overlapping */
void page_clear(void *page);
void page_copy(void *to, const void *from);
