#!/usr/bin/env python3
"""Shows that the proof can fail: breaks the core in one place at a time.

    mutate.py BUILD [NAME...]

Each mutation below replaces one piece of kernel/core, in a copy under BUILD;
the random and the concurrent test, or that of the unwinder, are built with it
and must fail.  BUILD is what run.sh has built already: only the mutated file is
compiled again.
Prints a table; the exit status is 0 if nothing survives.
"""
import os
import re
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# name, file of kernel/core, text there, what stands there instead
MUTATIONS = [
    ("a line is lent twice", "vm/node_copy.c",
     "	uint32_t missing = lender->lines & ~node->lines;",
     "	uint32_t missing = lender->lines;"),
    ("lines are moved though others have the lender", "vm/node_copy.h",
     "	return frame_refs(frame_at(node->lender)) == 1;", "	return true;"),
    ("what is moved stays with the lender", "vm/node_copy.c",
     "		from[i] = 0;\n", "		;\n"),
    ("a lender is kept for ever", "vm/node_copy.c",
     "	node->lender = 0;\n	node_put(lender);\n", "	node->lender = 0;\n"),
    ("who dies keeps its lender", "vm/node.c",
     "	if (node->lender != 0)\n		node_put(frame_at(node->lender));\n", ""),
    ("what was lent is taken for empty", "vm/fault.c",
     "		if (node_lacks_line(node, index))\n"
     "			space_take_line(space, node, index);\n", ""),
    ("no fence after a node was borrowed from", "vm/borrow.c",
     "	node_exchange(entry, old, copy, changes);\n",
     "	entry_store(entry, entry_node(copy));\n	changes->inner = true;\n"),
    ("who needs no lender is still listed", "vm/borrow.c",
     "	space->borrowers[i] = space->borrowers[--space->nborrowers];\n", ""),
    ("who borrows is shared", "vm/space_lock.h",
     "	if (space->nborrowers > 0)\n		space_take_all(space);\n", ""),
    ("what is cut off in a lender counts in who borrows", "vm/revoke.c",
     "		    (level > 0 || node->lender != 0))\n", "		    level > 0)\n"),
    ("no fence after a write upgraded or copied", "vm/fault_resolve.c",
     "	fault->changes.remote = true;\n	/* 1 is", "	/* 1 is"),
    ("no fence after a fork", "vm/fork.c", "	fence_space(parent);\n", ""),
    ("a stack's page is copied before the fence", "vm/fork.c",
     "	fence_space(parent);\n	if (writes)\n"
     "		page_part(parent, child, sp, &stock);\n",
     "	if (writes)\n		page_part(parent, child, sp, &stock);\n"
     "	fence_space(parent);\n"),
    ("a stack that others have is written by the parent", "vm/fork.c",
     "(leaf & PTE_V) && (leaf & PTE_W) && !entry_shared(leaf)",
     "(leaf & PTE_V) && (leaf & (PTE_W | LEAF_LATER)) && "
     "!entry_shared(leaf)"),
    ("nodes that others have are opened by a fork", "vm/fork.c",
     "(frame_refs(node) > 1 || node->named > ABOVE_NAMES_MAX)",
     "node->named > ABOVE_NAMES_MAX"),
    ("what a node above alone shares is entered unsealed", "vm/stock.c",
     "shared || frame_refs(node) > 1", "frame_refs(node) > 1"),
    ("a node that is not sealed is entered by a fork", "vm/fork.c",
     "		node_seal_above(entry_frame(mine));\n", "		;\n"),
    ("what is sealed leads to what is not", "vm/node_copy.c",
     "				entry_store(at, entry_parked_as(entry));\n", "				;\n"),
    ("what an owner changed is still sealed", "vm/node_copy.c",
     "		node_unseal(node, LINES_ALL);\n", "		;\n"),
    ("a node above that is not sealed is entered", "vm/fault.c",
     "frame_refs(node) > 1 && node_is_sealed(node);", "frame_refs(node) > 1;"),
    ("a fork parts with too few nodes set aside", "vm/fork.c",
     "stock_fill_free(&stock, 1, ROOT_LEVEL)",
     "stock_fill_free(&stock, 1, ROOT_LEVEL - 1)"),
    ("a stack is written in a node that is called sealed", "vm/fork.c",
     "	node_unseal_at(pair.mine);\n", ""),
    ("a child's stack is written in a node that is called sealed", "vm/fork.c",
     "	node_unseal_at(pair.theirs);\n", ""),
    ("a copied node takes no reference", "vm/node_copy.c",
     "	frame_get(node);\n	if (!node_is", "	if (!node_is"),
    ("a copied page takes no reference", "vm/node_copy.c",
     "	frame_get(page);\n	if (page->object", "	if (page->object"),
    ("an object does not learn of copied entries", "vm/node_copy.c",
     "		    &refs).named;\n	}\n	object_refs_settle(&refs);\n",
     "		    &refs).named;\n	}\n"),
    ("what follows a nameless entry is taken for nameless", "vm/node_copy.c",
     "		if (!entry_names(turn[0]) && !entry_names(others)) {",
     "		if (!entry_names(turn[0])) {"),
    ("what follows a nameless entry is not dropped", "vm/node.c",
     "			if (!entry_names(turn[0]) && !entry_names(others))\n",
     "			if (!entry_names(turn[0]))\n"),
    ("an inner node is copied onto what a frame held", "vm/node_copy.c",
     "	if (node->level != ROOT_LEVEL && !full)\n		frame_clear(copy);",
     "	if (node->level == 0 && !full)\n		frame_clear(copy);"),
    ("a full node is copied as if what it is copied to were zero",
     "vm/node_copy.c", "node->named, !full);", "node->named, true);"),
    ("nodes that two ends share are not set aside for one", "vm/range_tree.c",
     "		    (end ^ other) >= level_bytes(level))\n",
     "		    (end ^ other) >= level_bytes(level + 1))\n"),
    ("an entry is set in a line that is called empty", "vm/node.h",
     "	node->lines |= line_of(index);\n	node_add", "	node_add"),
    ("a freed node that is called clean is not", "vm/node.c",
     "			entry_store(&entries[first + i], 0);\n", "			;\n"),
    ("what moves is mapped at both places", "vm/move.c",
     "			node_add_resident(node, 0 - below_resident);\n", ""),
    ("sealing leaves W where it is", "vm/node_copy.c",
     "		entry_store(at, entry_sealed(entry));\n", "		;\n"),
    ("copies are parked, originals are not", "vm/node_copy.c",
     "			entry_store(from, parked);\n", "			;\n"),
    ("sealed too late: a shared node is opened with W in it", "vm/stock.c",
     "	if (shared || frame_refs(node) > 1)\n		node_seal(node);\n", ""),
    ("what is not sealed is open in a copy", "vm/node_copy.c",
     "	if (!node_is_sealed(node)) {", "	if (false) {"),
    ("refs are asked of the last node alone", "vm/fault.c",
     "		shared = shared || frame_refs(node) > 1;",
     "		shared = frame_refs(node) > 1;"),
    ("refs of the node are not asked at all", "vm/stock.c",
     "	if (frame_refs(node) == 1) {", "	if (frame_refs(node) >= 1) {"),
    ("refs of the frame are not asked", "vm/fault_resolve.c",
     "	if (entry_shared(old) || frame_refs(frame) == 1) {",
     "	if (entry_shared(old) || frame_refs(frame) >= 1) {"),
    ("other harts are not told of an unmap", "vm/range_tree.c",
     "entry_held(entry));\n	changes->inner = true;\n"
     "	changes->remote = true;\n",
     "entry_held(entry));\n	changes->inner = true;\n"),
    ("other harts are not told of lowered rights", "vm/protect.c",
     "	if (seen & (PTE_W | PTE_X))\n		changes->remote = true;\n", ""),
    ("other harts are not told of a hidden page", "vm/protect.c",
     "(!(new & PTE_V) || (old & ~new & PTE_RWX)))\n"
     "		changes->remote = true;\n", "false)\n		;\n"),
    ("one page is fenced where several changed", "vm/protect.c",
     "	if (done > 1 || changes->page != UINT64_MAX)\n"
     "		changes->inner = true;\n", ""),
    ("usual pages become writable though others have them", "vm/protect.c",
     "	    atomic_load_relaxed(&frame_from(origin, pte_ppn(old))->refs) != 1)\n",
     "		    false)\n"),
    ("a promise that may never be written may be", "vm/protect.c",
     "!entry_is_mark(old) || (old & never))", "!entry_is_mark(old))"),
    ("memory becomes writable though others have it", "vm/protect.c",
     "	    frame_refs(entry_frame(entry)) == 1;", "	    true;"),
    ("a shared page is written unseen", "vm/protect.c",
     "entry_shared(entry) ? (entry & PTE_V) && (entry & PTE_W) :",
     "entry_shared(entry) ? true :"),
    ("a raised right does not unseal", "vm/protect.c",
     "		node_unseal(node, lines_of(first, count));\n", "		;\n"),
    ("a raised right unseals one line only", "vm/protect.c",
     "node_unseal(node, lines_of(first, count));",
     "node_unseal(node, line_of(first));"),
    ("what is mapped around unseals one line only", "vm/fault_resolve.c",
     "node_unseal(node, lines_of(entry_index(row), count));",
     "node_unseal(node, line_of(entry_index(row)));"),
    ("what moves in does not unseal", "vm/move.c",
     "		node_unseal(node, line_of(entry_index(place)));\n", "		;\n"),
    ("a borrowed line comes along sealed", "vm/node_copy.c",
     "	node_unseal(node, lender->unsealed & line_of(first));\n", ""),
    ("a node is copied that is not sealed", "vm/node_copy.c",
     "		node_seal(node);\n", "		;\n"),
    ("a line is lent that is not sealed", "vm/node_copy.c",
     "		lines_seal(lender, line_of(first));\n", "		;\n"),
    ("to seal a line seals all", "vm/node_copy.c",
     "atomic_load_relaxed(&node->unsealed) & ~lines;", "0;"),
    ("what may never be written may be, once it was hidden", "vm/entry.h",
     "	    (entry_never_written(leaf) ? ENTRY_MARK_NEVER : 0) |\n", ""),
    ("what may never be written is allowed to be", "vm/protect.c",
     "entry_never_written(entry) ? -EACCES : 0;", "false ? -EACCES : 0;"),
    ("a gap is taken that is too short", "vm/gap.c",
     "search->to - search->from < search->len)", "search->to == search->from)"),
    ("a node too full is passed without its ends", "vm/gap.c",
     "	if (empty > 0 && ((", "	if (false && (("),
    ("a gap does not end in a node it may reach into", "vm/gap.c",
     "((search->len | search->align) & (end", "(search->align & (end"),
    ("the node at the top is passed, and what it has below", "vm/gap.c",
     "	search->high = base;\n", "	search->high = search->to = base;\n"),
    ("a line is passed of which something is in use", "vm/gap.c",
     "if (in_use == 0 && (node->lines >> i / LINE_ENTRIES & 1) == 0)",
     "if (in_use == 0)"),
    ("few entries are no reason for a place", "vm/gap.c",
     "	return (align > PAGE_BYTES &&", "	return (false &&"),
    ("what is moved can still be reached where it was", "vm/move.c",
     "	if (changes.inner || changes.remote)\n"
     "		changes_finish(&changes, space);\n", ""),
    ("what is still to be moved is opened", "vm/move.c",
     "range_enter_closed(", "range_enter("),
    ("what is moved is not promised where it goes", "vm/move.c",
     "		node_add_promised(node, (uint32_t)promised);\n", "		;\n"),
    ("a mark that is moved in pieces has one reference", "vm/move.c",
     "(uint32_t)marks - 1", "0"),
    ("a moved page is writable though others have it", "vm/move.c",
     "frame_refs(entry_frame(entry)) == 1;", "true;"),
    ("discarded pages go before the fence", "vm/discard.c",
     "	if (changes.inner || changes.remote)\n"
     "		changes_finish(&changes, space);\n", ""),
    ("a discarded page's mark takes no reference", "vm/discard.c",
     "	if (page->object != 0)\n"
     "		object_get_entries(page->object - 1, 1);\n", ""),
    ("a mark for a whole node takes no reference", "vm/discard.c",
     "			if (entry_kind(mark) == ENTRY_FILE)\n"
     "				object_get_entries(entry_object(mark), 1);\n", ""),
    ("a private copy forgets where it came from", "vm/object_page.c",
     "	copy->object = page->object;\n", "	copy->object = 0;\n"),
    ("a frame that was cleared ahead is lost", "vm/fault.c",
     "		frame_return(frame, true);\n", "		;\n"),
    ("a frame that was taken stays for the next", "vm/fault_quick.c",
     "		*ahead = NULL;\n", "		;\n"),
    ("the quick way copies what is shared", "vm/fault_quick.c",
     "	    entry_shared(mark) || (prot & PROT_EXEC))",
     "	    (prot & PROT_EXEC))"),
    ("the quick way keeps a file's page", "vm/fault_quick.c",
     "	frame_unpin(page);\n", ""),
    ("the quick way calls a copy's node sealed", "vm/fault_quick.c",
     "		node_unseal(way->node, line_of(entry_index(way->entry)));\n"
     "		mark_become", "		mark_become"),
    ("the quick way does not count copies", "vm/fault_quick.c",
     "		mark_become(space, way, entry_leaf(copy, prot, false, true));\n",
     "		entry_store(way->entry, entry_leaf(copy, prot, false, true));\n"),
    ("a copy of a copy takes no reference", "vm/object_page.c",
     "		object_get_entries(page->object - 1, 1);\n", ""),
    ("a copy keeps its object for ever", "vm/object_page.c",
     "		frame_free(page);\n		object_put_entry(object - 1);\n",
     "		frame_free(page);\n"),
    ("a write through a shared mapping is not seen", "vm/fault_resolve.c",
     "	if (entry_shared(old))\n		object_page_written(frame);\n", ""),
    ("a page that was stored is clean though it is mapped",
     "vm/object_page.c",
     "	if (err != 0 || frame_refs(frame) > 2)", "	if (err != 0)"),
    ("a dirty page is dropped", "vm/object_cache.c",
     "	return !frame->dirty && frame_refs", "	return frame_refs"),
    ("pages stay behind the end", "vm/revoke.c",
     "	object_cache_cut(object, false);\n", ""),
    ("the world goes on while pages are cut off", "vm/revoke.c",
     "	world_stop();\n", ""),
    ("pages are cut off before the fence", "vm/revoke.c",
     "		fence_space(s);\n", "		;\n"),
    ("private copies behind the end stay", "vm/revoke.c",
     "		    entry_frame(entry)->object != object + 1 ||",
     "		    (entry_frame(entry)->flags & FRAME_COPY) ||\n"
     "		    entry_frame(entry)->object != object + 1 ||"),
    ("pages somebody maps are cut off as if nobody did", "vm/object_page.c",
     "	if (atomic_load(&object->refs) == atomic_load(&object->holds) &&\n"
     "	    object_cache_cut(object, true))", "	if (object_cache_cut(object, false))"),
    ("a page behind the end is put into the cache", "vm/object_cache.c",
     "	inside = index < object->npages;", "	inside = true;"),
    ("memory that grows keeps no distance", "vm/grow.c",
     "	    (guard == 0 || range_is_empty(space->root, &below));",
     "	    (guard == 0 || true);"),
    ("what others see of a space is not its own page", "vm/look.c",
     "	return write ? (look->entry & PTE_W) && look->owned :",
     "	return write ? look->entry & PTE_W :"),
    ("one page is fenced where a node changed", "vm/stock.c",
     "		fence_space(space);\n", "		fence_page(space, changes->page);\n"),
    ("a page fence where a node was opened", "vm/stock.c",
     "		fence_space_here(space);\n",
     "		fence_page_here(space, changes->page);\n"),
    ("the old frame is dropped before the fence", "vm/fault_resolve.c",
     "	changes_drop(&fault->changes, old);\n", "	entry_put(old);\n"),
    ("the old node is dropped before the fence", "vm/stock.c",
     "	changes_drop(changes, old);\n	return copy;",
     "	entry_put(old);\n	return copy;"),
    ("sealing loses the LATER bit", "vm/entry.h",
     "	return (leaf & ~PTE_W) | LEAF_LATER;", "	return leaf & ~PTE_W;"),
    ("a shared page is copied when written", "vm/fault_resolve.c",
     "	if (entry_shared(old) || frame_refs(frame) == 1) {",
     "	if (frame_refs(frame) == 1) {"),
    ("used is not counted", "vm/rows.c",
     "	node->used += (uint16_t)count;\n", ""),
    ("what names something is not counted", "vm/node.h",
     "	node->named += (uint16_t)(entry_names(value) - entry_names(old));\n",
     ""),
    ("promised is not counted", "vm/range.c",
     "	node_add_promised(node, (uint32_t)promised);\n", ""),
    ("a node is queued twice", "vm/node.c",
     "	if (!frame_drop(node))\n		return;\n",
     "	frame_drop(node);\n"),
    ("a dead node keeps what it names", "vm/node.c",
     "					entry_drop(turn[i], node->level, &refs);\n",
     ""),
    ("an object is not told of dropped entries", "vm/node.c",
     "			break;\n	}\n	object_refs_settle(&refs);\n}",
     "			break;\n	}\n}"),
    ("an empty node is left", "vm/range_tree.c",
     "	return inside == node->used;", "	return false && inside;"),
    ("a split mark takes no reference", "vm/node.c",
     "		object_get_entries(entry_object(mark), SV39_FANOUT - 1);\n",
     "		;\n"),
    ("a fault keeps what it set aside", "vm/fault.c",
     "	stock_empty(&fault.stock);\n	return err;", "	return err;"),
    ("the page of a file stays pinned", "vm/fault.c",
     "	if (fault.page != NULL)\n		frame_unpin(fault.page);\n	stock_empty",
     "	stock_empty"),
    ("the zero frame may be written", "vm/fault_resolve.c",
     "entry_leaf(frame, prot, false, false));\n		return;",
     "entry_leaf(frame, prot, false, true));\n		return;"),
    ("fresh memory is not cleared", "vm/fault_resolve.c",
     "	frame_clear(frame);\n	frame->flags", "	frame->flags"),
    ("a hart that moved on keeps what it cached", "vm/fence.c",
     "	atomic_or(&space->stale, others);\n", ""),
    ("an ASID is given out twice", "vm/fence.c",
     "		if (asids.hart[i].kept == asid)", "		if (false && asid)"),
    ("nothing is flushed for a new generation", "vm/fence.c",
     "asids.hart[index].flushed != generation", "false"),
    ("who enters a space again does not look what changed", "vm/fence.c",
     " &\n	    ~atomic_load_relaxed(&space->stale)", ""),
    ("a space is loaded before it is active", "vm/fence.c",
     "	atomic_or(&space->active, 1u << index);\n", ""),
    ("a path is copied without the stock for it", "vm/fault.c",
     "		.nodes_needed = needed + level,", "		.nodes_needed = needed,"),
    ("a parked path is taken for an open one", "vm/fault.c",
     "	if (!path->shared && !path->parked &&", "	if (!path->shared &&"),
    ("the fork forgets how much was promised", "vm/node_copy.c",
     "	copy->named = node->named;\n	copy->promised = node->promised;\n",
     "	copy->named = node->named;\n"),
    ("only the first fault of an object page pins it", "vm/object_cache.c",
     "		frame->recent = 1;\n		frame_pin(frame);\n",
     "		frame->recent = 1;\n"),
    ("a page that cannot be filled again is dropped", "vm/object_cache.c",
     "	return object->ops->clean && !object->ops->claimed;",
     "	return !object->ops->claimed;"),
    ("those who free may take what is claimed", "mem/frame.c",
     "	return alloc_keeping(atomic_load_relaxed(&claimed), clean);",
     "	return alloc_keeping(0, clean);"),
    ("a page is not taken from what was claimed", "vm/object_page.c",
     "claimed ? frame_alloc_claimed() : *spare", "reclaim_alloc(false)"),
    ("another object's page is taken for this one's", "vm/fault.c",
     "fault->page->object == object + 1 &&", ""),
    ("a space that waits for an ASID keeps an old one", "vm/fence.c",
     "		if (generation != ended && generation != ended + 1)",
     "		if (generation == 0)"),
    ("a hart flushes before it loads, not after", "vm/fence.c",
     "	tlb_load(frame_paddr(space->root), space->asid);\n"
     "	enter_flush(space, index);\n",
     "	enter_flush(space, index);\n"
     "	tlb_load(frame_paddr(space->root), space->asid);\n"),
    ("dropped trees are not drained when memory is short", "vm/reclaim.c",
     "	return node_drain() || (!spin_held_any() && node_drain_wait()) ||",
     "	return"),
    ("the quick way writes to what others have", "vm/fault_quick.c",
     "frame_refs(entry_frame(leaf)) > 1 &&", "false &&"),
    ("the quick way tells no other hart", "vm/fault_quick.c",
     "	fence_page(space, addr);\n", "	fence_page_here(space, addr);\n"),
    ("the quick way forgets rights", "vm/fault_quick.c",
     "	if (!prot_allows(prot, access) || ", "	if ("),
    ("the quick way leaves a written node sealed", "vm/fault_quick.c",
     "		node_unseal(way->node, line_of(entry_index(way->entry)));\n"
     "		anon", "		anon"),
    ("the quick way leaves what may be written again sealed",
     "vm/fault_quick.c",
     "	node_unseal(way->node, line_of(entry_index(way->entry)));\n"
     "	entry_store", "	entry_store"),
    ("the quick way does not count", "vm/fault_quick.c",
     "	space_count_mapped(space, way->middle, 1);\n"
     "	entry_store(way->entry, leaf);",
     "	entry_store(way->entry, leaf);"),
    ("short ways lead through shared nodes", "vm/way.h",
     "|| frame_refs(node) != 1)", ")"),
    ("a row's second part has no place", "vm/rows.c",
     "rows_add(rows, last, 0, limit);", "rows_add(rows, last, 0, limit - 1);"),
    ("whole nodes of a row are one too few", "vm/rows.c",
     "	last += limit == SV39_FANOUT;\n	if", "	if"),
    ("a row of whole nodes is left out", "vm/rows.c",
     "	if (last > index)\n		rows_add_large(rows, rows->middle, index, "
     "last - index);\n", ""),
    ("every entry of a row is a page", "vm/rows.h",
     "	return row->above != NULL ? 1 :", "	return true ? 1 :"),
    ("a few large entries are protected like pages", "vm/protect.c",
     " || rows.large)", ")"),
    ("a row is called empty where it is not", "vm/rows.c",
     "		if ((lines & 1) && row_bits(entries + first, next - first) != 0)\n"
     "			return false;\n", ""),
    ("a line is called empty that is cleared in part", "vm/rows.c",
     "	node->lines &= ~lines_within(first, count);\n",
     "	node->lines &= ~lines_of(first, count);\n"),
    ("a small range is mapped over what is there", "vm/range_quick.c",
     "		else if (!row_is_empty(", "		else if (false && !row_is_empty("),
    ("a small range is not promised above", "vm/rows.h",
     "		node_add_promised(rows->middle, npages);\n", "		;\n"),
    ("a spare is not put into the tree", "vm/rows.h",
     "		if (entry_load(row->above) == 0)\n", "		if (false)\n"),
    ("spares are kept for ever", "vm/rows.c",
     "		if (spare != NULL)\n			frame_return(spare, true);\n", ""),
    ("a vacancy may lack a node", "vm/vacancy.c",
     "		if (rows->row[i].node == NULL) {", "		if (false) {"),
    ("the spares of a vacancy are kept for ever", "vm/vacancy.c",
     "	else\n		rows_free_spares(&vacancy->rows);\n", ""),
    ("a vacancy's promise is forgotten", "vm/vacancy.c",
     "		rows_promise(space->root, &vacancy->rows, mark);\n", "		;\n"),
    ("a vacancy is written and kept", "vm/vacancy.c",
     "	vacancy_promise(vacancy, 0);\n	atomic_store_relaxed(&vacancy->len, 0);\n",
     "	vacancy_promise(vacancy, 0);\n"),
    ("a vacancy of another length is this one", "vm/vacancy.h",
     "	return vacancy->start == start && vacancy->len == len;",
     "	return vacancy->len > 0 && vacancy->start == start;"),
    ("what a vacancy promises is not counted", "vm/space.c",
     " +\n	    vacancy_pages(&space->vacancy);", ";"),
    ("who dies keeps its spares", "vm/space.c", "	vacancy_end(space);\n", ""),
    ("a vacancy is promised twice", "vm/range_quick.c",
     "len) || vacancy_is_promised(vacancy))", "len))"),
    ("an object is named by a vacancy", "vm/range.c",
     "	object_get_entries(number, (uint32_t)marks);\n	space_lock(space);\n",
     "	object_get_entries(number, (uint32_t)marks);\n"
     "	space_lock_vacant(space);\n"),
    ("a promised vacancy cannot be given back", "vm/range_quick.c",
     "		vacancy_promise(vacancy, 0);\n", ""),
    ("two vacancies at once", "vm/range_quick.c",
     "	vacancy_end(space);\n	if (!range_drop_rows(", "	if (!range_drop_rows("),
    ("a promise goes beside a vacancy", "vm/range_quick.c",
     "	vacancy_end(space);\n	return rows_find(", "	return rows_find("),
    ("what replaces leaves a vacancy", "vm/range.c",
     "	vacancy_end(space);\n	return range_map_any(", "	return range_map_any("),
    ("who looks into a tree misses a promise", "vm/space_lock.h",
     "	if (space->vacancy.len > 0)\n		vacancy_end(space);\n", ""),
    ("a fault misses a vacancy's promise", "vm/fault.c",
     "	return space_write_promised(space) &&",
     "	return vacancy_is_promised(&space->vacancy) &&"),
    ("a fault that waited misses a vacancy's promise", "vm/fault.c",
     "		mutex_lock(&space->lock);\n		space_write_promised(space);\n",
     "		mutex_lock(&space->lock);\n"),
    ("the recount misses spares", "vm/audit.c",
     "				(*frame_tally(spare))++;\n", "				;\n"),
    ("a node that was made for nothing stays", "vm/range_quick.c",
     "		frame_return(middle, true);\n		return false;",
     "		return false;"),
    ("the first range below a root's entry is not entered", "vm/range_quick.c",
     "	node_set(space->root, entry, entry_node(middle));\n", "	;\n"),
    ("other harts are not told that a page is unmapped", "vm/range_quick.c",
     "		fence_page(space, dropped->page);\n",
     "		fence_page_here(space, dropped->page);\n"),
    ("one page is fenced where several are unmapped", "vm/range_quick.c",
     "dropped->node || dropped->nvalid > 1)", "dropped->node)"),
    ("a node is dropped that the hardware knows", "vm/range_quick.c",
     "dropped->node || dropped->nvalid > 1)", "dropped->nvalid > 1)"),
    ("what a small range names goes before the fence", "vm/range_quick.c",
     "		dropped->old[dropped->nold++] = entry;\n",
     "		entry_put(entry);\n"),
    ("a small range leaves an empty node", "vm/range_quick.c",
     "	if (node->used == 0) {", "	if (false) {"),
    ("a small range leaves an empty middle node", "vm/range_quick.c",
     " || rows->middle->used > gone;", " || true;"),
    ("large entries are no reason to keep a middle node", "vm/range_quick.c",
     "		gone += row->above == NULL ? held[i].used :",
     "		gone += row->above == NULL ? 0 :"),
    ("a small range takes what a node names for a page", "vm/range_quick.c",
     "		if (entry_is_inner(entry) || ++held", "		if (++held"),
    ("what a small range mapped is still counted", "vm/range_quick.c",
     "		node_add_resident(space->root, 0 - nresident);\n", "		;\n"),
    ("a page given back alone is not fenced", "vm/discard.c",
     "	fence_page(space, addr);\n	page_put(page);\n", "	page_put(page);\n"),
    ("a page given back alone still counts", "vm/discard.c",
     "	space_count_mapped(space, way.middle, -1u);\n", ""),
    ("what is mapped around is one page off", "vm/fault_resolve.c",
     "entry_page(entry_load(entry)),", "entry_page(entry_load(entry)) + 1,"),
    ("what is mapped around has no reference", "vm/object_cache.c",
     "		frame_get(pages[i]);\n", ""),
    ("a row holds one instruction too far", "cpu/unwind.c",
     "	return machine->at <= machine->wanted;",
     "	return machine->at < machine->wanted;"),
    ("a register that is restored stays in the frame", "cpu/unwind.c",
     "	row->kept = (row->kept & ~bit) | (first->kept & bit);\n", ""),
    ("a register that is restored stays lost", "cpu/unwind.c",
     "	row->lost = (row->lost & ~bit) | (first->lost & bit);\n", ""),
    ("what is remembered is not recalled", "cpu/unwind.c",
     "	machine->row = machine->remembered;\n", ""),
    ("remembering is not an end to recalling", "cpu/unwind.c",
     "	machine->bad |= !machine->remembers;\n", ""),
    ("registers there are not count as others", "cpu/unwind.c",
     "	if (column == 0 || column >= UNWIND_REGISTERS) {",
     "	if (column == 0) {"),
    ("what is no stack is read", "cpu/unwind.c",
     " || !hart_stack_contains(kept))", ")"),
    ("what lies between two words is read", "cpu/unwind.c",
     "	if (kept % sizeof(uint64_t) != 0 || ", "	if ("),
    ("a frame may end below where it begins", "cpu/unwind.c",
     "cfa < at->x[UNWIND_SP] ||", "false ||"),
    ("a frame ends where a lost register says", "cpu/unwind.c",
     "	if ((at->known >> row->cfa_register & 1) == 0 ||", "	if ("),
    ("ra is known after a call", "cpu/unwind.c",
     "i != return_place &&\n", "true &&\n"),
    ("a trap is taken for a call", "cpu/unwind.c",
     "entry->trap ? address : address - 1", "address - 1"),
    ("an instruction that is not known does nothing", "cpu/unwind.c",
     "	default:\n		machine->bad = true;\n", "	default:\n		break;\n"),
    ("the tables are read behind their end", "cpu/unwind_table.c",
     "	if ((size_t)(bytes->end - bytes->at) < len) {", "	if (len == 0) {"),
    ("an entry may be longer than its table", "cpu/unwind_table.c",
     "	if (len == 0 || len == LENGTH_LONG ||\n"
     "	    len > (size_t)(table->end - table->at))", "	if (len == 0)"),
    ("an end of the table is none", "cpu/unwind_table.c",
     "	if (len == 0 || len == LENGTH_LONG ||",
     "	if (table->bad || len == LENGTH_LONG ||"),
    ("a CIE may stand before the table", "cpu/unwind_table.c",
     "	if (back > (size_t)(here - table->start))\n		return false;\n", ""),
    ("an FDE is taken for a CIE", "cpu/unwind_table.c",
     "bytes_take(&cie, ID_BYTES) == 0 &&", "bytes_take(&cie, ID_BYTES) + 1 &&"),
    ("what augments an entry may be longer", "cpu/unwind_table.c",
     "more > (size_t)(fde.end - fde.at)", "false"),
    ("pointers of any kind are taken for near ones", "cpu/unwind_table.c",
     "	    bytes_take(&cie, 1) != POINTER_NEAR || cie.bad)",
     "	    bytes_take(&cie, 1) == 0 || cie.bad)"),
    ("numbers may have any length", "cpu/unwind_table.c",
     "		if (*shift >= 64) {", "		if (*shift >= 128) {"),
]

