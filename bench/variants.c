// SPDX-License-Identifier: GPL-2.0-or-later
#include "variants.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const char *const get_names[DAXPIN_GET_COUNT] = {
	[DAXPIN_GET_FAST] = "fast",
	[DAXPIN_GET_FAST_LONGTERM] = "fast-longterm",
	[DAXPIN_GET_SLOW] = "slow",
	[DAXPIN_GET_LONGTERM] = "longterm",
	[DAXPIN_GET_GUP_FAST] = "gup-fast",
	[DAXPIN_GET_GUP] = "gup",
};

static const char *const put_names[DAXPIN_PUT_COUNT] = {
	[DAXPIN_PUT_PAGES] = "pages",
	[DAXPIN_PUT_PAGES_DIRTY] = "pages-dirty",
	[DAXPIN_PUT_RANGE_DIRTY] = "range-dirty",
	[DAXPIN_PUT_FOLIO] = "folio",
	[DAXPIN_PUT_PAGE] = "page",
};

static int find(const char *const names[], size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return (int)i;
	return -EINVAL;
}

int get_variant_parse(const char *name)
{
	return find(get_names, DAXPIN_GET_COUNT, name);
}

int put_variant_parse(const char *name)
{
	return find(put_names, DAXPIN_PUT_COUNT, name);
}

const char *get_variant_name(unsigned int variant)
{
	return variant < DAXPIN_GET_COUNT ? get_names[variant] : "?";
}

const char *put_variant_name(unsigned int variant)
{
	return variant < DAXPIN_PUT_COUNT ? put_names[variant] : "?";
}

int variants_match(unsigned int get, unsigned int put, int write)
{
	int gup = get == DAXPIN_GET_GUP_FAST || get == DAXPIN_GET_GUP;
	int dirty = put == DAXPIN_PUT_PAGES_DIRTY || put == DAXPIN_PUT_RANGE_DIRTY;

	return gup == (put == DAXPIN_PUT_PAGE) && (write || !dirty);
}

const char *get_variant_names(void)
{
	return "fast, fast-longterm, slow, longterm, gup-fast, gup";
}

const char *put_variant_names(void)
{
	return "pages, pages-dirty, range-dirty, folio, page";
}
