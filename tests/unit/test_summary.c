// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <errno.h>
#include <math.h>

#include "summary.h"

static const struct csv_sample base = {
	.schema_version = 1, .run_id = "r1", .kernel = "6.1", .kernel_release = "6.1.0", .platform = "bare",
	.clock = "wall", .boot = "b1", .job = "main", .memory = "dax", .device = "dax0.0", .map = "mem",
	.align_bytes = 2 << 20, .engine = "gup", .get = "fast", .put = "pages", .write = 1,
	.size_bytes = 400 << 10, .batch_pages = 50, .put_batch_pages = 0, .threads = 1, .range = "disjoint",
	.op = "get", .row = "sample", .repetition = 1, .thread = 0, .call = 0, .calls = 1, .pages_asked = 50,
	.pages_got = 50, .status = "ok", .reason = "", .trusted = 1, .model = "", .caches = "",
	.put_order = "sequential", .put_cache = "warm", .rdma_device = "", .hold_ms = 0,
};

static void add(struct summary *s, struct csv_sample sample)
{
	assert_int_equal(summary_add(s, &sample, "host"), 0);
}

/* One repetition of one call over 100 pages. */
static void add_whole(struct summary *s, const char *kernel, const char *release, const char *boot,
		      uint64_t repetition, uint64_t ns)
{
	struct csv_sample sample = base;

	sample.kernel = kernel;
	sample.kernel_release = release;
	sample.run_id = sample.boot = boot;
	sample.repetition = repetition;
	sample.pages_asked = sample.pages_got = 100;
	sample.value_ns = ns;
	add(s, sample);
}

static void calls_are_summed_before_dividing(void **state)
{
	struct csv_sample sample = base;
	struct summary s = { 0 };

	(void)state;
	/* 90 ns for 10 pages and 1000 ns for 50: 1090 / 60, not the mean of 9 and 20. */
	sample.pages_got = sample.pages_asked = 10;
	sample.value_ns = 90;
	add(&s, sample);
	sample.pages_got = sample.pages_asked = 50;
	sample.value_ns = 1000;
	sample.call = 1;
	add(&s, sample);
	assert_int_equal(summary_finish(&s), 0);
	assert_int_equal(s.n_cells, 1);
	assert_true(s.cells[0]->cost.median == 1090.0 / 60);
	assert_true(s.cells[0]->range_ms == 1090 / 1e6);
	assert_int_equal(s.cells[0]->repetitions, 1);
	assert_int_equal(s.cells[0]->boots, 1);
	assert_string_equal(summary_cell_level(s.cells[0]), "repetition");
	assert_true(isnan(s.cells[0]->cost.ci_low));
	assert_true(isnan(s.cells[0]->spread_percent));
	summary_free(&s);
}

static void threads_share_the_pages_and_the_slowest_counts_for_the_range(void **state)
{
	struct csv_sample sample = base;
	struct summary s = { 0 };

	(void)state;
	sample.threads = 2;
	for (uint64_t thread = 0; thread < 2; thread++)
		for (uint64_t call = 0; call < 2; call++) {
			sample.thread = thread;
			sample.call = call;
			sample.value_ns = thread ? 700 : 500;
			add(&s, sample);
		}
	assert_int_equal(summary_finish(&s), 0);
	assert_int_equal(s.n_cells, 1);
	assert_int_equal(s.cells[0]->repetitions, 1);
	assert_true(s.cells[0]->cost.median == 2400.0 / 200);
	assert_true(s.cells[0]->range_ms == 1400 / 1e6);
	assert_true(s.cells[0]->calls == 4);
	summary_free(&s);
}

static void calls_are_known_when_all_threads_tell(void **state)
{
	struct csv_sample sample = base;
	struct summary s = { 0 };

	(void)state;
	sample.threads = 2;
	for (uint64_t thread = 0; thread < 2; thread++) {
		sample.thread = thread;
		sample.op = "get";
		sample.calls = 8;
		add(&s, sample);
		sample.op = "put";
		sample.calls = thread ? CSV_MISSING : 8;
		add(&s, sample);
	}
	assert_int_equal(summary_finish(&s), 0);
	assert_int_equal(s.n_cells, 2);
	assert_true(s.cells[0]->calls == 16);
	assert_true(isnan(s.cells[1]->calls));
	summary_free(&s);
}

