// SPDX-License-Identifier: GPL-2.0-or-later
/* Fits to figures that a model with other parameters has made, and all around them. */
#include "unit.h"

#include <errno.h>
#include <math.h>

#include "model_fit.h"
#include "model_ini.h"
#include "model_points.h"
#include "model_sensitivity.h"

#define POINTS 8

static const char text[] =
	"; about this file\n"
	"[model]\nname = m\ntitle = M\n"
	"[cpu]\nghz = 2\n; source of this\ninstructions_per_cycle = 2\natomic_ns = 7\n"
	"[caches]\nname = c\nline_bytes = 64\nl1_bytes = 32768\nl1_ways = 8\nl2_bytes = 1048576\nl2_ways = 16\n"
	"llc_bytes = 1441792\nllc_ways = 11\nl2_ns = 3\nllc_ns = 11\nllc_stream_ns = 2\n"
	"[prefetch]\nstreams = 16\ntrain = 2\n"
	"[dram]\nlatency_ns = 100\nread_gbs = 16\nwrite_gbs = 8\n"
	"[pmem]\nlatency_ns = 300\nread_gbs = 4\n; why so\n; and so on\nwrite_gbs = 2 ; a word\n"
	"[fit]\nfree = cpu.instructions_per_cycle pmem.read_gbs pmem.write_gbs\n"
	"cpu.instructions_per_cycle = 0.5 4 1\npmem.read_gbs = 0.5 10 4\npmem.write_gbs = 0.2 4 2\n";

static struct model base;
static struct model_point points[POINTS];

static void read_text(const char *ini, struct model *model)
{
	char *path = write_temporary(ini), why[256];

	if (model_read(path, model, why, sizeof(why)))
		fail_msg("%s", why);
	drop_temporary(path);
}

/* Points of which no two are alike. */
static int setup(void **state)
{
	(void)state;
	read_text(text, &base);
	for (uint64_t i = 0; i < POINTS; i++)
		points[i] = (struct model_point){ "p", 0, {
			.instructions = 1000000 * (1 + i % 3), .atomics = 10000 * (i % 2),
			.l1_misses = 30000 + 1000 * i, .l2_misses = 30000, .llc_misses = 30000 - 7 * i,
			.llc_streamed = 7 * i,
			.pmem_streamed = 30000 - 7 * i - 3000 * (i % 4), .pmem_misses = 3000 * (i % 4),
			.pmem_writebacks = 5000 * (i % 5) } };
	return 0;
}

/* What a model with these parameters would have published. */
static void publish(double instructions_per_cycle, double read_gbs, double write_gbs)
{
	struct model truth = base;

	truth.cpu.instructions_per_cycle = instructions_per_cycle;
	truth.pmem.read_gbs = read_gbs;
	truth.pmem.write_gbs = write_gbs;
	for (size_t i = 0; i < POINTS; i++)
		points[i].published_ns = model_ns(&truth, &points[i].counts);
}

static void near(double value, double wanted, double tolerance)
{
	if (!(fabs(value / wanted - 1) <= tolerance))
		fail_msg("%g is not %g", value, wanted);
}

static void finds_the_truth(void **state)
{
	struct model m = base, start;

	(void)state;
	publish(3.1, 6.5, 0.7);
	assert_int_equal(model_fit(&m, points, POINTS, &start), 0);
	near(m.cpu.instructions_per_cycle, 3.1, 0.005);
	near(m.pmem.read_gbs, 6.5, 0.005);
	near(m.pmem.write_gbs, 0.7, 0.005);
	assert_true(model_fit_rms(&m, points, POINTS) < 0.001);
	/* what is not free stays */
	assert_true(m.pmem.latency_ns == 300 && m.cpu.atomic_ns == 7 && m.dram.read_gbs == 16);
}

/* Where a fit begins is in the file, whatever an earlier fit has left there. */
static void the_same_again(void **state)
{
	struct model one = base, two, start;

	(void)state;
	publish(1.3, 3, 1.9);
	assert_int_equal(model_fit(&one, points, POINTS, &start), 0);
	assert_true(start.cpu.instructions_per_cycle == 1 && start.pmem.write_gbs == 2);
	two = one;
	assert_int_equal(model_fit(&two, points, POINTS, &start), 0);
	assert_memory_equal(&one, &two, sizeof(one));
	assert_true(start.cpu.instructions_per_cycle == 1);
}

