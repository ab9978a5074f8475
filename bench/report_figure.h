/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the plots of a report have in common: groups of cells, names of files, texts in them. */
#ifndef DAXPIN_REPORT_FIGURE_H
#define DAXPIN_REPORT_FIGURE_H

#include <stddef.h>
#include <stdio.h>

#include "summary.h"

/* Where the plots of a kind go; for figure_draw(). */
struct figure_output {
	const struct figure_kind *kind;
	const char *dir;
	size_t figures; /* drawn so far */
};

/**
 * struct figure_kind - plots that one script makes
 * @name: plots/NAME.gp makes DIR/NAME.svg and .png, DIR/NAME-2.svg and so on
 * @end: cells with the same keys before it are one figure
 * @texts: arguments of the script behind its data file
 * @draw: calls figure_draw() when the cells have something to show; 0 or -errno
 * @put_text: one of the arguments
 * @put_data: the data file
 */
struct figure_kind {
	const char *name;
	enum key end;
	size_t texts;
	int (*draw)(struct summary_cell **cells, size_t n, struct figure_output *out);
	void (*put_text)(const void *figure, size_t number, FILE *f);
	void (*put_data)(const void *figure, FILE *f);
};

/* DIR/NAME for the first figure, DIR/NAME-2 and so on for the others; NULL: out of memory. */
char *figure_base(const char *dir, const char *name, size_t number);

/* Plots of an earlier report would stand beside tables that they do not belong to.
 * Returns 0, or -ENOMEM after printing. */
int figure_remove_older(const char *dir, const char *name);

/* More figures of a kind, and one of more cells, are left out, which is said: nobody would look at them, and gnuplot
 * would take hours. */
#define FIGURES_MAX 200
#define FIGURE_CELLS_MAX 2000

/* Draws all plots of a kind, after figure_remove_older(). Prints errors. Returns 0;
 * -ENOPKG: gnuplot or its script is not there; another -errno. */
int figure_each(const struct summary *summary, const struct figure_kind *kind, const char *dir, size_t *figures);

/* Draws one; `figure` is what put_text() and put_data() get. */
int figure_draw(struct figure_output *out, const void *figure);

/* Bars by kernel, one for each series (memory, map, align), of cells that were pinned. */
struct figure_bars {
	struct summary_cell **cells;
	size_t n;
	const struct cell_key **kernels, **series;
	size_t n_kernels, n_series;
	unsigned char same[KEY_COUNT]; /* of the series keys */
};

/* n_series is 0 when there is nothing to show. Returns 0 or -ENOMEM; to be closed in any case. */
int figure_open(struct figure_bars *fig, struct summary_cell **cells, size_t n);
void figure_close(struct figure_bars *fig);

/* NULL when it was not measured. */
const struct summary_cell *figure_find(const struct figure_bars *fig, const char *op, const struct cell_key *series,
				       const struct cell_key *kernel);

/* What tells the series apart, or all of it when there is one only. */
void figure_put_series_name(const struct figure_bars *fig, const struct cell_key *series, FILE *f);

/* The first block of a data file: x, name, n and release of each kernel. */
void figure_put_kernels(const struct figure_bars *fig, FILE *f);

/* "WHAT: size 16G, memory dax": what all series have in common. */
void figure_put_title(const struct figure_bars *fig, const char *what, FILE *f);

/* The cell, then platform, clock and host, then `statistics` and what they are worth. */
void figure_put_subtitle(const struct figure_bars *fig, const char *statistics, FILE *f);

typedef double (*figure_value)(const struct summary_cell *cell);

/* The op, and under it what became of it: "5.10 to 7.3: 18x less (map mem), 31x less (map dev)",
 * or the range of the factors when there are too many series for one line. */
void figure_put_story(const struct figure_bars *fig, const char *op, figure_value value, FILE *f);

/* Which of the keys of a series have one value in all of them: they need not be said. */
void figure_same_keys(const struct cell_key *const *series, size_t n, unsigned char same[KEY_COUNT]);

/* A text as a quoted field of a gnuplot data file: one line, no quote in it. */
void figure_put_quoted(const char *text, FILE *f);

/* NaN when there is none. */
void figure_put_number(double value, FILE *f);

/* "3.5x less", "2x more" */
void figure_put_factor(double factor, FILE *f);

/* Orders pointers to keys by their kernel, or by their series, for qsort(). */
int figure_compare_kernels(const void *a, const void *b);
int figure_compare_series(const void *a, const void *b);

#endif
