// SPDX-License-Identifier: GPL-2.0-or-later
/* The summary by kernel: how each compares with the first one, and all cells side by side. */
#include "report_html.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "html.h"
#include "report.h"
#include "report_levels.h"

static const enum key op_key[] = { KEY_OP, KEY_COUNT };

/* One platform, clock, model and host. */
struct group {
	struct summary_cell **cells;
	size_t n, number;
	struct levels kernels, ops;
	const struct cell_key *first; /* the first trusted kernel, or NULL */
	unsigned char untold[KEY_COUNT]; /* keys that tell no row from another */
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

/* The geometric mean of the ratios to the first kernel, over the cells that both have; NAN without any. */
static double mean_ratio(const struct group *g, const struct cell_key *kernel, const char *op, size_t *n)
{
	double sum = 0;
	size_t from, end;

	*n = 0;
	for (from = 0; from < g->n; from = end) {
		const struct summary_cell *base, *cell;

		end = row_end(g, from);
		if (strcmp(g->cells[from]->key.v[KEY_OP].text, op) != 0)
			continue;
		base = find(g, from, end, g->first);
		cell = find(g, from, end, kernel);
		if (!base || !cell || !(base->cost.median > 0 && cell->cost.median > 0))
			continue;
		sum += log(cell->cost.median / base->cost.median);
		(*n)++;
	}
	return *n ? exp(sum / (double)*n) : NAN;
}

/* A bar as long as what is left of the first kernel's cost. */
static void put_ratio(double ratio, size_t n, FILE *f)
{
	bool over = ratio >= 1.005;

	report_html_number(ratio, f);
	if (isnan(ratio))
		return;
	fprintf(f, " <span class=\"bar%s\" style=\"--part:%.1f%%\"></span><small>%zu cell%s</small>", over ? " over" : "",
		100 * fmin(ratio, 1), n, n == 1 ? "" : "s");
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
	size_t i, n = 0;

	fprintf(g->f, "<tr><th scope=\"row\" data-v=\"%zu\">", number);
	html_text(kernel->v[KEY_KERNEL].text, g->f);
	if (!trusted)
		fputs(" <span class=\"mark\">untrusted</span>", g->f);
	for (i = 0; i < g->ops.n; i++) {
		const char *op = g->ops.v[i]->v[KEY_OP].text;
		double ratio = g->first && trusted && *op ? mean_ratio(g, kernel, op, &n) : NAN;

		if (*op)
			put_ratio(ratio, n, g->f);
	}
	put_count(t.measured, g->f);
	put_count(t.missing, g->f);
	put_count(t.boots, g->f);
	fputs("<td>", g->f);
	html_text(kernel->v[KEY_RELEASE].text, g->f);
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
	      "<th scope=\"col\" class=\"n\">boots\n<th scope=\"col\">release\n", g->f);
}

static void put_kernels(const struct group *g)
{
	size_t i;

	fprintf(g->f, "<div class=\"box\" tabindex=\"0\" role=\"region\" aria-labelledby=\"kernels-%zu\">\n"
		"<table class=\"kernels\">\n<caption id=\"kernels-%zu\">Kernels", g->number, g->number);
	if (g->first) {
		fputs(": cost relative to ", g->f);
		html_text(g->first->v[KEY_KERNEL].text, g->f);
		fputs(", geometric mean over the cells that both have", g->f);
	}
	fputs("</caption>\n", g->f);
	put_kernel_heads(g);
	fputs("<tbody>\n", g->f);
	for (i = 0; i < g->kernels.n; i++)
		put_kernel_row(g, i);
	fputs("</table>\n</div>\n", g->f);
}

/* The whole device for bring-up, else a page. */
static double row_value(const struct summary_cell *cell)
{
	double median = cell->cost.median;

	return summary_cell_bring_up(cell) ? summary_cell_whole(cell, median) / 1e6 : median;
}

struct row_name {
	const struct group *g;
	const struct cell_key *key;
};

static void write_row_name(const void *arg, FILE *f)
{
	const struct row_name *row = arg;

	cell_key_describe(row->key, KEY_TABLE_END, KEY_OP, row->g->untold, f);
}

