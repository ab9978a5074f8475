// SPDX-License-Identifier: GPL-2.0-or-later
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "key_columns.h"
#include "text_table.h"

/* The cells of one table: pins, or bring-up of devices. */
struct section {
	bool bring_up;
	struct summary_cell **cells;
	size_t n;
	unsigned char same[KEY_COUNT]; /* keys that have one value in all cells */
	size_t measured;
	size_t by_boot; /* of the measured */
	int decimals;
	bool split; /* some tell where the time went */
	bool markdown;
	FILE *f;
};

size_t report_group_end(const struct summary *s, size_t from, enum key end)
{
	size_t i = from;

	while (i < s->n_cells && !cell_key_compare(&s->cells[from]->key, &s->cells[i]->key, KEY_FIRST, end))
		i++;
	return i;
}

/* From the cost per page to what the table shows: millions (ms, that is) for the device in bring-up. */
static double scaled(const struct summary_cell *cell, double per_page)
{
	return summary_cell_bring_up(cell) ? summary_cell_whole(cell, per_page) / 1e6 : per_page;
}

static const char *unit(const struct section *s)
{
	const struct report_units *units = report_units(&s->cells[0]->key);

	return s->bring_up ? units->device : units->page;
}

static void open_section(struct section *s)
{
	double least = INFINITY;
	size_t i;

	memset(s->same, 1, sizeof(s->same));
	for (i = 0; i < s->n; i++) {
		const struct summary_cell *cell = s->cells[i];

		key_columns_join(&s->cells[0]->key, &cell->key, s->same);
		if (!summary_cell_measured(cell))
			continue;
		s->measured++;
		s->by_boot += cell->boots > 1;
		s->split |= !isnan(cell->rest_ns);
		least = fmin(least, scaled(cell, cell->cost.median));
	}
	s->same[KEY_OP] = 0;
	/* Three digits of the smallest figure. */
	s->decimals = least < 1 ? 3 : least < 100 ? 2 : 1;
}

static void print_legend(const struct section *s, const struct cell_key *key)
{
	const char *model = key->v[KEY_MODEL].text;

	fputs(unit(s), s->f);
	if (*model)
		fprintf(s->f, " (model %s)", model);
	fprintf(s->f, ": %s, raw MAD, 95 %% bootstrap CI.\n",
		s->by_boot == s->measured ? "median of boots (of the medians of their repetitions)"
		: s->by_boot		  ? "median over boots or, where there was one only, over repetitions"
					  : "one boot only: median over its repetitions");
	fprintf(s->f, "spread %%: the largest of %s less the smallest, over the median.\n",
		!s->by_boot		    ? "its repetitions"
		: s->by_boot == s->measured ? "the boots"
					    : "these");
	if (s->split)
		fputs("populate, initialise, rest: where the time goes, by rounds that are traced and not in ms.\n",
		      s->f);
	if (s->bring_up)
		fputs("MiB/GiB: DRAM that a bind takes, an unbind gives back, for each GiB of the device; ", s->f);
	else if (cell_key_clock(key) != CLOCK_INSN)
		fputs("ms/range: the slowest thread's calls for the whole range; ", s->f);
	fputs("ratio: cost relative to the first kernel of the block.\n\n", s->f);
}

static void print_heading(const struct section *s)
{
	const struct cell_key *key = &s->cells[0]->key;
	const char *caveat = report_caveat(key), *bold = s->markdown ? "**" : "";

	fputs(s->markdown ? "## " : "", s->f);
	cell_key_describe(key, 0, KEY_TABLE_END, NULL, s->f);
	fputs(s->bring_up ? ": bring-up of devices" : "", s->f);
	fputs(s->markdown ? "\n\n" : "\n", s->f);
	if (caveat)
		fprintf(s->f, "%s%s%s\n%s", bold, caveat, bold, s->markdown ? "\n" : "");
	fputs("Same in all rows: ", s->f);
	key_columns_put_same(key, s->same, KEY_COUNT, s->f);
	fputs(s->markdown ? "\n\n" : "\n", s->f);
	if (s->measured)
		print_legend(s, key);
}

