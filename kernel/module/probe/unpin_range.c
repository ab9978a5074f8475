// SPDX-License-Identifier: GPL-2.0-only
/* exports: unpin_user_page_range_dirty_lock */
#include <linux/mm.h>

void daxpin_probe(struct page *page);
void daxpin_probe(struct page *page)
{
	unpin_user_page_range_dirty_lock(page, 1, true);
}
