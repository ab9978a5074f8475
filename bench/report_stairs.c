// SPDX-License-Identifier: GPL-2.0-or-later
/* The staircase: what each stage of a series brings, one panel for each cost. */
#include "report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "gnuplot.h"
#include "log.h"
#include "outfile.h"
#include "report_figure.h"

#define PANELS_MAX 4
#define SERIES_MAX 8
#define SERIES_LEVELS 64
/* Beyond this factor between the highest and the lowest step the low ones are lost on a linear scale. */
#define LOG_SCALE_FACTOR 12

typedef double (*cell_value)(const struct summary_cell *cell);

/* What a panel shows: the cells with this op and get. */
struct kind {
	const char *title;
	const char *op;
	const char *get; /* NULL: bring-up */
	cell_value value;
};

static double ns_per_page(const struct summary_cell *cell)
{
	return cell->ns_per_page.median;
}

static double milliseconds(const struct summary_cell *cell)
{
	return cell->ns_per_page.median * (double)(cell->key.v[KEY_SIZE].number / 4096) / 1e6;
}

static double mib_per_gib(const struct summary_cell *cell)
{
	return cell->dram_bytes / (1 << 20) / ((double)cell->key.v[KEY_SIZE].number / (1 << 30));
}

static const struct kind pin_kinds[] = {
	{ "get (fast), ns per page", "get", "fast", ns_per_page },
	{ "put, ns per page", "put", "fast", ns_per_page },
	{ "long-term get (fast), ns per page", "get", "fast-longterm", ns_per_page },
	{ "DRAM for struct pages, MiB per GiB", "rebind", NULL, mib_per_gib },
};

static const struct kind bring_up_kinds[] = {
	{ "first bind, ms", "bind", NULL, milliseconds },
	{ "bind again, ms", "rebind", NULL, milliseconds },
	{ "DRAM for struct pages, MiB per GiB", "rebind", NULL, mib_per_gib },
};

struct panel {
	const struct kind *kind;
	const struct summary_cell *first; /* others have to be like it */
	const struct cell_key *series[SERIES_MAX];
	size_t n_series;
};

struct stairs {
	struct summary_cell **cells;
	size_t n;
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

/* One job and size in a panel; devices of bring-up may differ in size. */
static bool is_in_panel(const struct summary_cell *cell, const struct panel *panel)
{
	return is_of_kind(cell, panel->kind) &&
	       !cell_key_compare(&cell->key, &panel->first->key, KEY_JOB, KEY_JOB + 1) &&
	       (!panel->kind->get || !cell_key_compare(&cell->key, &panel->first->key, KEY_JOB, KEY_FIGURE_END));
}

static int compare_series(const struct cell_key *a, const struct cell_key *b)
{
	return cell_key_compare(a, b, KEY_FIGURE_END, KEY_SERIES_END);
}

static void add_series(struct panel *panel, const struct cell_key *key)
{
	size_t i;

	for (i = 0; i < panel->n_series; i++)
		if (!compare_series(panel->series[i], key))
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

		if (!panel.first && is_of_kind(cell, kind))
			panel.first = cell;
		if (!panel.first || !is_in_panel(cell, &panel))
			continue;
		add_series(&panel, &cell->key);
		add_kernel(st, &cell->key);
	}
	if (panel.first)
		st->panels[st->n_panels++] = panel;
}

/* n_panels is 0 when no two kernels are there, one of them with a stage. */
static void open_stairs(struct stairs *st)
{
	const size_t pins = sizeof(pin_kinds) / sizeof(pin_kinds[0]);
	bool staged = false;
	size_t i;

	for (i = 0; i < pins; i++)
		add_panel(st, &pin_kinds[i]);
	if (!st->n_panels || !st->panels[0].kind->get) {
		st->n_panels = st->n_kernels = 0;
		for (i = 0; i < sizeof(bring_up_kinds) / sizeof(bring_up_kinds[0]); i++)
			add_panel(st, &bring_up_kinds[i]);
	}
	qsort(st->kernels, st->n_kernels, sizeof(*st->kernels), figure_compare_kernels);
	for (i = 0; i < st->n_kernels; i++)
		staged |= cell_key_stage(st->kernels[i]->v[KEY_KERNEL].text) != 0;
	if (!staged || st->n_kernels < 2)
		st->n_panels = 0;
}

static double value_of(const struct stairs *st, const struct panel *panel, const struct cell_key *series,
		       const struct cell_key *kernel)
{
	size_t i;

	for (i = 0; i < st->n; i++) {
		const struct cell_key *key = &st->cells[i]->key;

		if (is_in_panel(st->cells[i], panel) && !compare_series(key, series) && !figure_compare_kernels(&key, &kernel))
			return panel->kind->value(st->cells[i]);
	}
	return NAN;
}

/* Keys that have one value in all series of a panel need not be said. */
static void put_series_name(const struct panel *panel, const struct cell_key *series, FILE *f)
{
	unsigned char same[KEY_COUNT] = { 0 };
	enum key k;
	size_t i;

	for (k = KEY_FIGURE_END; k < KEY_SERIES_END; k++) {
		same[k] = 1;
		for (i = 1; i < panel->n_series; i++)
			same[k] &= !cell_key_compare(panel->series[0], panel->series[i], k, k + 1);
	}
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
		plus = strchr(id, '+');
		fprintf(f, "%zu\t", i);
		figure_put_quoted(plus ? plus : id, f);
		fputc('\n', f);
	}
}