static void boots_are_medians_of_repetitions(void **state)
{
	/* ns/page by boot: {1, 2, 9}, {3, 4, 5}, {6, 6.5, 100}: medians 2, 4, 6.5. */
	static const uint64_t ns[3][3] = { { 100, 200, 900 }, { 500, 300, 400 }, { 10000, 600, 650 } };
	static const char *const boots[] = { "b1", "b2", "b3" };
	struct summary s = { 0 };

	(void)state;
	/* The boots come in turn, not one after the other. */
	for (uint64_t rep = 0; rep < 3; rep++)
		for (size_t boot = 0; boot < 3; boot++)
			add_whole(&s, "6.1", "6.1.0", boots[boot], rep + 1, ns[boot][rep]);
	assert_int_equal(summary_finish(&s), 0);
	assert_int_equal(s.n_cells, 1);
	assert_int_equal(s.cells[0]->boots, 3);
	assert_int_equal(s.cells[0]->repetitions, 9);
	assert_string_equal(summary_cell_level(s.cells[0]), "boot");
	assert_true(s.cells[0]->cost.n == 3);
	assert_true(s.cells[0]->cost.median == 4);
	assert_true(s.cells[0]->cost.mad == 2);
	assert_true(s.cells[0]->cost.ci_low == 2);
	assert_true(s.cells[0]->cost.ci_high == 6.5);
	/* From 2 to 6.5, over 4. */
	assert_true(s.cells[0]->spread_percent == 112.5);
	assert_true(s.cells[0]->range_ms == 400 / 1e6);
	summary_free(&s);
}

static void one_boot_is_over_repetitions(void **state)
{
	struct summary s = { 0 };

	(void)state;
	for (uint64_t rep = 1; rep <= 4; rep++)
		add_whole(&s, "6.1", "6.1.0", "b1", rep, 100 * rep);
	assert_int_equal(summary_finish(&s), 0);
	assert_int_equal(s.cells[0]->boots, 1);
	assert_int_equal(s.cells[0]->cost.n, 4);
	assert_true(s.cells[0]->cost.median == 2.5);
	assert_true(s.cells[0]->cost.mad == 1);
	assert_string_equal(summary_cell_level(s.cells[0]), "repetition");
	summary_free(&s);
}

/* Two runs in one boot are one boot, but their repetitions are different ones. */
static void runs_of_one_boot_are_kept_apart(void **state)
{
	struct csv_sample sample = base;
	struct summary s = { 0 };

	(void)state;
	sample.value_ns = 50;
	add(&s, sample);
	sample.run_id = "r2";
	sample.value_ns = 150;
	add(&s, sample);
	assert_int_equal(summary_finish(&s), 0);
	assert_int_equal(s.cells[0]->boots, 1);
	assert_int_equal(s.cells[0]->repetitions, 2);
	assert_true(s.cells[0]->cost.median == 2);
	summary_free(&s);
}

static void rows_that_are_not_ok_are_counted_only(void **state)
{
	struct csv_sample sample = base;
	struct summary s = { 0 };

	(void)state;
	for (sample.repetition = 1; sample.repetition <= 2; sample.repetition++)
		for (sample.call = 0; sample.call < 2; sample.call++) {
			bool is_short = sample.repetition == 2 && sample.call == 1;
			struct csv_sample row = sample;

			row.value_ns = is_short ? 1000000 : 50 * sample.repetition;
			row.status = is_short ? "short" : "ok";
			row.reason = is_short ? "got 7 of 50 pages" : "";
			add(&s, row);
		}
	assert_int_equal(summary_finish(&s), 0);
	assert_int_equal(s.cells[0]->rows_ok, 3);
	assert_int_equal(s.cells[0]->n_problems, 1);
	assert_string_equal(s.cells[0]->problems[0].status, "short");
	assert_string_equal(s.cells[0]->problems[0].reason, "got 7 of 50 pages");
	assert_int_equal(s.cells[0]->problems[0].rows, 1);
	/* Half a repetition is no repetition: its calls may have been the cheap ones. */
	assert_int_equal(s.cells[0]->repetitions, 1);
	assert_int_equal(s.cells[0]->incomplete, 1);
	assert_true(s.cells[0]->cost.median == 1);
	summary_free(&s);
}

