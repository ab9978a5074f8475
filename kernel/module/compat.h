/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All differences between kernels, and the only place for them. What the
 * target kernel offers is found by compiling against it (probe/), never by its
 * version: distributions backport.
 */
#ifndef DAXPIN_COMPAT_H
#define DAXPIN_COMPAT_H

#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/types.h>

#include "daxpin_config.h"

#ifdef DAXPIN_HAVE_DAX_READ_LOCK
#include <linux/dax.h>
#endif

#ifdef CONFIG_X86_64
#include <asm/cacheflush.h>
#include <asm/cpufeature.h>
#include <asm/special_insns.h>
#endif

#ifndef CONFIG_64BIT
#error "daxpin needs a 64-bit kernel"
#endif

/*
 * Runs of pages are found by comparing struct page pointers, which is the same
 * as comparing page frames only where the memmap is virtually contiguous.
 */
#if defined(CONFIG_SPARSEMEM) && !defined(CONFIG_SPARSEMEM_VMEMMAP)
#error "daxpin needs CONFIG_SPARSEMEM_VMEMMAP"
#endif

static inline long compat_pin_user_pages(unsigned long start, unsigned long nr,
					 unsigned int gup_flags,
					 struct page **pages)
{
#ifdef DAXPIN_HAVE_PIN_USER_PAGES_VMAS
	return pin_user_pages(start, nr, gup_flags, pages, NULL);
#else
	return pin_user_pages(start, nr, gup_flags, pages);
#endif
}

static inline long compat_get_user_pages(unsigned long start, unsigned long nr,
					 unsigned int gup_flags,
					 struct page **pages)
{
#ifdef DAXPIN_HAVE_GET_USER_PAGES_VMAS
	return get_user_pages(start, nr, gup_flags, pages, NULL);
#else
	return get_user_pages(start, nr, gup_flags, pages);
#endif
}

#ifdef DAXPIN_HAVE_FOLIO
static inline unsigned int compat_page_order(struct page *page)
{
	return folio_order(page_folio(page));
}
#else
static inline unsigned int compat_page_order(struct page *page)
{
	return compound_order(compound_head(page));
}
#endif

#ifdef DAXPIN_HAVE_UNPIN_RANGE
#define COMPAT_HAVE_UNPIN_RANGE true
#else
#define COMPAT_HAVE_UNPIN_RANGE false
static inline void unpin_user_page_range_dirty_lock(struct page *page,
						    unsigned long nr,
						    bool make_dirty)
{
	for (; nr; nr--, page++) {
		if (make_dirty)
			set_page_dirty_lock(page);
		unpin_user_page(page);
	}
}
#endif

#ifdef DAXPIN_HAVE_UNPIN_FOLIO
#define COMPAT_HAVE_UNPIN_FOLIO true
/* The pages from @page to the end of its folio, whose first page is @head. */
static inline unsigned long compat_folio_rest(struct page *page,
					      struct page **head)
{
	struct folio *folio = page_folio(page);

	*head = folio_page(folio, 0);
	return folio_nr_pages(folio) - folio_page_idx(folio, page);
}

static inline void compat_unpin_folio(struct page *head, unsigned long nr)
{
	/* A head page is its folio; page_folio() would read it once more. */
	unpin_user_folio((struct folio *)head, nr);
}
#else
#define COMPAT_HAVE_UNPIN_FOLIO false
static inline unsigned long compat_folio_rest(struct page *page,
					      struct page **head)
{
	*head = page;
	return 1;
}

static inline void compat_unpin_folio(struct page *head, unsigned long nr)
{
}
#endif

static inline struct dev_pagemap *compat_get_dev_pagemap(unsigned long pfn)
{
#ifdef DAXPIN_HAVE_GET_DEV_PAGEMAP_CACHED
	return get_dev_pagemap(pfn, NULL);
#else
	return get_dev_pagemap(pfn);
#endif
}

/* A kernel without it has no dax devices either. */
#ifdef DAXPIN_HAVE_DAX_READ_LOCK
static inline int compat_dax_read_lock(void)
{
	return dax_read_lock();
}

static inline void compat_dax_read_unlock(int id)
{
	dax_read_unlock(id);
}
#else
static inline int compat_dax_read_lock(void)
{
	return 0;
}

static inline void compat_dax_read_unlock(int id)
{
}
#endif

#ifdef CONFIG_X86_64
static inline bool compat_can_evict(void)
{
#ifdef X86_FEATURE_TDX_GUEST
	/* There WBINVD is an exception that the kernel does not survive. */
	return !boot_cpu_has(X86_FEATURE_TDX_GUEST);
#else
	return true;
#endif
}

/* From the caches of all CPUs, and no hypervisor can ignore it. */
static inline void compat_evict(void *start, unsigned int size)
{
	clflush_cache_range(start, size);
}

/* Everything, but from the caches of this CPU only. */
static inline void compat_evict_all(void)
{
	wbinvd();
}
#else
static inline bool compat_can_evict(void)
{
	return false;
}

static inline void compat_evict(void *start, unsigned int size)
{
}

static inline void compat_evict_all(void)
{
}
#endif

#endif /* DAXPIN_COMPAT_H */
