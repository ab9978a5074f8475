/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is compared of a cell. */
#ifndef DAXPIN_QUANTITY_H
#define DAXPIN_QUANTITY_H

#include <stddef.h>

#include "summary.h"

/* Cost of a page in the unit of its clock, and DRAM that a bind takes, in bytes. */
enum quantity { QUANTITY_COST, QUANTITY_DRAM, QUANTITIES };

/* DRAM is counted to about this, in bytes (docs/method.md, section 11). */
#define QUANTITY_DRAM_NOISE (256.0 * 1024)

/* Less than this is noise of the counting and counts as this. */
#define QUANTITY_DRAM_LEAST (1024.0 * 1024)

/* "time_ns", "instructions", "dram_bytes": by clock. */
const char *quantity_name(const struct cell_key *key, enum quantity quantity);

/* The values of the boots of a cell, borrowed; *n is 0 when there are none. Modelled rows have none of
 * DRAM, for those of clock insn have the same; and what an unbind gives back is none that a kernel takes. */
const double *quantity_values(const struct summary_cell *cell, enum quantity quantity, size_t *n);

/* What a value counts as in a ratio. */
double quantity_floor(enum quantity quantity, double value);

#endif
