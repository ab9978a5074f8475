// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <math.h>

#include <gsl/gsl_randist.h>

#include "cleanup.h"
#include "commands.h"
#include "compare.h"
#include "rank_test.h"

#define PAGES 1000

static const struct csv_sample row = {
	.schema_version = 1, .run_id = "r", .kernel = "6.1", .kernel_release = "6.1.0", .platform = "tcg",
	.clock = "wall", .boot = "b", .job = "main", .memory = "dax", .device = "dax0.0", .map = "mem",
	.align_bytes = 2 << 20, .engine = "gup", .get = "fast", .put = "pages", .write = 1,
	.size_bytes = 4096 * PAGES, .batch_pages = 512, .threads = 1, .range = "disjoint", .op = "get",
	.row = "repetition", .repetition = 1, .calls = 1, .pages_asked = PAGES, .pages_got = PAGES, .status = "ok",
	.reason = "", .trusted = 1, .model = "", .caches = "", .put_order = "sequential", .put_cache = "warm", .rdma_device = "",
	.dram_bytes = CSV_MISSING, .memmap_bytes = CSV_MISSING, .instructions = CSV_MISSING,
};

/* A cell on a clock, of which each value is a boot. Cells differ in size. */
static void add_boots(struct summary *s, const char *clock, unsigned int cell, const double *values, size_t n)
{
	struct csv_sample sample = row;
	char boot[32];
	size_t i;

	sample.clock = clock;
	sample.size_bytes = 4096ull * PAGES * (cell + 1);
	if (!strcmp(clock, "model"))
		sample.model = sample.caches = "m";
	for (i = 0; i < n; i++) {
		snprintf(boot, sizeof(boot), "boot%zu", i);
		sample.boot = sample.run_id = boot;
		sample.value_ns = sample.instructions = (uint64_t)llround(values[i] * PAGES);
		assert_int_equal(summary_add(s, &sample, "host"), 0);
	}
}

struct pair {
	struct summary base, new;
	struct compare_options options;
	struct comparisons out;
};

static void open_pair(struct pair *p)
{
	*p = (struct pair){ 0 };
	compare_defaults(&p->options);
}

static void run(struct pair *p)
{
	assert_int_equal(summary_finish(&p->base), 0);
	assert_int_equal(summary_finish(&p->new), 0);
	assert_int_equal(compare(&p->base, &p->new, &p->options, &p->out), 0);
}

static void close_pair(struct pair *p)
{
	comparisons_free(&p->out);
	summary_free(&p->base);
	summary_free(&p->new);
}

/* n boots around a value, `step` apart; the median is the value for odd n. */
static size_t around(double value, double step, size_t n, double *v)
{
	size_t i;

	for (i = 0; i < n; i++)
		v[i] = value + step * ((double)i - (double)(n / 2));
	return n;
}

/* The verdict on one cell: medians, steps and boots of both sides. */
static enum verdict verdict_of(const char *clock, double base, double base_step, size_t n, double new, double new_step,
			       size_t m, const struct noise *noise, enum compare_test *test)
{
	double v[64];
	struct pair p;
	enum verdict verdict;

	open_pair(&p);
	p.options.noise = noise;
	add_boots(&p.base, clock, 0, v, around(base, base_step, n, v));
	add_boots(&p.new, clock, 0, v, around(new, new_step, m, v));
	run(&p);
	assert_int_equal(p.out.n, 1);
	verdict = p.out.v[0].verdict;
	if (test)
		*test = p.out.v[0].test;
	assert_int_equal(p.out.count[verdict], 1);
	close_pair(&p);
	return verdict;
}

