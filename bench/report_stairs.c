// SPDX-License-Identifier: GPL-2.0-or-later
/* The staircase: what each stage of a series brings, one panel for each cost. */
#include "report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "kernel_line.h"
#include "kernel_order.h"
#include "log.h"
#include "report_figure.h"
#include "report_levels.h"

#define PANELS_MAX 4
#define SERIES_MAX 8
#define SERIES_LEVELS 64
/* Beyond this factor between the highest and the lowest step the low ones are lost on a linear scale. */
#define LOG_SCALE_FACTOR 12

/* What a panel shows: the cells with this op and get. */
struct kind {
	const char *title;
	const char *op;
	const char *get; /* NULL: bring-up */
	figure_value value;
	const char *unit; /* NULL: that of the clock */
};

static double cost_of_page(const struct summary_cell *cell)
{
	return cell->cost.median;
}

/* In millions: ms, that is. */
static double cost_of_device(const struct summary_cell *cell)
{
	return summary_cell_whole(cell, cell->cost.median) / 1e6;
}

static const struct kind pin_kinds[] = {
	{ "get (fast)", "get", "fast", cost_of_page, NULL },
	{ "put", "put", "fast", cost_of_page, NULL },
	{ "long-term get (fast)", "get", "fast-longterm", cost_of_page, NULL },
};

static const struct kind bring_up_kinds[] = {
	{ "first bind", "bind", NULL, cost_of_device, NULL },
	{ "bind again", "rebind", NULL, cost_of_device, NULL },
	{ "DRAM for struct pages", "rebind", NULL, summary_cell_dram_mib_per_gib, "MiB per GiB" },
};

#define PIN_KINDS (sizeof(pin_kinds) / sizeof(pin_kinds[0]))
#define BRING_UP_KINDS (sizeof(bring_up_kinds) / sizeof(bring_up_kinds[0]))

/* Beside pins, where there is something else to show. */
static const struct kind *const dram_kind = &bring_up_kinds[BRING_UP_KINDS - 1];

struct panel {
	const struct kind *kind;
	const struct summary_cell *first; /* others have to be like it */
	const struct cell_key *series[SERIES_MAX];
	size_t n_series;
};

struct stairs {
	struct summary_cell **cells;
	size_t n;
	const struct summary_cell *anchor; /* pins of all panels are like it but for the get; NULL: bring-up */
	const struct cell_key *kernels[SERIES_LEVELS];
	size_t n_kernels;
	struct panel panels[PANELS_MAX];
	size_t n_panels;
};

/* Device memory only; with struct pages on the device they take no DRAM, and
 * a bind of it is left to the table. */
static bool is_of_kind(const struct summary_cell *cell, const struct kind *kind)
{
	const struct cell_key *key = &cell->key;

	if (!summary_cell_measured(cell) || !summary_cell_trusted(cell) || strcmp(key->v[KEY_OP].text, kind->op) ||
	    strcmp(key->v[KEY_MEMORY].text, "dax"))
		return false;
	if (kind->get)
		return !strcmp(key->v[KEY_GET].text, kind->get);
	return summary_cell_bring_up(cell) && !strcmp(key->v[KEY_MAP].text, "mem") && kind->value(cell) > 0;
}

/* Same job, size and all else that makes a figure, but for the get? */
static bool is_same_work(const struct summary_cell *a, const struct summary_cell *b)
{
	enum key k;

	for (k = KEY_JOB; k < KEY_FIGURE_END; k++)
		if (k != KEY_GET && levels_differ(&a->key, &b->key, k))
			return false;
	return true;
}

/* Pins are those of one cell and get; devices of bring-up may differ in size. */
static bool is_in_panel(const struct summary_cell *cell, const struct panel *panel)
{
	if (!is_of_kind(cell, panel->kind))
		return false;
	if (panel->kind->get)
		return is_same_work(cell, panel->first);
	return !cell_key_compare(&cell->key, &panel->first->key, KEY_JOB, KEY_JOB + 1);
}

static void add_series(struct panel *panel, const struct cell_key *key)
{
	size_t i;

	for (i = 0; i < panel->n_series; i++)
		if (!figure_compare_series(&panel->series[i], &key))
			return;
	if (panel->n_series < SERIES_MAX)
		panel->series[panel->n_series++] = key;
}

