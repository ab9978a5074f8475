/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The samples CSV (docs/csv.md): writing. */
#ifndef DAXPIN_CSV_WRITE_H
#define DAXPIN_CSV_WRITE_H

#include <stdint.h>
#include <stdio.h>

#include "csv_sample.h"
#include "job.h"
#include "tcg/counts.h"

/* What all rows of a run have in common. */
struct csv_run {
	char run_id[40];
	char kernel[128];
	char kernel_release[80];
	char platform[8];
	char boot[40];
	int trusted;
};

/**
 * struct csv_out_row - one row; see docs/csv.md for the columns
 * @row: "sample", "repetition" or "cell"
 * @op: "get", "put", "bind", "rebind", "unbind" or ""
 * @call: number of the call, or -1
 * @order: or -1
 * @quantiles: min, p50, p90, p99, max; -1: missing
 * @rounds: 0: missing
 * @dram_bytes: -1: missing
 * @memmap_bytes: -1: missing
 * @device_bytes: of the namespace that are not in the device; -1: missing
 * @populate_ns: with @initialise_ns and @rest_ns where the time goes; -1: missing
 * @clock: "wall" (also NULL), "insn" or "model"
 * @model: name of the model, clock model only; else NULL
 * @caches: name of the modelled caches, likewise
 * @counts: NULL: none; of clock insn the exact ones are written
 * @host_ns: -1: missing
 */
struct csv_out_row {
	const struct csv_run *run;
	const struct cell *cell;
	const struct mapping *mapping; /* NULL: nothing was mapped */
	const char *op;
	const char *row;
	unsigned int repetition; /* 0: missing */
	unsigned int thread;
	int64_t call;
	uint64_t calls;
	uint64_t pages_asked;
	uint64_t pages_got;
	int order;
	int64_t value_ns; /* -1: missing */
	int64_t quantiles[5];
	unsigned int rounds;
	const char *status;
	const char *reason;
	int64_t dram_bytes;
	int64_t memmap_bytes;
#define X(name) int64_t name;
	BRING_UP_LATER(X)
#undef X
	const char *clock;
	const char *model;
	const char *caches;
	const struct region_counts *counts;
	int64_t host_ns;
};

struct csv_file {
	FILE *stream;
	const char *path; /* for messages */
	long good; /* bytes of whole rows on the disk, -1: not a file */
	size_t rows; /* written so far, without the header */
};

/* Opens path ("-": stdout) and writes the header. An existing file is only
 * replaced with force. Prints errors. Returns 0 or -errno. */
int csv_open(const char *path, int force, struct csv_file *csv);

/* A row of kind "cell" with nothing measured, for what there is to be filled in. */
struct csv_out_row csv_empty_row(const struct csv_run *run, const struct cell *cell, const struct mapping *mapping);

void csv_write(struct csv_file *csv, const struct csv_out_row *row);

/* Brings the rows so far to the disk. When that fails (disk full) the file is
 * cut back to its last whole row, and -errno is returned after printing. */
int csv_flush(struct csv_file *csv);

/* Closes the file. One that was made and got no row is removed: it would only
 * be in the way of the next try. Returns 0 or -errno. */
int csv_close(struct csv_file *csv);

#endif
