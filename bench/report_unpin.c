// SPDX-License-Identifier: GPL-2.0-or-later
/* What unpinning costs, as a map: how it is done by where. */
#include "report.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"
#include "report_figure.h"
#include "report_levels.h"

/* What the cells of a figure have in common. */
static const enum key fixed_keys[] = {
	KEY_ENGINE, KEY_WRITE, KEY_SIZE, KEY_BATCH, KEY_THREADS, KEY_RANGE, KEY_PROCESSES, KEY_MEMORY, KEY_ALIGN, KEY_COUNT,
};
static const enum key row_keys[] = { KEY_PUT, KEY_PUT_ORDER, KEY_PUT_BATCH, KEY_HOLD, KEY_GET, KEY_COUNT };
static const enum key column_keys[] = { KEY_KERNEL, KEY_RELEASE, KEY_TRUSTED, KEY_MAP, KEY_PUT_CACHE, KEY_COUNT };
static const enum key get_keys[] = { KEY_GET, KEY_COUNT };
/* A figure has several of these for the same get: the rest is what other plots show. */
static const enum key subject_keys[] = {
	KEY_GET, KEY_PUT, KEY_PUT_ORDER, KEY_PUT_BATCH, KEY_HOLD, KEY_PUT_CACHE, KEY_COUNT,
};

struct unpin {
	struct summary_cell **cells;
	size_t n;
	struct levels rows, columns, kernels;
};

/* Engines that do not know an order have one way to put. */
static bool is_shown(const struct summary_cell *cell)
{
	return summary_cell_measured(cell) && !strcmp(cell->key.v[KEY_OP].text, "put") &&
	       *cell->key.v[KEY_PUT_ORDER].text;
}

static const struct summary_cell *find(const struct unpin *fig, size_t row, size_t column)
{
	size_t i;

	for (i = 0; i < fig->n; i++) {
		const struct cell_key *key = &fig->cells[i]->key;

		if (!levels_compare(key, fig->rows.v[row], row_keys) &&
		    !levels_compare(key, fig->columns.v[column], column_keys))
			return fig->cells[i];
	}
	return NULL;
}

/* "pages, shuffled", "pages, 1 a call, held 1000 ms": what is not as always, and what differs. */
static void put_row_name(const struct unpin *fig, size_t row, FILE *f)
{
	const union key_value *v = fig->rows.v[row]->v;
	const unsigned char *same = fig->rows.same;

	if (!same[KEY_GET])
		fprintf(f, "%s: ", v[KEY_GET].text);
	fputs(v[KEY_PUT].text, f);
	if (!same[KEY_PUT_ORDER])
		fprintf(f, ", %s", v[KEY_PUT_ORDER].text);
	if (!same[KEY_PUT_BATCH] && v[KEY_PUT_BATCH].number && v[KEY_PUT_BATCH].number != CSV_MISSING)
		fprintf(f, ", %" PRIu64 " a call", v[KEY_PUT_BATCH].number);
	if (!same[KEY_HOLD] && v[KEY_HOLD].number && v[KEY_HOLD].number != CSV_MISSING)
		fprintf(f, ", held %" PRIu64 " ms", v[KEY_HOLD].number);
}

/* "mem|cold": under the kernel, which is named once. */
static void put_column_name(const struct unpin *fig, size_t column, FILE *f)
{
	const union key_value *v = fig->columns.v[column]->v;

	fputs(fig->columns.same[KEY_MAP] ? "" : v[KEY_MAP].text, f);
	fputs(fig->columns.same[KEY_MAP] || fig->columns.same[KEY_PUT_CACHE] ? "" : "|", f);
	fputs(fig->columns.same[KEY_PUT_CACHE] ? "" : v[KEY_PUT_CACHE].text, f);
}

/* What put() writes, as a field. */
static void put_field(const struct unpin *fig, size_t number,
		      void (*put)(const struct unpin *fig, size_t number, FILE *f), FILE *f)
{
	_cleanup_free_ char *name = NULL;
	size_t len;
	FILE *text = open_memstream(&name, &len);

	if (text)
		put(fig, number, text);
	figure_put_quoted(text && !fclose(text) ? name : "", f);
}

static size_t kernel_number(const struct unpin *fig, size_t column)
{
	size_t i = 0;

	while (levels_compare(fig->kernels.v[i], fig->columns.v[column], levels_kernel))
		i++;
	return i;
}

