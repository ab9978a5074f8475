/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A comparison as table, Markdown, CSV, JSON and text for a commit message. */
#ifndef DAXPIN_COMPARE_REPORT_H
#define DAXPIN_COMPARE_REPORT_H

#include <stdio.h>

#include "compare.h"
#include "compare_check.h"

struct compare_report {
	const struct compare_input *base, *new;
	const struct comparisons *comparisons;
	const struct compare_options *options;
	const struct compare_doubts *doubts;
	int status; /* the exit status */
};

/* Each writes all of it to f; write errors stick in f. Returns 0 or -ENOMEM. */
int compare_table(const struct compare_report *report, FILE *f);
int compare_markdown(const struct compare_report *report, FILE *f);
int compare_csv(const struct compare_report *report, FILE *f);
int compare_json(const struct compare_report *report, FILE *f);
int compare_commit(const struct compare_report *report, FILE *f);

/**
 * struct compare_section - comparisons of one platform, clock, model and host, of one kind
 * @dram: DRAM of bring-up
 * @bring_up: times of bring-up
 * @v: of @n comparisons
 * @same: keys that have one value in all of them
 * @decimals: that figures need
 * @change_decimals: that changes in percent need, so that each is seen on its side of the threshold
 */
struct compare_section {
	bool dram, bring_up;
	const struct comparison **v;
	size_t n;
	unsigned char same[KEY_COUNT];
	int decimals, change_decimals;
};

typedef int (*compare_section_fn)(const struct compare_report *report, const struct compare_section *section, FILE *f);

/* Calls fn for each section that is not empty. Returns 0, what fn returned, or -ENOMEM. */
int compare_each_section(const struct compare_report *report, compare_section_fn fn, FILE *f);

/* What figures of a section are in, and one of them in that. */
const char *compare_unit(const struct compare_section *section);
double compare_shown(const struct compare_section *section, const struct compare_side *side);

/* A ratio as percent of change, "+5.1", in as many digits as all of the section have; NAN is "". buf is returned. */
#define COMPARE_CHANGE_MAX 64
const char *compare_change(const struct compare_section *section, double ratio, char buf[COMPARE_CHANGE_MAX]);

/* "1 regression, 2 no change": over all. */
void compare_put_counts(const struct comparisons *c, FILE *f);

/* "no change": as people read it. */
const char *compare_verdict_text(enum verdict verdict);

#endif
