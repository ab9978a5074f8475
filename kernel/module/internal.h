/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DAXPIN_INTERNAL_H
#define DAXPIN_INTERNAL_H

#include <linux/bits.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "uapi/daxpin.h"

#define DAXPIN_VERSION "0.1.0"

/*
 * Together these bound what one measurement allocates: 2 MiB for the window, for
 * put either 1 MiB for the counts of its parts or 3 MiB to bring them in another
 * order, 8 MiB for runs.
 * A get or put call also is the longest stretch without a chance to reschedule.
 */
#define DAXPIN_MAX_PAGES_PER_CALL BIT(18)
#define DAXPIN_MAX_RUNS BIT(19)
#define DAXPIN_MAX_HOLDS 1024U
/* Devices that the pages of one measurement or hold can be of. */
#define DAXPIN_MAX_GUARDS 16U

/* One open file. */
struct daxpin_file {
	struct mutex lock; /* all up to held_pages */
	struct list_head holds;
	u64 last_id;
	unsigned int slots; /* holds, and those that are being made */
	u64 nr_holds;
	u64 held_pages;
	spinlock_t memory_lock; /* the rest */
	u64 memory; /* bytes allocated on behalf of this file */
	u64 memory_peak;
};

/* memory.c: what a single call or hold has allocated. */
struct daxpin_memory {
	struct daxpin_file *file;
	u64 bytes;
	u64 peak;
};

void *daxpin_alloc(struct daxpin_memory *memory, size_t nr, size_t size);
void daxpin_free(struct daxpin_memory *memory, void *p, size_t nr, size_t size);

/* account.c: pages charged to the RLIMIT_MEMLOCK of a process. */
struct daxpin_charge {
	struct mm_struct *mm;
	unsigned long pages;
};

int daxpin_charge(struct daxpin_charge *charge, unsigned long pages);
void daxpin_uncharge(struct daxpin_charge *charge);

/* guard.c: references that keep devices from going under their pins. */
struct daxpin_guards {
	struct dev_pagemap *pgmaps[DAXPIN_MAX_GUARDS];
	unsigned int nr;
};

int daxpin_guard(struct daxpin_guards *guards, struct page *page,
		 struct page **end);
void daxpin_guards_release(struct daxpin_guards *guards);

/* runs.c: pages compressed to runs of contiguous ones. */
struct daxpin_run {
	struct page *first;
	unsigned long pages;
};

struct daxpin_runs_chunk;

struct daxpin_runs {
	struct daxpin_memory *memory;
	struct daxpin_runs_chunk *head;
	struct daxpin_runs_chunk *tail;
	struct daxpin_run *last;
	struct page *guarded; /* followers of last up to here are guarded */
	struct daxpin_guards guards;
	unsigned int nr;
};

struct daxpin_cursor {
	struct daxpin_runs_chunk *chunk;
	unsigned int index;
	unsigned long offset;
};

int daxpin_runs_add(struct daxpin_runs *runs, struct page **pages,
		    unsigned long nr, unsigned long *kept);
void daxpin_runs_unpin(struct daxpin_runs *runs);
void daxpin_runs_free(struct daxpin_runs *runs);
void daxpin_cursor_start(struct daxpin_cursor *cursor,
			 const struct daxpin_runs *runs);
bool daxpin_cursor_next(struct daxpin_cursor *cursor, unsigned long max,
			struct daxpin_run *part);

/**
 * struct daxpin_window - the pages of one call
 * @pages: from get, or prepared for put; the first page of each part where
 *	the put variant works on parts
 * @spare: as many; only for orders that are not made in place
 * @counts: pages of each part; only for put variants that work on parts
 * @nr: entries in use
 * @size: entries
 */
struct daxpin_window {
	struct page **pages;
	struct page **spare;
	u32 *counts;
	unsigned int nr;
	unsigned int size;
};

/**
 * struct daxpin_order - how the pages of a window are put
 * @order: enum daxpin_put_order
 * @random: state of the generator that shuffles
 * @unit: pages of a unit that is interleaved, a power of two; 0: not known yet
 * @max_unit: entries of @starts
 * @starts: where in the window the pages begin that are in the same place of
 *	their units; only for the interleaved order
 */
struct daxpin_order {
	u32 order;
	u64 random;
	u32 unit;
	u32 max_unit;
	u32 *starts;
};

void daxpin_order_unit(struct daxpin_order *order, unsigned int page_order);
void daxpin_reorder(struct daxpin_order *order, struct daxpin_window *window);

/* variants.c: who takes the references and who drops them. */
struct daxpin_getter {
	/* Timed. */
	long (*get)(unsigned long start, unsigned long nr,
		    unsigned int gup_flags, struct page **pages);
	/* What to do with pages that cannot be kept. */
	void (*undo)(struct page **pages, unsigned long nr);
	unsigned int gup_flags;
	bool pins;
};

struct daxpin_putter {
	/* Fills the window with up to @max pages, returns how many. */
	unsigned long (*prepare)(struct daxpin_window *window,
				 struct daxpin_cursor *cursor,
				 unsigned long max);
	/* Timed: puts what is in the window. */
	void (*put)(struct daxpin_window *window);
	bool parts;
	bool dirties;
	bool pins;
};

const struct daxpin_getter *daxpin_getter(u32 get);
const struct daxpin_putter *daxpin_putter(u32 put);
u32 daxpin_get_variants(void);
u32 daxpin_put_variants(void);

/* The ioctls; arguments are checked for size, version and reserved fields. */
int daxpin_check_range(u64 addr, u64 length, u32 flags);
int daxpin_measure(struct daxpin_file *file, struct daxpin_measure *arg);
struct daxpin_hold_entry;
int daxpin_hold(struct daxpin_file *file, struct daxpin_hold *arg,
		struct daxpin_hold_entry **entry);
void daxpin_hold_commit(struct daxpin_file *file,
			struct daxpin_hold_entry *entry);
void daxpin_hold_abort(struct daxpin_file *file,
		       struct daxpin_hold_entry *entry);
int daxpin_release(struct daxpin_file *file, struct daxpin_release *arg);

#endif /* DAXPIN_INTERNAL_H */
