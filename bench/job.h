/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jobs: an INI file whose sections are sets of cells. A [global] section gives
 * defaults to all others. Keys that take lists and ranges multiply.
 */
#ifndef DAXPIN_JOB_H
#define DAXPIN_JOB_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "dax.h"
#include "engine.h"
#include "memory.h"

/**
 * struct cell - one combination to measure
 * Strings belong to the job. Sizes and offsets are bytes, batches base pages.
 */
struct cell {
	const char *section;
	const struct engine_ops *engine;
	const struct memory_ops *memory;
	const char *device; /* NULL: the first that fits */
	enum dax_map map; /* DAX_MAP_UNKNOWN: any */
	uint64_t align; /* 0: any */
	uint64_t offset;
	int get; /* index into engine->gets, -1: the engine has no such variant */
	int put;
	int write;
	uint64_t size;
	uint64_t batch;
	uint64_t put_batch;
	unsigned int threads; /* of each process */
	unsigned int processes; /* 1: this one */
	int same_range; /* all workers pin the whole range */
	unsigned int put_order; /* enum put_order */
	int put_cold;
	unsigned int hold_ms;
	const char *provider; /* RDMA device; NULL: the first */
	unsigned int domains;
	int verify;
	int may_write; /* data of the memory may be changed to verify; not from the job */
	int split; /* engine bind: where the time goes */
	unsigned int repetitions;
	unsigned int warmup;
	uint64_t max_sample_rows;
};

struct job {
	const char *file;
	struct cell *cells;
	size_t count;
	char **strings; /* what cells point to */
	size_t string_count;
};

/* Reads a job file and applies overrides ("key=value"). Prints what is wrong,
 * with file and line. Returns 0, -EINVAL, -ENOMEM, or -errno of open. */
int job_read(const char *file, char *const overrides[], size_t override_count, struct job *job);

void job_free(struct job *job);

/* The request to its memory that a cell makes. */
struct memory_request cell_request(const struct cell *cell);

/* Threads of all of its processes. */
static inline unsigned int cell_workers(const struct cell *cell)
{
	return cell->threads * cell->processes;
}

/* "gup dax map=dev align=2M fast/pages size=16G batch=512 threads=1" */
void cell_describe(const struct cell *cell, char *text, size_t size);

/* "sequential", ... */
const char *put_order_name(unsigned int order);

/* The table of keys with defaults, for --help-job. */
void job_print_keys(FILE *out);

#endif
