// SPDX-License-Identifier: GPL-2.0-or-later
/* All cells as a table, and those that were not measured. */
#include "report_html.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "html.h"
#include "report.h"
#include "report_levels.h"

/* Keys before the figures, which people look for; then those that are there always, and those that need
 * something to tell. */
static const struct column {
	enum key key;
	enum { FIRST, ALWAYS, TELLING } kind;
} columns[] = {
	{ KEY_KERNEL, FIRST }, { KEY_OP, FIRST },
	{ KEY_CLOCK, ALWAYS }, { KEY_MEMORY, ALWAYS }, { KEY_MAP, ALWAYS }, { KEY_ALIGN, ALWAYS }, { KEY_ENGINE, ALWAYS },
	{ KEY_GET, ALWAYS }, { KEY_PUT, ALWAYS }, { KEY_SIZE, ALWAYS }, { KEY_BATCH, ALWAYS }, { KEY_THREADS, ALWAYS },
	{ KEY_WRITE, TELLING }, { KEY_PUT_BATCH, TELLING }, { KEY_RANGE, TELLING }, { KEY_PUT_ORDER, TELLING },
	{ KEY_PUT_CACHE, TELLING }, { KEY_HOLD, TELLING }, { KEY_RDMA_DEVICE, TELLING }, { KEY_DOMAINS, TELLING },
	{ KEY_PROCESSES, TELLING },
	{ KEY_JOB, TELLING }, { KEY_MODEL, TELLING }, { KEY_PLATFORM, TELLING }, { KEY_HOST, TELLING },
	{ KEY_RELEASE, TELLING },
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

struct table {
	const struct summary *summary;
	struct levels kernels;
	bool shown[COLUMNS];
	bool whole, dram, remarks; /* does any cell have such a value? */
	FILE *f;
};

bool report_html_telling(struct summary_cell *const *cells, size_t n, enum key k)
{
	const struct summary_cell *first = cells[0];
	char text[KEY_TEXT_MAX];
	size_t i;

	for (i = 1; i < n; i++) {
		bool both = *cell_key_text(&first->key, k, 0, text) && *cell_key_text(&cells[i]->key, k, 0, text);

		if (!both && summary_cell_bring_up(first) != summary_cell_bring_up(cells[i]))
			continue;
		if (levels_differ(&first->key, &cells[i]->key, k))
			return true;
	}
	return false;
}

static void open_columns(struct table *t)
{
	const struct summary *s = t->summary;
	size_t i, c;

	for (c = 0; c < COLUMNS; c++)
		t->shown[c] = columns[c].kind != TELLING || report_html_telling(s->cells, s->n_cells, columns[c].key);
	for (i = 0; i < s->n_cells; i++) {
		t->whole |= !isnan(s->cells[i]->range_ms);
		t->dram |= !isnan(s->cells[i]->dram_bytes);
		t->remarks |= s->cells[i]->incomplete || !summary_cell_trusted(s->cells[i]);
	}
}

/* To be closed with levels_close(&t->kernels). */
static int open_table(struct table *t, const struct summary *summary, FILE *f)
{
	*t = (struct table){ .summary = summary, .f = f };
	open_columns(t);
	return levels_open(&t->kernels, summary->cells, summary->n_cells, levels_kernel);
}

static void put_heads(const struct table *t, bool first)
{
	size_t c;

	for (c = 0; c < COLUMNS; c++) {
		const struct key_info *info = &key_infos[columns[c].key];

		if (t->shown[c] && (columns[c].kind == FIRST) == first)
			fprintf(t->f, "<th scope=\"col\" data-choice%s>%s\n", info->kind == KEY_TEXT ? "" : " class=\"n\"",
				info->title);
	}
}

/* Kernels sort by version, which their names do not tell. */
static void put_kernel(const struct table *t, const struct cell_key *key)
{
	fprintf(t->f, "<th scope=\"row\" data-v=\"%zu\">", levels_find(&t->kernels, key));
	html_text(key->v[KEY_KERNEL].text, t->f);
}

static void put_key(const struct table *t, const struct cell_key *key, enum key k)
{
	char text[KEY_TEXT_MAX];

	if (k == KEY_KERNEL) {
		put_kernel(t, key);
		return;
	}
	if (key_infos[k].kind == KEY_TEXT)
		fputs("<td>", t->f);
	else
		fprintf(t->f, "<td class=\"n\" data-v=\"%s\">", cell_key_text(key, k, 0, text));
	html_text(cell_key_text(key, k, 1, text), t->f);
}

static void put_keys(const struct table *t, const struct cell_key *key, bool first)
{
	size_t c;

	for (c = 0; c < COLUMNS; c++)
		if (t->shown[c] && (columns[c].kind == FIRST) == first)
			put_key(t, key, columns[c].key);
}

void report_html_number(double value, FILE *f)
{
	double size = fabs(value);

	if (isnan(value))
		fputs("<td class=\"n\">", f);
	else
		fprintf(f, "<td class=\"n\" data-v=\"%.9g\">%.*f", value, size < 1 ? 3 : size < 100 ? 2 : 1, value);
}

static void put_remark(const struct summary_cell *cell, FILE *f)
{
	fputs("<td>", f);
	if (!summary_cell_trusted(cell))
		fputs("<span class=\"mark\">untrusted</span> ", f);
	if (cell->incomplete)
		fprintf(f, "%zu incomplete", cell->incomplete);
}

static void put_figures(const struct table *t, const struct summary_cell *cell)
{
	report_html_number(cell->cost.median, t->f);
	fprintf(t->f, "<td>%s", report_units(&cell->key)->page);
	report_html_number(cell->ratio, t->f);
	report_html_number(cell->spread_percent, t->f);
	fprintf(t->f, "<td class=\"n\" data-v=\"%zu\">%zu<td>%ss", cell->cost.n, cell->cost.n, summary_cell_level(cell));
}

static void put_figure_heads(FILE *f)
{
	fputs("<th scope=\"col\" class=\"n\">median per page\n<th scope=\"col\" data-choice>unit\n"
	      "<th scope=\"col\" class=\"n\">ratio\n<th scope=\"col\" class=\"n\">spread %\n"
	      "<th scope=\"col\" class=\"n\">n\n<th scope=\"col\">of\n", f);
}

static void put_more(const struct table *t, const struct summary_cell *cell)
{
	double gib = (double)cell->key.v[KEY_SIZE].number / (1 << 30);

	report_html_number(cell->cost.mad, t->f);
	report_html_number(cell->cost.ci_low, t->f);
	report_html_number(cell->cost.ci_high, t->f);
	if (t->whole)
		report_html_number(cell->range_ms, t->f);
	if (t->dram)
		report_html_number(cell->dram_bytes / (1 << 20) / gib, t->f);
	if (t->remarks)
		put_remark(cell, t->f);
}

static void put_more_heads(const struct table *t)
{
	fputs("<th scope=\"col\" class=\"n\">MAD\n<th scope=\"col\" class=\"n\">CI low\n"
	      "<th scope=\"col\" class=\"n\">CI high\n", t->f);
	if (t->whole)
		fputs("<th scope=\"col\" class=\"n\">whole range, ms\n", t->f);
	if (t->dram)
		fputs("<th scope=\"col\" class=\"n\">DRAM, MiB/GiB\n", t->f);
	if (t->remarks)
		fputs("<th scope=\"col\">remark\n", t->f);
}

int report_html_same(struct summary_cell *const *cells, size_t n, enum key from, enum key end, FILE *f)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	FILE *memory = open_memstream(&text, &length);

	if (!memory)
		return -ENOMEM;
	levels_put_same(cells, n, from, end, NULL, memory);
	if (fclose(memory))
		return -ENOMEM;
	if (!*text)
		return 0;
	fputs("<p class=\"same\">Same in all rows: ", f);
	html_text(text, f);
	fputs("</p>\n", f);
	return 0;
}

