// SPDX-License-Identifier: GPL-2.0-or-later
#include "rank_test.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sort.h>

#include "cleanup.h"

/* Both samples together. Ranks are doubled, so that those of ties are integers too. */
struct ranked {
	uint64_t *rank;
	size_t n, m;
	uint64_t first; /* sum of the ranks of the first sample */
	double ties;	/* sum of t^3 - t over groups of t equal values */
};

static void rank_all(struct ranked *r, const double *values, const size_t *order)
{
	size_t from, end, i, total = r->n + r->m;

	for (from = 0; from < total; from = end) {
		double t;

		for (end = from + 1; end < total && values[order[end]] == values[order[from]];)
			end++;
		t = (double)(end - from);
		r->ties += t * t * t - t;
		for (i = from; i < end; i++) {
			r->rank[i] = from + 1 + end;
			if (order[i] < r->n)
				r->first += r->rank[i];
		}
	}
}

static int ranked_open(struct ranked *r, const double *a, size_t n, const double *b, size_t m)
{
	_cleanup_free_ double *values = calloc(n + m, sizeof(*values));
	_cleanup_free_ size_t *order = calloc(n + m, sizeof(*order));
	size_t i;

	*r = (struct ranked){ .rank = calloc(n + m, sizeof(*r->rank)), .n = n, .m = m };
	if (!values || !order || !r->rank)
		return -ENOMEM;
	for (i = 0; i < n + m; i++)
		values[i] = i < n ? a[i] : b[i - n];
	gsl_sort_index(order, values, 1, n + m);
	rank_all(r, values, order);
	return 0;
}

/*
 * ways[k * width + s]: in how many ways k of the ranks sum to s. Counts are doubles: C(200, 100) is 9e58, and
 * what is lost is below 1e-13 of a tail.
 */
static void count_ways(const struct ranked *r, double *ways, size_t width)
{
	size_t i, k, s, reach = 0;

	ways[0] = 1;
	for (i = 0; i < r->n + r->m; i++) {
		reach += r->rank[i];
		for (k = i + 1 < r->n ? i + 1 : r->n; k; k--)
			for (s = reach < width ? reach + 1 : width; s-- > r->rank[i];)
				ways[k * width + s] += ways[(k - 1) * width + s - r->rank[i]];
	}
}

static int exact_p(const struct ranked *r, double *p)
{
	double lower = 0, upper = 0, all = 0;
	_cleanup_free_ double *ways = NULL;
	size_t i, s, width = 1;

	/* The largest sum is that of the last ranks. */
	for (i = r->m; i < r->n + r->m; i++)
		width += r->rank[i];
	ways = calloc((r->n + 1) * width, sizeof(*ways));
	if (!ways)
		return -ENOMEM;
	count_ways(r, ways, width);
	for (s = 0; s < width; s++) {
		double w = ways[r->n * width + s];

		all += w;
		lower += s <= r->first ? w : 0;
		upper += s >= r->first ? w : 0;
	}
	*p = fmin(1, 2 * fmin(lower, upper) / all);
	return 0;
}

static double normal_p(const struct ranked *r, double u)
{
	double n = (double)r->n, m = (double)r->m, total = n + m;
	double variance = n * m / 12 * (total + 1 - r->ties / (total * (total - 1)));

	/* All values are the same. */
	if (!(variance > 0))
		return 1;
	return fmin(1, 2 * gsl_cdf_ugaussian_Q((fabs(u - n * m / 2) - 0.5) / sqrt(variance)));
}

int rank_test(const double *a, size_t n, const double *b, size_t m, struct rank_test *out)
{
	struct ranked r;
	int rc;

	if (!n || !m)
		return -EINVAL;
	/* The smaller sample is quicker to count. */
	if (m < n) {
		rc = rank_test(b, m, a, n, out);
		if (!rc)
			out->u = (double)n * (double)m - out->u;
		return rc;
	}
	rc = ranked_open(&r, a, n, b, m);
	if (!rc) {
		out->u = (double)r.first / 2 - (double)n * (double)(n + 1) / 2;
		out->exact = n + m <= RANK_TEST_EXACT_MAX;
		if (out->exact)
			rc = exact_p(&r, &out->p);
		else
			out->p = normal_p(&r, out->u);
	}
	free(r.rank);
	return rc;
}

double rank_test_least_p(size_t n, size_t m)
{
	if (!n || !m)
		return 1;
	return fmin(1, 2 * exp(-gsl_sf_lnchoose((unsigned int)(n + m), (unsigned int)n)));
}

int holm_adjust(double *p, size_t n)
{
	_cleanup_free_ double *before = calloc(n + 1, sizeof(*before));
	_cleanup_free_ size_t *order = calloc(n + 1, sizeof(*order));
	double most = 0;
	size_t i;

	if (!before || !order)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		before[i] = p[i];
	gsl_sort_index(order, before, 1, n);
	for (i = 0; i < n; i++) {
		most = fmax(most, fmin(1, (double)(n - i) * before[order[i]]));
		p[order[i]] = most;
	}
	return 0;
}