/* Every repetition lacks the same call: the rest is compared, but it is not the whole range. */
static void no_range_without_a_whole_repetition(void **state)
{
	struct csv_sample sample = base;
	struct summary s = { 0 };

	(void)state;
	for (sample.repetition = 1; sample.repetition <= 2; sample.repetition++) {
		sample.call = 0;
		sample.status = "ok";
		sample.value_ns = 100;
		add(&s, sample);
		sample.call = 1;
		sample.status = "error";
		add(&s, sample);
	}
	assert_int_equal(summary_finish(&s), 0);
	assert_int_equal(s.cells[0]->repetitions, 2);
	assert_true(s.cells[0]->cost.median == 2);
	assert_true(isnan(s.cells[0]->range_ms));
	summary_free(&s);
}

static void nothing_but_errors_measures_nothing(void **state)
{
	struct csv_sample sample = base;
	struct summary s = { 0 };

	(void)state;
	sample.status = "error";
	sample.value_ns = CSV_MISSING;
	sample.pages_got = CSV_MISSING;
	add(&s, sample);
	sample.row = "cell";
	sample.op = "";
	sample.status = "skip";
	sample.reason = "no such thing";
	add(&s, sample);
	assert_int_equal(summary_finish(&s), 0);
	assert_int_equal(s.n_cells, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_false(summary_cell_measured(s.cells[i]));
		assert_int_equal(s.cells[i]->n_problems, 1);
	}
	summary_free(&s);
}

static void kernels_are_in_order_of_version_and_compared_with_the_first(void **state)
{
	static const struct {
		const char *id, *release;
		double ratio;
	} want[] = {
		{ "5.9", "5.9.16", 1 }, { "5.10", "5.10.0-35-amd64", 2 }, { "5.10-trim", "5.10.234", 4 },
		{ "6.1", "6.1.0-37-amd64", 0.5 }, { "6.12", "6.12.30", 8 }, { "7.x", "7.2.1", 3 }, { "7.3", "7.3.0", 5 },
	};
	static const size_t order[] = { 6, 3, 0, 5, 2, 4, 1 };
	struct summary s = { 0 };

	(void)state;
	for (size_t i = 0; i < 7; i++)
		add_whole(&s, want[order[i]].id, want[order[i]].release, want[order[i]].id, 1,
			  (uint64_t)(100 * want[order[i]].ratio));
	assert_int_equal(summary_finish(&s), 0);
	assert_int_equal(s.n_cells, 7);
	for (size_t i = 0; i < 7; i++) {
		assert_string_equal(s.cells[i]->key.v[KEY_KERNEL].text, want[i].id);
		assert_true(s.cells[i]->ratio == want[i].ratio);
	}
	summary_free(&s);
}

/* In the order of the series, behind what they start from and before the next version. */
static void stages_are_in_order_of_the_series(void **state)
{
	static const char *const want[] = {
		"5.10", "5.10-trim", "5.10+unpin", "5.10+compound", "5.10+gup", "5.10+gup-kasan", "5.10+dedup",
		"5.10+beyond", "5.10+another",
	};
	static const size_t order[] = { 7, 2, 4, 8, 0, 6, 3, 1, 5 };
	struct summary s = { 0 };

	(void)state;
	add_whole(&s, "6.1", "6.1.0", "6.1", 1, 100);
	for (size_t i = 0; i < 9; i++)
		add_whole(&s, want[order[i]], "5.10.262", want[order[i]], 1, 100);
	assert_int_equal(summary_finish(&s), 0);
	assert_int_equal(s.n_cells, 10);
	for (size_t i = 0; i < 9; i++)
		assert_string_equal(s.cells[i]->key.v[KEY_KERNEL].text, want[i]);
	assert_string_equal(s.cells[9]->key.v[KEY_KERNEL].text, "6.1");
	summary_free(&s);
	assert_int_equal(cell_key_stage("5.10-trim"), 0);
	assert_int_equal(cell_key_stage("5.10+unpin-kasan"), 1);
	assert_true(cell_key_stage("5.10+unpinned") > cell_key_stage("5.10+beyond"));
}

