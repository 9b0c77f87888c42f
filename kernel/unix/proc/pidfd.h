/*
 * Pidfds: files that stand for a process, and go on standing for it, and for
 * no other, when its number is somebody else's.
 */
#pragma once

#include "unix/fs/file.h"

struct proc;
struct signal_info;

/*
 * A file for process `pid`.  flags: FILE_NONBLOCK or 0
 * returns: 0; -ESRCH; -EINVAL (a thread's number); -ENOMEM, -ENFILE
 */
int pidfd_open(int32_t pid, uint32_t flags, struct file **out);

/* A file for a process that is still to be made, and to be attached to.
 * returns: 0; -ENOMEM, -ENFILE */
int pidfd_create(struct file **out);
/* needs: proc_lock; `file` is pidfd_create's, `proc` was just given a number */
void pidfd_attach(struct file *file, struct proc *proc);

/* Its process's number.  returns: -EBADF if it is no pidfd; -ESRCH if the
 * process was waited for */
int32_t pidfd_pid(struct file *file);

/* As kill(2).  returns: 0; -EBADF, -ESRCH; -EPERM; -EAGAIN */
int pidfd_kill(struct file *file, const struct signal_info *info);

/*
 * What descriptor `fd` of the process stands for, for who may look into it
 * (root, or the same user and group in every respect), with a reference.
 * returns: 0; -EBADF (either), -ESRCH (it has exited), -EPERM
 */
int pidfd_take(struct file *file, int32_t fd, struct file **out);

/* `proc` is a zombie now; or it goes, and no file stands for it any more.
 * needs: proc_lock */
void pidfds_tell(struct proc *proc);
void pidfds_leave(struct proc *proc);
