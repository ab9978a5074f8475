// SPDX-License-Identifier: GPL-2.0-or-later
/* A cell over kernels: boots, medians, segments, and where one ends. */
#include "history_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"
#include "outfile.h"
#include "report.h"
#include "report_figure.h"
#include "report_levels.h"

/* Beyond this factor between the highest and the lowest boot, what is low is lost on a linear scale. */
#define LOG_SCALE_FACTOR 8

/* So few kernels have room for what tells their versions apart. */
#define NAMED_MAX 8

/* Of a commit, where there are more. */
#define COMMIT_SHORTER 10

/* Of labels, in pixels of plots/history.gp. */
#define LABEL_WIDTH 70
#define DRIFT_LABEL_WIDTH 150

/* Names that are there twice are told apart by their commit. */
static bool is_ambiguous(const struct change_series *s, size_t row)
{
	const char *kernel = history_version_of(&s->rows[row])->kernel;

	return (row && !strcmp(kernel, history_version_of(&s->rows[row - 1])->kernel)) ||
	       (row + 1 < s->n && !strcmp(kernel, history_version_of(&s->rows[row + 1])->kernel));
}

/* One row of block 0: number, name, what is below it. */
static void put_kernel(const struct change_series *s, size_t row, FILE *f)
{
	const struct history_version *v = history_version_of(&s->rows[row]);
	_cleanup_free_ char *commit = kernel_short_commit(v->commit);
	/* All of uname -v is no name. */
	bool told = commit && (is_ambiguous(s, row) || (s->n <= NAMED_MAX && !strchr(commit, ' ')));

	fprintf(f, "%zu\t", row);
	/* Many commits of one kernel have room for their own names only. */
	if (told && s->n > NAMED_MAX) {
		commit[strnlen(commit, COMMIT_SHORTER)] = 0;
		figure_put_quoted(commit, f);
		told = false;
	} else {
		figure_put_quoted(v->kernel, f);
	}
	fputc('\t', f);
	figure_put_quoted(told ? commit : "", f);
	fputc('\n', f);
}

static void put_boots(const struct change_series *s, FILE *f)
{
	size_t i, k;

	fputs("\n\nx\tboot\n", f);
	for (i = 0; i < s->n; i++)
		for (k = 0; k < s->rows[i].n; k++) {
			fprintf(f, "%zu\t", i);
			figure_put_number(history_shown(s, s->rows[i].values[k]), f);
			fputc('\n', f);
		}
}

/* Of all boots from a row on that are of its segment; *end is where that ends. */
static double level_of(const struct change_series *s, size_t from, size_t *end)
{
	_cleanup_free_ double *values = NULL;
	double level = NAN;
	size_t i, k, n = 0;

	for (*end = from; *end < s->n && s->rows[*end].segment == s->rows[from].segment; ++*end)
		n += s->rows[*end].n;
	values = calloc(n + 1, sizeof(*values));
	if (!values)
		return NAN;
	for (i = from, n = 0; i < *end; i++)
		for (k = 0; k < s->rows[i].n; k++)
			values[n++] = s->rows[i].values[k];
	stats_median(values, n, &level);
	return level;
}

static void put_segments(const struct change_series *s, FILE *f)
{
	size_t i, end;

	fputs("\n\nfrom\twidth\tlevel\n", f);
	for (i = 0; i < s->n; i = end) {
		double level = level_of(s, i, &end);

		fprintf(f, "%.1f\t%zu\t", (double)i - 0.5, end - i);
		figure_put_number(history_shown(s, level), f);
		fputc('\n', f);
	}
}

/* "-86.9 %", of much more "4.2x more" */
static void put_change(double ratio, FILE *f)
{
	if (ratio > 2)
		figure_put_factor(1 / ratio, f);
	else
		fprintf(f, fabs(ratio - 1) < 0.1 ? "%+.1f %%" : "%+.0f %%", 100 * (ratio - 1));
}

static double pixels_between(const struct change_series *s, size_t from, size_t to)
{
	double wide = fmin(fmax(34 * (double)s->n, 1100), 2400);

	return (double)(to - from) * (wide - 106) / (double)s->n;
}

/* Where, which way (1 more, -1 less), which of several heights, and by how much. No change: a row that is not drawn. */
static void put_changes(const struct change_series *s, FILE *f)
{
	size_t i, number = 0, last = 0;

	fputs("\n\nx\tway\theight\ttext\n", f);
	for (i = 0; i < s->n; i++) {
		const struct change_row *row = &s->rows[i];

		if (!row->change)
			continue;
		/* Labels of neighbours are above each other. */
		if (last && pixels_between(s, last, i) < (s->rows[last].drift ? DRIFT_LABEL_WIDTH : LABEL_WIDTH))
			number++;
		else
			number = 0;
		last = i;
		fprintf(f, "%.1f\t%d\t%zu\t\"", (double)i - 0.5, row->against.ratio > 1 ? 1 : -1, number % 3);
		put_change(row->against.ratio, f);
		fprintf(f, "%s\"\n", row->drift ? " (adds up)" : "");
	}
	if (!s->changes)
		fputs("NaN\t0\t0\t\"\"\n", f);
}

/* Are the rows beside this one higher or alike, so that its value has room below it? */
static bool is_low(const struct change_series *s, size_t row)
{
	double sum = 0;
	size_t n = 0;

	if (row) {
		sum += s->rows[row - 1].median;
		n++;
	}
	if (row + 1 < s->n) {
		sum += s->rows[row + 1].median;
		n++;
	}
	return n && sum / (double)n > 0.99 * s->rows[row].median;
}

