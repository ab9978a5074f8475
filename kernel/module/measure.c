// SPDX-License-Identifier: GPL-2.0-only
/*
 * DAXPIN_IOC_MEASURE. Between the two readings of the clock there is nothing
 * but the call under test and two NOPs: no allocation, no copy to user space, no
 * lock and no atomic of ours. A plugin of QEMU counts between the NOPs.
 */
#include <linux/bits.h>
#include <linux/capability.h>
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "internal.h"
#include "uapi/daxpin_mark.h"

#define DAXPIN_LOG_CALLS 128U

/* Pages whose struct pages are evicted between two chances to reschedule. */
#define DAXPIN_EVICT_PAGES BIT(15)

/* The calls of one op on their way to user space. */
struct daxpin_log {
	struct daxpin_call *calls;
	unsigned int nr;
	struct daxpin_call __user *to;
	u64 room;
	u64 made;
	u64 ns;
};

struct daxpin_run_state {
	struct daxpin_measure *arg;
	const struct daxpin_getter *getter;
	const struct daxpin_putter *putter;
	unsigned int gup_flags;
	unsigned int put_pages;
	struct daxpin_memory memory;
	struct daxpin_window window;
	struct daxpin_order order;
	struct daxpin_runs runs;
	struct daxpin_log get_log;
	struct daxpin_log put_log;
	/* What the ioctl returns; arg->error only ends the loop. */
	int error;
};

static int daxpin_log_flush(struct daxpin_log *log)
{
	size_t bytes = log->nr * sizeof(*log->calls);

	if (!log->nr)
		return 0;
	if (copy_to_user(log->to, log->calls, bytes)) {
		log->room = 0;
		log->nr = 0;
		return -EFAULT;
	}
	log->to += log->nr;
	log->nr = 0;
	return 0;
}

static int daxpin_log_add(struct daxpin_log *log, u64 ns, u32 asked, s32 got,
			  u8 order)
{
	struct daxpin_call *call;

	log->made++;
	log->ns += ns;
	if (!log->room)
		return 0;
	log->room--;
	call = &log->calls[log->nr++];
	call->ns = ns;
	call->asked = asked;
	call->got = got;
	call->order = order;
	return log->nr == DAXPIN_LOG_CALLS ? daxpin_log_flush(log) : 0;
}

/* Puts all runs. Neither signals nor errors stop it. */
static void daxpin_put_all(struct daxpin_run_state *state)
{
	struct daxpin_window *window = &state->window;
	struct daxpin_cursor cursor;
	unsigned long nr;
	u64 start, ns;
	int ret;

	daxpin_cursor_start(&cursor, &state->runs);
	while ((nr = state->putter->prepare(window, &cursor,
					    state->put_pages))) {
		daxpin_reorder(&state->order, window);
		start = ktime_get_ns();
		daxpin_mark(DAXPIN_MARK_BEGIN, DAXPIN_OP_PUT);
		state->putter->put(window);
		daxpin_mark(DAXPIN_MARK_END, 0);
		ns = ktime_get_ns() - start;

		ret = daxpin_log_add(&state->put_log, ns, nr, nr,
				     DAXPIN_ORDER_UNKNOWN);
		if (ret)
			state->error = ret;
		cond_resched();
	}
	daxpin_runs_free(&state->runs);
}

/*
 * Once for all puts and not before each: it takes milliseconds and stops other
 * CPUs from using what is in their caches. What no put has touched stays cold.
 */
static int daxpin_evict(struct daxpin_run_state *state)
{
	struct daxpin_cursor cursor;
	struct daxpin_run part;

	daxpin_cursor_start(&cursor, &state->runs);
	while (daxpin_cursor_next(&cursor, DAXPIN_EVICT_PAGES, &part)) {
		if (signal_pending(current))
			return -EINTR;
		compat_evict(part.first, part.pages * sizeof(*part.first));
		cond_resched();
	}
	preempt_disable();
	compat_evict_all();
	daxpin_mark(DAXPIN_MARK_EVICT, 0);
	preempt_enable();
	return 0;
}

/* Between get and put; what has failed already is put at once. */
static void daxpin_put_later(struct daxpin_run_state *state, u32 hold_ms)
{
	struct daxpin_measure *arg = state->arg;

	if (!arg->error && !state->error) {
		if (hold_ms && msleep_interruptible(hold_ms))
			arg->error = -EINTR;
		else if (arg->flags & DAXPIN_COLD)
			arg->error = daxpin_evict(state);
	}
	daxpin_put_all(state);
}

