// SPDX-License-Identifier: GPL-2.0-or-later
/* Published figures beside ours: tables. The plots are in report_published_plot.c. */
#include "report_published.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cleanup.h"
#include "published_compare.h"
#include "text_table.h"

/* Three digits, as far as they say something. */
static int decimals_of(double v)
{
	return v >= 100 ? 0 : v >= 10 ? 1 : v >= 1 ? 2 : 3;
}

static int set_figure(struct text_table *t, size_t *c, const char *missing, double v)
{
	return isnan(v) ? text_table_set(t, c, "%s", missing) : text_table_set(t, c, "%.*f", decimals_of(v), v);
}

static int set_percent(struct text_table *t, size_t *c, double v)
{
	return isnan(v) ? text_table_set(t, c, "%s", "") : text_table_set(t, c, "%+.0f %%", 100 * v);
}

/* As published: "71", "268 to 358", "up to 1". */
static int set_published(struct text_table *t, size_t *c, const char *low, const char *high)
{
	if (!*high)
		return text_table_set(t, c, "%s", low);
	return *low ? text_table_set(t, c, "%s to %s", low, high) : text_table_set(t, c, "up to %s", high);
}

static int set_ratio(struct text_table *t, size_t *c, const struct published_value *v)
{
	if (isnan(v->low) || isnan(v->high))
		return text_table_set(t, c, "%s", "");
	if (v->low == v->high)
		return text_table_set(t, c, "%.*fx", decimals_of(v->low), v->low);
	if (isinf(v->high))
		return text_table_set(t, c, "at least %.*fx", decimals_of(v->low), v->low);
	return text_table_set(t, c, "%.*fx to %.*fx", decimals_of(v->low), v->low, decimals_of(v->high), v->high);
}

static int set_our_ratio(struct text_table *t, size_t *c, double v)
{
	return isnan(v) ? text_table_set(t, c, "%s", "") : text_table_set(t, c, "%.*fx", decimals_of(v), v);
}

static const char *verdict(const struct compared *c)
{
	return c->missed ? "no" : c->measured ? "yes" : "not measured";
}

static const char *size_text(const struct compared_side *side, char buf[KEY_TEXT_MAX])
{
	return side->cell ? cell_key_text(&side->cell->key, KEY_SIZE, 1, buf) : "";
}

static int set_kernels(struct text_table *t, size_t *c, const struct published_row *row)
{
	return text_table_set(t, c, "%s%s%s", row->before_kernel, *row->before_kernel && *row->after_kernel ? " to " : "",
			      row->after_kernel);
}

/* Nothing for what was measured at the published size; memory is always per byte of the device. */
static int set_measured_at(struct text_table *t, size_t *c, const struct compared *cmp)
{
	char before[KEY_TEXT_MAX], after[KEY_TEXT_MAX];
	const char *b = size_text(&cmp->before, before), *a = size_text(&cmp->after, after);

	if (cmp->row->kind == PUBLISHED_TIME && !compared_scaled(cmp, &cmp->before) && !compared_scaled(cmp, &cmp->after))
		return text_table_set(t, c, "%s", "");
	if (!strcmp(a, b) || !*a || !*b)
		return text_table_set(t, c, "%s", *b ? b : a);
	return text_table_set(t, c, "%s, %s", b, a);
}

static const char *missing_text(const struct compared_side *side)
{
	return side->wanted ? "not measured" : "";
}

static void add_columns(struct text_table *t)
{
	text_table_column(t, "", false);
	text_table_column(t, "unit", false);
	text_table_column(t, "published: before", true);
	text_table_column(t, "after", true);
	text_table_column(t, "ratio", true);
	text_table_column(t, "ours: before", true);
	text_table_column(t, "after", true);
	text_table_column(t, "ratio", true);
	text_table_column(t, "error: before", true);
	text_table_column(t, "after", true);
	text_table_column(t, "ratio", true);
	text_table_column(t, "within", false);
	text_table_column(t, "instructions/page: before", true);
	text_table_column(t, "after", true);
	text_table_column(t, "kernels", false);
	text_table_column(t, "measured at", false);
}

static int add_row(const struct compared *cmp, struct text_table *t)
{
	const struct published_row *row = cmp->row;
	size_t c = 0;
	int rc = text_table_row(t, false);

	if (!rc)
		rc = text_table_set(t, &c, "%s%s", row->title, row->use == PUBLISHED_FIT ? " *" : "");
	if (!rc)
		rc = text_table_set(t, &c, "%s", row->unit);
	if (!rc)
		rc = set_published(t, &c, row->before, row->before_high);
	if (!rc)
		rc = set_published(t, &c, row->after, row->after_high);
	if (!rc)
		rc = set_ratio(t, &c, &cmp->ratio);
	if (!rc)
		rc = set_figure(t, &c, missing_text(&cmp->before), cmp->before.ours);
	if (!rc)
		rc = set_figure(t, &c, missing_text(&cmp->after), cmp->after.ours);
	if (!rc)
		rc = set_our_ratio(t, &c, cmp->our_ratio);
	if (!rc)
		rc = set_percent(t, &c, cmp->before.error);
	if (!rc)
		rc = set_percent(t, &c, cmp->after.error);
	if (!rc)
		rc = set_percent(t, &c, cmp->ratio_error);
	if (!rc)
		rc = text_table_set(t, &c, "%s", verdict(cmp));
	if (!rc)
		rc = set_figure(t, &c, "", cmp->before.instructions);
	if (!rc)
		rc = set_figure(t, &c, "", cmp->after.instructions);
	if (!rc)
		rc = set_kernels(t, &c, row);
	return rc ? rc : set_measured_at(t, &c, cmp);
}

