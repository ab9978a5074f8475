// SPDX-License-Identifier: GPL-2.0-or-later
/* Figures by kernel: each beside that of the kernel before, and what is known of those that changed. */
#include "report_kernels.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "by_kernel.h"
#include "cleanup.h"
#include "csv_read.h"
#include "kernel_changes.h"
#include "log.h"
#include "report.h"
#include "text_table.h"

#define SCHEMA_VERSION 1

/* Columns before those of the kernels. */
#define COLUMNS_BEFORE 3

struct output {
	FILE *f;
	bool markdown, first;
	size_t wrong; /* for report_kernels_check() */
};

typedef void (*put_fn)(const struct by_kernel *by, const struct by_kernel_line *line, FILE *f);

/* What a writer writes, as a text; NULL: out of memory. */
static char *text_of(put_fn put, const struct by_kernel *by, const struct by_kernel_line *line)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	put(by, line, f);
	if (!fclose(f))
		return text;
	free(text);
	return NULL;
}

static int set_text(struct text_table *t, size_t *c, put_fn put, const struct by_kernel *by,
		    const struct by_kernel_line *line)
{
	_cleanup_free_ char *text = text_of(put, by, line);

	return text ? text_table_set(t, c, "%s", text) : -ENOMEM;
}

static const char *mark(int step, bool markdown)
{
	if (!step)
		return "";
	if (markdown)
		return step < 0 ? " ↓" : " ↑";
	return step < 0 ? " v" : " ^";
}

/* "9.06 (0.053x v)" */
static int set_value(struct text_table *t, size_t *c, const struct by_kernel *by, const struct by_kernel_line *line,
		     size_t sheet, size_t kernel, bool markdown)
{
	double value = by_kernel_value(by, line, sheet, kernel), ratio = by_kernel_ratio(by, line, sheet, kernel);
	_cleanup_free_ char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return -ENOMEM;
	if (!isnan(value))
		by_kernel_put_value(value, f);
	if (!isnan(ratio)) {
		fputs(" (", f);
		by_kernel_put_ratio(ratio, f);
		fprintf(f, "x%s)", mark(by_kernel_step(by, line, sheet, kernel), markdown));
	}
	if (fclose(f))
		return -ENOMEM;
	return text_table_set(t, c, "%s", text);
}

static int add_row(struct text_table *t, const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet,
		   bool gap, bool markdown)
{
	size_t c = 0, k;
	int rc = text_table_row(t, gap);

	if (!rc)
		rc = set_text(t, &c, by_kernel_put_name, by, line);
	if (!rc)
		rc = set_text(t, &c, by_kernel_put_memory, by, line);
	if (!rc)
		rc = text_table_set(t, &c, "%s", by_kernel_unit(by, line, sheet));
	for (k = 0; !rc && k < by->kernels.n; k++)
		rc = set_value(t, &c, by, line, sheet, k, markdown);
	return rc;
}

static int build_figures(struct text_table *t, const struct by_kernel *by, bool markdown)
{
	size_t i, k, sheet;
	int rc = 0;

	text_table_column(t, "figure", false);
	text_table_column(t, "memory", false);
	text_table_column(t, "unit", false);
	for (k = 0; k < by->kernels.n; k++)
		text_table_column(t, by->kernels.v[k]->v[KEY_KERNEL].text, true);
	for (i = 0; i < by->n; i++)
		for (sheet = 0; !rc && sheet < by->sheets.n; sheet++)
			if (by_kernel_has(by, &by->lines[i], sheet))
				rc = add_row(t, by, &by->lines[i], sheet, i && !sheet, markdown);
	return rc;
}

static int print(const struct text_table *t, const struct output *out)
{
	return out->markdown ? text_table_markdown(t, out->f) : text_table_print(t, out->f);
}

/* A figure of a sheet that differs from the kernel before by a step. */
struct move {
	const struct by_kernel_line *line;
	size_t sheet, from, to;
	double ratio;
};

