// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare_report.h"

#include <math.h>
#include <string.h>

#include "key_columns.h"
#include "report.h"
#include "text_table.h"

static void begin_line(bool markdown, FILE *f)
{
	fputs(markdown ? "- " : "", f);
}

static void put_list(const char *title, const struct texts_list *list, bool markdown, FILE *f)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		begin_line(markdown, f);
		fputs(title, f);
		text_put_line(list->v[i], markdown, f);
		fputc('\n', f);
	}
}

static void put_side(const struct compare_input *input, bool markdown, FILE *f)
{
	begin_line(markdown, f);
	fprintf(f, "%s: ", input->name);
	text_put_line(input->kernel, markdown, f);
	fputs(" (", f);
	text_put_line(input->release, markdown, f);
	fputs(")\n", f);
}

static void put_title(const struct compare_report *r, FILE *f)
{
	fputs("# ", f);
	text_put_line(r->new->kernel, true, f);
	fputs(" compared with ", f);
	text_put_line(r->base->kernel, true, f);
	fputs("\n\n", f);
}

static void put_coverage(const struct comparisons *all, bool markdown, FILE *f)
{
	size_t nominal = comparisons_covered(all, COVERAGE_NOMINAL);

	if (!nominal)
		return;
	begin_line(markdown, f);
	fprintf(f, "the 95 %% of the interval are nominal in %zu cell%s: below %d boots of a side it is too narrow; from %d of "
		"each on it holds\n", nominal, nominal == 1 ? "" : "s", COMPARE_INTERVAL_BOOTS, COMPARE_INTERVAL_BOOTS);
}

static void put_head(const struct compare_report *r, bool markdown, FILE *f)
{
	if (markdown)
		put_title(r, f);
	begin_line(markdown, f);
	compare_put_counts(r->comparisons, f);
	fputc('\n', f);
	put_side(r->base, markdown, f);
	put_side(r->new, markdown, f);
	put_list("compared all the same (--force): ", &r->doubts->refused, markdown, f);
	put_list("", &r->doubts->notes, markdown, f);
	if (!r->options->noise) {
		begin_line(markdown, f);
		fputs("the noise of this machine is not known (make noise, --noise): thresholds are as they are\n", f);
	}
	put_coverage(r->comparisons, markdown, f);
}

static void put_heading(const struct compare_section *s, bool markdown, FILE *f)
{
	const struct cell_key *key = comparison_key(s->v[0]);
	const char *caveat = report_caveat(key), *end = markdown ? "\n\n" : "\n";

	fputs(markdown ? "\n## " : "\n", f);
	cell_key_describe(key, KEY_FIRST, KEY_TABLE_END, NULL, f);
	fputs(s->dram ? ": DRAM for struct pages" : s->bring_up ? ": bring-up of devices" : "", f);
	fputs(end, f);
	if (caveat && !s->dram)
		fprintf(f, "%s%s", caveat, end);
	fputs("Same in all rows: ", f);
	key_columns_put_same(key, s->same, KEY_CELL_END, f);
	fputs(end, f);
	fprintf(f, "%s, median of boots; change with its 95 %% interval; p of all tests together.\n\n", compare_unit(s));
}

static int set_p(struct text_table *t, size_t *c, const struct comparison *v)
{
	if (v->test == TEST_EXACT_CLOCK)
		return text_table_set(t, c, "exact");
	return isnan(v->p_holm) ? text_table_set(t, c, "%s", "") : text_table_set(t, c, "%.2g", v->p_holm);
}

static int add_row(const struct compare_section *s, const struct comparison *v, struct text_table *t)
{
	char buf[COMPARE_CHANGE_MAX];
	size_t c = 0;
	int rc = text_table_row(t, false);

	if (!rc)
		rc = key_columns_set(s->same, comparison_key(v), t, &c);
	if (!rc)
		rc = text_table_set_double(t, &c, s->decimals, compare_shown(s, &v->base));
	if (!rc)
		rc = text_table_set_double(t, &c, s->decimals, compare_shown(s, &v->new));
	if (!rc)
		rc = text_table_set(t, &c, "%s", compare_change(s, v->ratio, buf));
	if (!rc)
		rc = text_table_set(t, &c, "%s", compare_change(s, v->ci_low, buf));
	if (!rc)
		rc = text_table_set(t, &c, "%s", compare_change(s, v->ci_high, buf));
	if (!rc)
		rc = set_p(t, &c, v);
	if (!rc)
		rc = text_table_set(t, &c, "%zu/%zu", v->base.n, v->new.n);
	if (!rc)
		rc = text_table_set(t, &c, "%.3g", 100 * v->threshold);
	return rc ? rc : text_table_set(t, &c, "%s", compare_verdict_text(v->verdict));
}

