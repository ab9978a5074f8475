// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <errno.h>
#include <math.h>

#include "published_compare.h"
#include "report_published.h"

#define GIB (1ULL << 30)
#define HEADER "id,source,title,command,engine,memory,map,align,size_mib,get,put,write,batch_pages,op,before_kernel," \
	       "after_kernel,before,after,unit,use,note,before_high,after_high,model,miss_reason\n"
/* The columns of a put of 16 GiB, up to batch_pages and op. */
#define PUT "paper,unpin put,cmd,gup,dax,mem,2M,16384,fast,pages,1,512,put,"

static struct published read_text(const char *rows)
{
	char text[4096], *path;
	struct published p;

	assert_true(snprintf(text, sizeof(text), "%s%s", HEADER, rows) < (int)sizeof(text));
	path = write_temporary(text);
	assert_int_equal(published_read(path, &p), 0);
	drop_temporary(path);
	return p;
}

/* A put of 16 GiB over map=mem on our model, `ns` for each page. */
static struct csv_sample put_sample(const char *kernel, uint64_t ns)
{
	return (struct csv_sample){
		.schema_version = 1, .run_id = kernel, .kernel = kernel, .kernel_release = "5.10.1", .platform = "tcg",
		.clock = "model", .model = "m", .caches = "c", .put_order = "", .put_cache = "", .rdma_device = "", .boot = kernel, .job = "j", .memory = "dax",
		.device = "dax0.0", .map = "mem", .align_bytes = 2 << 20, .engine = "gup", .get = "fast", .put = "pages",
		.write = 1, .size_bytes = 16 * GIB, .batch_pages = 512, .threads = 1, .range = "disjoint", .op = "put",
		.row = "repetition", .repetition = 1, .calls = 16, .pages_asked = 16 * GIB / 4096,
		.pages_got = 16 * GIB / 4096, .value_ns = ns * (16 * GIB / 4096), .status = "ok", .reason = "", .trusted = 1,
		.dram_bytes = CSV_MISSING, .memmap_bytes = CSV_MISSING, .processes = 1,
	};
}

static void add(struct summary *s, struct csv_sample sample)
{
	assert_int_equal(summary_add(s, &sample, "host"), 0);
}

static struct compared compare_one(struct summary *s, const struct published *p)
{
	struct compared c;

	assert_int_equal(summary_finish(s), 0);
	assert_int_equal(p->n, 1);
	published_compare(s, &p->rows[0], &c);
	return c;
}

static int near(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

/* 16 GiB at 1 ns per page */
#define MS_PER_NS 4.194304

static void errors_are_relative_to_what_is_published(void **state)
{
	struct published p = read_text("a," PUT "unpin,compound,80,20,ms,fit,,,,m,\n");
	struct csv_sample insn = put_sample("5.10+unpin", 0);
	struct summary s = { 0 };
	struct compared c;

	(void)state;
	add(&s, put_sample("5.10+unpin", 20));
	add(&s, put_sample("5.10+compound", 5));
	insn.clock = "insn";
	insn.model = insn.caches = "";
	insn.value_ns = CSV_MISSING;
	insn.instructions = 92 * insn.pages_got;
	add(&s, insn);
	c = compare_one(&s, &p);
	assert_true(near(c.before.ours, 20 * MS_PER_NS));
	assert_true(near(c.after.ours, 5 * MS_PER_NS));
	assert_true(near(c.before.error, 20 * MS_PER_NS / 80 - 1));
	assert_true(near(c.after.error, 5 * MS_PER_NS / 20 - 1));
	assert_true(near(c.our_ratio, 4) && near(c.ratio.low, 4) && near(c.ratio_error, 0));
	assert_true(near(c.before.instructions, 92) && isnan(c.after.instructions));
	assert_true(c.measured && !c.missed);
	summary_free(&s);
	published_free(&p);
}

static void times_and_ratios_have_their_own_tolerance(void **state)
{
	static const struct { uint64_t before, after; bool missed; } cases[] = {
		{ 100, 100, false }, { 129, 129, false }, { 131, 131, true }, { 71, 71, false }, { 69, 69, true },
		{ 112, 91, false }, { 120, 90, true }, { 88, 112, false }, { 80, 111, true },
	};
	/* 419.4304 ms are 100 ns per page */
	struct published p = read_text("a," PUT "unpin,compound,419.4304,419.4304,ms,predict,,,,m,\n");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct summary s = { 0 };

		add(&s, put_sample("5.10+unpin", cases[i].before));
		add(&s, put_sample("5.10+compound", cases[i].after));
		assert_int_equal(compare_one(&s, &p).missed, cases[i].missed);
		summary_free(&s);
	}
	published_free(&p);
}

