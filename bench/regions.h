/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clocks insn and model: what the plugin of QEMU (bench/tcg) counts between
 * marks. The plugin writes to a file that the guest can read.
 */
#ifndef DAXPIN_REGIONS_H
#define DAXPIN_REGIONS_H

#include <stdint.h>

#include "csv_write.h"
#include "tcg/counts.h"

#define REGIONS_NAME_MAX 64

/**
 * struct region_result - what an op has cost on a CPU
 * @regions: marked regions, one for each call, or for all calls of engine gup_test; 0: none
 * @doubtful: of them, those that were not counted rightly
 * @model: name of the model, "": without one
 * @caches: name of its caches
 * @host_ns: nanoseconds that the host took
 * @model_ns: modelled nanoseconds
 * @good: set by regions_write()
 */
struct region_result {
	uint64_t regions;
	uint64_t doubtful;
	char model[REGIONS_NAME_MAX];
	char caches[REGIONS_NAME_MAX];
	struct region_counts counts;
	uint64_t host_ns;
	uint64_t model_ns;
	int good;
};

/* Has the plugin begin, which writes to path. Prints errors. Returns 0 or -errno. */
int regions_start(const char *path);

/* Does it count? */
int regions_on(void);

/* A name for what is counted from one flush to the next, never 0. */
uint64_t regions_tag(void);

/* What was flushed under the name tag for an op ("get", ...). Prints errors. Returns 0 or -errno. */
int regions_read(uint64_t tag, const char *op, struct region_result *result);

/* Writes it in place of wall time: row is filled but for what the plugin knows. A row for clock
 * insn and, when the plugin has a model, one for clock model; both of status error, and
 * result->good 0, when not just the expected number of regions was counted. Returns like regions_read(). */
int regions_write(uint64_t tag, const char *op, uint64_t expected, struct csv_out_row *row, struct csv_file *csv,
		  struct region_result *result);

#define REGIONS_TEXT_MAX 80

/* "115.17 instructions a page, 26.42 modelled ns": for people. Returns text. */
const char *regions_text(const struct region_result *result, uint64_t pages, char text[REGIONS_TEXT_MAX]);

#endif
