/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kernel takes for registered buffers, asked of the kernel itself: none
 * of its limits can be read anywhere. Rings must have no buffers registered.
 */
#ifndef DAXPIN_URING_LIMITS_H
#define DAXPIN_URING_LIMITS_H

#include <liburing.h>
#include <stddef.h>
#include <stdint.h>

/* A table of count empty buffers, to be filled by updates. Returns 0 or -errno. */
int uring_register_empty(struct io_uring *ring, unsigned int count);

/* Unregisters all buffers, however often a signal comes. Returns 0 or -errno. */
int uring_unregister(struct io_uring *ring);

/* The largest buffer that the kernel takes, rounded down to a power of two; 0:
 * not known. Pins nothing. */
uint64_t uring_max_length(struct io_uring *ring);

/* Does it take a buffer of this length? -errno: it does not tell. Pins nothing. */
int uring_takes_length(struct io_uring *ring, uint64_t length);

/* How many of wanted buffers it takes at once: wanted, or less and a power of
 * two. Returns -errno when it does not tell. */
int64_t uring_max_buffers(struct io_uring *ring, unsigned int wanted);

/* Is a buffer that is replaced unpinned before the call is over? Tries it on
 * page, which has to be one page of anonymous memory or shmem. -errno: no tables to update. */
int uring_updates_at_once(struct io_uring *ring, void *page, size_t length);

#endif
