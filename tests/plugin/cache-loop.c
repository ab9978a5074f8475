// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Walks over memory whose cache misses cachegrind counts too, on the host, by the
 * names of the functions. usage: cache-loop TAG [huge]: each walk is a region, flushed with
 * TAG, TAG + 1, ...; with huge it must lie in huge pages. Prints a line for each: its tag and its function.
 */
#include <daxpin_mark.h>
#include <err.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_BYTES (2UL << 20)
/* Four times the second cache. */
#define BYTES (4UL << 20)
#define LINE 64

/* The walks' half, and one to fill the caches with. Pages have the same place in their huge page as in physical memory, and so in the caches. */
static volatile char *buffer;

/* Valgrind drops loads of which nothing becomes. */
static uint64_t sum;

static inline void load(uint64_t offset)
{
	sum += *(volatile uint64_t *)(buffer + offset);
}

static inline void store(uint64_t offset, uint64_t value)
{
	*(volatile uint64_t *)(buffer + offset) = value;
}

/* What the generator of Knuth's MMIX says next, below a power of two. */
static inline uint64_t random_below(uint64_t *state, uint64_t limit)
{
	*state = *state * 6364136223846793005U + 1442695040888963407U;
	return (*state >> 33) & (limit - 1);
}

static __attribute__((noinline)) void walk_sequential(void)
{
	for (int pass = 0; pass < 3; pass++)
		for (uint64_t i = 0; i < BYTES; i += 8)
			load(i);
}

/* Fits into the second cache, not into the first. */
static __attribute__((noinline)) void walk_stride(void)
{
	for (int pass = 0; pass < 20; pass++)
		for (uint64_t i = 0; i < BYTES / 5; i += 3 * LINE)
			load(i);
}

/* Lines of few sets: the ways of the second cache hold them, those of the first do not. */
static __attribute__((noinline)) void walk_same_set(void)
{
	for (int pass = 0; pass < 200; pass++)
		for (uint64_t i = 0; i < 192; i++)
			load(i * 4096);
}

static __attribute__((noinline)) void walk_random(void)
{
	uint64_t state = 1;

	for (int i = 0; i < 400000; i++)
		load(random_below(&state, BYTES / 2) & ~7UL);
}

/* Loads in a row, stores anywhere, and to what fits into the first cache. */
static __attribute__((noinline)) void walk_mixed(void)
{
	uint64_t state = 2;

	for (uint64_t i = 0; i < 300000; i++) {
		load(i * 16 % BYTES);
		store(random_below(&state, BYTES / 2) & ~7UL, i);
		if (i % 4 == 0)
			store(random_below(&state, BYTES / 128) & ~7UL, i);
	}
}

/* Every walk begins with caches full of something else. The plugin's see but regions, so it is one, too. */
static void evict(void)
{
	daxpin_mark(DAXPIN_MARK_BEGIN, DAXPIN_OP_PUT);
	for (uint64_t i = 0; i < BYTES; i += LINE)
		buffer[BYTES + i] = 1;
	daxpin_mark(DAXPIN_MARK_END, 0);
}

static void allocate(void)
{
	uintptr_t start;
	char *map = mmap(NULL, 2 * BYTES + HUGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		err(1, "mmap");
	start = ((uintptr_t)map + HUGE_BYTES - 1) & ~(HUGE_BYTES - 1);
	madvise((void *)start, 2 * BYTES, MADV_HUGEPAGE);
	memset((void *)start, 1, 2 * BYTES);
	buffer = (volatile char *)start;
}

/* All of it, by what the kernel says about this process. */
static int is_huge(void)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	char line[256];
	uint64_t kib, all = 0;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "AnonHugePages: %" SCNu64 " kB", &kib) == 1)
			all += kib;
	if (file)
		fclose(file);
	return all >= 2 * BYTES >> 10;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*walk)(void);
	} walks[] = {
		{ "walk_sequential", walk_sequential }, { "walk_stride", walk_stride },
		{ "walk_same_set", walk_same_set }, { "walk_random", walk_random }, { "walk_mixed", walk_mixed },
	};
	uint64_t tag = argc > 1 ? strtoull(argv[1], NULL, 0) : 0;

	allocate();
	if (argc > 2 && !is_huge())
		errx(1, "no huge pages");
	for (size_t i = 0; i < sizeof(walks) / sizeof(*walks); i++) {
		evict();
		daxpin_mark(DAXPIN_MARK_FLUSH, 0);
		daxpin_mark(DAXPIN_MARK_BEGIN, DAXPIN_OP_GET);
		walks[i].walk();
		daxpin_mark(DAXPIN_MARK_END, 0);
		daxpin_mark(DAXPIN_MARK_FLUSH, tag + i);
		printf("%" PRIu64 " %s\n", tag + i, walks[i].name);
	}
	/* Else the compiler could drop it too. */
	fprintf(stderr, "sum %" PRIu64 "\n", sum);
	return 0;
}
