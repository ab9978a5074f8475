// SPDX-License-Identifier: GPL-2.0-or-later
/* daxpin bind: what the bring-up of a device takes, in time and in DRAM. */
#include <argp.h>

#include "bring_up.h"
#include "commands.h"
#include "env.h"
#include "interrupt.h"
#include "job.h"
#include "run_arguments.h"
#include "size.h"

enum { OPTION_YES = 256, OPTION_SPLIT };

struct arguments {
	struct run_options run;
	const char *device;
	uint64_t repetitions;
	int split;
};

static const struct argp_option options[] = {
	{ "repetitions", 'r', "N", 0, "unbind and bind again N times (default 5)", 0 },
	{ "split", OPTION_SPLIT, NULL, 0, "where the time goes, by probes in the kernel, in rounds that are not timed", 0 },
	{ "yes", OPTION_YES, NULL, 0, "unbind the device, which takes it away from whatever uses it", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->run;
		return 0;
	case 'r':
		if (size_parse(arg, &a->repetitions) || !a->repetitions || a->repetitions > 1000000)
			argp_error(state, "--repetitions=%s: must be 1 to 1000000", arg);
		return 0;
	case OPTION_SPLIT:
		a->split = 1;
		return 0;
	case OPTION_YES:
		a->run.yes = 1;
		return 0;
	case ARGP_KEY_ARG:
		if (a->device)
			argp_error(state, "one device only");
		a->device = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->device)
			argp_error(state, "which device? 'daxpin list' shows them");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.children = (const struct argp_child[]){ { &run_argp, 0, NULL, 0 }, { 0 } },
	.args_doc = "DEVICE",
	.doc = "Unbinds a dax device from its driver and binds it again, and writes how long that took and how much "
	       "DRAM it took as CSV (docs/csv.md).\v"
	       "Ops are rebind and unbind, and bind for the first bind of a device that had no driver. The device is left "
	       "as it was found. Its data is not touched. A process that has it open or mapped is an error; pins without "
	       "a mapping are not seen: unbind waits until they are released.\n\n"
	       "Exit status: 0 done; 1 bind or unbind failed; 2 bad input or trouble; 130 interrupted, and bound again.",
};

int cmd_bind(int argc, char **argv)
{
	struct arguments a = {
		.run = run_defaults(),
		.repetitions = 5,
	};
	struct cell cell = { .section = "bind", .engine = &engine_bind, .memory = &memory_dax };
	struct job job = { .file = "daxpin bind", .cells = &cell, .count = 1 };

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	cell.device = a.device;
	cell.split = a.split;
	cell.repetitions = (unsigned int)a.repetitions;
	if (interrupt_install())
		return EXIT_TROUBLE;
	return run_cells_of(&job, &a.run);
}
