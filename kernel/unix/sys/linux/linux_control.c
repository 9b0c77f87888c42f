#include "unix/sys/linux/linux_control.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/cpu/layout.h"
#include "core/vm/heap.h"
#include "core/vm/user.h"
#include "unix/fs/credentials.h"
#include "unix/fs/file.h"
#include "unix/proc/identity.h"
#include "unix/proc/proc.h"
#include "unix/sys/linux/linux_abi_socket.h"
#include "unix/sys/linux/linux_descriptor.h"

#define ALIGN(len)	ROUND_UP(len, sizeof(uint64_t))

/* More than any program sends: all descriptors and an identity. */
#define CONTROL_BYTES_MAX PAGE_BYTES

/* needs: header->len covers the header.  One list of descriptors. */
static int
files_read(struct linux_control_out *control, vaddr_t from, uint64_t bytes)
{
	uint64_t count = bytes / sizeof(int32_t);
	int err = 0;

	if (count > SOCKET_FILES_MAX - control->nfiles)
		return -EINVAL;
	if (control->files == NULL)
		control->files = heap_alloc(SOCKET_FILES_MAX *
		    sizeof(*control->files));
	if (control->files == NULL)
		return -ENOMEM;
	for (uint64_t i = 0; i < count && err == 0; i++) {
		int32_t fd;

		err = user_read(&fd, from + i * sizeof(fd), sizeof(fd), NULL);
		if (err == 0)
			err = linux_file_get_any((uint32_t)fd,
			    &control->files[control->nfiles]);
		control->nfiles += err == 0;
	}
	return err;
}

/* Only root says that it is somebody else. */
static int
identity_read(struct linux_control_out *control, vaddr_t from, uint64_t bytes)
{
	const struct credentials *own = proc_credentials();
	struct linux_ucred cred;
	struct credentials its;
	int err;

	if (bytes != sizeof(cred))
		return -EINVAL;
	err = user_read(&cred, from, sizeof(cred), NULL);
	if (err != 0)
		return err;
	if (!credentials_privileged(own) && (cred.pid != proc_this()->pid ||
	    (cred.uid != own->uid && cred.uid != own->euid &&
	    cred.uid != own->suid) || (cred.gid != own->gid &&
	    cred.gid != own->egid && cred.gid != own->sgid)))
		return -EPERM;
	if (proc_credentials_of(cred.pid, &its) != 0)
		return -ESRCH;
	control->who = (struct socket_identity){ cred.pid, cred.uid, cred.gid };
	control->has_identity = true;
	return 0;
}

/* One message of `len` bytes at `from`. */
static int
control_read_one(struct linux_control_out *control,
    const struct linux_cmsghdr *header, vaddr_t from)
{
	vaddr_t data = from + sizeof(*header);
	uint64_t bytes = header->len - sizeof(*header);

	/* What is for another layer is not for this one to judge. */
	if (header->level != LINUX_SOL_SOCKET)
		return 0;
	if (header->type == LINUX_SCM_RIGHTS)
		return files_read(control, data, bytes);
	if (header->type == LINUX_SCM_CREDENTIALS)
		return identity_read(control, data, bytes);
	return -EINVAL;
}

int
linux_control_read(struct linux_control_out *control, vaddr_t from,
    uint64_t len)
{
	struct linux_cmsghdr header;
	uint64_t at = 0;
	int err = 0;

	if (from == 0)
		return 0;
	if (len > CONTROL_BYTES_MAX)
		return -ENOBUFS;
	while (err == 0 && len - at >= sizeof(header)) {
		err = user_read(&header, from + at, sizeof(header), NULL);
		if (err == 0 && (header.len < sizeof(header) ||
		    header.len > len - at))
			err = -EINVAL;
		if (err == 0)
			err = control_read_one(control, &header, from + at);
		at = MIN(len, at + ALIGN(header.len));
	}
	if (err != 0)
		linux_control_close(control, true);
	return err;
}

void
linux_control_close(struct linux_control_out *control, bool put)
{
	for (uint32_t i = 0; put && i < control->nfiles; i++)
		file_put(control->files[i]);
	heap_free(control->files);
	control->files = NULL;
	control->nfiles = 0;
}

/* Where control messages are written, one after the other. */
struct writer {
	vaddr_t to;
	uint64_t room, used;
	bool truncated;
};

/*
 * One message, cut to what there is room for.
 * returns: 0 or -EFAULT
 */
static int
control_write_one(struct writer *writer, int32_t type, const void *data,
    uint64_t bytes)
{
	struct linux_cmsghdr header = {
		.level = LINUX_SOL_SOCKET, .type = type,
	};
	uint64_t left = writer->room - writer->used;
	vaddr_t at = writer->to + writer->used;
	int err;

	if (left < sizeof(header)) {
		writer->truncated = true;
		return 0;
	}
	writer->truncated |= left < sizeof(header) + bytes;
	header.len = MIN(left, sizeof(header) + bytes);
	err = user_write(at, &header, sizeof(header), NULL);
	if (err == 0)
		err = user_write(at + sizeof(header), data,
		    header.len - sizeof(header), NULL);
	writer->used = MIN(writer->room, writer->used + ALIGN(header.len));
	return err;
}

/* Give as many descriptors as there is room for; the others are closed. */
static int
files_write(struct writer *writer, struct socket_incoming *incoming,
    bool cloexec)
{
	int32_t fds[SOCKET_FILES_MAX];
	uint64_t left = writer->room - writer->used, fit = 0, n = 0;

	if (left > sizeof(struct linux_cmsghdr))
		fit = (left - sizeof(struct linux_cmsghdr)) / sizeof(fds[0]);
	for (; n < MIN(incoming->nfiles, fit); n++) {
		int64_t fd = linux_file_give(incoming->files[n], cloexec);

		/* A file that gets no number was put. */
		incoming->files[n] = NULL;
		if (fd < 0)
			break;
		fds[n] = (int32_t)fd;
	}
	writer->truncated |= n < incoming->nfiles;
	for (uint32_t i = (uint32_t)n; i < incoming->nfiles; i++)
		if (incoming->files[i] != NULL)
			file_put(incoming->files[i]);
	incoming->nfiles = 0;
	return n == 0 ? 0 : control_write_one(writer, LINUX_SCM_RIGHTS, fds,
	    n * sizeof(fds[0]));
}

int
linux_control_write(struct file *file, struct socket_incoming *incoming,
    vaddr_t to, uint64_t *len, bool cloexec, bool *truncated)
{
	struct writer writer = { to, to != 0 ? *len : 0, 0, false };
	uint64_t pass_identity = 0;
	int err = 0;

	(void)socket_option_get(file, SOCKET_OPTION_PASS_IDENTITY,
	    &pass_identity);
	if (pass_identity) {
		struct linux_ucred cred = { incoming->who.pid,
		    incoming->who.uid, incoming->who.gid };

		err = control_write_one(&writer, LINUX_SCM_CREDENTIALS, &cred,
		    sizeof(cred));
	}
	if (err == 0 && incoming->nfiles > 0)
		err = files_write(&writer, incoming, cloexec);
	*len = writer.used;
	*truncated = writer.truncated;
	return err;
}
