// SPDX-License-Identifier: GPL-2.0-or-later
#include "report_figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "gnuplot.h"
#include "log.h"
#include "outfile.h"
#include "report.h"
#include "report_levels.h"

/* What gnuplot_run() takes. */
#define ARGS_MAX 8

char *figure_base(const char *dir, const char *name, size_t number)
{
	char *base;
	int len = number == 1 ? asprintf(&base, "%s/%s", dir, name) :
				asprintf(&base, "%s/%s-%zu", dir, name, number);

	return len < 0 ? NULL : base;
}

int figure_remove_older(const char *dir, const char *name)
{
	static const char *const suffixes[] = { "dat", "svg", "png" };
	size_t i, number, removed;

	for (number = removed = 1; removed; number++) {
		_cleanup_free_ char *base = figure_base(dir, name, number);

		removed = 0;
		for (i = 0; base && i < 3; i++) {
			_cleanup_free_ char *path = NULL;

			if (asprintf(&path, "%s.%s", base, suffixes[i]) < 0) {
				path = NULL;
				return out_of_memory();
			}
			removed += !unlink(path);
		}
	}
	return 0;
}

int figure_each(const struct summary *summary, const struct figure_kind *kind, const char *dir, size_t *figures)
{
	struct figure_output out = { .kind = kind, .dir = dir };
	size_t from, end, left_out = 0;
	int rc = make_directories(dir);

	if (!rc)
		rc = figure_remove_older(dir, kind->name);
	for (from = 0; !rc && from < summary->n_cells; from = end) {
		end = report_group_end(summary, from, kind->end);
		if (out.figures == FIGURES_MAX || end - from > FIGURE_CELLS_MAX)
			left_out++;
		else
			rc = kind->draw(summary->cells + from, end - from, &out);
	}
	if (!rc && left_out)
		err("warning: plots %s: %zu groups of cells are left out; there are at most %d plots, of %d cells each",
		    kind->name, left_out, FIGURES_MAX, FIGURE_CELLS_MAX);
	*figures = out.figures;
	return rc;
}

static int write_data(const struct figure_kind *kind, const void *figure, const char *path)
{
	_cleanup_outfile_ struct outfile out = { 0 };
	int rc = outfile_open(&out, path);

	if (rc)
		return rc;
	kind->put_data(figure, out.f);
	return outfile_commit(&out);
}

static int make_texts(const struct figure_kind *kind, const void *figure, char **texts)
{
	size_t i, len;
	FILE *f;

	for (i = 0; i < kind->texts; i++) {
		f = open_memstream(&texts[i], &len);
		if (!f)
			return out_of_memory();
		kind->put_text(figure, i, f);
		if (fclose(f))
			return out_of_memory();
	}
	return 0;
}

/* args: the data file, behind it room for the texts. */
static int run_script(const struct figure_kind *kind, const void *figure, const char *base, char *args[ARGS_MAX + 1])
{
	static const char *const suffixes[] = { ".svg", ".png", NULL };
	_cleanup_free_ char *script = NULL;
	int rc;

	if (asprintf(&script, "%s.gp", kind->name) < 0) {
		script = NULL;
		return out_of_memory();
	}
	rc = make_texts(kind, figure, args + 1);
	if (!rc)
		rc = write_data(kind, figure, args[0]);
	return rc ? rc : gnuplot_run(script, base, suffixes, (const char *const *)args);
}

int figure_draw(struct figure_output *out, const void *figure)
{
	const struct figure_kind *kind = out->kind;
	_cleanup_free_ char *base = figure_base(out->dir, kind->name, out->figures + 1);
	char *args[ARGS_MAX + 1] = { NULL };
	size_t i;
	int rc;

	progress("plot %s %zu", kind->name, out->figures + 1);
	if (!base || asprintf(&args[0], "%s.dat", base) < 0)
		return out_of_memory();
	rc = run_script(kind, figure, base, args);
	out->figures += !rc;
	for (i = 0; i < ARGS_MAX; i++)
		free(args[i]);
	return rc;
}

int figure_compare_kernels(const void *a, const void *b)
{
	const struct cell_key *const *ka = a, *const *kb = b;

	return cell_key_compare(*ka, *kb, KEY_KERNEL, KEY_COUNT);
}

int figure_compare_series(const void *a, const void *b)
{
	const struct cell_key *const *ka = a, *const *kb = b;

	return cell_key_compare(*ka, *kb, KEY_FIGURE_END, KEY_SERIES_END);
}

