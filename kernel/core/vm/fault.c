/*
 * Page faults: everything that was put off, done for one page.
 *
 * One walk finds the entry that decides about the address and refuses what
 * must be refused; then the path to it is made the space's own, top down, and
 * the entry is resolved.  Every case is one line of resolve()'s table:
 *
 *	entry         access            what becomes of it
 *	empty         any               promised, if what lies above grows (grow.c);
 *	                                -EFAULT
 *	any other     not allowed       -EACCES
 *	anon          read, write       a cleared frame
 *	file          read, execute     the object's own frame
 *	file          write             a copy of it (private), or itself (shared)
 *	leaf          allowed           nothing: a translation was stale
 *	leaf, later   write             W set, after a copy if others have it
 *
 * A read or an execution that meets a leaf in a shared node does not copy the
 * node: it is sealed, and entered beside the others; so is the one above, if a
 * fork has sealed that.
 *
 * Lock: space->lock.  What may be needed is set aside before anything is
 * changed.  Mostly it is at hand; neither memory nor a disk is waited for under
 * the lock: then the answer is -EAGAIN, and the loop in fault_any gets what was
 * missing and starts over.
 */
#include "core/vm/fault.h"

#include "core/base/errno.h"
#include "core/cpu/hart.h"
#include "core/cpu/trap.h"
#include "core/lock/spinlock.h"
#include "core/task/thread.h"
#include "core/vm/fault_inner.h"
#include "core/vm/fault_quick.h"
#include "core/vm/fence.h"
#include "core/vm/grow.h"
#include "core/vm/node_copy.h"
#include "core/vm/object.h"
#include "core/vm/object_cache.h"
#include "core/vm/object_entry.h"
#include "core/vm/reclaim.h"
#include "core/vm/space_lock.h"
#include "core/vm/space_tree.h"

/* The page of its object that a file entry of `level` gives `addr`. */
static uint32_t
file_page_at(entry_t entry, vaddr_t addr, uint32_t level)
{
	return entry_page(entry) + (uint32_t)((addr >> PAGE_SHIFT) &
	    (level_pages(level) - 1));
}

/* Look, and change nothing of what is mapped. */
static void
path_find(struct space *space, vaddr_t addr, struct path *path)
{
	struct frame *node = space->root;
	uint32_t level = ROOT_LEVEL, needed = 0;
	bool shared = false, parked = false;
	entry_t *entry, decides;

	for (;; level--) {
		uint32_t index = level_index(addr, level);

		/* What borrows is owned, and so is all above it. */
		if (node_lacks_line(node, index))
			space_take_line(space, node, index);
		entry = &node_entries(node)[index];
		decides = entry_load(entry);
		if (!entry_is_inner(decides))
			break;
		node = entry_frame(decides);
		/* Below a shared node everything is shared. */
		shared = shared || frame_refs(node) > 1;
		parked = parked || !(decides & PTE_V);
		needed += shared;
	}
	*path = (struct path){
		.level = level,
		.decides = decides,
		.entry = entry,
		.node = node,
		.shared = shared,
		.parked = parked,
		.nodes_needed = needed + level,
	};
}

/* Own the node below an entry of `level`. */
static inline struct frame *
fault_own(struct fault *fault, entry_t *entry, uint32_t level)
{
	return node_own_for(fault->space, entry,
	    level_index(fault->addr, level - 1), &fault->stock,
	    &fault->changes);
}

/* Whether a node above the leaves is entered beside others to read, not copied. */
static inline bool
node_is_entered(const struct frame *node)
{
	return frame_refs(node) > 1 && node_is_sealed(node);
}

/*
 * Enter a shared leaf node to read: nothing in it may be writable for that.
 * What is above it and shared is entered, too, if it is sealed; else it is made
 * our own.
 */
static void
path_enter_sealed(struct fault *fault)
{
	struct frame *node = fault->space->root, *below;
	bool shared = false;
	entry_t *entry;

	for (uint32_t level = ROOT_LEVEL; ; level--) {
		entry = &node_entries(node)[level_index(fault->addr, level)];
		if (level == 1)
			break;
		below = entry_frame(entry_load(entry));
		shared = node_is_entered(below);
		if (shared)
			entry_store(entry, entry_node(below));
		node = shared ? below : fault_own(fault, entry, level);
	}
	node_enter(entry, shared);
	fault->changes.inner = true;
}

/* Own the way down to a level-0 node, splitting marks.
 * gives: *path, from the look before to where it leads now */