static bool find_move(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet, size_t to,
		      struct move *move)
{
	*move = (struct move){ line, sheet, by_kernel_before(by, line, sheet, to), to, by_kernel_ratio(by, line, sheet, to) };
	return by_kernel_step(by, line, sheet, to) != 0;
}

static struct kernel_figure figure_of(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet)
{
	return (struct kernel_figure){ line->key, by->sheets.v[sheet]->v[KEY_CLOCK].text, line->kind == BY_KERNEL_DRAM };
}

static const char *release_of(const struct by_kernel *by, size_t kernel)
{
	return by->kernels.v[kernel]->v[KEY_RELEASE].text;
}

/* Stages have in them what their version says they have not. */
static bool is_staged(const struct by_kernel *by, size_t kernel)
{
	return cell_key_stage(by->kernels.v[kernel]->v[KEY_KERNEL].text) != 0;
}

static bool explains(const struct by_kernel *by, const struct move *move, const struct kernel_change *change)
{
	const struct kernel_figure figure = figure_of(by, move->line, move->sheet);

	return !is_staged(by, move->from) && !is_staged(by, move->to) &&
	       kernel_change_moves(change, &figure, move->ratio > 1) &&
	       kernel_change_between(change, release_of(by, move->from), release_of(by, move->to));
}

/* "5.17 compound devmap, 5.19 memmap sharing" */
static int set_reasons(struct text_table *t, size_t *c, const struct by_kernel *by, const struct move *move)
{
	_cleanup_free_ char *text = NULL;
	const char *comma = "";
	size_t i, len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return -ENOMEM;
	for (i = 0; i < kernel_changes_n; i++)
		if (explains(by, move, &kernel_changes[i])) {
			fprintf(f, "%s%s", comma, kernel_changes[i].name);
			comma = ", ";
		}
	if (fclose(f))
		return -ENOMEM;
	return text_table_set(t, c, "%s", text);
}

static int set_ratio(struct text_table *t, size_t *c, double ratio)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return -ENOMEM;
	by_kernel_put_ratio(ratio, f);
	if (fclose(f))
		return -ENOMEM;
	return text_table_set(t, c, "%sx", text);
}

/* One row for the sheets that have a step between the same two kernels. */
static int add_move(struct text_table *t, const struct by_kernel *by, const struct move *move, size_t *last)
{
	bool gap = *last != SIZE_MAX && *last != move->to;
	double ratio;
	size_t c = 0, sheet;
	int rc = text_table_row(t, gap);

	*last = move->to;
	if (!rc)
		rc = text_table_set(t, &c, "%s to %s", by->kernels.v[move->from]->v[KEY_KERNEL].text,
				    by->kernels.v[move->to]->v[KEY_KERNEL].text);
	if (!rc)
		rc = set_text(t, &c, by_kernel_put_name, by, move->line);
	if (!rc)
		rc = set_text(t, &c, by_kernel_put_memory, by, move->line);
	for (sheet = 0; !rc && sheet < by->sheets.n; sheet++) {
		ratio = by_kernel_ratio(by, move->line, sheet, move->to);
		if (isnan(ratio) || by_kernel_before(by, move->line, sheet, move->to) != move->from)
			c++;
		else
			rc = set_ratio(t, &c, ratio);
	}
	return rc ? rc : set_reasons(t, &c, by, move);
}

static int build_moves(struct text_table *t, const struct by_kernel *by)
{
	struct move move;
	size_t i, k, sheet, last = SIZE_MAX;
	int rc = 0;

	text_table_column(t, "between", false);
	text_table_column(t, "figure", false);
	text_table_column(t, "memory", false);
	for (sheet = 0; sheet < by->sheets.n; sheet++)
		text_table_column(t, by->sheets.v[sheet]->v[KEY_CLOCK].text, true);
	text_table_column(t, "by", false);
	for (k = 1; k < by->kernels.n; k++)
		for (i = 0; i < by->n; i++)
			for (sheet = 0; !rc && sheet < by->sheets.n; sheet++)
				if (find_move(by, &by->lines[i], sheet, k, &move)) {
					rc = add_move(t, by, &move, &last);
					break;
				}
	return rc;
}

