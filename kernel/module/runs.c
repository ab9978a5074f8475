// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages between get and put. 1 TiB of 4K pages needs 2 GiB of pointers, but
 * only one run if it is contiguous. Of the struct pages only the first of a run
 * and one in 2 MiB of ordinary memory are read, so that put finds them as cold
 * as get left them. Nor does it take more than their numbers to bring them in
 * another order for put.
 */
#include <linux/bits.h>
#include <linux/gcd.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "compat.h"
#include "internal.h"

#define DAXPIN_RUNS_PER_CHUNK \
	((PAGE_SIZE - sizeof(void *) - sizeof(unsigned long)) / \
	 sizeof(struct daxpin_run))

/* Pages that are unpinned between two chances to reschedule. */
#define DAXPIN_UNPIN_PAGES BIT(15)

struct daxpin_runs_chunk {
	struct daxpin_runs_chunk *next;
	unsigned long nr;
	struct daxpin_run runs[DAXPIN_RUNS_PER_CHUNK];
};

static int daxpin_runs_new(struct daxpin_runs *runs, struct page *page)
{
	struct daxpin_runs_chunk *chunk = runs->tail;

	if (runs->nr == DAXPIN_MAX_RUNS)
		return -E2BIG;
	if (!chunk || chunk->nr == DAXPIN_RUNS_PER_CHUNK) {
		chunk = daxpin_alloc(runs->memory, 1, sizeof(*chunk));
		if (!chunk)
			return -ENOMEM;
		if (runs->tail)
			runs->tail->next = chunk;
		else
			runs->head = chunk;
		runs->tail = chunk;
	}
	runs->nr++;
	runs->last = &chunk->runs[chunk->nr++];
	runs->last->first = page;
	runs->last->pages = 1;
	return 0;
}

static int daxpin_runs_add_page(struct daxpin_runs *runs, struct page *page)
{
	struct daxpin_run *last = runs->last;
	bool follows = last && last->first + last->pages == page;
	int ret;

	if (!follows || page == runs->guarded) {
		ret = daxpin_guard(&runs->guards, page, &runs->guarded);
		if (ret)
			return ret;
	}
	if (!follows)
		return daxpin_runs_new(runs, page);
	last->pages++;
	return 0;
}

/*
 * Adds pinned pages; *@kept is how many, less than @nr only on error: -E2BIG
 * (too scattered), -ENOMEM, -ENODEV (their device is going away).
 */
int daxpin_runs_add(struct daxpin_runs *runs, struct page **pages,
		    unsigned long nr, unsigned long *kept)
{
	int ret;

	for (*kept = 0; *kept < nr; ++*kept) {
		ret = daxpin_runs_add_page(runs, pages[*kept]);
		if (ret)
			return ret;
	}
	return 0;
}

/* Unpins everything without allocating: for release, exit and error paths. */
void daxpin_runs_unpin(struct daxpin_runs *runs)
{
	struct daxpin_cursor cursor;
	struct daxpin_run part;

	daxpin_cursor_start(&cursor, runs);
	while (daxpin_cursor_next(&cursor, DAXPIN_UNPIN_PAGES, &part)) {
		unpin_user_page_range_dirty_lock(part.first, part.pages, false);
		cond_resched();
	}
}

void daxpin_runs_free(struct daxpin_runs *runs)
{
	struct daxpin_runs_chunk *chunk = runs->head;

	while (chunk) {
		struct daxpin_runs_chunk *next = chunk->next;

		daxpin_free(runs->memory, chunk, 1, sizeof(*chunk));
		chunk = next;
	}
	runs->head = NULL;
	runs->tail = NULL;
	runs->last = NULL;
	runs->nr = 0;
	daxpin_guards_release(&runs->guards);
}

void daxpin_cursor_start(struct daxpin_cursor *cursor,
			 const struct daxpin_runs *runs)
{
	cursor->chunk = runs->head;
	cursor->index = 0;
	cursor->offset = 0;
}

/* The next up to @max contiguous pages; false at the end. */
bool daxpin_cursor_next(struct daxpin_cursor *cursor, unsigned long max,
			struct daxpin_run *part)
{
	const struct daxpin_run *run;

	if (cursor->chunk && cursor->index == cursor->chunk->nr) {
		cursor->chunk = cursor->chunk->next;
		cursor->index = 0;
	}
	if (!cursor->chunk)
		return false;

	run = &cursor->chunk->runs[cursor->index];
	part->first = run->first + cursor->offset;
	part->pages = min(max, run->pages - cursor->offset);
	cursor->offset += part->pages;
	if (cursor->offset == run->pages) {
		cursor->index++;
		cursor->offset = 0;
	}
	return true;
}

/* Without a size in the argument, the compound page of the first page decides. */
void daxpin_order_unit(struct daxpin_order *order, unsigned int page_order)
{
	if (order->order == DAXPIN_PUT_ORDER_INTERLEAVED && !order->unit)
		order->unit = 1U << min_t(u32, page_order,
					  ilog2(order->max_unit));
}

/* SplitMix64: the same pages in the same order, whatever the kernel. */
static u32 daxpin_random(u64 *state)
{
	u64 z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (z ^ (z >> 31)) >> 32;
}

/* Fisher and Yates; off by less than one in 2^14, for a window is small. */
static void daxpin_shuffle(struct page **pages, u32 nr, u64 *random)
{
	u32 other;

	for (; nr > 1; nr--) {
		other = ((u64)daxpin_random(random) * nr) >> 32;
		swap(pages[nr - 1], pages[other]);
	}
}

/*
 * A stride that is prime to @nr comes by each page once. 513 leads from each page
 * to another compound page of 2 MiB.
 */
static void daxpin_stride(struct page **to, struct page **from, u32 nr)
{
	u32 stride = min_t(u32, 513, nr / 4 + 1), at = 0, i;

	while (gcd(stride, nr) != 1)
		stride++;
	for (i = 0; i < nr; i++, at = (at + stride) % nr)
		to[i] = from[at];
}

/* A counting sort by the place of each page in its unit. */
static void daxpin_interleave(struct page **to, struct page **from, u32 nr,
			      struct daxpin_order *order)
{
	u32 *starts = order->starts, start = 0, count, i;
	unsigned long mask = order->unit - 1;

	memset(starts, 0, order->unit * sizeof(*starts));
	for (i = 0; i < nr; i++)
		starts[page_to_pfn(from[i]) & mask]++;
	for (i = 0; i < order->unit; i++) {
		count = starts[i];
		starts[i] = start;
		start += count;
	}
	for (i = 0; i < nr; i++)
		to[starts[page_to_pfn(from[i]) & mask]++] = from[i];
}

/* To be called for a window of pages, not of parts. */
void daxpin_reorder(struct daxpin_order *order, struct daxpin_window *window)
{
	switch (order->order) {
	case DAXPIN_PUT_ORDER_SHUFFLED:
		daxpin_shuffle(window->pages, window->nr, &order->random);
		return;
	case DAXPIN_PUT_ORDER_STRIDED:
		daxpin_stride(window->spare, window->pages, window->nr);
		break;
	case DAXPIN_PUT_ORDER_INTERLEAVED:
		if (order->unit <= 1)
			return;
		daxpin_interleave(window->spare, window->pages, window->nr,
				  order);
		break;
	default:
		return;
	}
	swap(window->pages, window->spare);
}
