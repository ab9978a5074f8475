// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_randist.h>

#include "changes.h"

#define PAGES 1000
#define ROWS_MAX 64
#define BOOTS_MAX 10

/* Series of one quantity on a clock; rows have the values of their boots. */
struct fixture {
	struct summary_cell cell;
	double values[ROWS_MAX][BOOTS_MAX];
	struct change_series series;
	struct compare_options options;
};

static void open_fixture(struct fixture *f, const char *clock)
{
	enum key k;

	*f = (struct fixture){ 0 };
	for (k = 0; k < KEY_COUNT; k++)
		if (key_infos[k].kind == KEY_TEXT)
			f->cell.key.v[k].text = "";
	f->cell.key.v[KEY_CLOCK].text = clock;
	f->cell.spread_percent = 0;
	f->series.line = "";
	f->series.rows = calloc(ROWS_MAX, sizeof(*f->series.rows));
	assert_non_null(f->series.rows);
	compare_defaults(&f->options);
}

static void add_row(struct fixture *f, const double *values, size_t n)
{
	size_t i = f->series.n++;

	assert_true(i < ROWS_MAX && n <= BOOTS_MAX);
	memcpy(f->values[i], values, n * sizeof(*values));
	f->series.rows[i].cell = &f->cell;
	f->series.rows[i].values = f->values[i];
	f->series.rows[i].n = n;
}

/* n boots of a value, a millionth apart: a clock that is exact. */
static void add_exact(struct fixture *f, double value, size_t n)
{
	double v[BOOTS_MAX];
	size_t i;

	for (i = 0; i < n; i++)
		v[i] = value * (1 + 1e-6 * (double)i);
	add_row(f, v, n);
}

/* n boots around a value, lognormal. */
static void add_noisy(struct fixture *f, gsl_rng *rng, double value, double sigma, size_t n)
{
	double v[BOOTS_MAX];
	size_t i;

	for (i = 0; i < n; i++)
		v[i] = value * gsl_ran_lognormal(rng, 0, sigma);
	add_row(f, v, n);
}

static void find(struct fixture *f)
{
	assert_int_equal(changes_find(&f->series, 1, &f->options), 0);
}

/* "0010": where the changes are. */
static const char *changes_of(const struct fixture *f)
{
	static char text[ROWS_MAX + 1];
	size_t i;

	for (i = 0; i < f->series.n; i++)
		text[i] = f->series.rows[i].change ? '1' : '0';
	text[i] = 0;
	return text;
}

static enum verdict verdict(const struct fixture *f, size_t row)
{
	return f->series.rows[row].against.verdict;
}

static void close_fixture(struct fixture *f)
{
	change_series_free(&f->series);
}

static void test_exact_steps(void **state)
{
	static const double values[] = { 125, 120.4, 120.5, 11.3, 13.4, 13.4 };
	struct fixture f;
	size_t i;

	(void)state;
	open_fixture(&f, "insn");
	for (i = 0; i < 6; i++)
		add_exact(&f, values[i], 3);
	find(&f);
	assert_string_equal(changes_of(&f), "010110");
	assert_int_equal(f.series.changes, 3);
	assert_int_equal(verdict(&f, 0), VERDICT_NEW_ONLY);
	assert_int_equal(verdict(&f, 1), VERDICT_IMPROVEMENT);
	assert_int_equal(verdict(&f, 2), VERDICT_NO_CHANGE);
	assert_int_equal(verdict(&f, 4), VERDICT_REGRESSION);
	assert_int_equal(verdict(&f, 5), VERDICT_NO_CHANGE);
	assert_int_equal(f.series.rows[5].segment, 3);
	/* Against the kernel before it, and said so. */
	assert_float_equal(f.series.rows[3].against.ratio, 11.3 / 120.5, 1e-4);
	assert_float_equal(f.series.rows[3].against.base.median, 120.5, 1e-3);
	assert_int_equal(f.series.rows[3].base_from, 2);
	assert_int_equal(f.series.rows[3].base_end, 3);
	assert_float_equal(f.series.rows[3].previous, 11.3 / 120.5, 1e-3);
	assert_true(isnan(f.series.rows[0].previous));
	close_fixture(&f);
}

