// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages between get and put. 1 TiB of 4K pages needs 2 GiB of pointers, but
 * only one run if it is contiguous. Of the struct pages only the first of a run
 * and one in 2 MiB of ordinary memory are read, so that put finds them as cold
 * as get left them.
 */
#include <linux/bits.h>
#include <linux/mm.h>
#include <linux/sched.h>

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
