// SPDX-License-Identifier: GPL-2.0-or-later
/* Verdicts of daxpin compare: one table for each pair of kernels. */
#include "report_html.h"

#include <math.h>

#include "compare_report.h"
#include "html.h"
#include "report.h"
#include "report_levels.h"
#include "verdicts.h"

/* Not by colour alone: a sign, and the word behind it. */
static const struct look {
	const char *sign, *class;
} looks[VERDICTS] = {
	[VERDICT_REGRESSION] = { "&#9650;", "bad" }, [VERDICT_FAILED] = { "&#10005;", "bad" },
	[VERDICT_IMPROVEMENT] = { "&#9660;", "good" }, [VERDICT_INCONCLUSIVE] = { "?", "open" },
	[VERDICT_INSUFFICIENT] = { "?", "open" }, [VERDICT_NO_CHANGE] = { "=", "none" },
	[VERDICT_BASE_ONLY] = { "&minus;", "none" }, [VERDICT_NEW_ONLY] = { "+", "none" },
};

struct row_text {
	const struct verdict_file *file;
	const struct verdict_row *row;
};

static void put_verdict(enum verdict v, FILE *f)
{
	fprintf(f, "<span class=\"verdict %s\"><span aria-hidden=\"true\">%s</span> %s</span>", looks[v].class, looks[v].sign,
		compare_verdict_text(v));
}

/* Four digits that count. */
static void put_figure(double value, FILE *f)
{
	int decimals = value != 0 && !isnan(value) ? 3 - (int)floor(log10(fabs(value))) : 0;

	if (isnan(value)) {
		fputs("<td class=\"n\">", f);
		return;
	}
	fprintf(f, "<td class=\"n\" data-v=\"%.9g\">%.*f", value, decimals < 0 ? 0 : decimals > 6 ? 6 : decimals, value);
}

static void put_percent(double ratio, FILE *f)
{
	double percent = 100 * (ratio - 1);

	fprintf(f, "%+.*f", fabs(percent) < 9.95 ? 2 : 1, percent);
}

static void put_change(const struct verdict_row *row, FILE *f)
{
	if (isnan(row->ratio)) {
		fputs("<td class=\"n\"><td class=\"n\">", f);
		return;
	}
	fprintf(f, "<td class=\"n\" data-v=\"%.9g\"><span class=\"verdict %s\">", row->ratio, looks[row->verdict].class);
	put_percent(row->ratio, f);
	fputs(" %</span><td class=\"n\">", f);
	if (isnan(row->ci_low) || isnan(row->ci_high))
		return;
	put_percent(row->ci_low, f);
	fputs(" to ", f);
	put_percent(row->ci_high, f);
}

/* What tells the cell from the others. */
static void write_cell(const void *arg, FILE *f)
{
	const struct row_text *text = arg;
	unsigned char skip[KEY_COUNT];
	enum key k;

	for (k = KEY_FIRST; k < KEY_COUNT; k++)
		skip[k] = text->file->same[k] || levels_default(&text->row->key, k);
	cell_key_describe(&text->row->key, KEY_JOB, KEY_OP, skip, f);
}

static void write_same(const void *arg, FILE *f)
{
	const struct verdict_file *file = arg;
	unsigned char skip[KEY_COUNT];
	enum key k;

	for (k = KEY_FIRST; k < KEY_COUNT; k++)
		skip[k] = !file->same[k] || levels_default(&file->rows[0].key, k);
	cell_key_describe(&file->rows[0].key, KEY_FIRST, KEY_CELL_END, skip, f);
}

static int put_row(const struct verdict_file *file, const struct verdict_row *row, FILE *f)
{
	const struct row_text text = { file, row };
	int rc;

	fputs("<tr><th scope=\"row\">", f);
	html_text(row->key.v[KEY_OP].text, f);
	fputs(row->dram ? ", DRAM <small>" : " <small>", f);
	rc = html_written(write_cell, &text, f);
	fputs("</small><td>", f);
	put_verdict(row->verdict, f);
	put_change(row, f);
	put_figure(row->dram ? row->base / (1 << 20) : row->base, f);
	put_figure(row->dram ? row->new / (1 << 20) : row->new, f);
	fprintf(f, "<td>%s<td class=\"n\">%zu, %zu<td class=\"reason\">", row->dram ? "MiB" : report_units(&row->key)->page,
		row->base_boots, row->new_boots);
	html_text(row->reason, f);
	fputc('\n', f);
	return rc;
}

static void put_counts(const struct verdict_file *file, FILE *f)
{
	enum verdict v;

	fputs("<ul class=\"verdicts\">\n", f);
	for (v = 0; v < VERDICTS; v++)
		if (file->count[v]) {
			fprintf(f, "<li><b>%zu</b> ", file->count[v]);
			put_verdict(v, f);
			fputs("</li>\n", f);
		}
	fputs("</ul>\n", f);
}

static int put_file(const struct verdict_file *file, size_t number, FILE *f)
{
	size_t i;
	int rc;

	fputs("<section>\n<h3>", f);
	html_text(file->new, f);
	fputs(" against ", f);
	html_text(file->base, f);
	fputs("</h3>\n", f);
	if (!file->n) {
		fputs("<p>Nothing was compared.</p>\n</section>\n", f);
		return 0;
	}
	put_counts(file, f);
	fputs("<p class=\"same\">", f);
	rc = html_written(write_same, file, f);
	fprintf(f, "</p>\n<div class=\"box tall\" tabindex=\"0\" role=\"region\" aria-labelledby=\"verdicts-%zu\">\n"
		"<table class=\"rows\" data-filter>\n<caption id=\"verdicts-%zu\">", number, number);
	html_text(file->new, f);
	fputs(" against ", f);
	html_text(file->base, f);
	fputs(": what daxpin compare found, with 95 % CI of the change</caption>\n<thead>\n<tr>\n<th scope=\"col\">figure\n"
	      "<th scope=\"col\" data-choice>verdict\n<th scope=\"col\" class=\"n\">change\n<th scope=\"col\" class=\"n\">CI, %\n"
	      "<th scope=\"col\" class=\"n\">before\n<th scope=\"col\" class=\"n\">after\n<th scope=\"col\" data-choice>unit\n"
	      "<th scope=\"col\" class=\"n\">boots\n<th scope=\"col\">reason\n<tbody>\n", f);
	for (i = 0; !rc && i < file->n; i++)
		rc = put_row(file, &file->rows[i], f);
	fputs("</table>\n</div>\n</section>\n", f);
	return rc;
}

int report_html_verdicts(const struct verdicts *verdicts, FILE *f)
{
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < verdicts->n; i++)
		rc = put_file(&verdicts->v[i], i + 1, f);
	return rc;
}
