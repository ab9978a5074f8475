// SPDX-License-Identifier: GPL-2.0-or-later
#include "line_fit.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_multifit.h>

#include "cleanup.h"

#define LEVEL 0.95

/* Calls are told apart when at least this share of them (of their squares) is not what fixed and per_page
 * could say as well: a variance inflation of 100, from which on estimates are noise. */
#define SHARE_APART 0.01

/* Of a value: less is 0. */
#define ROUNDING 1e-12

static int compare_doubles(const void *a, const void *b)
{
	double da = *(const double *)a, db = *(const double *)b;

	return (da > db) - (da < db);
}

size_t line_sizes(const struct line_point *points, size_t n)
{
	_cleanup_free_ double *pages = calloc(n + 1, sizeof(*pages));
	size_t i, sizes = 0;

	for (i = 0; pages && i < n; i++)
		pages[i] = points[i].pages;
	if (pages)
		qsort(pages, n, sizeof(*pages), compare_doubles);
	for (i = 0; pages && i < n; i++)
		sizes += !i || pages[i] != pages[i - 1];
	return sizes;
}

static double scale(double value, double floor)
{
	return fmax(fabs(value), floor);
}

static double term(const struct line_point *point, size_t parameter)
{
	return parameter == LINE_FIXED ? 1 : parameter == LINE_CALL ? point->calls : point->pages;
}

/* Weighted least squares of one term of the points, or of their values, by some of the parameters. */
struct squares {
	gsl_multifit_linear_workspace *work;
	gsl_matrix *x, *covariance;
	gsl_vector *y, *w, *c;
	size_t parameter[LINE_PARAMETERS], p;
	double chisq;
};

static void squares_close(struct squares *s)
{
	if (s->work)
		gsl_multifit_linear_free(s->work);
	gsl_matrix_free(s->x);
	gsl_matrix_free(s->covariance);
	gsl_vector_free(s->y);
	gsl_vector_free(s->w);
	gsl_vector_free(s->c);
}

static int squares_open(struct squares *s, size_t n, const bool used[LINE_PARAMETERS])
{
	*s = (struct squares){ 0 };
	for (size_t i = 0; i < LINE_PARAMETERS; i++)
		if (used[i])
			s->parameter[s->p++] = i;
	s->work = gsl_multifit_linear_alloc(n, s->p);
	s->x = gsl_matrix_alloc(n, s->p);
	s->covariance = gsl_matrix_alloc(s->p, s->p);
	s->y = gsl_vector_alloc(n);
	s->w = gsl_vector_alloc(n);
	s->c = gsl_vector_alloc(s->p);
	return s->work && s->x && s->covariance && s->y && s->w && s->c ? 0 : -ENOMEM;
}

static int squares_solve(struct squares *s, const struct line_point *points, size_t n, double floor, bool of_calls)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < s->p; k++)
			gsl_matrix_set(s->x, i, k, term(&points[i], s->parameter[k]));
		gsl_vector_set(s->y, i, of_calls ? points[i].calls : points[i].value);
		gsl_vector_set(s->w, i, pow(scale(points[i].value, floor), -2));
	}
	return gsl_multifit_wlinear(s->x, s->w, s->y, s->c, s->covariance, &s->chisq, s->work) ? -ENOMEM : 0;
}

static bool same_calls_and_pages(const struct line_point *a, const struct line_point *b)
{
	return a->calls == b->calls && a->pages == b->pages;
}

/* How many points there are that are no repetition of another. */
static size_t different(const struct line_point *points, size_t n)
{
	size_t i, k, count = 0;

	for (i = 0; i < n; i++) {
		for (k = 0; k < i && !same_calls_and_pages(&points[i], &points[k]);)
			k++;
		count += k == i;
	}
	return count;
}

/* Do the points tell a cost per call from fixed and per_page? 1, 0 or -ENOMEM. */
static int calls_apart(const struct line_point *points, size_t n, double floor)
{
	static const bool others[LINE_PARAMETERS] = { [LINE_FIXED] = true, [LINE_PAGE] = true };
	struct squares s;
	double all = 0;
	int rc;

	for (size_t i = 0; i < n; i++) {
		if (isnan(points[i].calls))
			return 0;
		all += pow(points[i].calls / scale(points[i].value, floor), 2);
	}
	if (different(points, n) <= LINE_PARAMETERS)
		return 0;
	rc = squares_open(&s, n, others);
	if (!rc)
		rc = squares_solve(&s, points, n, floor, true);
	if (!rc)
		rc = s.chisq > SHARE_APART * all;
	squares_close(&s);
	return rc;
}

/* 0, when a parameter of this value were nothing but what rounding leaves, at all of the points. */
static double without_rounding(const struct line *line, const struct line_point *points, size_t parameter, double value)
{
	for (size_t i = 0; i < line->points; i++)
		if (fabs(value * term(&points[i], parameter)) > ROUNDING * scale(points[i].value, line->floor))
			return value;
	return 0;
}

