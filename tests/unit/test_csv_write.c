// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "csv_sample.h"
#include "csv_write.h"

static const struct csv_run test_run = {
	.run_id = "r1", .kernel = "5.10", .kernel_release = "5.10.0-46-amd64", .platform = "tcg", .boot = "b", .trusted = 1,
};

static const struct cell test_cell = {
	.section = "main, \"quoted\"", .engine = &engine_gup, .memory = &memory_dax, .map = DAX_MAP_DEV, .write = 1,
	.size = 1 << 30, .batch = 512, .threads = 1, .processes = 2,
};

/* The empty fields behind memmap_bytes in a row that counts nothing. */
#define NO_COUNTS ",,,,,,,,,,,,,,,,,,"
/* How engine gup puts when nothing is asked for; the columns behind the counts. */
#define ARRANGED ",sequential,warm,0,,,2" NO_BRING_UP
#define NOT_ARRANGED ",,,,,," NO_BRING_UP
/* The columns of bring-up behind these. */
#define NO_BRING_UP ",,,,"

static struct csv_out_row test_row(void)
{
	return (struct csv_out_row){
		.run = &test_run, .cell = &test_cell, .op = "get", .row = "sample", .repetition = 1, .call = 7,
		.calls = 1, .pages_asked = 512, .pages_got = 512, .order = 9, .value_ns = 1234,
		.quantiles = { -1, -1, -1, -1, -1 }, .rounds = 1, .status = "ok", .reason = "two\nlines",
		.dram_bytes = 4096, .memmap_bytes = -1, .host_ns = -1, .device_bytes = -1,
		.populate_ns = -1, .initialise_ns = -1, .rest_ns = -1,
	};
}

static char *fresh_path(void)
{
	char *path = write_temporary("");

	unlink(path);
	return path;
}

static int count_sample(const struct csv_sample *sample, const struct csv_record *row, void *arg)
{
	size_t *count = arg;

	(void)row;
	if (!sample)
		return 0;
	++*count;
	assert_string_equal(sample->job, "main, \"quoted\"");
	assert_string_equal(sample->reason, "two lines");
	assert_int_equal(sample->value_ns, 1234);
	assert_int_equal(sample->order, 9);
	assert_int_equal(sample->call, 7);
	assert_int_equal(sample->dram_bytes, 4096);
	assert_int_equal(sample->memmap_bytes, CSV_MISSING);
	assert_string_equal(sample->clock, "wall");
	assert_string_equal(sample->model, "");
	assert_int_equal(sample->instructions, CSV_MISSING);
	assert_int_equal(sample->pmem_writebacks, CSV_MISSING);
	assert_int_equal(sample->host_ns, CSV_MISSING);
	return 0;
}

static int keep_sample(const struct csv_sample *sample, const struct csv_record *row, void *arg)
{
	(void)row;
	if (sample)
		*(struct csv_sample *)arg = *sample;
	return 0;
}

static int count_without_later(const struct csv_sample *sample, const struct csv_record *row, void *arg)
{
	size_t *count = arg;

	(void)row;
	if (!sample)
		return 0;
	++*count;
	assert_int_equal(sample->dram_bytes, CSV_MISSING);
	assert_int_equal(sample->memmap_bytes, CSV_MISSING);
	assert_int_equal(sample->trusted, 1);
	assert_string_equal(sample->model, "");
	assert_string_equal(sample->caches, "");
	assert_int_equal(sample->instructions, CSV_MISSING);
	assert_int_equal(sample->host_ns, CSV_MISSING);
	return 0;
}

static void what_is_written_is_read_back(void **state)
{
	struct csv_out_row row = test_row();
	char *path = fresh_path();
	struct csv_file csv;
	size_t count = 0;

	(void)state;
	assert_int_equal(csv_open(path, 0, &csv), 0);
	csv_write(&csv, &row);
	csv_write(&csv, &row);
	assert_int_equal(csv_flush(&csv), 0);
	assert_int_equal(csv_close(&csv), 0);
	assert_int_equal(csv_samples_read(path, count_sample, &count), 0);
	assert_int_equal(count, 2);
	drop_temporary(path);
}