static void put_cells(const struct table *t)
{
	const struct summary *s = t->summary;
	size_t i;

	fputs("<div class=\"box tall\" tabindex=\"0\" role=\"region\" aria-labelledby=\"cells-caption\">\n"
	      "<table id=\"cell-table\" data-filter>\n"
	      "<caption id=\"cells-caption\">Cost of each op of each cell on each kernel</caption>\n"
	      "<thead>\n<tr>\n", t->f);
	put_heads(t, true);
	put_figure_heads(t->f);
	put_heads(t, false);
	put_more_heads(t);
	fputs("<tbody>\n", t->f);
	for (i = 0; i < s->n_cells; i++) {
		if (!summary_cell_measured(s->cells[i]))
			continue;
		fputs("<tr>", t->f);
		put_keys(t, &s->cells[i]->key, true);
		put_figures(t, s->cells[i]);
		put_keys(t, &s->cells[i]->key, false);
		put_more(t, s->cells[i]);
		fputc('\n', t->f);
	}
	fputs("</table>\n</div>\n", t->f);
}

int report_html_cells(const struct summary *summary, FILE *f)
{
	struct table t;
	int rc = open_table(&t, summary, f);

	if (!rc)
		rc = report_html_same(summary->cells, summary->n_cells, KEY_FIRST, KEY_CELL_END, f);
	if (!rc)
		put_cells(&t);
	levels_close(&t.kernels);
	return rc;
}

