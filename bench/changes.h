/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a cell changes along a series of kernels. How is in docs/method.md, "Change points"; the code follows it.
 */
#ifndef DAXPIN_CHANGES_H
#define DAXPIN_CHANGES_H

#include <stdbool.h>
#include <stddef.h>

#include "compare.h"

/* A segment is known by its first boots; so many are enough, and they do not follow a drift. */
#define CHANGES_REFERENCE_BOOTS 40
/* A change that one kernel has too few boots to show may show in this many kernels together, while these have less than
 * CHANGES_NEW_BOOTS boots. */
#define CHANGES_WINDOW 8
#define CHANGES_NEW_BOOTS 20

/**
 * struct change_row - a kernel that the cell was measured on
 * @what: whose row it is, the caller's
 * @cell: borrowed
 * @values: of @n boots, borrowed
 * @median, @spread: of them; spread is relative, NAN below two boots (of several repetitions: theirs)
 * @previous: ratio to the row before, NAN: none
 * @segment: number of the segment, from 0
 * @change: a segment starts here, and not only the series
 * @drift: the change is one that small steps add up to
 * @against: base: the rows below; new: this row, of a change the rows that show it.
 *	The values of its sides are gone. Of the first row: verdict VERDICT_NEW_ONLY
 * @base_from, @base_end: the rows that base is of: the beginning of the segment, of a change on an exact clock one row
 *	of the segment. Of the first row: both 0
 */
struct change_row {
	const void *what;
	const struct summary_cell *cell;
	const double *values;
	size_t n;
	double median, spread, previous;
	size_t segment;
	bool change, drift;
	struct comparison against;
	size_t base_from, base_end;
};

/**
 * struct change_series - a quantity of a cell over kernels, in their order
 * @line: of kernels; the caller's
 * @alone: changes that it would have if it were the only series: a family of fewer tests takes fewer boots
 */
struct change_series {
	enum quantity quantity;
	const char *line;
	struct change_row *rows;
	size_t n;
	size_t changes, alone;
};

/* Finds the changes of all series, which are one family of tests. Rows have what, cell, values, n; everything else is
 * set. Returns 0 or -ENOMEM. */
int changes_find(struct change_series *series, size_t n, const struct compare_options *options);

/* The same without verdicts on the rows where nothing changes, whose intervals take most of the time. */
int changes_find_only(struct change_series *series, size_t n, const struct compare_options *options);

void change_series_free(struct change_series *series);

/* Of a series with rows. */
static inline const struct cell_key *change_series_key(const struct change_series *series)
{
	return &series->rows[0].cell->key;
}

#endif
