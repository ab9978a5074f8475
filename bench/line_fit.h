/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * value = fixed + per_call * calls + per_page * pages, by least squares of the relative errors. It knows
 * nothing of samples and files.
 */
#ifndef DAXPIN_LINE_FIT_H
#define DAXPIN_LINE_FIT_H

#include <stdbool.h>
#include <stddef.h>

/* The parameters of a line. */
enum { LINE_FIXED, LINE_CALL, LINE_PAGE, LINE_PARAMETERS };

/* What was measured: @calls may be NAN, not known. */
struct line_point {
	double calls, pages, value;
};

/**
 * struct line - a fitted line
 * @value, @low, @high: of each parameter, with its 95 % confidence interval
 * @used: was it fitted? Calls are not when the points do not tell them apart from the rest. A parameter is
 *	left at 0, too, when it came out below 0 and its interval has 0 in it: a cost is not negative
 * @calls_fitted: did the points tell calls apart? @used[LINE_CALL] may be false all the same
 * @negative: of those used, came out below 0 with all of its interval: the cost is no such line
 * @points: as many as were fitted
 * @floor: values below it are as uncertain as it: errors are relative to it, there
 * @t: of Student's distribution, two-sided 95 %
 * @covariance: of the parameters, 0 where not used
 * @variance: of the relative error of one point
 * @rms, @max: residuals, relative
 */
struct line {
	double value[LINE_PARAMETERS], low[LINE_PARAMETERS], high[LINE_PARAMETERS];
	bool used[LINE_PARAMETERS], negative[LINE_PARAMETERS], calls_fitted;
	size_t points;
	double floor, t, variance;
	double covariance[LINE_PARAMETERS][LINE_PARAMETERS];
	double rms, max;
};

/* How many different numbers of pages the points have. */
size_t line_sizes(const struct line_point *points, size_t n);

/* At least as many are needed: one more than fixed and per_page, so that there is an error to be seen. */
#define LINE_SIZES_MIN 3

/* Fits. @floor > 0. Returns 0; -ENODATA: fewer than LINE_SIZES_MIN numbers of pages; -ENOMEM. */
int line_fit(const struct line_point *points, size_t n, double floor, struct line *line);

/* What the line says, with the interval that holds another measurement there in 95 % of all cases, if all
 * else is as it was. */
struct line_prediction {
	double value, low, high;
};

struct line_prediction line_predict(const struct line *line, double calls, double pages);

/* (predicted - measured) / measured, or over the floor when that is more. */
double line_error(const struct line *line, const struct line_point *measured);

#endif