void figure_same_keys(const struct cell_key *const *series, size_t n, unsigned char same[KEY_COUNT])
{
	enum key k;
	size_t i;

	for (k = KEY_FIGURE_END; k < KEY_SERIES_END; k++) {
		same[k] = 1;
		for (i = 1; i < n; i++)
			same[k] &= !cell_key_compare(series[0], series[i], k, k + 1);
	}
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

int figure_open(struct figure_bars *fig, struct summary_cell **cells, size_t n)
{
	size_t i, shown = 0;

	*fig = (struct figure_bars){ .cells = cells, .n = n };
	fig->kernels = calloc(n, sizeof(*fig->kernels));
	fig->series = calloc(n, sizeof(*fig->series));
	if (!fig->kernels || !fig->series)
		return out_of_memory();
	for (i = 0; i < n; i++)
		if (summary_cell_measured(cells[i]) && !summary_cell_bring_up(cells[i])) {
			fig->kernels[shown] = &cells[i]->key;
			fig->series[shown++] = &cells[i]->key;
		}
	fig->n_kernels = sort_unique(fig->kernels, shown, figure_compare_kernels);
	fig->n_series = sort_unique(fig->series, shown, figure_compare_series);
	figure_same_keys(fig->series, fig->n_series, fig->same);
	return 0;
}

void figure_close(struct figure_bars *fig)
{
	free(fig->kernels);
	free(fig->series);
}

const struct summary_cell *figure_find(const struct figure_bars *fig, const char *op, const struct cell_key *series,
				       const struct cell_key *kernel)
{
	size_t i;

	for (i = 0; i < fig->n; i++) {
		const struct cell_key *key = &fig->cells[i]->key;

		if (summary_cell_measured(fig->cells[i]) && !strcmp(key->v[KEY_OP].text, op) &&
		    !figure_compare_series(&key, &series) && !figure_compare_kernels(&key, &kernel))
			return fig->cells[i];
	}
	return NULL;
}

void figure_put_series_name(const struct figure_bars *fig, const struct cell_key *series, FILE *f)
{
	cell_key_describe(series, KEY_FIGURE_END, KEY_SERIES_END, fig->n_series > 1 ? fig->same : NULL, f);
}

void figure_put_kernels(const struct figure_bars *fig, FILE *f)
{
	size_t i;

	fputs("x\tkernel\tn\trelease\n", f);
	for (i = 0; i < fig->n_kernels; i++) {
		const struct cell_key *kernel = fig->kernels[i];

		fprintf(f, "%zu\t", i);
		figure_put_quoted(kernel->v[KEY_KERNEL].text, f);
		fputs("\t\"", f);
		levels_put_n(fig->cells, fig->n, kernel, f);
		fputs("\"\t", f);
		figure_put_quoted(kernel->v[KEY_TRUSTED].number == 1 ? kernel->v[KEY_RELEASE].text : "untrusted", f);
		fputc('\n', f);
	}
}

void figure_put_title(const struct figure_bars *fig, const char *what, FILE *f)
{
	unsigned char skip[KEY_COUNT] = { 0 };
	char buf[KEY_TEXT_MAX];
	bool any = false;
	enum key k;

	fprintf(f, "%s: ", what);
	cell_key_describe(fig->series[0], KEY_SIZE, KEY_BATCH, NULL, f);
	for (k = KEY_FIGURE_END; k < KEY_SERIES_END; k++) {
		skip[k] = !fig->same[k];
		any |= fig->same[k] && *cell_key_text(fig->series[0], k, 0, buf);
	}
	fputs(any ? ", " : "", f);
	cell_key_describe(fig->series[0], KEY_FIGURE_END, KEY_SERIES_END, skip, f);
}

void figure_put_subtitle(const struct figure_bars *fig, const char *statistics, FILE *f)
{
	unsigned char skip[KEY_COUNT] = { [KEY_SIZE] = 1 };
	const struct cell_key *key = fig->series[0];
	const char *caveat = report_caveat(key);
	enum key k;

	for (k = KEY_TABLE_END; k < KEY_FIGURE_END; k++)
		skip[k] |= levels_default(key, k);
	cell_key_describe(key, KEY_TABLE_END, KEY_FIGURE_END, skip, f);
	fputc('\n', f);
	cell_key_describe(key, KEY_FIRST, KEY_TABLE_END, NULL, f);
	fprintf(f, ". %s\n%s", statistics, caveat ? caveat : "");
}

static const struct cell_key *trusted_kernel(const struct figure_bars *fig, bool last)
{
	size_t i;

	for (i = 0; i < fig->n_kernels; i++) {
		const struct cell_key *kernel = fig->kernels[last ? fig->n_kernels - 1 - i : i];

		if (kernel->v[KEY_TRUSTED].number == 1)
			return kernel;
	}
	return NULL;
}

void figure_put_story(const struct figure_bars *fig, const char *op, figure_value value, FILE *f)
{
	const struct cell_key *first = trusted_kernel(fig, false), *last = trusted_kernel(fig, true);
	bool each = fig->n_series <= 2;
	double least = INFINITY, most = 0;
	const char *comma = "";
	size_t i;

	fprintf(f, "%s\n", op);
	if (first == last)
		return;
	fprintf(f, "%s to %s: ", first->v[KEY_KERNEL].text, last->v[KEY_KERNEL].text);
	for (i = 0; i < fig->n_series; i++) {
		const struct summary_cell *a = figure_find(fig, op, fig->series[i], first);
		const struct summary_cell *b = figure_find(fig, op, fig->series[i], last);

		if (!a || !b || !(value(a) > 0 && value(b) > 0))
			continue;
		least = fmin(least, value(a) / value(b));
		most = fmax(most, value(a) / value(b));
		if (!each)
			continue;
		fputs(comma, f);
		figure_put_factor(value(a) / value(b), f);
		if (fig->n_series > 1) {
			fputs(" (", f);
			figure_put_series_name(fig, fig->series[i], f);
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

void figure_put_quoted(const char *text, FILE *f)
{
	fputc('"', f);
	for (; *text; text++)
		fputc(strchr("\"\\\t\n\r", *text) ? '_' : *text, f);
	fputc('"', f);
}

void figure_put_number(double value, FILE *f)
{
	if (isnan(value))
		fputs("NaN", f);
	else
		fprintf(f, "%.9g", value);
}

void figure_put_factor(double factor, FILE *f)
{
	double times = factor < 1 ? 1 / factor : factor;

	fprintf(f, times < 1000 ? "%.3gx %s" : "%.0fx %s", times, factor < 1 ? "more" : "less");
}
