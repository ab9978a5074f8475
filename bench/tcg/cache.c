// SPDX-License-Identifier: GPL-2.0-or-later
#include "cache.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Limits that keep a slip in a file from asking for all of the memory. */
#define LINE_BYTES_MIN 16
#define LINE_BYTES_MAX 4096
#define LEVEL_BYTES_MAX (4ULL << 30)
#define WAYS_MAX 64
#define STREAMS_MAX 1024
#define TRAIN_MAX 1024

/* A way without a line: more than any address has lines. */
#define NO_WAY UINT64_MAX

/* A line that is none, for a stream's next one. */
#define NO_LINE UINT64_MAX

/**
 * struct cache_stream - misses that came one after the other
 * @up: line that comes next if it ascends, or NO_LINE if it descends
 * @down: line that comes next if it descends, or NO_LINE if it ascends
 * @misses: how many there were in a row, train at most
 */
struct cache_stream {
	uint64_t up, down;
	uint64_t misses;
};

static bool power_of_two(uint64_t n)
{
	return n && !(n & (n - 1));
}

static int check_range(const char *name, uint64_t value, uint64_t min, uint64_t max, char *text, size_t size)
{
	if (value >= min && value <= max)
		return 0;
	snprintf(text, size, "%s is %llu: must be %llu to %llu", name, (unsigned long long)value,
		 (unsigned long long)min, (unsigned long long)max);
	return -EINVAL;
}

static int check_level(const char *name, uint64_t bytes, uint64_t ways, uint64_t line_bytes, bool any_sets,
		       char *text, size_t size)
{
	char key[32];
	int rc;

	snprintf(key, sizeof(key), "%s_ways", name);
	rc = check_range(key, ways, 1, WAYS_MAX, text, size);
	if (rc)
		return rc;
	snprintf(key, sizeof(key), "%s_bytes", name);
	rc = check_range(key, bytes, ways * line_bytes, LEVEL_BYTES_MAX, text, size);
	if (rc)
		return rc;
	if (bytes % (ways * line_bytes)) {
		snprintf(text, size, "%s_bytes is %llu: must be a multiple of %s_ways * line_bytes = %llu", name,
			 (unsigned long long)bytes, name, (unsigned long long)(ways * line_bytes));
		return -EINVAL;
	}
	if (!any_sets && !power_of_two(bytes / (ways * line_bytes))) {
		snprintf(text, size, "%s_bytes is %llu, which makes %llu sets: must be a power of two of them", name,
			 (unsigned long long)bytes, (unsigned long long)(bytes / (ways * line_bytes)));
		return -EINVAL;
	}
	return 0;
}

int cache_geometry_check(const struct cache_geometry *g, char *text, size_t size)
{
	int rc;

	rc = check_range("line_bytes", g->line_bytes, LINE_BYTES_MIN, LINE_BYTES_MAX, text, size);
	if (!rc && !power_of_two(g->line_bytes)) {
		snprintf(text, size, "line_bytes is %llu: must be a power of two", (unsigned long long)g->line_bytes);
		rc = -EINVAL;
	}
	if (!rc)
		rc = check_level("l1", g->l1_bytes, g->l1_ways, g->line_bytes, false, text, size);
	if (!rc)
		rc = check_level("l2", g->l2_bytes, g->l2_ways, g->line_bytes, false, text, size);
	if (!rc)
		rc = check_level("llc", g->llc_bytes, g->llc_ways, g->line_bytes, true, text, size);
	if (!rc)
		rc = check_range("streams", g->streams, 1, STREAMS_MAX, text, size);
	if (!rc)
		rc = check_range("train", g->train, 1, TRAIN_MAX, text, size);
	return rc;
}

static int level_init(struct cache_level *level, uint64_t bytes, uint64_t ways, uint64_t line_bytes)
{
	uint64_t lines = bytes / line_bytes;

	level->sets = lines / ways;
	level->set_mask = power_of_two(level->sets) ? level->sets - 1 : 0;
	level->ways_in_set = ways;
	level->ways = malloc(lines * sizeof(*level->ways));
	return level->ways ? 0 : -ENOMEM;
}

static void level_empty(struct cache_level *level)
{
	for (uint64_t i = 0; i < level->sets * level->ways_in_set; i++)
		level->ways[i] = NO_WAY;
}

