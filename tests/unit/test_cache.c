// SPDX-License-Identifier: GPL-2.0-or-later
/* Access streams whose misses and write-backs are known without running them. */
#include "unit.h"

#include <errno.h>

#include "tcg/cache.h"

#define LINE 64

/* L1: 4 sets of 2. L2: 8 sets of 4. LLC: 12 sets of 4, not a power of two. */
static const struct cache_geometry small = {
	.line_bytes = LINE,
	.l1_bytes = 8 * LINE, .l1_ways = 2,
	.l2_bytes = 32 * LINE, .l2_ways = 4,
	.llc_bytes = 48 * LINE, .llc_ways = 4,
	.streams = 4, .train = 2,
};

/* Lines that lie 24 apart share a set in all three caches, and are no stream. */
#define SAME_SET 24

#define PMEM_LINE 100000

static const struct memory_range pmem = { PMEM_LINE * LINE, 50000 * LINE };

static struct cache_hierarchy *cache;
static struct region_counts n;

static int begin(void **state)
{
	(void)state;
	memset(&n, 0, sizeof(n));
	cache = cache_new(&small, &pmem, 1);
	return !cache;
}

static int end(void **state)
{
	(void)state;
	cache_free(cache);
	return 0;
}

static void load(uint64_t line)
{
	cache_access(cache, line * LINE, 8, false, &n);
}

static void store(uint64_t line)
{
	cache_access(cache, line * LINE, 8, true, &n);
}

/* What must hold whatever was accessed. */
static void check_sums(void)
{
	assert_true(n.l1_misses >= n.l2_misses && n.l2_misses >= n.llc_misses + n.llc_streamed);
	assert_int_equal(n.llc_misses, n.dram_misses + n.dram_streamed + n.pmem_misses + n.pmem_streamed);
	assert_int_equal(n.instructions + n.apart_instructions + n.atomics + n.loads + n.stores, 0);
}

static void one_line_misses_once(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 1000; i++)
		cache_access(cache, 5 * LINE + i % 8 * 8, 8, i % 3, &n);
	assert_int_equal(n.l1_misses, 1);
	assert_int_equal(n.l2_misses, 1);
	assert_int_equal(n.dram_misses, 1);
	assert_int_equal(n.dram_writebacks, 0);
	check_sums();
}

/* As many lines as each level has: it hits from the second pass on, and LRU makes
 * the smaller ones miss each time. */
static void sets_that_fit(void **state)
{
	(void)state;
	for (int pass = 0; pass < 10; pass++)
		for (uint64_t line = 0; line < 8; line++)
			load(line);
	assert_int_equal(n.l1_misses, 8);
	for (int pass = 0; pass < 10; pass++)
		for (uint64_t line = 1000; line < 1032; line++)
			load(line);
	assert_int_equal(n.l1_misses, 8 + 320);
	assert_int_equal(n.l2_misses, 8 + 32);
	for (int pass = 0; pass < 10; pass++)
		for (uint64_t line = 2000; line < 2048; line++)
			load(line);
	assert_int_equal(n.l1_misses, 8 + 320 + 480);
	assert_int_equal(n.l2_misses, 8 + 32 + 480);
	assert_int_equal(n.llc_misses, 8 + 32 + 48);
	check_sums();
}

static void far_apart_misses_always(void **state)
{
	(void)state;
	for (int pass = 0; pass < 2; pass++)
		for (uint64_t i = 0; i < 1000; i++)
			load(i * 5);
	assert_int_equal(n.l1_misses, 2000);
	assert_int_equal(n.l2_misses, 2000);
	assert_int_equal(n.dram_misses, 2000);
	assert_int_equal(n.dram_streamed, 0);
	assert_int_equal(n.dram_writebacks, 0);
	check_sums();
}

