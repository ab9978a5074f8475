/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A summary kernel by kernel: what each costs, its ratio to the kernel before, and which change of mainline moved it. */
#ifndef DAXPIN_REPORT_KERNELS_H
#define DAXPIN_REPORT_KERNELS_H

#include <stdio.h>

#include "summary.h"

/* A table for each platform and host, with all of its clocks; write errors stick in f. Prints errors. Returns 0
 * or -errno. */
int report_kernels(const struct summary *summary, FILE *f);
int report_kernels_markdown(const struct summary *summary, FILE *f);

/* A row for each figure, clock and kernel. */
int report_kernels_csv(const struct summary *summary, FILE *f);

/* Every step of mainline lowers what it should where it should, and each rise has a reason. Prints those that are
 * wrong. Returns 0, -EDOM or -ENOMEM. */
int report_kernels_check(const struct summary *summary);

#endif