/* Does it explain any of the moves? */
static bool is_needed(const struct by_kernel *by, const struct kernel_change *change)
{
	struct move move;
	size_t i, k, sheet;

	for (i = 0; i < by->n; i++)
		for (sheet = 0; sheet < by->sheets.n; sheet++)
			for (k = 1; k < by->kernels.n; k++)
				if (find_move(by, &by->lines[i], sheet, k, &move) && explains(by, &move, change))
					return true;
	return false;
}

/* Where a figure falls most; false: nowhere by a step, or the kernels are not known to lie on both sides of the change. */
static bool find_fall(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet, struct move *fall)
{
	struct move move;
	size_t k;

	*fall = (struct move){ .ratio = 1 };
	for (k = 1; k < by->kernels.n; k++)
		if (find_move(by, line, sheet, k, &move) && !is_staged(by, move.from) && !is_staged(by, move.to) &&
		    move.ratio < fall->ratio)
			*fall = move;
	return fall->ratio < 1;
}

/* Are there two kernels that the change lies between, one after the other, both with the figure? */
static bool is_covered(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet,
		       const struct kernel_change *change)
{
	size_t k, before;

	for (k = 1; k < by->kernels.n; k++) {
		before = by_kernel_before(by, line, sheet, k);
		if (before != SIZE_MAX && !is_staged(by, k) && !is_staged(by, before) &&
		    kernel_change_between(change, release_of(by, before), release_of(by, k)))
			return true;
	}
	return false;
}

/* How many figures a change is expected to lower, and how many of them fall most where it came. */
struct outcome {
	size_t expected, here;
	double least, most; /* factors of those here */
};

static struct outcome judge(const struct by_kernel *by, const struct kernel_change *change)
{
	struct outcome o = { .least = INFINITY };
	struct move fall;
	size_t i, sheet;

	for (i = 0; i < by->n; i++)
		for (sheet = 0; sheet < by->sheets.n; sheet++) {
			const struct kernel_figure figure = figure_of(by, &by->lines[i], sheet);

			if (!kernel_change_expected(change, &figure) || !is_covered(by, &by->lines[i], sheet, change))
				continue;
			o.expected++;
			if (!find_fall(by, &by->lines[i], sheet, &fall) || !explains(by, &fall, change))
				continue;
			o.here++;
			o.least = fmin(o.least, 1 / fall.ratio);
			o.most = fmax(o.most, 1 / fall.ratio);
		}
	return o;
}

static void put_outcome(const struct by_kernel *by, const struct kernel_change *change, FILE *f)
{
	struct outcome o = judge(by, change);

	if (!o.expected)
		return;
	fprintf(f, " Of %zu figure%s that it should lower %zu fall%s most there", o.expected, o.expected == 1 ? "" : "s", o.here,
		o.here == 1 ? "s" : "");
	if (o.here)
		fprintf(f, ", by a factor of %.3g to %.3g", o.least, o.most);
	fputs(".", f);
}

static void put_changes(const struct by_kernel *by, const struct output *out)
{
	const char *bold = out->markdown ? "**" : "";
	size_t i;

	for (i = 0; i < kernel_changes_n; i++) {
		const struct kernel_change *change = &kernel_changes[i];

		if (!is_needed(by, change) && !judge(by, change).expected)
			continue;
		fprintf(out->f, "- %s%s%s, ", bold, change->name, bold);
		if (change->read)
			fprintf(out->f, "after %s, by %s", change->not_in, change->in);
		else
			fputs(change->in, out->f);
		fprintf(out->f, ": %s.", change->text);
		put_outcome(by, change, out->f);
		fputc('\n', out->f);
	}
}

