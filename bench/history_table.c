// SPDX-License-Identifier: GPL-2.0-or-later
/* Series of cells over kernels, for people. */
#include "history_report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "compare_report.h"
#include "report.h"
#include "report_levels.h"
#include "text_stream.h"
#include "text_table.h"

const char *history_verdict(const struct change_row *row, bool human)
{
	if (row->against.verdict == VERDICT_NEW_ONLY)
		return "first";
	return human ? compare_verdict_text(row->against.verdict) : verdict_names[row->against.verdict];
}

static bool is_bring_up(const struct change_series *s)
{
	return summary_cell_bring_up(s->rows[0].cell);
}

const char *history_unit(const struct change_series *s)
{
	const struct report_units *units = report_units(change_series_key(s));

	return s->quantity == QUANTITY_DRAM ? "MiB of DRAM" : is_bring_up(s) ? units->device : units->page;
}

double history_shown(const struct change_series *s, double median)
{
	if (s->quantity == QUANTITY_DRAM)
		return median / (1 << 20);
	return is_bring_up(s) ? summary_cell_whole(s->rows[0].cell, median) / 1e6 : median;
}

static int decimals_of(const struct change_series *s)
{
	double least = INFINITY;
	size_t i;

	for (i = 0; i < s->n; i++)
		least = fmin(least, history_shown(s, s->rows[i].median));
	return least < 1 ? 3 : least < 100 ? 2 : 1;
}

static int set_p(struct text_table *t, size_t *c, const struct comparison *v)
{
	if (v->test == TEST_EXACT_CLOCK)
		return text_table_set(t, c, "exact");
	return isnan(v->p_holm) ? text_table_set(t, c, "%s", "") : text_table_set(t, c, "%.2g", v->p_holm);
}

/* Its mark in a table, in ASCII: a table is printed in the C locale. */
static const char *mark_of(const struct change_row *row)
{
	return !row->change ? "" : row->against.verdict == VERDICT_REGRESSION ? "^" : "v";
}

static int add_row(const struct change_series *s, const struct change_row *row, int decimals, struct text_table *t)
{
	const struct history_version *v = history_version_of(row);
	_cleanup_free_ char *commit = kernel_short_commit(v->commit);
	size_t c = 0;
	int rc = text_table_row(t, row->change);

	if (!commit)
		return -ENOMEM;
	if (!rc)
		rc = text_table_set(t, &c, "%s", v->kernel);
	if (!rc)
		rc = text_table_set(t, &c, "%s", commit);
	if (!rc)
		rc = text_table_set(t, &c, "%.*s", history_date_length(v->date), v->date);
	if (!rc)
		rc = text_table_set_double(t, &c, decimals, history_shown(s, row->median));
	if (!rc)
		rc = text_table_set_double(t, &c, 3, 100 * row->spread);
	if (!rc)
		rc = text_table_set(t, &c, "%zu", row->n);
	if (!rc)
		rc = text_table_set_change(t, &c, row->previous);
	if (!rc)
		rc = text_table_set_change(t, &c, row->against.ratio);
	if (!rc)
		rc = set_p(t, &c, &row->against);
	if (!rc)
		rc = text_table_set(t, &c, "%s", mark_of(row));
	return rc ? rc : text_table_set(t, &c, "%s%s", history_verdict(row, true), row->drift ? ", adds up" : "");
}

static void put_heading(const struct change_series *s, bool markdown, FILE *f)
{
	const struct cell_key *key = change_series_key(s);
	const char *caveat = report_caveat(key), *end = markdown ? "\n\n" : "\n";
	unsigned char skip[KEY_COUNT];
	enum key k;

	for (k = 0; k < KEY_COUNT; k++)
		skip[k] = levels_default(key, k);
	fputs(markdown ? "## " : "", f);
	cell_key_describe(key, KEY_TABLE_END, KEY_CELL_END, skip, f);
	fputs(s->quantity == QUANTITY_DRAM ? ": DRAM for struct pages" : "", f);
	fputs(end, f);
	cell_key_describe(key, KEY_FIRST, KEY_TABLE_END, NULL, f);
	fprintf(f, "; %s, median of boots", history_unit(s));
	if (*s->line) {
		fputs("; kernels that start from ", f);
		text_put_line(s->line, markdown, f);
	}
	fputs(end, f);
	if (caveat && s->quantity != QUANTITY_DRAM)
		fprintf(f, "%s%s", caveat, end);
	if (!markdown)
		fputc('\n', f);
}

