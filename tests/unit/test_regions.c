// SPDX-License-Identifier: GPL-2.0-or-later
/* What the program makes of the lines that the plugin writes; no plugin is needed for it. */
#include "unit.h"

#include <errno.h>

#include "csv_sample.h"
#include "regions.h"

#define HEADER "tag,cpu,op,regions,doubtful,model,caches,instructions,apart_instructions,atomics,loads,stores," \
	"l1_misses,l2_misses,llc_misses,llc_streamed,dram_misses,dram_streamed,dram_writebacks,pmem_misses," \
	"pmem_streamed,pmem_writebacks,host_ns,model_ns\n"
#define NO_CACHES ",,,,,,,,,,"

/* 7: without a model; 8: with one; 9: doubtful. */
static const char lines[] = HEADER
	"7,0,get,3,0,,,1000,20,30,40,50," NO_CACHES "60,\n"
	"7,0,put,2,0,,,100,2,3,4,5," NO_CACHES "6,\n"
	"8,1,get,1,0,optane-100,cascade-lake,1001,21,31,41,51,110,109,18,7,1,2,3,4,11,6,61,12345\n"
	"9,1,get,4,1,,,1002,22,32,42,52," NO_CACHES "62,\n";

static char *file;

/* regions_start() finds the header that the plugin would write. */
static int start(const char *text)
{
	file = write_temporary(text);
	return regions_start(file);
}

static int setup(void **state)
{
	(void)state;
	return start(lines);
}

static int teardown(void **state)
{
	(void)state;
	drop_temporary(file);
	return 0;
}

static void line_without_model(void **state)
{
	struct region_result result;

	(void)state;
	assert_int_equal(regions_read(7, "get", &result), 0);
	assert_int_equal(result.regions, 3);
	assert_int_equal(result.doubtful, 0);
	assert_string_equal(result.model, "");
	assert_string_equal(result.caches, "");
	assert_int_equal(result.counts.instructions, 1000);
	assert_int_equal(result.counts.apart_instructions, 20);
	assert_int_equal(result.counts.atomics, 30);
	assert_int_equal(result.counts.loads, 40);
	assert_int_equal(result.counts.stores, 50);
	assert_int_equal(result.counts.l1_misses, 0);
	assert_int_equal(result.host_ns, 60);
	assert_int_equal(regions_read(7, "put", &result), 0);
	assert_int_equal(result.regions, 2);
	assert_int_equal(result.counts.instructions, 100);
}

static void line_with_model(void **state)
{
	struct region_result result;

	(void)state;
	assert_int_equal(regions_read(8, "get", &result), 0);
	assert_string_equal(result.model, "optane-100");
	assert_string_equal(result.caches, "cascade-lake");
	assert_int_equal(result.counts.l1_misses, 110);
	assert_int_equal(result.counts.llc_misses, 18);
	assert_int_equal(result.counts.pmem_streamed, 11);
	assert_int_equal(result.counts.pmem_writebacks, 6);
	assert_int_equal(result.host_ns, 61);
	assert_int_equal(result.model_ns, 12345);
}

static void no_such_line(void **state)
{
	struct region_result result;

	(void)state;
	assert_int_equal(regions_read(6, "get", &result), 0);
	assert_int_equal(result.regions, 0);
	assert_int_equal(regions_read(8, "put", &result), 0);
	assert_int_equal(result.regions, 0);
}

/* All ops of all threads of a pass in one reading of the file, which grows from pass to pass. */
static void file_is_read_once_a_pass(void **state)
{
	struct region_result result;

	(void)state;
	assert_int_equal(start(lines), 0);
	assert_int_equal(regions_read(7, "put", &result), 0);
	/* It is gone, but not its name, which another pass goes by. */
	assert_int_equal(unlink(file), 0);
	assert_int_equal(regions_read(7, "get", &result), 0);
	assert_int_equal(result.regions, 3);
	assert_int_equal(regions_read(8, "get", &result), 0);
	assert_int_equal(result.model_ns, 12345);
	assert_int_equal(regions_read(8, "put", &result), -ENOENT);
	free(file);
}

static void tags_differ(void **state)
{
	uint64_t first = regions_tag();

	(void)state;
	assert_true(regions_on());
	assert_true(first != 0);
	assert_true(regions_tag() != first);
}

/* The plugin's header, with a name of another version. */
static void missing_column(void **state)
{
	static const char *const names[] = { "tag", "op", "regions", "doubtful", "caches", "apart_instructions",
					     "pmem_writebacks", "host_ns", "model_ns" };
	struct region_result result;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char text[sizeof(lines)], *name;

		memcpy(text, lines, sizeof(lines));
		name = strstr(text, names[i]);
		assert_non_null(name);
		*name = 'X';
		assert_int_equal(start(text), 0);
		assert_int_equal(regions_read(7, "get", &result), -EBADMSG);
		drop_temporary(file);
	}
}

static void broken_number(void **state)
{
	struct region_result result;

	(void)state;
	assert_int_equal(start(HEADER "7,0,get,3,0,,,10x0,20,30,40,50," NO_CACHES "60,\n"), 0);
	assert_int_equal(regions_read(7, "get", &result), -EBADMSG);
	drop_temporary(file);
}

/* The rows of a tag, written and read again; texts live longer here than a sample's. */
struct row {
	struct csv_sample sample;
	char clock[16], model[32], caches[32], status[16], reason[128];
};