static void wall_time_is_judged_by_ranks(void **state)
{
	enum compare_test test;

	(void)state;
	assert_int_equal(verdict_of("wall", 100, 1, 5, 110, 1, 5, NULL, &test), VERDICT_REGRESSION);
	assert_int_equal(test, TEST_RANKS);
	assert_int_equal(verdict_of("wall", 110, 1, 5, 100, 1, 5, NULL, NULL), VERDICT_IMPROVEMENT);
	assert_int_equal(verdict_of("wall", 100, 0.5, 5, 100.2, 0.5, 5, NULL, NULL), VERDICT_NO_CHANGE);
	/* Two thirds of the boots overlap, and the interval is wide. */
	assert_int_equal(verdict_of("wall", 100, 8, 5, 108, 8, 5, NULL, NULL), VERDICT_INCONCLUSIVE);
	/* A difference, but of 3 %; and one of 4.9 % whose interval goes beyond. */
	assert_int_equal(verdict_of("wall", 100, 0.2, 5, 103, 0.2, 5, NULL, NULL), VERDICT_NO_CHANGE);
	assert_int_equal(verdict_of("wall", 100, 0.5, 5, 104.9, 0.5, 5, NULL, NULL), VERDICT_INCONCLUSIVE);
}

/* Three boots cannot have a p of 0.05, whatever they are. */
static void few_boots_never_pass(void **state)
{
	size_t n;

	(void)state;
	for (n = 1; n <= 3; n++) {
		assert_int_equal(verdict_of("wall", 100, 0, n, 100, 0, n, NULL, NULL), VERDICT_INSUFFICIENT);
		assert_int_equal(verdict_of("wall", 100, 0, n, 300, 0, n, NULL, NULL), VERDICT_INSUFFICIENT);
	}
	assert_int_equal(verdict_of("wall", 100, 0.01, 4, 300, 0.01, 4, NULL, NULL), VERDICT_REGRESSION);
}

/* 5 boots of each do for 6 tests: 6 * 2 / 252 is below 0.05, 7 are too many. */
static void more_cells_want_more_boots(void **state)
{
	struct pair p;
	double v[8];
	unsigned int cells, i;

	(void)state;
	for (cells = 6; cells <= 7; cells++) {
		open_pair(&p);
		for (i = 0; i < cells; i++) {
			add_boots(&p.base, "wall", i, v, around(100, 1, 5, v));
			add_boots(&p.new, "wall", i, v, around(i ? 200 : 100, 1, 5, v));
		}
		run(&p);
		assert_int_equal(p.out.n, cells);
		assert_int_equal(p.out.count[VERDICT_REGRESSION], cells == 6 ? 5 : 0);
		assert_int_equal(p.out.count[VERDICT_INSUFFICIENT], cells == 6 ? 0 : 7);
		assert_int_equal(comparisons_exit(&p.out, false), cells == 6 ? EXIT_FAILED : EXIT_TROUBLE);
		if (cells == 7)
			assert_non_null(strstr(p.out.v[0].reason, "; 6 of each can"));
		close_pair(&p);
	}
}

/* Cells with so few boots that they could never be found different take nothing from the others. */
static void hopeless_tests_do_not_count(void **state)
{
	struct pair p;
	double v[8];
	unsigned int i;

	(void)state;
	open_pair(&p);
	for (i = 0; i < 30; i++) {
		add_boots(&p.base, "wall", i, v, around(100, 1, i ? 2 : 5, v));
		add_boots(&p.new, "wall", i, v, around(200, 1, i ? 2 : 5, v));
	}
	run(&p);
	assert_int_equal(p.out.count[VERDICT_REGRESSION], 1);
	assert_int_equal(p.out.count[VERDICT_INSUFFICIENT], 29);
	assert_true(fabs(p.out.v[0].p_holm - 2.0 / 252) < 1e-12);
	close_pair(&p);
}

static enum verdict zeros(const char *clock, const double *base, const double *new, size_t n)
{
	enum verdict verdict;
	struct pair p;

	open_pair(&p);
	add_boots(&p.base, clock, 0, base, n);
	add_boots(&p.new, clock, 0, new, n);
	run(&p);
	verdict = p.out.v[0].verdict;
	assert_true(isnan(p.out.v[0].ratio) == (p.out.v[0].base.median <= 0));
	assert_int_equal(!p.out.v[0].reason, verdict == VERDICT_NO_CHANGE || verdict == VERDICT_IMPROVEMENT);
	if (verdict != VERDICT_INCONCLUSIVE)
		assert_int_equal(comparisons_exit(&p.out, false), verdict == VERDICT_REGRESSION ? EXIT_FAILED :
				 verdict == VERDICT_INSUFFICIENT ? EXIT_TROUBLE : EXIT_DONE);
	close_pair(&p);
	return verdict;
}

