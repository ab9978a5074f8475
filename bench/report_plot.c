// SPDX-License-Identifier: GPL-2.0-or-later
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

/* Beyond this factor between the highest and the lowest point a bar tells nothing. */
#define LOG_SCALE_FACTOR 60

/* One plot: bars by kernel, one colour per series (memory, map, align). */
struct figure {
	struct summary_cell **cells;
	size_t n;
	const struct cell_key **kernels, **series;
	size_t n_kernels, n_series;
	unsigned char same[KEY_COUNT]; /* of the series keys */
	double lowest, highest;
};

static int compare_series(const void *a, const void *b)
{
	const struct cell_key *const *ka = a, *const *kb = b;

	return cell_key_compare(*ka, *kb, KEY_FIGURE_END, KEY_SERIES_END);
}

static size_t sort_unique(const struct cell_key **keys, size_t n, int (*compare)(const void *, const void *))
{
	size_t i, kept = 0;

	qsort(keys, n, sizeof(*keys), compare);
	for (i = 0; i < n; i++)
		if (!kept || compare(&keys[kept - 1], &keys[i]))
			keys[kept++] = keys[i];
	return kept;
}

static void find_range(struct figure *fig)
{
	size_t i;

	fig->lowest = INFINITY;
	for (i = 0; i < fig->n; i++) {
		const struct stats *s = &fig->cells[i]->ns_per_page;

		if (!s->n)
			continue;
		fig->highest = fmax(fig->highest, fmax(s->median, s->ci_high));
		if (s->median > 0)
			fig->lowest = fmin(fig->lowest, fmin(s->median, s->ci_low));
	}
}

/* Returns 0 (n_series is 0 when there is nothing to show) or -ENOMEM. */
static int open_figure(struct figure *fig)
{
	size_t i, n = 0;
	enum key k;

	fig->kernels = calloc(fig->n, sizeof(*fig->kernels));
	fig->series = calloc(fig->n, sizeof(*fig->series));
	if (!fig->kernels || !fig->series)
		return -ENOMEM;
	for (i = 0; i < fig->n; i++)
		if (summary_cell_measured(fig->cells[i]) && !summary_cell_bring_up(fig->cells[i])) {
			fig->kernels[n] = &fig->cells[i]->key;
			fig->series[n++] = &fig->cells[i]->key;
		}
	fig->n_kernels = sort_unique(fig->kernels, n, figure_compare_kernels);
	fig->n_series = sort_unique(fig->series, n, compare_series);
	for (k = KEY_FIGURE_END; k < KEY_SERIES_END; k++) {
		fig->same[k] = 1;
		for (i = 1; i < fig->n_series; i++)
			fig->same[k] &= !cell_key_compare(fig->series[0], fig->series[i], k, k + 1);
	}
	find_range(fig);
	return 0;
}

static void close_figure(struct figure *fig)
{
	free(fig->kernels);
	free(fig->series);
}

static const struct summary_cell *find_cell(const struct figure *fig, const char *op,
					    const struct cell_key *series, const struct cell_key *kernel)
{
	size_t i;

	for (i = 0; i < fig->n; i++) {
		const struct cell_key *key = &fig->cells[i]->key;

		if (summary_cell_measured(fig->cells[i]) && !strcmp(key->v[KEY_OP].text, op) &&
		    !compare_series(&key, &series) && !figure_compare_kernels(&key, &kernel))
			return fig->cells[i];
	}
	return NULL;
}

/* What tells the series apart, or all of it when there is one only. */
static void put_series_name(const struct figure *fig, const struct cell_key *series, FILE *f)
{
	cell_key_describe(series, KEY_FIGURE_END, KEY_SERIES_END, fig->n_series > 1 ? fig->same : NULL, f);
}

/* "5 boots", "3-5 boots": what the medians of a kernel come from. */
static void put_n(const struct figure *fig, const struct cell_key *kernel, FILE *f)
{
	size_t i, least = SIZE_MAX, most = 0, by_boot = 0, cells = 0;

	for (i = 0; i < fig->n; i++) {
		const struct summary_cell *cell = fig->cells[i];
		const struct cell_key *key = &cell->key;

		if (!summary_cell_measured(cell) || figure_compare_kernels(&key, &kernel))
			continue;
		cells++;
		by_boot += cell->boots > 1;
		least = cell->ns_per_page.n < least ? cell->ns_per_page.n : least;
		most = cell->ns_per_page.n > most ? cell->ns_per_page.n : most;
	}
	fprintf(f, "\"n=%zu", least);
	if (most != least)
		fprintf(f, "-%zu", most);
	fprintf(f, " %s\"", by_boot == cells ? "boots" : by_boot ? "boots/reps" : "reps");
}

