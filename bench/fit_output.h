/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fitted lines for people, and their points as CSV. */
#ifndef DAXPIN_FIT_OUTPUT_H
#define DAXPIN_FIT_OUTPUT_H

#include <stdio.h>

#include "fit_group.h"

/* A cell that was measured and did not enter the line, beside what the line says of it. */
struct fit_check {
	const struct fit_group *group;
	const struct summary_cell *cell;
	struct line_point at;
};

struct fit_checks {
	struct fit_check *v; /* in the order of their groups, then by size */
	size_t n;
	size_t unknown; /* cells that have no line */
};

/* The cells of a summary that have a line. Returns 0, or -ENOMEM after printing; to be freed in any case. */
int fit_checks_make(const struct summary *summary, const struct fit_groups *groups, struct fit_checks *checks);
void fit_checks_free(struct fit_checks *checks);

/* The largest relative error; 0 when there are none. */
double fit_checks_worst(const struct fit_checks *checks);

/* Tables of the lines; of what they say for each of the sizes, in bytes; of the checks. One after the other
 * for each platform, clock, model and host. Returns 0 or -errno. */
int fit_print(const struct fit_groups *groups, const uint64_t *sizes, size_t n_sizes,
	      const struct fit_checks *checks, FILE *f);

/* Points and checks, docs/csv.md, "Residuals". */
void fit_residuals_csv(const struct fit_groups *groups, const struct fit_checks *checks, FILE *f);

#endif