/* None of the steps is one, and together they are. */
static void test_drift(void **state)
{
	struct fixture f;
	size_t i;

	(void)state;
	open_fixture(&f, "insn");
	for (i = 0; i < 8; i++)
		add_exact(&f, 100 + 0.3 * (double)i, 3);
	find(&f);
	/* 101.2 is 1 % above 100; from there it is 1 % again at 102.4, which is not reached. */
	assert_string_equal(changes_of(&f), "00001000");
	assert_true(f.series.rows[4].drift);
	assert_int_equal(f.series.rows[4].base_from, 0);
	assert_int_equal(f.series.rows[4].base_end, 1);
	assert_int_equal(verdict(&f, 4), VERDICT_REGRESSION);
	close_fixture(&f);
	open_fixture(&f, "insn");
	for (i = 0; i < 8; i++)
		add_exact(&f, i < 4 ? 100 : 102, 3);
	find(&f);
	assert_string_equal(changes_of(&f), "00001000");
	assert_false(f.series.rows[4].drift);
	close_fixture(&f);
}

/* Of kernels whose values do not vary no two in a segment differ by more than the threshold, wherever it began. */
static void test_exact_pairs(void **state)
{
	static const struct {
		double values[5];
		const char *changes;
		size_t at, base;
		bool drift;
	} known[] = {
		/* The step is nearly twice the threshold, and both ends are within it of the first. */
		{ { 100, 99.05, 100.95, 100.95, 100.95 }, "00100", 2, 1, false },
		{ { 100, 100.95, 99.05, 99.05, 99.05 }, "00100", 2, 1, false },
		/* No step is one, and the first is not the lowest. */
		{ { 100, 99.1, 99.6, 100.3, 100.3 }, "00010", 3, 1, true },
		{ { 100, 100.9, 100.4, 99.8, 99.8 }, "00010", 3, 1, true },
		{ { 100, 99.5, 100.4, 99.5, 100.4 }, "00000", 1, 0, false },
	};
	struct fixture f;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const struct change_row *row;

		open_fixture(&f, "insn");
		for (k = 0; k < 5; k++)
			add_exact(&f, known[i].values[k], 3);
		find(&f);
		assert_string_equal(changes_of(&f), known[i].changes);
		row = &f.series.rows[known[i].at];
		assert_int_equal(row->base_from, known[i].base);
		assert_int_equal(row->base_end, known[i].base + 1);
		assert_int_equal(row->drift, known[i].drift);
		close_fixture(&f);
	}
}

/* A kernel with few boots does not hide what those behind it show. */
static void test_exact_behind_few(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, "insn");
	add_exact(&f, 100, 1);
	add_exact(&f, 100.5, 3);
	add_exact(&f, 102, 3);
	find(&f);
	assert_string_equal(changes_of(&f), "001");
	close_fixture(&f);
}

/* One boot of each kernel tells nothing, three kernels in a row that agree do. */
static void test_single_boots(void **state)
{
	struct fixture f;
	size_t i;

	(void)state;
	open_fixture(&f, "insn");
	for (i = 0; i < 2; i++)
		add_exact(&f, i ? 11 : 125, 1);
	find(&f);
	assert_string_equal(changes_of(&f), "00");
	assert_int_equal(verdict(&f, 1), VERDICT_INSUFFICIENT);
	assert_non_null(strstr(f.series.rows[1].against.reason, "1 and 1 boots"));
	close_fixture(&f);
	open_fixture(&f, "insn");
	for (i = 0; i < 8; i++)
		add_exact(&f, i < 4 ? 100 : 103, 1);
	find(&f);
	assert_string_equal(changes_of(&f), "00001000");
	assert_int_equal(verdict(&f, 1), VERDICT_INSUFFICIENT);
	close_fixture(&f);
}

/* Kernels that are tested together find what each alone could not, and where it began. */
static void test_late(void **state)
{
	static const double base[] = { 99, 100, 101 }, new[] = { 119, 120, 121 };
	struct fixture f;
	size_t i;

	(void)state;
	open_fixture(&f, "wall");
	for (i = 0; i < 2; i++)
		add_row(&f, i < 1 ? base : new, 3);
	find(&f);
	assert_string_equal(changes_of(&f), "00");
	assert_int_equal(verdict(&f, 1), VERDICT_INSUFFICIENT);
	close_fixture(&f);
	open_fixture(&f, "wall");
	for (i = 0; i < 6; i++)
		add_row(&f, i < 2 ? base : new, 3);
	find(&f);
	assert_string_equal(changes_of(&f), "001000");
	assert_true(f.series.rows[2].against.p_holm <= 0.05);
	close_fixture(&f);
}

/* A change that comes back is two. */
static void test_there_and_back(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	struct fixture f;
	size_t i;

	(void)state;
	open_fixture(&f, "wall");
	for (i = 0; i < 12; i++)
		add_noisy(&f, rng, i == 4 || i == 5 ? 150 : 100, 0.02, 8);
	find(&f);
	assert_string_equal(changes_of(&f), "000010100000");
	assert_int_equal(verdict(&f, 4), VERDICT_REGRESSION);
	assert_int_equal(verdict(&f, 6), VERDICT_IMPROVEMENT);
	close_fixture(&f);
	gsl_rng_free(rng);
}

