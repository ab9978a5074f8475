// SPDX-License-Identifier: GPL-2.0-or-later
/* Cost of get and put (register and deregister) by kernel, as bars. */
#include "report.h"

#include <math.h>

#include "report_figure.h"
#include "report_levels.h"

/* Beyond this factor between the highest and the lowest point a bar tells nothing. */
#define LOG_SCALE_FACTOR 60

static double cost(const struct summary_cell *cell)
{
	return cell->cost.median;
}

static void put_series(const struct figure_bars *fig, const char *op, const struct cell_key *series, FILE *f)
{
	const struct summary_cell *cell;
	size_t i;

	fputs("\n\n\"", f);
	figure_put_series_name(fig, series, f);
	fputs("\"\tper_page\tci_low\tci_high\n", f);
	for (i = 0; i < fig->n_kernels; i++) {
		cell = figure_find(fig, op, series, fig->kernels[i]);
		fprintf(f, "%zu\t", i);
		figure_put_number(cell ? cell->cost.median : NAN, f);
		fputc('\t', f);
		figure_put_number(cell ? cell->cost.ci_low : NAN, f);
		fputc('\t', f);
		figure_put_number(cell ? cell->cost.ci_high : NAN, f);
		fputc('\n', f);
	}
}

/* Blocks as plots/get-put.gp reads them: the kernels, then get (register) by series, then put by series. */
static void put_data(const void *figure, FILE *f)
{
	const struct figure_bars *fig = figure;
	size_t op, i;

	figure_put_kernels(fig, f);
	for (op = 0; op < 2; op++)
		for (i = 0; i < fig->n_series; i++)
			put_series(fig, levels_op(fig->cells, fig->n, op), fig->series[i], f);
}

/* "SERIES KERNELS linear|log LOW HIGH" */
static void put_frame(const struct figure_bars *fig, FILE *f)
{
	double lowest = INFINITY, highest = 0;
	size_t i;

	for (i = 0; i < fig->n; i++) {
		const struct stats *s = &fig->cells[i]->cost;

		if (!s->n)
			continue;
		highest = fmax(highest, fmax(s->median, s->ci_high));
		if (s->median > 0)
			lowest = fmin(lowest, fmin(s->median, s->ci_low));
	}
	fprintf(f, "%zu %zu ", fig->n_series, fig->n_kernels);
	if (highest > LOG_SCALE_FACTOR * lowest)
		fprintf(f, "log %.9g %.9g", lowest / 2, highest * 3);
	else
		fprintf(f, "linear 0 %.9g", highest > 0 ? highest * 1.15 : 1);
}

static void put_title(const struct figure_bars *fig, const char *unit, FILE *f)
{
	char what[80];

	snprintf(what, sizeof(what), "Cost of %s and %s, %s", levels_op(fig->cells, fig->n, 0),
		 levels_op(fig->cells, fig->n, 1), unit);
	figure_put_title(fig, what, f);
}

/* The arguments of the script, in its order. */
enum { TITLE, SUBTITLE, FRAME, UNIT, GET, PUT, TEXTS };

static void put_text(const void *figure, size_t number, FILE *f)
{
	const struct figure_bars *fig = figure;
	const char *unit = report_units(fig->series[0])->per_page;

	switch (number) {
	case TITLE: put_title(fig, unit, f); break;
	case SUBTITLE: figure_put_subtitle(fig, "Median with 95 % CI.", f); break;
	case FRAME: put_frame(fig, f); break;
	case UNIT: fputs(unit, f); break;
	case GET: figure_put_story(fig, levels_op(fig->cells, fig->n, 0), cost, f); break;
	case PUT: figure_put_story(fig, levels_op(fig->cells, fig->n, 1), cost, f); break;
	}
}

static int draw(struct summary_cell **cells, size_t n, struct figure_output *out)
{
	struct figure_bars fig;
	int rc = figure_open(&fig, cells, n);

	if (!rc && fig.n_series)
		rc = figure_draw(out, &fig);
	figure_close(&fig);
	return rc;
}

int report_plots(const struct summary *summary, const char *dir, size_t *figures)
{
	static const struct figure_kind kind = {
		.name = "get-put", .end = KEY_FIGURE_END, .texts = TEXTS,
		.draw = draw, .put_text = put_text, .put_data = put_data,
	};

	return figure_each(summary, &kind, dir, figures);
}
