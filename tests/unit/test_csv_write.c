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
	.size = 1 << 30, .batch = 512, .threads = 1,
};

static struct csv_out_row test_row(void)
{
	return (struct csv_out_row){
		.run = &test_run, .cell = &test_cell, .op = "get", .row = "sample", .repetition = 1, .call = 7,
		.calls = 1, .pages_asked = 512, .pages_got = 512, .order = 9, .value_ns = 1234,
		.quantiles = { -1, -1, -1, -1, -1 }, .rounds = 1, .status = "ok", .reason = "two\nlines",
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
	struct csv_out_row row = test_row();
	char *path = fresh_path(), *text, *line;
	struct csv_file csv;

	(void)state;
	row.op = "";
	row.row = "cell";
	row.repetition = 0;
	row.call = row.order = -1;
	row.value_ns = -1;
	row.rounds = 0;
	row.status = "skip";
	row.reason = "why";
	assert_int_equal(csv_open(path, 0, &csv), 0);
	csv_write(&csv, &row);
	assert_int_equal(csv_flush(&csv), 0);
	csv_close(&csv);
	text = read_all(path);
	line = strchr(text, '\n') + 1;
	assert_non_null(strstr(line, ",disjoint,,cell,,,,,,,,,,,,,,,skip,why,1\n"));
	free(text);
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
		cmocka_unit_test(existing_file_is_kept),
		cmocka_unit_test(full_disk_keeps_whole_rows),
	};

	return cmocka_run_group_tests_name("csv_write", tests, NULL, NULL);
}
