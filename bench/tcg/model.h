/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A memory model (configs/models/NAME.ini): the caches to simulate, and what
 * each of the counts costs. The time is linear in the counts, so that counts of
 * the same caches can be costed again with other parameters.
 */
#ifndef DAXPIN_TCG_MODEL_H
#define DAXPIN_TCG_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "cache.h"

/**
 * struct model_memory - one kind of memory, as one thread sees it
 * @latency_ns: of a line that the prefetcher had not foreseen
 * @read_gbs: 1e9 bytes/s, for lines that it had foreseen
 * @write_gbs: for lines that are written back
 */
struct model_memory {
	double latency_ns, read_gbs, write_gbs;
};

/* The parameters of the time, those that a fit or a sensitivity table may vary. */
#define MODEL_PARAMETERS(X) \
	X(cpu, ghz, cpu.ghz) X(cpu, instructions_per_cycle, cpu.instructions_per_cycle) \
	X(cpu, atomic_ns, cpu.atomic_ns) \
	X(caches, l2_ns, caches.l2_ns) X(caches, llc_ns, caches.llc_ns) \
	X(caches, llc_stream_ns, caches.llc_stream_ns) \
	X(dram, latency_ns, dram.latency_ns) X(dram, read_gbs, dram.read_gbs) X(dram, write_gbs, dram.write_gbs) \
	X(pmem, latency_ns, pmem.latency_ns) X(pmem, read_gbs, pmem.read_gbs) X(pmem, write_gbs, pmem.write_gbs)

enum model_parameter {
#define X(section, key, member) MODEL_##section##_##key,
	MODEL_PARAMETERS(X)
#undef X
	MODEL_PARAMETER_COUNT
};

/**
 * struct model_range - [fit]: a parameter, and what is published of it
 * @free: a fit may move it
 * @low: of the published range
 * @high: 0 without a range
 * @start: where a fit begins, whatever the parameter is now
 */
struct model_range {
	bool free;
	double low, high, start;
};

struct model {
	char name[64], title[128];
	struct {
		double ghz, instructions_per_cycle, atomic_ns;
	} cpu;
	struct {
		char name[64]; /* stands for the whole geometry */
		double l2_ns, llc_ns, llc_stream_ns;
	} caches;
	struct cache_geometry geometry;
	struct model_memory dram, pmem;
	struct model_range fit[MODEL_PARAMETER_COUNT];
};

/*
 * Every key must be there, once, and make sense. 0, or -errno and in text why:
 * file, line, key and what it may be.
 */
int model_read(const char *path, struct model *model, char *text, size_t size);

/* What these counts take. Lost precision is far below a nanosecond. */
double model_ns(const struct model *model, const struct region_counts *counts);

/* "pmem.write_gbs"; NULL past the last one. */
const char *model_parameter_name(size_t parameter);

/* By name, or -1. */
int model_parameter_find(const char *name);

double model_parameter_get(const struct model *model, size_t parameter);
void model_parameter_set(struct model *model, size_t parameter, double value);

#endif
