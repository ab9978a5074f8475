// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <errno.h>
#include <math.h>

#include "tcg/model.h"

#define CLOSE(a, b) assert_true(fabs((a) - (b)) <= 1e-9 * fmax(1, fabs(b)))

static const char good[] =
	"[model]\nname = test-1\ntitle = A title; with all kinds of characters\n"
	"[cpu]\nghz = 2\ninstructions_per_cycle = 2.5\natomic_ns = 7\n"
	"[caches]\nname = tiny\nline_bytes = 128\nl1_bytes = 32768\nl1_ways = 8\nl2_bytes = 1048576\nl2_ways = 16\n"
	"llc_bytes = 1441792\nllc_ways = 11\nl2_ns = 3\nllc_ns = 11\nllc_stream_ns = 1.5\n"
	"[prefetch]\nstreams = 16\ntrain = 3\n"
	"; a comment\n"
	"[dram]\nlatency_ns = 100\nread_gbs = 16\nwrite_gbs = 8\n"
	"[pmem]\nlatency_ns = 300\nread_gbs = 4\nwrite_gbs = 2\n";

static char message[512];

/* Reads the good text with one piece of it replaced, and something appended. */
static int read_with(const char *piece, const char *by, const char *appended, struct model *model)
{
	char *at = strstr(good, piece), *text, *path;
	int rc;

	assert_non_null(at);
	assert_true(asprintf(&text, "%.*s%s%s%s", (int)(at - good), good, by, at + strlen(piece), appended) > 0);
	path = write_temporary(text);
	*message = '\0';
	rc = model_read(path, model, message, sizeof(message));
	drop_temporary(path);
	free(text);
	return rc;
}

static void reads_all_keys(void **state)
{
	struct model m;

	(void)state;
	assert_int_equal(read_with("", "", "", &m), 0);
	assert_string_equal(m.name, "test-1");
	assert_string_equal(m.caches.name, "tiny");
	assert_true(m.cpu.ghz == 2 && m.cpu.instructions_per_cycle == 2.5 && m.cpu.atomic_ns == 7);
	assert_true(m.geometry.line_bytes == 128 && m.geometry.l1_bytes == 32768 && m.geometry.l1_ways == 8);
	assert_true(m.geometry.l2_bytes == 1048576 && m.geometry.l2_ways == 16);
	assert_true(m.geometry.llc_bytes == 1441792 && m.geometry.llc_ways == 11);
	assert_true(m.geometry.streams == 16 && m.geometry.train == 3);
	assert_true(m.caches.l2_ns == 3 && m.caches.llc_ns == 11 && m.caches.llc_stream_ns == 1.5);
	assert_true(m.dram.latency_ns == 100 && m.dram.read_gbs == 16 && m.dram.write_gbs == 8);
	assert_true(m.pmem.latency_ns == 300 && m.pmem.read_gbs == 4 && m.pmem.write_gbs == 2);
}

/* Each count alone, so that a term that is left out or taken twice shows. */
static void time_of_each_count(void **state)
{
	static const struct {
		struct region_counts counts;
		double ns;
	} expected[] = {
		{ { 0 }, 0 },
		{ { .instructions = 50 }, 50 / (2 * 2.5) },
		{ { .apart_instructions = 50, .loads = 30, .stores = 20 }, 0 },
		{ { .atomics = 10 }, 70 },
		{ { .l1_misses = 10 }, 30 },
		{ { .l1_misses = 10, .l2_misses = 10 }, 110 },
		{ { .l1_misses = 10, .l2_misses = 6 }, 4 * 3 + 6 * 11 },
		{ { .l1_misses = 10, .l2_misses = 10, .llc_streamed = 4 }, 6 * 11 + 4 * 1.5 },
		{ { .l1_misses = 10, .l2_misses = 10, .llc_misses = 10, .dram_misses = 10 }, 1000 },
		{ { .l1_misses = 10, .l2_misses = 10, .llc_misses = 10, .dram_streamed = 10 }, 10 * 128 / 16.0 },
		{ { .dram_writebacks = 10 }, 10 * 128 / 8.0 },
		{ { .l1_misses = 10, .l2_misses = 10, .llc_misses = 10, .pmem_misses = 10 }, 3000 },
		{ { .l1_misses = 10, .l2_misses = 10, .llc_misses = 10, .pmem_streamed = 10 }, 10 * 128 / 4.0 },
		{ { .pmem_writebacks = 10 }, 10 * 128 / 2.0 },
		{ { .instructions = 1000, .atomics = 10, .l1_misses = 100, .l2_misses = 80, .llc_misses = 60,
		    .llc_streamed = 5, .dram_misses = 10, .dram_streamed = 20, .dram_writebacks = 7, .pmem_misses = 13,
		    .pmem_streamed = 17, .pmem_writebacks = 9 },
		  200 + 70 + 20 * 3 + 15 * 11 + 5 * 1.5 + 1000 + 160 + 112 + 3900 + 544 + 576 },
		/* a TB of struct pages: no count overflows */
		{ { .instructions = 1ULL << 50, .pmem_writebacks = 1ULL << 40 },
		  (1ULL << 50) / 5.0 + (1ULL << 40) * 64.0 },
	};
	struct model m;

	(void)state;
	assert_int_equal(read_with("", "", "", &m), 0);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		CLOSE(model_ns(&m, &expected[i].counts), expected[i].ns);
}

