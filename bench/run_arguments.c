// SPDX-License-Identifier: GPL-2.0-or-later
#include "run_arguments.h"

#include <stdlib.h>

#include "log.h"

enum { OPTION_FORCE = 256, OPTION_KERNEL_ID };

static const struct argp_option options[] = {
	{ "output", 'o', "FILE.csv", 0, "write samples here, the environment to FILE.env.json; - is standard output (default)", 0 },
	{ "force", OPTION_FORCE, NULL, 0, "replace FILE.csv if it is there", 0 },
	{ "kernel-id", OPTION_KERNEL_ID, "ID", 0, "name of the kernel in the CSV (default $DAXPIN_KERNEL_ID, else its release)", 0 },
	{ "quiet", 'q', NULL, 0, "no progress on standard error", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct run_options *o = state->input;

	switch (key) {
	case 'o': o->output = arg; return 0;
	case 'q': log_set_quiet(1); return 0;
	case OPTION_FORCE: o->force = 1; return 0;
	case OPTION_KERNEL_ID: o->kernel_id = arg; return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

const struct argp run_argp = { .options = options, .parser = parse };

struct run_options run_defaults(void)
{
	return (struct run_options){ .output = "-", .kernel_id = getenv("DAXPIN_KERNEL_ID") };
}