static void a_range_is_met_anywhere_in_it(void **state)
{
	struct published p = read_text("a," PUT "unpin,compound,40,,ms,predict,,80,4,m,\n");
	struct summary s = { 0 };
	struct compared c;

	(void)state;
	p.rows[0].after_kernel[0] = 0;
	add(&s, put_sample("5.10+unpin", 10));
	c = compare_one(&s, &p);
	assert_true(c.before.error == 0 && isnan(c.after.error) && c.measured);
	summary_free(&s);
	add(&s, put_sample("5.10+unpin", 5));
	assert_true(near(compare_one(&s, &p).before.error, 5 * MS_PER_NS / 40 - 1));
	summary_free(&s);
	add(&s, put_sample("5.10+unpin", 20));
	c = compare_one(&s, &p);
	assert_true(near(c.before.error, 20 * MS_PER_NS / 80 - 1));
	/* "up to 4" before: at least 10 times less */
	assert_true(c.ratio.low == 10 && isinf(c.ratio.high));
	summary_free(&s);
	published_free(&p);
}

static void the_nearest_size_is_scaled_by_pages(void **state)
{
	struct published p = read_text("a," PUT "unpin,,80,,ms,predict,,,,m,\n");
	struct csv_sample small = put_sample("5.10+unpin", 7);
	struct summary s = { 0 };
	struct compared c;

	(void)state;
	small.size_bytes = 4 * GIB;
	small.pages_got = small.pages_asked = 4 * GIB / 4096;
	small.value_ns = 7 * small.pages_got;
	add(&s, small);
	c = compare_one(&s, &p);
	assert_true(near(c.before.ours, 7 * MS_PER_NS) && compared_scaled(&c, &c.before));
	summary_free(&s);
	add(&s, small);
	add(&s, put_sample("5.10+unpin", 20));
	c = compare_one(&s, &p);
	assert_true(near(c.before.ours, 20 * MS_PER_NS) && !compared_scaled(&c, &c.before));
	summary_free(&s);
	published_free(&p);
}

static void change_kernel(struct csv_sample *s) { s->kernel = "5.10+unpin-kasan"; }
static void change_stage(struct csv_sample *s) { s->kernel = "5.10-unpin"; }
static void change_series(struct csv_sample *s) { s->kernel = "7.3+unpin"; }
static void change_trust(struct csv_sample *s) { s->trusted = 0; }
static void change_model(struct csv_sample *s) { s->model = "ddr4"; }
static void change_clock(struct csv_sample *s) { s->clock = "wall"; s->model = ""; }
static void change_map(struct csv_sample *s) { s->map = "dev"; }
static void change_align(struct csv_sample *s) { s->align_bytes = GIB; }
static void change_get(struct csv_sample *s) { s->get = "fast-longterm"; }
static void change_put(struct csv_sample *s) { s->put = "range-dirty"; }
static void change_op(struct csv_sample *s) { s->op = "get"; }
static void change_batch(struct csv_sample *s) { s->batch_pages = 1; }
static void change_write(struct csv_sample *s) { s->write = 0; }
static void change_threads(struct csv_sample *s) { s->threads = 2; }
static void change_processes(struct csv_sample *s) { s->processes = 2; }
static void change_engine(struct csv_sample *s) { s->engine = "gup_test"; }
static void change_memory(struct csv_sample *s) { s->memory = "thp"; }
static void change_status(struct csv_sample *s) { s->status = "short"; }

static void other_cells_do_not_stand_in(void **state)
{
	static void (*const changes[])(struct csv_sample *) = {
		change_kernel, change_stage, change_series, change_trust, change_model, change_clock, change_map,
		change_align, change_get, change_put, change_op, change_batch, change_write, change_threads, change_processes,
		change_engine, change_memory, change_status,
	};
	struct published p = read_text("a," PUT "unpin,,80,,ms,predict,,,,m,\n");

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct csv_sample sample = put_sample("5.10+unpin", 20);
		struct summary s = { 0 };
		struct compared c;

		changes[i](&sample);
		add(&s, sample);
		c = compare_one(&s, &p);
		if (c.before.cell || c.measured)
			fail_msg("change %zu was taken for what is wanted", i);
		summary_free(&s);
	}
	published_free(&p);
}

static void trim_is_the_base_of_the_series(void **state)
{
	struct published p = read_text("a," PUT "trim,,80,,ms,predict,,,,m,\n");
	struct summary s = { 0 };

	(void)state;
	add(&s, put_sample("5.10+trim", 1));
	add(&s, put_sample("7.3-trim", 2));
	add(&s, put_sample("5.10", 3));
	add(&s, put_sample("5.10-trim", 20));
	assert_true(near(compare_one(&s, &p).before.ours, 20 * MS_PER_NS));
	summary_free(&s);
	published_free(&p);
}

