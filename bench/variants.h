/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The get and put variants of the module's UAPI, for the engines that have them. */
#ifndef DAXPIN_VARIANTS_H
#define DAXPIN_VARIANTS_H

#include <daxpin.h>

/* Names, indexed by enum daxpin_get and enum daxpin_put, ended by NULL. */
extern const char *const get_variant_names[DAXPIN_GET_COUNT + 1];
extern const char *const put_variant_names[DAXPIN_PUT_COUNT + 1];

/* get_user_pages*() and put_page() belong together, as do pin and unpin; and
 * pages got for reading must not be put as dirty. */
int variants_match(unsigned int get, unsigned int put, int write);

/* What /dev/daxpin answers to a query. Prints what to do when there is none.
 * Returns 0 or -errno. */
int gup_query(struct daxpin_query *query);

#endif
