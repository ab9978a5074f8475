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
#include "kernel_moves.h"
#include "log.h"
#include "report.h"
#include "text_stream.h"
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
	struct text_stream out;

	if (text_stream_open(&out))
		return NULL;
	put(by, line, out.f);
	return text_stream_close(&out);
}

static int set_text(struct text_table *t, size_t *c, put_fn put, const struct by_kernel *by,
		    const struct by_kernel_line *line)
{
	_cleanup_free_ char *text = text_of(put, by, line);

	return text ? text_table_set(t, c, "%s", text) : -ENOMEM;
}

static int set_unit(struct text_table *t, size_t *c, const struct by_kernel *by, const struct by_kernel_line *line,
		    size_t sheet)
{
	_cleanup_free_ char *text = NULL;
	struct text_stream out;

	if (text_stream_open(&out))
		return -ENOMEM;
	by_kernel_put_unit(by, line, sheet, out.f);
	text = text_stream_close(&out);
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
		rc = set_unit(t, &c, by, line, sheet);
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

static int set_reasons(struct text_table *t, size_t *c, const struct by_kernel *by, const struct kernel_move *move)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return -ENOMEM;
	kernel_move_put_reasons(by, move, f);
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

struct moves_table {
	struct text_table *t;
	size_t last; /* the kernel of the row before */
};

/* One row for the sheets that have a step between the same two kernels. */
static int add_move(const struct by_kernel *by, const struct kernel_move *move, void *arg)
{
	struct moves_table *moves = arg;
	struct text_table *t = moves->t;
	size_t c = 0, sheet;
	double ratio;
	int rc = text_table_row(t, moves->last != SIZE_MAX && moves->last != move->to);

	moves->last = move->to;
	if (!rc)
		rc = text_table_set(t, &c, "%s to %s", by->kernels.v[move->from]->v[KEY_KERNEL].text,
				    by->kernels.v[move->to]->v[KEY_KERNEL].text);
	if (!rc)
		rc = set_text(t, &c, by_kernel_put_name, by, move->line);
	if (!rc)
		rc = set_text(t, &c, by_kernel_put_memory, by, move->line);
	for (sheet = 0; !rc && sheet < by->sheets.n; sheet++) {
		ratio = kernel_move_ratio(by, move, sheet);
		if (isnan(ratio))
			c++;
		else
			rc = set_ratio(t, &c, ratio);
	}
	return rc ? rc : set_reasons(t, &c, by, move);
}

static int build_moves(struct text_table *t, const struct by_kernel *by)
{
	struct moves_table moves = { t, SIZE_MAX };
	size_t sheet;

	text_table_column(t, "between", false);
	text_table_column(t, "figure", false);
	text_table_column(t, "memory", false);
	for (sheet = 0; sheet < by->sheets.n; sheet++)
		text_table_column(t, by->clocks[sheet], true);
	text_table_column(t, "by", false);
	return kernel_moves_each(by, add_move, &moves);
}

static void put_changes(const struct by_kernel *by, const struct output *out)
{
	const char *bold = out->markdown ? "**" : "";
	size_t i;

	for (i = 0; i < kernel_changes_n; i++) {
		if (!kernel_change_told(by, &kernel_changes[i]))
			continue;
		fprintf(out->f, "- %s%s%s, ", bold, kernel_changes[i].name, bold);
		kernel_change_put(by, &kernel_changes[i], out->f);
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
	fprintf(out->f, "Figures that differ by more than %.0f %% from the kernel before on one of the clocks (DRAM, which is on none, stands in the first), and what is known to move them.\n%s",
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
	if (by_kernel_lines(by) > 1)
		fprintf(out->f, "%s%s\n", out->markdown ? "\n" : "", by_kernel_lines_text);
	fprintf(out->f, "%sMedians; behind them the ratio to the kernel before that has the figure, with %s where it falls and %s where it rises by more "
		"than %.0f %% and by more than %g.\nMiB/GiB: DRAM that a bind takes for each GiB of the device.\n\n", out->markdown ? "\n" : "",
		out->markdown ? "↓" : "v", out->markdown ? "↑" : "^", 100 * BY_KERNEL_STEP, BY_KERNEL_LEAST);
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
	csv_put_double(f, by_kernel_value(by, line, sheet, kernel));
	fprintf(f, ",%zu", cell->boots);
	csv_put(f, before == SIZE_MAX ? "" : by->kernels.v[before]->v[KEY_KERNEL].text, false);
	csv_put_double(f, ratio);
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

	err("%s, %s, clock %s: %s", name ? name : "", memory ? memory : "", by->clocks[sheet], what);
}

static size_t check_rises(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet)
{
	struct kernel_move move;
	size_t i, k, wrong = 0;
	char what[200];

	for (k = 1; k < by->kernels.n; k++) {
		if (!kernel_move_find(by, line, sheet, k, &move) || move.ratio < 1 || kernel_move_staged(by, &move))
			continue;
		for (i = 0; i < kernel_changes_n && !kernel_move_explained(by, &move, &kernel_changes[i]); i++)
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
	size_t i, wrong = 0;
	char what[200];

	for (i = 0; i < kernel_changes_n; i++) {
		const struct kernel_change *change = &kernel_changes[i];

		if (!kernel_fall_expected(by, line, sheet, change) || kernel_fall_here(by, line, sheet, change) > 0)
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
