/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of a job file: one table. */
#ifndef DAXPIN_JOB_KEYS_H
#define DAXPIN_JOB_KEYS_H

#include "job.h"

enum job_key_kind { JOB_KEY_WORDS, JOB_KEY_NUMBERS };

/**
 * struct job_value - one value of a list
 * @text: as written (numbers: one member of a range has no text of its own)
 * @number: JOB_KEY_NUMBERS only
 */
struct job_value {
	const char *text;
	uint64_t number;
};

/**
 * struct job_key - one key
 * @name: as in the file
 * @fallback: default, as it would be written
 * @kind: words or numbers
 * @list: takes lists (and ranges of numbers) that multiply cells
 * @dax_only: does not multiply the cells of other memories
 * @pin_only: does not multiply the cells of engines that pin nothing
 * @registers_only: does not multiply those of engines that register nothing
 * @arranges_only: does not multiply those of engines that cannot arrange a put
 * @min: smallest number
 * @max: largest number
 * @apply: sets the cell's field; returns 0 or -EINVAL
 * @choices: what @apply takes, for messages; NULL for numbers
 * @help: one line
 */
struct job_key {
	const char *name;
	const char *fallback;
	enum job_key_kind kind;
	int list;
	int dax_only;
	int pin_only;
	int registers_only;
	int arranges_only;
	uint64_t min;
	uint64_t max;
	int (*apply)(struct cell *cell, const struct job_value *value);
	const char *(*choices)(void);
	const char *help;
};

extern const struct job_key job_keys[];
extern const size_t job_key_count;

/* Index into job_keys, or -ENOENT. */
int job_key_find(const char *name);

#endif