static void stays_in_the_range(void **state)
{
	struct model m = base, start;

	(void)state;
	publish(9, 0.1, 9);
	assert_int_equal(model_fit(&m, points, POINTS, &start), 0);
	for (size_t i = 0; i < MODEL_PARAMETER_COUNT; i++)
		if (m.fit[i].free) {
			assert_true(model_parameter_get(&m, i) >= m.fit[i].low);
			assert_true(model_parameter_get(&m, i) <= m.fit[i].high);
		}
	near(m.pmem.read_gbs, 0.5, 0.02);
	near(m.pmem.write_gbs, 4, 0.02);
}

/* Nothing but instructions is counted: the memory stays as it was. */
static void what_is_left_open_stays(void **state)
{
	struct model m = base, start;

	(void)state;
	publish(3, 1, 1);
	for (size_t i = 0; i < POINTS; i++) {
		points[i].counts = (struct region_counts){ .instructions = 1000 * (i + 1) };
		points[i].published_ns = (double)points[i].counts.instructions / (2 * 3);
	}
	assert_int_equal(model_fit(&m, points, POINTS, &start), 0);
	near(m.cpu.instructions_per_cycle, 3, 0.005);
	near(m.pmem.read_gbs, 4, 0.005);
	near(m.pmem.write_gbs, 2, 0.005);
}

/* Half and double are as wrong: the middle of two figures is their geometric mean. */
static void errors_are_relative(void **state)
{
	struct model m = base, start;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		points[i].counts = (struct region_counts){ .instructions = 1000 };
		points[i].published_ns = i ? 800 : 200;
	}
	assert_int_equal(model_fit(&m, points, 2, &start), 0);
	near(model_ns(&m, &points[0].counts), 400, 0.01);
	near(model_fit_rms(&m, points, 2), log(2), 0.01);
}

static void refuses(void **state)
{
	struct model m = base, start;

	(void)state;
	publish(2, 2, 2);
	assert_int_equal(model_fit(&m, points, 0, &start), -ENODATA);
	points[3].counts = (struct region_counts){ 0 };
	assert_int_equal(model_fit(&m, points, POINTS, &start), -ENODATA);
	setup(state);
	publish(2, 2, 2);
	points[3].published_ns = 0;
	assert_int_equal(model_fit(&m, points, POINTS, &start), -ENODATA);
	publish(2, 2, 2);
	for (size_t i = 0; i < MODEL_PARAMETER_COUNT; i++)
		m.fit[i].free = false;
	assert_int_equal(model_fit(&m, points, POINTS, &start), -EINVAL);
}

/* The file again with these values. */
static char *rewritten(const char *ini, const struct model *model, const bool changed[MODEL_PARAMETER_COUNT],
		       const char *remark)
{
	char *path = write_temporary(ini), *result;

	assert_int_equal(model_ini_write(path, path, model, changed, remark), 0);
	result = read_all(path);
	drop_temporary(path);
	return result;
}

static void values_go_back_into_the_file(void **state)
{
	bool changed[MODEL_PARAMETER_COUNT] = {
		[MODEL_cpu_instructions_per_cycle] = true, [MODEL_pmem_write_gbs] = true
	};
	struct model m = base, again;
	char *once, *twice;

	(void)state;
	m.cpu.instructions_per_cycle = 1.23456;
	m.pmem.write_gbs = 0.5;
	m.dram.write_gbs = 99;
	once = rewritten(text, &m, changed, MODEL_INI_REMARK "3 figures");
	assert_non_null(strstr(once, "; source of this\n; fitted on 3 figures\ninstructions_per_cycle = 1.235\n"));
	assert_non_null(strstr(once, "; why so\n; and so on\n; fitted on 3 figures\nwrite_gbs = 0.5 ; a word\n"));
	assert_non_null(strstr(once, "[dram]\nlatency_ns = 100\nread_gbs = 16\nwrite_gbs = 8\n"));
	read_text(once, &again);
	assert_true(again.pmem.write_gbs == 0.5 && again.dram.write_gbs == 8);
	m.pmem.write_gbs = 0.75;
	twice = rewritten(once, &m, changed, MODEL_INI_REMARK "4 figures");
	assert_null(strstr(twice, "3 figures"));
	assert_non_null(strstr(twice, "; and so on\n; fitted on 4 figures\nwrite_gbs = 0.75 ; a word\n"));
	assert_int_equal(strlen(twice), strlen(once) + 1);
	free(once);
	free(twice);
}

