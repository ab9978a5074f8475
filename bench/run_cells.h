/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A job to a CSV file with its environment: what the commands run and bind share. */
#ifndef DAXPIN_RUN_CELLS_H
#define DAXPIN_RUN_CELLS_H

#include "job.h"

struct run_options {
	const char *output; /* "-": standard output */
	const char *kernel_id; /* NULL: the release */
	int force; /* replace an existing file */
	int yes; /* devices may be unbound */
	const char *regions; /* file of the plugin of QEMU, NULL: none, measure wall time */
};

/* Checks and runs all cells. Prints errors. Returns the exit status of the command. */
int run_cells_of(struct job *job, const struct run_options *options);

#endif
