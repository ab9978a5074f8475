// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>

#include "coverage.h"
#include "csv_read.h"
#include "rank_test.h"
#include "stats.h"

/* Written by make.py beside it: what SciPy says. */
#define FIXTURE "tests/fixtures/stats/rank-test.csv"
#define VALUES_MAX 200

struct fixture {
	double a[VALUES_MAX], b[VALUES_MAX], u, p, low, high;
	size_t n, m;
};

static size_t rows_exact, rows_normal, rows_ratio, rows_holm;

static size_t numbers(const char *text, double *v)
{
	size_t n = 0;
	char *end;

	for (; *text; text = end) {
		assert_true(n < VALUES_MAX);
		v[n++] = strtod(text, &end);
		assert_true(end != text);
	}
	return n;
}

static bool near(double a, double b, double tolerance)
{
	return fabs(a - b) <= tolerance * fmax(fabs(b), 1e-300);
}

static void check_test(const struct fixture *f, bool exact)
{
	struct rank_test t;

	assert_int_equal(rank_test(f->a, f->n, f->b, f->m, &t), 0);
	assert_int_equal(t.exact, exact);
	assert_true(t.u == f->u);
	assert_true(near(t.p, f->p, 1e-9));
	/* The other way round it is the same test. */
	assert_int_equal(rank_test(f->b, f->m, f->a, f->n, &t), 0);
	assert_true(t.u == (double)(f->n * f->m) - f->u);
	assert_true(near(t.p, f->p, 1e-9));
}

/* Other random numbers: the ends agree as far as 10000 resamples can. */
static void check_ratio(const struct fixture *f)
{
	double low, high;

	assert_int_equal(stats_ratio_ci(f->a, f->n, f->b, f->m, 0.95, STATS_RESAMPLES, STATS_SEED, &low, &high), 0);
	assert_true(near(low, f->low, 0.01));
	assert_true(near(high, f->high, 0.01));
}

static void check_holm(struct fixture *f)
{
	size_t i;

	assert_int_equal(f->n, f->m);
	assert_int_equal(holm_adjust(f->a, f->n), 0);
	for (i = 0; i < f->n; i++)
		assert_true(near(f->a[i], f->b[i], 1e-12));
}

static int on_row(const struct csv_record *row, bool is_header, void *arg)
{
	struct fixture f;
	const char *test = row->field[0];

	(void)arg;
	if (is_header)
		return 0;
	f.n = numbers(row->field[1], f.a);
	f.m = numbers(row->field[2], f.b);
	f.u = strtod(row->field[3], NULL);
	f.p = strtod(row->field[4], NULL);
	f.low = strtod(row->field[5], NULL);
	f.high = strtod(row->field[6], NULL);
	if (!strcmp(test, "exact") || !strcmp(test, "permutation")) {
		check_test(&f, true);
		rows_exact++;
	} else if (!strcmp(test, "normal")) {
		check_test(&f, false);
		rows_normal++;
	} else if (!strcmp(test, "ratio")) {
		check_ratio(&f);
		rows_ratio++;
	} else {
		assert_string_equal(test, "holm");
		check_holm(&f);
		rows_holm++;
	}
	return 0;
}

static void agrees_with_scipy(void **state)
{
	(void)state;
	assert_int_equal(csv_read(FIXTURE, on_row, NULL), 0);
	assert_int_equal(rows_exact, 21);
	assert_int_equal(rows_normal, 3);
	assert_int_equal(rows_ratio, 3);
	assert_int_equal(rows_holm, 3);
}

static void refuses_nothing_to_test(void **state)
{
	const double v[] = { 1, 2 };
	struct rank_test t;
	double low, high;

	(void)state;
	assert_int_equal(rank_test(v, 0, v, 2, &t), -EINVAL);
	assert_int_equal(rank_test(v, 2, v, 0, &t), -EINVAL);
	assert_int_equal(holm_adjust(NULL, 0), 0);
	assert_int_equal(stats_ratio_ci(v, 1, v, 2, 0.95, 100, 1, &low, &high), -EINVAL);
	assert_int_equal(stats_ratio_ci((const double[]){ 0, 1 }, 2, v, 2, 0.95, 100, 1, &low, &high), -EDOM);
}

static void least_p_is_that_of_separated_samples(void **state)
{
	double v[12];
	struct rank_test t;
	size_t n;

	(void)state;
	for (n = 0; n < 12; n++)
		v[n] = (double)n;
	for (n = 1; n < 12; n++) {
		assert_int_equal(rank_test(v, n, v + n, 12 - n, &t), 0);
		assert_true(near(t.p, rank_test_least_p(n, 12 - n), 1e-12));
	}
	assert_true(near(rank_test_least_p(5, 5), 2.0 / 252, 1e-12));
	assert_true(rank_test_least_p(0, 5) == 1 && rank_test_least_p(1, 1) == 1);
}

/* From 5 boots on a side as promised; of 3 and 4 less: docs/method.md has the table (coverage.c). 1000 tries tell a share to 1.5 %. */
static void interval_covers_what_it_says(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	const size_t sizes[] = { 5, 6, 8, 10, 15 };
	double c, sum = 0;

	(void)state;
	gsl_rng_set(rng, 3);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (int skewed = 0; skewed < 2; skewed++) {
			c = coverage(rng, sizes[i], sizes[i], skewed, 1000, 400);
			print_message("# %zu and %zu values, %s: %.3f\n", sizes[i], sizes[i],
				      skewed ? "skewed" : "lognormal", c);
			assert_true(c >= 0.93 && c <= 0.98);
			sum += c;
		}
	assert_true(sum / 10 >= 0.93 && sum / 10 <= 0.97);
	for (size_t n = 3; n <= 4; n++) {
		c = coverage(rng, n, n, false, 2000, 400);
		print_message("# %zu and %zu values, lognormal: %.3f\n", n, n, c);
		assert_true(c >= 0.88 && c <= 0.945);
	}
	gsl_rng_free(rng);
}

/* Of tests without an effect at most the share alpha finds one, however many boots. */
static void finds_nothing_where_nothing_is(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

	(void)state;
	gsl_rng_set(rng, 4);
	for (size_t n = 4; n <= 10; n += 3) {
		unsigned int found = 0;

		for (int i = 0; i < 4000; i++) {
			double v[20];
			struct rank_test t;

			/* In steps, as a clock has them: with ties. */
			for (size_t k = 0; k < 2 * n; k++)
				v[k] = round(gsl_ran_gaussian(rng, 3));
			assert_int_equal(rank_test(v, n, v + n, n, &t), 0);
			found += t.p <= 0.05;
		}
		assert_true(found <= 4000 * 0.05 + 3 * 14);
		assert_true(found >= 20);
	}
	gsl_rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_scipy),
		cmocka_unit_test(refuses_nothing_to_test),
		cmocka_unit_test(least_p_is_that_of_separated_samples),
		cmocka_unit_test(interval_covers_what_it_says),
		cmocka_unit_test(finds_nothing_where_nothing_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
