/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of whether two samples are of one distribution, and their correction for how many are made. No I/O. */
#ifndef DAXPIN_RANK_TEST_H
#define DAXPIN_RANK_TEST_H

#include <stdbool.h>
#include <stddef.h>

/* Up to so many values of both sides together the distribution is exact. */
#define RANK_TEST_EXACT_MAX 200

/**
 * struct rank_test - Mann-Whitney's U test, two-sided
 * @u: of the first sample: pairs where its value is the larger one, ties are half a pair
 * @p: twice the smaller of the two tails, both with the value itself; at most 1
 * @exact: by all ways to share the (mid)ranks out, ties included; else normal, with corrections for
 *	ties and continuity
 */
struct rank_test {
	double u;
	double p;
	bool exact;
};

/* 0; -EINVAL when a sample is empty; -ENOMEM. */
int rank_test(const double *a, size_t n, const double *b, size_t m, struct rank_test *out);

/* The smallest p that samples of n and m values without ties can have: 2 / C(n + m, n), at most 1. */
double rank_test_least_p(size_t n, size_t m);

/* Holm's correction of n values of p, in place. 0 or -ENOMEM. */
int holm_adjust(double *p, size_t n);

#endif
