/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What daxpin compare --format=json wrote, read back. */
#ifndef DAXPIN_VERDICTS_H
#define DAXPIN_VERDICTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

#include "cell_key.h"
#include "compare.h"

/* A cell; texts are borrowed from the JSON. Numbers are NAN where there are none. */
struct verdict_row {
	struct cell_key key; /* without kernels */
	bool dram; /* figures are bytes, else cost per page */
	enum verdict verdict;
	double base, new, ratio, ci_low, ci_high;
	size_t base_boots, new_boots;
	const char *reason;
};

/* One file: NEW against BASE. */
struct verdict_file {
	json_t *root;
	const char *base, *new;
	struct verdict_row *rows; /* what is to be looked at first, first; of these the largest change */
	size_t n, count[VERDICTS];
	unsigned char same[KEY_COUNT]; /* keys that have one value in all rows */
};

struct verdicts {
	struct verdict_file *v;
	size_t n;
};

/* Adds a file. Returns 0, or -errno after printing; -EBADMSG: it is not what compare writes. */
int verdicts_read(struct verdicts *verdicts, const char *path);

void verdicts_free(struct verdicts *verdicts);

#endif
