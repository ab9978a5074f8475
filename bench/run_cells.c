// SPDX-License-Identifier: GPL-2.0-or-later
#include "run_cells.h"

#include <errno.h>
#include <string.h>

#include "bring_up.h"
#include "commands.h"
#include "csv_write.h"
#include "env.h"
#include "interrupt.h"
#include "log.h"
#include "regions.h"
#include "runner.h"

/* What is wrong with the job's requests is found before anything is measured. */
static int check_cells(const struct job *job, int yes)
{
	for (size_t i = 0; i < job->count; i++) {
		const struct cell *cell = &job->cells[i];
		struct memory_request request = cell_request(cell);
		char reason[REASON_MAX];
		int rc = 0;

		if (cell->engine->whole_device && bring_up_consent(yes))
			return -EPERM;
		if (cell->memory->check)
			rc = cell->memory->check(&request, reason);
		if (rc && rc != -EOPNOTSUPP)
			return rc;
	}
	return 0;
}

static int exit_code(const size_t ends[])
{
	if (ends[CELL_INTERRUPTED])
		return EXIT_INTERRUPTED;
	if (ends[CELL_FAILED])
		return EXIT_FAILED;
	if (ends[CELL_OK])
		return EXIT_DONE;
	err("no cell of the job can be measured here; the reasons are above and in the CSV");
	return EXIT_TROUBLE;
}

static int run_cells(const struct job *job, const struct csv_run *run, struct csv_file *csv)
{
	size_t ends[CELL_INTERRUPTED + 1] = { 0 };

	for (size_t i = 0; i < job->count && !ends[CELL_INTERRUPTED]; i++) {
		enum cell_end end = CELL_FAILED;
		int rc = runner_run_cell(&job->cells[i], i + 1, job->count, run, csv, &end);

		if (rc)
			return interrupted() ? EXIT_INTERRUPTED : EXIT_TROUBLE;
		ends[interrupted() ? CELL_INTERRUPTED : end]++;
	}
	note("%zu cells measured, %zu skipped, %zu failed%s", ends[CELL_OK], ends[CELL_SKIPPED], ends[CELL_FAILED],
	     ends[CELL_INTERRUPTED] ? ", interrupted" : "");
	return exit_code(ends);
}

int run_cells_of(struct job *job, const struct run_options *options)
{
	int may_write = device_consent(options->yes);
	struct csv_file csv;
	struct csv_run run;
	int code, to_file;

	for (size_t i = 0; i < job->count; i++)
		job->cells[i].may_write = may_write;
	if (check_cells(job, options->yes) || (options->regions && regions_start(options->regions)) ||
	    env_describe_run(options->kernel_id, &run))
		return EXIT_TROUBLE;
	if (csv_open(options->output, options->force, &csv))
		return EXIT_TROUBLE;
	to_file = csv.good >= 0;
	code = EXIT_TROUBLE;
	if (!to_file || !env_write(options->output, &run, job))
		code = run_cells(job, &run, &csv);
	if (to_file && !csv.rows)
		env_remove(options->output);
	csv_close(&csv);
	return code;
}
