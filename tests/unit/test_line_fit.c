// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lines through points, against values that were computed in another way: the normal equations of weighted
 * least squares (weights 1 / max(|y|, floor)^2) solved in exact arithmetic by Python's fractions.Fraction;
 * intervals with the quantiles of Student's t from a table (97.5 %: 12.7062, 4.30265, 3.18245, 2.77645 at 1 to
 * 4 degrees of freedom).
 */
#include "unit.h"

#include <errno.h>
#include <math.h>

#include "line_fit.h"

#define N(points) (sizeof(points) / sizeof((points)[0]))

static void assert_near(double value, double wanted)
{
	if (fabs(value - wanted) > 1e-9 * fmax(1, fabs(wanted)))
		fail_msg("%.17g is not %.17g", value, wanted);
}

static void assert_parameter(const struct line *line, size_t parameter, double value, double low, double high)
{
	assert_true(line->used[parameter]);
	assert_near(line->value[parameter], value);
	assert_near(line->low[parameter], low);
	assert_near(line->high[parameter], high);
}

static void assert_prediction(const struct line *line, double calls, double pages, double value, double low,
			      double high)
{
	struct line_prediction at = line_predict(line, calls, pages);

	assert_near(at.value, value);
	assert_near(at.low, low);
	assert_near(at.high, high);
}

/* Calls are in proportion to pages: they cannot be told apart. */
static void fixed_and_per_page(void **state)
{
	static const struct line_point points[] = {
		{ 2, 1000, 1105 }, { 4, 2000, 2090 }, { 8, 4000, 4120 }, { 16, 8000, 8060 },
	};
	struct line line;

	(void)state;
	assert_int_equal(line_fit(points, N(points), 1, &line), 0);
	assert_parameter(&line, LINE_FIXED, 106.83903282273982, 65.27733896749167, 148.40072667798796);
	assert_parameter(&line, LINE_PAGE, 0.9967555270320385, 0.9737493117557171, 1.01976174230836);
	assert_false(line.calls_fitted);
	assert_false(line.used[LINE_CALL]);
	assert_near(line.high[LINE_CALL], 0);
	assert_near(line.rms, 0.004275110660803246);
	assert_near(line.max, 0.0063443832643461295);
	assert_near(line.variance, 3.655314232422713e-05);
	assert_prediction(&line, 128, 64000, 63899.19276287321, 61700.56039712012, 66097.8251286263);
	assert_near(line_error(&line, &(struct line_point){ 128, 64000, 60000 }), 63899.19276287321 / 60000 - 1);
}

static void calls_are_told_apart(void **state)
{
	static const struct line_point points[] = {
		{ 1, 1024, 2150 }, { 4, 1024, 2450 }, { 2, 2048, 4200 }, { 64, 2048, 10400 },
		{ 4, 4096, 8500 }, { 16, 4096, 9700 }, { 256, 8192, 42000 },
	};
	struct line line;

	(void)state;
	assert_int_equal(line_fit(points, N(points), 1, &line), 0);
	assert_true(line.calls_fitted);
	assert_parameter(&line, LINE_FIXED, 36.25342648638224, -30.10386274349834, 102.61071571626282);
	assert_parameter(&line, LINE_CALL, 100.31209228004292, 97.43337922936306, 103.19080533072278);
	assert_parameter(&line, LINE_PAGE, 1.959498876967606, 1.9133310174186482, 2.005666736516564);
	assert_near(line.rms, 0.006118442701988467);
	assert_near(line.max, 0.011888407399077485);
	assert_prediction(&line, 1000, 65536, 228766.06410747833, 222721.92646879572, 234810.20174616095);
}

/* One call whatever the size, calls that one point lacks, and too few points for a third parameter. */
static void calls_are_not_told_apart(void **state)
{
	struct line_point points[] = {
		{ 1, 1024, 2150 }, { 1, 2048, 4200 }, { 1, 4096, 8500 }, { 1, 8192, 17000 }, { 1, 8192, 17010 },
	};
	struct line line;

	(void)state;
	assert_int_equal(line_fit(points, N(points), 1, &line), 0);
	assert_false(line.calls_fitted);
	points[1].calls = NAN;
	points[2].calls = 64;
	assert_int_equal(line_fit(points, N(points), 1, &line), 0);
	assert_false(line.calls_fitted);
	points[1].calls = 1;
	points[4].calls = 8;
	assert_int_equal(line_fit(points, N(points), 1, &line), 0);
	assert_true(line.calls_fitted);
	points[3] = points[2];
	points[4] = points[2];
	points[4].pages = 1024;
	points[4].calls = 1;
	/* Three different ones in five. */
	assert_int_equal(line_fit(points, N(points), 1, &line), 0);
	assert_false(line.calls_fitted);
}