static int print_moves(const struct by_kernel *by, const struct output *out)
{
	_cleanup_text_table_ struct text_table t = { 0 };
	int rc = build_moves(&t, by);

	if (rc || !t.rows)
		return rc;
	fprintf(out->f, "\n%sSteps\n\n", out->markdown ? "### " : "");
	fprintf(out->f, "Figures that differ by more than %.0f %% from the kernel before on one of the clocks, and what is known to move them.\n%s",
		100 * BY_KERNEL_STEP, out->markdown ? "\n" : "");
	rc = print(&t, out);
	fputc('\n', out->f);
	put_changes(by, out);
	return rc;
}

static void put_head(const struct by_kernel *by, const struct output *out)
{
	size_t sheet;

	fputs(out->markdown ? "## " : "", out->f);
	cell_key_describe(by->lines[0].key, KEY_PLATFORM, KEY_PLATFORM + 1, NULL, out->f);
	fputs(", ", out->f);
	cell_key_describe(by->lines[0].key, KEY_HOST, KEY_HOST + 1, NULL, out->f);
	fputs(": by kernel\n", out->f);
	for (sheet = 0; sheet < by->sheets.n; sheet++) {
		const char *caveat = report_caveat(by->sheets.v[sheet]);

		if (caveat)
			fprintf(out->f, "%s%s", out->markdown ? "\n" : "", caveat);
		if (caveat && *by->sheets.v[sheet]->v[KEY_MODEL].text)
			fprintf(out->f, " Model: %s.", by->sheets.v[sheet]->v[KEY_MODEL].text);
		fputs(caveat ? "\n" : "", out->f);
	}
	fprintf(out->f, "%sMedians; behind them the ratio to the kernel before that has the figure, with %s where it falls and %s where it rises by more "
		"than %.0f %%.\nMiB/GiB: DRAM that a bind takes for each GiB of the device.\n\n", out->markdown ? "\n" : "",
		out->markdown ? "↓" : "v", out->markdown ? "↑" : "^", 100 * BY_KERNEL_STEP);
}

static int print_machine(const struct by_kernel *by, void *arg)
{
	_cleanup_text_table_ struct text_table t = { 0 };
	struct output *out = arg;
	int rc;

	if (by->kernels.n > TEXT_TABLE_COLUMNS_MAX - COLUMNS_BEFORE) {
		err("%zu kernels are too many for a table: use --format=csv", by->kernels.n);
		return -E2BIG;
	}
	if (!out->first)
		fputc('\n', out->f);
	out->first = false;
	put_head(by, out);
	rc = build_figures(&t, by, out->markdown);
	if (!rc)
		rc = print(&t, out);
	return rc ? rc : print_moves(by, out);
}

int report_kernels(const struct summary *summary, FILE *f)
{
	struct output out = { .f = f, .first = true };

	return by_kernel_each(summary, print_machine, &out);
}

int report_kernels_markdown(const struct summary *summary, FILE *f)
{
	struct output out = { .f = f, .first = true, .markdown = true };

	fputs("# Kernel by kernel\n\n", f);
	return by_kernel_each(summary, print_machine, &out);
}

static void put_double(double v, FILE *f)
{
	if (isnan(v))
		fputc(',', f);
	else
		fprintf(f, ",%.9g", v);
}

/* The keys of the cell, which are those of the line and of the kernel. */
static void put_csv_row(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet, size_t kernel, FILE *f)
{
	size_t before = by_kernel_before(by, line, sheet, kernel);
	double ratio = by_kernel_ratio(by, line, sheet, kernel);
	int step = by_kernel_step(by, line, sheet, kernel);
	const struct summary_cell *cell = line->cells[sheet * by->kernels.n + kernel];
	bool dram = line->kind == BY_KERNEL_DRAM;
	char buf[KEY_TEXT_MAX];
	enum key k;

	fprintf(f, "%d", SCHEMA_VERSION);
	for (k = KEY_FIRST; k < KEY_COUNT; k++)
		csv_put(f, dram && (k == KEY_CLOCK || k == KEY_MODEL) ? "" : cell_key_text(&cell->key, k, 0, buf), false);
	csv_put(f, dram ? "dram" : "cost", false);
	csv_put(f, by_kernel_unit(by, line, sheet), false);
	put_double(by_kernel_value(by, line, sheet, kernel), f);
	fprintf(f, ",%zu", cell->boots);
	csv_put(f, before == SIZE_MAX ? "" : by->kernels.v[before]->v[KEY_KERNEL].text, false);
	put_double(ratio, f);
	csv_put(f, !step ? "" : step < 0 ? "fall" : "rise", false);
	fputc('\n', f);
}