static void all_else_stays(void **state)
{
	static const bool nothing[MODEL_PARAMETER_COUNT];
	static const char with_remark[] =
		"; fitted on 1 figures\n; fitted on 2 figures\n[cpu]\nghz=2\n; fitted on 3 figures";
	char *result = rewritten(text, &base, nothing, MODEL_INI_REMARK "x");

	(void)state;
	assert_string_equal(result, text);
	free(result);
	result = rewritten(with_remark, &base, nothing, MODEL_INI_REMARK "x");
	assert_string_equal(result, with_remark);
	free(result);
}

/* Published figures and a summary that has them, with and without what is after. */
#define HEADER \
	"id,source,title,command,engine,memory,map,align,size_mib,get,put,write,batch_pages,op,before_kernel," \
	"after_kernel,before,after,unit,use,note,before_high,after_high,model,miss_reason\n"

static const struct csv_sample sample = {
	.schema_version = 1, .run_id = "r1", .kernel_release = "5.10.0", .platform = "tcg", .clock = "model",
	.boot = "b1", .job = "j", .memory = "dax", .device = "dax0.0", .map = "mem", .align_bytes = 2 << 20,
	.engine = "gup",
	.get = "fast", .put = "pages", .write = 1, .size_bytes = 1 << 20, .batch_pages = 512, .put_batch_pages = 0,
	.threads = 1, .processes = 1, .range = "disjoint", .op = "put", .row = "repetition", .repetition = 1, .thread = 0,
	.call = CSV_MISSING, .calls = 1, .pages_asked = 256, .pages_got = 256, .order = CSV_MISSING, .value_ns = 1,
	.min_ns = CSV_MISSING, .p50_ns = CSV_MISSING, .p90_ns = CSV_MISSING, .p99_ns = CSV_MISSING,
	.max_ns = CSV_MISSING, .rounds = 1, .status = "ok", .reason = "", .trusted = 1, .dram_bytes = CSV_MISSING,
	.memmap_bytes = CSV_MISSING, .host_ns = CSV_MISSING, .model = "m", .caches = "c", .put_order = "", .put_cache = "", .rdma_device = "",
	.instructions = 25600, .l1_misses = 256, .l2_misses = 256, .llc_misses = 256, .dram_streamed = 256,
	.dram_writebacks = 128,
};

static void summarize(struct summary *summary)
{
	struct csv_sample s = sample;

	*summary = (struct summary){ 0 };
	s.kernel = "5.10+unpin";
	assert_int_equal(summary_add(summary, &s, ""), 0);
	s.kernel = "5.10+compound";
	s.instructions = 2560;
	s.dram_writebacks = 0;
	assert_int_equal(summary_add(summary, &s, ""), 0);
	assert_int_equal(summary_finish(summary), 0);
}

static void read_published(const char *rows, struct published *published)
{
	char *all, *path;

	assert_true(asprintf(&all, "%s%s", HEADER, rows) > 0);
	path = write_temporary(all);
	assert_int_equal(published_read(path, published), 0);
	drop_temporary(path);
	free(all);
}

static void points_are_the_figures_before(void **state)
{
	static const char *const afters[] = { "1", "77" };
	struct published published;
	struct model_points found;
	struct summary summary;
	char rows[2048];

	(void)state;
	summarize(&summary);
	for (size_t i = 0; i < 2; i++) {
		snprintf(rows, sizeof(rows),
			 "a,s,t,,gup,dax,mem,2M,1,fast,pages,1,512,put,unpin,compound,2,%s,us,fit,,,,m,\n"
			 "b,s,t,,gup,dax,mem,2M,1,fast,pages,1,512,put,unpin,compound,3,%s,us,predict,,,,m,\n"
			 "c,s,t,,gup,dax,mem,2M,1,fast,pages,1,512,put,unpin,compound,4,%s,us,fit,,,,other,\n"
			 "d,s,t,,gup,dax,mem,2M,2,fast,pages,1,512,put,unpin,compound,5,%s,us,fit,,,,m,\n"
			 "e,s,t,,gup,dax,dev,2M,1,fast,pages,1,512,put,unpin,compound,6,%s,us,fit,,,,m,\n",
			 afters[i], afters[i], afters[i], afters[i], afters[i]);
		read_published(rows, &published);
		assert_int_equal(model_points_make(&summary, &published, "m", &found), 0);
		/* b does not enter, c is of another model, d has no counts of its size, e none at all */
		assert_int_equal(found.n, 1);
		assert_int_equal(found.left_out, 2);
		assert_string_equal(found.v[0].id, "a");
		assert_true(found.v[0].published_ns == 2000);
		assert_int_equal(found.v[0].counts.instructions, 25600);
		assert_int_equal(found.v[0].counts.dram_writebacks, 128);
		assert_int_equal(found.v[0].counts.pmem_writebacks, 0);
		model_points_free(&found);
		published_free(&published);
	}
	summary_free(&summary);
}