/* A line belongs to the memory that its first byte lies in. */
static int take_ranges(struct cache_hierarchy *cache, const struct memory_range *pmem, size_t count)
{
	uint64_t line_bytes = 1ULL << cache->line_shift;

	cache->pmem = calloc(count ? count : 1, sizeof(*cache->pmem));
	if (!cache->pmem)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		uint64_t end = pmem[i].start + pmem[i].size;

		cache->pmem[i].start = (pmem[i].start + line_bytes - 1) >> cache->line_shift;
		cache->pmem[i].size = ((end + line_bytes - 1) >> cache->line_shift) - cache->pmem[i].start;
	}
	cache->pmem_count = count;
	return 0;
}

void cache_empty(struct cache_hierarchy *cache)
{
	static const struct cache_stream none = { .up = NO_LINE, .down = NO_LINE };

	level_empty(&cache->l1);
	level_empty(&cache->l2);
	level_empty(&cache->llc);
	for (uint64_t i = 0; i < cache->stream_count; i++)
		cache->streams[i] = none;
}

static int hierarchy_init(struct cache_hierarchy *cache, const struct cache_geometry *g,
			  const struct memory_range *pmem, size_t pmem_count)
{
	int rc;

	cache->line_shift = (unsigned int)__builtin_ctzll(g->line_bytes);
	cache->train = g->train;
	cache->stream_count = g->streams;
	cache->streams = calloc(g->streams, sizeof(*cache->streams));
	if (!cache->streams)
		return -ENOMEM;
	rc = level_init(&cache->l1, g->l1_bytes, g->l1_ways, g->line_bytes);
	if (!rc)
		rc = level_init(&cache->l2, g->l2_bytes, g->l2_ways, g->line_bytes);
	if (!rc)
		rc = level_init(&cache->llc, g->llc_bytes, g->llc_ways, g->line_bytes);
	if (rc)
		return rc;
	cache_empty(cache);
	return take_ranges(cache, pmem, pmem_count);
}

struct cache_hierarchy *cache_new(const struct cache_geometry *geometry, const struct memory_range *pmem,
				  size_t pmem_count)
{
	struct cache_hierarchy *cache;
	char why[128];

	if (cache_geometry_check(geometry, why, sizeof(why))) {
		errno = EINVAL;
		return NULL;
	}
	cache = calloc(1, sizeof(*cache));
	if (cache && hierarchy_init(cache, geometry, pmem, pmem_count)) {
		cache_free(cache);
		cache = NULL;
	}
	if (!cache)
		errno = ENOMEM;
	return cache;
}

void cache_free(struct cache_hierarchy *cache)
{
	if (!cache)
		return;
	free(cache->l1.ways);
	free(cache->l2.ways);
	free(cache->llc.ways);
	free(cache->streams);
	free(cache->pmem);
	free(cache);
}

static uint64_t *set_of(const struct cache_level *level, uint64_t line)
{
	uint64_t set = level->set_mask ? line & level->set_mask : line % level->sets;

	return level->ways + set * level->ways_in_set;
}

/* Puts a way first; those before it become one use older. */
static void put_first(uint64_t *set, uint64_t index, uint64_t way)
{
	for (; index; index--)
		set[index] = set[index - 1];
	*set = way;
}

/* Finds a line, makes it the last used one, and dirty if it is written. */
static bool touch(struct cache_level *level, uint64_t line, bool dirty)
{
	uint64_t *set = set_of(level, line);

	for (uint64_t i = 0; i < level->ways_in_set; i++)
		if (set[i] >> 1 == line) {
			put_first(set, i, set[i] | dirty);
			return true;
		}
	return false;
}

/* What comes from the level above is no use of the line: it stays as old as it is. */
static bool make_dirty(struct cache_level *level, uint64_t line)
{
	uint64_t *set = set_of(level, line);

	for (uint64_t i = 0; i < level->ways_in_set; i++)
		if (set[i] >> 1 == line) {
			set[i] |= 1;
			return true;
		}
	return false;
}

/* Puts a line that is not there in place of the one that was not used for the
 * longest time. Returns what was dropped, a way, if it was dirty; else NO_WAY. */
static uint64_t fill(struct cache_level *level, uint64_t line, bool dirty)
{
	uint64_t *set = set_of(level, line);
	uint64_t dropped = set[level->ways_in_set - 1];

	put_first(set, level->ways_in_set - 1, line << 1 | dirty);
	return dropped & 1 ? dropped : NO_WAY;
}

