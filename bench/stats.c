// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "cleanup.h"

static double *sorted_copy(const double *v, size_t n)
{
	double *copy = calloc(n, sizeof(*copy));

	if (!copy)
		return NULL;
	memcpy(copy, v, n * sizeof(*copy));
	gsl_sort(copy, 1, n);
	return copy;
}

int stats_median(const double *v, size_t n, double *median)
{
	_cleanup_free_ double *s = NULL;

	if (!n)
		return -EINVAL;
	s = sorted_copy(v, n);
	if (!s)
		return -ENOMEM;
	*median = gsl_stats_median_from_sorted_data(s, 1, n);
	return 0;
}

int stats_mad(const double *v, size_t n, double *mad)
{
	_cleanup_free_ double *d = NULL;
	double median;
	size_t i;
	int rc;

	rc = stats_median(v, n, &median);
	if (rc)
		return rc;
	d = calloc(n, sizeof(*d));
	if (!d)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		d[i] = fabs(v[i] - median);
	return stats_median(d, n, mad);
}

static void resample_medians(gsl_rng *rng, const double *s, size_t n,
			     double *draw, double *medians, size_t resamples)
{
	size_t i, k;

	for (k = 0; k < resamples; k++) {
		for (i = 0; i < n; i++)
			draw[i] = s[gsl_rng_uniform_int(rng, n)];
		gsl_sort(draw, 1, n);
		medians[k] = gsl_stats_median_from_sorted_data(draw, 1, n);
	}
}

int stats_bootstrap_ci(const double *v, size_t n, double level, size_t resamples,
		       unsigned long seed, double *low, double *high)
{
	_cleanup_free_ double *s = NULL, *draw = NULL, *medians = NULL;
	gsl_rng *rng;

	if (n < 2 || resamples < 2 || !(level > 0 && level < 1))
		return -EINVAL;
	s = sorted_copy(v, n);
	draw = calloc(n, sizeof(*draw));
	medians = calloc(resamples, sizeof(*medians));
	rng = gsl_rng_alloc(gsl_rng_mt19937);
	if (!s || !draw || !medians || !rng) {
		if (rng)
			gsl_rng_free(rng);
		return -ENOMEM;
	}
	gsl_rng_set(rng, seed);
	resample_medians(rng, s, n, draw, medians, resamples);
	gsl_rng_free(rng);

	gsl_sort(medians, 1, resamples);
	*low = gsl_stats_quantile_from_sorted_data(medians, 1, resamples, (1 - level) / 2);
	*high = gsl_stats_quantile_from_sorted_data(medians, 1, resamples, (1 + level) / 2);
	return 0;
}

int stats_describe(const double *v, size_t n, struct stats *out)
{
	int rc;

	*out = (struct stats){ .n = n, .median = NAN, .mad = NAN, .ci_low = NAN, .ci_high = NAN };
	rc = stats_median(v, n, &out->median);
	if (!rc)
		rc = stats_mad(v, n, &out->mad);
	if (!rc && n >= 2)
		rc = stats_bootstrap_ci(v, n, 0.95, STATS_RESAMPLES, STATS_SEED,
				       &out->ci_low, &out->ci_high);
	return rc;
}

uint64_t stats_quantile_u64(const uint64_t *sorted, size_t n, double p)
{
	double rank = p * (double)n, whole = round(rank);
	size_t k;

	/* 0.07 * 100 is a little above 7 in binary; the rank is 7 all the same. */
	if (fabs(rank - whole) > 4 * DBL_EPSILON * rank)
		whole = ceil(rank);
	k = whole < 1 || isnan(whole) ? 1 : whole >= (double)n ? n : (size_t)whole;
	return sorted[k - 1];
}
