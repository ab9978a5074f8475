// SPDX-License-Identifier: GPL-2.0-only
/*
 * A dax device must not lose its memmap under its pins. On 5.10 the references
 * to its pages keep the pagemap; 7.3 does not wait for pins when a device-dax
 * device is unbound: the memmap goes, and unpinning reads what is no longer
 * there. A reference to the pagemap itself makes every kernel wait, for as long
 * as the reference is held and without listening to signals.
 */
#include <linux/kernel.h>
#include <linux/memremap.h>
#include <linux/mm.h>

#include "compat.h"
#include "internal.h"

/* Pagemaps begin and end at multiples of this. */
#define DAXPIN_GUARD_PAGES (SZ_2M >> PAGE_SHIFT)

/* The first page behind the range of the pagemap that @pfn is in, or NULL. */
static struct page *daxpin_pagemap_end(const struct dev_pagemap *pgmap,
				       unsigned long pfn)
{
	int i;

	for (i = 0; i < pgmap->nr_range; i++) {
		const struct range *range = &pgmap->ranges[i];

		if (pfn >= PHYS_PFN(range->start) &&
		    pfn <= PHYS_PFN(range->end))
			return pfn_to_page(PHYS_PFN(range->end)) + 1;
	}
	return NULL;
}

/*
 * Keeps the device of @page, if it is device memory. *@end is the page up to
 * which that goes for its contiguous followers too.
 *
 * To be called for a page that is pinned, under compat_dax_read_lock() since
 * before it was: a device whose unbinding begins after that waits in
 * kill_dax() and so does not yet look for references. A window remains: the
 * lock taken after kill_dax() has waited and the page pinned before its mapping
 * goes. The page then is safe only until an RCU grace period after the pagemap
 * was killed, and so is putting it after -ENODEV.
 */
int daxpin_guard(struct daxpin_guards *guards, struct page *page,
		 struct page **end)
{
	unsigned long pfn = page_to_pfn(page);
	struct dev_pagemap *pgmap;
	unsigned int i;

	for (i = 0; i < guards->nr; i++) {
		*end = daxpin_pagemap_end(guards->pgmaps[i], pfn);
		if (*end)
			return 0;
	}
	/* By number first: the struct page of a device may be on its way out. */
	pgmap = compat_get_dev_pagemap(pfn);
	if (!pgmap) {
		*end = pfn_to_page(ALIGN(pfn + 1, DAXPIN_GUARD_PAGES));
		return is_zone_device_page(page) ? -ENODEV : 0;
	}
	if (guards->nr == DAXPIN_MAX_GUARDS) {
		put_dev_pagemap(pgmap);
		return -E2BIG;
	}
	guards->pgmaps[guards->nr++] = pgmap;
	*end = daxpin_pagemap_end(pgmap, pfn);
	return *end ? 0 : -ENODEV;
}

void daxpin_guards_release(struct daxpin_guards *guards)
{
	while (guards->nr)
		put_dev_pagemap(guards->pgmaps[--guards->nr]);
}