static void put_number(double value, FILE *f)
{
	if (isnan(value))
		fputs("NaN", f);
	else
		fprintf(f, "%.9g", value);
}

static void put_series(const struct stairs *st, const struct panel *panel, const struct cell_key *series, FILE *f)
{
	double value, before = NAN;
	size_t i;

	fputs("\n\n\"", f);
	put_series_name(panel, series, f);
	fputs("\"\tvalue\tbefore\n", f);
	for (i = 0; i < st->n_kernels; i++) {
		value = value_of(st, panel, series, st->kernels[i]);
		fprintf(f, "%zu\t", i);
		put_number(value, f);
		fputc('\t', f);
		put_number(before, f);
		fputc('\n', f);
		before = value;
	}
}

/* Blocks as plots/staircase.gp reads them: the kernels, then the series of each panel. */
static int write_data(const struct stairs *st, const char *path)
{
	_cleanup_outfile_ struct outfile out = { 0 };
	int rc = outfile_open(&out, path);
	size_t p, s;

	if (rc)
		return rc;
	put_kernels(st, out.f);
	for (p = 0; p < st->n_panels; p++)
		for (s = 0; s < st->panels[p].n_series; s++)
			put_series(st, &st->panels[p], st->panels[p].series[s], out.f);
	return outfile_commit(&out);
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
		fprintf(f, "%zu log %.9g %.9g|", panel->n_series, lowest / 2.5, highest * 4);
	else
		fprintf(f, "%zu linear 0 %.9g|", panel->n_series, highest > 0 ? highest * 1.3 : 1);
	fprintf(f, "%s\n", panel->kind->title);
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
	static const unsigned char skip[KEY_COUNT] = { [KEY_JOB] = 1, [KEY_GET] = 1 };
	const struct panel *panel = &st->panels[0];
	const struct cell_key *key = &panel->first->key;
	const char *caveat = report_caveat(key);

	if (panel->kind->get)
		cell_key_describe(key, KEY_JOB, KEY_FIGURE_END, skip, f);
	else
		cell_key_describe(key, KEY_SIZE, KEY_SIZE + 1, NULL, f);
	fputc('\n', f);
	cell_key_describe(key, KEY_FIRST, KEY_TABLE_END, NULL, f);
	fprintf(f, ". Medians. %s", caveat ? caveat : "");
}

enum { TITLE, SUBTITLE, COUNTS, FIRST_PANEL, TEXTS = FIRST_PANEL + PANELS_MAX };

/* The arguments of the script, in its order. */
static int make_texts(const struct stairs *st, char *texts[TEXTS])
{
	size_t i, len;
	FILE *f;

	for (i = 0; i < FIRST_PANEL + st->n_panels; i++) {
		f = open_memstream(&texts[i], &len);
		if (!f)
			return -ENOMEM;
		switch (i) {
		case TITLE: put_title(st, f); break;
		case SUBTITLE: put_subtitle(st, f); break;
		case COUNTS: fprintf(f, "%zu %zu", st->n_kernels, st->n_panels); break;
		default: put_panel(st, &st->panels[i - FIRST_PANEL], f); break;
		}
		if (fclose(f))
			return -ENOMEM;
	}
	return 0;
}

static int draw(const struct stairs *st, const char *base)
{
	static const char *const suffixes[] = { ".svg", ".png", NULL };
	const char *args[TEXTS + 2] = { NULL };
	_cleanup_free_ char *data = NULL;
	char *texts[TEXTS] = { NULL };
	int rc = -ENOMEM;
	size_t i;

	if (asprintf(&data, "%s.dat", base) < 0)
		data = NULL;
	else
		rc = make_texts(st, texts);
	if (rc)
		err("out of memory");
	args[0] = data;
	for (i = 0; i < TEXTS; i++)
		args[i + 1] = texts[i];
	if (!rc)
		rc = write_data(st, data);
	if (!rc)
		rc = gnuplot_run("staircase.gp", base, suffixes, args);
	for (i = 0; i < TEXTS; i++)
		free(texts[i]);
	return rc;
}

int report_stairs(const struct summary *summary, const char *dir, size_t *figures)
{
	size_t from, end;
	int rc = make_directories(dir);

	*figures = 0;
	if (!rc)
		rc = figure_remove_older(dir, "staircase");
	for (from = 0; !rc && from < summary->n_cells; from = end) {
		struct stairs st = { .cells = summary->cells + from };
		_cleanup_free_ char *base = figure_base(dir, "staircase", *figures + 1);

		end = report_group_end(summary, from, KEY_TABLE_END);
		st.n = end - from;
		open_stairs(&st);
		if (!st.n_panels)
			continue;
		progress("staircase %zu", *figures + 1);
		rc = base ? draw(&st, base) : -ENOMEM;
		*figures += !rc;
	}
	return rc;
}
