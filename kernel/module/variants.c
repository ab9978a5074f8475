// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel functions under test. A new one is a function and a line in one of
 * the two tables; what a kernel does not have is an entry without function.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/sched.h>

#include "compat.h"
#include "internal.h"

static long get_pin_fast(unsigned long start, unsigned long nr,
			 unsigned int gup_flags, struct page **pages)
{
	return pin_user_pages_fast(start, nr, gup_flags, pages);
}

static long get_gup_fast(unsigned long start, unsigned long nr,
			 unsigned int gup_flags, struct page **pages)
{
	return get_user_pages_fast(start, nr, gup_flags, pages);
}

/* The lock is timed too: each caller of the slow functions pays for it. */
static long get_pin(unsigned long start, unsigned long nr,
		    unsigned int gup_flags, struct page **pages)
{
	long ret;

	if (mmap_read_lock_killable(current->mm))
		return -EINTR;
	ret = compat_pin_user_pages(start, nr, gup_flags, pages);
	mmap_read_unlock(current->mm);
	return ret;
}

static long get_gup(unsigned long start, unsigned long nr,
		    unsigned int gup_flags, struct page **pages)
{
	long ret;

	if (mmap_read_lock_killable(current->mm))
		return -EINTR;
	ret = compat_get_user_pages(start, nr, gup_flags, pages);
	mmap_read_unlock(current->mm);
	return ret;
}

static void put_page_array(struct page **pages, unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		put_page(pages[i]);
}

static const struct daxpin_getter daxpin_getters[] = {
	[DAXPIN_GET_FAST] = {
		.get = get_pin_fast, .undo = unpin_user_pages, .pins = true,
	},
	[DAXPIN_GET_FAST_LONGTERM] = {
		.get = get_pin_fast, .undo = unpin_user_pages, .pins = true,
		.gup_flags = FOLL_LONGTERM,
	},
	[DAXPIN_GET_SLOW] = {
		.get = get_pin, .undo = unpin_user_pages, .pins = true,
	},
	[DAXPIN_GET_LONGTERM] = {
		.get = get_pin, .undo = unpin_user_pages, .pins = true,
		.gup_flags = FOLL_LONGTERM,
	},
	[DAXPIN_GET_GUP_FAST] = {
		.get = get_gup_fast, .undo = put_page_array,
	},
	[DAXPIN_GET_GUP] = {
		.get = get_gup, .undo = put_page_array,
	},
};

static unsigned long prepare_pages(struct daxpin_window *window,
				   struct daxpin_cursor *cursor,
				   unsigned long max)
{
	struct daxpin_run part;
	unsigned long i, nr = 0;

	while (nr < max && daxpin_cursor_next(cursor, max - nr, &part)) {
		for (i = 0; i < part.pages; i++)
			window->pages[nr++] = part.first + i;
	}
	window->nr = nr;
	return nr;
}

static unsigned long prepare_ranges(struct daxpin_window *window,
				    struct daxpin_cursor *cursor,
				    unsigned long max)
{
	struct daxpin_run part;
	unsigned long nr = 0;

	window->nr = 0;
	while (nr < max && daxpin_cursor_next(cursor, max - nr, &part)) {
		window->pages[window->nr] = part.first;
		window->counts[window->nr++] = part.pages;
		nr += part.pages;
	}
	return nr;
}

/* Reads a struct page of each folio, which warms it: not to be avoided. */
static unsigned long prepare_folios(struct daxpin_window *window,
				    struct daxpin_cursor *cursor,
				    unsigned long max)
{
	struct daxpin_run part;
	struct page *head;
	unsigned long rest, nr = 0;

	window->nr = 0;
	while (nr < max && daxpin_cursor_next(cursor, max - nr, &part)) {
		nr += part.pages;
		for (; part.pages; part.first += rest, part.pages -= rest) {
			rest = min(part.pages,
				   compat_folio_rest(part.first, &head));
			window->pages[window->nr] = head;
			window->counts[window->nr++] = rest;
		}
	}
	return nr;
}

static void put_pinned(struct daxpin_window *window)
{
	unpin_user_pages(window->pages, window->nr);
}

static void put_pages_dirty(struct daxpin_window *window)
{
	unpin_user_pages_dirty_lock(window->pages, window->nr, true);
}

static void put_ranges_dirty(struct daxpin_window *window)
{
	unsigned int i;

	for (i = 0; i < window->nr; i++)
		unpin_user_page_range_dirty_lock(window->pages[i],
						 window->counts[i], true);
}

static void put_folios(struct daxpin_window *window)
{
	unsigned int i;

	for (i = 0; i < window->nr; i++)
		compat_unpin_folio(window->pages[i], window->counts[i]);
}

static void put_each_page(struct daxpin_window *window)
{
	put_page_array(window->pages, window->nr);
}

static const struct daxpin_putter daxpin_putters[] = {
	[DAXPIN_PUT_PAGES] = {
		.prepare = prepare_pages, .put = put_pinned, .pins = true,
	},
	[DAXPIN_PUT_PAGES_DIRTY] = {
		.prepare = prepare_pages, .put = put_pages_dirty, .pins = true,
		.dirties = true,
	},
	[DAXPIN_PUT_RANGE_DIRTY] = {
		.prepare = prepare_ranges,
		.put = COMPAT_HAVE_UNPIN_RANGE ? put_ranges_dirty : NULL,
		.pins = true, .dirties = true, .parts = true,
	},
	[DAXPIN_PUT_FOLIO] = {
		.prepare = prepare_folios,
		.put = COMPAT_HAVE_UNPIN_FOLIO ? put_folios : NULL,
		.pins = true, .parts = true,
	},
	[DAXPIN_PUT_PAGE] = {
		.prepare = prepare_pages, .put = put_each_page,
	},
};

/* NULL for a number that is none. */
const struct daxpin_getter *daxpin_getter(u32 get)
{
	if (get >= ARRAY_SIZE(daxpin_getters))
		return NULL;
	get = array_index_nospec(get, ARRAY_SIZE(daxpin_getters));
	return &daxpin_getters[get];
}

const struct daxpin_putter *daxpin_putter(u32 put)
{
	if (put >= ARRAY_SIZE(daxpin_putters))
		return NULL;
	put = array_index_nospec(put, ARRAY_SIZE(daxpin_putters));
	return &daxpin_putters[put];
}

u32 daxpin_get_variants(void)
{
	u32 i, bits = 0;

	for (i = 0; i < ARRAY_SIZE(daxpin_getters); i++)
		bits |= daxpin_getters[i].get ? BIT(i) : 0;
	return bits;
}

u32 daxpin_put_variants(void)
{
	u32 i, bits = 0;

	for (i = 0; i < ARRAY_SIZE(daxpin_putters); i++)
		bits |= daxpin_putters[i].put ? BIT(i) : 0;
	return bits;
}