static int csv_machine(const struct by_kernel *by, void *arg)
{
	size_t i, k, sheet;

	for (i = 0; i < by->n; i++)
		for (sheet = 0; sheet < by->sheets.n; sheet++)
			for (k = 0; k < by->kernels.n; k++)
				if (!isnan(by_kernel_value(by, &by->lines[i], sheet, k)))
					put_csv_row(by, &by->lines[i], sheet, k, arg);
	return 0;
}

int report_kernels_csv(const struct summary *summary, FILE *f)
{
	enum key k;

	fputs("schema_version", f);
	for (k = KEY_FIRST; k < KEY_COUNT; k++)
		csv_put(f, key_infos[k].column, false);
	fputs(",quantity,unit,value,boots,kernel_before,ratio,step\n", f);
	return by_kernel_each(summary, csv_machine, f);
}

/* One line for each that is wrong. */
static void complain(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet, const char *what)
{
	_cleanup_free_ char *name = text_of(by_kernel_put_name, by, line), *memory = text_of(by_kernel_put_memory, by, line);

	err("%s, %s, clock %s: %s", name ? name : "", memory ? memory : "", by->sheets.v[sheet]->v[KEY_CLOCK].text, what);
}

static size_t check_rises(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet)
{
	struct move move;
	size_t i, k, wrong = 0;
	char what[200];

	for (k = 1; k < by->kernels.n; k++) {
		if (!find_move(by, line, sheet, k, &move) || move.ratio < 1 || is_staged(by, move.from) || is_staged(by, move.to))
			continue;
		for (i = 0; i < kernel_changes_n && !explains(by, &move, &kernel_changes[i]); i++)
			;
		if (i < kernel_changes_n)
			continue;
		snprintf(what, sizeof(what), "rises from %s to %s (%.3gx), and no change is known that explains it",
			 by->kernels.v[move.from]->v[KEY_KERNEL].text, by->kernels.v[move.to]->v[KEY_KERNEL].text, move.ratio);
		complain(by, line, sheet, what);
		wrong++;
	}
	return wrong;
}

static size_t check_steps(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet)
{
	const struct kernel_figure figure = figure_of(by, line, sheet);
	struct move fall;
	size_t i, wrong = 0;
	char what[200];

	for (i = 0; i < kernel_changes_n; i++) {
		const struct kernel_change *change = &kernel_changes[i];

		if (!kernel_change_expected(change, &figure) || !is_covered(by, line, sheet, change))
			continue;
		if (find_fall(by, line, sheet, &fall) && explains(by, &fall, change))
			continue;
		snprintf(what, sizeof(what), "does not fall most with %s (%s)", change->in, change->name);
		complain(by, line, sheet, what);
		wrong++;
	}
	return wrong;
}

static int check_machine(const struct by_kernel *by, void *arg)
{
	struct output *out = arg;
	size_t i, sheet;

	for (i = 0; i < by->n; i++)
		for (sheet = 0; sheet < by->sheets.n; sheet++)
			if (by_kernel_has(by, &by->lines[i], sheet))
				out->wrong += check_rises(by, &by->lines[i], sheet) + check_steps(by, &by->lines[i], sheet);
	return 0;
}

int report_kernels_check(const struct summary *summary)
{
	struct output out = { 0 };
	int rc = by_kernel_each(summary, check_machine, &out);

	return rc ? rc : out.wrong ? -EDOM : 0;
}