static void missing_is_empty_not_zero(void **state)
{
	struct csv_out_row row = csv_empty_row(&test_run, &test_cell, NULL);
	char *path = fresh_path(), *text, *line;
	struct csv_file csv;

	(void)state;
	row.status = "skip";
	row.reason = "why";
	assert_int_equal(csv_open(path, 0, &csv), 0);
	csv_write(&csv, &row);
	assert_int_equal(csv_flush(&csv), 0);
	csv_close(&csv);
	text = read_all(path);
	line = strchr(text, '\n') + 1;
	assert_non_null(strstr(line, ",disjoint,,cell,,,,,,,,,,,,,,,skip,why,1,," NO_COUNTS ARRANGED "\n"));
	free(text);
	drop_temporary(path);
}

/* It pins nothing: how it would pin is empty, and its size is that of the device. */
static int check_bring_up(const struct csv_sample *sample, const struct csv_record *row, void *arg)
{
	(void)row;
	(void)arg;
	if (!sample)
		return 0;
	assert_int_equal(sample->device_bytes, 2 << 20);
	assert_int_equal(sample->populate_ns, 11);
	assert_int_equal(sample->initialise_ns, 22);
	assert_int_equal(sample->rest_ns, 0);
	return 0;
}

static void bring_up_has_no_columns_of_pins(void **state)
{
	const struct mapping device = { .length = 1 << 30, .align = 2 << 20, .device = "dax0.0", .map = DAX_MAP_MEM };
	const struct cell cell = { .section = "up", .engine = &engine_bind, .memory = &memory_dax, .size = 4096 };
	struct csv_out_row row = csv_empty_row(&test_run, &cell, &device);
	char *path = fresh_path(), *text;
	struct csv_file csv;

	(void)state;
	row.op = "rebind";
	row.row = "sample";
	row.repetition = 3;
	row.call = 0;
	row.calls = 1;
	row.pages_asked = row.pages_got = 262144;
	row.value_ns = 77;
	row.dram_bytes = 16 << 20;
	row.memmap_bytes = 0;
	row.device_bytes = 2 << 20;
	row.populate_ns = 11;
	row.initialise_ns = 22;
	row.rest_ns = 0;
	assert_int_equal(csv_open(path, 0, &csv), 0);
	csv_write(&csv, &row);
	assert_int_equal(csv_flush(&csv), 0);
	csv_close(&csv);
	text = read_all(path);
	assert_non_null(strstr(text, ",up,dax,dax0.0,mem,2097152,bind,,,,1073741824,,,,,rebind,sample,3,0,0,1,"
				     "262144,262144,,77,,,,,,,ok,,1,16777216,0" NO_COUNTS ",,,,,,,2097152,11,22,0\n"));
	free(text);
	assert_int_equal(csv_samples_read(path, check_bring_up, NULL), 0);
	drop_temporary(path);
}

/* Writes a row of these counts and reads it again. */
static char *through_a_file(const struct csv_out_row *row, struct csv_sample *sample)
{
	char *path = fresh_path(), *text;
	struct csv_file csv;

	assert_int_equal(csv_open(path, 0, &csv), 0);
	csv_write(&csv, row);
	assert_int_equal(csv_flush(&csv), 0);
	csv_close(&csv);
	assert_int_equal(csv_samples_read(path, keep_sample, sample), 0);
	text = read_all(path);
	drop_temporary(path);
	return text;
}

