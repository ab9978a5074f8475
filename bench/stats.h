/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statistics over small arrays. No I/O, no state: the same input gives the same
 * output, whatever the order of the values.
 */
#ifndef DAXPIN_STATS_H
#define DAXPIN_STATS_H

#include <stddef.h>
#include <stdint.h>

/* Fixed, so that a report of the same samples is the same report. */
#define STATS_SEED 20210u
#ifndef STATS_RESAMPLES /* fewer when files are fuzzed */
#define STATS_RESAMPLES 10000u
#endif

struct stats {
	size_t n;
	double median;
	double mad;	/* raw: not scaled to a normal distribution */
	double ci_low;	/* of the median; NAN when n < 2 */
	double ci_high;
};

/* 0; -EINVAL when n is 0; -ENOMEM. */
int stats_median(const double *v, size_t n, double *median);

/* Median of the absolute deviations from the median, without a scale factor. */
int stats_mad(const double *v, size_t n, double *mad);

/*
 * Percentile bootstrap of the median: `resamples` draws of n values with
 * replacement (GSL mt19937 from `seed`); the bounds are the quantiles
 * (1 - level) / 2 and (1 + level) / 2 of their medians, interpolated linearly.
 * -EINVAL when n or resamples is below 2, or level is not between 0 and 1.
 */
int stats_bootstrap_ci(const double *v, size_t n, double level, size_t resamples,
		       unsigned long seed, double *low, double *high);

/*
 * Percentile bootstrap of median(after) / median(before): both sides are drawn with replacement, each apart
 * from the other, otherwise as above. A value of `before` that is not above 0 has no ratio: -EDOM.
 */
int stats_ratio_ci(const double *before, size_t n, const double *after, size_t m, double level, size_t resamples,
		   unsigned long seed, double *low, double *high);

/* The largest less the smallest, over the median; NAN when n is 0 or the median is not above 0. */
double stats_spread(const double *v, size_t n);

/* Median, MAD and 95 % interval of one array, STATS_SEED and STATS_RESAMPLES. */
int stats_describe(const double *v, size_t n, struct stats *out);

/*
 * Nearest rank: the smallest value that at least p * n of the values do not
 * exceed. `sorted` ascending, n > 0, p clamped to 0..1 (p = 0 is the minimum).
 */
uint64_t stats_quantile_u64(const uint64_t *sorted, size_t n, double p);

#endif
