// SPDX-License-Identifier: GPL-2.0-or-later
/* daxpin run: a job to CSV. */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "interrupt.h"
#include "job.h"
#include "outfile.h"
#include "run_arguments.h"

enum { OPTION_DRY_RUN = 256, OPTION_HELP_JOB, OPTION_YES, OPTION_REGIONS };

#define OVERRIDES_MAX 64

struct arguments {
	const char *file;
	struct run_options run;
	char *overrides[OVERRIDES_MAX];
	size_t override_count;
	int dry_run;
	int help_job;
};

static const struct argp_option options[] = {
	{ "set", 's', "KEY=VALUE", 0, "set a key in all sections of the job; may be repeated", 0 },
	{ "dry-run", OPTION_DRY_RUN, NULL, 0, "print the cells of the job and touch nothing", 0 },
	{ "yes", OPTION_YES, NULL, 0, "engine bind may unbind devices, which takes them away from whatever uses them", 0 },
	{ "regions", OPTION_REGIONS, "FILE", 0, "measure on the clocks insn and model: FILE is what the plugin of QEMU writes (default $DAXPIN_REGIONS, which 'scripts/vm run --plugin' sets)", 0 },
	{ "help-job", OPTION_HELP_JOB, NULL, 0, "list the keys of a job file", 0 },
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
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->run;
		return 0;
	case 's':
		add_override(state, arguments, arg);
		return 0;
	case OPTION_DRY_RUN:
		arguments->dry_run = 1;
		return 0;
	case OPTION_HELP_JOB:
		arguments->help_job = 1;
		return 0;
	case OPTION_YES:
		arguments->run.yes = 1;
		return 0;
	case OPTION_REGIONS:
		arguments->run.regions = arg;
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
	.children = (const struct argp_child[]){ { &run_argp, 0, NULL, 0 }, { 0 } },
	.args_doc = "JOB.ini",
	.doc = "Runs a job and writes its samples as CSV (docs/csv.md).\v"
	       "A cell that this kernel or machine cannot run is recorded as skipped, with the reason. "
	       "Ctrl-C releases all pins and keeps the rows that are finished.\n\n"
	       "Exit status: 0 done; 1 a cell failed or was short; 2 bad input or trouble, or no cell could be "
	       "measured; 130 interrupted.",
};

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
	return flush_stdout() ? EXIT_TROUBLE : EXIT_DONE;
}

int cmd_run(int argc, char **argv)
{
	struct arguments arguments = { .run = run_defaults() };
	struct job job;
	int code;

	arguments.run.regions = getenv("DAXPIN_REGIONS");
	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	if (arguments.help_job) {
		job_print_keys(stdout);
		return flush_stdout() ? EXIT_TROUBLE : EXIT_DONE;
	}
	if (interrupt_install() || job_read(arguments.file, arguments.overrides, arguments.override_count, &job))
		return interrupted() ? EXIT_INTERRUPTED : EXIT_TROUBLE;
	code = arguments.dry_run ? print_cells(&job) : run_cells_of(&job, &arguments.run);
	job_free(&job);
	return code;
}
