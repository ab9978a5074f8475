/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of the get and put variants of the module's UAPI. */
#ifndef DAXPIN_VARIANTS_H
#define DAXPIN_VARIANTS_H

#include <daxpin.h>

/* The value of enum daxpin_get / daxpin_put, or -EINVAL. */
int get_variant_parse(const char *name);
int put_variant_parse(const char *name);

const char *get_variant_name(unsigned int variant);
const char *put_variant_name(unsigned int variant);

/* get_user_pages*() and put_page() belong together, as do pin and unpin; and
 * pages got for reading must not be put as dirty. */
int variants_match(unsigned int get, unsigned int put, int write);

/* "fast, fast-longterm, ...": for messages. */
const char *get_variant_names(void);
const char *put_variant_names(void);

#endif
