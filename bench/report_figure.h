/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the plots of a report have in common: names of files, texts in them. */
#ifndef DAXPIN_REPORT_FIGURE_H
#define DAXPIN_REPORT_FIGURE_H

#include <stddef.h>
#include <stdio.h>

/* DIR/NAME for the first figure, DIR/NAME-2 and so on for the others; NULL: out of memory. */
char *figure_base(const char *dir, const char *name, size_t number);

/* Plots of an earlier report would stand beside tables that they do not belong to.
 * Returns 0 or -ENOMEM. */
int figure_remove_older(const char *dir, const char *name);

/* A text as a quoted field of a gnuplot data file: one line, no quote in it. */
void figure_put_quoted(const char *text, FILE *f);

/* "3.5x less", "2x more" */
void figure_put_factor(double factor, FILE *f);

/* Orders pointers to keys by their kernel, for qsort(). */
int figure_compare_kernels(const void *a, const void *b);

#endif
