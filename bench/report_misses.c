// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the cache lines of a page come from, by level and kind of memory; clock model only. */
#include "report.h"

#include <math.h>

#include "report_figure.h"
#include "report_levels.h"

/* Of a bar, from below. */
static const char *const layers[] = {
	"L2 hits", "LLC hits", "DRAM, streamed", "DRAM, missed", "pmem, streamed", "pmem, missed", "written back to DRAM",
	"written back to pmem",
};

#define LAYERS (sizeof(layers) / sizeof(layers[0]))

/* Medians of two counts may differ by a hair where the counts cannot. */
static double hits(double misses, double misses_below)
{
	return misses < misses_below ? 0 : misses - misses_below;
}

/* In the order of layers[]; NAN: not counted. */
static void take_layers(const struct summary_cell *cell, double lines[LAYERS])
{
	const double *count = cell->per_page;

	lines[0] = hits(count[COUNT_l1_misses], count[COUNT_l2_misses]);
	lines[1] = hits(count[COUNT_l2_misses], count[COUNT_llc_misses]);
	lines[2] = count[COUNT_dram_streamed];
	lines[3] = count[COUNT_dram_misses];
	lines[4] = count[COUNT_pmem_streamed];
	lines[5] = count[COUNT_pmem_misses];
	lines[6] = count[COUNT_dram_writebacks];
	lines[7] = count[COUNT_pmem_writebacks];
}

static double all_lines(const struct summary_cell *cell)
{
	double lines[LAYERS], sum = 0;
	size_t i;

	take_layers(cell, lines);
	for (i = 0; i < LAYERS; i++)
		sum += lines[i];
	return sum;
}

/* "mem": under a bar there is room for what differs only. */
static void put_short_name(const struct figure_bars *fig, const struct cell_key *series, FILE *f)
{
	char buf[KEY_TEXT_MAX];
	const char *space = "";
	enum key k;

	for (k = KEY_FIGURE_END; k < KEY_SERIES_END; k++) {
		const char *text = cell_key_text(series, k, 1, buf);

		if (fig->same[k] || !*text)
			continue;
		fprintf(f, "%s%s", space, text);
		space = " ";
	}
}

static void put_bar(const struct figure_bars *fig, const char *op, size_t kernel, size_t series, FILE *f)
{
	const struct summary_cell *cell = figure_find(fig, op, fig->series[series], fig->kernels[kernel]);
	double lines[LAYERS];
	size_t i;

	fprintf(f, "%zu\t%zu\t\"", kernel, series);
	put_short_name(fig, fig->series[series], f);
	fputc('"', f);
	if (cell)
		take_layers(cell, lines);
	for (i = 0; i < LAYERS; i++) {
		fputc('\t', f);
		figure_put_number(cell ? lines[i] : NAN, f);
	}
	fputc('\n', f);
}

/* Blocks as plots/misses.gp reads them: the kernels, then a row per bar for get (register), then for put. */
static void put_data(const void *figure, FILE *f)
{
	const struct figure_bars *fig = figure;
	size_t op, kernel, series, i;

	figure_put_kernels(fig, f);
	for (op = 0; op < 2; op++) {
		fputs("\n\nkernel\tseries\tname", f);
		for (i = 0; i < LAYERS; i++)
			fprintf(f, "\t\"%s\"", layers[i]);
		fputc('\n', f);
		for (kernel = 0; kernel < fig->n_kernels; kernel++)
			for (series = 0; series < fig->n_series; series++)
				put_bar(fig, levels_op(fig->cells, fig->n, op), kernel, series, f);
	}
}

/* "SERIES KERNELS LAYERS HIGH" */
static void put_frame(const struct figure_bars *fig, FILE *f)
{
	double highest = 0;
	size_t i;

	for (i = 0; i < fig->n; i++)
		if (summary_cell_measured(fig->cells[i]))
			highest = fmax(highest, all_lines(fig->cells[i]));
	fprintf(f, "%zu %zu %zu %.9g", fig->n_series, fig->n_kernels, LAYERS, highest > 0 ? highest * 1.15 : 1);
}

/* The arguments of the script, in its order. */
enum { TITLE, SUBTITLE, FRAME, GET, PUT, TEXTS };

static void put_text(const void *figure, size_t number, FILE *f)
{
	const struct figure_bars *fig = figure;

	switch (number) {
	case TITLE: figure_put_title(fig, "Cache lines beyond L1 per page", f); break;
	case SUBTITLE: figure_put_subtitle(fig, "Medians.", f); break;
	case FRAME: put_frame(fig, f); break;
	case GET: figure_put_story(fig, levels_op(fig->cells, fig->n, 0), all_lines, f); break;
	case PUT: figure_put_story(fig, levels_op(fig->cells, fig->n, 1), all_lines, f); break;
	}
}

static int draw(struct summary_cell **cells, size_t n, struct figure_output *out)
{
	struct figure_bars fig;
	int rc;

	if (cell_key_clock(&cells[0]->key) != CLOCK_MODEL)
		return 0;
	rc = figure_open(&fig, cells, n);
	if (!rc && fig.n_series)
		rc = figure_draw(out, &fig);
	figure_close(&fig);
	return rc;
}

int report_misses(const struct summary *summary, const char *dir, size_t *figures)
{
	static const struct figure_kind kind = {
		.name = "misses", .end = KEY_FIGURE_END, .texts = TEXTS,
		.draw = draw, .put_text = put_text, .put_data = put_data,
	};

	return figure_each(summary, &kind, dir, figures);
}