static bool is_compared(const struct published_row *row)
{
	return row->use != PUBLISHED_CONTEXT;
}

/* Is row i the first compared one of its source? */
static bool opens_source(const struct published *p, size_t i)
{
	size_t k;

	if (!is_compared(&p->rows[i]))
		return false;
	for (k = 0; k < i; k++)
		if (is_compared(&p->rows[k]) && !strcmp(p->rows[k].source, p->rows[i].source))
			return false;
	return true;
}

static int print_source(const struct summary *summary, const struct published *p, size_t first, FILE *f)
{
	_cleanup_text_table_ struct text_table t = { 0 };
	const char *source = p->rows[first].source;
	struct compared c;
	size_t i;
	int rc = 0;

	fprintf(f, "\n### %s\n\n", source);
	add_columns(&t);
	for (i = first; !rc && i < p->n; i++) {
		if (!is_compared(&p->rows[i]) || strcmp(p->rows[i].source, source))
			continue;
		published_compare(summary, &p->rows[i], &c);
		rc = add_row(&c, &t);
	}
	return rc ? rc : text_table_markdown(&t, f);
}

static void print_heading(FILE *f)
{
	fprintf(f, "## Published and ours\n\n"
		"Ours are modelled times; memory is counted. error: ours against published. within: the times (or the\n"
		"memory) are off by at most %.0f %%, their ratio by at most %.0f %%. *: the figure before entered the fit of\n"
		"the model. No figure after did: those are predictions. kernels: the stages of our series that are compared.\n"
		"measured at: where that is not the published size. A time is then the cost per page times the pages of the\n"
		"published size.\n", 100 * PUBLISHED_TOLERANCE, 100 * PUBLISHED_RATIO_TOLERANCE);
}

static void print_error(const char *what, double error, double tolerance, const char **comma, FILE *f)
{
	if (isnan(error) || fabs(error) <= tolerance)
		return;
	fprintf(f, "%s%s %+.0f %%", *comma, what, 100 * error);
	*comma = ", ";
}

static void print_miss(const struct compared *c, FILE *f)
{
	const char *comma = "";

	fprintf(f, "- %s (%s): ", c->row->title, c->row->id);
	print_error("before", c->before.error, PUBLISHED_TOLERANCE, &comma, f);
	print_error("after", c->after.error, PUBLISHED_TOLERANCE, &comma, f);
	print_error("ratio", c->ratio_error, PUBLISHED_RATIO_TOLERANCE, &comma, f);
	fprintf(f, ". %s\n", *c->row->miss_reason ? c->row->miss_reason : "The reason is not known.");
}

static void print_not_measured(const struct compared *c, FILE *f)
{
	const struct published_row *row = c->row;
	const char *before = c->before.wanted && !c->before.cell ? row->before_kernel : "";
	const char *after = c->after.wanted && !c->after.cell ? row->after_kernel : "";

	fprintf(f, "- %s (%s): not on %s%s%s\n", row->title, row->id, before, *before && *after ? ", not on " : "", after);
}

/* What misses and why, what is not measured, and how many are as they should be. */
static void print_lists(const struct summary *summary, const struct published *p, FILE *f)
{
	size_t i, rows = 0, measured = 0, missed = 0;
	struct compared c;

	for (i = 0; i < p->n; i++) {
		if (!is_compared(&p->rows[i]))
			continue;
		published_compare(summary, &p->rows[i], &c);
		rows++;
		measured += c.measured;
		missed += c.missed;
	}
	fprintf(f, "\nOf %zu rows %zu are measured, %zu miss.\n", rows, measured, missed);
	if (missed)
		fputs("\nRows that miss:\n\n", f);
	for (i = 0; missed && i < p->n; i++) {
		published_compare(summary, &p->rows[i], &c);
		if (c.missed)
			print_miss(&c, f);
	}
	if (measured < rows)
		fputs("\nNot measured:\n\n", f);
	for (i = 0; measured < rows && i < p->n; i++) {
		published_compare(summary, &p->rows[i], &c);
		if (is_compared(c.row) && !c.measured)
			print_not_measured(&c, f);
	}
}

static bool has_note(const struct published_row *row, const char *note)
{
	return is_compared(row) && !strcmp(row->note, note);
}

