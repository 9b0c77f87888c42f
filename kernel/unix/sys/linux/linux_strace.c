/*
 * Printing calls.  What goes in is written down before the call, for it may
 * change it; what comes out, from the first 'B' on, after it.
 *
 *	d int		u unsigned	l 64 bits	x, z hexadecimal, size
 *	o mode		p address	f descriptor	a directory's descriptor
 *	s string	b bytes, as many as the next argument says
 *	B the same, as many as the call returned
 *	F fcntl's command	S signal	O P M A C W flags (linux_names.c)
 *	! in front of all: it may not come back, so it is printed before too
 */
#include "unix/sys/linux/linux_strace.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/format.h"
#include "core/base/params.h"
#include "core/base/print.h"
#include "core/base/string.h"
#include "core/cpu/boot.h"
#include "core/vm/user.h"
#include "unix/proc/proc.h"
#include "unix/sys/linux/linux_calls.h"
#include "unix/sys/linux/linux_names.h"

/* What is left of a message of the log beside pid, name and result. */
#define LINE_BYTES	(PRINT_BYTES - 64)
/* Of a string, so much is shown. */
#define STRING_BYTES	40

struct line {
	size_t used;
	char text[LINE_BYTES];
};

bool linux_strace_on;

void
linux_strace_init(void)
{
	char value[4];

	linux_strace_on = machine_argument("strace", value, sizeof(value)) &&
	    strcmp(value, "on") == 0;
}

bool
linux_strace_asked(const struct linux_call *call)
{
	struct proc *proc = proc_this();

	if (atomic_load_relaxed(&proc->traced))
		return true;
	if (proc == proc_first())
		return false;
	/* Where init is no Linux program its children run other programs. */
	if (call->function != linux_execve && proc_first()->door == proc->door)
		return false;
	atomic_store_relaxed(&proc->traced, true);
	return true;
}

/* Append formatted text; what does not fit is cut. */
#define line_add(line, ...) \
	((line)->used = MIN(LINE_BYTES - 1, (line)->used + \
	    format_text((line)->text + (line)->used, \
	    LINE_BYTES - (line)->used, __VA_ARGS__)))

static void
line_add_byte(struct line *line, uint8_t byte)
{
	if (byte == '\n')
		line_add(line, "\\n");
	else if (byte == '"' || byte == '\\')
		line_add(line, "\\%c", byte);
	else if (byte >= ' ' && byte < 127)
		line_add(line, "%c", byte);
	else
		line_add(line, "\\x%02x", byte);
}

static void
line_add_bytes(struct line *line, vaddr_t from, uint64_t len)
{
	uint8_t bytes[STRING_BYTES];
	size_t shown = MIN(len, sizeof(bytes));

	if (user_read(bytes, from, shown, NULL) != 0) {
		line_add(line, "0x%lx", from);
		return;
	}
	line_add(line, "\"");
	for (size_t i = 0; i < shown; i++)
		line_add_byte(line, bytes[i]);
	line_add(line, shown < len ? "\"..." : "\"");
}

static void
line_add_string(struct line *line, vaddr_t from)
{
	char text[STRING_BYTES];
	int64_t len = user_read_string(text, from, sizeof(text));

	if (len == -ENAMETOOLONG)
		line_add_bytes(line, from, sizeof(text) + 1);
	else if (len < 0)
		line_add(line, "0x%lx", from);
	else
		line_add_bytes(line, from, (uint64_t)len);
}

static void
line_add_flags(struct line *line, const struct linux_flag_name *name,
    uint64_t flags)
{
	uint64_t left = flags;
	bool any = false;

	for (; name->name != NULL; name++) {
		if ((flags & name->mask) != name->value ||
		    (name->value != 0 && (left & name->value) == 0))
			continue;
		line_add(line, any ? "|%s" : "%s", name->name);
		left &= ~name->value;
		any = true;
	}
	if (left != 0 || !any)
		line_add(line, any ? "|0x%lx" : "0x%lx", left);
}

