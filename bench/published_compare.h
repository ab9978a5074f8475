/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Published figures beside those of a summary. */
#ifndef DAXPIN_PUBLISHED_COMPARE_H
#define DAXPIN_PUBLISHED_COMPARE_H

#include <stdbool.h>

#include "published.h"
#include "summary.h"

/* A figure off by more than this misses: of times and memory, and of ratios. */
#define PUBLISHED_TOLERANCE 0.30
#define PUBLISHED_RATIO_TOLERANCE 0.25

/**
 * struct compared_side - a figure before, or after
 * @wanted: a stage of ours is named for it
 * @cell: ours, of the size nearest to the published one; NULL: not measured
 * @ours: in the published unit, scaled to the published size; NAN: not measured
 * @error: of ours, 0.1 being 10 % too much; NAN: not known
 * @instructions: per page; NAN: not counted
 */
struct compared_side {
	bool wanted;
	const struct summary_cell *cell;
	double ours;
	double error;
	double instructions;
};

/**
 * struct compared - a published row and ours
 * @ratio: published, before to after
 * @our_ratio: NAN when one of the two is not there
 * @ratio_error: of it
 * @measured: all that is wanted is there
 * @missed: a figure or the ratio is off by more than its tolerance
 */
struct compared {
	const struct published_row *row;
	struct compared_side before, after;
	struct published_value ratio;
	double our_ratio;
	double ratio_error;
	bool measured;
	bool missed;
};

void published_compare(const struct summary *summary, const struct published_row *row, struct compared *compared);

/* Each row that misses, or is not measured, has a reason, and no other has one. Prints those that are
 * wrong. Returns 0 or -EDOM. */
int published_check(const struct summary *summary, const struct published *published);

/* Is the cell of another size than what was published, so that its cost per page was scaled? */
bool compared_scaled(const struct compared *compared, const struct compared_side *side);

/* Nanoseconds per page, of a time in the unit of the row. */
double published_ns_per_page(const struct published_row *row, double time);

#endif