static struct csv_sample bring_up_sample(const char *boot, uint64_t repetition, uint64_t ns, uint64_t dram)
{
	struct csv_sample sample = base;

	sample.engine = "bind";
	sample.get = sample.put = sample.range = "";
	sample.write = sample.batch_pages = sample.put_batch_pages = sample.threads = CSV_MISSING;
	sample.op = "rebind";
	sample.run_id = sample.boot = boot;
	sample.repetition = repetition;
	sample.pages_asked = sample.pages_got = 100;
	sample.value_ns = ns;
	sample.dram_bytes = dram;
	sample.memmap_bytes = CSV_MISSING;
	sample.device_bytes = 7;
	sample.populate_ns = repetition == 1 ? CSV_MISSING : 10 * repetition;
	return sample;
}

static void dram_is_the_median_of_boots_too(void **state)
{
	static const uint64_t dram[3][3] = { { 10, 11, 90 }, { 20, 0, CSV_MISSING }, { 30, 31, 32 } };
	static const char *const boots[] = { "b1", "b2", "b3" };
	struct summary s = { 0 };

	(void)state;
	for (size_t boot = 0; boot < 3; boot++)
		for (uint64_t rep = 0; rep < 3; rep++)
			add(&s, bring_up_sample(boots[boot], rep + 1, 100, dram[boot][rep]));
	assert_int_equal(summary_finish(&s), 0);
	assert_int_equal(s.n_cells, 1);
	assert_true(summary_cell_bring_up(s.cells[0]));
	/* 11, 10 (of 20 and 0), 31 */
	assert_true(s.cells[0]->dram_bytes == 11);
	assert_true(isnan(s.cells[0]->memmap_bytes));
	assert_true(s.cells[0]->device_bytes == 7);
	/* of 20 and 30 */
	assert_true(s.cells[0]->populate_ns == 25);
	assert_true(s.cells[0]->cost.median == 1);
	summary_free(&s);
}

static void untrusted_kernels_are_no_base_and_have_no_ratio(void **state)
{
	struct csv_sample sample = base;
	struct summary s = { 0 };

	(void)state;
	sample.trusted = 0;
	sample.value_ns = 5000;
	sample.kernel = "5.10";
	sample.kernel_release = "5.10.0";
	add(&s, sample);
	sample = base;
	sample.value_ns = 100;
	add(&s, sample);
	assert_int_equal(summary_finish(&s), 0);
	assert_int_equal(s.n_cells, 2);
	assert_true(isnan(s.cells[0]->ratio));
	assert_true(s.cells[1]->ratio == 1);
	summary_free(&s);
}

static struct csv_sample counted_sample(const char *clock, const char *boot, uint64_t pages, uint64_t instructions)
{
	struct csv_sample sample = base;

	sample.clock = clock;
	sample.run_id = sample.boot = boot;
	sample.row = "repetition";
	sample.pages_asked = sample.pages_got = pages;
	sample.value_ns = CSV_MISSING;
	sample.instructions = instructions;
#define X(name) sample.name = CSV_MISSING;
	CACHE_COUNTS(X)
#undef X
	sample.host_ns = 3 * instructions;
	return sample;
}

