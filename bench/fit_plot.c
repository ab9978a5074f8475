// SPDX-License-Identifier: GPL-2.0-or-later
#include "fit_plot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "cleanup.h"
#include "gnuplot.h"
#include "log.h"
#include "outfile.h"
#include "report_figure.h"
#include "report_levels.h"

#define PAGES_PER_GIB 262144.0
/* Of the band, between the smallest and the largest size. */
#define STEPS 32
/* The least that an axis spans, each way: exact counts would show rounding. */
#define SPAN 0.05

struct plot {
	const struct fit_groups *groups;
	const struct fit_checks *checks;
	size_t panels;
	double pages_min, pages_max;
};

static double gib(double pages)
{
	return pages / PAGES_PER_GIB;
}

/* Checks of the panel, by turns; NULL: no more. */
static const struct fit_check *next_check(const struct plot *p, size_t panel, size_t *at)
{
	for (; *at < p->checks->n; (*at)++)
		if (p->checks->v[*at].group == &p->groups->v[panel])
			return &p->checks->v[(*at)++];
	return NULL;
}

static void find_sizes(struct plot *p)
{
	p->pages_min = INFINITY;
	for (size_t i = 0; i < p->panels; i++) {
		const struct fit_group *group = &p->groups->v[i];
		const struct fit_check *check;
		size_t at = 0;

		p->pages_min = fmin(p->pages_min, group->points[0].at.pages);
		p->pages_max = fmax(p->pages_max, group->points[group->n - 1].at.pages);
		while ((check = next_check(p, i, &at)))
			p->pages_max = fmax(p->pages_max, check->at.pages);
	}
}

static void widen(double range[2], double value)
{
	range[0] = fmin(range[0], value);
	range[1] = fmax(range[1], value);
}

static void find_range(const struct plot *p, size_t panel, double range[2])
{
	const struct fit_group *group = &p->groups->v[panel];
	const struct fit_check *check;
	double middle, half;
	size_t at = 0;

	range[0] = INFINITY;
	range[1] = 0;
	for (size_t i = 0; i < group->n; i++)
		widen(range, group->points[i].at.value / group->points[i].at.pages);
	while ((check = next_check(p, panel, &at)))
		widen(range, check->at.value / check->at.pages);
	middle = (range[0] + range[1]) / 2;
	half = fmax(1.2 * (range[1] - range[0]) / 2, fmax(SPAN * middle, 1e-9));
	range[0] = middle - half;
	range[1] = middle + half;
}

static void put_name(const struct plot *p, const struct levels *levels, size_t panel, FILE *f)
{
	const struct fit_group *group = &p->groups->v[panel];
	const char *space = "";
	char text[KEY_TEXT_MAX];

	for (const enum key *k = levels->keys; *k != KEY_COUNT; k++) {
		const char *value = cell_key_text(fit_group_key(group), *k, 1, text);

		if (levels->untold[*k] || !*value)
			continue;
		fprintf(f, "%s%s", space, value);
		space = " ";
	}
	fprintf(f, "%s%s", space, fit_quantity_names[group->quantity]);
}

static int put_names(const struct plot *p, const struct levels *levels, FILE *f)
{
	double range[2];

	fputs("name\tlow\thigh\n", f);
	for (size_t i = 0; i < p->panels; i++) {
		_cleanup_free_ char *name = NULL;
		size_t len;
		FILE *text = open_memstream(&name, &len);

		if (!text)
			return -ENOMEM;
		put_name(p, levels, i, text);
		if (fclose(text))
			return -ENOMEM;
		figure_put_quoted(name, f);
		find_range(p, i, range);
		fprintf(f, "\t%.9g\t%.9g\n", range[0], range[1]);
	}
	return 0;
}

static void put_point(const struct line_point *at, int checked, FILE *f)
{
	fprintf(f, "%.9g\t", gib(at->pages));
	figure_put_number(checked ? NAN : at->value / at->pages, f);
	fputc('\t', f);
	figure_put_number(checked ? at->value / at->pages : NAN, f);
	fputc('\n', f);
}

/* With calls told apart there is a line for each size of calls: that of the largest point is drawn. */
static void put_panel(const struct plot *p, size_t panel, FILE *f)
{
	const struct fit_group *group = &p->groups->v[panel];
	const struct fit_check *check;
	size_t at = 0;

	fputs("\n\nsize\tfitted\tchecked\n", f);
	for (size_t i = 0; i < group->n; i++)
		put_point(&group->points[i].at, 0, f);
	while ((check = next_check(p, panel, &at)))
		put_point(&check->at, 1, f);
	fputs("\n\nsize\tline\tlow\thigh\n", f);
	for (int i = 0; i <= STEPS; i++) {
		double pages = p->pages_min * pow(p->pages_max / p->pages_min, (double)i / STEPS);
		double calls = fit_group_calls(group, group->points[group->n - 1].cell, pages);
		struct line_prediction line = line_predict(&group->line, calls, pages);

		fprintf(f, "%.9g\t%.9g\t%.9g\t%.9g\n", gib(pages), line.value / pages, line.low / pages, line.high / pages);
	}
}

static int put_data(const struct plot *p, const struct levels *levels, const char *path)
{
	_cleanup_outfile_ struct outfile out = { 0 };
	int rc = outfile_open(&out, path);

	if (!rc)
		rc = put_names(p, levels, out.f);
	for (size_t i = 0; !rc && i < p->panels; i++)
		put_panel(p, i, out.f);
	return rc ? rc : outfile_commit(&out);
}

static int draw(const struct plot *p, const struct levels *levels, const char *base)
{
	static const char *const suffixes[] = { ".svg", ".png", NULL };
	_cleanup_free_ char *data = NULL, *frame = NULL;
	int rc;

	if (asprintf(&data, "%s.dat", base) < 0)
		data = NULL;
	if (asprintf(&frame, "%zu %.9g %.9g", p->panels, gib(p->pages_min), gib(p->pages_max)) < 0)
		frame = NULL;
	if (!data || !frame)
		return -ENOMEM;
	rc = put_data(p, levels, data);
	return rc ? rc : gnuplot_run("fit.gp", base, suffixes, (const char *const[]){ data, frame, NULL });
}

int fit_plot(const struct fit_groups *groups, const struct fit_checks *checks, double pages_max, const char *base)
{
	struct plot p = { .groups = groups, .checks = checks, .panels = groups->n, .pages_max = pages_max };
	_cleanup_free_ struct summary_cell **cells = calloc(groups->n + 1, sizeof(*cells));
	struct levels levels = { 0 };
	int rc = cells ? 0 : -ENOMEM;

	if (p.panels > FIT_PLOT_PANELS) {
		note("the plot has the first %d of %zu lines", FIT_PLOT_PANELS, p.panels);
		p.panels = FIT_PLOT_PANELS;
	}
	for (size_t i = 0; !rc && i < groups->n; i++)
		cells[i] = (struct summary_cell *)groups->v[i].points[0].cell;
	if (!rc)
		rc = levels_open(&levels, cells, p.panels, fit_keys);
	find_sizes(&p);
	if (!rc)
		rc = draw(&p, &levels, base);
	levels_close(&levels);
	if (rc == -ENOMEM)
		err("out of memory");
	return rc;
}
