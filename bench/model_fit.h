/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fits the free parameters of a model to published figures, each of which has
 * counts of the same thing. It knows nothing of files, and of a figure only what
 * it is given here: of a change, the figure before it.
 */
#ifndef DAXPIN_MODEL_FIT_H
#define DAXPIN_MODEL_FIT_H

#include <stddef.h>

#include "tcg/model.h"

/**
 * struct model_point - a figure that the model should give
 * @id: of the published row
 * @published_ns: nanoseconds, for all of the range
 * @counts: for all of the range
 */
struct model_point {
	const char *id;
	double published_ns;
	struct region_counts counts;
};

/*
 * Moves the free parameters within their ranges, from their start, to where the
 * squares of the relative errors (of their logarithms, so that half and double
 * are as wrong) sum up to the least. What the figures leave open stays near the
 * start. The same input gives the same model, in four digits. start becomes the
 * model before the fit. Returns 0; -ENODATA: no points, or none has counts;
 * -EINVAL: nothing is free; -ENOMEM.
 */
int model_fit(struct model *model, const struct model_point *points, size_t n, struct model *start);

/* Root of the mean square of log(modelled / published); 0.1 is about 10 %. */
double model_fit_rms(const struct model *model, const struct model_point *points, size_t n);

#endif
