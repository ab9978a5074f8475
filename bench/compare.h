/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two kernels, cell by cell, at the level of boots. How a verdict is reached is in docs/method.md,
 * section 18; the code follows it step by step.
 */
#ifndef DAXPIN_COMPARE_H
#define DAXPIN_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "noise.h"
#include "quantity.h"
#include "summary.h"

/* The least boots that an exact clock wants of each side when its noise is not known. */
#define COMPARE_EXACT_BOOTS 3
/* With known noise one will do. It has to be known from so many. */
#define COMPARE_NOISE_BOOTS 6
/* From so many boots of each side on, an interval of 95 % is one: results/reference/coverage.csv. */
#define COMPARE_INTERVAL_BOOTS 5
/* An exact clock is one whose boots are together within threshold over this. */
#define COMPARE_EXACT_SHARE 10

enum verdict {
	VERDICT_REGRESSION,
	VERDICT_IMPROVEMENT,
	VERDICT_NO_CHANGE,
	VERDICT_INCONCLUSIVE,
	VERDICT_INSUFFICIENT, /* insufficient data */
	VERDICT_FAILED,	/* BASE has it, NEW failed at it, in all boots or some */
	VERDICT_BASE_ONLY,
	VERDICT_NEW_ONLY,
	VERDICTS
};

/* "regression", "no-change": as in CSV. */
extern const char *const verdict_names[VERDICTS];

/* What a verdict rests on. */
enum compare_test {
	TEST_NONE,
	TEST_RANKS,	/* Mann-Whitney, exact */
	TEST_NORMAL,	/* the same, normal approximation: many boots */
	TEST_EXACT_CLOCK, /* the values do not vary */
	TESTS
};

extern const char *const compare_test_names[TESTS];

/**
 * struct compare_options
 * @alpha: of all tests together
 * @threshold: relative, by the clock of the rows and for DRAM: see compare_thresholds()
 * @seed: of the bootstrap
 * @noise: or NULL
 * @across: pair cells of different platforms, models and hosts, and clocks of one unit
 */
struct compare_options {
	double alpha;
	double threshold[QUANTITIES][CLOCK_MODEL + 1];
	unsigned long seed;
	const struct noise *noise;
	bool across;
};

/* Sets the thresholds: 1 % for insn and DRAM, 2 % for model, 5 % for wall. */
void compare_defaults(struct compare_options *options);

/**
 * struct compare_side - a cell on one side
 * @cell: NULL: only the other side has it
 * @whole: the same without an op, which has what went wrong before there was one; or NULL
 * @values: of @n boots, borrowed
 * @spread: relative, NAN below two boots (of several repetitions: theirs)
 */
struct compare_side {
	const struct summary_cell *cell;
	const struct summary_cell *whole;
	const double *values;
	size_t n;
	double median;
	double spread;
};

/**
 * struct comparison - one quantity of one cell
 * @ratio: NEW over BASE; NAN when one is missing
 * @ci_low, @ci_high: of @ratio, 95 %; NAN below two boots on a side
 * @p, @p_holm: NAN without a test of ranks
 * @threshold: relative, what was asked for or the noise if that is more
 * @noise: relative, NAN: not known
 * @reason: why there is no verdict, or ""
 */
struct comparison {
	enum quantity quantity;
	struct compare_side base, new;
	double ratio, ci_low, ci_high;
	enum compare_test test;
	double p, p_holm;
	double threshold;
	double noise;
	enum verdict verdict;
	char *reason;
};

struct comparisons {
	struct comparison *v; /* in order of their keys */
	size_t n;
	size_t count[VERDICTS];
};

/* Compares; the summaries are finished and stay. Returns 0 or -ENOMEM. */
int compare(const struct summary *base, const struct summary *new, const struct compare_options *options,
	    struct comparisons *out);

void comparisons_free(struct comparisons *c);

/**
 * struct compare_family - tests of ranks that are corrected together
 * @tests: that could find something
 * @all: also those that could not
 * @rejected: that found something
 */
struct compare_family {
	double alpha;
	size_t all;
	size_t tests;
	size_t rejected;
};

/* For those who make comparisons of their own, with both sides filled in and all else NAN: threshold, ratio and which
 * test; with TEST_RANKS p, which may take time; the interval of the ratio; and with p_holm in place the verdict. Each
 * returns 0 or -ENOMEM. */
int compare_prepare(struct comparison *c, const struct compare_options *options);
int compare_ranks(struct comparison *c);
int compare_interval(struct comparison *c, unsigned long seed);
int compare_judge(struct comparison *c, const struct compare_family *family);

/* Of a side that was measured. */
static inline const struct cell_key *comparison_key(const struct comparison *c)
{
	return c->base.n ? &c->base.cell->key : &c->new.cell->key;
}

/* Are both sides there, so that there is something to judge? */
static inline bool comparison_paired(const struct comparison *c)
{
	return c->base.n && c->new.n;
}

/* What the interval of a ratio is worth. */
enum compare_coverage {
	COVERAGE_NONE,	/* there is none */
	COVERAGE_NOMINAL, /* so few boots that it is too narrow */
	COVERAGE_FULL,
	COVERAGE_EXACT,	/* the values do not vary, and nothing rests on it */
	COVERAGES
};

/* "nominal", ...: as in CSV. */
extern const char *const compare_coverage_names[COVERAGES];

enum compare_coverage comparison_coverage(const struct comparison *c);

/* Comparisons of this kind. */
size_t comparisons_covered(const struct comparisons *c, enum compare_coverage coverage);

/* EXIT_FAILED: a regression. EXIT_TROUBLE: none was found, but a cell failed, had too little data, or there
 * was nothing to judge; strict: or was inconclusive, or one side has it only. Else EXIT_DONE. */
int comparisons_exit(const struct comparisons *c, bool strict);

#endif
