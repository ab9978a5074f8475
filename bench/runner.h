/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs cells: maps memory, starts threads together, writes rows. */
#ifndef DAXPIN_RUNNER_H
#define DAXPIN_RUNNER_H

#include "csv_write.h"
#include "job.h"

/* How a cell ended. */
enum cell_end { CELL_OK, CELL_SKIPPED, CELL_FAILED, CELL_INTERRUPTED };

/* Runs one cell and writes its rows; number and total are for progress.
 * Skips and failures become a row with a reason. Returns 0 with *end, or -errno
 * after printing when the run cannot go on: bad input, disk full. */
int runner_run_cell(const struct cell *cell, size_t number, size_t total, const struct csv_run *run,
		    struct csv_file *csv, enum cell_end *end);

#endif
