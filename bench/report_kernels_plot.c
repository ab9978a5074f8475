// SPDX-License-Identifier: GPL-2.0-or-later
/* Small multiples: each figure over kernels, a panel for what is done and a line for each memory. */
#include "report.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "by_kernel.h"
#include "cleanup.h"
#include "kernel_line.h"
#include "kernel_moves.h"
#include "log.h"
#include "report_figure.h"

/* Fewer are told by the other plots; more are jobs that vary a size, which have plots of their own. */
#define PANELS_MIN 3
#define PANELS_MAX 20
#define KERNELS_MIN 3
#define KERNELS_MAX 16
#define SERIES_MAX 8
/* Beyond this factor between the highest and the lowest point the low ones are lost on a linear scale. */
#define LOG_SCALE_FACTOR 12
/* Points that are as near as this are one on the paper: their value is printed once. */
#define NEAR 0.05

/* In the order of colours. */
static const enum key series_keys[] = { KEY_MEMORY, KEY_ALIGN, KEY_MAP, KEY_COUNT };

struct panel {
	const struct by_kernel_line *series[SERIES_MAX];
	size_t n;
};

struct kernels_plot {
	struct by_kernel by;
	size_t kernels[KERNELS_MAX], n_kernels; /* those that are trusted */
	struct panel panels[PANELS_MAX];
	size_t n_panels;
	struct levels series; /* memory, map and align have one colour in all panels */
	bool fits; /* nothing was left out */
};

/* Lines of a panel differ in the memory's map and align, of bring-up also in size and job. */
static bool same_panel(const struct by_kernel_line *a, const struct by_kernel_line *b)
{
	enum key k;

	if (a->kind != b->kind || cell_key_compare(a->key, b->key, KEY_OP, KEY_OP + 1))
		return false;
	if (a->kind != BY_KERNEL_PIN)
		return true;
	for (k = KEY_JOB; k < KEY_OP; k++)
		if (k != KEY_MAP && k != KEY_ALIGN && levels_differ(a->key, b->key, k))
			return false;
	return true;
}

static double value_at(const struct kernels_plot *p, const struct by_kernel_line *line, size_t i)
{
	return by_kernel_value(&p->by, line, 0, p->kernels[i]);
}

static bool is_near(double a, double b, double by)
{
	return (isnan(a) && isnan(b)) || fabs(a - b) <= by * fmax(fabs(a), fabs(b));
}

/* Put of the same memory does not ask how that was got: with the same values it needs no other panel. */
static bool is_twin(const struct kernels_plot *p, const struct by_kernel_line *line, const struct by_kernel_line *other)
{
	enum key k;
	size_t i;

	if (line->kind != BY_KERNEL_PIN || other->kind != BY_KERNEL_PIN || strcmp(line->key->v[KEY_OP].text, "put"))
		return false;
	for (k = KEY_JOB; k <= KEY_OP; k++)
		if (k != KEY_GET && k != KEY_JOB && levels_differ(line->key, other->key, k))
			return false;
	for (i = 0; i < p->n_kernels; i++)
		if (!is_near(value_at(p, line, i), value_at(p, other, i), 0.01))
			return false;
	return true;
}

/* A value that is 0 everywhere is no line: DRAM of map=dev. */
static bool is_shown(const struct kernels_plot *p, size_t number)
{
	const struct by_kernel_line *line = &p->by.lines[number];
	double most = 0;
	size_t i;

	if (!by_kernel_has(&p->by, line, 0))
		return false;
	for (i = 0; i < number; i++)
		if (is_twin(p, line, &p->by.lines[i]))
			return false;
	for (i = 0; i < p->n_kernels; i++)
		most = fmax(most, value_at(p, line, i));
	return most > BY_KERNEL_LEAST;
}

static void add_line(struct kernels_plot *p, const struct by_kernel_line *line)
{
	struct panel *panel = NULL;
	size_t i;

	for (i = 0; i < p->n_panels && !panel; i++)
		if (same_panel(p->panels[i].series[0], line))
			panel = &p->panels[i];
	if (!panel && p->n_panels < PANELS_MAX)
		panel = &p->panels[p->n_panels++];
	if (panel && panel->n < SERIES_MAX)
		panel->series[panel->n++] = line;
	else
		p->fits = false;
}

static void open_plot(struct kernels_plot *p)
{
	size_t i;

	p->fits = true;
	for (i = 0; i < p->by.kernels.n; i++) {
		if (p->by.kernels.v[i]->v[KEY_TRUSTED].number != 1)
			continue;
		if (p->n_kernels == KERNELS_MAX) {
			p->fits = false;
			break;
		}
		p->kernels[p->n_kernels++] = i;
	}
	for (i = 0; i < p->by.n; i++)
		if (is_shown(p, i))
			add_line(p, &p->by.lines[i]);
}

