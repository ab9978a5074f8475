// SPDX-License-Identifier: GPL-2.0-or-later
/* Published times beside ours, as bars. */
#include "report_published.h"

#include <math.h>
#include <string.h>

#include "outfile.h"
#include "published_compare.h"
#include "report_figure.h"

/* What the script has room for. */
#define PANELS_MAX 4
#define GROUPS_MAX 8
#define LABEL_MAX 256

/* Rows of one source. */
struct panel {
	struct compared groups[GROUPS_MAX];
	size_t n;
};

struct figure {
	struct panel panels[PANELS_MAX];
	size_t n;
};

/* A range is shown by its middle, an upper bound not at all. */
static double middle(const struct published_value *value)
{
	return value->low > 0 ? (value->low + value->high) / 2 : NAN;
}

static void put_value(const struct published_row *row, double figure, FILE *f)
{
	fputc('\t', f);
	figure_put_number(published_ns_per_page(row, figure), f);
}

/* "pin get|16 GiB, map=mem|3.2x, ours 3.4x": the title up to its first comma, the rest
 * of it, what the change brings; | ends a line. */
static void put_label(const struct compared *c, FILE *f)
{
	const char *title = c->row->title, *comma = strstr(title, ", ");
	char label[LABEL_MAX], published[32] = "", ours[32] = "ours not measured";

	if (c->ratio.low == c->ratio.high)
		snprintf(published, sizeof(published), "%.3gx, ", c->ratio.low);
	if (!isnan(c->our_ratio))
		snprintf(ours, sizeof(ours), "ours %.3gx", c->our_ratio);
	snprintf(label, sizeof(label), "%.*s|%s|%s%s", (int)(comma ? comma - title : LABEL_MAX), title,
		 comma ? comma + 2 : "", published, ours);
	figure_put_quoted(label, f);
}

static void put_group(const struct compared *c, FILE *f)
{
	put_label(c, f);
	put_value(c->row, middle(&c->row->before_value), f);
	put_value(c->row, c->before.ours, f);
	put_value(c->row, middle(&c->row->after_value), f);
	put_value(c->row, c->after.ours, f);
	fputc('\n', f);
}

static void put_data(const void *figure, FILE *f)
{
	const struct figure *fig = figure;
	size_t p, i;

	fputs("label\tpublished before\tours before\tpublished after\tours after\n", f);
	for (p = 0; p < fig->n; p++)
		for (i = 0; i < fig->panels[p].n; i++)
			put_group(&fig->panels[p].groups[i], f);
}

enum { TITLE, SUBTITLE, COUNTS, PANELS, TEXTS = PANELS + PANELS_MAX };

static void put_text(const void *figure, size_t number, FILE *f)
{
	const struct figure *fig = figure;
	size_t p;

	switch (number) {
	case TITLE:
		fputs("Pinning: published and modelled time for each page, before and after a change", f);
		break;
	case SUBTITLE:
		fputs("Below the bars: how many times less it is after the change. Ours: clock model", f);
		break;
	case COUNTS:
		for (p = 0; p < fig->n; p++)
			fprintf(f, "%s%zu", p ? " " : "", fig->panels[p].n);
		break;
	default:
		p = number - PANELS;
		if (p < fig->n)
			fputs(fig->panels[p].groups[0].row->source, f);
	}
}

static bool is_shown(const struct published_row *row)
{
	return row->use != PUBLISHED_CONTEXT && row->kind == PUBLISHED_TIME;
}

/* Where a row of this source goes; NULL: the figure is full. */
static struct panel *panel_for(struct figure *fig, const struct published_row *row)
{
	struct panel *last = fig->n ? &fig->panels[fig->n - 1] : NULL;

	if (last && last->n < GROUPS_MAX && !strcmp(last->groups[0].row->source, row->source))
		return last;
	if (fig->n == PANELS_MAX)
		return NULL;
	last = &fig->panels[fig->n++];
	last->n = 0;
	return last;
}

/* Takes the next rows; returns how many of them have something of ours. */
static size_t fill(const struct summary *summary, const struct published *p, size_t *next, struct figure *fig)
{
	struct panel *panel;
	size_t ours = 0;

	for (fig->n = 0; *next < p->n; (*next)++) {
		struct compared *c;

		if (!is_shown(&p->rows[*next]))
			continue;
		panel = panel_for(fig, &p->rows[*next]);
		if (!panel)
			break;
		c = &panel->groups[panel->n++];
		published_compare(summary, &p->rows[*next], c);
		ours += c->before.cell || c->after.cell;
	}
	return ours;
}

int report_published_plots(const struct summary *summary, const struct published *p, const char *dir, size_t *figures)
{
	static const struct figure_kind kind = { .name = "published", .texts = TEXTS, .put_text = put_text, .put_data = put_data };
	struct figure_output out = { .kind = &kind, .dir = dir };
	struct figure fig;
	size_t next = 0;
	int rc = make_directories(dir);

	if (!rc)
		rc = figure_remove_older(dir, kind.name);
	while (!rc && next < p->n)
		if (fill(summary, p, &next, &fig))
			rc = figure_draw(&out, &fig);
	*figures = out.figures;
	return rc;
}