/* One timed get of @nr pages; returns what the kernel returned. */
static long daxpin_get_once(struct daxpin_run_state *state, unsigned long addr,
			    unsigned int nr)
{
	struct page **pages = state->window.pages;
	u8 order = DAXPIN_ORDER_UNKNOWN;
	int id = compat_dax_read_lock(), ret;
	u64 start, ns;
	long got;

	start = ktime_get_ns();
	daxpin_mark(DAXPIN_MARK_BEGIN, DAXPIN_OP_GET);
	got = state->getter->get(addr, nr, state->gup_flags, pages);
	daxpin_mark(DAXPIN_MARK_END, 0);
	ns = ktime_get_ns() - start;

	if (got > 0) {
		unsigned long kept;

		state->arg->pages_got += got;
		ret = daxpin_runs_add(&state->runs, pages, got, &kept);
		if (ret) {
			state->getter->undo(pages + kept, got - kept);
			state->error = ret;
		} else {
			order = compat_page_order(pages[0]);
			daxpin_order_unit(&state->order, order);
		}
	}
	compat_dax_read_unlock(id);
	ret = daxpin_log_add(&state->get_log, ns, nr, got, order);
	if (ret)
		state->error = ret;
	return got;
}

static void daxpin_get_all(struct daxpin_run_state *state)
{
	struct daxpin_measure *arg = state->arg;
	unsigned long addr = arg->addr;
	unsigned long left = arg->length >> PAGE_SHIFT;
	unsigned int nr;
	long got;

	arg->rounds = 1;
	for (; left; left -= got, addr += got << PAGE_SHIFT) {
		if (signal_pending(current)) {
			arg->error = -EINTR;
			return;
		}
		nr = min_t(unsigned long, left, arg->pages_per_call);
		if (state->runs.nr + nr > DAXPIN_MAX_RUNS) {
			daxpin_put_later(state, 0);
			if (arg->error || state->error)
				return;
			arg->rounds++;
		}
		got = daxpin_get_once(state, addr, nr);
		if (got != nr) {
			arg->error = got < 0 ? got : 0;
			return;
		}
		if (state->error)
			return;
		cond_resched();
	}
}

static int daxpin_log_init(struct daxpin_log *log, struct daxpin_memory *memory,
			   u64 to, u64 room)
{
	if (!to || !room)
		return 0;
	log->to = u64_to_user_ptr(to);
	log->room = room;
	log->calls = daxpin_alloc(memory, DAXPIN_LOG_CALLS,
				  sizeof(*log->calls));
	return log->calls ? 0 : -ENOMEM;
}

static int daxpin_order_alloc(struct daxpin_run_state *state)
{
	struct daxpin_measure *arg = state->arg;
	struct daxpin_window *window = &state->window;
	struct daxpin_order *order = &state->order;

	order->order = arg->put_order;
	order->random = arg->put_seed;
	order->max_unit = roundup_pow_of_two(window->size);
	order->unit = min(arg->put_unit, order->max_unit);
	if (order->order == DAXPIN_PUT_ORDER_STRIDED ||
	    order->order == DAXPIN_PUT_ORDER_INTERLEAVED) {
		window->spare = daxpin_alloc(&state->memory, window->size,
					     sizeof(*window->spare));
		if (!window->spare)
			return -ENOMEM;
	}
	if (order->order == DAXPIN_PUT_ORDER_INTERLEAVED) {
		order->starts = daxpin_alloc(&state->memory, order->max_unit,
					     sizeof(*order->starts));
		if (!order->starts)
			return -ENOMEM;
	}
	return 0;
}

static int daxpin_measure_alloc(struct daxpin_run_state *state)
{
	struct daxpin_measure *arg = state->arg;
	struct daxpin_window *window = &state->window;
	int ret;

	window->size = min_t(u64, arg->length >> PAGE_SHIFT,
			     max(arg->pages_per_call, state->put_pages));
	window->pages = daxpin_alloc(&state->memory, window->size,
				     sizeof(*window->pages));
	if (!window->pages)
		return -ENOMEM;
	if (state->putter->parts) {
		window->counts = daxpin_alloc(&state->memory, window->size,
					      sizeof(*window->counts));
		if (!window->counts)
			return -ENOMEM;
	}
	ret = daxpin_order_alloc(state);
	if (ret)
		return ret;
	ret = daxpin_log_init(&state->get_log, &state->memory, arg->get_calls,
			      arg->get_calls_max);
	if (ret)
		return ret;
	return daxpin_log_init(&state->put_log, &state->memory, arg->put_calls,
			       arg->put_calls_max);
}