static void add_kernel(struct stairs *st, const struct cell_key *key)
{
	size_t i;

	for (i = 0; i < st->n_kernels; i++)
		if (!figure_compare_kernels(&st->kernels[i], &key))
			return;
	if (st->n_kernels < SERIES_LEVELS)
		st->kernels[st->n_kernels++] = key;
}

/* The cells are sorted, and so are the series of a panel. */
static void add_panel(struct stairs *st, const struct kind *kind)
{
	struct panel panel = { .kind = kind };
	size_t i;

	for (i = 0; i < st->n; i++) {
		const struct summary_cell *cell = st->cells[i];

		if (!panel.first && is_of_kind(cell, kind) && (!kind->get || is_same_work(cell, st->anchor)))
			panel.first = cell;
		if (!panel.first || !is_in_panel(cell, &panel))
			continue;
		add_series(&panel, &cell->key);
		add_kernel(st, &cell->key);
	}
	if (panel.first)
		st->panels[st->n_panels++] = panel;
}

static void sort_kernels(struct stairs *st)
{
	qsort(st->kernels, st->n_kernels, sizeof(*st->kernels), figure_compare_kernels);
}

/* n_panels is 0 when no two kernels are there, one of them with a stage. */
static void open_stairs(struct stairs *st)
{
	const struct kind *kinds = st->anchor ? pin_kinds : bring_up_kinds;
	bool staged = false;
	size_t i;

	for (i = 0; i < (st->anchor ? PIN_KINDS : BRING_UP_KINDS); i++)
		add_panel(st, &kinds[i]);
	for (i = 0; i < st->n_kernels; i++)
		staged |= cell_key_stage(st->kernels[i]->v[KEY_KERNEL].text) != 0;
	if (!staged || st->n_kernels < 2)
		st->n_panels = 0;
	sort_kernels(st);
}

static double value_of(const struct stairs *st, const struct panel *panel, const struct cell_key *series,
		       const struct cell_key *kernel)
{
	size_t i;

	for (i = 0; i < st->n; i++) {
		const struct cell_key *key = &st->cells[i]->key;

		if (is_in_panel(st->cells[i], panel) && !figure_compare_series(&key, &series) &&
		    !cell_key_compare(key, series, KEY_SIZE, KEY_SIZE + 1) && !figure_compare_kernels(&key, &kernel))
			return panel->kind->value(st->cells[i]);
	}
	return NAN;
}

/* Keys that have one value in all series of a panel need not be said. */
static void put_series_name(const struct panel *panel, const struct cell_key *series, FILE *f)
{
	unsigned char same[KEY_COUNT] = { 0 };

	figure_same_keys(panel->series, panel->n_series, same);
	cell_key_describe(series, KEY_FIGURE_END, KEY_SERIES_END, panel->n_series > 1 ? same : NULL, f);
}

/* "+gup" for a stage, the whole id for what it starts from. */
static void put_kernels(const struct stairs *st, FILE *f)
{
	const char *id, *plus;
	size_t i;

	fputs("x\tkernel\n", f);
	for (i = 0; i < st->n_kernels; i++) {
		id = st->kernels[i]->v[KEY_KERNEL].text;
		plus = kernel_stage_plus(id);
		fprintf(f, "%zu\t", i);
		figure_put_quoted(plus ? plus : id, f);
		fputc('\n', f);
	}
}

/* Of two series that at this kernel is printed above its line which is the higher there. */
static bool is_above(const struct stairs *st, const struct panel *panel, size_t number, size_t kernel)
{
	double value = value_of(st, panel, panel->series[number], st->kernels[kernel]);
	double other = value_of(st, panel, panel->series[!number], st->kernels[kernel]);

	return isnan(other) || value > other || (value == other && !number);
}

static void put_series(const struct stairs *st, const struct panel *panel, size_t number, FILE *f)
{
	const struct cell_key *series = panel->series[number];
	double value, before = NAN;
	size_t i;

	fputs("\n\n\"", f);
	put_series_name(panel, series, f);
	fputs("\"\tvalue\tbefore\tside\n", f);
	for (i = 0; i < st->n_kernels; i++) {
		value = value_of(st, panel, series, st->kernels[i]);
		fprintf(f, "%zu\t", i);
		figure_put_number(value, f);
		fputc('\t', f);
		figure_put_number(before, f);
		fprintf(f, "\t%d\n", panel->n_series != 2 || is_above(st, panel, number, i) ? 1 : -1);
		before = value;
	}
}

