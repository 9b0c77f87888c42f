/*
 * Finding the file to run: scripts, the dynamic linker, and with whose rights.
 * What it asks for is mapped in program_map.c.
 */
#include "unix/proc/program.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/string.h"
#include "unix/fs/vfs.h"
#include "unix/proc/door.h"
#include "unix/proc/exec.h"
#include "unix/proc/memory.h"
#include "unix/proc/proc.h"

#define NAME_MAX	255	/* before there is a door */
#define MODE_GROUP_RUNS	00010u

/* Take a file that is at hand, which the caller must be allowed to run. */
static int
file_take(struct program_part *part, struct vnode *vnode)
{
	int err = vnode_open(vnode, proc_credentials(), VFS_EXECUTE);

	if (err != 0)
		return err;
	vnode_get(vnode);
	part->vnode = vnode;
	return 0;
}

/*
 * Open the file a program of `door` (NULL: the kernel) calls `path`.
 *
 * needs: part->vnode NULL
 * gives: part->vnode, with writes to it denied
 */
static int
part_open(struct program_part *part, const char *path,
    const struct exec_file *file, const struct door *door)
{
	struct vfs_path where = {
		.text = path,
		.place = proc_this()->place,
		.who = proc_credentials(),
		.name_max = door != NULL ? door->name_max : NAME_MAX,
	};
	struct vfs_open request = { .flags = VFS_EXECUTE };
	bool asks = door != NULL && door->runs_by_right;
	int err;

	if (file != NULL)
		err = file_take(part, file->vnode);
	else if (asks)
		err = vfs_open(&where, &request, &part->vnode);
	else
		err = vfs_lookup(&where, true, &part->vnode);
	/* It must not change between reading its headers and mapping it. */
	if (err == 0)
		vnode_deny_writes(part->vnode);
	if (err == 0 && asks && vnode_has_writers(part->vnode))
		err = -ETXTBSY;
	return err;
}

static void
part_close(struct program_part *part)
{
	if (part->vnode == NULL)
		return;
	vnode_allow_writes(part->vnode);
	vnode_put(part->vnode);
	part->vnode = NULL;
}

int
proc_exec_may(const struct exec_file *file, const char *path)
{
	struct program_part part = { 0 };
	int err = part_open(&part, path, file, proc_this()->door);

	part_close(&part);
	return err;
}