/* -2.6, but it may as well be up to 0.534: left at 0. */
static void a_cost_that_may_be_0_is_not_negative(void **state)
{
	static const struct line_point points[] = {
		{ NAN, 1000, 999 }, { NAN, 2000, 1999 }, { NAN, 4000, 4003 }, { NAN, 8000, 8011 },
	};
	struct line line;

	(void)state;
	assert_int_equal(line_fit(points, N(points), 1, &line), 0);
	assert_false(line.used[LINE_FIXED]);
	assert_false(line.negative[LINE_FIXED]);
	assert_near(line.value[LINE_FIXED], 0);
	assert_near(line.low[LINE_FIXED], 0);
	assert_near(line.high[LINE_FIXED], 0.5340607516445037);
	assert_parameter(&line, LINE_PAGE, 1.0001544476911561, 0.9984101214532037, 1.0018987739291085);
	assert_prediction(&line, NAN, 16000, 16002.471163058499, 15940.064272861735, 16064.878053255263);
}

/* A cost that is below 0 for sure is not hidden. */
static void a_finding_is_kept(void **state)
{
	static const struct line_point points[] = {
		{ NAN, 1000, 500 }, { NAN, 2000, 1501 }, { NAN, 4000, 3499 }, { NAN, 8000, 7502 },
	};
	struct line line;

	(void)state;
	assert_int_equal(line_fit(points, N(points), 1, &line), 0);
	assert_true(line.negative[LINE_FIXED]);
	assert_false(line.negative[LINE_PAGE]);
	assert_parameter(&line, LINE_FIXED, -500.145521355532, -502.2159381099182, -498.0751046011458);
}

/* Errors of small values are relative to the floor; a slope that may be 0 is 0. */
static void small_values_have_the_floor(void **state)
{
	static const struct line_point points[] = {
		{ 1, 1000, 0 }, { 1, 2000, 300 }, { 1, 4000, 0 }, { 1, 8000, 100 },
	};
	struct line line;

	(void)state;
	assert_int_equal(line_fit(points, N(points), 1000, &line), 0);
	assert_parameter(&line, LINE_FIXED, 100, -125.03293632285755, 325.03293632285755);
	assert_near(line.value[LINE_PAGE], 0);
	assert_near(line.high[LINE_PAGE], 0.13510651079744132);
	assert_near(line.rms, 0.1224744871391589);
	assert_near(line.max, 0.2);
	assert_prediction(&line, 1, 8000, 100, -403.1889427942911, 603.188942794291);
}

/* Points on a line: no error, no interval, and what rounding leaves of a 0 is no finding. */
static void exact_lines(void **state)
{
	struct line_point points[5];
	struct line line;

	(void)state;
	for (size_t i = 0; i < N(points); i++) {
		points[i] = (struct line_point){ NAN, 262144 << i, 0 };
		points[i].value = 119.1 * points[i].pages;
	}
	assert_int_equal(line_fit(points, N(points), 1, &line), 0);
	assert_false(line.negative[LINE_FIXED]);
	assert_true(line.value[LINE_FIXED] >= 0 && line.value[LINE_FIXED] < 1);
	assert_near(line.value[LINE_PAGE], 119.1);
	assert_true(line.max < 1e-9);
	for (size_t i = 0; i < N(points); i++)
		points[i].value = 0;
	assert_int_equal(line_fit(points, N(points), 1 << 20, &line), 0);
	assert_near(line_predict(&line, NAN, 1e9).value, 0);
	assert_near(line_predict(&line, NAN, 1e9).high, 0);
}

static void too_few_sizes(void **state)
{
	static const struct line_point points[] = {
		{ 1, 1000, 500 }, { 2, 2000, 1501 }, { 8, 2000, 1600 }, { 16, 1000, 700 },
	};
	struct line line;

	(void)state;
	assert_int_equal(line_sizes(points, N(points)), 2);
	assert_int_equal(line_fit(points, N(points), 1, &line), -ENODATA);
	assert_int_equal(line_sizes(points, 0), 0);
	assert_int_equal(line_fit(points, 0, 1, &line), -ENODATA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixed_and_per_page),
		cmocka_unit_test(calls_are_told_apart),
		cmocka_unit_test(calls_are_not_told_apart),
		cmocka_unit_test(a_cost_that_may_be_0_is_not_negative),
		cmocka_unit_test(a_finding_is_kept),
		cmocka_unit_test(small_values_have_the_floor),
		cmocka_unit_test(exact_lines),
		cmocka_unit_test(too_few_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