static void
path_own(struct fault *fault, struct path *path)
{
	struct frame *node = fault->space->root, *below;

	/* The usual case: all is ours and open. */
	if (!path->shared && !path->parked && path->level == 0)
		return;
	for (uint32_t level = ROOT_LEVEL; level > 0; level--) {
		entry_t *entry =
		    &node_entries(node)[level_index(fault->addr, level)];
		entry_t old = entry_load(entry);

		if (entry_is_inner(old)) {
			node = fault_own(fault, entry, level);
			continue;
		}
		below = stock_take_node(&fault->stock);
		node_split(below, level - 1, old);
		node_set(node, entry, entry_node(below));
		fault->changes.inner = true;
		node = below;
	}
	path->node = node;
	path->entry = &node_entries(node)[level_index(fault->addr, 0)];
}

/* Whether resolving takes a frame from the stock. */
static bool
resolve_takes_frame(const struct fault *fault, const struct path *path)
{
	entry_t entry = path->decides;
	bool write = fault->access == ACCESS_WRITE;

	switch (entry_kind(entry)) {
	case ENTRY_ANON:
		return write || (entry & ENTRY_MARK_GROWS) ||
		    !(fault->space->options & SPACE_SHARE_ZERO);
	case ENTRY_FILE:
		return write && !entry_shared(entry);
	case ENTRY_LEAF:
		/* Copying a shared node on the way shares the frame too. */
		return write && !entry_shared(entry) && (path->shared ||
		    (!(entry & PTE_W) && frame_refs(entry_frame(entry)) > 1));
	default:
		return false;
	}
}

/* The nodes that are copied to read what stands in a leaf node that is shared:
 * those above it. */
static uint32_t
nodes_needed_to_enter(const struct fault *fault, const struct path *path)
{
	return path->nodes_needed - 1 -
	    (path->nodes_needed > 1 && node_is_entered(node_above(fault)));
}

/* Have the page of an object in hand, or say that it is needed. */
static void
fault_want_page(struct fault *fault, uint32_t object, uint32_t index)
{
	/* Numbers are used again: the frame itself says whether it is still a
	 * page of the object. */
	if (fault->page != NULL && fault->page->object == object + 1 &&
	    fault->page_object == object && fault->page_index == index)
		return;
	if (fault->page != NULL)
		frame_unpin(fault->page);
	fault->page_object = object;
	fault->page_index = index;
	fault->page = object_cache_find(object_at(object), index);
	if (fault->page != NULL)
		return;
	fault->need_page = true;
	/* Keeps the object while the lock is released. */
	object_get(object_at(object));
}

/*
 * Have all that is needed to serve the fault along `path`.
 * returns: 0; -EAGAIN, with the need_ fields set, if it must be waited for
 */
static int
fault_check_needs(struct fault *fault, const struct path *path)
{
	fault->need_frame = resolve_takes_frame(fault, path);
	fault->need_nodes = path->nodes_needed;
	fault->stock.whole = path->level > 0;	/* a mark is split */
	if (entry_kind(path->decides) == ENTRY_LEAF && path->shared &&
	    fault->access != ACCESS_WRITE)
		fault->need_nodes = nodes_needed_to_enter(fault, path);
	if (entry_kind(path->decides) == ENTRY_FILE)
		fault_want_page(fault, entry_object(path->decides),
		    file_page_at(path->decides, fault->addr, path->level));
	if (fault->need_page || !stock_fill_free(&fault->stock,
	    fault->need_frame, fault->need_nodes))
		return -EAGAIN;
	return 0;
}

/*
 * Serve the fault, if everything for it is there.
 * needs:   space->lock
 * returns: 0, -EFAULT, -EAGAIN with nothing changed
 */
static int
fault_serve(struct fault *fault)
{
	struct path path;
	enum entry_kind kind;
	int err;

	path_find(fault->space, fault->addr, &path);
	kind = entry_kind(path.decides);
	if (kind == ENTRY_EMPTY)
		return -EFAULT;
	if (!prot_allows(entry_prot(path.decides), fault->access))
		return -EACCES;
	if (kind == ENTRY_LEAF && !path.parked &&
	    (fault->access != ACCESS_WRITE || (path.decides & PTE_W))) {
		/* The hardware could do it: a translation was stale, perhaps
		 * that of a node above. */
		fault->changes.inner = true;
		return 0;
	}
	err = fault_check_needs(fault, &path);
	if (err != 0)
		return err;
	/* Nothing below may fail. */
	if (kind == ENTRY_LEAF && fault->access != ACCESS_WRITE) {
		path_enter_sealed(fault);
		return 0;
	}
	path_own(fault, &path);
	if (kind == ENTRY_ANON) {
		resolve_anon(fault, path.node, path.entry);
	} else if (kind == ENTRY_FILE) {
		resolve_file(fault, path.node, path.entry);
	} else if (!(entry_load(path.entry) & PTE_W)) {
		resolve_write(fault, path.node, path.entry);
	}
	return 0;
}

