/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often each instruction was executed in regions of interest, by its address; which
 * function that is, is found out when the guest has ended (scripts/lib/vm-functions.sh).
 */
#ifndef DAXPIN_TCG_FUNCTIONS_H
#define DAXPIN_TCG_FUNCTIONS_H

#include <stdint.h>
#include <stdio.h>

/* Addresses below are user space: one place for all of it, processes have the same addresses. */
#define FUNCTIONS_KERNEL (1ULL << 63)

/* An instruction: how often each CPU has executed it for each op, counts[cpu * DAXPIN_OP_COUNT + op]. */
struct function_place {
	uint64_t address; /* 0: user space */
	uint64_t counts[];
};

/* Of so many CPUs; writes the header of the file. */
void functions_open(FILE *out, unsigned int cpus);

/* The place of an instruction, the same each time it is translated and valid for ever. For any thread. */
struct function_place *functions_place(uint64_t address);

/* Writes what a CPU has executed since the last flush under the name tag, and forgets it; tag 0: forgets only. */
void functions_flush(unsigned int cpu, uint64_t tag);

#endif
