/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much DRAM is free, precise enough to see what some MiB of memmap take. */
#ifndef DAXPIN_DRAM_H
#define DAXPIN_DRAM_H

#include <stdint.h>

/**
 * struct dram - a reading
 * @free_bytes: pages that nobody has, those on lists of a CPU included
 * @memmap_bytes: struct pages as the kernel counts them, -1 where it does not
 */
struct dram {
	int64_t free_bytes;
	int64_t memmap_bytes;
};

/* Drops caches, has CPUs hand in their counts, and reads. Needs root. Prints what
 * is wrong. Returns 0 or -errno. */
int dram_read(struct dram *dram);

/* The two below read files of their own for tests. */
int dram_free_pages(const char *zoneinfo, uint64_t *pages);
int64_t dram_memmap_pages(const char *vmstat);

#endif