/* Read what the file asks for.  needs: it is open */
static int
part_read(struct program_part *part)
{
	int err = vnode_stat(part->vnode, &part->stat);

	if (err != 0)
		return err;
	return elf_read(part->vnode, &part->stat, &part->image);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * Split the first line of a script, "#! interpreter argument", in place.
 * returns: 0; -ENOEXEC if it is none, or names no interpreter, or its name is
 *          cut off by the end of `text`
 */
static int
script_parse(char *text, size_t len, char **interpreter, char **argument)
{
	char *at = text + 2, *end;

	if (len < 3 || text[0] != '#' || text[1] != '!')
		return -ENOEXEC;
	for (end = at; end < text + len && *end != '\n' && *end != '\0'; end++)
		continue;
	while (end > at && end < text + len && is_blank(end[-1]))
		end--;
	while (at < end && is_blank(*at))
		at++;
	*interpreter = at;
	while (at < end && !is_blank(*at))
		at++;
	if (at == *interpreter || at == text + len)
		return -ENOEXEC;
	*argument = NULL;
	if (at < end) {
		*at++ = '\0';
		while (at < end && is_blank(*at))
			at++;
		*argument = at;
	}
	*end = '\0';
	return 0;
}

/* Put what runs a script in place of its first argument. */
static int
script_arguments(struct strings *arguments, const char *interpreter,
    const char *argument, const char *path)
{
	struct strings head = { 0 };
	int err = strings_add(&head, interpreter);

	if (err == 0 && argument != NULL)
		err = strings_add(&head, argument);
	if (err == 0)
		err = strings_add(&head, path);
	if (err != 0) {
		strings_free(&head);
		return err;
	}
	if (arguments->count > 0)
		strings_drop_first(arguments);
	strings_prepend(arguments, &head);
	return 0;
}

/*
 * Open program->main at `path` (`file`, if not NULL), or what runs the script
 * there.
 * gives: program->text, if there was a script the path of what runs it
 */
static int
main_open(struct program *program, const char *path,
    const struct exec_file *file, struct strings *arguments)
{
	const struct door *door = proc_this()->door;
	bool scripts = door == NULL || door->scripts;
	char *interpreter, *argument;
	int64_t len;
	int err;

	for (uint32_t depth = 0; depth <= SCRIPTS_MAX; depth++) {
		err = part_open(&program->main, path, file, door);
		if (err == 0)
			err = part_read(&program->main);
		if (err != -ENOEXEC || !scripts)
			return err;
		/* One byte is left for a NUL after the longest line. */
		len = vnode_read_kernel(program->main.vnode, program->next, 0,
		    sizeof(program->next) - 1);
		if (len < 0)
			return (int)len;
		err = script_parse(program->next, (size_t)len, &interpreter,
		    &argument);
		/* Its interpreter would not find it. */
		if (err == 0 && file != NULL && file->vanishes)
			err = -ENOENT;
		if (err == 0)
			err = script_arguments(arguments, interpreter,
			    argument, path);
		if (err != 0)
			return err;
		string_copy(program->text, interpreter, sizeof(program->text));
		path = program->text;
		file = NULL;
		part_close(&program->main);
	}
	return -ELOOP;
}

static int
linker_open(struct program *program)
{
	struct program_part *linker = &program->linker;
	int err;

	err = elf_read_linker(program->main.vnode, &program->main.image,
	    program->next, sizeof(program->next));
	if (err == 0)
		err = part_open(linker, program->next, NULL,
		    program->door);
	if (err == 0)
		err = part_read(linker);
	if (err == 0 && linker->image.linker_bytes > 0)
		err = -ENOEXEC;
	return err;
}

/* Whom the program acts for: its maker, or its file's owner if it says so. */
static void
credentials_take(struct program *program)
{
	struct credentials *who = &program->credentials;
	const struct vnode_stat *stat = &program->main.stat;
	uint32_t mode = stat->mode;

	credentials_copy(who, proc_credentials());
	if ((vnode_mount_flags(program->main.vnode) & MOUNT_NO_SUID) ||
	    atomic_load_relaxed(&proc_this()->no_new_rights))
		mode &= ~(MODE_SET_UID | MODE_SET_GID);
	if (mode & MODE_SET_UID)
		who->euid = stat->uid;
	if ((mode & MODE_SET_GID) && (mode & MODE_GROUP_RUNS))
		who->egid = stat->gid;
	/* A new program of root's has what the old one may have given up. */
	if (!atomic_load_relaxed(&proc_this()->no_new_rights) &&
	    (who->uid == 0 || who->euid == 0))
		who->powerless = false;
	who->keeps_rights = who->may_rise = who->empowered = false;
	program->secure = who->euid != who->uid || who->egid != who->gid;
	program->in_order = !program->secure &&
	    (atomic_load_relaxed(&proc_this()->personality) &
	    ADDR_NO_RANDOMIZE);
	who->suid = who->fsuid = who->euid;
	who->sgid = who->fsgid = who->egid;
}

/* Only what is looked at before it is set: the images are large. */
static void
program_init(struct program *program)
{
	program->door = NULL;
	program->main.vnode = program->linker.vnode = NULL;
	program->main.base = program->linker.base = 0;
	program->memory = NULL;
	program->secure = program->in_order = program->holds = false;
	program->chance[0] = program->chance[1] = 0;
	program->nchosen = 0;
	program->text[0] = program->next[0] = '\0';
}

int
program_open(struct program *program, const char *path,
    const struct exec_file *file, struct strings *arguments)
{
	const struct elf_image *image = &program->main.image;
	int err;

	program_init(program);
	err = main_open(program, path, file, arguments);
	if (err != 0)
		return err;
	program->door = door_for(image->lowest, image->is_static &&
	    !image->moves);
	if (program->door == NULL)
		return -ENOEXEC;
	if (image->linker_bytes > 0)
		err = linker_open(program);
	if (err == 0)
		credentials_take(program);
	return err;
}

void
program_close(struct program *program)
{
	part_close(&program->main);
	part_close(&program->linker);
	memory_put(program->memory);
	program->memory = NULL;
}