static int put_row_head(const struct group *g, const struct cell_key *key)
{
	const struct row_name row = { g, key };
	const struct report_units *units = report_units(key);
	int rc;

	fputs("<tr><th scope=\"row\">", g->f);
	html_text(key->v[KEY_OP].text, g->f);
	fputs(" <small>", g->f);
	rc = html_written(write_row_name, &row, g->f);
	fprintf(g->f, "</small><td>%s", strcmp(key->v[KEY_ENGINE].text, "bind") != 0 ? units->page : units->device);
	return rc;
}

/* Rows without any measurement are in another table. */
static int put_row(const struct group *g, size_t from, size_t end)
{
	size_t i;
	int rc;

	for (i = from; i < end && !summary_cell_measured(g->cells[i]); i++)
		;
	if (i == end)
		return 0;
	rc = put_row_head(g, &g->cells[from]->key);
	for (i = 0; i < g->kernels.n; i++) {
		const struct summary_cell *cell = find(g, from, end, g->kernels.v[i]);

		report_html_number(cell ? row_value(cell) : NAN, g->f);
		if (cell && !isnan(cell->ratio))
			fprintf(g->f, "<small>%.3g&times;</small>", cell->ratio);
	}
	fputc('\n', g->f);
	return rc;
}

static int put_rows(const struct group *g)
{
	size_t i, from, end;
	int rc = 0;

	fprintf(g->f, "<div class=\"box tall\" tabindex=\"0\" role=\"region\" aria-labelledby=\"rows-%zu\">\n"
		"<table class=\"rows\" data-filter>\n<caption id=\"rows-%zu\">Side by side: medians, and below them the ratio "
		"to the first kernel that has the cell</caption>\n<thead>\n<tr>\n<th scope=\"col\">op of cell\n<th scope=\"col\">unit\n",
		g->number, g->number);
	for (i = 0; i < g->kernels.n; i++) {
		fputs("<th scope=\"col\" class=\"n\">", g->f);
		html_text(g->kernels.v[i]->v[KEY_KERNEL].text, g->f);
		fputc('\n', g->f);
	}
	fputs("<tbody>\n", g->f);
	for (from = 0; !rc && from < g->n; from = end) {
		end = row_end(g, from);
		rc = put_row(g, from, end);
	}
	fputs("</table>\n</div>\n", g->f);
	return rc;
}

static void write_heading(const void *arg, FILE *f)
{
	cell_key_describe(arg, KEY_FIRST, KEY_TABLE_END, NULL, f);
}

static int put_group(const struct group *g)
{
	const char *caveat = report_caveat(&g->cells[0]->key);
	int rc;

	fputs("<section>\n<h3>", g->f);
	rc = html_written(write_heading, &g->cells[0]->key, g->f);
	fputs("</h3>\n", g->f);
	if (caveat)
		fprintf(g->f, "<p class=\"caveat\">%s</p>\n", caveat);
	if (!rc)
		rc = report_html_same(g->cells, g->n, KEY_TABLE_END, KEY_OP, g->f);
	if (rc)
		return rc;
	put_kernels(g);
	rc = put_rows(g);
	fputs("</section>\n", g->f);
	return rc;
}

static void open_group(struct group *g)
{
	const struct cell_key *last;
	enum key k;

	levels_ends(&g->kernels, &g->first, &last);
	for (k = KEY_TABLE_END; k < KEY_OP; k++)
		g->untold[k] = !report_html_telling(g->cells, g->n, k);
}

static int one_group(struct summary_cell **cells, size_t n, size_t number, FILE *f)
{
	struct group g = { .cells = cells, .n = n, .number = number, .f = f };
	int rc = levels_open(&g.kernels, cells, n, levels_kernel);

	if (!rc)
		rc = levels_open(&g.ops, cells, n, op_key);
	if (!rc) {
		open_group(&g);
		rc = put_group(&g);
	}
	levels_close(&g.ops);
	levels_close(&g.kernels);
	return rc;
}

int report_html_kernels(const struct summary *summary, FILE *f)
{
	size_t from, end, number = 0;
	int rc = 0;

	for (from = 0; !rc && from < summary->n_cells; from = end) {
		end = report_group_end(summary, from, KEY_TABLE_END);
		rc = one_group(summary->cells + from, end - from, ++number, f);
	}
	return rc;
}
