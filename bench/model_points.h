/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts of the cells that compare with published figures. */
#ifndef DAXPIN_MODEL_POINTS_H
#define DAXPIN_MODEL_POINTS_H

#include <stddef.h>

#include "model_fit.h"
#include "model_sensitivity.h"
#include "published.h"
#include "summary.h"

/**
 * struct model_points - what a model can be fitted on
 * @v: ids are borrowed from the published rows
 * @left_out: rows for the fit that have no counts of their size
 */
struct model_points {
	struct model_point *v;
	size_t n;
	size_t left_out;
};

/* The figures before, of rows with use = fit and this model. Prints a remark on each row
 * that is left out. Returns 0 or -ENOMEM. */
int model_points_make(const struct summary *summary, const struct published *published, const char *model,
		      struct model_points *points);

void model_points_free(struct model_points *points);

/* The counts before and after of all rows that compare with this model; no published figure. */
struct model_pairs {
	struct model_pair *v;
	size_t n;
};

int model_pairs_make(const struct summary *summary, const struct published *published, const char *model,
		     struct model_pairs *pairs);

void model_pairs_free(struct model_pairs *pairs);

#endif
