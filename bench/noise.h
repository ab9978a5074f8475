/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far a kernel is from itself: sets of boots of one kernel, compared with each other (A/A). What is not
 * above that floor is no change. Files are in docs/csv.md, "Noise".
 */
#ifndef DAXPIN_NOISE_H
#define DAXPIN_NOISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "quantity.h"
#include "summary.h"

/**
 * struct noise_row - of one quantity of one cell on one kernel
 * @key: the keys of the cell as one text
 * @boots: of all sets
 * @floor: relative; the most that medians of two sets, or of two halves of all boots, differ
 * @spread: relative; of all boots
 */
struct noise_row {
	char *key;
	size_t boots;
	double floor, spread;
};

struct noise {
	struct noise_row *rows; /* in order of their keys */
	size_t n;
};

/* Measures sets of boots and writes a file to f. Cells that fewer than two sets have are left out; *rows is how
 * many there were. Returns 0 or -ENOMEM; write errors stick in f. */
int noise_measure(const struct summary *sets, size_t n, FILE *f, size_t *rows);

/* Prints what is wrong with path and line. Returns 0 or -errno. */
int noise_read(const char *path, struct noise *noise);

/* Has it the header of noise? No more of it is looked at. */
bool noise_is_file(const char *path);

/* What is known of a cell, over all kernels that were measured: the largest floor and spread, of the fewest boots.
 * Returns 0, -ENOENT when it is not there, or -ENOMEM. *found.key is NULL. */
int noise_find(const struct noise *noise, const struct cell_key *key, enum quantity quantity, struct noise_row *found);

void noise_free(struct noise *noise);

#endif