static const char *kernel(const struct kernels_plot *p, size_t i)
{
	return p->by.kernels.v[p->kernels[i]]->v[KEY_KERNEL].text;
}

static const char *release(const struct kernels_plot *p, size_t i)
{
	return p->by.kernels.v[p->kernels[i]]->v[KEY_RELEASE].text;
}

/* Stages of one kernel have the staircase. */
static bool has_versions(const struct kernels_plot *p)
{
	size_t i;

	for (i = 1; i < p->n_kernels; i++)
		if (cell_key_compare_versions(release(p, 0), release(p, i)))
			return true;
	return false;
}

static void put_kernels(const struct kernels_plot *p, FILE *f)
{
	size_t i;

	fputs("x\tkernel\n", f);
	for (i = 0; i < p->n_kernels; i++) {
		fprintf(f, "%zu\t", i);
		figure_put_quoted(p->by.kernels.v[p->kernels[i]]->v[KEY_KERNEL].text, f);
		fputc('\n', f);
	}
}

/* The largest step of all lines, with its kernels; 0: there is none. */
static double largest_step(const struct kernels_plot *p, const struct panel *panel, size_t *from, size_t *to)
{
	double best = 0, ratio;
	size_t s, i;

	for (s = 0; s < panel->n; s++)
		for (i = 0; i < p->n_kernels; i++) {
			ratio = by_kernel_ratio(&p->by, panel->series[s], 0, p->kernels[i]);
			if (!by_kernel_step(&p->by, panel->series[s], 0, p->kernels[i]) || !(ratio > 0) ||
			    fabs(log(ratio)) <= fabs(best))
				continue;
			best = log(ratio);
			*to = p->kernels[i];
			*from = by_kernel_before(&p->by, panel->series[s], 0, *to);
		}
	return best;
}

static void put_story(const struct kernels_plot *p, const struct panel *panel, FILE *f)
{
	size_t from = 0, to = 0;
	double step = largest_step(p, panel, &from, &to);

	fputs(by_kernel_unit(&p->by, panel->series[0], 0), f);
	if (step == 0)
		return;
	fprintf(f, "; %s to %s: ", p->by.kernels.v[from]->v[KEY_KERNEL].text, p->by.kernels.v[to]->v[KEY_KERNEL].text);
	figure_put_factor(exp(-step), f);
}

static void put_scale(const struct kernels_plot *p, const struct panel *panel, FILE *f)
{
	double lowest = INFINITY, highest = 0, value;
	size_t s, i;

	for (s = 0; s < panel->n; s++)
		for (i = 0; i < p->n_kernels; i++) {
			value = value_at(p, panel->series[s], i);
			if (!(value > 0))
				continue;
			lowest = fmin(lowest, value);
			highest = fmax(highest, value);
		}
	if (highest > LOG_SCALE_FACTOR * lowest)
		fprintf(f, "log\t%.9g\t%.9g", lowest / 3, highest * 6);
	else
		fprintf(f, "linear\t0\t%.9g", highest > 0 ? highest * 1.45 : 1);
}

static void write_name(const struct kernels_plot *p, const struct by_kernel_line *line, FILE *f)
{
	by_kernel_put_name(&p->by, line, f);
	if (!*line->key->v[KEY_MAP].text)
		fprintf(f, ", %s", line->key->v[KEY_MEMORY].text);
}

static void put_title(const struct kernels_plot *p, const struct panel *panel, FILE *f)
{
	const struct by_kernel_line *line = panel->series[0];

	if (line->kind == BY_KERNEL_PIN)
		write_name(p, line, f);
	else
		fputs(line->kind == BY_KERNEL_DRAM ? "DRAM for struct pages" : line->key->v[KEY_OP].text, f);
}

/* "map=dev, align 1G", "thp" */
static void put_series_name(const struct kernels_plot *p, size_t number, FILE *f)
{
	const struct cell_key *key = p->series.v[number];
	char buf[KEY_TEXT_MAX];

	if (*key->v[KEY_MAP].text)
		fprintf(f, "map=%s", key->v[KEY_MAP].text);
	else
		fputs(key->v[KEY_MEMORY].text, f);
	if (!p->series.same[KEY_ALIGN] && *key->v[KEY_MAP].text)
		fprintf(f, ", align %s", cell_key_text(key, KEY_ALIGN, 1, buf));
}

