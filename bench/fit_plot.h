/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fitted lines as a picture. */
#ifndef DAXPIN_FIT_PLOT_H
#define DAXPIN_FIT_PLOT_H

#include "fit_output.h"

/* Writes BASE.dat, BASE.svg and BASE.png: a panel for each line, at most FIT_PLOT_PANELS of them, with points, checks and
 * the band of predictions up to @pages_max or the largest size that was measured. Prints errors. Returns 0; -ENOPKG:
 * gnuplot or its script is not there; another -errno. */
int fit_plot(const struct fit_groups *groups, const struct fit_checks *checks, double pages_max, const char *base);

#define FIT_PLOT_PANELS 32

#endif