static bool is_pmem(const struct cache_hierarchy *cache, uint64_t line)
{
	for (size_t i = 0; i < cache->pmem_count; i++)
		if (line - cache->pmem[i].start < cache->pmem[i].size)
			return true;
	return false;
}

static void count_writeback(const struct cache_hierarchy *cache, uint64_t dropped, struct region_counts *counts)
{
	if (dropped == NO_WAY)
		return;
	if (is_pmem(cache, dropped >> 1))
		counts->pmem_writebacks++;
	else
		counts->dram_writebacks++;
}

static void fill_llc(struct cache_hierarchy *cache, uint64_t line, bool dirty, struct region_counts *counts)
{
	count_writeback(cache, fill(&cache->llc, line, dirty), counts);
}

/* A dirty line goes one level down, and is put there if it is not there any more. */
static void write_to_llc(struct cache_hierarchy *cache, uint64_t dropped, struct region_counts *counts)
{
	if (dropped != NO_WAY && !make_dirty(&cache->llc, dropped >> 1))
		fill_llc(cache, dropped >> 1, true, counts);
}

static void write_to_l2(struct cache_hierarchy *cache, uint64_t dropped, struct region_counts *counts)
{
	if (dropped != NO_WAY && !make_dirty(&cache->l2, dropped >> 1))
		write_to_llc(cache, fill(&cache->l2, dropped >> 1, true), counts);
}

/* Both ways, until the second miss tells. */
static struct cache_stream stream_begin(uint64_t line)
{
	return (struct cache_stream){ .up = line + 1, .down = line - 1, .misses = 1 };
}

static struct cache_stream stream_next(const struct cache_stream *stream, uint64_t line, uint64_t train)
{
	struct cache_stream next = {
		.up = stream->up == line ? line + 1 : NO_LINE,
		.down = stream->up == line ? NO_LINE : line - 1,
		.misses = stream->misses < train ? stream->misses + 1 : train,
	};

	return next;
}

static void stream_first(struct cache_stream *streams, uint64_t index, struct cache_stream stream)
{
	memmove(streams + 1, streams, index * sizeof(*streams));
	*streams = stream;
}

/*
 * Whether the prefetcher had foreseen this miss. Streams are found by the line
 * that they expect, so interleaved ones do not disturb each other, and a page's
 * end does not stop them.
 */
static bool foreseen(struct cache_hierarchy *cache, uint64_t line)
{
	struct cache_stream *streams = cache->streams;
	bool trained;

	for (uint64_t i = 0; i < cache->stream_count; i++) {
		if (streams[i].up != line && streams[i].down != line)
			continue;
		trained = streams[i].misses >= cache->train;
		stream_first(streams, i, stream_next(&streams[i], line, cache->train));
		return trained;
	}
	stream_first(streams, cache->stream_count - 1, stream_begin(line));
	return false;
}

static void count_memory(const struct cache_hierarchy *cache, uint64_t line, bool streamed,
			 struct region_counts *counts)
{
	bool pmem = is_pmem(cache, line);

	counts->llc_misses++;
	if (pmem && streamed)
		counts->pmem_streamed++;
	else if (pmem)
		counts->pmem_misses++;
	else if (streamed)
		counts->dram_streamed++;
	else
		counts->dram_misses++;
}

/* From the LLC or the memory into the L2. */
static void miss_l2(struct cache_hierarchy *cache, uint64_t line, struct region_counts *counts)
{
	bool streamed = foreseen(cache, line);

	counts->l2_misses++;
	if (touch(&cache->llc, line, false)) {
		counts->llc_streamed += streamed;
	} else {
		count_memory(cache, line, streamed, counts);
		fill_llc(cache, line, false, counts);
	}
	write_to_llc(cache, fill(&cache->l2, line, false), counts);
}

void cache_access_line(struct cache_hierarchy *cache, uint64_t line, bool store, struct region_counts *counts)
{
	if (touch(&cache->l1, line, store))
		return;
	counts->l1_misses++;
	if (!touch(&cache->l2, line, false))
		miss_l2(cache, line, counts);
	write_to_l2(cache, fill(&cache->l1, line, store), counts);
}

void cache_access_lines(struct cache_hierarchy *cache, uint64_t first, uint64_t last, bool store,
			struct region_counts *counts)
{
	for (uint64_t line = first; line <= last; line++)
		cache_access_line(cache, line, store, counts);
}