static void put_kernels(const struct figure *fig, FILE *f)
{
	size_t i;

	fputs("x\tkernel\tn\trelease\n", f);
	for (i = 0; i < fig->n_kernels; i++) {
		const struct cell_key *kernel = fig->kernels[i];

		fprintf(f, "%zu\t", i);
		figure_put_quoted(kernel->v[KEY_KERNEL].text, f);
		fputc('\t', f);
		put_n(fig, kernel, f);
		fputc('\t', f);
		figure_put_quoted(kernel->v[KEY_TRUSTED].number == 1 ? kernel->v[KEY_RELEASE].text : "untrusted", f);
		fputc('\n', f);
	}
}

static void put_series(const struct figure *fig, const char *op, const struct cell_key *series, FILE *f)
{
	size_t i;

	fputs("\n\n\"", f);
	put_series_name(fig, series, f);
	fputs("\"\tns_per_page\tci_low\tci_high\n", f);
	for (i = 0; i < fig->n_kernels; i++) {
		const struct summary_cell *cell = find_cell(fig, op, series, fig->kernels[i]);

		if (!cell)
			fprintf(f, "%zu\tNaN\tNaN\tNaN\n", i);
		else if (isnan(cell->ns_per_page.ci_low))
			fprintf(f, "%zu\t%.9g\tNaN\tNaN\n", i, cell->ns_per_page.median);
		else
			fprintf(f, "%zu\t%.9g\t%.9g\t%.9g\n", i, cell->ns_per_page.median,
				cell->ns_per_page.ci_low, cell->ns_per_page.ci_high);
	}
}

/* Blocks as plots/get-put.gp reads them: the kernels, then get by series, then put by series. */
static int write_data(const struct figure *fig, const char *path)
{
	_cleanup_outfile_ struct outfile out = { 0 };
	static const char *const ops[] = { "get", "put" };
	size_t op, i;
	int rc = outfile_open(&out, path);

	if (rc)
		return rc;
	put_kernels(fig, out.f);
	for (op = 0; op < 2; op++)
		for (i = 0; i < fig->n_series; i++)
			put_series(fig, ops[op], fig->series[i], out.f);
	return outfile_commit(&out);
}

static const struct cell_key *trusted_kernel(const struct figure *fig, bool last)
{
	size_t i;

	for (i = 0; i < fig->n_kernels; i++) {
		const struct cell_key *kernel = fig->kernels[last ? fig->n_kernels - 1 - i : i];

		if (kernel->v[KEY_TRUSTED].number == 1)
			return kernel;
	}
	return NULL;
}

/* The cost of a series on the first kernel over that on the last one, or NAN. */
static double change(const struct figure *fig, const char *op, const struct cell_key *series,
		     const struct cell_key *first, const struct cell_key *last)
{
	const struct summary_cell *a = find_cell(fig, op, series, first);
	const struct summary_cell *b = find_cell(fig, op, series, last);

	if (!a || !b || !(a->ns_per_page.median > 0 && b->ns_per_page.median > 0))
		return NAN;
	return a->ns_per_page.median / b->ns_per_page.median;
}

/* The op, and under it what became of it: "5.10 to 7.3: 18x less (map mem), 31x less (map dev)",
 * or the range of the factors when there are too many series for one line. */
static void put_story(const struct figure *fig, const char *op, FILE *f)
{
	const struct cell_key *first = trusted_kernel(fig, false), *last = trusted_kernel(fig, true);
	double factor, least = INFINITY, most = 0;
	const char *comma = "";
	bool each = fig->n_series <= 2;
	size_t i;

	fprintf(f, "%s\n", op);
	if (first == last)
		return;
	fprintf(f, "%s to %s: ", first->v[KEY_KERNEL].text, last->v[KEY_KERNEL].text);
	for (i = 0; i < fig->n_series; i++) {
		factor = change(fig, op, fig->series[i], first, last);
		if (isnan(factor))
			continue;
		least = fmin(least, factor);
		most = fmax(most, factor);
		if (!each)
			continue;
		fputs(comma, f);
		figure_put_factor(factor, f);
		if (fig->n_series > 1) {
			fputs(" (", f);
			put_series_name(fig, fig->series[i], f);
			fputc(')', f);
		}
		comma = ", ";
	}
	if (!most) {
		fputs("not comparable", f);
	} else if (!each) {
		figure_put_factor(least, f);
		fputs(" to ", f);
		figure_put_factor(most, f);
	}
}