static void refuses(void **state)
{
	static const struct {
		const char *piece, *by, *says;
	} wrong[] = {
		{ "ghz = 2\n", "", "[cpu] ghz is missing" },
		{ "ghz = 2\n", "ghz =\n", ":5: [cpu] ghz = : must be a number from" },
		{ "ghz = 2\n", "ghz = two\n", ":5: [cpu] ghz = two: must be a number from" },
		{ "ghz = 2\n", "ghz = 2 GHz\n", "must be a number" },
		{ "ghz = 2\n", "ghz = 0\n", "must be a number" },
		{ "ghz = 2\n", "ghz = -2\n", "must be a number" },
		{ "ghz = 2\n", "ghz = nan\n", "must be a number" },
		{ "ghz = 2\n", "ghz = inf\n", "must be a number" },
		{ "ghz = 2\n", "ghz = 2\nghz = 3\n", ":6: [cpu] ghz is set already" },
		{ "ghz = 2\n", "ghz = 2\nhz = 3\n",
		  ":6: [cpu] hz: unknown key; must be one of ghz, instructions_per_cycle" },
		{ "ghz = 2\n", " ghz = 2\n", ":5: a line must not begin with a blank" },
		{ "ghz = 2\n", "ghz\n", ":5: not a [section] and not 'key = value'" },
		{ "ghz = 2\n", "[cpus]\nghz = 2\n", "[cpus]: unknown section; must be model, cpu" },
		{ "atomic_ns = 7", "atomic_ns = -1", "must be a number from 0 to" },
		{ "write_gbs = 2", "write_gbs = 0", "[pmem] write_gbs = 0: must be" },
		{ "latency_ns = 100", "latency_ns = 1e9", "[dram] latency_ns = 1e9: must be" },
		{ "l1_bytes = 32768", "l1_bytes = 32K", "[caches] l1_bytes = 32K: must be a whole number" },
		{ "l1_bytes = 32768", "l1_bytes = -32768", "must be a whole number" },
		{ "l1_bytes = 32768", "l1_bytes = 99999999999999999999", "must be a whole number" },
		{ "l1_bytes = 32768", "l1_bytes = 0", "[caches], [prefetch]: l1_bytes is 0" },
		{ "l1_bytes = 32768", "l1_bytes = 24576", "24 sets: must be a power of two" },
		{ "line_bytes = 128", "line_bytes = 100", "line_bytes is 100" },
		{ "train = 3", "train = 0", "train is 0" },
		{ "name = tiny", "name =", "[caches] name: must have 1 to 63 characters" },
		{ "name = tiny", "name = a,b", "must be made of letters" },
		{ "[pmem]\nlatency_ns = 300\n", "[pmem]\n", "[pmem] latency_ns is missing" },
	};
	struct model m;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(read_with(wrong[i].piece, wrong[i].by, "", &m), -EINVAL);
		assert_non_null(strstr(message, "/tmp/daxpin-unit-"));
		if (!strstr(message, wrong[i].says))
			fail_msg("'%s' is not in '%s'", wrong[i].says, message);
	}
	assert_int_equal(model_read("/nonexistent/x.ini", &m, message, sizeof(message)), -ENOENT);
	assert_string_equal(message, "/nonexistent/x.ini: No such file or directory");
	assert_int_equal(model_read("/", &m, message, sizeof(message)), -EISDIR);
}

static void long_lines_are_not_cut(void **state)
{
	char line[400] = "; ";
	struct model m;

	(void)state;
	memset(line + 2, 'x', sizeof(line) - 4);
	line[sizeof(line) - 2] = '\n';
	assert_int_equal(read_with("; a comment\n", line, "", &m), -EINVAL);
	assert_non_null(strstr(message, "line too long"));
}

/* Texts in a buffer that is too small stay within it. */
static void messages_fit(void **state)
{
	struct model m;
	char text[8];

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(model_read("/nonexistent/x.ini", &m, text, 4), -ENOENT);
	assert_string_equal(text, "/no");
	assert_int_equal(text[4], 'x');
}