/* Blocks as plots/staircase.gp reads them: the kernels, then the series of each panel. */
static void put_data(const void *figure, FILE *f)
{
	const struct stairs *st = figure;
	size_t p, s;

	put_kernels(st, f);
	for (p = 0; p < st->n_panels; p++)
		for (s = 0; s < st->panels[p].n_series; s++)
			put_series(st, &st->panels[p], s, f);
}

static const char *unit(const struct panel *panel)
{
	const struct report_units *units = report_units(&panel->first->key);

	if (panel->kind->unit)
		return panel->kind->unit;
	return panel->kind->get ? units->per_page : units->device;
}

/* "2 log 0.5 300|TITLE" and under it what became of each series: "9.1x less (map mem)". */
static void put_panel(const struct stairs *st, const struct panel *panel, FILE *f)
{
	double lowest = INFINITY, highest = 0, value, first, last;
	const char *comma = "";
	size_t i, s;

	for (s = 0; s < panel->n_series; s++)
		for (i = 0; i < st->n_kernels; i++) {
			value = value_of(st, panel, panel->series[s], st->kernels[i]);
			if (!(value > 0))
				continue;
			lowest = fmin(lowest, value);
			highest = fmax(highest, value);
		}
	if (highest > LOG_SCALE_FACTOR * lowest)
		fprintf(f, "%zu log %.9g %.9g|", panel->n_series, lowest / 2.5, highest);
	else
		fprintf(f, "%zu linear 0 %.9g|", panel->n_series, highest > 0 ? highest : 1);
	fprintf(f, "%s, %s\n", panel->kind->title, unit(panel));
	for (s = 0; s < panel->n_series && s < 2; s++) {
		first = value_of(st, panel, panel->series[s], st->kernels[0]);
		last = value_of(st, panel, panel->series[s], st->kernels[st->n_kernels - 1]);
		if (!(first > 0 && last > 0))
			continue;
		fputs(comma, f);
		figure_put_factor(first / last, f);
		if (panel->n_series > 1) {
			fputs(" (", f);
			put_series_name(panel, panel->series[s], f);
			fputc(')', f);
		}
		comma = ", ";
	}
}

static void put_title(const struct stairs *st, FILE *f)
{
	const struct panel *panel = &st->panels[0];

	fprintf(f, "%s of device-dax, stage by stage: %s to %s", panel->kind->get ? "Pinning" : "Bring-up",
		st->kernels[0]->v[KEY_KERNEL].text, st->kernels[st->n_kernels - 1]->v[KEY_KERNEL].text);
}

static void put_subtitle(const struct stairs *st, FILE *f)
{
	unsigned char skip[KEY_COUNT] = { [KEY_JOB] = 1, [KEY_GET] = 1 };
	const struct panel *panel = &st->panels[0];
	const struct cell_key *key = &panel->first->key;
	const char *caveat = report_caveat(key);
	enum key k;

	for (k = KEY_TABLE_END; k < KEY_FIGURE_END; k++)
		skip[k] |= levels_default(key, k);
	if (panel->kind->get)
		cell_key_describe(key, KEY_JOB, KEY_FIGURE_END, skip, f);
	else
		cell_key_describe(key, KEY_SIZE, KEY_SIZE + 1, NULL, f);
	fputc('\n', f);
	cell_key_describe(key, KEY_FIRST, KEY_TABLE_END, NULL, f);
	fprintf(f, ". Medians.\n%s", caveat ? caveat : "");
}

/* The arguments of the script, in its order. */
enum { TITLE, SUBTITLE, COUNTS, FIRST_PANEL, TEXTS = FIRST_PANEL + PANELS_MAX };

static void put_text(const void *figure, size_t number, FILE *f)
{
	const struct stairs *st = figure;

	switch (number) {
	case TITLE: put_title(st, f); break;
	case SUBTITLE: put_subtitle(st, f); break;
	case COUNTS: fprintf(f, "%zu %zu", st->n_kernels, st->n_panels); break;
	default:
		if (number - FIRST_PANEL < st->n_panels)
			put_panel(st, &st->panels[number - FIRST_PANEL], f);
	}
}