static void nothing_that_becomes_something_is_no_pass(void **state)
{
	static const double none[6] = { 0 }, some[6] = { 103, 103, 103, 103, 103, 103 };
	static const double few[6] = { 0, 0, 0, 5, 0, 5 }, most[6] = { 0, 5, 5, 5, 0, 5 };

	(void)state;
	assert_int_equal(zeros("insn", none, some, 3), VERDICT_REGRESSION);
	assert_int_equal(zeros("wall", none, some, 5), VERDICT_REGRESSION);
	assert_int_equal(zeros("insn", some, none, 3), VERDICT_IMPROVEMENT);
	assert_int_equal(zeros("insn", none, none, 3), VERDICT_NO_CHANGE);
	assert_int_equal(zeros("wall", none, none, 5), VERDICT_NO_CHANGE);
	/* Too few boots of any values. */
	assert_int_equal(zeros("insn", none, some, 2), VERDICT_INSUFFICIENT);
	assert_int_equal(zeros("wall", none, some, 3), VERDICT_INSUFFICIENT);
	/* Boots that differ between nothing and something. */
	assert_int_equal(zeros("insn", few, most, 6), VERDICT_INSUFFICIENT);
	assert_int_equal(zeros("insn", few, few, 6), VERDICT_INCONCLUSIVE);
	assert_int_equal(zeros("wall", few, none, 6), VERDICT_INCONCLUSIVE);
}

/* The least boots of each from which on all rows of the simulation have 95 %. */
static size_t covered_from(void)
{
	_cleanup_fclose_ FILE *f = fopen("results/reference/coverage.csv", "re");
	size_t base, new, from = 2, tries;
	char line[256];
	double percent;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "1,%zu,%zu,%*[^,],%zu,%*u,%lf", &base, &new, &tries, &percent) == 4 && percent < 95) {
			size_t least = base < new ? base : new;

			from = least >= from ? least + 1 : from;
		}
	return from;
}

static enum compare_coverage coverage_of(const char *clock, size_t n, size_t m, double step)
{
	double base[8], new[8];
	enum compare_coverage coverage;
	struct pair p;

	open_pair(&p);
	add_boots(&p.base, clock, 0, base, around(100, step, n, base));
	add_boots(&p.new, clock, 0, new, around(120, step, m, new));
	run(&p);
	coverage = comparison_coverage(&p.out.v[0]);
	assert_int_equal(comparisons_covered(&p.out, coverage), 1);
	close_pair(&p);
	return coverage;
}

static void an_interval_of_few_boots_is_nominal(void **state)
{
	(void)state;
	assert_int_equal(COMPARE_INTERVAL_BOOTS, covered_from());
	assert_int_equal(coverage_of("wall", 1, 5, 1), COVERAGE_NONE);
	assert_int_equal(coverage_of("wall", 2, 2, 1), COVERAGE_NOMINAL);
	assert_int_equal(coverage_of("wall", 4, 5, 1), COVERAGE_NOMINAL);
	assert_int_equal(coverage_of("wall", 5, 4, 1), COVERAGE_NOMINAL);
	assert_int_equal(coverage_of("wall", 5, 5, 1), COVERAGE_FULL);
	/* Instructions that vary are as any values. */
	assert_int_equal(coverage_of("insn", 3, 3, 1), COVERAGE_NOMINAL);
	assert_int_equal(coverage_of("insn", 3, 3, 0.001), COVERAGE_EXACT);
	assert_int_equal(coverage_of("insn", 2, 2, 0.001), COVERAGE_NOMINAL);
}

