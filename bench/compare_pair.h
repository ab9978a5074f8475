/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which cell of BASE goes with which of NEW. */
#ifndef DAXPIN_COMPARE_PAIR_H
#define DAXPIN_COMPARE_PAIR_H

#include "compare.h"

/* Adds the quantities of all cells that a side has measured, paired where both have them. Of a side with trusted and
 * untrusted values of one cell, those that are trusted. Returns 0 or -ENOMEM. */
int pair_cells(const struct summary *base, const struct summary *new, bool across, struct comparisons *out);

/* The verdict on a cell that one side has not measured, with what that side says why. Returns 0 or -ENOMEM. */
int pair_one_sided(struct comparison *c);

/* A cell that failed in some boots of NEW and in none of BASE has failed, unless it is a regression anyway.
 * Returns 0 or -ENOMEM. */
int pair_failed(struct comparison *c);

#endif