/* Through many pages of 4 KiB, 8 bytes at a time. */
static void streaming_is_foreseen(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 8000; i++)
		cache_access(cache, i * 8, 8, false, &n);
	assert_int_equal(n.l1_misses, 1000);
	assert_int_equal(n.l2_misses, 1000);
	assert_int_equal(n.dram_misses, small.train);
	assert_int_equal(n.dram_streamed, 1000 - small.train);
	check_sums();
}

static void descending_is_foreseen(void **state)
{
	(void)state;
	for (uint64_t i = 1000; i-- > 0;)
		load(PMEM_LINE + i);
	assert_int_equal(n.pmem_misses, small.train);
	assert_int_equal(n.pmem_streamed, 1000 - small.train);
	assert_int_equal(n.llc_misses, 1000);
	check_sums();
}

/* A direction is settled by the second miss: back and forth is no stream. */
static void turning_back_is_not_foreseen(void **state)
{
	(void)state;
	load(1000);
	load(1001);
	load(1002);
	assert_int_equal(n.dram_streamed, 1);
	load(999);
	assert_int_equal(n.dram_streamed, 1);
	assert_int_equal(n.dram_misses, 3);
}

static void training_takes_as_long_as_it_says(void **state)
{
	struct cache_geometry geometry = small;

	for (geometry.train = 1; geometry.train < 6; geometry.train++) {
		end(state);
		memset(&n, 0, sizeof(n));
		cache = cache_new(&geometry, NULL, 0);
		for (uint64_t line = 0; line < 100; line++)
			load(line);
		assert_int_equal(n.dram_misses, geometry.train);
		assert_int_equal(n.dram_streamed, 100 - geometry.train);
	}
}

static void interleaved_streams(void **state)
{
	(void)state;
	/* one of them descends, one is in pmem and written, one is four times as slow */
	for (uint64_t i = 0; i < 1000; i++) {
		load(10000 + i);
		load(30000 - i);
		store(PMEM_LINE + i);
		load(50000 + i / 4);
	}
	assert_int_equal(n.dram_misses, 3 * small.train);
	assert_int_equal(n.dram_streamed, 2250 - 3 * small.train);
	assert_int_equal(n.pmem_misses, small.train);
	assert_int_equal(n.pmem_streamed, 1000 - small.train);
	check_sums();
}

static void more_streams_than_entries(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 1000; i++)
		for (uint64_t stream = 0; stream < small.streams + 1; stream++)
			load(stream * 10001 + i);
	assert_int_equal(n.dram_misses, 1000 * (small.streams + 1));
	assert_int_equal(n.dram_streamed, 0);
}

/* Lines in the LLC, too many for the L2. */
static void streaming_from_llc(void **state)
{
	(void)state;
	for (int pass = 0; pass < 2; pass++)
		for (uint64_t line = 0; line < 40; line++)
			load(line);
	assert_int_equal(n.l2_misses, 80);
	assert_int_equal(n.llc_misses, 40);
	assert_int_equal(n.llc_streamed, 40 - small.train);
	check_sums();
}

/* Rounds of loads of so many lines of one set; misses after the first round. */
static struct region_counts ping_pong(uint64_t lines, uint64_t apart, int rounds)
{
	struct region_counts first;

	for (uint64_t i = 0; i < lines; i++)
		load(i * apart);
	first = n;
	for (int round = 0; round < rounds; round++)
		for (uint64_t i = 0; i < lines; i++)
			load(i * apart);
	return (struct region_counts){
		.l1_misses = n.l1_misses - first.l1_misses,
		.l2_misses = n.l2_misses - first.l2_misses,
		.llc_misses = n.llc_misses - first.llc_misses,
	};
}

static void ping_pong_in_l1(void **state)
{
	struct region_counts c = ping_pong(2, 4, 100);

	assert_int_equal(c.l1_misses, 0);
	end(state);
	begin(state);
	c = ping_pong(3, 4, 100);
	assert_int_equal(c.l1_misses, 300);
	assert_int_equal(c.l2_misses, 0);
}

