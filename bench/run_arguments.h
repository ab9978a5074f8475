/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What commands that measure have in common on the command line. */
#ifndef DAXPIN_RUN_ARGUMENTS_H
#define DAXPIN_RUN_ARGUMENTS_H

#include <argp.h>

#include "run_cells.h"

/* A child parser: --output, --force, --kernel-id, --quiet. Its input is a struct run_options. */
extern const struct argp run_argp;

/* What the options are when nothing is said. */
struct run_options run_defaults(void);

#endif