static void instructions_are_the_cost_of_clock_insn(void **state)
{
	static const uint64_t instructions[] = { 100000, 100050, 100100 };
	static const char *const boots[] = { "b1", "b2", "b3" };
	struct summary s = { 0 };

	(void)state;
	for (size_t boot = 0; boot < 3; boot++)
		add(&s, counted_sample("insn", boots[boot], 1000, instructions[boot]));
	assert_int_equal(summary_finish(&s), 0);
	assert_int_equal(s.n_cells, 1);
	assert_true(s.cells[0]->cost.median == 100.05);
	assert_float_equal(s.cells[0]->spread_percent, 100 * 0.1 / 100.05, 1e-9);
	assert_true(s.cells[0]->per_page[COUNT_instructions] == 100.05);
	assert_true(s.cells[0]->per_page[COUNT_host_ns] == 3 * 100050.0 / 1000);
	assert_true(isnan(s.cells[0]->per_page[COUNT_llc_misses]));
	/* a sum of instructions is no time */
	assert_true(isnan(s.cells[0]->range_ms));
	summary_free(&s);
}

/* The figure is the modelled time; counts are medians of boots over threads and pages like it. */
static void counts_are_per_page(void **state)
{
	static const uint64_t misses[3][2] = { { 10, 30 }, { 100, 400 }, { 50, 50 } };
	static const char *const boots[] = { "b1", "b2", "b3" };
	struct summary s = { 0 };

	(void)state;
	for (size_t boot = 0; boot < 3; boot++)
		for (uint64_t thread = 0; thread < 2; thread++) {
			struct csv_sample sample = counted_sample("model", boots[boot], 100, 9999);

			sample.model = "optane-100";
			sample.caches = "cascade-lake";
			sample.threads = 2;
			sample.thread = thread;
			sample.value_ns = 1500;
			sample.pmem_misses = misses[boot][thread];
			/* one thread of one boot lacks it: that boot does not count */
			sample.l1_misses = boot == 2 && thread ? CSV_MISSING : 20 * (boot + 1);
			sample.host_ns = CSV_MISSING;
			add(&s, sample);
		}
	assert_int_equal(summary_finish(&s), 0);
	assert_int_equal(s.n_cells, 1);
	assert_true(s.cells[0]->cost.median == 15);
	assert_true(s.cells[0]->spread_percent == 0);
	assert_true(s.cells[0]->range_ms == 1500 / 1e6);
	/* 40, 500 and 100 of 200 pages */
	assert_true(s.cells[0]->per_page[COUNT_pmem_misses] == 0.5);
	assert_true(s.cells[0]->per_page[COUNT_l1_misses] == (0.2 + 0.4) / 2);
	assert_true(isnan(s.cells[0]->per_page[COUNT_dram_misses]));
	assert_true(isnan(s.cells[0]->per_page[COUNT_host_ns]));
	summary_free(&s);
	assert_string_equal(summary_count_names[COUNT_pmem_misses], "pmem_misses");
	assert_string_equal(summary_count_names[COUNT_host_ns], "host_ns");
}

/* Change one column at a time: what must not be mixed is another cell. */
static void cells_are_never_mixed(void **state)
{
	struct csv_sample v[] = { base, base, base, base, base, base, base, base, base, base, base, base, base,
				  base, base, base, base, base, base, base, base, base, base, base, base };
	const size_t n = sizeof(v) / sizeof(v[0]);
	struct summary s = { 0 };

	(void)state;
	v[1].platform = "tcg";
	v[2].clock = "insn";
	v[3].job = "other";
	v[4].memory = "anon";
	v[5].map = "dev";
	v[6].align_bytes = 4096;
	v[7].engine = "gup_test";
	v[8].get = "slow";
	v[9].put = "folio";
	v[10].write = 0;
	v[11].size_bytes = 4096;
	v[12].batch_pages = 1;
	v[13].put_batch_pages = 1;
	v[14].threads = 2;
	v[15].range = "same";
	v[16].op = "put";
	v[17].kernel_release = "6.1.1";
	v[18].trusted = 0;
	v[19].model = "ddr4";
	v[20].put_order = "shuffled";
	v[21].put_cache = "cold";
	v[22].hold_ms = 10;
	v[23].rdma_device = "rxe1";
	v[24].domains = 2;
	for (size_t i = 0; i < n; i++) {
		v[i].value_ns = 50;
		add(&s, v[i]);
		add(&s, v[i]);
	}
	assert_int_equal(summary_add(&s, &v[0], "other host"), 0);
	assert_int_equal(s.n_cells, n + 1);
	/* Another device is the same cell; another op is not for this summary. */
	v[0].device = "dax9.0";
	add(&s, v[0]);
	v[0].op = "migrate";
	add(&s, v[0]);
	assert_int_equal(s.n_cells, n + 1);
	assert_int_equal(s.other_rows, 1);
	assert_int_equal(summary_finish(&s), 0);
	summary_free(&s);
}

