/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clock wall in user space. */
#ifndef DAXPIN_WALL_H
#define DAXPIN_WALL_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds of CLOCK_MONOTONIC_RAW. */
static inline uint64_t wall_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

#endif
