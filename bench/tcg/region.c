// SPDX-License-Identifier: GPL-2.0-or-later
#include "region.h"

const char *const region_op_names[DAXPIN_OP_COUNT] = {
	[DAXPIN_OP_GET] = "get",
	[DAXPIN_OP_PUT] = "put",
	[DAXPIN_OP_BIND] = "bind",
	[DAXPIN_OP_UNBIND] = "unbind",
};

/* To whom what was executed since the last change belongs. */
static void account(struct region *r, const struct region_counters *now)
{
	struct region_counts *counts = &r->total[r->op].counts;

	if (!r->active)
		return;
	if (r->pause == REGION_RUNS) {
		counts->instructions += now->instructions - r->since.instructions;
		counts->atomics += now->atomics - r->since.atomics;
		counts->loads += now->loads - r->since.loads;
		counts->stores += now->stores - r->since.stores;
	} else {
		counts->apart_instructions += now->instructions - r->since.instructions;
	}
	r->since = *now;
}

static void pause_for(struct region *r, enum region_pause pause, const struct region_counters *now)
{
	account(r, now);
	r->pause = pause;
	r->counting = r->active && pause == REGION_RUNS;
}

static void start(struct region *r, enum daxpin_op op, const struct region_counters *now, uint64_t host_ns)
{
	r->op = op;
	r->active = true;
	r->counting = true;
	r->since = *now;
	r->host_since = host_ns;
	r->total[op].regions++;
}

static void stop(struct region *r, bool doubtful, const struct region_counters *now, uint64_t host_ns)
{
	struct region_total *total = &r->total[r->op];

	/* The mark is executed by the task itself: it cannot be away. */
	total->doubtful += doubtful || r->pause != REGION_RUNS;
	account(r, now);
	total->host_ns += host_ns - r->host_since;
	r->active = false;
	r->counting = false;
}

void region_begin(struct region *r, uint64_t op, const struct region_counters *now, uint64_t host_ns)
{
	/* The end of the one before was not seen: its thread was killed, or went to another CPU. */
	if (r->active)
		stop(r, true, now, host_ns);
	r->open = true;
	r->pause = REGION_RUNS;
	r->split = op == DAXPIN_OP_SPLIT;
	r->split_calls = 0;
	if (op < DAXPIN_OP_COUNT)
		start(r, (enum daxpin_op)op, now, host_ns);
}

void region_end(struct region *r, const struct region_counters *now, uint64_t host_ns)
{
	/* A call of the function that splits was not seen. */
	bool torn = r->open && r->split && r->split_calls < 4, active = r->active;

	if (active)
		stop(r, torn, now, host_ns);
	for (int op = DAXPIN_OP_GET; torn && op <= DAXPIN_OP_PUT; op++)
		r->total[op].doubtful += !active || op != (int)r->op;
	r->open = false;
}

void region_split(struct region *r, const struct region_counters *now, uint64_t host_ns)
{
	if (!r->open || !r->split || r->pause != REGION_RUNS)
		return;
	switch (++r->split_calls) {
	case 1:
		start(r, DAXPIN_OP_GET, now, host_ns);
		break;
	case 3:
		start(r, DAXPIN_OP_PUT, now, host_ns);
		break;
	case 2:
	case 4:
		stop(r, false, now, host_ns);
		break;
	}
}

void region_interrupt(struct region *r, const struct region_frame *frame, const struct region_counters *now)
{
	/* One in an interrupt, or in another task, ends before the region goes on. */
	if (!r->open || r->pause != REGION_RUNS)
		return;
	r->frame = *frame;
	pause_for(r, REGION_INTERRUPTED, now);
}

void region_iret(struct region *r, const struct region_frame *frame, const struct region_counters *now)
{
	if (!r->open || r->pause != REGION_INTERRUPTED)
		return;
	/* Another interrupt, in this one or in a task that ran meanwhile, has another frame. */
	if (frame->ip == r->frame.ip && frame->sp == r->frame.sp && frame->page_table == r->frame.page_table)
		pause_for(r, REGION_RUNS, now);
}

void region_switch(struct region *r, uint64_t old_sp, uint64_t new_sp, const struct region_counters *now)
{
	if (!r->open)
		return;
	if (r->pause == REGION_RUNS) {
		r->task_sp = old_sp;
		pause_for(r, REGION_SWITCHED, now);
	} else if (r->pause == REGION_SWITCHED && new_sp == r->task_sp) {
		pause_for(r, REGION_RUNS, now);
	}
}