/* A sum that wraps round would be a small figure that looks right. */
static void sums_beyond_64_bits_are_refused(void **state)
{
	struct summary s = { 0 };
	struct csv_sample v = base;

	(void)state;
	v.value_ns = UINT64_MAX / 2;
	add(&s, v);
	add(&s, v);
	assert_int_equal(summary_add(&s, &v, "host"), -ERANGE);
	summary_free(&s);
	v.value_ns = 1;
	v.pages_got = SUMMARY_PAGES_MAX;
	assert_int_equal(summary_add(&s, &v, "host"), -ERANGE);
	summary_free(&s);
	v.pages_got = SUMMARY_PAGES_MAX / 2;
	add(&s, v);
	v.thread = 1;
	add(&s, v);
	assert_int_equal(summary_finish(&s), -ERANGE);
	summary_free(&s);
}

/* Of a file with a reason of its own in each row. */
static void reasons_are_kept_up_to_a_number(void **state)
{
	struct summary s = { 0 };
	struct csv_sample v = base;
	char reason[32];
	uint64_t rows = 0;

	(void)state;
	v.reason = reason;
	for (size_t i = 0; i < 3 * SUMMARY_REASONS_MAX; i++) {
		snprintf(reason, sizeof(reason), "reason %zu", i);
		v.status = i & 1 ? "error" : "short";
		add(&s, v);
	}
	assert_int_equal(s.cells[0]->n_problems, SUMMARY_REASONS_MAX + 2);
	for (size_t i = 0; i < s.cells[0]->n_problems; i++)
		rows += s.cells[0]->problems[i].rows;
	assert_int_equal(rows, 3 * SUMMARY_REASONS_MAX);
	assert_string_equal(s.cells[0]->problems[SUMMARY_REASONS_MAX].reason, "other reasons");
	assert_int_equal(s.cells[0]->problems[SUMMARY_REASONS_MAX].rows, SUMMARY_REASONS_MAX);
	summary_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_are_summed_before_dividing),
		cmocka_unit_test(threads_share_the_pages_and_the_slowest_counts_for_the_range),
		cmocka_unit_test(calls_are_known_when_all_threads_tell),
		cmocka_unit_test(boots_are_medians_of_repetitions),
		cmocka_unit_test(one_boot_is_over_repetitions),
		cmocka_unit_test(runs_of_one_boot_are_kept_apart),
		cmocka_unit_test(rows_that_are_not_ok_are_counted_only),
		cmocka_unit_test(no_range_without_a_whole_repetition),
		cmocka_unit_test(nothing_but_errors_measures_nothing),
		cmocka_unit_test(kernels_are_in_order_of_version_and_compared_with_the_first),
		cmocka_unit_test(stages_are_in_order_of_the_series),
		cmocka_unit_test(dram_is_the_median_of_boots_too),
		cmocka_unit_test(untrusted_kernels_are_no_base_and_have_no_ratio),
		cmocka_unit_test(instructions_are_the_cost_of_clock_insn),
		cmocka_unit_test(counts_are_per_page),
		cmocka_unit_test(cells_are_never_mixed),
		cmocka_unit_test(sums_beyond_64_bits_are_refused),
		cmocka_unit_test(reasons_are_kept_up_to_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