/* Blocks as plots/history.gp reads them. */
static void put_data(const void *figure, FILE *f)
{
	const struct change_series *s = figure;
	size_t i;

	fputs("x\tkernel\tcommit\n", f);
	for (i = 0; i < s->n; i++)
		put_kernel(s, i, f);
	put_boots(s, f);
	fputs("\n\nx\tmedian\tside\n", f);
	for (i = 0; i < s->n; i++) {
		fprintf(f, "%zu\t", i);
		figure_put_number(history_shown(s, s->rows[i].median), f);
		fprintf(f, "\t%d\n", is_low(s, i) ? -1 : 1);
	}
	put_segments(s, f);
	put_changes(s, f);
}

/* "KERNELS linear|log LOW HIGH" */
static void put_frame(const struct change_series *s, FILE *f)
{
	double lowest = INFINITY, highest = 0, room;
	size_t i, k;

	for (i = 0; i < s->n; i++)
		for (k = 0; k < s->rows[i].n; k++) {
			double v = history_shown(s, s->rows[i].values[k]);

			highest = fmax(highest, v);
			lowest = fmin(lowest, v);
		}
	fprintf(f, "%zu ", s->n);
	if (lowest > 0 && highest > LOG_SCALE_FACTOR * lowest) {
		/* A third of the height is for the labels of changes, as on a linear scale. */
		room = pow(highest / lowest, 0.3);
		fprintf(f, "log %.9g %.9g", lowest / fmax(1.5, pow(highest / lowest, 0.1)), highest * fmax(1.5, room));
	} else {
		/* Not a magnifying glass for what is within the threshold. */
		room = fmax(highest - lowest, 0.05 * highest);
		room = room > 0 ? room : 1;
		fprintf(f, "linear %.9g %.9g", lowest > 1.5 * room ? lowest - 0.35 * room : 0, highest + 0.45 * room);
	}
}

static void put_title(const struct change_series *s, FILE *f)
{
	const struct cell_key *key = change_series_key(s);

	fprintf(f, "%s of %s by kernel: ", s->quantity == QUANTITY_DRAM ? "DRAM" : "Cost", key->v[KEY_OP].text);
	cell_key_describe(key, KEY_ENGINE, KEY_WRITE, NULL, f);
	fputs(", ", f);
	cell_key_describe(key, KEY_SIZE, KEY_BATCH, NULL, f);
	fputs(", ", f);
	cell_key_describe(key, KEY_MEMORY, KEY_OP, NULL, f);
}

static bool is_one_kernel(const struct change_series *s)
{
	size_t i;

	for (i = 1; i < s->n; i++)
		if (strcmp(history_version_of(&s->rows[0])->kernel, history_version_of(&s->rows[i])->kernel))
			return false;
	return true;
}

static void put_subtitle(const struct change_series *s, FILE *f)
{
	unsigned char skip[KEY_COUNT] = { [KEY_ENGINE] = 1, [KEY_GET] = 1, [KEY_PUT] = 1, [KEY_SIZE] = 1 };
	const struct cell_key *key = change_series_key(s);
	const char *caveat = s->quantity == QUANTITY_COST ? report_caveat(key) : NULL;
	enum key k;

	for (k = KEY_TABLE_END; k < KEY_MEMORY; k++)
		skip[k] |= levels_default(key, k);
	cell_key_describe(key, KEY_TABLE_END, KEY_MEMORY, skip, f);
	if (is_one_kernel(s))
		fprintf(f, "; kernel %s", history_version_of(&s->rows[0])->kernel);
	else if (*s->line)
		fprintf(f, "; kernels that start from %s", s->line);
	fputc('\n', f);
	cell_key_describe(key, KEY_FIRST, KEY_TABLE_END, NULL, f);
	fprintf(f, "%s%s\n", caveat ? ". " : "", caveat ? caveat : "");
}

/* The arguments of the script, in its order. */
enum { TITLE, SUBTITLE, FRAME, UNIT, TEXTS };

static void put_text(const void *figure, size_t number, FILE *f)
{
	const struct change_series *s = figure;

	switch (number) {
	case TITLE: put_title(s, f); break;
	case SUBTITLE: put_subtitle(s, f); break;
	case FRAME: put_frame(s, f); break;
	case UNIT: fputs(history_unit(s), f); break;
	}
}

int history_plots(const struct history *history, bool changes, const char *dir, size_t *figures)
{
	static const struct figure_kind kind = {
		.name = "history", .texts = TEXTS, .put_text = put_text, .put_data = put_data,
	};
	struct figure_output out = { .kind = &kind, .dir = dir };
	size_t i, left_out = 0;
	int rc = figure_remove_older(dir, kind.name);

	for (i = 0; !rc && i < history->n_series; i++) {
		const struct change_series *s = &history->series[i];

		/* One kernel is no line. */
		if (s->n < 2 || (changes && !s->changes))
			continue;
		if (out.figures == FIGURES_MAX)
			left_out++;
		else
			rc = figure_draw(&out, s);
	}
	if (!rc && left_out)
		err("warning: %zu series have no plot; there are at most %d", left_out, FIGURES_MAX);
	*figures = out.figures;
	return rc;
}
