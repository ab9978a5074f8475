/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAXPIN_PLAN_PLOT_H
#define DAXPIN_PLAN_PLOT_H

#include "plan.h"

/* Writes path, which ends with ".svg", and its figures to a ".dat" beside it: DRAM against capacity. One capacity
 * becomes the middle of a range. Prints errors. Returns 0, -ENOPKG (no gnuplot), or another -errno. */
int plan_plot(const struct plan_request *request, const char *path);

#endif