static void memory_is_of_the_largest_device_on_any_clock(void **state)
{
	struct published p = read_text("a,paper,DRAM,,bind,dax,mem,1G,1048576,,,,,dram,gup,,16384,,MiB/TiB,predict,,,,,\n");
	struct csv_sample bind = put_sample("5.10+gup", 1);
	struct summary s = { 0 };

	(void)state;
	bind.clock = "wall";
	bind.model = bind.caches = "";
	bind.engine = "bind";
	bind.get = bind.put = bind.range = "";
	bind.op = "rebind";
	bind.align_bytes = GIB;
	bind.write = bind.batch_pages = bind.put_batch_pages = bind.threads = CSV_MISSING;
	bind.dram_bytes = GIB;
	add(&s, bind);
	bind.size_bytes = 64 * GIB;
	bind.pages_got = bind.pages_asked = 64 * GIB / 4096;
	bind.dram_bytes = GIB + GIB / 64;
	add(&s, bind);
	assert_true(near(compare_one(&s, &p).before.ours, 65 * 256));
	summary_free(&s);
	published_free(&p);
}

static char *markdown_of(const struct summary *s, const struct published *p)
{
	char *text = NULL;
	size_t length;
	FILE *f = open_memstream(&text, &length);

	assert_int_equal(report_published(s, p, f), 0);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
}

static void a_row_that_is_not_measured_is_shown(void **state)
{
	struct published p = read_text("a," PUT "unpin,compound,80,20,ms,predict,,,,m,\n"
				       "b,paper,other,cmd,gup,dax,dev,2M,16384,fast,pages,1,512,put,unpin,,80,,ms,predict,,,,m,\n"
				       "c,older,only told,,,,,,,,,,,get,,,,1,us/round,context,why,,,,\n");
	struct summary s = { 0 };
	char *text;

	(void)state;
	add(&s, put_sample("5.10+unpin", 20));
	assert_int_equal(summary_finish(&s), 0);
	text = markdown_of(&s, &p);
	has(text, "Of 2 rows 0 are measured, 0 miss.");
	has(text, "- unpin put (a): not on compound\n");
	has(text, "- other (b): not on unpin\n");
	has(text, "not measured");
	has(text, "| only told | us/round |");
	assert_null(strstr(text, "Rows that miss"));
	free(text);
	summary_free(&s);
	published_free(&p);
}

static void rows_that_miss_are_listed_with_the_reason(void **state)
{
	struct published p = read_text("a," PUT "unpin,compound,80,20,ms,predict,,,,m,The sky.\n"
				       "b," PUT "unpin,compound,80,40,ms,predict,,,,m,\n");
	struct summary s = { 0 };
	char *text;

	(void)state;
	add(&s, put_sample("5.10+unpin", 20));
	add(&s, put_sample("5.10+compound", 10));
	assert_int_equal(summary_finish(&s), 0);
	text = markdown_of(&s, &p);
	has(text, "Of 2 rows 2 are measured, 1 miss.");
	has(text, "- unpin put (a): after +110 %, ratio -50 %. The sky.\n");
	assert_null(strstr(text, "- unpin put (b)"));
	assert_int_equal(published_check(&s, &p), 0);
	free(text);
	summary_free(&s);
	published_free(&p);
}

static void a_miss_needs_a_reason_and_nothing_else_does(void **state)
{
	static const struct { const char *row; uint64_t after; int rc; } cases[] = {
		{ "a," PUT "unpin,compound,80,20,ms,predict,,,,m,\n", 5, 0 },
		{ "a," PUT "unpin,compound,80,20,ms,predict,,,,m,because\n", 5, -EDOM },
		{ "a," PUT "unpin,compound,80,20,ms,predict,,,,m,\n", 9, -EDOM },
		{ "a," PUT "unpin,compound,80,20,ms,predict,,,,m,because\n", 9, 0 },
		/* not measured: that wants a reason too */
		{ "a," PUT "unpin,gup,80,20,ms,predict,,,,m,because\n", 5, 0 },
		{ "a," PUT "unpin,gup,80,20,ms,predict,,,,m,\n", 5, -EDOM },
		/* half of it is, and misses */
		{ "a," PUT "unpin,gup,800,20,ms,predict,,,,m,\n", 5, -EDOM },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct published p = read_text(cases[i].row);
		struct summary s = { 0 };

		add(&s, put_sample("5.10+unpin", 20));
		add(&s, put_sample("5.10+compound", cases[i].after));
		assert_int_equal(summary_finish(&s), 0);
		assert_int_equal(published_check(&s, &p), cases[i].rc);
		summary_free(&s);
		published_free(&p);
	}
}

