/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The largest registration that works, found by trying. */
#ifndef DAXPIN_VERBS_LIMIT_H
#define DAXPIN_VERBS_LIMIT_H

#include <infiniband/verbs.h>
#include <stddef.h>
#include <stdint.h>

/* The largest number from 0 to max that works, by bisection; 0 is taken to work. */
uint64_t verbs_largest(uint64_t max, int (*works)(uint64_t number, void *user), void *user);

/**
 * verbs_largest_mr - the largest MR that can be registered
 * @pd: where
 * @address: where it begins
 * @length: bytes that there are; no more is tried
 * @access: IBV_ACCESS_ flags
 * @error: out, why length bytes do not work: -errno, 0 when they do
 *
 * Returns bytes, whole pages, 0 when not even one page works.
 */
size_t verbs_largest_mr(struct ibv_pd *pd, void *address, size_t length, int access, int *error);

#endif
