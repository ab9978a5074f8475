/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The samples CSV of docs/csv.md, row by row, as typed values. */
#ifndef DAXPIN_CSV_SAMPLE_H
#define DAXPIN_CSV_SAMPLE_H

#include <stdint.h>

#include "csv_read.h"
#include "tcg/counts.h"

#define CSV_SCHEMA_VERSION 1

#define CSV_SAMPLE_TEXTS(X) \
	X(run_id) X(kernel) X(kernel_release) X(platform) X(clock) X(boot) X(job) X(memory) \
	X(device) X(map) X(engine) X(get) X(put) X(range) X(op) X(row) X(status) X(reason)

/* Columns that files of an earlier daxpin do not have. */
#define CSV_SAMPLE_LATER_TEXTS(X) X(model) X(caches) X(put_order) X(put_cache) X(rdma_device)
/* Of bring-up, behind dram_bytes and memmap_bytes, which are older. */
#define BRING_UP_LATER(X) X(device_bytes) X(populate_ns) X(initialise_ns) X(rest_ns)
#define CSV_SAMPLE_LATER_NUMBERS(X) X(dram_bytes) X(memmap_bytes) REGION_COUNTS(X) X(host_ns) \
	X(hold_ms) X(domains) X(processes) BRING_UP_LATER(X)

#define CSV_SAMPLE_NUMBERS(X) \
	X(schema_version) X(align_bytes) X(write) X(size_bytes) X(batch_pages) \
	X(put_batch_pages) X(threads) X(repetition) X(thread) X(call) X(calls) \
	X(pages_asked) X(pages_got) X(order) X(value_ns) X(min_ns) X(p50_ns) X(p90_ns) \
	X(p99_ns) X(max_ns) X(rounds) X(trusted)

/* Named as the columns. Texts are "" when empty, numbers CSV_MISSING; both are
 * valid until the callback returns. */
struct csv_sample {
#define X(name) const char *name;
	CSV_SAMPLE_TEXTS(X)
	CSV_SAMPLE_LATER_TEXTS(X)
#undef X
#define X(name) uint64_t name;
	CSV_SAMPLE_NUMBERS(X)
	CSV_SAMPLE_LATER_NUMBERS(X)
#undef X
};

/* Called once for the header with sample = NULL, then for each row. Anything but
 * 0 ends the reading; the callback has printed why. */
typedef int (*csv_sample_fn)(const struct csv_sample *sample, const struct csv_record *row, void *arg);

/* Reads a samples CSV. Beyond csv_read(): -EBADMSG when a column is missing, the
 * schema_version is another one, a number is none, or a row lacks what its kind
 * needs. Columns that are not known are let pass. */
int csv_samples_read(const char *path, csv_sample_fn fn, void *arg);
int csv_samples_read_torn(const char *path, enum csv_torn torn, csv_sample_fn fn, void *arg);

#endif