/* Each reason once. */
static void put_reasons(const struct change_series *s, bool markdown, FILE *f)
{
	size_t i, k, rows;

	for (i = 0; i < s->n; i++) {
		const struct comparison *v = &s->rows[i].against;

		for (k = rows = 0; v->reason && k < s->n; k++)
			if (s->rows[k].against.reason && !strcmp(v->reason, s->rows[k].against.reason)) {
				if (k < i)
					break;
				rows++;
			}
		if (!rows || k < s->n)
			continue;
		fputs(markdown ? "\n" : "", f);
		fprintf(f, "%s: ", compare_verdict_text(v->verdict));
		text_put_line(v->reason, markdown, f);
		fprintf(f, " (%zu kernel%s)\n", rows, rows == 1 ? "" : "s");
	}
}

static int put_series(const struct change_series *s, bool markdown, FILE *f)
{
	static const struct {
		const char *title;
		bool right;
	} columns[] = {
		{ "kernel", false }, { "commit", false }, { "date", false }, { "median", true }, { "spread %", true },
		{ "boots", true }, { "previous %", true }, { "segment %", true }, { "p", true }, { "", false },
		{ "verdict", false },
	};
	_cleanup_text_table_ struct text_table t = { 0 };
	int decimals = decimals_of(s), rc = 0;
	size_t i;

	put_heading(s, markdown, f);
	for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		text_table_column(&t, columns[i].title, columns[i].right);
	for (i = 0; !rc && i < s->n; i++)
		rc = add_row(s, &s->rows[i], decimals, &t);
	if (!rc)
		rc = markdown ? text_table_markdown(&t, f) : text_table_print(&t, f);
	put_reasons(s, markdown, f);
	return rc;
}

static size_t count_changes(const struct history *h)
{
	size_t i, n = 0;

	for (i = 0; i < h->n_series; i++)
		n += h->series[i].changes;
	return n;
}

static void put_head(const struct history *h, const struct compare_options *o, bool markdown, FILE *f)
{
	size_t changes = count_changes(h);
	const char *begin = markdown ? "- " : "";

	fprintf(f, "%s%zu change%s in %zu series of %zu kernel%s\n", begin, changes, changes == 1 ? "" : "s", h->n_series,
		h->n_versions, h->n_versions == 1 ? "" : "s");
	if (h->untrusted)
		fprintf(f, "%s%zu run%s left out, not trusted (debug options, or a clock of ticks); --force has them\n", begin,
			h->untrusted, h->untrusted == 1 ? "" : "s");
	if (!o->noise)
		fprintf(f, "%sthe noise of this machine is not known (make noise, --noise): thresholds are as they are\n",
			begin);
}

/* Changes that are not shown, though their cell shows them. */
static void put_foot(const struct history *h, bool markdown, FILE *f)
{
	size_t alone = history_alone(h);

	if (alone)
		fprintf(f, "\n%s%zu more change%s found in cells by themselves (--cell): all cells that are shown are one family of "
			"tests, and so many take more boots\n",
			markdown ? "- " : "", alone, alone == 1 ? " is" : "s are");
}

static int put_all(const struct history *h, const struct compare_options *options, bool markdown, FILE *f)
{
	size_t i;
	int rc = 0;

	put_head(h, options, markdown, f);
	for (i = 0; !rc && i < h->n_series; i++) {
		fputc('\n', f);
		rc = put_series(&h->series[i], markdown, f);
	}
	put_foot(h, markdown, f);
	return rc;
}

int history_table(const struct history *history, const struct compare_options *options, FILE *f)
{
	return put_all(history, options, false, f);
}

int history_markdown(const struct history *history, const struct compare_options *options, FILE *f)
{
	return put_all(history, options, true, f);
}

/* A change and the series that it is in. */
struct found {
	const struct change_series *series;
	const struct change_row *row;
};

static double strength(const struct change_row *row)
{
	return fabs(log(row->against.ratio));
}

static int compare_strength(const void *a, const void *b)
{
	const struct found *fa = a, *fb = b;
	double sa = strength(fa->row), sb = strength(fb->row);

	/* Equal ones as they came, which is the order of addresses. */
	return sa != sb ? (sa < sb) - (sa > sb) : (fa->series > fb->series) - (fa->series < fb->series);
}