/* A name where there is one, else the number. */
static void
line_add_name(struct line *line, const char *name, uint64_t number)
{
	if (name != NULL)
		line_add(line, "%s", name);
	else
		line_add(line, "%d", (int32_t)number);
}

/* returns: false, for an argument that shows only after the call */
static bool
argument_add_special(struct line *line, char kind, const uint64_t *argument,
    const int64_t *result)
{
	const struct linux_flag_name *flags = linux_flag_names(kind);

	if (kind == 'B' && result == NULL)
		return false;
	if (flags != NULL)
		line_add_flags(line, flags, kind == 'P' ? *argument :
		    (uint32_t)*argument);
	else if (kind == 'B' && *result < 0)
		line_add(line, "0x%lx", *argument);
	else if (kind == 'B')
		line_add_bytes(line, argument[0], (uint64_t)*result);
	else if (kind == 'b')
		line_add_bytes(line, argument[0], argument[1]);
	else if (kind == 's')
		line_add_string(line, *argument);
	else if (kind == 'F')
		line_add_name(line, linux_fcntl_name(*argument), *argument);
	else if (kind == 'S')
		line_add_name(line, linux_signal_name(*argument), *argument);
	else
		line_add(line, "0x%lx", *argument);
	return true;
}

/* The same; result: NULL before the call */
static bool
argument_add(struct line *line, char kind, const uint64_t *argument,
    const int64_t *result)
{
	switch (kind) {
	case 'd':
	case 'f':
		line_add(line, "%d", (int32_t)*argument);
		return true;
	case 'a':
		line_add_name(line, (int32_t)*argument == -100 ? "AT_FDCWD" :
		    NULL, *argument);
		return true;
	case 'u':
		line_add(line, "%u", (uint32_t)*argument);
		return true;
	case 'l':
		line_add(line, "%ld", (int64_t)*argument);
		return true;
	case 'z':
		line_add(line, "%lu", *argument);
		return true;
	case 'o':
		line_add(line, "0%u%u%u%u", (uint32_t)(*argument >> 9 & 7),
		    (uint32_t)(*argument >> 6 & 7),
		    (uint32_t)(*argument >> 3 & 7), (uint32_t)(*argument & 7));
		return true;
	default:
		return argument_add_special(line, kind, argument, result);
	}
}

/* Append arguments from number *next on, while they can be shown. */
static void
arguments_add(struct line *line, const char *kinds,
    const struct linux_args *args, uint32_t *next, const int64_t *result)
{
	size_t start = line->used;

	for (; kinds[*next] != '\0'; (*next)++) {
		start = line->used;
		if (*next > 0)
			line_add(line, ", ");
		if (!argument_add(line, kinds[*next], &args->a[*next], result))
			break;
		start = line->used;
	}
	line->used = start;
	line->text[start] = '\0';
}

static void
line_print(const struct linux_call *call, const struct line *line,
    int64_t result)
{
	const char *error = result < 0 && result >= -4095 ?
	    linux_errno_name((uint64_t)-result) : NULL;
	int32_t pid = proc_this()->pid;

	if (error != NULL)
		print("%d %s(%s) = %ld %s\n", pid, call->name, line->text,
		    result, error);
	else if (result >= 0 && result < 1 << 24)
		print("%d %s(%s) = %ld\n", pid, call->name, line->text,
		    result);
	else
		print("%d %s(%s) = 0x%lx\n", pid, call->name, line->text,
		    (uint64_t)result);
}

int64_t
linux_strace_call(const struct linux_call *call,
    const struct linux_args *args)
{
	struct line line = { .used = 0, .text = "" };
	bool ends = call->arguments[0] == '!';
	const char *kinds = call->arguments + ends;
	uint32_t next = 0;
	int64_t result;

	arguments_add(&line, kinds, args, &next, NULL);
	if (ends)
		print("%d %s(%s)\n", proc_this()->pid, call->name, line.text);
	result = call->function(args);
	arguments_add(&line, kinds, args, &next, &result);
	if (!ends || result < 0)
		line_print(call, &line, result);
	return result;
}
