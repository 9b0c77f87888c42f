/*
 * Counts the guest's instructions by their address: a plugin of QEMU's.
 *
 *	qemu-system-riscv64 -plugin count.so,out=FILE,start=HEX,end=HEX
 *
 * FILE gets a line "ADDRESS COUNT", in hexadecimal and decimal, for each
 * address from `start` to before `end` that was executed.
 *
 * QEMU's header is in no package of Debian's, so what is used of it is
 * declared here; QEMU_API is the version of the interface QEMU is to hold us
 * to, which bench_profile.py finds out.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT		__attribute__((visibility("default")))
#define STEP_BYTES	2	/* instructions begin at even addresses */

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { CALLBACK_NO_REGISTERS };

extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
    void (*callback)(plugin_id, struct qemu_plugin_tb *));
extern void qemu_plugin_register_atexit_cb(plugin_id id,
    void (*callback)(plugin_id, void *), void *data);
extern void qemu_plugin_register_vcpu_insn_exec_cb(
    struct qemu_plugin_insn *insn, void (*callback)(unsigned, void *),
    int flags, void *data);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(
    const struct qemu_plugin_tb *tb, size_t index);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

EXPORT int qemu_plugin_version = QEMU_API;

static const char *out;
static uint64_t start, end, *counts;

static void
on_execution(unsigned hart, void *count)
{
	(void)hart;
	++*(uint64_t *)count;
}

static void
on_translation(plugin_id id, struct qemu_plugin_tb *tb)
{
	size_t count = qemu_plugin_tb_n_insns(tb);

	(void)id;
	for (size_t i = 0; i < count; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t addr = qemu_plugin_insn_vaddr(insn);

		if (addr >= start && addr < end)
			qemu_plugin_register_vcpu_insn_exec_cb(insn,
			    on_execution, CALLBACK_NO_REGISTERS,
			    &counts[(addr - start) / STEP_BYTES]);
	}
}

static void
on_exit_of_qemu(plugin_id id, void *data)
{
	FILE *file = fopen(out, "w");

	(void)id;
	(void)data;
	if (file == NULL) {
		perror(out);
		return;
	}
	for (uint64_t addr = start; addr < end; addr += STEP_BYTES) {
		uint64_t count = counts[(addr - start) / STEP_BYTES];

		if (count != 0)
			fprintf(file, "%" PRIx64 " %" PRIu64 "\n", addr,
			    count);
	}
	fclose(file);
}

EXPORT int
qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		if (value == NULL)
			return -1;
		*value++ = '\0';
		if (strcmp(argv[i], "out") == 0)
			out = strdup(value);
		else if (strcmp(argv[i], "start") == 0)
			start = strtoull(value, NULL, 16);
		else if (strcmp(argv[i], "end") == 0)
			end = strtoull(value, NULL, 16);
		else
			return -1;
	}
	if (out == NULL || start >= end)
		return -1;
	counts = calloc((end - start) / STEP_BYTES + 1, sizeof(*counts));
	if (counts == NULL)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
	return 0;
}
