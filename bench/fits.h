/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Costs as straight lines: what 'daxpin fit' finds in measured samples and 'daxpin plan --measured' builds on.
 *
 *	value = fixed + per_call * calls + per_page * pages
 *
 * with pages in base pages. One line for each group of samples that differ in size alone.
 */
#ifndef DAXPIN_FITS_H
#define DAXPIN_FITS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What is fitted. Units: time in ns (clock wall or model), instructions (clock insn), DRAM in bytes
 * (engine bind; any clock). */
enum fit_quantity { FIT_TIME, FIT_INSTRUCTIONS, FIT_DRAM, FIT_QUANTITIES };

/* "time_ns", "instructions", "dram_bytes": as in the column quantity. */
extern const char *const fit_quantity_names[FIT_QUANTITIES];

/* An estimate with its confidence interval of 95 %. */
struct fit_estimate {
	double value, low, high;
};

/**
 * struct fit - one line
 * @kernel ... @domains: as the columns of the samples (docs/csv.md); texts "" where empty there
 * @align: bytes
 * @model: clock model: the model's name, else ""
 * @threads: of each process of the cells, 0 for engine bind. Time is that of the slowest thread; pages, calls and
 *	instructions are those of all threads
 * @processes: of the cells, 0 for engine bind
 * @host: of the environment (docs/csv.md, "Summary")
 * @write, @hold_ms, @domains: CSV_MISSING where empty
 * @calls_fitted: was @per_call told apart from @per_page? Only samples with several sizes of a call
 *	can; else it is 0 and part of @per_page, or of @fixed when there is one call whatever the size
 * @points: cells (sizes x call sizes) that the fit rests on, each the median of its boots
 * @pages_min, @pages_max: the range measured; beyond it a prediction is an extrapolation
 * @rms_residual, @max_residual: relative, 0.01 is 1 %
 */
struct fit {
	char *kernel, *platform, *clock, *model, *memory, *map, *engine, *get, *put, *range, *op;
	uint64_t align;
	unsigned int threads, processes;
	char *kernel_release, *host, *put_order, *put_cache, *rdma_device;
	uint64_t write, hold_ms, domains, trusted;
	enum fit_quantity quantity;
	struct fit_estimate fixed, per_call, per_page;
	int calls_fitted;
	unsigned int points;
	uint64_t pages_min, pages_max;
	double rms_residual, max_residual;
};

struct fits {
	struct fit *fits;
	size_t count;
};

/* Reads a file that 'daxpin fit' wrote (docs/csv.md, "Fits"). Prints what is wrong with path and line.
 * Returns 0, -EBADMSG for a file of another kind or schema, or another -errno; nothing is to be freed then. */
int fits_read(const char *path, struct fits *fits);

/* The same of a text in memory, @name for messages. */
int fits_read_text(const char *name, const char *text, struct fits *fits);

/* Writes such a file; errors stick in @f. */
void fits_write(const struct fits *fits, FILE *f);

void fits_free(struct fits *fits);

/* What the line says for so many pages in so many calls. low and high: with the fixed, per call and per page
 * estimates at their ends, so wider than need be. */
struct fit_estimate fit_predict(const struct fit *fit, double calls, double pages);

#endif