# Geometry, test, arguments; in this order until one fails.
TESTS = [
    ("small", "random", ["-q", "-n", "60000", "-e", "3000"]),
    ("small", "random", ["-q", "-n", "40000", "-e", "3000", "-r"]),
    ("real", "traps", []),
    ("small", "races", ["-q", "-n", "8000", "-s", "5000001"]),
    ("small", "random", ["-q", "-n", "40000", "-e", "3000", "-a", "2"]),
]
TESTS_OF_UNWINDING = [("unwind", "unwind", [])]


# Who is known to catch what random does not, or late: they go first.
CATCHERS = {
    "traps": {
        "no fence after a node was borrowed from",
        "a fault that waited misses a vacancy's promise",
        "the recount misses spares",
        "a mark for a whole node takes no reference",
        "a stack is written in a node that is called sealed",
        "a child's stack is written in a node that is called sealed",
        "what a node above alone shares is entered unsealed",
        "the world goes on while pages are cut off",
        "nodes that others have are opened by a fork",
        "the quick way copies what is shared",
        "the quick way keeps a file's page",
        "the quick way calls a copy's node sealed",
        "the quick way does not count copies",
        "what is cut off in a lender counts in who borrows",
        "a stack's page is copied before the fence",
        "what may never be written may be, once it was hidden",
        "the node at the top is passed, and what it has below",
        "a line is passed of which something is in use",
        "few entries are no reason for a place",
        "what is still to be moved is opened",
        "a write through a shared mapping is not seen",
        "a dirty page is dropped",
        "a page behind the end is put into the cache",
        "memory that grows keeps no distance",
        "a shared page is copied when written",
        "a page that cannot be filled again is dropped",
        "those who free may take what is claimed",
        "another object's page is taken for this one's",
        "a space that waits for an ASID keeps an old one",
    },
    "races": {
        "a shared page is written unseen",
        "a discarded page's mark takes no reference",
        "the world goes on while pages are cut off",
        "pages are cut off before the fence",
        "private copies behind the end stay",
    },
}