static int build_figures(const struct compare_section *s, struct text_table *t)
{
	static const char *const titles[] = {
		"base", "new", "change %", "low %", "high %", "p", "boots", "threshold %",
	};
	size_t i;
	int rc = 0;

	key_columns_add(s->same, t);
	for (i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		text_table_column(t, titles[i], true);
	text_table_column(t, "verdict", false);
	for (i = 0; !rc && i < s->n; i++)
		if (comparison_paired(s->v[i]))
			rc = add_row(s, s->v[i], t);
	return rc;
}

/* Of cells that have figures: each reason once. */
static void put_reasons(const struct compare_section *s, bool markdown, FILE *f)
{
	size_t i, k, cells;

	for (i = 0; i < s->n; i++) {
		const struct comparison *v = s->v[i];

		for (k = cells = 0; comparison_paired(v) && v->reason && k < s->n; k++)
			if (comparison_paired(s->v[k]) && s->v[k]->reason && !strcmp(v->reason, s->v[k]->reason)) {
				if (k < i)
					break;
				cells++;
			}
		if (!cells || k < s->n)
			continue;
		fputs(markdown ? "\n" : "", f);
		fprintf(f, "%s: ", compare_verdict_text(v->verdict));
		text_put_line(v->reason, markdown, f);
		fprintf(f, " (%zu cell%s)\n", cells, cells == 1 ? "" : "s");
	}
}

/* Cells that have none, because one side has not measured them. */
static int build_one_sided(const struct compare_section *s, struct text_table *t)
{
	size_t i, c;
	int rc = 0;

	text_table_column(t, "verdict", false);
	key_columns_add(s->same, t);
	text_table_column(t, "reason", false);
	for (i = 0; !rc && i < s->n; i++) {
		const struct comparison *v = s->v[i];

		if (comparison_paired(v))
			continue;
		c = 0;
		rc = text_table_row(t, false);
		if (!rc)
			rc = text_table_set(t, &c, "%s", compare_verdict_text(v->verdict));
		if (!rc)
			rc = key_columns_set(s->same, comparison_key(v), t, &c);
		if (!rc)
			rc = text_table_set(t, &c, "%s", *v->reason ? v->reason : "not there");
	}
	return rc;
}

static int put_section(const struct compare_section *s, bool markdown, FILE *f)
{
	_cleanup_text_table_ struct text_table figures = { 0 }, one_sided = { 0 };
	int (*print)(const struct text_table *t, FILE *out) = markdown ? text_table_markdown : text_table_print;
	int rc;

	put_heading(s, markdown, f);
	rc = build_figures(s, &figures);
	if (!rc)
		rc = build_one_sided(s, &one_sided);
	if (!rc)
		rc = print(&figures, f);
	if (rc)
		return rc;
	put_reasons(s, markdown, f);
	if (one_sided.rows) {
		fprintf(f, "%sNot compared:%s\n", figures.rows ? "\n" : "", markdown ? "\n" : "");
		rc = print(&one_sided, f);
	}
	return rc;
}

static int put_plain(const struct compare_report *report, const struct compare_section *s, FILE *f)
{
	(void)report;
	return put_section(s, false, f);
}

static int put_markdown(const struct compare_report *report, const struct compare_section *s, FILE *f)
{
	(void)report;
	return put_section(s, true, f);
}

int compare_table(const struct compare_report *report, FILE *f)
{
	put_head(report, false, f);
	return compare_each_section(report, put_plain, f);
}

int compare_markdown(const struct compare_report *report, FILE *f)
{
	put_head(report, true, f);
	return compare_each_section(report, put_markdown, f);
}
