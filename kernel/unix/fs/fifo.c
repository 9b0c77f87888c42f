/*
 * FIFOs.  While a FIFO is open somewhere, or being opened, its vnode has a
 * pipe, which is found in a short list; what is in it goes when the last end
 * is closed.
 *
 * Lock order: fifo_lock and the pipe's own are never held together.
 */
#include "unix/fs/fifo.h"

#include "core/base/errno.h"
#include "core/base/params.h"
#include "core/vm/heap.h"
#include "unix/fs/pipe.h"

/* [f] fifo_lock */
struct fifo {
	struct list link;		/* [f] in `fifos` */
	struct vnode *vnode;		/* [c] held by the files */
	struct pipe *pipe;		/* [c] */
	uint32_t nfiles;		/* [f] open, or being opened */
};

static struct spinlock fifo_lock;
static struct list fifos;		/* [f] */

void
fifo_init(void)
{
	spin_init(&fifo_lock, "fifos", RANK_WAIT);
	list_init(&fifos);
}

/* needs: fifo_lock */
static struct fifo *
fifo_find(const struct vnode *vnode)
{
	LIST_FOR(link, &fifos) {
		struct fifo *fifo = LIST_ENTRY(link, struct fifo, link);

		if (fifo->vnode == vnode)
			return fifo;
	}
	return NULL;
}

static struct fifo *
fifo_new(struct vnode *vnode)
{
	struct fifo *fifo = heap_alloc(sizeof(*fifo));

	if (fifo == NULL)
		return NULL;
	fifo->pipe = pipe_new(PIPE_BYTES);
	if (fifo->pipe == NULL) {
		heap_free(fifo);
		return NULL;
	}
	fifo->vnode = vnode;
	list_init(&fifo->link);
	return fifo;
}

static void
fifo_free(struct fifo *fifo)
{
	if (fifo == NULL)
		return;
	pipe_put(fifo->pipe);
	heap_free(fifo);
}

/* The FIFO of a vnode, with one more file; NULL: no memory. */
static struct fifo *
fifo_enter(struct vnode *vnode)
{
	struct fifo *fifo, *fresh = NULL;

	spin_lock(&fifo_lock);
	fifo = fifo_find(vnode);
	if (fifo == NULL) {
		spin_unlock(&fifo_lock);
		fresh = fifo_new(vnode);
		if (fresh == NULL)
			return NULL;
		spin_lock(&fifo_lock);
		fifo = fifo_find(vnode);
	}
	if (fifo == NULL) {
		fifo = fresh;
		fresh = NULL;
		list_push_front(&fifos, &fifo->link);
	}
	fifo->nfiles++;
	spin_unlock(&fifo_lock);
	fifo_free(fresh);
	return fifo;
}

static void
fifo_leave(struct vnode *vnode)
{
	struct fifo *fifo;
	bool last;

	spin_lock(&fifo_lock);
	fifo = fifo_find(vnode);
	last = --fifo->nfiles == 0;
	if (last)
		list_remove(&fifo->link);
	spin_unlock(&fifo_lock);
	if (last)
		fifo_free(fifo);
}

static int
fifo_open(struct file *file)
{
	struct fifo *fifo = fifo_enter(file->vnode);
	int err;

	if (fifo == NULL)
		return -ENOMEM;
	file->private = fifo->pipe;
	err = pipe_join(fifo->pipe, file);
	if (err != 0)
		fifo_leave(file->vnode);
	return err;
}

static void
fifo_release(struct file *file)
{
	pipe_leave(file->private, file);
	fifo_leave(file->vnode);
}

const struct file_ops fifo_ops = {
	.name = "fifo",
	.open = fifo_open,
	.release = fifo_release,
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
};
