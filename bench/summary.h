/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Samples to figures: sample < repetition < boot. The cost per page of a
 * repetition is its nanoseconds (clock insn: instructions) over its pages,
 * summed over its calls and threads; a boot is the median of its repetitions;
 * the figure of a cell is the median of its boots.
 */
#ifndef DAXPIN_SUMMARY_H
#define DAXPIN_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "cell_key.h"
#include "csv_sample.h"
#include "hash_index.h"
#include "stats.h"

/* Rows that are not ok, with the same status and reason. */
struct summary_problem {
	char *status;
	char *reason;
	uint64_t rows;
};

/* What is counted beside the cost: summary_cell.per_page[COUNT_pmem_misses], say. */
enum summary_count {
#define X(name) COUNT_##name,
	REGION_COUNTS(X)
#undef X
	COUNT_host_ns,
	SUMMARY_COUNTS
};

/* "instructions", "host_ns": as the columns of the samples. */
extern const char *const summary_count_names[SUMMARY_COUNTS];

/* What bring-up has beside its cost: bytes, and the parts of its time. */
#define BRING_UP_VALUES(X) X(dram_bytes) X(memmap_bytes) BRING_UP_LATER(X)

enum bring_up_value {
#define X(name) BRING_UP_##name,
	BRING_UP_VALUES(X)
#undef X
	BRING_UP_COUNT
};

/* More are refused: memory stays bounded whatever is read. PARTS: repetitions of threads, of all cells together. */
#define SUMMARY_CELLS_MAX 65536
#define SUMMARY_PARTS_MAX 2097152
/* Of a repetition, over its threads. */
#define SUMMARY_PAGES_MAX (UINT64_C(1) << 52)
/* Of one cell; what differs from these is counted as one more for each status. */
#define SUMMARY_REASONS_MAX 100

/* What one thread did in one repetition, and from summary_finish() on what all of them did. */
struct summary_part {
	size_t run;
	uint64_t repetition;
	uint64_t thread;
	uint64_t cost; /* nanoseconds, or instructions of clock insn */
	uint64_t pages;
	uint64_t calls; /* CSV_MISSING: the engine does not tell */
	uint64_t bring_up[BRING_UP_COUNT]; /* CSV_MISSING: not measured */
	uint64_t counts[SUMMARY_COUNTS]; /* CSV_MISSING: not counted */
	uint64_t slowest, fastest; /* cost of a thread */
	bool bad; /* a row of it was not ok */
};

/**
 * struct summary_cell - one op of one cell on one kernel
 * @key: which; the op is empty for a cell that was not measured at all
 * @rows_ok: rows that entered
 * @problems: the rows that did not
 * @boots: boots that the figures come from
 * @repetitions: repetitions that the figures come from
 * @incomplete: repetitions left out: fewer pages than the fullest of this cell
 * @cost: nanoseconds per page, of clock insn instructions per page; over boots,
 *	or over repetitions when there is one boot only; n is 0 when nothing was
 *	measured
 * @spread_percent: the largest of the same values less the smallest, in percent
 *	of their median; NAN when n < 2
 * @range_ms: median time of the calls for the whole range, of the slowest
 *	thread; NAN when no repetition was whole and without problems, or the
 *	clock is insn
 * @range_pages: pages of a whole repetition, over all threads
 * @calls: timed calls of a whole repetition, over all threads, median like cost; NAN when the engine does not tell
 * @fairness: cost of the slowest thread over that of the fastest, median like
 *	range_ms, of any clock; 1 for one thread
 * @per_page: counts per page, medians like cost; NAN: not counted on this clock
 * @dram_bytes: DRAM that a bind took (an unbind gave back), median like
 *	cost; NAN when that was not measured
 * @memmap_bytes: struct pages as the kernel counts them, the same way, as what follows
 * @device_bytes: bytes of the namespace that are not in the device
 * @populate_ns: of the time, by a round that was traced: making the memmap
 * @initialise_ns: filling in the struct pages
 * @rest_ns: all else
 * @boot_cost: of each of the boots what @cost is the median of, also when there is one only
 * @boot_dram: of each boot that has it what @dram_bytes is the median of; @n_boot_dram values
 * @ratio: cost relative to the first trusted kernel that has the same
 *	cell and op; NAN when this one is not trusted or there is none
 */
struct summary_cell {
	struct cell_key key;
	uint64_t rows_ok;
	struct summary_problem *problems;
	size_t n_problems;
	size_t boots;
	size_t repetitions;
	size_t incomplete;
	struct stats cost;
	double spread_percent;
	double range_ms;
	uint64_t range_pages;
	double calls;
	double fairness;
	double per_page[SUMMARY_COUNTS];
#define X(name) double name;
	BRING_UP_VALUES(X)
#undef X
	double *boot_cost;
	double *boot_dram;
	size_t n_boot_dram;
	double ratio;

	struct summary_part *parts;
	size_t n_parts, parts_room, last_part;
	struct hash_index index; /* of the parts */
};

struct summary_run {
	char *run_id;
	char *boot;
};

struct summary {
	struct summary_cell **cells; /* after summary_finish(): in order of their keys */
	size_t n_cells;
	struct summary_run *runs;
	size_t n_runs;
	uint64_t other_rows; /* rows of ops that are not known */

	struct hash_index index; /* of the cells, until summary_finish() */
	struct hash_index run_index;
	size_t cells_room, runs_room, n_parts;
	struct summary_cell *last;
	size_t last_run;
};

/* Adds a row. Returns 0, -ENOMEM; -E2BIG: more cells or repetitions than there may be; -ERANGE: a sum beyond 64 bits. */
int summary_add(struct summary *summary, const struct csv_sample *sample, const char *host);

/* The same for who reads files: what is wrong is printed, with the line of @row. */
int summary_add_row(struct summary *summary, const struct csv_sample *sample, const struct csv_record *row,
		    const char *host);

/* Sorts and computes; no row can be added after it. Prints errors. Returns 0, -ENOMEM; -ERANGE: a sum beyond 64 bits. */
int summary_finish(struct summary *summary);

/* Whether sums of all rows fit, as summary_finish() would say; in place of it, of the rows of @path. Prints errors. Returns 0 or
 * -ERANGE. */
int summary_check(struct summary *summary, const char *path);

void summary_free(struct summary *summary);

static inline bool summary_cell_trusted(const struct summary_cell *cell)
{
	return cell->key.v[KEY_TRUSTED].number == 1;
}

static inline bool summary_cell_measured(const struct summary_cell *cell)
{
	return cell->cost.n > 0;
}

/* Is it bring-up of a device (bind, rebind, unbind), not a pin? */
static inline bool summary_cell_bring_up(const struct summary_cell *cell)
{
	return !strcmp(cell->key.v[KEY_ENGINE].text, "bind");
}

/* From the cost per page to that of the whole range. */
static inline double summary_cell_whole(const struct summary_cell *cell, double per_page)
{
	return per_page * (double)(cell->key.v[KEY_SIZE].number / 4096);
}

/* DRAM of bring-up in MiB for each GiB of the device; NAN when it was not measured. */
static inline double summary_cell_dram_mib_per_gib(const struct summary_cell *cell)
{
	return cell->dram_bytes / (1 << 20) / ((double)cell->key.v[KEY_SIZE].number / (1 << 30));
}

/* "boot" or "repetition": what the spread is over. */
static inline const char *summary_cell_level(const struct summary_cell *cell)
{
	return cell->boots > 1 ? "boot" : "repetition";
}

#endif
