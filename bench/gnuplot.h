/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the gnuplot scripts of plots/. */
#ifndef DAXPIN_GNUPLOT_H
#define DAXPIN_GNUPLOT_H

/* Runs a script with at most eight arguments (ARG2 and up). It has to write
 * ARG1 + suffix for each of the suffixes; the files appear at base + suffix, and
 * only when all went well. Scripts are looked for in $DAXPIN_DATADIR, else in
 * ../plots beside the program, else in the compiled-in DAXPIN_DATADIR.
 * Prints errors. Returns 0; -ENOPKG: no gnuplot, or no such script; -EIO:
 * gnuplot failed; another -errno. */
int gnuplot_run(const char *script, const char *base, const char *const *suffixes, const char *const *args);

#endif
