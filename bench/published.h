/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures of the papers (configs/published.csv): what was measured, and which kernels of ours compare. */
#ifndef DAXPIN_PUBLISHED_H
#define DAXPIN_PUBLISHED_H

#include <stddef.h>
#include <stdint.h>

/* Columns of the file that are texts, and those that are numbers. */
#define PUBLISHED_TEXTS(X) \
	X(id) X(source) X(title) X(command) X(engine) X(memory) X(map) X(get) X(put) X(op) X(before_kernel) \
	X(after_kernel) X(before) X(after) X(before_high) X(after_high) X(unit) X(note) X(model) X(miss_reason)
#define PUBLISHED_NUMBERS(X) X(size_mib) X(write) X(batch_pages)

/* A figure, exact (low and high are the same), a range, or an upper bound (low is 0). */
struct published_value {
	double low, high; /* NAN: not published */
};

enum published_use {
	PUBLISHED_CONTEXT,	/* shown, and nothing of ours is beside it */
	PUBLISHED_PREDICT,	/* ours is beside it */
	PUBLISHED_FIT,		/* and a model may be fitted on the figure before */
};

/* What the unit makes of a figure of ours. */
enum published_kind { PUBLISHED_OTHER, PUBLISHED_TIME, PUBLISHED_MEMORY };

/**
 * struct published_row - a figure before and after a change
 * @title: for people
 * @command: as published
 * @before_kernel: stage of our series (or "trim") that has what was before, or empty
 * @after_kernel: the same for after
 * @model: name of the model that stands for the machine, or empty
 * @miss_reason: why ours misses the figure; empty when it does not
 * @align_bytes: or CSV_MISSING, as the other numbers
 * @per_unit: milliseconds, or bytes per byte of the device, in one of the unit
 */
struct published_row {
#define X(name) char *name;
	PUBLISHED_TEXTS(X)
#undef X
#define X(name) uint64_t name;
	PUBLISHED_NUMBERS(X)
#undef X
	uint64_t align_bytes;
	enum published_use use;
	enum published_kind kind;
	double per_unit;
	struct published_value before_value, after_value;
};

struct published {
	struct published_row *rows;
	size_t n;
};

/* Prints errors, with file and line. Returns 0, -EBADMSG or another -errno;
 * nothing is to be freed then. */
int published_read(const char *path, struct published *published);

void published_free(struct published *published);

#endif