/* Single boots that went wrong are no change. */
static void test_outliers(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	struct fixture f;
	size_t i;

	(void)state;
	open_fixture(&f, "wall");
	for (i = 0; i < 10; i++) {
		add_noisy(&f, rng, 100, 0.02, 5);
		f.values[i][i % 5] = 1000;
	}
	find(&f);
	assert_string_equal(changes_of(&f), "0000000000");
	close_fixture(&f);
	gsl_rng_free(rng);
}

/* Steps of series with noise: how many are found at the right kernel? */
static void test_power(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	size_t t, i, exact = 0, near = 0, more = 0;

	(void)state;
	for (t = 0; t < 100; t++) {
		struct fixture f;

		open_fixture(&f, "wall");
		for (i = 0; i < 10; i++)
			add_noisy(&f, rng, i < 5 ? 100 : 112, 0.03, 5);
		assert_int_equal(changes_find_only(&f.series, 1, &f.options), 0);
		exact += f.series.rows[5].change;
		near += f.series.rows[4].change || f.series.rows[5].change || f.series.rows[6].change;
		more += f.series.changes > 1;
		close_fixture(&f);
	}
	print_message("# 12 %% in noise of 3 %%, 5 boots of 10 kernels: %zu of 100 at the kernel, %zu within one, %zu more than one\n",
		      exact, near, more);
	assert_true(exact >= 90);
	assert_true(near >= 98);
	assert_true(more <= 5);
	gsl_rng_free(rng);
}

/* The promise: with nothing changed, one family in twenty has a false alarm, at most. Thresholds are of no help here. */
static size_t false_alarms(gsl_rng *rng, const char *clock, size_t series, size_t rows, size_t boots, double threshold)
{
	size_t t, i, k, alarms = 0;

	for (t = 0; t < 200; t++) {
		struct fixture *f = calloc(series, sizeof(*f));
		struct change_series *all = calloc(series, sizeof(*all));
		bool any = false;

		assert_non_null(f);
		assert_non_null(all);
		for (k = 0; k < series; k++) {
			open_fixture(&f[k], clock);
			for (i = 0; i < rows; i++)
				add_noisy(&f[k], rng, 100, 0.05, boots);
			all[k] = f[k].series;
		}
		for (i = 0; threshold > 0 && i <= CLOCK_MODEL; i++)
			f->options.threshold[QUANTITY_COST][i] = threshold;
		assert_int_equal(changes_find_only(all, series, &f->options), 0);
		for (k = 0; k < series; k++) {
			any |= all[k].changes > 0;
			change_series_free(&all[k]);
		}
		alarms += any;
		free(all);
		free(f);
	}
	print_message("# A/A, %zu series of %zu kernels, %zu boots, threshold %g: %zu of 200 with an alarm\n", series, rows, boots,
		      threshold, alarms);
	return alarms;
}

static void test_no_false_alarms(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

	(void)state;
	/* 5 % of 200 are 10; with these seeds it is less. */
	assert_true(false_alarms(rng, "wall", 1, 10, 5, 1e-6) <= 10);
	assert_true(false_alarms(rng, "model", 1, 10, 3, 1e-6) <= 10);
	assert_true(false_alarms(rng, "wall", 4, 5, 4, 1e-6) <= 10);
	assert_true(false_alarms(rng, "wall", 1, 12, 5, 0) <= 10);
	gsl_rng_free(rng);
}

/* The same of an exact clock: kernels that differ by a tenth of the threshold from boot to boot. */
static void test_no_false_alarms_exact(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	size_t t, i, k, alarms = 0;

	(void)state;
	for (t = 0; t < 200; t++) {
		struct fixture f;
		double v[3];

		open_fixture(&f, "insn");
		for (i = 0; i < 20; i++) {
			for (k = 0; k < 3; k++)
				v[k] = gsl_ran_flat(rng, 99.95, 100.05);
			add_row(&f, v, 3);
		}
		find(&f);
		alarms += f.series.changes > 0;
		for (i = 1; i < 20; i++)
			assert_int_equal(verdict(&f, i), VERDICT_NO_CHANGE);
		close_fixture(&f);
	}
	assert_int_equal(alarms, 0);
	gsl_rng_free(rng);
}