/* A text as a quoted field. */
static void put_text_field(const struct kernels_plot *p, const struct panel *panel,
			   void (*put)(const struct kernels_plot *, const struct panel *, FILE *), FILE *f)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	FILE *memory = open_memstream(&text, &len);

	if (!memory)
		return;
	put(p, panel, memory);
	fputc('\t', f);
	figure_put_quoted(fclose(memory) ? "" : text, f);
}

static void put_panels(const struct kernels_plot *p, FILE *f)
{
	size_t i;

	fputs("\n\npanel\tseries\tscale\tlow\thigh\ttitle\tstory\n", f);
	for (i = 0; i < p->n_panels; i++) {
		fprintf(f, "%zu\t%zu\t", i, p->panels[i].n);
		put_scale(p, &p->panels[i], f);
		put_text_field(p, &p->panels[i], put_title, f);
		put_text_field(p, &p->panels[i], put_story, f);
		fputc('\n', f);
	}
}

/* Does the change explain a step of a line between two kernels that stand side by side? */
static bool explains(const struct kernels_plot *p, const struct by_kernel_line *line, const struct kernel_change *change, size_t i)
{
	struct kernel_move move;

	return i && kernel_move_find(&p->by, line, 0, p->kernels[i], &move) && move.from == p->kernels[i - 1] &&
	       kernel_move_explained(&p->by, &move, change);
}

/* The known steps between kernel i - 1 and i: "5.13, 5.17". */
static void put_versions(const struct kernels_plot *p, const struct panel *panel, size_t i, FILE *f)
{
	const char *comma = "";
	size_t c, s;

	for (c = 0; c < kernel_changes_n; c++)
		for (s = 0; kernel_changes[c].step && s < panel->n; s++)
			if (explains(p, panel->series[s], &kernel_changes[c], i)) {
				fprintf(f, "%s%s", comma, kernel_changes[c].in);
				comma = ", ";
				break;
			}
}

static void put_steps(const struct kernels_plot *p, FILE *f)
{
	size_t n, i;

	fputs("\n\npanel\tx\tversions\n", f);
	for (n = 0; n < p->n_panels; n++)
		for (i = 1; i < p->n_kernels; i++) {
			_cleanup_free_ char *text = NULL;
			size_t len;
			FILE *memory = open_memstream(&text, &len);

			if (!memory)
				continue;
			put_versions(p, &p->panels[n], i, memory);
			if (!fclose(memory) && *text)
				fprintf(f, "%zu\t%.1f\t\"%s\"\n", n, (double)i - 0.5, text);
		}
	/* A block without rows would be none. */
	fputs("-1\t0\t\"\"\n", f);
}

static bool is_told(const struct kernels_plot *p, const struct panel *panel, size_t s, size_t i)
{
	size_t other;

	for (other = 0; other < s; other++)
		if (is_near(value_at(p, panel->series[other], i), value_at(p, panel->series[s], i), NEAR))
			return true;
	return false;
}

static bool is_highest(const struct kernels_plot *p, const struct panel *panel, size_t s, size_t i)
{
	size_t other;

	for (other = 0; other < panel->n; other++)
		if (value_at(p, panel->series[other], i) > value_at(p, panel->series[s], i) * (1 + NEAR))
			return false;
	return true;
}

/* Under the number of its colour: x, value; value again where it is printed above the point, or below; how it is printed. */
static void put_series(const struct kernels_plot *p, const struct panel *panel, size_t s, FILE *f)
{
	double value;
	bool above, told;
	size_t i;

	fprintf(f, "\n\n%zu\tvalue\tabove\tbelow\ttext\n", levels_find(&p->series, panel->series[s]->key));
	for (i = 0; i < p->n_kernels; i++) {
		value = value_at(p, panel->series[s], i);
		value = value > 0 ? value : NAN;
		above = is_highest(p, panel, s, i);
		told = is_told(p, panel, s, i);
		fprintf(f, "%zu\t", i);
		figure_put_number(value, f);
		fputc('\t', f);
		figure_put_number(above && !told ? value : NAN, f);
		fputc('\t', f);
		figure_put_number(!above && !told ? value : NAN, f);
		fputs("\t\"", f);
		if (!isnan(value))
			by_kernel_put_value(value, f);
		fputs("\"\n", f);
	}
}

static void put_names(const struct kernels_plot *p, FILE *f)
{
	size_t i;

	fputs("\n\n" "number\tname\n", f);
	for (i = 0; i < p->series.n; i++) {
		fprintf(f, "%zu\t\"", i);
		put_series_name(p, i, f);
		fputs("\"\n", f);
	}
}