static int set_remark(struct text_table *t, size_t *c, const struct summary_cell *cell)
{
	const char *untrusted = summary_cell_trusted(cell) ? "" : "untrusted";

	if (!cell->incomplete)
		return text_table_set(t, c, "%s", untrusted);
	return text_table_set(t, c, "%s%s%zu incomplete", untrusted, *untrusted ? ", " : "", cell->incomplete);
}

/* What a range of the cell's size costs beside its time. */
static int set_range(const struct section *s, const struct summary_cell *cell, struct text_table *t, size_t *c)
{
	if (s->bring_up)
		return text_table_set_double(t, c, 3, summary_cell_dram_mib_per_gib(cell));
	return text_table_set_double(t, c, cell->range_ms < 10 ? 3 : 1, cell->range_ms);
}

/* Where the time of bring-up goes; with the decimals of the time itself. */
static int set_split(const struct section *s, const struct summary_cell *cell, struct text_table *t, size_t *c)
{
	int rc;

	if (!s->bring_up)
		return 0;
	rc = text_table_set_double(t, c, s->decimals, cell->populate_ns / 1e6);
	if (!rc)
		rc = text_table_set_double(t, c, s->decimals, cell->initialise_ns / 1e6);
	return rc ? rc : text_table_set_double(t, c, s->decimals, cell->rest_ns / 1e6);
}

static int add_figures(const struct section *s, const struct summary_cell *cell, struct text_table *t, bool gap)
{
	const struct stats *st = &cell->cost;
	size_t c = 0;
	int rc = text_table_row(t, gap);

	if (!rc)
		rc = key_columns_set(s->same, &cell->key, t, &c);
	if (!rc)
		rc = text_table_set_double(t, &c, s->decimals, scaled(cell, st->median));
	if (!rc)
		rc = text_table_set_double(t, &c, s->decimals, scaled(cell, st->mad));
	if (!rc)
		rc = text_table_set_double(t, &c, s->decimals, scaled(cell, st->ci_low));
	if (!rc)
		rc = text_table_set_double(t, &c, s->decimals, scaled(cell, st->ci_high));
	if (!rc)
		rc = text_table_set_double(t, &c, cell->spread_percent < 1 ? 3 : 1, cell->spread_percent);
	if (!rc)
		rc = set_range(s, cell, t, &c);
	if (!rc)
		rc = set_split(s, cell, t, &c);
	if (!rc)
		rc = text_table_set(t, &c, "%zu", cell->boots);
	if (!rc)
		rc = text_table_set(t, &c, "%zu", cell->repetitions);
	if (!rc)
		rc = text_table_set_double(t, &c, cell->ratio < 0.01 ? 5 : 3, cell->ratio);
	if (!rc && s->by_boot && s->by_boot < s->measured)
		rc = text_table_set(t, &c, "%s", summary_cell_level(cell));
	return rc ? rc : set_remark(t, &c, cell);
}