static void pairs_are_before_and_after(void **state)
{
	struct published published;
	struct model_pairs pairs;
	struct summary summary;

	(void)state;
	summarize(&summary);
	read_published("a,s,t,,gup,dax,mem,2M,2,fast,pages,1,512,put,unpin,compound,2,1,us,predict,,,,m,\n"
		       "b,s,t,,gup,dax,mem,2M,1,fast,pages,1,512,put,unpin,gup,2,1,us,fit,,,,m,\n"
		       "c,s,t,,gup,dax,mem,2M,1,fast,pages,1,512,put,unpin,compound,2,1,us,context,,,,m,\n",
		       &published);
	assert_int_equal(model_pairs_make(&summary, &published, "m", &pairs), 0);
	assert_int_equal(pairs.n, 2);
	/* of twice the size */
	assert_true(pairs.v[0].has_before && pairs.v[0].has_after);
	assert_int_equal(pairs.v[0].before.instructions, 2 * 25600);
	assert_int_equal(pairs.v[0].after.instructions, 2 * 2560);
	assert_true(pairs.v[1].has_before && !pairs.v[1].has_after);
	model_pairs_free(&pairs);
	published_free(&published);
	summary_free(&summary);
}

/* 100 ns of instructions and 300 of waiting before; after, no more instructions. */
static const struct model_pair pair = {
	.id = "x", .has_before = true, .has_after = true,
	.before = { .instructions = 400, .l1_misses = 1, .l2_misses = 1, .llc_misses = 1, .pmem_misses = 1 },
	.after = { .l1_misses = 1, .l2_misses = 1, .llc_misses = 1, .pmem_misses = 1 },
};

static char *printed(int (*print)(const struct model *, const struct model_pair *, size_t, FILE *))
{
	char *result = NULL;
	size_t size;
	FILE *f = open_memstream(&result, &size);

	assert_int_equal(print(&base, &pair, 1, f), 0);
	fclose(f);
	return result;
}

static int print_csv(const struct model *model, const struct model_pair *pairs, size_t n, FILE *f)
{
	model_sensitivity_csv(model, pairs, n, f);
	return 0;
}

static void sensitivity_is_halved_and_doubled(void **state)
{
	char *csv = printed(print_csv), *markdown = printed(model_sensitivity_markdown);
	size_t lines = 0;

	(void)state;
	assert_non_null(strstr(csv, "model,id,parameter,factor,before_ms,after_ms,ratio\n"
			       "m,x,,1,0.0004,0.0003,1.33333\n"));
	assert_non_null(strstr(csv, "m,x,cpu.instructions_per_cycle,0.5,0.0005,0.0003,1.66667\n"));
	assert_non_null(strstr(csv, "m,x,cpu.instructions_per_cycle,2,0.00035,0.0003,1.16667\n"));
	assert_non_null(strstr(csv, "m,x,pmem.latency_ns,0.5,0.00025,0.00015,1.66667\n"));
	assert_non_null(strstr(csv, "m,x,pmem.latency_ns,2,0.0007,0.0006,1.16667\n"));
	assert_non_null(strstr(csv, "m,x,dram.latency_ns,2,0.0004,0.0003,1.33333\n"));
	for (const char *c = csv; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 2 + 2 * MODEL_PARAMETER_COUNT);
	assert_non_null(strstr(markdown, "| x | 1.33 | 1.67 / 1.17 | 1.67 / 1.17 |"));
	assert_null(strstr(markdown, "| cpu.ghz"));
	assert_non_null(strstr(markdown, "move nothing here by 0.5 %: cpu.atomic_ns, "));
	free(csv);
	free(markdown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(finds_the_truth, setup),
		cmocka_unit_test_setup(the_same_again, setup),
		cmocka_unit_test_setup(stays_in_the_range, setup),
		cmocka_unit_test_setup(what_is_left_open_stays, setup),
		cmocka_unit_test_setup(errors_are_relative, setup),
		cmocka_unit_test_setup(refuses, setup),
		cmocka_unit_test_setup(values_go_back_into_the_file, setup),
		cmocka_unit_test_setup(all_else_stays, setup),
		cmocka_unit_test_setup(points_are_the_figures_before, setup),
		cmocka_unit_test_setup(pairs_are_before_and_after, setup),
		cmocka_unit_test_setup(sensitivity_is_halved_and_doubled, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
