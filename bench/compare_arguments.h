/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What commands that compare have in common on the command line. */
#ifndef DAXPIN_COMPARE_ARGUMENTS_H
#define DAXPIN_COMPARE_ARGUMENTS_H

#include <argp.h>

#include "cell_select.h"

/* A child parser: --threshold, --alpha, --seed. Its input is a struct compare_options. */
extern const struct argp compare_argp;

/* For the parser of an option that takes cells; @option is its name, "--cell". Returns 0 or an error number. */
error_t cell_select_parse(struct cell_select *select, const char *option, const char *arg,
			  const struct argp_state *state);

#endif