def tests_for(name, file):
    """In the order they are best run."""
    if file.startswith("cpu/"):
        return TESTS_OF_UNWINDING
    return sorted(TESTS, key=lambda each:
                  name not in CATCHERS.get(each[1], ()))


def flags():
    return ["-std=gnu11", "-O1", "-g", "-fno-omit-frame-pointer",
            "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]


def compile_mutant(build, tree, file, geometry):
    """Objects of the mutant: the mutated file's, and run.sh's for the rest."""
    work = os.path.join(build, "mutant", geometry)
    os.makedirs(work)
    objects = {}
    for name in os.listdir(os.path.join(build, geometry)):
        if name.endswith(".o"):
            objects[name] = os.path.join(build, geometry, name)
    core = os.path.join("kernel", "core")
    if file.endswith(".h"):
        changed = [os.path.join(core, "vm", f)
                   for f in os.listdir(os.path.join(tree, core, "vm"))
                   if f.endswith(".c")]
    else:
        changed = [os.path.join(core, file)]
    for source in changed:
        out = os.path.join(work, source.replace("/", "_") + ".o")
        if source.endswith("vm/fence.c"):
            source = os.path.join("tests", "core", "fence_view.c")
            out = os.path.join(work, "tests_core_fence_view.c.o")
        subprocess.run(["clang"] + flags() + [
            f"-Itests/core/fake/{'real' if geometry == 'unwind' else geometry}",
            "-Itests/core/fake", "-Itests/core", "-Ikernel", "-c", source, "-o", out], cwd=tree, check=True)
        objects[os.path.basename(out)] = out
    return objects


def link(build, objects, test, out):
    mains = ("random", "races", "failnth", "traps", "explore", "fuzz",
             "unwind")
    chosen = [path for name, path in objects.items()
              if not any(name == f"tests_core_{m}.c.o" for m in mains)
              or name == f"tests_core_{test}.c.o"]
    with open(os.path.join(build, "wrap")) as file:
        wrap = file.read().split()
    subprocess.run(["clang", "-fsanitize=address,undefined", *wrap, *chosen,
                    "-o", out], check=True)


def mutate(build, mutation):
    """Returns what caught it, or None."""
    name, file, old, new = mutation
    work = os.path.join(build, "mutant")
    tree = os.path.join(work, "tree")
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(tree)
    shutil.copytree(os.path.join(ROOT, "kernel", "core"),
                    os.path.join(tree, "kernel", "core"))
    os.makedirs(os.path.join(tree, "tests"))
    shutil.copytree(os.path.join(ROOT, "tests", "core"),
                    os.path.join(tree, "tests", "core"))
    path = os.path.join(tree, "kernel", "core", file)
    with open(path) as source:
        text = source.read()
    if text.count(old) != 1:
        return f"ERROR: its text stands {text.count(old)} times in {file}"
    with open(path, "w") as source:
        source.write(text.replace(old, new))
    objects = {}
    for geometry, test, arguments in tests_for(name, file):
        if geometry not in objects:
            objects[geometry] = compile_mutant(build, tree, file, geometry)
        binary = os.path.join(work, f"{test}.run")
        link(build, objects[geometry], test, binary)
        run = subprocess.run([binary] + arguments, text=True,
                             stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, timeout=300)
        if run.returncode != 0:
            after = re.search(r"after (\d+ \w+)|(\w+): FAILED", run.stdout)
            if after is None:
                return test
            return (f"{test} after {after.group(1)}" if after.group(1)
                    else f"{test}: {after.group(2)}")
    return None


def main():
    build = os.path.abspath(sys.argv[1])
    wanted = sys.argv[2:]
    survived = 0
    count = 0
    for mutation in MUTATIONS:
        if wanted and not any(w in mutation[0] for w in wanted):
            continue
        count += 1
        start = time.time()
        caught = mutate(build, mutation)
        bad = caught is None or caught.startswith("ERROR")
        survived += bad
        print(f"{mutation[0]:55} "
              f"{caught if caught else 'SURVIVED'}"
              f"  ({time.time() - start:.0f} s)", flush=True)
    print(f"mutations: {count - survived} of {count} caught")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
