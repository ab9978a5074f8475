/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cells by any of their keys, not only by the first ones: for plots whose lines,
 * rows and columns are not what cells are sorted by. Lists of keys end with
 * KEY_COUNT.
 */
#ifndef DAXPIN_REPORT_LEVELS_H
#define DAXPIN_REPORT_LEVELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "summary.h"

/* What tells kernels apart, and what tells memories apart. */
extern const enum key levels_kernel[], levels_series[];

/* Like strcmp(), over the keys of the list. */
int levels_compare(const struct cell_key *a, const struct cell_key *b, const enum key *keys);

typedef int (*levels_fn)(struct summary_cell **cells, size_t n, void *arg);

/* Calls fn for the cells of each group that has the same values of the keys, in the order of
 * these values; anything but 0 ends it. Returns that, or -ENOMEM after printing. */
int levels_each(struct summary_cell *const *cells, size_t n, const enum key *keys, levels_fn fn, void *arg);

/* The different values that cells have of some keys, in their order. */
struct levels {
	const enum key *keys;
	const struct cell_key **v;
	size_t n;
	unsigned char same[KEY_COUNT]; /* one value in all of them, or not of these keys */
	unsigned char untold[KEY_COUNT]; /* not needed to tell them apart */
};

/* Returns 0, or -ENOMEM after printing; to be closed in any case. */
int levels_open(struct levels *levels, struct summary_cell *const *cells, size_t n, const enum key *keys);
void levels_close(struct levels *levels);

/* The number of the level that a key has; the last one when it has none of them. */
size_t levels_find(const struct levels *levels, const struct cell_key *key);

/* "map mem", without titles "mem": what tells this one from the others; all of it when there are
 * no others. Numbers have a title always, and so has what is the only thing said. */
void levels_put_name(const struct levels *levels, size_t number, bool titles, FILE *f);

/* The first block of a data file: number and name of each kernel, and a note on those that are not trusted. */
void levels_put_kernels(const struct levels *kernels, FILE *f);

/* Another block: number and name of each. */
void levels_put_names(const struct levels *levels, bool titles, FILE *f);

/* What engines of these cells time first (0) and second (1): "get" and "put", or "register" and "deregister". */
const char *levels_op(struct summary_cell *const *cells, size_t n, size_t number);

/* "n=5 boots", "n=3-5 boots": what the medians of a kernel (NULL: of all) come from. */
void levels_put_n(struct summary_cell *const *cells, size_t n, const struct cell_key *kernel, FILE *f);

/* Of put order, put cache, time held and domains: is this what is done unless a job asks for something
 * else? Then it need not be said. */
bool levels_default(const struct cell_key *key, enum key k);

/* Do two cells differ in a key? Engines that know nothing of it do what the others do by default. */
bool levels_differ(const struct cell_key *a, const struct cell_key *b, enum key k);

/* "size 16G, memory dax": keys up to `end` that have one value in all of the cells, but the defaults of
 * levels_default(); skip may be NULL. */
void levels_put_same(struct summary_cell *const *cells, size_t n, enum key from, enum key end,
		     const unsigned char *skip, FILE *f);

/* All that the cells have in common but the keys to skip (those of the title); then platform, clock and
 * host, `statistics` and how many boots they are of, and what that is worth. */
void levels_put_subtitle(struct summary_cell *const *cells, size_t n, const unsigned char *skip,
			 const char *statistics, FILE *f);

/* Title and subtitle of a figure of one memory: "size 16G, memory dax, align 2M", and all else that is the same. */
void levels_put_memory(struct summary_cell *const *cells, size_t n, FILE *f);
void levels_put_memory_subtitle(struct summary_cell *const *cells, size_t n, FILE *f);

/* The first and the last trusted kernel; false when there are no two. */
bool levels_ends(const struct levels *kernels, const struct cell_key **first, const struct cell_key **last);

#endif
