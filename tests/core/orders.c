#include "orders.h"

#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "core/base/string.h"
#include "fake/fibers.h"
#include "fake/machine.h"
#include "fake/mmu.h"

static struct parallel *running;

static void
hart_body(uint32_t hart)
{
	for (uint32_t i = 0; i < running->nops; i++)
		op_run(&running->ops[hart][i], &running->results[hart][i]);
}

/* Find an order of what is left of each hart's operations that explains all.
 * `done` says how many of each hart are in the model already. */
static bool
orders_explain(const struct parallel *p, const struct model *so_far,
    uint32_t *done)
{
	struct model *next;
	bool any = false, explained = false;

	for (uint32_t h = 0; h < p->nharts && !explained; h++) {
		if (done[h] == p->nops)
			continue;
		any = true;
		next = malloc(sizeof(*next));
		memcpy(next, so_far, sizeof(*next));
		if (model_apply(next, &p->ops[h][done[h]],
		    &p->results[h][done[h]])) {
			done[h]++;
			explained = orders_explain(p, next, done);
			done[h]--;
		}
		free(next);
	}
	if (any)
		return explained;
	if (!views_agree(so_far))
		return false;
	memcpy(&model, so_far, sizeof(model));
	return true;
}

void
parallel_run(struct parallel *p,
    uint32_t (*choose)(uint32_t ready, const char *what))
{
	static struct model before;
	uint32_t done[HARTS_MAX] = { 0 };

	running = p;
	memset(p->results, 0, sizeof(p->results));
	memcpy(&before, &model, sizeof(model));
	for (uint32_t i = 0; i < harts_count(); i++)
		mmu_settle(i);
	fibers_run(p->nharts, hart_body, choose);
	check_counts();
	CHECK(orders_explain(p, &before, done),
	    "no order explains what happened");
	check_tlbs(&model);
}

void
parallel_print(const struct parallel *p)
{
	for (uint32_t h = 0; h < p->nharts; h++)
		for (uint32_t i = 0; i < p->nops; i++) {
			const struct result *result = &p->results[h][i];

			op_print(&p->ops[h][i]);
			printf("\t\tran %d err %lld done %zu data %u\n",
			    result->ran, (long long)result->err, result->done,
			    result->data[0]);
		}
}