/* Blocks as plots/unpin.gp reads them: kernels; columns; rows; a line for each tile. */
static void put_data(const void *figure, FILE *f)
{
	const struct unpin *fig = figure;
	size_t row, column;

	levels_put_kernels(&fig->kernels, f);
	fputs("\n\ncolumn\tkernel\tname\n", f);
	for (column = 0; column < fig->columns.n; column++) {
		fprintf(f, "%zu\t%zu\t", column, kernel_number(fig, column));
		put_field(fig, column, put_column_name, f);
		fputc('\n', f);
	}
	fputs("\n\nrow\tname\n", f);
	for (row = 0; row < fig->rows.n; row++) {
		fprintf(f, "%zu\t", row);
		put_field(fig, row, put_row_name, f);
		fputc('\n', f);
	}
	fputs("\n\ncolumn\tkernel\trow\tper_page\n", f);
	for (row = 0; row < fig->rows.n; row++)
		for (column = 0; column < fig->columns.n; column++) {
			const struct summary_cell *cell = find(fig, row, column);

			fprintf(f, "%zu\t%zu\t%zu\t", column, kernel_number(fig, column), row);
			figure_put_number(cell ? cell->cost.median : NAN, f);
			fputc('\n', f);
		}
}

/* "KERNELS COLUMNS ROWS LOWEST HIGHEST" */
static void put_frame(const struct unpin *fig, FILE *f)
{
	double lowest = INFINITY, highest = 0;
	size_t i;

	for (i = 0; i < fig->n; i++) {
		if (!(fig->cells[i]->cost.median > 0))
			continue;
		lowest = fmin(lowest, fig->cells[i]->cost.median);
		highest = fmax(highest, fig->cells[i]->cost.median);
	}
	fprintf(f, "%zu %zu %zu ", fig->kernels.n, fig->columns.n, fig->rows.n);
	if (highest > lowest)
		fprintf(f, "%.9g %.9g", lowest, highest);
	else
		fprintf(f, "%.9g %.9g", highest ? highest / 2 : 1, highest ? highest * 2 : 10);
}

static void put_title(const struct unpin *fig, FILE *f)
{
	fprintf(f, "Cost of put, %s: ", report_units(&fig->cells[0]->key)->per_page);
	levels_put_memory(fig->cells, fig->n, f);
}

/* The arguments of the script, in its order. */
enum { TITLE, SUBTITLE, FRAME, UNIT, TEXTS };

static void put_text(const void *figure, size_t number, FILE *f)
{
	const struct unpin *fig = figure;

	switch (number) {
	case TITLE: put_title(fig, f); break;
	case SUBTITLE: levels_put_memory_subtitle(fig->cells, fig->n, f); break;
	case FRAME: put_frame(fig, f); break;
	case UNIT: fputs(report_units(&fig->cells[0]->key)->per_page, f); break;
	}
}

static int has_subject(struct summary_cell **cells, size_t n, bool *has)
{
	struct levels subjects, gets = { 0 };
	int rc = levels_open(&subjects, cells, n, subject_keys);

	if (!rc)
		rc = levels_open(&gets, cells, n, get_keys);
	*has = subjects.n > gets.n;
	levels_close(&subjects);
	levels_close(&gets);
	return rc;
}

static int draw_group(struct summary_cell **cells, size_t n, void *arg)
{
	struct unpin fig = { .cells = cells, .n = n };
	bool has;
	int rc = has_subject(cells, n, &has);

	if (rc || !has)
		return rc;
	rc = levels_open(&fig.rows, cells, n, row_keys);
	if (!rc)
		rc = levels_open(&fig.columns, cells, n, column_keys);
	if (!rc)
		rc = levels_open(&fig.kernels, cells, n, levels_kernel);
	if (!rc)
		rc = figure_draw(arg, &fig);
	levels_close(&fig.rows);
	levels_close(&fig.columns);
	levels_close(&fig.kernels);
	return rc;
}

static int draw(struct summary_cell **cells, size_t n, struct figure_output *out)
{
	_cleanup_free_ struct summary_cell **shown = calloc(n, sizeof(*shown));
	size_t i, n_shown = 0;

	if (!shown)
		return out_of_memory();
	for (i = 0; i < n; i++)
		if (is_shown(cells[i]))
			shown[n_shown++] = cells[i];
	return levels_each(shown, n_shown, fixed_keys, draw_group, out);
}

int report_unpin(const struct summary *summary, const char *dir, size_t *figures)
{
	static const struct figure_kind kind = {
		.name = "unpin", .end = KEY_TABLE_END, .texts = TEXTS,
		.draw = draw, .put_text = put_text, .put_data = put_data,
	};

	return figure_each(summary, &kind, dir, figures);
}
