// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <errno.h>
#include <math.h>

#include "stats.h"

#define CLOSE(a, b) assert_true(fabs((a) - (b)) <= 1e-12 * fmax(1, fabs(b)))

/* Odd, even, and a row of ties; the values are in no order. */
static const double five[] = { 24.1, 23.7, 25.9, 24.4, 31.2 };
static const double six[] = { 1.375, 1.25, 1.5, 1.125, 9.75, 1.0625 };
static double curve[17];

/*
 * The expected values come from a second implementation in another language:
 * median and MAD from its library; the bootstrap from its Mersenne Twister, set
 * to the state that init_genrand(seed) gives, with GSL's way to a bounded
 * integer (reject above n * floor((2^32 - 1) / n)) and linear quantiles.
 */
static const struct {
	const double *v;
	size_t n;
	double median, mad, low, high, low_80, high_80;
} expected[] = {
	{ five, 5, 24.4, 0.6999999999999993, 23.7, 31.2, 24.1, 25.9 },
	{ six, 6, 1.3125, 0.1875, 1.09375, 5.625, 1.15625, 1.5 },
	{ curve, 17, 4.1000000000000005, 2.0, 2.6999999999999997, 9.300000000000004, 2.700000000000001, 6.3 },
};

static void agrees_with_second_implementation(void **state)
{
	struct stats s;
	double low, high;

	(void)state;
	for (size_t i = 0; i < 17; i++)
		curve[i] = 0.1 * (double)(i * i) - 0.7 * (double)i + 3.3;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_int_equal(stats_describe(expected[i].v, expected[i].n, &s), 0);
		assert_int_equal(s.n, expected[i].n);
		CLOSE(s.median, expected[i].median);
		CLOSE(s.mad, expected[i].mad);
		CLOSE(s.ci_low, expected[i].low);
		CLOSE(s.ci_high, expected[i].high);
		assert_int_equal(stats_bootstrap_ci(expected[i].v, expected[i].n, 0.8, 500, 7, &low, &high), 0);
		CLOSE(low, expected[i].low_80);
		CLOSE(high, expected[i].high_80);
	}
}

static void order_does_not_matter(void **state)
{
	const double a[] = { 3, 1, 2, 5, 4, 9, 7 }, b[] = { 9, 7, 5, 4, 3, 2, 1 };
	struct stats sa, sb;

	(void)state;
	assert_int_equal(stats_describe(a, 7, &sa), 0);
	assert_int_equal(stats_describe(b, 7, &sb), 0);
	assert_memory_equal(&sa, &sb, sizeof(sa));
	assert_true(a[0] == 3 && a[6] == 7); /* the input is left as it was */
}

/* Of three values both tails weigh 7/27, more than 2.5 %: the interval is all of it. */
static void three_values_give_their_range(void **state)
{
	const double v[] = { 10, 30, 20 };
	struct stats s;

	(void)state;
	assert_int_equal(stats_describe(v, 3, &s), 0);
	assert_true(s.median == 20 && s.mad == 10 && s.ci_low == 10 && s.ci_high == 30);
}

static void ties_have_no_spread(void **state)
{
	const double v[] = { 4, 4, 4, 4 };
	struct stats s;

	(void)state;
	assert_int_equal(stats_describe(v, 4, &s), 0);
	assert_true(s.median == 4 && s.mad == 0 && s.ci_low == 4 && s.ci_high == 4);
}

static void one_value_has_no_interval(void **state)
{
	const double v[] = { 4 };
	double low, high;
	struct stats s;

	(void)state;
	assert_int_equal(stats_describe(v, 1, &s), 0);
	assert_true(s.median == 4 && s.mad == 0 && isnan(s.ci_low) && isnan(s.ci_high));
	assert_int_equal(stats_describe(v, 0, &s), -EINVAL);
	assert_int_equal(stats_bootstrap_ci(v, 1, 0.95, 100, 1, &low, &high), -EINVAL);
	assert_int_equal(stats_bootstrap_ci(five, 5, 1, 100, 1, &low, &high), -EINVAL);
	assert_int_equal(stats_bootstrap_ci(five, 5, 0.95, 1, 1, &low, &high), -EINVAL);
}

static void quantiles_are_nearest_ranks(void **state)
{
	uint64_t v[100];

	(void)state;
	for (size_t i = 0; i < 100; i++)
		v[i] = i + 1;
	for (unsigned int percent = 1; percent <= 100; percent++)
		assert_int_equal(stats_quantile_u64(v, 100, percent / 100.0), percent);
	assert_int_equal(stats_quantile_u64(v, 100, 0), 1);
	assert_int_equal(stats_quantile_u64(v, 100, 2), 100);
	assert_int_equal(stats_quantile_u64(v, 10, 0.9), 9);
	assert_int_equal(stats_quantile_u64(v, 10, 0.91), 10);
	assert_int_equal(stats_quantile_u64(v, 5, 0.5), 3);
	assert_int_equal(stats_quantile_u64(v, 4, 0.5), 2);
	assert_int_equal(stats_quantile_u64(v, 1, 0.99), 1);
}

static int compare_doubles(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

#define RESAMPLES 20000

/* The same interval by drawing each of the values. */
static void draw_all(const double *v, size_t n, double *low, double *high)
{
	double *medians = calloc(RESAMPLES, sizeof(*medians)), *draw = calloc(n, sizeof(*draw));

	srandom(7);
	for (size_t i = 0; i < RESAMPLES; i++) {
		for (size_t k = 0; k < n; k++)
			draw[k] = v[(size_t)random() % n];
		qsort(draw, n, sizeof(*draw), compare_doubles);
		medians[i] = (draw[(n - 1) / 2] + draw[n / 2]) / 2;
	}
	qsort(medians, RESAMPLES, sizeof(*medians), compare_doubles);
	*low = medians[RESAMPLES / 40];
	*high = medians[RESAMPLES - RESAMPLES / 40];
	free(medians);
	free(draw);
}

/* Beyond 256 values medians are drawn as such: odd and even numbers, with gaps so large that a wrong place shows. */
static void many_values_have_the_same_interval(void **state)
{
	double v[400], low, high, expected_low, expected_high;

	(void)state;
	for (size_t i = 0; i < 400; i++)
		v[i] = pow(1.05, (double)i);
	for (size_t n = 257; n < 400; n += 71) {
		assert_int_equal(stats_bootstrap_ci(v, n, 0.95, RESAMPLES, 1, &low, &high), 0);
		draw_all(v, n, &expected_low, &expected_high);
		assert_true(fabs(low / expected_low - 1) < 0.051);
		assert_true(fabs(high / expected_high - 1) < 0.051);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_second_implementation),
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(three_values_give_their_range),
		cmocka_unit_test(ties_have_no_spread),
		cmocka_unit_test(one_value_has_no_interval),
		cmocka_unit_test(quantiles_are_nearest_ranks),
		cmocka_unit_test(many_values_have_the_same_interval),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
