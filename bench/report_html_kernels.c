// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernels: how each compares with the first one. */
#include "report_html.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "html.h"
#include "kernel_line.h"
#include "log.h"
#include "report.h"
#include "report_levels.h"

static const enum key op_key[] = { KEY_OP, KEY_COUNT };

/* The ratios of an op to the first kernel. */
struct column {
	const char *op;
	double *ratios; /* by kernel */
	double most;
	size_t n; /* cells that they are over */
};

/* One platform, clock, model and host, and of its kernels those of one line. */
struct group {
	struct summary_cell **cells;
	size_t n, number;
	struct levels kernels, ops;
	const struct cell_key *first; /* the first trusted kernel, or NULL */
	struct column *columns; /* by op */
	FILE *f;
};

/* What became of a kernel's cells. */
struct tally {
	size_t measured, missing, boots;
};

static bool is_kernel(const struct summary_cell *cell, const struct cell_key *kernel)
{
	return !levels_compare(&cell->key, kernel, levels_kernel);
}

static struct tally tally_kernel(const struct group *g, const struct cell_key *kernel)
{
	struct tally t = { 0 };
	size_t i;

	for (i = 0; i < g->n; i++) {
		if (!is_kernel(g->cells[i], kernel))
			continue;
		t.measured += summary_cell_measured(g->cells[i]);
		t.missing += !summary_cell_measured(g->cells[i]);
		t.boots = g->cells[i]->boots > t.boots ? g->cells[i]->boots : t.boots;
	}
	return t;
}

static size_t row_end(const struct group *g, size_t from)
{
	size_t i = from;

	while (i < g->n && !cell_key_compare(&g->cells[from]->key, &g->cells[i]->key, KEY_FIRST, KEY_CELL_END))
		i++;
	return i;
}

static const struct summary_cell *find(const struct group *g, size_t from, size_t end, const struct cell_key *kernel)
{
	size_t i;

	for (i = from; i < end; i++)
		if (summary_cell_measured(g->cells[i]) && is_kernel(g->cells[i], kernel))
			return g->cells[i];
	return NULL;
}

/* Is it compared at all: trusted, and is there any cell of the op? */
static bool has_op(const struct group *g, const struct cell_key *kernel, const char *op)
{
	size_t i;

	if (kernel->v[KEY_TRUSTED].number != 1)
		return false;
	for (i = 0; i < g->n; i++)
		if (summary_cell_measured(g->cells[i]) && !strcmp(g->cells[i]->key.v[KEY_OP].text, op) && is_kernel(g->cells[i], kernel))
			return true;
	return false;
}

/* Do all kernels that are compared have the cell? */
static bool is_common(const struct group *g, const struct column *column, size_t from, size_t end)
{
	size_t i;

	if (strcmp(g->cells[from]->key.v[KEY_OP].text, column->op) != 0)
		return false;
	for (i = 0; i < g->kernels.n; i++) {
		const struct summary_cell *cell = find(g, from, end, g->kernels.v[i]);

		if (!isnan(column->ratios[i]) && !(cell && cell->cost.median > 0))
			return false;
	}
	return true;
}

static void add_cell(const struct group *g, struct column *column, size_t from, size_t end)
{
	size_t i;

	column->n++;
	for (i = 0; i < g->kernels.n; i++)
		if (!isnan(column->ratios[i]))
			column->ratios[i] += log(find(g, from, end, g->kernels.v[i])->cost.median);
}

/* Geometric means over the cells that all have, or rows would be of different cells. NAN without any. */
static void find_ratios(const struct group *g, struct column *column)
{
	double first = NAN;
	size_t from, end, i;

	for (i = 0; i < g->kernels.n; i++)
		column->ratios[i] = has_op(g, g->kernels.v[i], column->op) ? 0 : NAN;
	for (from = 0; from < g->n; from = end) {
		end = row_end(g, from);
		if (is_common(g, column, from, end))
			add_cell(g, column, from, end);
	}
	for (i = 0; g->first && i < g->kernels.n; i++)
		if (g->kernels.v[i] == g->first)
			first = column->ratios[i];
	column->most = 1;
	for (i = 0; i < g->kernels.n; i++) {
		column->ratios[i] = column->n ? exp((column->ratios[i] - first) / (double)column->n) : NAN;
		column->most = fmax(column->most, column->ratios[i]);
	}
}

/* A bar as long as the cost, on the scale of its column; a mark where that of the first kernel ends. */
static void put_ratio(const struct column *column, size_t kernel, FILE *f)
{
	double ratio = column->ratios[kernel];

	report_html_number(ratio, f);
	if (isnan(ratio))
		return;
	fprintf(f, " <span class=\"bar%s\" style=\"--part:%.1f%%;--one:%.1f%%\"></span><small>%zu cell%s</small>",
		ratio >= 1.005 ? " over" : "", 100 * ratio / column->most, 100 / column->most, column->n, column->n == 1 ? "" : "s");
}

static void put_count(size_t count, FILE *f)
{
	fprintf(f, "<td class=\"n\" data-v=\"%zu\">%zu", count, count);
}

static void put_kernel_row(const struct group *g, size_t number)
{
	const struct cell_key *kernel = g->kernels.v[number];
	bool trusted = kernel->v[KEY_TRUSTED].number == 1;
	struct tally t = tally_kernel(g, kernel);
	size_t i;

	fprintf(g->f, "<tr><th scope=\"row\" data-v=\"%zu\">", number);
	html_text(kernel->v[KEY_KERNEL].text, g->f);
	if (!trusted)
		fputs(" <span class=\"mark\">untrusted</span>", g->f);
	fputs(" <small>", g->f);
	html_text(kernel->v[KEY_RELEASE].text, g->f);
	fputs("</small>", g->f);
	for (i = 0; i < g->ops.n; i++)
		if (*g->columns[i].op)
			put_ratio(&g->columns[i], number, g->f);
	put_count(t.measured, g->f);
	put_count(t.missing, g->f);
	put_count(t.boots, g->f);
	fputc('\n', g->f);
}