static void ping_pong_in_l2(void **state)
{
	struct region_counts c = ping_pong(4, 8, 100);

	assert_int_equal(c.l1_misses, 400);
	assert_int_equal(c.l2_misses, 0);
	end(state);
	begin(state);
	c = ping_pong(5, 8, 100);
	assert_int_equal(c.l2_misses, 500);
	assert_int_equal(c.llc_misses, 0);
}

static void ping_pong_in_llc(void **state)
{
	struct region_counts c;

	/* four of one set of the LLC, eight of one set of the L2 */
	for (uint64_t i = 0; i < 4; i++)
		load(i * SAME_SET + 8);
	c = ping_pong(4, SAME_SET, 100);
	assert_int_equal(c.llc_misses, 0);
	end(state);
	begin(state);
	c = ping_pong(5, SAME_SET, 100);
	assert_int_equal(c.l1_misses, 500);
	assert_int_equal(c.l2_misses, 500);
	assert_int_equal(c.llc_misses, 500);
	check_sums();
}

/* Use counts, not the time of the fill. */
static void least_recently_used_goes(void **state)
{
	(void)state;
	load(0);
	load(4);
	load(0);
	load(8);
	assert_int_equal(n.l1_misses, 3);
	load(0);
	assert_int_equal(n.l1_misses, 3);
	load(4);
	assert_int_equal(n.l1_misses, 4);
}

/* Reads so many lines that nothing else is left in any cache. */
static void displace_all(void)
{
	for (uint64_t i = 0; i < 500; i++)
		load(1000000 + i);
}

static void each_dirty_line_is_written_once(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 100; i++)
		store(i * 3);
	for (uint64_t i = 0; i < 50; i++)
		store(PMEM_LINE + i);
	for (uint64_t i = 0; i < 70; i++)
		load(PMEM_LINE + 1000 + i);
	displace_all();
	assert_int_equal(n.dram_writebacks, 100);
	assert_int_equal(n.pmem_writebacks, 50);
	displace_all();
	assert_int_equal(n.dram_writebacks, 100);
	assert_int_equal(n.pmem_writebacks, 50);
	check_sums();
}

/* The caches keep as many dirty lines as the LLC has. */
static void writing_a_stream(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		store(i);
		assert_int_equal(n.dram_writebacks, i < 48 ? 0 : i - 47);
	}
}

static void written_again_is_written_back_again(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		for (int again = 0; again < 10; again++)
			store(7);
		displace_all();
	}
	assert_int_equal(n.dram_writebacks, 5);
}

/* Nothing of before is found, written back or foreseen. */
static void emptied_is_as_new(void **state)
{
	struct region_counts first;

	(void)state;
	for (int pass = 0; pass < 2; pass++) {
		memset(&n, 0, sizeof(n));
		for (uint64_t line = 0; line < 8; line++) {
			store(line);
			load(PMEM_LINE + line);
		}
		assert_int_equal(n.dram_misses + n.dram_streamed, 8);
		assert_int_equal(n.pmem_misses, small.train);
		if (pass)
			assert_memory_equal(&n, &first, sizeof(n));
		first = n;
		cache_empty(cache);
		assert_memory_equal(&n, &first, sizeof(n));
	}
	load(8);
	assert_int_equal(n.dram_misses, first.dram_misses + 1);
	displace_all();
	assert_int_equal(n.dram_writebacks + n.pmem_writebacks, 0);
	check_sums();
}

/* In the way that was used last, and in another one. */
static void store_that_hits_makes_dirty(void **state)
{
	(void)state;
	load(0);
	store(0);
	load(1);
	load(5);
	store(1);
	displace_all();
	assert_int_equal(n.dram_writebacks, 2);
}

/* A line that a lower level has dropped meanwhile is put there again. */
static void dirty_line_that_llc_has_dropped(void **state)
{
	(void)state;
	store(0);
	/* hits in the L1 keep it there, while the LLC's set is filled with others */
	for (uint64_t i = 1; i < 5; i++) {
		load(i * SAME_SET);
		load(0);
	}
	assert_int_equal(n.llc_misses, 5);
	assert_int_equal(n.dram_writebacks, 0);
	displace_all();
	assert_int_equal(n.dram_writebacks, 1);
}

