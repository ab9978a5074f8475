// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mm.h>

unsigned int daxpin_probe(struct page *page);
unsigned int daxpin_probe(struct page *page)
{
	return folio_order(page_folio(page));
}