static void a_bad_file_is_refused(void **state)
{
	static const char *const rows[] = {
		"a," PUT "unpin,compound,80,20,ms,perhaps,,,,m,\n",
		"a," PUT "unpin,compound,80,20x,ms,predict,,,,m,\n",
		"a," PUT "unpin,compound,-80,20,ms,predict,,,,m,\n",
		"a," PUT "unpin,compound,80,20,ms,predict,,70,,m,\n",
		"a," PUT "unpin,compound,80,20,parsec,predict,,,,m,\n",
		"a," PUT "unpin,compound,80,20,GiB/TiB,predict,,,,m,\n",
		"a," PUT "unpin,compound,80,20,ms,predict,,,,,\n",
		"a," PUT "unpin,compound,80,,ms,predict,,,,m,\n",
		"a," PUT ",,80,20,ms,predict,,,,m,\n",
		"a," PUT ",compound,80,20,ms,fit,,,,m,\n",
		"a," PUT "unpin,compound,80,20,ms,fit,,90,,m,\n",
		"a," PUT ",,80,20,ms,context,,,,m,because\n",
		"a," PUT ",,80,20,ms,context,,,,m,\na," PUT ",,80,20,ms,context,,,,m,\n",
		"," PUT ",,80,20,ms,context,,,,m,\n",
		"a,paper,t,cmd,gup,dax,mem,2Q,16384,fast,pages,1,512,put,,,80,20,ms,context,,,,m,\n",
	};
	struct published p;
	char text[2048], *path;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), "%s%s", HEADER, rows[i]);
		path = write_temporary(text);
		if (published_read(path, &p) != -EBADMSG)
			fail_msg("accepted: %s", rows[i]);
		drop_temporary(path);
	}
	path = write_temporary("id,source,title\na,b,c\n");
	assert_int_equal(published_read(path, &p), -EBADMSG);
	drop_temporary(path);
}

static int on_sample(const struct csv_sample *sample, const struct csv_record *row, void *arg)
{
	(void)row;
	return sample ? summary_add(arg, sample, "host") : 0;
}

static size_t lines_of(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* The file of the project, and samples of everything in it but hugetlb. */
static void the_published_file_is_whole(void **state)
{
	struct summary s = { 0 };
	struct published p;
	size_t i, length, fit = 0, compared = 0, measured = 0;
	char *text = NULL;
	FILE *f;

	(void)state;
	assert_int_equal(published_read("configs/published.csv", &p), 0);
	assert_int_equal(csv_samples_read("tests/fixtures/published/samples.csv", on_sample, &s), 0);
	assert_int_equal(summary_finish(&s), 0);
	for (i = 0; i < p.n; i++) {
		const struct published_row *row = &p.rows[i];
		struct compared c;

		published_compare(&s, row, &c);
		fit += row->use == PUBLISHED_FIT;
		compared += row->use != PUBLISHED_CONTEXT;
		measured += c.measured;
		if (row->use == PUBLISHED_FIT)
			assert_true(!strcmp(row->memory, "dax") && row->size_mib >= 16384);
		if (row->use != PUBLISHED_CONTEXT && strcmp(row->memory, "hugetlb-1G") && !c.measured)
			fail_msg("%s is not measured", row->id);
	}
	assert_int_equal(fit, 14);
	assert_int_equal(compared, 21);
	assert_int_equal(measured, 20);
	f = open_memstream(&text, &length);
	assert_int_equal(report_published_csv(&s, &p, f), 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(lines_of(text), p.n + 1);
	has(text, "\nv7-16g-dev-get,fit,ms,524,,127,,4.12598,4.12598,unpin,compound,optane-100,17179869184,17179869184,");
	free(text);
	summary_free(&s);
	published_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_are_relative_to_what_is_published),
		cmocka_unit_test(times_and_ratios_have_their_own_tolerance),
		cmocka_unit_test(a_range_is_met_anywhere_in_it),
		cmocka_unit_test(the_nearest_size_is_scaled_by_pages),
		cmocka_unit_test(other_cells_do_not_stand_in),
		cmocka_unit_test(trim_is_the_base_of_the_series),
		cmocka_unit_test(memory_is_of_the_largest_device_on_any_clock),
		cmocka_unit_test(a_row_that_is_not_measured_is_shown),
		cmocka_unit_test(rows_that_miss_are_listed_with_the_reason),
		cmocka_unit_test(a_miss_needs_a_reason_and_nothing_else_does),
		cmocka_unit_test(a_bad_file_is_refused),
		cmocka_unit_test(the_published_file_is_whole),
	};

	return cmocka_run_group_tests_name("published", tests, NULL, NULL);
}
