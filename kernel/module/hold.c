// SPDX-License-Identifier: GPL-2.0-only
/* DAXPIN_IOC_HOLD and DAXPIN_IOC_RELEASE: pins that stay. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "compat.h"
#include "internal.h"

struct daxpin_hold_entry {
	struct list_head list;
	u64 id;
	u64 pages;
	struct daxpin_memory memory;
	struct daxpin_runs runs;
	struct daxpin_charge charge;
};

static int daxpin_hold_check(const struct daxpin_hold *arg)
{
	const struct daxpin_getter *getter = daxpin_getter(arg->get);

	if (!getter || !getter->pins)
		return -EINVAL;
	if (!arg->pages_per_call ||
	    arg->pages_per_call > DAXPIN_MAX_PAGES_PER_CALL)
		return -EINVAL;
	if (!getter->get)
		return -EOPNOTSUPP;
	return daxpin_check_range(arg->addr, arg->length, arg->flags);
}

static int daxpin_hold_reserve(struct daxpin_file *file)
{
	int ret = 0;

	mutex_lock(&file->lock);
	if (file->slots == DAXPIN_MAX_HOLDS)
		ret = -ENOSPC;
	else
		file->slots++;
	mutex_unlock(&file->lock);
	return ret;
}

static void daxpin_hold_unreserve(struct daxpin_file *file)
{
	mutex_lock(&file->lock);
	file->slots--;
	mutex_unlock(&file->lock);
}

/* One get call; returns the pages that are held now, or an error. */
static long daxpin_hold_pin_some(struct daxpin_hold_entry *entry,
				 const struct daxpin_getter *getter,
				 unsigned long addr, unsigned int nr,
				 unsigned int gup_flags, struct page **pages)
{
	int id = compat_dax_read_lock(), ret = 0;
	unsigned long kept;
	long got;

	got = getter->get(addr, nr, gup_flags, pages);
	if (got > 0) {
		ret = daxpin_runs_add(&entry->runs, pages, got, &kept);
		if (ret)
			getter->undo(pages + kept, got - kept);
	}
	compat_dax_read_unlock(id);
	return ret ?: got;
}

/* Pins the range into entry->runs; what was got stays there on error. */
static int daxpin_hold_pin(struct daxpin_hold_entry *entry,
			   const struct daxpin_hold *arg, struct page **pages)
{
	const struct daxpin_getter *getter = daxpin_getter(arg->get);
	unsigned int gup_flags = getter->gup_flags;
	unsigned long left = arg->length >> PAGE_SHIFT;
	unsigned long addr = arg->addr;
	unsigned int nr;
	long got;

	if (arg->flags & DAXPIN_WRITE)
		gup_flags |= FOLL_WRITE;
	for (; left; left -= got, addr += got << PAGE_SHIFT) {
		if (signal_pending(current))
			return -EINTR;
		nr = min_t(unsigned long, left, arg->pages_per_call);
		got = daxpin_hold_pin_some(entry, getter, addr, nr, gup_flags,
					   pages);
		if (got < 0)
			return got;
		if (got < nr)
			return -EFAULT;
		cond_resched();
	}
	return 0;
}

/* Unpins and frees; @file->lock is not held, for it takes its time. */
static void daxpin_hold_destroy(struct daxpin_hold_entry *entry)
{
	/* The entry is counted itself, so its counters go before it. */
	struct daxpin_memory memory;

	daxpin_runs_unpin(&entry->runs);
	daxpin_runs_free(&entry->runs);
	daxpin_uncharge(&entry->charge);
	memory = entry->memory;
	daxpin_free(&memory, entry, 1, sizeof(*entry));
}

static struct daxpin_hold_entry *daxpin_hold_alloc(struct daxpin_file *file)
{
	struct daxpin_memory memory = { .file = file };
	struct daxpin_hold_entry *entry;

	entry = daxpin_alloc(&memory, 1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->memory = memory;
	entry->runs.memory = &entry->memory;
	INIT_LIST_HEAD(&entry->list);
	return entry;
}

/* Makes a hold with its charge and its pins, all or nothing. */
static int daxpin_hold_make(struct daxpin_file *file,
			    const struct daxpin_hold *arg,
			    struct daxpin_hold_entry **made)
{
	unsigned long nr_pages = arg->length >> PAGE_SHIFT;
	unsigned long size = min_t(unsigned long, nr_pages,
				   arg->pages_per_call);
	struct daxpin_hold_entry *entry;
	struct daxpin_charge charge;
	struct page **pages;
	int ret;

	ret = daxpin_charge(&charge, nr_pages);
	if (ret)
		return ret;
	entry = daxpin_hold_alloc(file);
	if (!entry) {
		daxpin_uncharge(&charge);
		return -ENOMEM;
	}
	entry->charge = charge;
	entry->pages = nr_pages;

	ret = -ENOMEM;
	pages = daxpin_alloc(&entry->memory, size, sizeof(*pages));
	if (pages) {
		ret = daxpin_hold_pin(entry, arg, pages);
		daxpin_free(&entry->memory, pages, size, sizeof(*pages));
	}
	if (ret) {
		daxpin_hold_destroy(entry);
		return ret;
	}
	*made = entry;
	return 0;
}

/*
 * The new hold is not in the list yet: the caller tells its id to user space
 * and then commits, or aborts if that fails.
 */
int daxpin_hold(struct daxpin_file *file, struct daxpin_hold *arg,
		struct daxpin_hold_entry **entry)
{
	int ret = daxpin_hold_check(arg);

	if (ret)
		return ret;
	ret = daxpin_hold_reserve(file);
	if (ret)
		return ret;
	ret = daxpin_hold_make(file, arg, entry);
	if (ret) {
		daxpin_hold_unreserve(file);
		return ret;
	}
	mutex_lock(&file->lock);
	(*entry)->id = ++file->last_id;
	mutex_unlock(&file->lock);
	arg->id = (*entry)->id;
	arg->pages = (*entry)->pages;
	return 0;
}

void daxpin_hold_commit(struct daxpin_file *file,
			struct daxpin_hold_entry *entry)
{
	mutex_lock(&file->lock);
	list_add_tail(&entry->list, &file->holds);
	file->nr_holds++;
	file->held_pages += entry->pages;
	mutex_unlock(&file->lock);
}

void daxpin_hold_abort(struct daxpin_file *file,
		       struct daxpin_hold_entry *entry)
{
	daxpin_hold_destroy(entry);
	daxpin_hold_unreserve(file);
}

/* Moves what @id names, or everything for 0, from the file to @list. */
static void daxpin_hold_take(struct daxpin_file *file, u64 id,
			     struct list_head *list)
{
	struct daxpin_hold_entry *entry, *next;

	mutex_lock(&file->lock);
	list_for_each_entry_safe(entry, next, &file->holds, list) {
		if (id && entry->id != id)
			continue;
		list_move_tail(&entry->list, list);
		file->nr_holds--;
		file->held_pages -= entry->pages;
	}
	mutex_unlock(&file->lock);
}

int daxpin_release(struct daxpin_file *file, struct daxpin_release *arg)
{
	struct daxpin_hold_entry *entry, *next;
	LIST_HEAD(list);

	daxpin_hold_take(file, arg->id, &list);
	if (arg->id && list_empty(&list))
		return -ENOENT;
	arg->pages = 0;
	list_for_each_entry_safe(entry, next, &list, list) {
		arg->pages += entry->pages;
		daxpin_hold_destroy(entry);
		daxpin_hold_unreserve(file);
	}
	return 0;
}