/* Get, without the lock, what fault_check_needs found missing. */
static int
fault_supply(struct fault *fault)
{
	struct object *object;
	int err;

	if (fault->need_page) {
		fault->need_page = false;
		object = object_at(fault->page_object);
		err = object_page(object, fault->page_index, &fault->page);
		/* Perhaps what was dropped has only not been freed yet. */
		if (err == -ENOSPC) {
			reclaim_dropped();
			err = object_page(object, fault->page_index,
			    &fault->page);
		}
		object_put(object);
		if (err != 0)
			return err;
	}
	return stock_fill(&fault->stock, fault->need_frame,
	    fault->need_nodes);
}

/* Field by field: clearing all of it costs as much as the walk. */
static void
fault_begin(struct fault *fault, struct space *space, vaddr_t addr,
    enum access access)
{
	fault->space = space;
	fault->addr = addr;
	fault->access = access;
	fault->stock.page = NULL;
	fault->stock.nnodes = 0;
	fault->changes.inner = false;
	fault->changes.remote = false;
	fault->changes.code = false;
	fault->changes.page = addr;
	fault->changes.nold = 0;
	fault->page = NULL;
	fault->need_page = false;
	fault->need_frame = false;
	fault->need_nodes = 0;
}

/* Whether there was a promise to be written, and the fault was quickly served
 * then. */
static inline bool
fault_quick_promised(struct space *space, vaddr_t addr, enum access access)
{
	struct frame *ahead = NULL;

	return space_write_promised(space) &&
	    fault_quick(space, addr, access, &ahead);
}

/* Kept out of who calls it, who has few registers to save without it.
 * needs: space->lock, which is given up */
static __attribute__((noinline)) int
fault_any(struct space *space, vaddr_t addr, enum access access)
{
	struct fault fault;
	int err;

	if (fault_quick_promised(space, addr, access)) {
		mutex_unlock(&space->lock);
		return 0;
	}
	fault_begin(&fault, space, addr, access);
	for (;;) {
		err = fault_serve(&fault);
		if (err == 0)
			changes_finish(&fault.changes, space);
		mutex_unlock(&space->lock);
		/* Nothing is there: perhaps what lies above grows. */
		if (err == -EFAULT)
			err = space_grow(space, fault.addr);
		if (err != -EAGAIN)
			break;
		err = fault_supply(&fault);
		if (err != 0)
			break;
		mutex_lock(&space->lock);
		space_write_promised(space);
	}
	if (fault.page != NULL)
		frame_unpin(fault.page);
	stock_empty(&fault.stock);
	return err;
}

/* The same, for the thread that runs. */
static __attribute__((noinline)) int
fault_of_thread(struct thread *thread, vaddr_t addr, enum access access)
{
	uint64_t reads = thread->disk_reads;
	int err = fault_any(thread->space, addr, access);

	thread->faults_disk += thread->disk_reads != reads;
	return err;
}

/* Whether other harts run the space, and it is likely to want fresh memory. */
static inline bool
space_is_filled_by_many(const struct space *space)
{
	uint32_t harts = atomic_load_relaxed(&space->active);

	return (harts & (harts - 1)) != 0 && atomic_load_relaxed(&space->fills);
}

/* The usual fault of a space that many fill: who waits for the lock need not
 * wait until a frame is cleared. */
static __attribute__((noinline)) bool
fault_lock_ahead(struct space *space, vaddr_t addr)
{
	struct frame *frame = fresh_frame();
	bool done;

	mutex_lock(&space->lock);
	done = fault_quick(space, addr, ACCESS_WRITE, &frame);
	if (done)
		mutex_unlock(&space->lock);
	if (frame == NULL)
		fence_page_here(space, addr);
	else
		frame_return(frame, true);
	return done;
}

/* Lock the space, and serve a fault if that is quickly done.
 * returns: whether it was, and the lock given up */
static inline bool
fault_lock(struct space *space, vaddr_t addr, enum access access)
{
	struct frame *ahead = NULL;

	ASSERT(!spin_held_any());
	if (access == ACCESS_WRITE && space_is_filled_by_many(space))
		return fault_lock_ahead(space, addr);
	mutex_lock(&space->lock);
	if (!fault_quick(space, addr, access, &ahead))
		return false;
	mutex_unlock(&space->lock);
	return true;
}

int
space_fault(struct space *space, vaddr_t addr, enum access access)
{
	if (addr >= USER_END)
		return -EFAULT;
	addr = ROUND_DOWN(addr, PAGE_BYTES);
	return fault_lock(space, addr, access) ? 0 :
	    fault_any(space, addr, access);
}

int
trap_on_fault(vaddr_t addr, enum access access)
{
	struct thread *thread = hart_this()->thread;

	if (thread->space == NULL || addr >= USER_END)
		return -EFAULT;
	thread->faults++;
	addr = ROUND_DOWN(addr, PAGE_BYTES);
	return fault_lock(thread->space, addr, access) ? 0 :
	    fault_of_thread(thread, addr, access);
}