static void put_kernel_heads(const struct group *g)
{
	size_t i;

	fputs("<thead>\n<tr>\n<th scope=\"col\">kernel\n", g->f);
	for (i = 0; i < g->ops.n; i++) {
		if (!*g->ops.v[i]->v[KEY_OP].text)
			continue;
		fputs("<th scope=\"col\" class=\"n\">", g->f);
		html_text(g->ops.v[i]->v[KEY_OP].text, g->f);
		fputc('\n', g->f);
	}
	fputs("<th scope=\"col\" class=\"n\">figures\n<th scope=\"col\" class=\"n\">not measured\n"
	      "<th scope=\"col\" class=\"n\">boots\n", g->f);
}

static void put_kernels(const struct group *g)
{
	size_t i;

	fprintf(g->f, "<div class=\"box\" tabindex=\"0\" role=\"region\" aria-labelledby=\"kernels-%zu\">\n"
		"<table class=\"kernels\">\n<caption id=\"kernels-%zu\">Kernels", g->number, g->number);
	if (g->first) {
		fputs(": cost relative to ", g->f);
		html_text(g->first->v[KEY_KERNEL].text, g->f);
		fputs(", geometric mean over the cells that all of them have; the mark in a bar is 1", g->f);
	}
	fputs("</caption>\n", g->f);
	put_kernel_heads(g);
	fputs("<tbody>\n", g->f);
	for (i = 0; i < g->kernels.n; i++)
		put_kernel_row(g, i);
	fputs("</table>\n</div>\n", g->f);
}

static void write_heading(const void *arg, FILE *f)
{
	cell_key_describe(arg, KEY_FIRST, KEY_TABLE_END, NULL, f);
}

static int open_columns(struct group *g)
{
	size_t i;

	g->columns = calloc(g->ops.n + 1, sizeof(*g->columns));
	for (i = 0; g->columns && i < g->ops.n; i++) {
		struct column *column = &g->columns[i];

		column->op = g->ops.v[i]->v[KEY_OP].text;
		column->ratios = calloc(g->kernels.n + 1, sizeof(*column->ratios));
		if (!column->ratios)
			return out_of_memory();
		find_ratios(g, column);
	}
	return g->columns ? 0 : out_of_memory();
}

static void close_columns(struct group *g)
{
	size_t i;

	for (i = 0; g->columns && i < g->ops.n; i++)
		free(g->columns[i].ratios);
	free(g->columns);
}

/* The table of a line. */
static int one_line(struct summary_cell **cells, size_t n, size_t number, FILE *f)
{
	struct group g = { .cells = cells, .n = n, .number = number, .f = f };
	const struct cell_key *last;
	int rc = levels_open(&g.kernels, cells, n, levels_kernel);

	if (!rc)
		rc = levels_open(&g.ops, cells, n, op_key);
	if (!rc) {
		levels_ends(&g.kernels, &g.first, &last);
		rc = open_columns(&g);
		if (!rc)
			put_kernels(&g);
		close_columns(&g);
	}
	levels_close(&g.ops);
	levels_close(&g.kernels);
	return rc;
}

static const char *kernel_of(const struct summary_cell *cell)
{
	return cell->key.v[KEY_KERNEL].text;
}

static size_t pick_line(struct summary_cell **line, struct summary_cell **cells, size_t n, const char *kernel)
{
	size_t i, picked = 0;

	for (i = 0; i < n; i++)
		if (kernel_same_line(kernel_of(cells[i]), kernel))
			line[picked++] = cells[i];
	return picked;
}

/* Those of distributions first, then the others, as they come. */
static int put_lines(struct summary_cell **cells, size_t n, size_t *number, FILE *f)
{
	_cleanup_free_ struct summary_cell **line = calloc(n + 1, sizeof(*line));
	_cleanup_free_ bool *done = calloc(n + 1, sizeof(*done));
	const char *kernel = ""; /* as the distributions' */
	size_t i, picked;
	int rc = 0;

	if (!line || !done)
		return out_of_memory();
	while (!rc && kernel) {
		picked = pick_line(line, cells, n, kernel);
		if (picked)
			rc = one_line(line, picked, ++*number, f);
		for (i = 0; i < n; i++)
			done[i] |= kernel_same_line(kernel_of(cells[i]), kernel);
		for (i = 0; i < n && done[i]; i++)
			;
		kernel = i < n ? kernel_of(cells[i]) : NULL;
	}
	return rc;
}

static int one_group(struct summary_cell **cells, size_t n, size_t *number, FILE *f)
{
	const char *caveat = report_caveat(&cells[0]->key);
	int rc;

	fputs("<section>\n<h3>", f);
	rc = html_written(write_heading, &cells[0]->key, f);
	fputs("</h3>\n", f);
	if (caveat)
		fprintf(f, "<p class=\"caveat\">%s</p>\n", caveat);
	if (!rc)
		rc = report_html_same(cells, n, KEY_TABLE_END, KEY_OP, f);
	if (!rc)
		rc = put_lines(cells, n, number, f);
	fputs("</section>\n", f);
	return rc;
}

int report_html_kernels(const struct summary *summary, FILE *f)
{
	size_t from, end, number = 0;
	int rc = 0;

	for (from = 0; !rc && from < summary->n_cells; from = end) {
		end = report_group_end(summary, from, KEY_TABLE_END);
		rc = one_group(summary->cells + from, end - from, &number, f);
	}
	return rc;
}