static void exact_clocks_take_three_boots(void **state)
{
	enum compare_test test;

	(void)state;
	assert_int_equal(verdict_of("insn", 100, 0.001, 3, 102, 0.001, 3, NULL, &test), VERDICT_REGRESSION);
	assert_int_equal(test, TEST_EXACT_CLOCK);
	assert_int_equal(verdict_of("insn", 100, 0.001, 3, 98, 0.001, 3, NULL, NULL), VERDICT_IMPROVEMENT);
	assert_int_equal(verdict_of("insn", 100, 0.001, 3, 100.9, 0.001, 3, NULL, NULL), VERDICT_NO_CHANGE);
	assert_int_equal(verdict_of("insn", 100, 0.001, 3, 99.2, 0.001, 3, NULL, NULL), VERDICT_NO_CHANGE);
	assert_int_equal(verdict_of("insn", 100, 0.001, 2, 102, 0.001, 3, NULL, NULL), VERDICT_INSUFFICIENT);
	/* A side whose boots are 0.2 % apart is not exact: ranks, for which three are too few. */
	assert_int_equal(verdict_of("insn", 100, 0.1, 3, 102, 0.001, 3, NULL, &test), VERDICT_INSUFFICIENT);
	assert_int_equal(test, TEST_RANKS);
	assert_int_equal(verdict_of("insn", 100, 0.1, 5, 102, 0.1, 5, NULL, &test), VERDICT_REGRESSION);
	/* Modelled time depends on where a boot puts things; wall time on the day. */
	assert_int_equal(verdict_of("model", 100, 0.001, 3, 105, 0.001, 3, NULL, &test), VERDICT_INSUFFICIENT);
	assert_int_equal(test, TEST_RANKS);
	assert_int_equal(verdict_of("wall", 100, 0.001, 3, 150, 0.001, 3, NULL, NULL), VERDICT_INSUFFICIENT);
}

/* Noise of the cell of verdict_of(), as a set of boots around 100 on each side measures it. */
static void measure_noise(const char *clock, double step, size_t boots, double drift, struct noise *noise)
{
	struct summary sets[2] = { 0 };
	char *path = write_temporary("");
	FILE *f = fopen(path, "w");
	double v[64];
	size_t rows;

	assert_non_null(f);
	add_boots(&sets[0], clock, 0, v, around(100, step, boots, v));
	add_boots(&sets[1], clock, 0, v, around(100 + drift, step, boots, v));
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(summary_finish(&sets[i]), 0);
	assert_int_equal(noise_measure(sets, 2, f, &rows), 0);
	assert_int_equal(rows, 1);
	fclose(f);
	assert_int_equal(noise_read(path, noise), 0);
	assert_int_equal(noise->n, 1);
	assert_int_equal(noise->rows[0].boots, 2 * boots);
	drop_temporary(path);
	summary_free(&sets[0]);
	summary_free(&sets[1]);
}

static void known_noise_makes_one_boot_do(void **state)
{
	struct noise noise;

	(void)state;
	measure_noise("insn", 0.001, 3, 0, &noise);
	assert_int_equal(verdict_of("insn", 100, 0, 1, 102, 0, 1, &noise, NULL), VERDICT_REGRESSION);
	assert_int_equal(verdict_of("insn", 100, 0, 1, 100.5, 0, 1, &noise, NULL), VERDICT_NO_CHANGE);
	/* It is that of another clock. */
	assert_int_equal(verdict_of("model", 100, 0, 1, 105, 0, 1, &noise, NULL), VERDICT_INSUFFICIENT);
	noise_free(&noise);
	/* Known from too few. */
	measure_noise("insn", 0.001, 2, 0, &noise);
	assert_int_equal(verdict_of("insn", 100, 0, 1, 102, 0, 1, &noise, NULL), VERDICT_INSUFFICIENT);
	noise_free(&noise);
	/* Known, and too much. */
	measure_noise("insn", 0.2, 3, 0, &noise);
	assert_int_equal(verdict_of("insn", 100, 0, 1, 102, 0, 1, &noise, NULL), VERDICT_INSUFFICIENT);
	noise_free(&noise);
	measure_noise("model", 0.01, 3, 0, &noise);
	assert_int_equal(verdict_of("model", 100, 0, 1, 105, 0, 1, &noise, NULL), VERDICT_REGRESSION);
	noise_free(&noise);
}

