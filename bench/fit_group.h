/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cells that differ in size alone, and the line through each group of them. */
#ifndef DAXPIN_FIT_GROUP_H
#define DAXPIN_FIT_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "fits.h"
#include "line_fit.h"
#include "summary.h"

/* What tells one line from another, in the order of sorting; ends with KEY_COUNT. */
extern const enum key fit_keys[];

struct fit_point {
	const struct summary_cell *cell;
	struct line_point at;
};

struct fit_group {
	enum fit_quantity quantity;
	struct fit_point *points; /* by size */
	size_t n;
	struct line line;
};

struct fit_groups {
	struct fit_group *v; /* by their keys */
	size_t n;
	size_t few; /* groups of too few sizes, left out */
	size_t most_sizes; /* that one of these has */
	bool wanted[FIT_QUANTITIES];
};

static inline const struct cell_key *fit_group_key(const struct fit_group *group)
{
	return &group->points[0].cell->key;
}

/* What the cell says on a quantity; false: nothing. */
bool fit_point_of(const struct summary_cell *cell, enum fit_quantity quantity, struct line_point *at);

/* Fits a line through each group, for those of the quantities that are wanted. Returns 0, or -ENOMEM after
 * printing; to be freed in any case. The cells are borrowed. */
int fit_groups_make(const struct summary *summary, const bool wanted[FIT_QUANTITIES], struct fit_groups *groups);

void fit_groups_free(struct fit_groups *groups);

/* The line that a cell of other samples belongs to, or NULL: same keys but for the release of the kernel, and
 * for what is counted, not timed, but for the host. */
const struct fit_group *fit_groups_find(const struct fit_groups *groups, const struct summary_cell *cell,
					enum fit_quantity quantity);

/* How many calls so many pages take, in calls of the size (batch, put batch) that cell @like has; NAN: the group
 * has none of that size, or calls are not known. */
double fit_group_calls(const struct fit_group *group, const struct summary_cell *like, double pages);

/* Writes them as 'daxpin plan' reads them. Returns 0 or -ENOMEM after printing. */
int fit_groups_write(const struct fit_groups *groups, FILE *f);

#endif
