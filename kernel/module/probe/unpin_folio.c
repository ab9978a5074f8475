// SPDX-License-Identifier: GPL-2.0-only
/* exports: unpin_user_folio */
#include <linux/mm.h>

unsigned long daxpin_probe(struct page *page);
unsigned long daxpin_probe(struct page *page)
{
	struct folio *folio = page_folio(page);

	unpin_user_folio(folio, 1);
	return folio_nr_pages(folio) - folio_page_idx(folio, page);
}
