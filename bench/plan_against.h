/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Planned DRAM beside what 'daxpin bind' measured. */
#ifndef DAXPIN_PLAN_AGAINST_H
#define DAXPIN_PLAN_AGAINST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "inputs.h"

/* A plan is off that is wrong by more than both. */
#define PLAN_OFF_PERCENT 3.0
#define PLAN_OFF_BYTES (1 << 20)

/**
 * struct plan_check - the rows of one op of one device on one kernel
 * @kernel, @device, @map, @op: own texts, as the columns of the samples
 * @start, @span: of the namespace or range that the device is taken to be made of
 * @planned: bytes of DRAM
 * @measured: bytes of DRAM, of each row
 * @median, @worst: of the rows; worst is the one furthest from the plan
 * @off: is it too far?
 */
struct plan_check {
	char *kernel, *device, *map, *op;
	uint64_t size, align, start, span;
	bool dynamic;
	uint64_t planned;
	uint64_t *measured;
	size_t rows;
	uint64_t median, worst;
	bool off;
};

struct plan_checks {
	struct plan_check *v;
	size_t n;
};

/* Reads files. Returns 0; -ENODATA: no row of bring-up in them; another -errno; all printed. */
int plan_against(const struct input_paths *paths, struct plan_checks *checks);

void plan_checks_free(struct plan_checks *checks);

/* Percent of what was measured, NAN when that is nothing. */
double plan_check_percent(const struct plan_check *check);

/* Each writes all checks; write errors stick in f. Returns 0 or -ENOMEM. */
int plan_checks_table(const struct plan_checks *checks, FILE *f);
int plan_checks_markdown(const struct plan_checks *checks, FILE *f);
int plan_checks_csv(const struct plan_checks *checks, FILE *f);
int plan_checks_json(const struct plan_checks *checks, FILE *f);

#endif
