/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys of cells in tables for people: a column for each that is not the same in all rows. */
#ifndef DAXPIN_KEY_COLUMNS_H
#define DAXPIN_KEY_COLUMNS_H

#include <stddef.h>
#include <stdio.h>

#include "cell_key.h"
#include "text_table.h"

/* Clears same[k] where the two differ. A default (levels_default()) and none are no difference. */
void key_columns_join(const struct cell_key *first, const struct cell_key *other, unsigned char same[KEY_COUNT]);

/* "engine gup, get fast": the keys before `end` that have no column. */
void key_columns_put_same(const struct cell_key *key, const unsigned char same[KEY_COUNT], enum key end, FILE *f);

/* The columns, and those of a row. Returns 0 or -ENOMEM. */
void key_columns_add(const unsigned char same[KEY_COUNT], struct text_table *t);
int key_columns_set(const unsigned char same[KEY_COUNT], const struct cell_key *key, struct text_table *t, size_t *c);

/* "map=mem get=fast put": the columns of a row in one text. */
void key_columns_put(const unsigned char same[KEY_COUNT], const struct cell_key *key, FILE *f);

#endif