struct rows {
	size_t count;
	struct row row[4];
};

static int keep_row(const struct csv_sample *sample, const struct csv_record *record, void *arg)
{
	struct rows *rows = arg;
	struct row *row;

	(void)record;
	if (!sample || rows->count == sizeof(rows->row) / sizeof(*rows->row))
		return 0;
	row = &rows->row[rows->count++];
	row->sample = *sample;
	snprintf(row->clock, sizeof(row->clock), "%s", sample->clock);
	snprintf(row->model, sizeof(row->model), "%s", sample->model);
	snprintf(row->caches, sizeof(row->caches), "%s", sample->caches);
	snprintf(row->status, sizeof(row->status), "%s", sample->status);
	snprintf(row->reason, sizeof(row->reason), "%s", sample->reason);
	return 0;
}

static struct rows rows_of(uint64_t tag)
{
	static const struct csv_run run = { .run_id = "r", .kernel = "k", .platform = "tcg", .trusted = 0 };
	static const struct cell cell = { .section = "s", .engine = &engine_gup, .memory = &memory_dax, .size = 1 << 30 };
	struct csv_out_row row = {
		.run = &run, .cell = &cell, .op = "get", .repetition = 1, .pages_asked = 512, .pages_got = 512,
		.order = -1, .value_ns = -1, .quantiles = { -1, -1, -1, -1, -1 }, .status = "ok", .reason = "",
		.dram_bytes = -1, .memmap_bytes = -1, .host_ns = -1,
	};
	char *path = write_temporary("");
	struct rows rows = { 0 };
	struct region_result result;
	struct csv_file csv;

	assert_int_equal(csv_open(path, 1, &csv), 0);
	assert_int_equal(regions_write(tag, "get", 3, &row, &csv, &result), 0);
	csv_close(&csv);
	assert_int_equal(csv_samples_read(path, keep_row, &rows), 0);
	drop_temporary(path);
	return rows;
}

static void texts_for_people(void **state)
{
	struct region_result result = { .counts.instructions = 5859, .model_ns = 1000 };
	char text[REGIONS_TEXT_MAX];

	(void)state;
	assert_string_equal(regions_text(&result, 100, text), "58.59 instructions a page");
	snprintf(result.model, sizeof(result.model), "ddr4");
	assert_string_equal(regions_text(&result, 100, text), "58.59 instructions a page, 10.00 modelled ns");
}

static void rows_without_model(void **state)
{
	struct rows rows = rows_of(7);
	const struct row *insn = &rows.row[0];

	(void)state;
	assert_int_equal(rows.count, 1);
	assert_string_equal(insn->clock, "insn");
	assert_string_equal(insn->status, "ok");
	assert_int_equal(insn->sample.calls, 3);
	assert_int_equal(insn->sample.value_ns, CSV_MISSING);
	assert_int_equal(insn->sample.instructions, 1000);
	assert_int_equal(insn->sample.stores, 50);
	assert_int_equal(insn->sample.l1_misses, CSV_MISSING);
	assert_int_equal(insn->sample.host_ns, 60);
}

static void rows_with_model(void **state)
{
	struct rows rows = rows_of(8);
	const struct row *insn = &rows.row[0], *model = &rows.row[1];

	(void)state;
	assert_int_equal(rows.count, 2);
	assert_string_equal(insn->clock, "insn");
	assert_string_equal(insn->model, "");
	assert_int_equal(insn->sample.value_ns, CSV_MISSING);
	assert_int_equal(insn->sample.l1_misses, CSV_MISSING);
	assert_int_equal(insn->sample.host_ns, 61);
	assert_string_equal(model->clock, "model");
	assert_string_equal(model->model, "optane-100");
	assert_string_equal(model->caches, "cascade-lake");
	assert_int_equal(model->sample.value_ns, 12345);
	assert_int_equal(model->sample.instructions, 1001);
	assert_int_equal(model->sample.l1_misses, 110);
	assert_int_equal(model->sample.pmem_writebacks, 6);
	assert_int_equal(model->sample.host_ns, CSV_MISSING);
}

static void doubtful_region_is_an_error(void **state)
{
	struct rows rows = rows_of(9);

	(void)state;
	assert_int_equal(rows.count, 1);
	assert_string_equal(rows.row[0].status, "error");
	assert_non_null(strstr(rows.row[0].reason, "was not seen"));
}

static void unseen_region_is_an_error(void **state)
{
	struct rows rows = rows_of(6);

	(void)state;
	assert_int_equal(rows.count, 1);
	assert_string_equal(rows.row[0].status, "error");
	assert_non_null(strstr(rows.row[0].reason, "has seen no region"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(line_without_model, setup, teardown),
		cmocka_unit_test_setup_teardown(line_with_model, setup, teardown),
		cmocka_unit_test_setup_teardown(no_such_line, setup, teardown),
		cmocka_unit_test_setup_teardown(tags_differ, setup, teardown),
		cmocka_unit_test(missing_column),
		cmocka_unit_test(file_is_read_once_a_pass),
		cmocka_unit_test(broken_number),
		cmocka_unit_test_setup_teardown(rows_without_model, setup, teardown),
		cmocka_unit_test(texts_for_people),
		cmocka_unit_test_setup_teardown(rows_with_model, setup, teardown),
		cmocka_unit_test_setup_teardown(doubtful_region_is_an_error, setup, teardown),
		cmocka_unit_test_setup_teardown(unseen_region_is_an_error, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