static void reads_fit(void **state)
{
	struct model m;

	(void)state;
	assert_int_equal(read_with("", "", "[fit]\nfree = pmem.write_gbs  cpu.instructions_per_cycle\n"
				   "pmem.write_gbs = 0.5 4 3\ncpu.instructions_per_cycle = 1 3.5 1\n"
				   "pmem.latency_ns = 169 305 305\n", &m), 0);
	assert_true(m.fit[MODEL_pmem_write_gbs].free && m.fit[MODEL_cpu_instructions_per_cycle].free);
	assert_true(m.fit[MODEL_pmem_write_gbs].low == 0.5 && m.fit[MODEL_pmem_write_gbs].high == 4);
	assert_true(m.fit[MODEL_pmem_write_gbs].start == 3);
	assert_false(m.fit[MODEL_pmem_latency_ns].free);
	assert_true(m.fit[MODEL_pmem_latency_ns].low == 169);
	assert_false(m.fit[MODEL_dram_write_gbs].free);
	assert_true(m.fit[MODEL_dram_write_gbs].high == 0);
}

static void refuses_fit(void **state)
{
	static const struct {
		const char *fit, *says;
	} wrong[] = {
		{ "free = pmem.speed\n", "[fit] free: 'pmem.speed' is not a parameter" },
		{ "free = pmem.write_gbs\n", "pmem.write_gbs is free and must have a range" },
		{ "free = pmem.write_gbs\npmem.write_gbs = 3 4 3\n",
		  "pmem.write_gbs is 2 and must lie in its range, 3 to 4" },
		{ "caches.l1_bytes = 1 2 1\n", "[fit] caches.l1_bytes: unknown key" },
		{ "pmem.write_gbs = 3\n", "must be LOW HIGH START" },
		{ "pmem.write_gbs = 2 3\n", "must be LOW HIGH START" },
		{ "pmem.write_gbs = 3 2 2.5\n", "must be LOW HIGH START" },
		{ "pmem.write_gbs = 0 2 1\n", "must be LOW HIGH START" },
		{ "pmem.write_gbs = 1 nan 1\n", "must be LOW HIGH START" },
		{ "pmem.write_gbs = 1 2 3\n", "must be LOW HIGH START" },
		{ "pmem.write_gbs = 1 2 1.5 1\n", "must be LOW HIGH START" },
		{ "pmem.write_gbs = 1 2 1\npmem.write_gbs = 1 2 1\n", "is set already" },
		{ "free = cpu.ghz\nfree = cpu.ghz\n", "free is set already" },
	};
	struct model m;
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(text, sizeof(text), "[fit]\n%s", wrong[i].fit);
		assert_int_equal(read_with("", "", text, &m), -EINVAL);
		if (!strstr(message, wrong[i].says))
			fail_msg("'%s' is not in '%s'", wrong[i].says, message);
	}
}

static void parameters_by_name(void **state)
{
	struct model m;

	(void)state;
	assert_int_equal(read_with("", "", "", &m), 0);
	assert_int_equal(model_parameter_find("pmem.write_gbs"), MODEL_pmem_write_gbs);
	assert_int_equal(model_parameter_find("pmem.write"), -1);
	assert_null(model_parameter_name(MODEL_PARAMETER_COUNT));
	for (size_t i = 0; i < MODEL_PARAMETER_COUNT; i++)
		assert_int_equal(model_parameter_find(model_parameter_name(i)), i);
	assert_true(model_parameter_get(&m, MODEL_caches_llc_stream_ns) == 1.5);
	model_parameter_set(&m, MODEL_caches_llc_stream_ns, 9);
	assert_true(m.caches.llc_stream_ns == 9);
}

/* Those that come with it: all of the same caches, and the same CPU and DRAM. */
static void models_of_the_project(void **state)
{
	static const char *const names[] = { "optane-100", "ddr4", "cxl-dram" };
	struct model m[3];
	char path[64];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "configs/models/%s.ini", names[i]);
		if (model_read(path, &m[i], message, sizeof(message)))
			fail_msg("%s", message);
		assert_string_equal(m[i].name, names[i]);
		assert_string_equal(m[i].caches.name, m[0].caches.name);
		assert_memory_equal(&m[i].geometry, &m[0].geometry, sizeof(m[0].geometry));
		assert_memory_equal(&m[i].cpu, &m[0].cpu, sizeof(m[0].cpu));
		assert_memory_equal(&m[i].dram, &m[0].dram, sizeof(m[0].dram));
	}
	assert_memory_equal(&m[1].pmem, &m[1].dram, sizeof(m[1].dram));
	assert_true(m[0].pmem.latency_ns > m[2].pmem.latency_ns && m[2].pmem.latency_ns > m[1].pmem.latency_ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_all_keys),
		cmocka_unit_test(time_of_each_count),
		cmocka_unit_test(refuses),
		cmocka_unit_test(long_lines_are_not_cut),
		cmocka_unit_test(messages_fit),
		cmocka_unit_test(reads_fit),
		cmocka_unit_test(refuses_fit),
		cmocka_unit_test(parameters_by_name),
		cmocka_unit_test(models_of_the_project),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
