/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tells one series of measurements from another, and how people want them sorted. */
#ifndef DAXPIN_CELL_KEY_H
#define DAXPIN_CELL_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "csv_sample.h"
#include "size.h"

/* In the order of sorting: what may never be compared first, kernels last. */
enum key {
	KEY_FIRST,
	KEY_PLATFORM = KEY_FIRST,
	KEY_CLOCK,
	KEY_MODEL,
	KEY_HOST,
	KEY_TABLE_END, /* the keys before make separate tables */
	KEY_JOB = KEY_TABLE_END,
	KEY_ENGINE,
	KEY_GET,
	KEY_PUT,
	KEY_WRITE,
	KEY_SIZE,
	KEY_BATCH,
	KEY_PUT_BATCH,
	KEY_THREADS,
	KEY_RANGE,
	KEY_PUT_ORDER,
	KEY_PUT_CACHE,
	KEY_HOLD,
	KEY_RDMA_DEVICE,
	KEY_DOMAINS,
	KEY_PROCESSES,
	KEY_FIGURE_END, /* the keys before make separate plots */
	KEY_MEMORY = KEY_FIGURE_END,
	KEY_MAP,
	KEY_ALIGN,
	KEY_SERIES_END, /* the keys up to here make a line of a plot */
	KEY_OP = KEY_SERIES_END,
	KEY_CELL_END, /* equal keys before: kernels are compared */
	KEY_KERNEL = KEY_CELL_END,
	KEY_RELEASE,
	KEY_TRUSTED,
	KEY_COUNT
};

enum key_kind { KEY_TEXT, KEY_NUMBER, KEY_BYTES };

struct key_info {
	const char *column;	/* in a CSV */
	const char *title;	/* for people */
	enum key_kind kind;
	const char *const *words; /* known texts in their order, others follow */
	size_t sample_offset;	/* in struct csv_sample; unused for KEY_HOST */
};

extern const struct key_info key_infos[KEY_COUNT];

union key_value {
	const char *text;
	uint64_t number; /* CSV_MISSING: empty */
};

struct cell_key {
	union key_value v[KEY_COUNT];
};

/* What a value counts. Values of two clocks are never compared. */
enum clock { CLOCK_WALL, CLOCK_INSN, CLOCK_MODEL };

enum clock cell_key_clock(const struct cell_key *key);

/* The key of a row; its texts are borrowed. */
void cell_key_of(const struct csv_sample *sample, const char *host, struct cell_key *key);

/* The stage of our series that a kernel id names behind a plus: 0 none, else its
 * number in the series from 1, one more than the last for a name not known. */
size_t cell_key_stage(const char *kernel);

/* The name of a stage by its number, NULL: there is none. */
const char *cell_key_stage_name(size_t stage);

/* Like strcmp(), over the keys from..end-1. Kernels are in order of their version. */
int cell_key_compare(const struct cell_key *a, const struct cell_key *b, enum key from, enum key end);

/* The same of two releases ("6.1.0-56-amd64") or versions ("5.17"), by major and minor. */
int cell_key_compare_versions(const char *a, const char *b);

/* For a hash_index: equal keys, and only they, compare as 0 over all keys. */
uint64_t cell_key_hash(const struct cell_key *key);
bool cell_key_equal(const struct cell_key *a, const struct cell_key *b);

/* Own texts. Returns 0 or -ENOMEM. */
int cell_key_copy(const struct cell_key *from, struct cell_key *to);
void cell_key_free(struct cell_key *key);

#define KEY_TEXT_MAX SIZE_TEXT_MAX

/* One value as text: "2M" for bytes when `human`, else plain; "" when empty. */
const char *cell_key_text(const struct cell_key *key, enum key k, int human, char buf[KEY_TEXT_MAX]);

/* "memory dax, map mem, ...": the keys from..to-1 that skip[] (may be NULL) does not name
 * and that are not empty. */
void cell_key_describe(const struct cell_key *key, enum key from, enum key to,
		       const unsigned char *skip, FILE *f);

#endif
