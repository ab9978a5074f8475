// SPDX-License-Identifier: GPL-2.0-or-later
/* daxpin run: a job to CSV. */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "csv_write.h"
#include "env.h"
#include "interrupt.h"
#include "job.h"
#include "log.h"
#include "runner.h"

enum { OPTION_DRY_RUN = 256, OPTION_KERNEL_ID, OPTION_HELP_JOB, OPTION_FORCE };

#define OVERRIDES_MAX 64

struct arguments {
	const char *file;
	const char *output;
	const char *kernel_id;
	char *overrides[OVERRIDES_MAX];
	size_t override_count;
	int dry_run;
	int force;
	int help_job;
};

static const struct argp_option options[] = {
	{ "output", 'o', "FILE.csv", 0, "write samples here, the environment to FILE.env.json; - is standard output (default)", 0 },
	{ "set", 's', "KEY=VALUE", 0, "set a key in all sections of the job; may be repeated", 0 },
	{ "dry-run", OPTION_DRY_RUN, NULL, 0, "print the cells of the job and touch nothing", 0 },
	{ "force", OPTION_FORCE, NULL, 0, "replace FILE.csv if it is there", 0 },
	{ "kernel-id", OPTION_KERNEL_ID, "ID", 0, "name of the kernel in the CSV (default $DAXPIN_KERNEL_ID, else its release)", 0 },
	{ "help-job", OPTION_HELP_JOB, NULL, 0, "list the keys of a job file", 0 },
	{ "quiet", 'q', NULL, 0, "no progress on standard error", 0 },
	{ 0 }
};

static void add_override(struct argp_state *state, struct arguments *arguments, char *text)
{
	if (arguments->override_count == OVERRIDES_MAX)
		argp_error(state, "more than %d times --set", OVERRIDES_MAX);
	arguments->overrides[arguments->override_count++] = text;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case 'o':
		arguments->output = arg;
		return 0;
	case 's':
		add_override(state, arguments, arg);
		return 0;
	case 'q':
		log_set_quiet(1);
		return 0;
	case OPTION_DRY_RUN:
		arguments->dry_run = 1;
		return 0;
	case OPTION_HELP_JOB:
		arguments->help_job = 1;
		return 0;
	case OPTION_FORCE:
		arguments->force = 1;
		return 0;
	case OPTION_KERNEL_ID:
		arguments->kernel_id = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->file)
			argp_error(state, "one job file only");
		arguments->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!arguments->file && !arguments->help_job)
			argp_error(state, "no job file");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "JOB.ini",
	.doc = "Runs a job and writes its samples as CSV (docs/csv.md).\v"
	       "A cell that this kernel or machine cannot run is recorded as skipped, with the reason. "
	       "Ctrl-C releases all pins and keeps the rows that are finished.\n\n"
	       "Exit status: 0 done; 1 a cell failed or was short; 2 bad input or trouble, or no cell could be "
	       "measured; 130 interrupted.",
};

/* What is wrong with the job's requests is found before anything is measured. */
static int check_cells(const struct job *job)
{
	for (size_t i = 0; i < job->count; i++) {
		const struct cell *cell = &job->cells[i];
		struct memory_request request = cell_request(cell);
		char reason[REASON_MAX];
		int rc = 0;

		if (cell->memory->check)
			rc = cell->memory->check(&request, reason);
		if (rc && rc != -EOPNOTSUPP)
			return rc;
	}
	return 0;
}

static int print_cells(const struct job *job)
{
	char text[512];

	for (size_t i = 0; i < job->count; i++) {
		const struct cell *cell = &job->cells[i];
		struct memory_request request = cell_request(cell);
		char reason[REASON_MAX] = "";
		int rc = cell->memory->check ? cell->memory->check(&request, reason) : 0;

		if (rc && rc != -EOPNOTSUPP)
			return EXIT_TROUBLE;
		cell_describe(cell, text, sizeof(text));
		printf("%zu [%s] %s warmup=%u repetitions=%u%s%s\n", i + 1, cell->section, text, cell->warmup,
		       cell->repetitions, rc ? " skip: " : "", reason);
	}
	return fflush(stdout) ? EXIT_TROUBLE : EXIT_DONE;
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

static int run_job(const struct job *job, const struct arguments *arguments)
{
	struct csv_file csv;
	struct csv_run run;
	int code, to_file;

	if (check_cells(job) || env_describe_run(arguments->kernel_id, &run))
		return EXIT_TROUBLE;
	if (csv_open(arguments->output, arguments->force, &csv))
		return EXIT_TROUBLE;
	to_file = csv.good >= 0;
	code = EXIT_TROUBLE;
	if (!to_file || !env_write(arguments->output, &run, job))
		code = run_cells(job, &run, &csv);
	if (to_file && !csv.rows)
		env_remove(arguments->output);
	csv_close(&csv);
	return code;
}

int cmd_run(int argc, char **argv)
{
	struct arguments arguments = { .output = "-", .kernel_id = getenv("DAXPIN_KERNEL_ID") };
	struct job job;
	int code;

	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	if (arguments.help_job) {
		job_print_keys(stdout);
		return fflush(stdout) ? EXIT_TROUBLE : EXIT_DONE;
	}
	if (interrupt_install() || job_read(arguments.file, arguments.overrides, arguments.override_count, &job))
		return interrupted() ? EXIT_INTERRUPTED : EXIT_TROUBLE;
	code = arguments.dry_run ? print_cells(&job) : run_job(&job, &arguments);
	job_free(&job);
	return code;
}
