/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the time of a bind or unbind goes, by probes at the begin and end of some
 * functions of the kernel. They are kprobe events in an instance of tracefs of
 * our own: whatever else is traced on the machine stays as it is. One daxpin at a
 * time has them; what a killed one has left is removed by the next.
 */
#ifndef DAXPIN_BRING_UP_SPLIT_H
#define DAXPIN_BRING_UP_SPLIT_H

#include <stdint.h>
#include <stdio.h>

#include "memory.h"

/**
 * struct bring_up_split - nanoseconds, to a microsecond; -1: not known
 * @populate_ns: bind: the memmap gets its pages and page tables; unbind: they are given back
 * @initialise_ns: bind: the struct pages are filled in; unbind: they are let go, one by one
 * @rest_ns: all else: page tables of the direct map, waits, driver core, device node
 */
struct bring_up_split {
	int64_t populate_ns;
	int64_t initialise_ns;
	int64_t rest_ns;
};

struct bring_up_tracer;

/* Makes the probes, which do nothing yet. Returns 0; -EOPNOTSUPP with *reason:
 * this kernel cannot, or another daxpin is at it; -ENOMEM. */
int bring_up_tracer_open(struct bring_up_tracer **tracer, char reason[REASON_MAX]);

/* Begins to record what this thread does. Returns 0, or -EOPNOTSUPP with *reason. */
int bring_up_tracer_start(struct bring_up_tracer *tracer, char reason[REASON_MAX]);

/* Ends it. The kernel's code is then as if there were no probes. */
void bring_up_tracer_stop(struct bring_up_tracer *tracer);

/* What was recorded, of a bind or unbind that took total_ns. Returns 0, or -EOPNOTSUPP with *reason. */
int bring_up_tracer_read(struct bring_up_tracer *tracer, int bind, uint64_t total_ns, struct bring_up_split *split,
			 char reason[REASON_MAX]);

/* Removes all that open has made. NULL: nothing. */
void bring_up_tracer_close(struct bring_up_tracer *tracer);

/* For tests: the text of a trace. Returns like bring_up_tracer_read(). */
int bring_up_split_parse(FILE *trace, int bind, uint64_t total_ns, struct bring_up_split *split,
			 char reason[REASON_MAX]);

#endif
