/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Regions of interest of one virtual CPU: when does it count, and for which op?
 * Not while an interrupt is served and not while another task runs; what is
 * executed then is counted apart. Knows nothing of QEMU.
 */
#ifndef DAXPIN_TCG_REGION_H
#define DAXPIN_TCG_REGION_H

#include <daxpin_mark.h>
#include <stdbool.h>
#include <stdint.h>

#include "counts.h"

/* Counters of a CPU that only ever grow. */
struct region_counters {
	uint64_t instructions;
	uint64_t atomics;
	uint64_t loads;
	uint64_t stores;
};

/*
 * What an interrupt interrupts and its IRET goes back to. Where on the stack it is
 * written says nothing: on the way back to user space Linux may copy it.
 */
struct region_frame {
	uint64_t ip;
	uint64_t sp;
	uint64_t page_table; /* processes may have the same addresses */
};

/**
 * struct region_total - what an op has cost since the last flush
 * @regions: how many regions
 * @doubtful: of them, those whose begin or end, or the end of an interrupt in
 *	them, was not seen: their counts are wrong
 * @host_ns: host time between begin and end of the regions
 */
struct region_total {
	struct region_counts counts;
	uint64_t regions;
	uint64_t doubtful;
	uint64_t host_ns;
};

enum region_pause { REGION_RUNS, REGION_INTERRUPTED, REGION_SWITCHED };

/**
 * struct region - the state of a CPU
 * @open: between begin and end
 * @active: an op is on its way; always in an open region, but for one that is split
 * @counting: active and not paused: what is executed now belongs to @op
 */
struct region {
	bool open;
	bool active;
	bool counting;
	bool split;
	enum region_pause pause;
	enum daxpin_op op;
	unsigned int split_calls;
	struct region_counters since;
	uint64_t host_since;
	struct region_frame frame;
	uint64_t task_sp;
	struct region_total total[DAXPIN_OP_COUNT];
};

/* "get", ... */
extern const char *const region_op_names[DAXPIN_OP_COUNT];

/* host_ns: any clock of the host that does not go back. */
void region_begin(struct region *r, uint64_t op, const struct region_counters *now, uint64_t host_ns);
void region_end(struct region *r, const struct region_counters *now, uint64_t host_ns);

/* The function that splits a region is being called. */
void region_split(struct region *r, const struct region_counters *now, uint64_t host_ns);

/* An interrupt's handler begins; an IRET, of that one or another, is done. */
void region_interrupt(struct region *r, const struct region_frame *frame, const struct region_counters *now);
void region_iret(struct region *r, const struct region_frame *frame, const struct region_counters *now);

/* The kernel goes from the stack of one task to that of another. */
void region_switch(struct region *r, uint64_t old_sp, uint64_t new_sp, const struct region_counters *now);

#endif
