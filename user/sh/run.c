/*
 * Running a tree.  What the shell waits for is one child:
 *
 *	ls -l		sh -- ls
 *	a | b | c	sh -- job -- a, b, c
 *
 * so that ^C, which goes to one process and its descendants, ends a pipeline
 * as a whole.
 */
#include "sh.h"
#include "run.h"
#include "exec.h"

#define ENDED_MAX	32

int last_status;
int last_background;
bool interactive;

/* What break and continue left to do. */
static enum { LEAVE_NOTHING, LEAVE_ROUND, LEAVE_LOOP } leaving;
static int loops;			/* that are running */

void
run_leave_loop(bool whole)
{
	if (loops > 0)
		leaving = whole ? LEAVE_LOOP : LEAVE_ROUND;
}

/* Children that ended while another was waited for, for a later `wait`. */
static struct {
	int pid, status;
} ended[ENDED_MAX];
static unsigned nended;

static bool
find_ended(int pid, int *status)
{
	unsigned i;

	for (i = 0; i < ENDED_MAX; i++) {
		if (ended[i].pid == pid) {
			ended[i].pid = 0;
			*status = ended[i].status;
			return true;
		}
	}
	return false;
}

int
wait_for(int pid)
{
	int status, killed, gone;

	if (find_ended(pid, &status))
		return status;
	for (;;) {
		gone = wait_killed(&status, &killed);
		if (gone < 0)
			return STATUS_NOT_FOUND;
		status = killed ? STATUS_KILLED : status & 0xff;
		if (gone == pid)
			return status;
		/* The oldest is forgotten. */
		ended[nended % ENDED_MAX].pid = gone;
		ended[nended % ENDED_MAX].status = status;
		nended++;
	}
}

/* returns: as fork; a message is printed if it failed */
static int
child_start(void)
{
	int pid = fork();

	if (pid < 0)
		fprintf(2, "sh: cannot fork\n");
	if (pid == 0) {
		interactive = false;
		leaving = LEAVE_NOTHING;
		loops = 0;
	}
	return pid;
}

/* Wait for a child that has the console. */
static int
child_finish(int pid)
{
	int status;

	if (pid < 0)
		return 1;
	if (interactive)
		foreground(pid);
	status = wait_for(pid);
	if (interactive)
		foreground(0);
	return status;
}

/* Words that begin a command and are NAME=VALUE.  returns: those behind */
static const struct word *
run_assignments(const struct word *words)
{
	const char *p;

	for (; words != NULL; words = words->next) {
		for (p = words->text; is_name(*p, p == words->text);)
			p++;
		if (*p != '=' || p == words->text)
			break;
		variable_set(words->text, p - words->text, expand_text(p + 1));
	}
	return words;
}

/* In a child: become the command. */
static _Noreturn void
child_run_command(const struct node *node)
{
	struct fields fields;

	if (expand_words(run_assignments(node->words), &fields) < 0)
		exit(1);
	if (fields.count == 0)
		exit(0);
	if (builtin(fields.count, fields.items))
		exit(last_status);
	exec_command(fields.count, fields.items);
}

static int run_node(const struct node *node);

/* In a child: run the node and end. */
static _Noreturn void
child_run(const struct node *node)
{
	struct node bare = *node;

	if (redirect(node->redirects) < 0)
		exit(1);
	if (node->type == NODE_COMMAND)
		child_run_command(node);
	if (node->type == NODE_SUBSHELL || node->type == NODE_GROUP)
		exit(run(node->left));
	/* The redirections are done. */
	bare.redirects = NULL;
	exit(run_node(&bare));
}

