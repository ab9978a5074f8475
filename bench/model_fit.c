// SPDX-License-Identifier: GPL-2.0-or-later
#include "model_fit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <gsl/gsl_multimin.h>

/* Of a parameter that moves over all of its range, against an error of a figure by
 * the factor e: decides what the figures do not, and nothing else. */
#define PULL 1e-5

#define STEPS_MAX 5000
#define ROUNDS_MAX 50
#define SIMPLEX_SIZE 0.7
#define SIMPLEX_SMALL 1e-8
#define GAIN_SMALL 1e-12

/* How near the ends of its range a parameter begins: at an end the search is blind. */
#define SHARE_MIN 0.02

struct problem {
	struct model *model;
	const struct model_point *points;
	size_t n;
	size_t free[MODEL_PARAMETER_COUNT], free_count;
	double start_share[MODEL_PARAMETER_COUNT];
};

/* Where in its range a parameter is, on a logarithmic scale: 0 to 1. */
static double share_of(const struct model_range *range, double value)
{
	return log(value / range->low) / log(range->high / range->low);
}

/* The search goes over all numbers, a share only from 0 to 1. */
static double share_at(double x)
{
	return 1 / (1 + exp(-x));
}

static void set_share(struct problem *p, size_t i, double share)
{
	const struct model_range *range = &p->model->fit[p->free[i]];

	model_parameter_set(p->model, p->free[i], range->low * pow(range->high / range->low, share));
}

static double squares(const struct model *model, const struct model_point *points, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		double error = log(model_ns(model, &points[i].counts) / points[i].published_ns);

		sum += error * error;
	}
	return sum;
}

double model_fit_rms(const struct model *model, const struct model_point *points, size_t n)
{
	return sqrt(squares(model, points, n) / (double)n);
}

static double badness(const gsl_vector *x, void *arg)
{
	struct problem *p = arg;
	double pull = 0;

	for (size_t i = 0; i < p->free_count; i++) {
		double share = share_at(gsl_vector_get(x, i));

		set_share(p, i, share);
		pull += (share - p->start_share[i]) * (share - p->start_share[i]);
	}
	return squares(p->model, p->points, p->n) + PULL * pull;
}

static void begin_at_start(struct problem *p, gsl_vector *x)
{
	for (size_t i = 0; i < p->free_count; i++) {
		const struct model_range *range = &p->model->fit[p->free[i]];
		double share;

		p->start_share[i] = share_of(range, range->start);
		share = fmin(fmax(p->start_share[i], SHARE_MIN), 1 - SHARE_MIN);
		gsl_vector_set(x, i, log(share / (1 - share)));
	}
}

static double search(gsl_multimin_fminimizer *minimizer, gsl_multimin_function *function, gsl_vector *x,
		     const gsl_vector *steps)
{
	gsl_multimin_fminimizer_set(minimizer, function, x, steps);
	for (int i = 0; i < STEPS_MAX; i++) {
		if (gsl_multimin_fminimizer_iterate(minimizer))
			break;
		if (gsl_multimin_fminimizer_size(minimizer) < SIMPLEX_SMALL)
			break;
	}
	gsl_vector_memcpy(x, minimizer->x);
	return minimizer->fval;
}

/* A simplex may collapse before it is at the bottom: search again from there. */
static int minimize(struct problem *p)
{
	const size_t n = p->free_count;
	gsl_multimin_fminimizer *minimizer = gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, n);
	gsl_multimin_function function = { .f = badness, .n = n, .params = p };
	gsl_vector *x = gsl_vector_alloc(n), *steps = gsl_vector_alloc(n);
	double last = INFINITY, least;

	if (!minimizer || !x || !steps) {
		gsl_multimin_fminimizer_free(minimizer);
		gsl_vector_free(x);
		gsl_vector_free(steps);
		return -ENOMEM;
	}
	begin_at_start(p, x);
	gsl_vector_set_all(steps, SIMPLEX_SIZE);
	for (int round = 0; round < ROUNDS_MAX; round++) {
		least = search(minimizer, &function, x, steps);
		if (last - least < GAIN_SMALL)
			break;
		last = least;
	}
	badness(x, p);
	gsl_multimin_fminimizer_free(minimizer);
	gsl_vector_free(x);
	gsl_vector_free(steps);
	return 0;
}

/* As a file will have it. At an end of the range, rounding must not leave it. */
static void round_parameter(struct model *model, size_t parameter)
{
	const struct model_range *range = &model->fit[parameter];
	char text[32];
	double value;

	snprintf(text, sizeof(text), "%.4g", model_parameter_get(model, parameter));
	value = strtod(text, NULL);
	model_parameter_set(model, parameter, fmin(fmax(value, range->low), range->high));
}

static int check_points(const struct model *model, const struct model_point *points, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(points[i].published_ns > 0) || !(model_ns(model, &points[i].counts) > 0))
			return -ENODATA;
	return n ? 0 : -ENODATA;
}

int model_fit(struct model *model, const struct model_point *points, size_t n, struct model *start)
{
	struct problem p = { .model = model, .points = points, .n = n };
	int rc = check_points(model, points, n);

	if (rc)
		return rc;
	for (size_t i = 0; i < MODEL_PARAMETER_COUNT; i++)
		if (model->fit[i].free) {
			p.free[p.free_count++] = i;
			model_parameter_set(model, i, model->fit[i].start);
		}
	if (!p.free_count)
		return -EINVAL;
	*start = *model;
	rc = minimize(&p);
	for (size_t i = 0; !rc && i < p.free_count; i++)
		round_parameter(model, p.free[i]);
	return rc;
}
