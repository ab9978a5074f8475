// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>
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

/* What is drawn from: n values in ascending order, with room for as many. */
struct draws {
	double *sorted, *draw;
	size_t n;
};

static int draws_open(struct draws *d, const double *v, size_t n)
{
	*d = (struct draws){ .sorted = sorted_copy(v, n), .draw = calloc(n, sizeof(*d->draw)), .n = n };
	return d->sorted && d->draw ? 0 : -ENOMEM;
}

static void draws_close(struct draws *d)
{
	free(d->sorted);
	free(d->draw);
}

#define _cleanup_draws_ __attribute__((cleanup(draws_close)))

/* From so many values on a median is drawn as what it is, without drawing all of the values. */
#define DRAW_ALL_MAX 256

static size_t place(double share, size_t n)
{
	size_t at = (size_t)(share * (double)n);

	return at < n ? at : n - 1;
}

/* Of n uniform numbers the k-th in order is Beta(k, n + 1 - k); the next one divides the rest as the least of those
 * n - k that are above does. A number times n is the place of the value that was drawn. */
static double draw_many(gsl_rng *rng, const struct draws *d)
{
	size_t k = (d->n + 1) / 2;
	double share = gsl_ran_beta(rng, (double)k, (double)(d->n + 1 - k));
	double middle = d->sorted[place(share, d->n)];

	if (d->n & 1)
		return middle;
	share += (1 - share) * gsl_ran_beta(rng, 1, (double)(d->n - k));
	return (middle + d->sorted[place(share, d->n)]) / 2;
}

static double draw_median(gsl_rng *rng, struct draws *d)
{
	size_t i;

	if (d->n > DRAW_ALL_MAX)
		return draw_many(rng, d);
	for (i = 0; i < d->n; i++)
		d->draw[i] = d->sorted[gsl_rng_uniform_int(rng, d->n)];
	gsl_sort(d->draw, 1, d->n);
	return gsl_stats_median_from_sorted_data(d->draw, 1, d->n);
}

/* The median of `over`, divided by that of `under` if there is one, as often as asked. */
static int resample(struct draws *over, struct draws *under, unsigned long seed, double *results, size_t resamples)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	size_t k;

	if (!rng)
		return -ENOMEM;
	gsl_rng_set(rng, seed);
	for (k = 0; k < resamples; k++) {
		results[k] = draw_median(rng, over);
		if (under)
			results[k] /= draw_median(rng, under);
	}
	gsl_rng_free(rng);
	gsl_sort(results, 1, resamples);
	return 0;
}

static int interval(struct draws *over, struct draws *under, double level, size_t resamples, unsigned long seed,
		    double *low, double *high)
{
	_cleanup_free_ double *results = calloc(resamples, sizeof(*results));
	int rc = results ? resample(over, under, seed, results, resamples) : -ENOMEM;

	if (rc)
		return rc;
	*low = gsl_stats_quantile_from_sorted_data(results, 1, resamples, (1 - level) / 2);
	*high = gsl_stats_quantile_from_sorted_data(results, 1, resamples, (1 + level) / 2);
	return 0;
}

int stats_bootstrap_ci(const double *v, size_t n, double level, size_t resamples,
		       unsigned long seed, double *low, double *high)
{
	_cleanup_draws_ struct draws d = { 0 };
	int rc;

	if (n < 2 || resamples < 2 || !(level > 0 && level < 1))
		return -EINVAL;
	rc = draws_open(&d, v, n);
	return rc ? rc : interval(&d, NULL, level, resamples, seed, low, high);
}

int stats_ratio_ci(const double *before, size_t n, const double *after, size_t m, double level, size_t resamples,
		   unsigned long seed, double *low, double *high)
{
	_cleanup_draws_ struct draws under = { 0 }, over = { 0 };
	int rc;

	if (n < 2 || m < 2 || resamples < 2 || !(level > 0 && level < 1))
		return -EINVAL;
	rc = draws_open(&under, before, n);
	if (!rc)
		rc = draws_open(&over, after, m);
	if (rc)
		return rc;
	if (!(under.sorted[0] > 0))
		return -EDOM;
	return interval(&over, &under, level, resamples, seed, low, high);
}

double stats_spread(const double *v, size_t n)
{
	double median, least, most;

	if (!n || stats_median(v, n, &median) || !(median > 0))
		return NAN;
	gsl_stats_minmax(&least, &most, v, 1, n);
	return (most - least) / median;
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