static void take_solution(struct line *line, const struct line_point *points, const struct squares *s)
{
	double freedom = (double)(line->points - s->p);

	line->variance = s->chisq / freedom;
	line->t = gsl_cdf_tdist_Pinv((1 + LEVEL) / 2, freedom);
	for (size_t i = 0; i < LINE_PARAMETERS; i++) {
		line->value[i] = line->low[i] = line->high[i] = 0;
		for (size_t k = 0; k < LINE_PARAMETERS; k++)
			line->covariance[i][k] = 0;
	}
	for (size_t i = 0; i < s->p; i++) {
		size_t at = s->parameter[i];
		double half = line->t * sqrt(line->variance * gsl_matrix_get(s->covariance, i, i));

		line->value[at] = without_rounding(line, points, at, gsl_vector_get(s->c, i));
		line->low[at] = without_rounding(line, points, at, line->value[at] - half);
		line->high[at] = without_rounding(line, points, at, line->value[at] + half);
		line->negative[at] = line->high[at] < 0;
		for (size_t k = 0; k < s->p; k++)
			line->covariance[at][s->parameter[k]] = line->variance * gsl_matrix_get(s->covariance, i, k);
	}
}

static int solve(const struct line_point *points, size_t n, struct line *line)
{
	struct squares s;
	int rc = squares_open(&s, n, line->used);

	if (!rc)
		rc = squares_solve(&s, points, n, line->floor, false);
	if (!rc)
		take_solution(line, points, &s);
	squares_close(&s);
	return rc;
}

/* Of the parameters below 0 that may as well be 0 the one that is furthest below, by its interval;
 * LINE_PARAMETERS: none. The last one stays. */
static size_t doubtful(const struct line *line)
{
	size_t worst = LINE_PARAMETERS, used = 0;
	double furthest = 0;

	for (size_t i = 0; i < LINE_PARAMETERS; i++) {
		double width = line->high[i] - line->low[i], below = width > 0 ? line->value[i] / width : 0;

		used += line->used[i];
		if (!line->used[i] || line->negative[i] || line->value[i] >= 0 || below >= furthest)
			continue;
		furthest = below;
		worst = i;
	}
	return used > 1 ? worst : LINE_PARAMETERS;
}

static void measure_residuals(const struct line_point *points, size_t n, struct line *line)
{
	line->rms = line->max = 0;
	for (size_t i = 0; i < n; i++) {
		double error = line_error(line, &points[i]);

		line->rms += error * error;
		line->max = fmax(line->max, fabs(error));
	}
	line->rms = sqrt(line->rms / (double)n);
}

int line_fit(const struct line_point *points, size_t n, double floor, struct line *line)
{
	double high[LINE_PARAMETERS] = { 0 };
	size_t drop;
	int rc;

	*line = (struct line){ .points = n, .floor = floor };
	if (line_sizes(points, n) < LINE_SIZES_MIN)
		return -ENODATA;
	rc = calls_apart(points, n, floor);
	if (rc < 0)
		return rc;
	line->used[LINE_FIXED] = line->used[LINE_PAGE] = true;
	line->used[LINE_CALL] = line->calls_fitted = rc;
	for (;;) {
		rc = solve(points, n, line);
		drop = doubtful(line);
		if (rc || drop == LINE_PARAMETERS)
			break;
		line->used[drop] = false;
		high[drop] = fmax(line->high[drop], 0);
	}
	if (rc)
		return rc;
	/* What may as well be 0 may as well be as much as it was before. */
	for (size_t i = 0; i < LINE_PARAMETERS; i++)
		if (!line->used[i])
			line->high[i] = high[i];
	measure_residuals(points, n, line);
	return 0;
}

struct line_prediction line_predict(const struct line *line, double calls, double pages)
{
	const struct line_point at = { .calls = calls, .pages = pages };
	double value = 0, variance = 0, half;

	for (size_t i = 0; i < LINE_PARAMETERS; i++) {
		if (!line->used[i])
			continue;
		value += line->value[i] * term(&at, i);
		for (size_t k = 0; k < LINE_PARAMETERS; k++)
			if (line->used[k])
				variance += line->covariance[i][k] * term(&at, i) * term(&at, k);
	}
	variance += line->variance * pow(scale(value, line->floor), 2);
	half = line->t * sqrt(variance);
	return (struct line_prediction){ .value = value, .low = value - half, .high = value + half };
}

double line_error(const struct line *line, const struct line_point *measured)
{
	double predicted = line_predict(line, measured->calls, measured->pages).value;

	return (predicted - measured->value) / scale(measured->value, line->floor);
}