static void put_problem(const struct table *t, const struct summary_cell *cell, const struct summary_problem *problem)
{
	fputs("<tr>", t->f);
	put_keys(t, &cell->key, true);
	fputs("<td>", t->f);
	html_text(problem->status, t->f);
	fprintf(t->f, "<td class=\"n\" data-v=\"%" PRIu64 "\">%" PRIu64, problem->rows, problem->rows);
	fputs("<td class=\"reason\">", t->f);
	html_text(*problem->reason ? problem->reason : "no reason given", t->f);
	put_keys(t, &cell->key, false);
	fputc('\n', t->f);
}

static void put_problems(const struct table *t, size_t cells)
{
	const struct summary *s = t->summary;
	size_t i, k;

	fprintf(t->f, "<details>\n<summary>%zu cell%s, and why</summary>\n", cells, cells == 1 ? "" : "s");
	fputs("<div class=\"box tall\" tabindex=\"0\" role=\"region\" aria-labelledby=\"problems-caption\">\n"
	      "<table id=\"problem-table\" data-filter>\n"
	      "<caption id=\"problems-caption\">Rows of samples that are in no median, and why</caption>\n"
	      "<thead>\n<tr>\n", t->f);
	put_heads(t, true);
	fputs("<th scope=\"col\" data-choice>status\n<th scope=\"col\" class=\"n\">rows\n<th scope=\"col\">reason\n", t->f);
	put_heads(t, false);
	fputs("<tbody>\n", t->f);
	for (i = 0; i < s->n_cells; i++)
		for (k = 0; k < s->cells[i]->n_problems; k++)
			put_problem(t, s->cells[i], &s->cells[i]->problems[k]);
	fputs("</table>\n</div>\n</details>\n", t->f);
}

int report_html_problems(const struct summary *summary, FILE *f)
{
	struct table t;
	size_t i, cells = 0;
	int rc = open_table(&t, summary, f);

	for (i = 0; i < summary->n_cells; i++)
		cells += summary->cells[i]->n_problems > 0;
	if (!rc && cells)
		put_problems(&t, cells);
	else if (!rc)
		fputs("<p>Nothing: each row of the samples has entered a median.</p>\n", f);
	levels_close(&t.kernels);
	return rc;
}
