// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare_arguments.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "cleanup.h"
#include "compare.h"

enum { OPTION_THRESHOLD = 256, OPTION_ALPHA, OPTION_SEED };

static const struct argp_option options[] = {
	{ "threshold", OPTION_THRESHOLD, "PERCENT", 0, "a change of less is none, on all clocks (default: insn and DRAM "
	  "1, model 2, wall 5)", 0 },
	{ "alpha", OPTION_ALPHA, "P", 0, "how likely a false alarm may be, over all cells together (default: 0.05)",
	  0 },
	{ "seed", OPTION_SEED, "N", 0, "of the bootstrap (default: fixed)", 0 },
	{ 0 }
};

static double parse_number(const char *arg, double least, double most, const char *what, const struct argp_state *state)
{
	char *end;
	double v = strtod(arg, &end);

	if (end == arg || *end || !(v > least && v < most))
		argp_error(state, "%s %s: must be a number above %g and below %g", what, arg, least, most);
	return v;
}

static unsigned long parse_seed(const char *arg, const struct argp_state *state)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(arg, &end, 10);
	if (*arg < '0' || *arg > '9' || *end)
		argp_error(state, "--seed %s: must be a whole number up to %u", arg, UINT32_MAX);
	else if (errno || v > UINT32_MAX)
		argp_error(state, "--seed %s: is too large, must be a whole number up to %u", arg, UINT32_MAX);
	return v;
}

static void set_thresholds(struct compare_options *o, double share)
{
	enum quantity q;
	int clock;

	for (q = 0; q < QUANTITIES; q++)
		for (clock = CLOCK_WALL; clock <= CLOCK_MODEL; clock++)
			o->threshold[q][clock] = share;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct compare_options *o = state->input;

	switch (key) {
	case OPTION_THRESHOLD:
		set_thresholds(o, parse_number(arg, 0, 1000, "--threshold", state) / 100);
		return 0;
	case OPTION_ALPHA: o->alpha = parse_number(arg, 0, 1, "--alpha", state); return 0;
	case OPTION_SEED: o->seed = parse_seed(arg, state); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

const struct argp compare_argp = { .options = options, .parser = parse };

error_t cell_select_parse(struct cell_select *select, const char *option, const char *arg,
			  const struct argp_state *state)
{
	_cleanup_free_ char *why = NULL;
	int rc = cell_select_add(select, arg, &why);

	if (why)
		argp_error(state, "%s %s: %s", option, arg, why);
	return -rc;
}