/* In the job's process: start all but the last, be the last, wait for all. */
static _Noreturn void
child_run_pipeline(const struct node *node)
{
	int fds[2], pid, status, killed;

	for (; node->type == NODE_PIPE; node = node->right) {
		if (pipe(fds) < 0) {
			fprintf(2, "sh: no pipe\n");
			exit(1);
		}
		pid = child_start();
		if (pid == 0) {
			close(fds[0]);
			move_fd(fds[1], 1);
			close(fds[1]);
			child_run(node->left);
		}
		close(fds[1]);
		move_fd(fds[0], 0);
		close(fds[0]);
		if (pid < 0)
			exit(1);
	}
	pid = child_start();
	if (pid == 0)
		child_run(node);
	/* Who writes to a pipe that nobody reads must get to know it. */
	close(0);
	status = pid < 0 ? 1 : wait_for(pid);
	while (wait_killed(&fds[0], &killed) >= 0)
		;
	exit(status);
}

static int
run_in_child(const struct node *node)
{
	int pid = child_start();

	if (pid == 0 && node->type == NODE_PIPE)
		child_run_pipeline(node);
	if (pid == 0)
		child_run(node);
	return child_finish(pid);
}

static int
run_command(const struct node *node)
{
	struct fields fields;
	int pid;

	if (node->redirects != NULL)
		return run_in_child(node);
	captured = false;
	if (expand_words(run_assignments(node->words), &fields) < 0)
		return 1;
	if (fields.count == 0)
		return captured ? last_status : 0;
	if (builtin(fields.count, fields.items))
		return last_status;
	pid = child_start();
	if (pid == 0)
		exec_command(fields.count, fields.items);
	return child_finish(pid);
}

/* returns: whether the loop ends here */
static bool
round_ends_loop(void)
{
	bool ends = leaving == LEAVE_LOOP;

	leaving = LEAVE_NOTHING;
	return ends;
}

static int
run_while(const struct node *node)
{
	int status = 0;

	loops++;
	while ((run(node->left) == 0) == (node->type == NODE_WHILE)) {
		if (leaving == LEAVE_NOTHING)
			status = run(node->right);
		if (round_ends_loop())
			break;
	}
	loops--;
	return status;
}

static int
run_for(const struct node *node)
{
	const char *name = node->words->text;
	struct fields fields;
	int i, status = 0;

	if (expand_words(node->words->next, &fields) < 0)
		return 1;
	loops++;
	for (i = 0; i < fields.count; i++) {
		variable_set(name, strlen(name), fields.items[i]);
		status = run(node->right);
		if (round_ends_loop())
			break;
	}
	loops--;
	return status;
}

static int
run_if(const struct node *node)
{
	do {
		if (run(node->left) == 0)
			return run(node->right);
		node = node->other;
	} while (node != NULL && node->type == NODE_ELIF);
	return node != NULL ? run(node) : 0;
}

static int
run_node(const struct node *node)
{
	if (node->type == NODE_COMMAND)
		return run_command(node);
	if (node->redirects != NULL)
		return run_in_child(node);
	switch (node->type) {
	case NODE_AND:
		last_status = run_node(node->left);
		return last_status == 0 ? run_node(node->right) : last_status;
	case NODE_OR:
		last_status = run_node(node->left);
		return last_status != 0 ? run_node(node->right) : 0;
	case NODE_NOT:
		return run_node(node->left) == 0;
	case NODE_GROUP:
		return run(node->left);
	case NODE_IF:
		return run_if(node);
	case NODE_WHILE:
	case NODE_UNTIL:
		return run_while(node);
	case NODE_FOR:
		return run_for(node);
	default:
		return run_in_child(node);
	}
}

static void
run_background(const struct node *node)
{
	int pid = child_start();

	if (pid == 0 && node->type == NODE_PIPE)
		child_run_pipeline(node);
	if (pid == 0)
		child_run(node);
	last_status = pid < 0;
	if (pid < 0)
		return;
	last_background = pid;
	if (interactive)
		fprintf(2, "[%d]\n", pid);
}

int
run(const struct node *list)
{
	void *mark;

	for (; list != NULL && leaving == LEAVE_NOTHING; list = list->next) {
		mark = arena_mark();
		if (list->background)
			run_background(list);
		else
			last_status = run_node(list);
		arena_release(mark);
	}
	return last_status;
}
