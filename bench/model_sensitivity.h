/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How modelled times and ratios move with each parameter of the model. */
#ifndef DAXPIN_MODEL_SENSITIVITY_H
#define DAXPIN_MODEL_SENSITIVITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "tcg/model.h"

/* Counts of the same thing before a change and after it; the id is borrowed. */
struct model_pair {
	const char *id;
	bool has_before, has_after;
	struct region_counts before, after;
};

/* Three tables: ratio, time before, time after; each parameter halved and doubled.
 * Parameters that move nothing are named below. Returns 0 or -ENOMEM. */
int model_sensitivity_markdown(const struct model *model, const struct model_pair *pairs, size_t n, FILE *f);

/* A row for each pair, parameter and factor. Write errors stick in f. */
void model_sensitivity_csv(const struct model *model, const struct model_pair *pairs, size_t n, FILE *f);

#endif