/* What is found takes nothing from the rest, and cells are one family: more cells, fewer found. */
static void test_family(void **state)
{
	static const double base[] = { 99, 100, 101, 98, 102 }, new[] = { 119, 120, 121, 118, 122 };
	struct fixture f[10];
	struct change_series all[10];
	size_t i;

	(void)state;
	open_fixture(&f[0], "wall");
	add_row(&f[0], base, 5);
	add_row(&f[0], new, 5);
	find(&f[0]);
	assert_string_equal(changes_of(&f[0]), "01");
	close_fixture(&f[0]);
	for (i = 0; i < 10; i++) {
		open_fixture(&f[i], "wall");
		add_row(&f[i], base, 5);
		add_row(&f[i], new, 5);
		all[i] = f[i].series;
	}
	/* 0.0079 for each: 6 tests can have it, 10 cannot. */
	assert_int_equal(changes_find(all, 10, &f[0].options), 0);
	for (i = 0; i < 10; i++) {
		assert_int_equal(all[i].changes, 0);
		assert_int_equal(all[i].alone, 1);
		assert_int_equal(all[i].rows[1].against.verdict, VERDICT_INSUFFICIENT);
		change_series_free(&all[i]);
	}
}

/* Those that are found first leave the others fewer to be corrected for. */
static void test_step_down(void **state)
{
	static const double base[] = { 99, 100, 101, 98, 102, 97, 103, 96 };
	static const double new[] = { 119, 120, 121, 118, 122, 117, 123, 116 };
	struct fixture f[8];
	struct change_series all[8];
	size_t i;

	(void)state;
	for (i = 0; i < 8; i++) {
		open_fixture(&f[i], "wall");
		add_row(&f[i], base, i < 5 ? 8 : 5);
		add_row(&f[i], new, i < 5 ? 8 : 5);
		all[i] = f[i].series;
	}
	/* 0.0079 is too much for 8 tests, and not for the 3 that are left. */
	assert_int_equal(changes_find(all, 8, &f[0].options), 0);
	for (i = 0; i < 8; i++) {
		assert_int_equal(all[i].changes, 1);
		change_series_free(&all[i]);
	}
}

/* Where it began is not where it showed. */
static void test_located(void **state)
{
	static const double base[] = { 99, 100, 101 }, mixed[] = { 99.5, 119, 120 }, new[] = { 119.5, 120.5, 121 };
	struct fixture f;
	size_t i;

	(void)state;
	open_fixture(&f, "wall");
	for (i = 0; i < 8; i++)
		add_row(&f, i < 3 ? base : i == 3 ? mixed : new, 3);
	find(&f);
	assert_string_equal(changes_of(&f), "00010000");
	close_fixture(&f);
}

/* One boot of each kernel is enough where noise is known, and a floor of noise is no change. */
static void test_noise(void **state)
{
	struct noise_row row = { .boots = 6, .floor = 0.001, .spread = 0.0002 };
	struct noise noise = { &row, 1 };
	struct fixture f;
	FILE *file;
	char text[1000] = { 0 };
	enum key k;

	(void)state;
	open_fixture(&f, "insn");
	file = fmemopen(text, sizeof(text), "w");
	for (k = KEY_FIRST; k < KEY_CELL_END; k++) {
		char buf[KEY_TEXT_MAX];

		fprintf(file, "%s\x1f", cell_key_text(&f.cell.key, k, 0, buf));
	}
	fputs("instructions", file);
	fclose(file);
	row.key = text;
	f.options.noise = &noise;
	add_exact(&f, 100, 1);
	add_exact(&f, 102, 1);
	find(&f);
	assert_string_equal(changes_of(&f), "01");
	row.floor = 0.03;
	find(&f);
	assert_string_equal(changes_of(&f), "00");
	assert_int_equal(verdict(&f, 1), VERDICT_NO_CHANGE);
	close_fixture(&f);
}

static void test_one_row(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, "insn");
	add_exact(&f, 100, 3);
	find(&f);
	assert_string_equal(changes_of(&f), "0");
	assert_int_equal(verdict(&f, 0), VERDICT_NEW_ONLY);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_row),
		cmocka_unit_test(test_exact_steps),
		cmocka_unit_test(test_exact_pairs),
		cmocka_unit_test(test_exact_behind_few),
		cmocka_unit_test(test_drift),
		cmocka_unit_test(test_single_boots),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_outliers),
		cmocka_unit_test(test_power),
		cmocka_unit_test(test_no_false_alarms),
		cmocka_unit_test(test_no_false_alarms_exact),
		cmocka_unit_test(test_family),
		cmocka_unit_test(test_step_down),
		cmocka_unit_test(test_located),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests_name("changes", tests, NULL, NULL);
}
