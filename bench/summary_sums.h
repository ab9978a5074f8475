/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sums of samples, which hostile files have beyond 64 bits. Each returns 0 or -ERANGE. */
#ifndef DAXPIN_SUMMARY_SUMS_H
#define DAXPIN_SUMMARY_SUMS_H

#include <errno.h>
#include <stdint.h>

#include "summary.h"

static inline int summary_sum_number(uint64_t *sum, uint64_t number)
{
	return __builtin_add_overflow(*sum, number, sum) ? -ERANGE : 0;
}

/* Their bytes have to fit into 64 bits, too. */
static inline int summary_sum_pages(uint64_t *sum, uint64_t pages)
{
	return summary_sum_number(sum, pages) || *sum >= SUMMARY_PAGES_MAX ? -ERANGE : 0;
}

/* A sum lacks what one of its parts lacks. */
static inline int summary_sum_count(uint64_t *sum, uint64_t count)
{
	if (*sum != CSV_MISSING && count != CSV_MISSING)
		return summary_sum_number(sum, count);
	*sum = CSV_MISSING;
	return 0;
}

#endif