static bool is_pin(const struct summary_cell *cell)
{
	size_t k;

	for (k = 0; k < PIN_KINDS; k++)
		if (is_of_kind(cell, &pin_kinds[k]))
			return true;
	return false;
}

/* One for each work; returns how many. */
static size_t open_pins(struct stairs *all, struct summary_cell **cells, size_t n)
{
	size_t i, k, n_all = 0;

	for (i = 0; i < n; i++) {
		bool is_new = is_pin(cells[i]);

		for (k = 0; is_new && k < n_all; k++)
			is_new = !is_same_work(cells[i], all[k].anchor);
		if (!is_new)
			continue;
		all[n_all] = (struct stairs){ .cells = cells, .n = n, .anchor = cells[i] };
		open_stairs(&all[n_all++]);
	}
	return n_all;
}

static size_t most_kernels(const struct stairs *all, size_t n_all)
{
	size_t i, most = 0;

	for (i = 0; i < n_all; i++)
		if (all[i].n_panels && all[i].n_kernels > most)
			most = all[i].n_kernels;
	return most;
}

/* Those with most stages first; works that only a few of the stages were measured with have their bars. */
static int draw_pins(struct stairs *all, size_t n_all, struct figure_output *out)
{
	const size_t most = most_kernels(all, n_all);
	bool first = true;
	size_t i, kernels;
	int rc = 0;

	for (kernels = most; 2 * kernels > most; kernels--)
		for (i = 0; !rc && i < n_all && out->figures < FIGURES_MAX; i++) {
			if (!all[i].n_panels || all[i].n_kernels != kernels)
				continue;
			if (first)
				add_panel(&all[i], dram_kind);
			first = false;
			sort_kernels(&all[i]);
			rc = figure_draw(out, &all[i]);
			/* The kernels of the DRAM do not count. */
			all[i].n_panels = 0;
		}
	return rc;
}

/* Bring-up alone has other panels. */
static int draw_line(struct summary_cell **cells, size_t n, struct figure_output *out)
{
	_cleanup_free_ struct stairs *all = calloc(n + 1, sizeof(*all));
	struct stairs bring_up = { .cells = cells, .n = n };
	size_t before = out->figures, n_all;
	int rc;

	if (!all)
		return out_of_memory();
	n_all = open_pins(all, cells, n);
	rc = draw_pins(all, n_all, out);
	if (rc || out->figures > before)
		return rc;
	open_stairs(&bring_up);
	return bring_up.n_panels ? figure_draw(out, &bring_up) : 0;
}

static const char *kernel_of(const struct summary_cell *cell)
{
	return cell->key.v[KEY_KERNEL].text;
}

/* The stages of a series and what they start from; where that is not there, all that is stock. */
static size_t pick_line(struct summary_cell **line, struct summary_cell **cells, size_t n, const char *kernel)
{
	bool has_base = false;
	size_t i, picked = 0;

	for (i = 0; i < n; i++)
		has_base |= kernel_same_line(kernel_of(cells[i]), kernel) && !cell_key_stage(kernel_of(cells[i]));
	for (i = 0; i < n; i++)
		if (kernel_same_line(kernel_of(cells[i]), kernel) || (!has_base && kernel_is_stock(kernel_of(cells[i]))))
			line[picked++] = cells[i];
	return picked;
}

static int draw(struct summary_cell **cells, size_t n, struct figure_output *out)
{
	_cleanup_free_ struct summary_cell **line = calloc(n + 1, sizeof(*line));
	size_t i, k;
	int rc = 0;

	if (!line)
		return out_of_memory();
	for (i = 0; !rc && i < n; i++) {
		bool is_new = cell_key_stage(kernel_of(cells[i])) != 0;

		for (k = 0; is_new && k < i; k++)
			is_new = !cell_key_stage(kernel_of(cells[k])) || !kernel_same_line(kernel_of(cells[i]), kernel_of(cells[k]));
		if (is_new)
			rc = draw_line(line, pick_line(line, cells, n, kernel_of(cells[i])), out);
	}
	return rc;
}

int report_stairs(const struct summary *summary, const char *dir, size_t *figures)
{
	static const struct figure_kind kind = {
		.name = "staircase", .end = KEY_TABLE_END, .texts = TEXTS,
		.draw = draw, .put_text = put_text, .put_data = put_data,
	};

	return figure_each(summary, &kind, dir, figures);
}