static void crossing_lines(void **state)
{
	(void)state;
	cache_access(cache, 10 * LINE - 4, 8, true, &n);
	assert_int_equal(n.l1_misses, 2);
	cache_access(cache, 10 * LINE - 1, 2, false, &n);
	cache_access(cache, 9 * LINE, LINE, false, &n);
	assert_int_equal(n.l1_misses, 2);
	cache_access(cache, 100 * LINE + 1, 4 * LINE, false, &n);
	assert_int_equal(n.l1_misses, 7);
	cache_access(cache, 200 * LINE, LINE, false, &n);
	assert_int_equal(n.l1_misses, 8);
	displace_all();
	assert_int_equal(n.dram_writebacks, 2);
}

/* Two ranges; the second begins within a line, which belongs to where it begins. */
static void memory_kinds_at_the_boundary(void **state)
{
	static const struct memory_range two[] = { { 0x10000, 0x1000 }, { 0x20020, 0x1000 } };
	static const struct {
		uint64_t address;
		bool pmem;
	} expected[] = {
		{ 0xffff, false }, { 0x10000, true }, { 0x10fff, true }, { 0x11000, false },
		{ 0x20020, false }, { 0x20040, true }, { 0x2101f, true }, { 0x2103f, true }, { 0x21040, false },
	};
	uint64_t all = 0, in_pmem = 0;

	end(state);
	cache = cache_new(&small, two, 2);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		cache_access(cache, expected[i].address, 1, true, &n);
		displace_all();
		in_pmem += expected[i].pmem;
		all++;
		assert_int_equal(n.pmem_writebacks, in_pmem);
		assert_int_equal(n.dram_writebacks, all - in_pmem);
		assert_int_equal(n.pmem_misses + n.pmem_streamed, in_pmem);
	}
	check_sums();
}

/* Addresses as high as a CPU can make them. */
static void high_addresses(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 100; i++)
		cache_access(cache, (1ULL << 52) - (i + 1) * LINE, 8, true, &n);
	assert_int_equal(n.dram_misses, small.train);
	assert_int_equal(n.dram_streamed, 100 - small.train);
	displace_all();
	assert_int_equal(n.dram_writebacks, 100);
}

/*
 * The same caches once more, in another way: when each line was last used and
 * whether it is dirty, without sets that are kept in order.
 */
#define REFERENCE_LINES 200

static struct {
	struct {
		uint64_t used; /* 0: not there */
		bool dirty;
	} line[3][REFERENCE_LINES];
	uint64_t now, misses[3], writebacks;
} reference;

static const unsigned int reference_sets[3] = { 4, 8, 12 }, reference_ways[3] = { 2, 4, 4 };

static void reference_write(int level, unsigned int line);

static void reference_fill(int level, unsigned int line, bool dirty)
{
	unsigned int in_set = 0, oldest = REFERENCE_LINES;

	for (unsigned int i = line % reference_sets[level]; i < REFERENCE_LINES; i += reference_sets[level]) {
		if (!reference.line[level][i].used)
			continue;
		in_set++;
		if (oldest == REFERENCE_LINES || reference.line[level][i].used < reference.line[level][oldest].used)
			oldest = i;
	}
	reference.line[level][line].used = ++reference.now;
	reference.line[level][line].dirty = dirty;
	if (in_set < reference_ways[level])
		return;
	reference.line[level][oldest].used = 0;
	if (reference.line[level][oldest].dirty)
		reference_write(level + 1, oldest);
}

static void reference_write(int level, unsigned int line)
{
	if (level == 3)
		reference.writebacks++;
	else if (reference.line[level][line].used)
		reference.line[level][line].dirty = true;
	else
		reference_fill(level, line, true);
}

static void reference_access(int level, unsigned int line, bool dirty)
{
	if (level == 3)
		return;
	if (reference.line[level][line].used) {
		reference.line[level][line].used = ++reference.now;
		reference.line[level][line].dirty |= dirty;
		return;
	}
	reference.misses[level]++;
	reference_access(level + 1, line, false);
	reference_fill(level, line, dirty);
}

