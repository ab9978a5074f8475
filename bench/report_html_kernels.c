// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernels: how each compares with the first one. */
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
	fputs(" <small>", g->f);
	html_text(kernel->v[KEY_RELEASE].text, g->f);
	fputs("</small>", g->f);
	for (i = 0; i < g->ops.n; i++) {
		const char *op = g->ops.v[i]->v[KEY_OP].text;
		double ratio = g->first && trusted && *op ? mean_ratio(g, kernel, op, &n) : NAN;

		if (*op)
			put_ratio(ratio, n, g->f);
	}
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
		fputs(", geometric mean over the cells that both have", g->f);
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
	fputs("</section>\n", g->f);
	return rc;
}

static void open_group(struct group *g)
{
	const struct cell_key *last;

	levels_ends(&g->kernels, &g->first, &last);
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