/* Two sets of boots of one kernel were 8 % apart: a change of 7 % is none, one of 10 % is. */
static void noise_is_a_floor(void **state)
{
	struct noise noise;

	(void)state;
	measure_noise("wall", 0.1, 5, 8, &noise);
	assert_true(noise.rows[0].floor >= 0.08 && noise.rows[0].floor < 0.09);
	assert_true(noise.rows[0].spread >= 0.08 && noise.rows[0].spread < 0.09);
	assert_int_equal(verdict_of("wall", 100, 0.1, 5, 107, 0.1, 5, NULL, NULL), VERDICT_REGRESSION);
	assert_int_equal(verdict_of("wall", 100, 0.1, 5, 107, 0.1, 5, &noise, NULL), VERDICT_NO_CHANGE);
	assert_int_equal(verdict_of("wall", 100, 0.1, 5, 110, 0.1, 5, &noise, NULL), VERDICT_REGRESSION);
	noise_free(&noise);
	/* Two sets whose medians are the same by chance, of boots that are 1 % apart from each other: halves of them are not. */
	measure_noise("wall", 1, 5, 0, &noise);
	assert_true(noise.rows[0].floor >= 0.01 && noise.rows[0].floor <= 0.03);
	noise_free(&noise);
}

/* DRAM of 300 KiB more is noise of the counting where it is little; a device that suddenly takes some is not. */
static void dram_is_compared_too(void **state)
{
	const struct {
		uint64_t base, new;
		enum verdict verdict;
	} cases[] = {
		{ 0, 0, VERDICT_NO_CHANGE },
		{ 0, 300 << 10, VERDICT_NO_CHANGE },
		{ 0, 1 << 30, VERDICT_REGRESSION },
		{ 1 << 30, 32 << 20, VERDICT_IMPROVEMENT },
		{ 256 << 20, 257 << 20, VERDICT_NO_CHANGE },
		{ 256 << 20, 260 << 20, VERDICT_REGRESSION },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct csv_sample sample = row;
		struct pair p;

		open_pair(&p);
		sample.engine = "bind";
		sample.op = "rebind";
		sample.value_ns = 1000;
		for (int boot = 0; boot < 3; boot++) {
			char name[2] = { (char)('a' + boot), 0 };

			sample.boot = sample.run_id = name;
			sample.dram_bytes = cases[i].base;
			assert_int_equal(summary_add(&p.base, &sample, "host"), 0);
			sample.dram_bytes = cases[i].new;
			assert_int_equal(summary_add(&p.new, &sample, "host"), 0);
		}
		run(&p);
		assert_int_equal(p.out.n, 2);
		assert_int_equal(p.out.v[1].quantity, QUANTITY_DRAM);
		assert_int_equal(p.out.v[1].verdict, cases[i].verdict);
		close_pair(&p);
	}
}

static void what_one_side_lacks_is_told(void **state)
{
	struct csv_sample failed = row, skipped = row;
	double v[8];
	struct pair p;

	(void)state;
	open_pair(&p);
	for (unsigned int cell = 0; cell < 4; cell++)
		add_boots(cell < 3 ? &p.base : &p.new, "insn", cell, v, around(100, 0, 3, v));
	/* Cell 0 fails in NEW, cell 1 is skipped there, cell 2 is not in its job, cell 3 is new. */
	failed.clock = skipped.clock = "insn";
	failed.row = skipped.row = "cell";
	failed.op = skipped.op = "";
	failed.status = "error";
	failed.reason = "EFAULT";
	assert_int_equal(summary_add(&p.new, &failed, "host"), 0);
	skipped.size_bytes = 2 * 4096 * PAGES;
	skipped.status = "skip";
	skipped.reason = "no device";
	assert_int_equal(summary_add(&p.new, &skipped, "host"), 0);
	run(&p);
	assert_int_equal(p.out.n, 4);
	assert_int_equal(p.out.v[0].verdict, VERDICT_FAILED);
	assert_string_equal(p.out.v[0].reason, "error: EFAULT");
	assert_int_equal(p.out.v[1].verdict, VERDICT_BASE_ONLY);
	assert_string_equal(p.out.v[1].reason, "skip: no device");
	assert_int_equal(p.out.v[2].verdict, VERDICT_BASE_ONLY);
	assert_int_equal(p.out.v[3].verdict, VERDICT_NEW_ONLY);
	assert_int_equal(comparisons_exit(&p.out, false), EXIT_TROUBLE);
	close_pair(&p);
}