static size_t find_changes(const struct history *h, struct found *found)
{
	size_t i, k, n = 0;

	for (i = 0; i < h->n_series; i++)
		for (k = 0; k < h->series[i].n; k++)
			if (h->series[i].rows[k].change)
				found[n++] = (struct found){ &h->series[i], &h->series[i].rows[k] };
	qsort(found, n, sizeof(*found), compare_strength);
	return n;
}

static char *describe(const struct change_series *s)
{
	const struct cell_key *key = change_series_key(s);
	unsigned char skip[KEY_COUNT] = { 0 };
	struct text_stream out;
	enum key k;

	if (text_stream_open(&out))
		return NULL;
	for (k = KEY_TABLE_END; k < KEY_COUNT; k++)
		skip[k] = levels_default(key, k);
	skip[KEY_WRITE] = skip[KEY_RANGE] = 1;
	cell_key_describe(key, KEY_TABLE_END, KEY_CELL_END, skip, out.f);
	fputs(s->quantity == QUANTITY_DRAM ? ": DRAM" : "", out.f);
	return text_stream_close(&out);
}

/* "5.10 to 6.12": the kernels that the figure before the change is of. */
static int set_base(const struct change_series *s, const struct change_row *row, size_t *c, struct text_table *t)
{
	const char *first = history_version_of(&s->rows[row->base_from])->kernel;
	const char *last = history_version_of(&s->rows[row->base_end - 1])->kernel;

	return strcmp(first, last) ? text_table_set(t, c, "%s to %s", first, last) : text_table_set(t, c, "%s", first);
}

static int add_change(const struct found *change, struct text_table *t)
{
	const struct change_row *row = change->row;
	const struct change_series *s = change->series;
	_cleanup_free_ char *cell = describe(s), *commit = kernel_short_commit(history_version_of(row)->commit);
	size_t c = 0;
	int rc = text_table_row(t, false), decimals = decimals_of(s);

	if (!cell || !commit)
		return -ENOMEM;
	if (!rc)
		rc = text_table_set_change(t, &c, row->against.ratio);
	if (!rc)
		rc = text_table_set_double(t, &c, decimals, history_shown(s, row->against.base.median));
	if (!rc)
		rc = text_table_set_double(t, &c, decimals, history_shown(s, row->against.new.median));
	if (!rc)
		rc = text_table_set(t, &c, "%s", history_unit(s));
	if (!rc)
		rc = set_base(s, row, &c, t);
	if (!rc)
		rc = text_table_set(t, &c, "%s", history_version_of(row)->kernel);
	if (!rc)
		rc = text_table_set(t, &c, "%s", commit);
	if (!rc)
		rc = set_p(t, &c, &row->against);
	if (!rc)
		rc = text_table_set(t, &c, "%s%s", history_verdict(row, true), row->drift ? ", adds up" : "");
	if (!rc)
		rc = text_table_set(t, &c, "%s", change_series_key(s)->v[KEY_PLATFORM].text);
	if (!rc)
		rc = text_table_set(t, &c, "%s", change_series_key(s)->v[KEY_CLOCK].text);
	return rc ? rc : text_table_set(t, &c, "%s", cell);
}

static int put_changes(const struct history *h, const struct compare_options *options, bool markdown, FILE *f)
{
	static const char *const titles[] = {
		"change %", "before", "behind", "unit", "from", "at", "commit", "p", "verdict", "platform", "clock", "cell",
	};
	_cleanup_free_ struct found *found = calloc(count_changes(h) + 1, sizeof(*found));
	_cleanup_text_table_ struct text_table t = { 0 };
	size_t i, n;
	int rc = 0;

	if (!found)
		return -ENOMEM;
	n = find_changes(h, found);
	put_head(h, options, markdown, f);
	fputc('\n', f);
	for (i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		text_table_column(&t, titles[i], i < 3 || i == 7);
	for (i = 0; !rc && i < n; i++)
		rc = add_change(&found[i], &t);
	if (!rc)
		rc = markdown ? text_table_markdown(&t, f) : text_table_print(&t, f);
	put_foot(h, markdown, f);
	return rc;
}

int history_changes_table(const struct history *history, const struct compare_options *options, FILE *f)
{
	return put_changes(history, options, false, f);
}

int history_changes_markdown(const struct history *history, const struct compare_options *options, FILE *f)
{
	return put_changes(history, options, true, f);
}