/* Blocks as plots/kernels.gp reads them: kernels, panels, steps, names of series, then the series of each panel. */
static void put_data(const void *figure, FILE *f)
{
	const struct kernels_plot *p = figure;
	size_t i, s;

	put_kernels(p, f);
	put_panels(p, f);
	put_steps(p, f);
	put_names(p, f);
	for (i = 0; i < p->n_panels; i++)
		for (s = 0; s < p->panels[i].n; s++)
			put_series(p, &p->panels[i], s, f);
}

static bool is_drawn(const struct kernels_plot *p, const struct kernel_change *change)
{
	size_t n, i, s;

	for (n = 0; n < p->n_panels; n++)
		for (s = 0; s < p->panels[n].n; s++)
			for (i = 1; i < p->n_kernels; i++)
				if (explains(p, p->panels[n].series[s], change, i))
					return true;
	return false;
}

/* Platform, clock and host; what the dotted lines are. */
static void put_subtitle(const struct kernels_plot *p, FILE *f)
{
	const struct cell_key *key = p->by.sheets.v[0];
	const char *caveat = report_caveat(key), *comma = "\nDotted: ";
	size_t c;

	cell_key_describe(key, KEY_FIRST, KEY_TABLE_END, NULL, f);
	fputs(". Medians", f);
	fprintf(f, ".%s%s", caveat ? " " : "", caveat ? caveat : "");
	for (c = 0; c < kernel_changes_n; c++)
		if (kernel_changes[c].step && is_drawn(p, &kernel_changes[c])) {
			fprintf(f, "%s%s %s", comma, kernel_changes[c].in, kernel_changes[c].name);
			comma = ", ";
		}
}

static bool starts_line(const struct kernels_plot *p, size_t i)
{
	return !i || !kernel_same_line(kernel(p, i - 1), kernel(p, i));
}

/* "5.10 to 7.x, 5.10-trim to 5.10+beyond": each line from its first to its last. */
static void put_title_text(const struct kernels_plot *p, FILE *f)
{
	size_t i, first = 0;

	fputs("Kernel by kernel: ", f);
	for (i = 0; i < p->n_kernels; i++) {
		if (starts_line(p, i))
			fprintf(f, "%s%s", i ? ", " : "", kernel(p, first = i));
		if (i > first && (i + 1 == p->n_kernels || starts_line(p, i + 1)))
			fprintf(f, " to %s", kernel(p, i));
	}
}

/* At which kernels a line starts. */
static void put_lines(const struct kernels_plot *p, FILE *f)
{
	size_t i;

	for (i = 0; i < p->n_kernels; i++)
		if (starts_line(p, i))
			fprintf(f, "%s%zu", i ? " " : "", i);
}

/* The arguments of the script, in its order. */
enum { TITLE, SUBTITLE, COUNTS, LINES, TEXTS };

static void put_text(const void *figure, size_t number, FILE *f)
{
	const struct kernels_plot *p = figure;

	switch (number) {
	case TITLE: put_title_text(p, f); break;
	case SUBTITLE: put_subtitle(p, f); break;
	case COUNTS: fprintf(f, "%zu %zu %zu", p->n_kernels, p->n_panels, p->series.n); break;
	case LINES: put_lines(p, f); break;
	}
}

/* Of what is drawn; returns 0 or -ENOMEM. */
static int open_series(struct kernels_plot *p)
{
	struct summary_cell *cells[PANELS_MAX * SERIES_MAX];
	size_t i, s, k, n = 0;

	for (i = 0; i < p->n_panels; i++)
		for (s = 0; s < p->panels[i].n; s++)
			for (k = 0; k < p->by.kernels.n; k++)
				if (p->panels[i].series[s]->cells[k]) {
					cells[n++] = (struct summary_cell *)p->panels[i].series[s]->cells[k];
					break;
				}
	return levels_open(&p->series, cells, n, series_keys);
}

static int draw(struct summary_cell **cells, size_t n, struct figure_output *out)
{
	struct kernels_plot p = { .n_panels = 0 };
	int rc = by_kernel_open(&p.by, cells, n);

	if (!rc && p.by.n)
		open_plot(&p);
	if (!rc && p.fits && p.n_panels >= PANELS_MIN && p.n_kernels >= KERNELS_MIN && has_versions(&p)) {
		rc = open_series(&p);
		if (!rc && p.series.n <= SERIES_MAX)
			rc = figure_draw(out, &p);
		levels_close(&p.series);
	}
	by_kernel_close(&p.by);
	return rc;
}

int report_kernels_plots(const struct summary *summary, const char *dir, size_t *figures)
{
	static const struct figure_kind kind = {
		.name = "kernels", .end = KEY_TABLE_END, .texts = TEXTS,
		.draw = draw, .put_text = put_text, .put_data = put_data,
	};

	return figure_each(summary, &kind, dir, figures);
}