static void daxpin_measure_free(struct daxpin_run_state *state)
{
	struct daxpin_memory *memory = &state->memory;
	struct daxpin_window *window = &state->window;

	daxpin_free(memory, state->put_log.calls, DAXPIN_LOG_CALLS,
		    sizeof(*state->put_log.calls));
	daxpin_free(memory, state->get_log.calls, DAXPIN_LOG_CALLS,
		    sizeof(*state->get_log.calls));
	daxpin_free(memory, state->order.starts, state->order.max_unit,
		    sizeof(*state->order.starts));
	daxpin_free(memory, window->spare, window->size,
		    sizeof(*window->spare));
	daxpin_free(memory, window->counts, window->size,
		    sizeof(*window->counts));
	daxpin_free(memory, window->pages, window->size,
		    sizeof(*window->pages));
}

static int daxpin_order_check(const struct daxpin_measure *arg,
			      const struct daxpin_putter *putter)
{
	if (arg->put_order >= DAXPIN_PUT_ORDER_COUNT)
		return -EINVAL;
	/* A part is in order by itself. */
	if (arg->put_order != DAXPIN_PUT_ORDER_SEQUENTIAL && putter->parts)
		return -EINVAL;
	if (arg->put_seed && arg->put_order != DAXPIN_PUT_ORDER_SHUFFLED)
		return -EINVAL;
	if (!arg->put_unit)
		return 0;
	if (arg->put_order != DAXPIN_PUT_ORDER_INTERLEAVED ||
	    !is_power_of_2(arg->put_unit) ||
	    arg->put_unit > DAXPIN_MAX_PAGES_PER_CALL)
		return -EINVAL;
	return 0;
}

static int daxpin_cold_check(const struct daxpin_measure *arg)
{
	if (!(arg->flags & DAXPIN_COLD))
		return 0;
	if (!compat_can_evict())
		return -EOPNOTSUPP;
	/* It slows down everybody on the machine. */
	return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

static int daxpin_measure_check(const struct daxpin_measure *arg)
{
	const struct daxpin_getter *getter = daxpin_getter(arg->get);
	const struct daxpin_putter *putter = daxpin_putter(arg->put);
	int ret;

	if (!getter || !putter || getter->pins != putter->pins)
		return -EINVAL;
	if (!arg->pages_per_call ||
	    arg->pages_per_call > DAXPIN_MAX_PAGES_PER_CALL ||
	    arg->put_pages_per_call > DAXPIN_MAX_PAGES_PER_CALL)
		return -EINVAL;
	/* File systems may not cope with pages dirtied behind their back. */
	if (putter->dirties && !(arg->flags & DAXPIN_WRITE))
		return -EINVAL;
	if (arg->hold_ms > DAXPIN_MAX_HOLD_MS)
		return -EINVAL;
	ret = daxpin_order_check(arg, putter);
	if (ret)
		return ret;
	if (!getter->get || !putter->put)
		return -EOPNOTSUPP;
	ret = daxpin_check_range(arg->addr, arg->length,
				 arg->flags & ~DAXPIN_COLD);
	return ret ?: daxpin_cold_check(arg);
}

static void daxpin_measure_run(struct daxpin_run_state *state)
{
	struct daxpin_measure *arg = state->arg;
	int ret;

	daxpin_get_all(state);
	daxpin_put_later(state, arg->hold_ms);

	ret = daxpin_log_flush(&state->get_log);
	if (!ret)
		ret = daxpin_log_flush(&state->put_log);
	if (ret)
		state->error = ret;

	arg->get_calls_made = state->get_log.made;
	arg->get_ns = state->get_log.ns;
	arg->put_calls_made = state->put_log.made;
	arg->put_ns = state->put_log.ns;
	arg->memory_peak_bytes = state->memory.peak;
}

int daxpin_measure(struct daxpin_file *file, struct daxpin_measure *arg)
{
	struct daxpin_run_state state = {
		.arg = arg,
		.memory.file = file,
		.runs.memory = &state.memory,
	};
	struct daxpin_charge charge;
	int ret = daxpin_measure_check(arg);

	if (ret)
		return ret;

	state.getter = daxpin_getter(arg->get);
	state.putter = daxpin_putter(arg->put);
	state.gup_flags = state.getter->gup_flags;
	if (arg->flags & DAXPIN_WRITE)
		state.gup_flags |= FOLL_WRITE;
	state.put_pages = arg->put_pages_per_call ?: DAXPIN_MAX_PAGES_PER_CALL;
	arg->pages_got = 0;
	arg->error = 0;

	ret = daxpin_charge(&charge, arg->length >> PAGE_SHIFT);
	if (ret)
		return ret;
	ret = daxpin_measure_alloc(&state);
	if (!ret) {
		daxpin_measure_run(&state);
		ret = state.error;
	}
	daxpin_measure_free(&state);
	daxpin_uncharge(&charge);
	return ret;
}