/* "NOTE: ROW, ROW" for a note that no earlier row has. */
static void print_note(const struct published *p, size_t first, FILE *f)
{
	const char *note = p->rows[first].note, *comma = "";
	size_t i;

	for (i = 0; i < first; i++)
		if (has_note(&p->rows[i], note))
			return;
	fputs("- ", f);
	for (i = first; i < p->n; i++) {
		if (!has_note(&p->rows[i], note))
			continue;
		fprintf(f, "%s%s", comma, p->rows[i].id);
		comma = ", ";
	}
	fprintf(f, ": %s\n", note);
}

/* What is to be known of rows that are compared. */
static void print_notes(const struct published *p, FILE *f)
{
	bool any = false;
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (!is_compared(&p->rows[i]) || !*p->rows[i].note)
			continue;
		if (!any)
			fputs("\nNotes:\n\n", f);
		any = true;
		print_note(p, i, f);
	}
}

static int add_context(const struct published_row *row, struct text_table *t)
{
	const struct published_value *b = &row->before_value, *a = &row->after_value;
	const struct published_value ratio = { b->low / a->high, b->high / a->low };
	size_t c = 0;
	int rc = text_table_row(t, false);

	if (!rc)
		rc = text_table_set(t, &c, "%s", row->title);
	if (!rc)
		rc = text_table_set(t, &c, "%s", row->unit);
	if (!rc)
		rc = set_published(t, &c, row->before, row->before_high);
	if (!rc)
		rc = set_published(t, &c, row->after, row->after_high);
	if (!rc)
		rc = set_ratio(t, &c, &ratio);
	if (!rc)
		rc = text_table_set(t, &c, "%s", row->source);
	return rc ? rc : text_table_set(t, &c, "%s", row->note);
}

static int print_context(const struct published *p, FILE *f)
{
	_cleanup_text_table_ struct text_table t = { 0 };
	static const struct { const char *title; bool right; } columns[] = {
		{ "", false }, { "unit", false }, { "before", true }, { "after", true }, { "ratio", true },
		{ "source", false }, { "note", false },
	};
	size_t i;
	int rc = 0;

	for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		text_table_column(&t, columns[i].title, columns[i].right);
	for (i = 0; !rc && i < p->n; i++)
		if (!is_compared(&p->rows[i]))
			rc = add_context(&p->rows[i], &t);
	if (rc || !t.rows)
		return rc;
	fputs("\n### Published, and nothing of ours to compare\n\n", f);
	return text_table_markdown(&t, f);
}

int report_published(const struct summary *summary, const struct published *p, FILE *f)
{
	size_t i;
	int rc = 0;

	print_heading(f);
	for (i = 0; !rc && i < p->n; i++)
		if (opens_source(p, i))
			rc = print_source(summary, p, i, f);
	if (rc)
		return rc;
	print_lists(summary, p, f);
	print_notes(p, f);
	return print_context(p, f);
}

static void put_number(FILE *f, double v)
{
	if (isfinite(v))
		fprintf(f, ",%.6g", v);
	else
		fputc(',', f);
}

static void put_size(FILE *f, const struct compared_side *side)
{
	if (side->cell)
		fprintf(f, ",%" PRIu64, side->cell->key.v[KEY_SIZE].number);
	else
		fputc(',', f);
}

static void put_texts(FILE *f, const char *const *columns, size_t n, bool first)
{
	for (size_t i = 0; i < n; i++)
		csv_put(f, columns[i], first && !i);
}

static void put_row(const struct compared *c, FILE *f)
{
	static const char *const uses[] = { "context", "predict", "fit" };
	const struct published_row *row = c->row;
	const char *const texts[] = { row->id, uses[row->use], row->unit, row->before, row->before_high, row->after,
				      row->after_high };
	const char *const ours[] = { row->before_kernel, row->after_kernel, row->model };
	const char *const end[] = { is_compared(row) ? verdict(c) : "", row->miss_reason };

	put_texts(f, texts, sizeof(texts) / sizeof(texts[0]), true);
	put_number(f, c->ratio.low);
	put_number(f, c->ratio.high);
	put_texts(f, ours, sizeof(ours) / sizeof(ours[0]), false);
	put_size(f, &c->before);
	put_size(f, &c->after);
	put_number(f, c->before.ours);
	put_number(f, c->after.ours);
	put_number(f, c->our_ratio);
	put_number(f, 100 * c->before.error);
	put_number(f, 100 * c->after.error);
	put_number(f, 100 * c->ratio_error);
	put_number(f, c->before.instructions);
	put_number(f, c->after.instructions);
	put_texts(f, end, sizeof(end) / sizeof(end[0]), false);
	fputc('\n', f);
}

int report_published_csv(const struct summary *summary, const struct published *p, FILE *f)
{
	struct compared c;
	size_t i;

	fputs("id,use,unit,published_before,published_before_high,published_after,published_after_high,"
	      "published_ratio,published_ratio_high,before_kernel,after_kernel,model,before_size_bytes,after_size_bytes,"
	      "ours_before,ours_after,ours_ratio,error_before_percent,error_after_percent,error_ratio_percent,"
	      "before_instructions_per_page,after_instructions_per_page,within,miss_reason\n", f);
	for (i = 0; i < p->n; i++) {
		published_compare(summary, &p->rows[i], &c);
		put_row(&c, f);
	}
	return 0;
}
