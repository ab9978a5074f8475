// SPDX-License-Identifier: GPL-2.0-or-later
#include "variants.h"

const char *const get_variant_names[DAXPIN_GET_COUNT + 1] = {
	[DAXPIN_GET_FAST] = "fast",
	[DAXPIN_GET_FAST_LONGTERM] = "fast-longterm",
	[DAXPIN_GET_SLOW] = "slow",
	[DAXPIN_GET_LONGTERM] = "longterm",
	[DAXPIN_GET_GUP_FAST] = "gup-fast",
	[DAXPIN_GET_GUP] = "gup",
};

const char *const put_variant_names[DAXPIN_PUT_COUNT + 1] = {
	[DAXPIN_PUT_PAGES] = "pages",
	[DAXPIN_PUT_PAGES_DIRTY] = "pages-dirty",
	[DAXPIN_PUT_RANGE_DIRTY] = "range-dirty",
	[DAXPIN_PUT_FOLIO] = "folio",
	[DAXPIN_PUT_PAGE] = "page",
};

int variants_match(unsigned int get, unsigned int put, int write)
{
	int gup = get == DAXPIN_GET_GUP_FAST || get == DAXPIN_GET_GUP;
	int dirty = put == DAXPIN_PUT_PAGES_DIRTY || put == DAXPIN_PUT_RANGE_DIRTY;

	return gup == (put == DAXPIN_PUT_PAGE) && (write || !dirty);
}