static void put_title(const struct figure *fig, FILE *f)
{
	unsigned char skip[KEY_COUNT] = { 0 };
	char buf[KEY_TEXT_MAX];
	bool any = false;
	enum key k;

	fputs("Cost of get and put, ns per page: ", f);
	cell_key_describe(fig->series[0], KEY_SIZE, KEY_BATCH, NULL, f);
	for (k = KEY_FIGURE_END; k < KEY_SERIES_END; k++) {
		skip[k] = !fig->same[k];
		any |= fig->same[k] && *cell_key_text(fig->series[0], k, 0, buf);
	}
	fputs(any ? ", " : "", f);
	cell_key_describe(fig->series[0], KEY_FIGURE_END, KEY_SERIES_END, skip, f);
}

static void put_subtitle(const struct figure *fig, FILE *f)
{
	static const unsigned char skip[KEY_COUNT] = { [KEY_SIZE] = 1 };
	const struct cell_key *key = fig->series[0];
	const char *caveat = report_caveat(key);

	cell_key_describe(key, KEY_TABLE_END, KEY_FIGURE_END, skip, f);
	fputc('\n', f);
	cell_key_describe(key, KEY_FIRST, KEY_TABLE_END, NULL, f);
	fprintf(f, ". Median with 95 %% CI.\n%s", caveat ? caveat : "");
}

static void put_scale(const struct figure *fig, FILE *f)
{
	if (fig->highest > LOG_SCALE_FACTOR * fig->lowest)
		fprintf(f, "log %.9g %.9g", fig->lowest / 2, fig->highest * 3);
	else
		fprintf(f, "linear 0 %.9g", fig->highest > 0 ? fig->highest * 1.15 : 1);
}

enum { TITLE, SUBTITLE, SERIES, KERNELS, SCALE, GET, PUT, TEXTS };

/* The arguments of the script, in its order. */
static int make_texts(const struct figure *fig, char *texts[TEXTS])
{
	size_t i, len;
	FILE *f;

	for (i = 0; i < TEXTS; i++) {
		f = open_memstream(&texts[i], &len);
		if (!f)
			return -ENOMEM;
		switch (i) {
		case TITLE: put_title(fig, f); break;
		case SUBTITLE: put_subtitle(fig, f); break;
		case SERIES: fprintf(f, "%zu", fig->n_series); break;
		case KERNELS: fprintf(f, "%zu", fig->n_kernels); break;
		case SCALE: put_scale(fig, f); break;
		case GET: put_story(fig, "get", f); break;
		case PUT: put_story(fig, "put", f); break;
		}
		if (fclose(f))
			return -ENOMEM;
	}
	return 0;
}

static int draw(const struct figure *fig, const char *base)
{
	static const char *const suffixes[] = { ".svg", ".png", NULL };
	_cleanup_free_ char *data = NULL;
	char *texts[TEXTS] = { NULL };
	int rc = -ENOMEM;
	size_t i;

	if (asprintf(&data, "%s.dat", base) < 0)
		data = NULL;
	else
		rc = make_texts(fig, texts);
	if (rc)
		err("out of memory");
	if (!rc)
		rc = write_data(fig, data);
	if (!rc)
		rc = gnuplot_run("get-put.gp", base, suffixes,
				 (const char *[]){ data, texts[TITLE], texts[SUBTITLE], texts[SERIES],
						   texts[KERNELS], texts[SCALE], texts[GET], texts[PUT], NULL });
	for (i = 0; i < TEXTS; i++)
		free(texts[i]);
	return rc;
}

static int draw_number(const struct figure *fig, const char *dir, size_t number)
{
	_cleanup_free_ char *base = figure_base(dir, "get-put", number);

	progress("plot %zu", number);
	return base ? draw(fig, base) : -ENOMEM;
}

int report_plots(const struct summary *summary, const char *dir, size_t *figures)
{
	size_t from, end;
	int rc = make_directories(dir);

	*figures = 0;
	if (!rc)
		rc = figure_remove_older(dir, "get-put");
	for (from = 0; !rc && from < summary->n_cells; from = end) {
		struct figure fig = { .cells = summary->cells + from };

		end = report_group_end(summary, from, KEY_FIGURE_END);
		fig.n = end - from;
		rc = open_figure(&fig);
		if (!rc && fig.n_series) {
			rc = draw_number(&fig, dir, *figures + 1);
			*figures += !rc;
		}
		close_figure(&fig);
	}
	return rc;
}
