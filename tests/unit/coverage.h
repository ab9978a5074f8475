/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often the interval of a ratio of medians has the true one in it: by simulation, as daxpin compare makes it. */
#ifndef DAXPIN_TESTS_COVERAGE_H
#define DAXPIN_TESTS_COVERAGE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <gsl/gsl_randist.h>

#include "stats.h"

#define COVERAGE_VALUES_MAX 32
#define COVERAGE_RATIO 1.25

/* 1 % around a value, or with a long tail to one side. */
static inline double coverage_draw(gsl_rng *rng, bool skewed)
{
	return skewed ? 100 + gsl_ran_exponential(rng, 4) : gsl_ran_lognormal(rng, 4, 0.01);
}

/* The share of `tries` in which the interval of 95 % of n and m values has the ratio; NAN: out of memory. */
static inline double coverage(gsl_rng *rng, size_t n, size_t m, bool skewed, unsigned int tries, size_t resamples)
{
	double before[COVERAGE_VALUES_MAX], after[COVERAGE_VALUES_MAX], low, high;
	unsigned int hits = 0, i;
	size_t k;

	for (i = 0; i < tries; i++) {
		for (k = 0; k < n; k++)
			before[k] = coverage_draw(rng, skewed);
		for (k = 0; k < m; k++)
			after[k] = COVERAGE_RATIO * coverage_draw(rng, skewed);
		if (stats_ratio_ci(before, n, after, m, 0.95, resamples, i, &low, &high))
			return NAN;
		hits += low <= COVERAGE_RATIO && high >= COVERAGE_RATIO;
	}
	return (double)hits / tries;
}

#endif