static void agrees_with_second_implementation(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		unsigned int line;
		bool dirty;

		seed = seed * 1664525 + 1013904223;
		/* few lines for a while, then many */
		line = (seed >> 8) % (i >> 10 & 1 ? REFERENCE_LINES : 30);
		dirty = seed >> 30 == 0;
		reference_access(0, line, dirty);
		cache_access(cache, line * LINE, 1, dirty, &n);
		assert_int_equal(n.l1_misses, reference.misses[0]);
		assert_int_equal(n.l2_misses, reference.misses[1]);
		assert_int_equal(n.llc_misses, reference.misses[2]);
		assert_int_equal(n.dram_writebacks, reference.writebacks);
	}
	assert_true(n.l2_misses > 10000 && n.llc_misses > 1000 && n.dram_writebacks > 1000);
	assert_true(n.l1_misses < 190000);
	check_sums();
}

static void refuses_geometry(void **state)
{
	static const struct {
		size_t member;
		uint64_t value;
		const char *says;
	} wrong[] = {
		{ offsetof(struct cache_geometry, line_bytes), 0, "line_bytes is 0" },
		{ offsetof(struct cache_geometry, line_bytes), 96, "power of two" },
		{ offsetof(struct cache_geometry, l1_bytes), 0, "l1_bytes is 0" },
		{ offsetof(struct cache_geometry, l1_bytes), 8 * LINE + 1, "multiple of l1_ways" },
		{ offsetof(struct cache_geometry, l1_bytes), 6 * LINE, "3 sets" },
		{ offsetof(struct cache_geometry, l1_ways), 0, "l1_ways is 0" },
		{ offsetof(struct cache_geometry, l1_ways), 65, "1 to 64" },
		{ offsetof(struct cache_geometry, l2_bytes), 96 * LINE, "24 sets" },
		{ offsetof(struct cache_geometry, llc_bytes), 50 * LINE, "multiple of llc_ways" },
		{ offsetof(struct cache_geometry, llc_bytes), 1ULL << 40, "llc_bytes is 1099511627776" },
		{ offsetof(struct cache_geometry, streams), 0, "streams is 0" },
		{ offsetof(struct cache_geometry, train), 0, "train is 0" },
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct cache_geometry geometry = small;

		*(uint64_t *)((char *)&geometry + wrong[i].member) = wrong[i].value;
		assert_int_equal(cache_geometry_check(&geometry, text, sizeof(text)), -EINVAL);
		assert_non_null(strstr(text, wrong[i].says));
		errno = 0;
		assert_null(cache_new(&geometry, NULL, 0));
		assert_int_equal(errno, EINVAL);
	}
	assert_int_equal(cache_geometry_check(&small, text, sizeof(text)), 0);
	cache_free(NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(one_line_misses_once),
		TEST(sets_that_fit),
		TEST(far_apart_misses_always),
		TEST(streaming_is_foreseen),
		TEST(descending_is_foreseen),
		TEST(turning_back_is_not_foreseen),
		TEST(training_takes_as_long_as_it_says),
		TEST(interleaved_streams),
		TEST(more_streams_than_entries),
		TEST(streaming_from_llc),
		TEST(ping_pong_in_l1),
		TEST(ping_pong_in_l2),
		TEST(ping_pong_in_llc),
		TEST(least_recently_used_goes),
		TEST(each_dirty_line_is_written_once),
		TEST(writing_a_stream),
		TEST(written_again_is_written_back_again),
		TEST(emptied_is_as_new),
		TEST(store_that_hits_makes_dirty),
		TEST(dirty_line_that_llc_has_dropped),
		TEST(crossing_lines),
		TEST(memory_kinds_at_the_boundary),
		TEST(high_addresses),
		TEST(agrees_with_second_implementation),
		TEST(refuses_geometry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