/* Nothing goes across machines, unless it is forced; instructions never go with time. */
static void tables_are_kept_apart(void **state)
{
	struct csv_sample sample = row;
	struct pair p;

	(void)state;
	for (int across = 0; across < 2; across++)
		for (int insn = 0; insn < 2; insn++) {
			open_pair(&p);
			p.options.across = across;
			sample.clock = "wall";
			sample.platform = "tcg";
			sample.value_ns = 1000;
			assert_int_equal(summary_add(&p.base, &sample, "one"), 0);
			sample.clock = insn ? "insn" : "model";
			sample.platform = "kvm";
			sample.instructions = 1000;
			assert_int_equal(summary_add(&p.new, &sample, "two"), 0);
			run(&p);
			assert_int_equal(p.out.n, across && !insn ? 1 : 2);
			assert_int_equal(comparisons_exit(&p.out, false), EXIT_TROUBLE);
			close_pair(&p);
		}
}

/* Of many comparisons of a kernel with itself, a share of alpha at most has any regression or improvement. */
static void same_kernels_are_not_flagged(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	unsigned int flagged = 0;
	const unsigned int tries = 60;

	(void)state;
	gsl_rng_set(rng, 5);
	for (unsigned int i = 0; i < tries; i++) {
		struct pair p;

		open_pair(&p);
		/* Any difference counts, so that it is the test that is tested and not the threshold. */
		p.options.threshold[QUANTITY_COST][CLOCK_WALL] = 1e-9;
		for (unsigned int cell = 0; cell < 6; cell++)
			for (int side = 0; side < 2; side++) {
				double v[6];

				for (size_t k = 0; k < 6; k++)
					v[k] = gsl_ran_lognormal(rng, 5, 0.05);
				add_boots(side ? &p.new : &p.base, "wall", cell, v, 6);
			}
		run(&p);
		flagged += p.out.count[VERDICT_REGRESSION] + p.out.count[VERDICT_IMPROVEMENT] > 0;
		close_pair(&p);
	}
	gsl_rng_free(rng);
	/* 3 of 60 are expected at most; 8 would be a chance of 1 %. */
	assert_true(flagged < 8);
}

static void options_are_what_is_documented(void **state)
{
	struct compare_options o;
	struct pair p = { 0 };

	(void)state;
	compare_defaults(&o);
	assert_true(o.threshold[QUANTITY_COST][CLOCK_INSN] == 0.01 && o.threshold[QUANTITY_COST][CLOCK_MODEL] == 0.02);
	assert_true(o.threshold[QUANTITY_COST][CLOCK_WALL] == 0.05 && o.threshold[QUANTITY_DRAM][CLOCK_WALL] == 0.01);
	assert_true(o.alpha == 0.05);
	/* Nothing to compare is trouble. */
	assert_int_equal(comparisons_exit(&p.out, false), EXIT_TROUBLE);
	p.out.count[VERDICT_NO_CHANGE] = 1;
	assert_int_equal(comparisons_exit(&p.out, true), EXIT_DONE);
	p.out.count[VERDICT_NEW_ONLY] = 1;
	assert_int_equal(comparisons_exit(&p.out, false), EXIT_DONE);
	assert_int_equal(comparisons_exit(&p.out, true), EXIT_TROUBLE);
	p.out.count[VERDICT_INSUFFICIENT] = 1;
	assert_int_equal(comparisons_exit(&p.out, false), EXIT_TROUBLE);
	p.out.count[VERDICT_REGRESSION] = 1;
	assert_int_equal(comparisons_exit(&p.out, true), EXIT_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wall_time_is_judged_by_ranks),
		cmocka_unit_test(few_boots_never_pass),
		cmocka_unit_test(more_cells_want_more_boots),
		cmocka_unit_test(hopeless_tests_do_not_count),
		cmocka_unit_test(nothing_that_becomes_something_is_no_pass),
		cmocka_unit_test(an_interval_of_few_boots_is_nominal),
		cmocka_unit_test(exact_clocks_take_three_boots),
		cmocka_unit_test(known_noise_makes_one_boot_do),
		cmocka_unit_test(noise_is_a_floor),
		cmocka_unit_test(dram_is_compared_too),
		cmocka_unit_test(what_one_side_lacks_is_told),
		cmocka_unit_test(tables_are_kept_apart),
		cmocka_unit_test(same_kernels_are_not_flagged),
		cmocka_unit_test(options_are_what_is_documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
