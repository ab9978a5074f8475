/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report as one HTML page that needs no network. */
#ifndef DAXPIN_REPORT_HTML_H
#define DAXPIN_REPORT_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "inputs.h"
#include "summary.h"
#include "verdicts.h"

/* Plots of one kind: DIR/NAME.svg, DIR/NAME-2.svg and so on. */
struct report_page_plots {
	const char *name, *text;
	size_t figures;
	bool in_summary; /* seen there, not with the others */
};

struct report_page {
	const struct summary *summary;
	const struct inputs *in;
	const char *dir; /* of the plots */
	const struct report_page_plots *plots;
	size_t n_plots;
	const struct verdicts *verdicts;
};

/* Writes the page; write errors stick in f. Prints errors. Returns 0 or -errno. */
int report_html(const struct report_page *page, FILE *f);

/* Its parts. Each returns 0 or -ENOMEM. */
int report_html_verdicts(const struct verdicts *verdicts, FILE *f);
int report_html_by_kernel(const struct summary *summary, FILE *f);
int report_html_kernels(const struct summary *summary, FILE *f);
int report_html_cells(const struct summary *summary, FILE *f);
int report_html_problems(const struct summary *summary, FILE *f);
void report_html_runs(const struct inputs *in, FILE *f);

/* "<td>" with a number for people, and all of it in data-v for sorting; empty for NAN. */
void report_html_number(double value, FILE *f);

/* Does a key tell some of the cells from others? That bring-up has no threads, say, does not. */
bool report_html_telling(struct summary_cell *const *cells, size_t n, enum key k);

/* "<p>", then title, text and "</p>": what the keys from..end-1 have in common in all of the cells. */
int report_html_same(struct summary_cell *const *cells, size_t n, enum key from, enum key end, FILE *f);

/* bench/html/report.css and report.js, each ends with a NUL. */
extern const char report_html_css[], report_html_js[];

#endif
