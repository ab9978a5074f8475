/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a region of interest cost, as the QEMU plugin counts it. */
#ifndef DAXPIN_TCG_COUNTS_H
#define DAXPIN_TCG_COUNTS_H

#include <stdint.h>

/*
 * Exact: they do not depend on a model.
 * instructions: guest instructions of the region itself
 * apart_instructions: meanwhile in interrupts and other tasks, counted nowhere else
 * atomics: of the instructions, those with a lock prefix, and xchg with memory
 * loads, stores: accesses to memory; an atomic is one of each
 */
#define EXACT_COUNTS(X) X(instructions) X(apart_instructions) X(atomics) X(loads) X(stores)

/*
 * Of the modelled caches, in lines. An access that crosses lines touches each.
 * l1_misses, l2_misses, llc_misses: accesses that missed there
 * llc_streamed: found in the LLC, and the prefetcher had foreseen it
 * dram_misses, dram_streamed: missed the LLC, of DRAM; not foreseen, foreseen
 * dram_writebacks: dirty lines of DRAM that left the LLC
 * pmem_*: the same of persistent memory; llc_misses is the sum of all four misses and streamed
 */
#define CACHE_COUNTS(X) X(l1_misses) X(l2_misses) X(llc_misses) X(llc_streamed) \
	X(dram_misses) X(dram_streamed) X(dram_writebacks) \
	X(pmem_misses) X(pmem_streamed) X(pmem_writebacks)

#define REGION_COUNTS(X) EXACT_COUNTS(X) CACHE_COUNTS(X)

struct region_counts {
#define X(name) uint64_t name;
	REGION_COUNTS(X)
#undef X
};

#endif