/* Those that stay empty are not shown: there is no ms/range of instructions. */
static int build_figures(const struct section *s, struct text_table *t)
{
	static const char *const split[] = {"populate ms", "initialise ms", "rest ms"};
	static const char *const counts[] = {"boots", "repetitions", "ratio"};
	const char *const titles[] = {
		unit(s), "MAD", "CI low", "CI high", "spread %", s->bring_up ? "MiB/GiB" : "ms/range",
	};
	const struct summary_cell *before = NULL;
	size_t i;
	int rc = 0;

	key_columns_add(s->same, t);
	for (i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		text_table_column(t, titles[i], true);
	for (i = 0; s->bring_up && i < sizeof(split) / sizeof(split[0]); i++)
		text_table_column(t, split[i], true);
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		text_table_column(t, counts[i], true);
	if (s->by_boot && s->by_boot < s->measured)
		text_table_column(t, "level", false);
	text_table_column(t, "remark", false);
	for (i = 0; !rc && i < s->n; i++) {
		const struct summary_cell *cell = s->cells[i];

		if (!summary_cell_measured(cell))
			continue;
		rc = add_figures(s, cell, t,
				 before && cell_key_compare(&before->key, &cell->key, KEY_FIRST, KEY_CELL_END));
		before = cell;
	}
	return rc;
}

static int add_problem(const struct section *s, const struct summary_cell *cell, const char *status, uint64_t rows,
		       const char *reason, struct text_table *t)
{
	size_t c = 0;
	int rc = text_table_row(t, false);

	if (!rc)
		rc = text_table_set(t, &c, "%s", status);
	if (!rc)
		rc = text_table_set(t, &c, "%" PRIu64, rows);
	if (!rc)
		rc = key_columns_set(s->same, &cell->key, t, &c);
	return rc ? rc : text_table_set(t, &c, "%s", *reason ? reason : "no reason given");
}

static int build_problems(const struct section *s, struct text_table *t)
{
	size_t i, k;
	int rc = 0;

	text_table_column(t, "status", false);
	text_table_column(t, "rows", true);
	key_columns_add(s->same, t);
	text_table_column(t, "reason", false);
	for (i = 0; !rc && i < s->n; i++)
		for (k = 0; !rc && k < s->cells[i]->n_problems; k++) {
			const struct summary_problem *p = &s->cells[i]->problems[k];

			rc = add_problem(s, s->cells[i], p->status, p->rows, p->reason, t);
		}
	return rc;
}

static int print(const struct section *s, const struct text_table *t)
{
	return s->markdown ? text_table_markdown(t, s->f) : text_table_print(t, s->f);
}

static int print_section(struct section *s)
{
	_cleanup_text_table_ struct text_table figures = {0}, problems = {0};
	size_t i;
	int rc;

	open_section(s);
	print_heading(s);
	rc = build_figures(s, &figures);
	if (!rc)
		rc = build_problems(s, &problems);
	if (!rc)
		rc = print(s, &figures);
	for (i = 0; i < s->n; i++)
		if (!summary_cell_trusted(s->cells[i])) {
			fputs("\nUntrusted: the kernel has debug options that dominate the result, or no clock but its ticks; "
			      "it is not compared.\n",
			      s->f);
			break;
		}
	if (!rc && problems.rows) {
		fprintf(s->f, "\nNot measured, or left out of the medians:%s\n", s->markdown ? "\n" : "");
		rc = print(s, &problems);
	}
	return rc;
}

/* The cells of a group that are bring-up, or those that are not, as a table. */
static int print_kind(struct summary_cell **cells, size_t n, bool bring_up, bool markdown, bool *first, FILE *f)
{
	_cleanup_free_ struct summary_cell **kind = calloc(n, sizeof(*kind));
	struct section s = {.cells = kind, .bring_up = bring_up, .markdown = markdown, .f = f};
	size_t i;

	if (!kind)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		if (summary_cell_bring_up(cells[i]) == bring_up)
			kind[s.n++] = cells[i];
	if (!s.n)
		return 0;
	if (!*first)
		fputc('\n', f);
	*first = false;
	return print_section(&s);
}

static int print_all(const struct summary *summary, bool markdown, FILE *f)
{
	bool first = true;
	size_t from, end;
	int rc = 0;

	if (markdown)
		fputs("# Cost of get and put\n\n", f);
	for (from = 0; !rc && from < summary->n_cells; from = end) {
		struct summary_cell **cells = summary->cells + from;

		end = report_group_end(summary, from, KEY_TABLE_END);
		rc = print_kind(cells, end - from, false, markdown, &first, f);
		if (!rc)
			rc = print_kind(cells, end - from, true, markdown, &first, f);
	}
	return rc;
}

int report_table(const struct summary *summary, FILE *f)
{
	return print_all(summary, false, f);
}

int report_markdown(const struct summary *summary, FILE *f)
{
	return print_all(summary, true, f);
}