static void counts_of_each_clock_are_read_back(void **state)
{
	const struct region_counts counts = {
		.instructions = 1, .apart_instructions = 2, .atomics = 3, .loads = 4, .stores = 5, .l1_misses = 6,
		.l2_misses = 7, .llc_misses = 8, .llc_streamed = 9, .dram_misses = 10, .dram_streamed = 11,
		.dram_writebacks = 12, .pmem_misses = 13, .pmem_streamed = 14, .pmem_writebacks = 15,
	};
	struct csv_out_row row = test_row();
	struct csv_sample sample;
	char *text;

	(void)state;
	row.row = "repetition";
	row.reason = "";
	row.call = row.order = -1;
	row.dram_bytes = -1;
	row.clock = "model";
	row.model = "optane-100";
	row.caches = "cascade-lake";
	row.counts = &counts;
	text = through_a_file(&row, &sample);
	assert_non_null(strstr(text, ",optane-100,cascade-lake,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15," ARRANGED "\n"));
	assert_non_null(strstr(text, ",model,caches,instructions,apart_instructions,atomics,loads,stores,l1_misses,"
			       "l2_misses,llc_misses,llc_streamed,dram_misses,dram_streamed,dram_writebacks,"
			       "pmem_misses,pmem_streamed,pmem_writebacks,host_ns,put_order,put_cache,hold_ms,rdma_device,domains,"
			       "processes,device_bytes,populate_ns,initialise_ns,rest_ns\n"));
	free(text);
	assert_int_equal(sample.instructions, 1);
	assert_int_equal(sample.pmem_writebacks, 15);
	row.clock = "insn";
	row.model = row.caches = NULL;
	row.value_ns = -1;
	row.host_ns = 99;
	text = through_a_file(&row, &sample);
	assert_non_null(strstr(text, ",tcg,insn,b,"));
	assert_non_null(strstr(text, ",,,1,2,3,4,5,,,,,,,,,,,99" ARRANGED "\n"));
	free(text);
	assert_int_equal(sample.value_ns, CSV_MISSING);
	assert_int_equal(sample.stores, 5);
	assert_int_equal(sample.l1_misses, CSV_MISSING);
	assert_int_equal(sample.host_ns, 99);
}

/* A file that an earlier daxpin wrote. */
static void later_columns_may_be_missing(void **state)
{
	struct csv_out_row row = test_row();
	char *path = fresh_path(), *text, *end;
	struct csv_file csv;
	size_t count = 0;
	FILE *file;

	(void)state;
	row.dram_bytes = -1;
	assert_int_equal(csv_open(path, 0, &csv), 0);
	csv_write(&csv, &row);
	assert_int_equal(csv_flush(&csv), 0);
	csv_close(&csv);
	text = read_all(path);
	end = strstr(text, ",dram_bytes,memmap_bytes,model,");
	assert_non_null(end);
	file = fopen(path, "w");
	fprintf(file, "%.*s\n", (int)(end - text), text);
	end = strchr(end, '\n') + 1;
	fprintf(file, "%.*s\n", (int)strlen(end) - (int)strlen(",," NO_COUNTS ARRANGED "\n"), end);
	fclose(file);
	free(text);
	assert_int_equal(csv_samples_read(path, count_without_later, &count), 0);
	assert_int_equal(count, 1);
	drop_temporary(path);
}

static void existing_file_is_kept(void **state)
{
	char *path = write_temporary("precious"), *text;
	struct csv_file csv;

	(void)state;
	assert_int_equal(csv_open(path, 0, &csv), -EEXIST);
	text = read_all(path);
	assert_string_equal(text, "precious");
	free(text);
	assert_int_equal(csv_open(path, 1, &csv), 0);
	csv_close(&csv);
	/* no rows: nothing is left behind */
	assert_int_equal(access(path, F_OK), -1);
	free(path);
}

/* RLIMIT_FSIZE stands in for a full disk: write() fails in the middle of a row. */
static void full_disk_keeps_whole_rows(void **state)
{
	struct rlimit old, limit = { 4096, 4096 };
	struct csv_out_row row = test_row();
	size_t kept = 0, count = 0;
	char *path = fresh_path(), *text;
	struct csv_file csv;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	limit.rlim_max = old.rlim_max;
	assert_int_equal(csv_open(path, 0, &csv), 0);
	setrlimit(RLIMIT_FSIZE, &limit);
	for (;;) {
		csv_write(&csv, &row);
		if (csv_flush(&csv))
			break;
		assert_true(++kept < 1000);
	}
	csv_close(&csv);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_true(kept > 5);
	text = read_all(path);
	assert_int_equal(text[strlen(text) - 1], '\n');
	free(text);
	assert_int_equal(csv_samples_read(path, count_sample, &count), 0);
	assert_int_equal(count, kept);
	drop_temporary(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(missing_is_empty_not_zero),
		cmocka_unit_test(bring_up_has_no_columns_of_pins),
		cmocka_unit_test(counts_of_each_clock_are_read_back),
		cmocka_unit_test(later_columns_may_be_missing),
		cmocka_unit_test(existing_file_is_kept),
		cmocka_unit_test(full_disk_keeps_whole_rows),
	};

	return cmocka_run_group_tests_name("csv_write", tests, NULL, NULL);
}
