/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A simulated data cache hierarchy: L1, L2 and LLC, set-associative by physical
 * line, true LRU, write-allocate, write-back, with a stream prefetcher at the L2.
 * One for each CPU; it has no globals and takes no locks. The levels are neither
 * inclusive nor exclusive: a miss fills all of them, and what one of them drops
 * stays in the others.
 */
#ifndef DAXPIN_TCG_CACHE_H
#define DAXPIN_TCG_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "counts.h"

/**
 * struct cache_geometry - what decides which accesses miss
 * @line_bytes: a power of two
 * @l1_bytes: of the L1, as l2_bytes and llc_bytes of the others; the L1 and the
 *	L2 have a power of two of sets, of the LLC any number (it is made of slices)
 * @l1_ways: associativity, as l2_ways and llc_ways
 * @streams: streams that the prefetcher follows
 * @train: misses in a row before it foresees the next
 */
struct cache_geometry {
	uint64_t line_bytes;
	uint64_t l1_bytes, l1_ways;
	uint64_t l2_bytes, l2_ways;
	uint64_t llc_bytes, llc_ways;
	uint64_t streams, train;
};

/* A range of guest physical addresses. */
struct memory_range {
	uint64_t start, size;
};

/*
 * The ways of a set lie in the order of their use, the last used first. A way is
 * the number of its line, shifted left by one, and whether it is dirty.
 */
struct cache_level {
	uint64_t *ways;
	uint64_t set_mask; /* 0: the sets are not a power of two */
	uint64_t sets;
	uint64_t ways_in_set;
};

struct cache_stream;

struct cache_hierarchy {
	struct cache_level l1;
	unsigned int line_shift;
	struct cache_level l2, llc;
	struct cache_stream *streams; /* the last used first */
	uint64_t stream_count, train;
	struct memory_range *pmem; /* in lines */
	size_t pmem_count;
};

/* 0, or -EINVAL and in text what is wrong. */
int cache_geometry_check(const struct cache_geometry *geometry, char *text, size_t size);

/* Empty caches. NULL with errno EINVAL (cache_geometry_check() says why) or ENOMEM. */
struct cache_hierarchy *cache_new(const struct cache_geometry *geometry, const struct memory_range *pmem,
				  size_t pmem_count);

/* As new; what was dirty is not written back and counts nowhere. */
void cache_empty(struct cache_hierarchy *cache);

/* Takes NULL too. */
void cache_free(struct cache_hierarchy *cache);

/* What is not worth inlining: all but a hit in the last used way of the L1. */
void cache_access_line(struct cache_hierarchy *cache, uint64_t line, bool store, struct region_counts *counts);
void cache_access_lines(struct cache_hierarchy *cache, uint64_t first, uint64_t last, bool store,
			struct region_counts *counts);

/*
 * One load or store of bytes (1 or more) at a physical address. Adds to the
 * CACHE_COUNTS, not to loads and stores. An atomic is one store.
 */
static inline void cache_access(struct cache_hierarchy *cache, uint64_t physical, unsigned int bytes, bool store,
				struct region_counts *counts)
{
	uint64_t line = physical >> cache->line_shift;
	uint64_t last = (physical + bytes - 1) >> cache->line_shift;
	uint64_t *way = cache->l1.ways + (line & cache->l1.set_mask) * cache->l1.ways_in_set;

	if (__builtin_expect(last != line, 0))
		cache_access_lines(cache, line, last, store, counts);
	else if (*way >> 1 == line)
		*way |= store;
	else
		cache_access_line(cache, line, store, counts);
}

#endif
