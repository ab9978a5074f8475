// SPDX-License-Identifier: GPL-2.0-or-later
/* What more threads, or processes, bring: throughput, and how evenly they get on. */
#include "report.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"
#include "report_figure.h"
#include "report_levels.h"

/* More than this many lines in a panel cannot be told apart. */
#define LINES_MAX 12
/* Beyond this factor between the highest and the lowest point the low ones are lost on a linear scale. */
#define LOG_SCALE_FACTOR 12

/* What the cells of a figure have in common, and what too, when there are too many lines. */
static const enum key fixed_keys[] = { KEY_WRITE, KEY_SIZE, KEY_MEMORY, KEY_MAP, KEY_ALIGN, KEY_COUNT };
static const enum key call_keys[] = { KEY_ENGINE, KEY_GET, KEY_COUNT };
/* What makes lines, beside the kernel. */
static const enum key way_keys[] = {
	KEY_ENGINE, KEY_GET, KEY_PUT, KEY_BATCH, KEY_PUT_BATCH, KEY_RANGE, KEY_PUT_ORDER, KEY_PUT_CACHE, KEY_HOLD,
	KEY_RDMA_DEVICE, KEY_DOMAINS, KEY_COUNT,
};
static const enum key line_keys[] = {
	KEY_ENGINE, KEY_GET, KEY_PUT, KEY_BATCH, KEY_PUT_BATCH, KEY_RANGE, KEY_PUT_ORDER, KEY_PUT_CACHE, KEY_HOLD,
	KEY_RDMA_DEVICE, KEY_DOMAINS, KEY_KERNEL, KEY_RELEASE, KEY_TRUSTED, KEY_COUNT,
};
static const enum key thread_keys[] = { KEY_THREADS, KEY_COUNT };

/* The two columns of panels. */
static const char *const ops[2][2] = { { "get", "register" }, { "put", "deregister" } };

struct threads {
	struct summary_cell **cells;
	size_t n;
	struct levels kernels, ways, threads;
};

static bool is_in_column(const struct summary_cell *cell, size_t column)
{
	const char *op = cell->key.v[KEY_OP].text;

	return !strcmp(op, ops[column][0]) || !strcmp(op, ops[column][1]);
}

/* GiB pinned in a second. Instructions have no speed: of these the cost of a page. */
static double throughput(const struct summary_cell *cell)
{
	if (cell_key_clock(&cell->key) == CLOCK_INSN)
		return cell->cost.median;
	return cell->range_ms > 0 ? (double)cell->range_pages / (1 << 18) / (cell->range_ms / 1e3) : NAN;
}

static double fairness(const struct summary_cell *cell)
{
	return cell->fairness;
}

static const struct summary_cell *find(const struct threads *fig, size_t column, size_t kernel, size_t way,
				       size_t threads)
{
	size_t i;

	for (i = 0; i < fig->n; i++) {
		const struct cell_key *key = &fig->cells[i]->key;

		if (is_in_column(fig->cells[i], column) &&
		    !levels_compare(key, fig->kernels.v[kernel], levels_kernel) &&
		    !levels_compare(key, fig->ways.v[way], way_keys) &&
		    !levels_compare(key, fig->threads.v[threads], thread_keys))
			return fig->cells[i];
	}
	return NULL;
}

static void put_line(const struct threads *fig, size_t column, size_t kernel, size_t way, FILE *f)
{
	size_t i;

	fputs("\n\nthreads\tthroughput\tfairness\n", f);
	for (i = 0; i < fig->threads.n; i++) {
		const struct summary_cell *cell = find(fig, column, kernel, way, i);

		/* A line goes on over what was not measured; without any point there is one that is none. */
		if (!cell && i + 1 < fig->threads.n)
			continue;
		fprintf(f, "%" PRIu64 "\t", fig->threads.v[i]->v[KEY_THREADS].number);
		figure_put_number(cell ? throughput(cell) : NAN, f);
		fputc('\t', f);
		figure_put_number(cell ? fairness(cell) : NAN, f);
		fputc('\n', f);
	}
}

/* Blocks as plots/threads.gp reads them: kernels, ways, numbers of threads; then for get and for put the lines of each
 * kernel and way. */
static void put_data(const void *figure, FILE *f)
{
	const struct threads *fig = figure;
	size_t column, kernel, way, i;

	levels_put_kernels(&fig->kernels, f);
	levels_put_names(&fig->ways, false, f);
	fputs("\n\nthreads\n", f);
	for (i = 0; i < fig->threads.n; i++)
		fprintf(f, "%" PRIu64 "\n", fig->threads.v[i]->v[KEY_THREADS].number);
	for (column = 0; column < 2; column++)
		for (kernel = 0; kernel < fig->kernels.n; kernel++)
			for (way = 0; way < fig->ways.n; way++)
				put_line(fig, column, kernel, way, f);
}

/* "linear|log LOW HIGH" of a row of panels, which can be compared. A linear scale begins at `low`, and is no
 * magnifying glass for what hardly differs from that. */
static void put_range(const struct threads *fig, figure_value value, double low, FILE *f)
{
	double lowest = INFINITY, highest = 0;
	size_t i;

	for (i = 0; i < fig->n; i++) {
		if (!(value(fig->cells[i]) > 0))
			continue;
		lowest = fmin(lowest, value(fig->cells[i]));
		highest = fmax(highest, value(fig->cells[i]));
	}
	if (highest > LOG_SCALE_FACTOR * lowest)
		fprintf(f, " log %.9g %.9g", lowest / 1.7, highest * 1.7);
	else
		fprintf(f, " linear %.9g %.9g", low, highest > 0 ? low + fmax((highest - low) * 1.15, low * 0.2) : low + 1);
}

static void put_frame(const struct threads *fig, FILE *f)
{
	const struct levels *threads = &fig->threads;

	fprintf(f, "%zu %zu %" PRIu64 " %" PRIu64, fig->kernels.n, fig->ways.n, threads->v[0]->v[KEY_THREADS].number,
		threads->v[threads->n - 1]->v[KEY_THREADS].number);
	put_range(fig, throughput, 0, f);
	put_range(fig, fairness, 1, f);
}

static void put_title(const struct threads *fig, FILE *f)
{
	bool insn = cell_key_clock(&fig->cells[0]->key) == CLOCK_INSN;

	fputs(insn ? "Instructions and fairness by threads: " : "Throughput and fairness by threads: ", f);
	levels_put_memory(fig->cells, fig->n, f);
}

/* "GiB per s|slowest / fastest thread" */
static void put_units(const struct threads *fig, FILE *f)
{
	const char *unit = "GiB per s";

	switch (cell_key_clock(&fig->cells[0]->key)) {
	case CLOCK_INSN: unit = report_units(&fig->cells[0]->key)->per_page; break;
	case CLOCK_MODEL: unit = "modelled GiB per s"; break;
	case CLOCK_WALL: break;
	}
	fprintf(f, "%s|slowest / fastest thread", unit);
}

/* "get, register": as far as they are there. */
static void put_ops(const struct threads *fig, size_t column, FILE *f)
{
	const char *comma = "";
	size_t op, i;

	for (op = 0; op < 2; op++) {
		for (i = 0; i < fig->n; i++)
			if (!strcmp(fig->cells[i]->key.v[KEY_OP].text, ops[column][op]))
				break;
		if (i == fig->n)
			continue;
		fprintf(f, "%s%s", comma, ops[column][op]);
		comma = ", ";
	}
}

/* The arguments of the script, in its order. */
enum { TITLE, SUBTITLE, FRAME, UNITS, GET, PUT, TEXTS };

static void put_text(const void *figure, size_t number, FILE *f)
{
	const struct threads *fig = figure;

	switch (number) {
	case TITLE: put_title(fig, f); break;
	case SUBTITLE: levels_put_memory_subtitle(fig->cells, fig->n, f); break;
	case FRAME: put_frame(fig, f); break;
	case UNITS: put_units(fig, f); break;
	case GET: put_ops(fig, 0, f); break;
	case PUT: put_ops(fig, 1, f); break;
	}
}

/* The cells of a line, kept when they are more than one point. */
struct lines {
	struct summary_cell **cells;
	size_t n;
};

static int keep_line(struct summary_cell **cells, size_t n, void *arg)
{
	struct lines *lines = arg;
	size_t i;

	for (i = 1; i < n; i++)
		if (levels_compare(&cells[0]->key, &cells[i]->key, thread_keys))
			break;
	if (i < n) {
		memcpy(lines->cells + lines->n, cells, n * sizeof(*cells));
		lines->n += n;
	}
	return 0;
}

static int open_threads(struct threads *fig)
{
	int rc = levels_open(&fig->kernels, fig->cells, fig->n, levels_kernel);

	if (!rc)
		rc = levels_open(&fig->ways, fig->cells, fig->n, way_keys);
	if (!rc)
		rc = levels_open(&fig->threads, fig->cells, fig->n, thread_keys);
	return rc;
}

static void close_threads(struct threads *fig)
{
	levels_close(&fig->kernels);
	levels_close(&fig->ways);
	levels_close(&fig->threads);
}

static int draw_lines(struct summary_cell **cells, size_t n, void *arg)
{
	struct threads fig = { .cells = cells, .n = n };
	int rc = open_threads(&fig);

	if (!rc)
		rc = figure_draw(arg, &fig);
	close_threads(&fig);
	return rc;
}

static int draw_few_lines(struct summary_cell **cells, size_t n, void *arg)
{
	struct threads fig = { .cells = cells, .n = n };
	bool many;
	int rc = open_threads(&fig);

	many = !rc && fig.kernels.n * fig.ways.n > LINES_MAX;
	close_threads(&fig);
	if (rc)
		return rc;
	return many ? levels_each(cells, n, call_keys, draw_lines, arg) : draw_lines(cells, n, arg);
}

static int draw_group(struct summary_cell **cells, size_t n, void *arg)
{
	_cleanup_free_ struct summary_cell **kept = calloc(n, sizeof(*kept));
	struct lines lines = { .cells = kept };
	int rc;

	if (!kept)
		return out_of_memory();
	rc = levels_each(cells, n, line_keys, keep_line, &lines);
	return rc || !lines.n ? rc : draw_few_lines(lines.cells, lines.n, arg);
}

/* Cells as the figure shows them: workers in processes of their own make lines of their own, beside those of threads. */
struct shown {
	struct summary_cell **cells;
	size_t n;
	struct summary_cell *copies; /* their texts are borrowed */
	size_t n_copies;
};

/* Of a cell of one worker, or of processes of one thread each. */
static void show_processes(struct shown *shown, const struct summary_cell *cell)
{
	struct summary_cell *copy = &shown->copies[shown->n_copies++];
	union key_value *v = copy->key.v;

	*copy = *cell;
	v[KEY_THREADS].number = v[KEY_PROCESSES].number;
	v[KEY_PROCESSES].number = 1;
	v[KEY_RANGE].text = strcmp(v[KEY_RANGE].text, "same") ? "disjoint, processes" : "same, processes";
	shown->cells[shown->n++] = copy;
}

/* Is there the same in several processes? Then a single worker is where both lines begin. */
static bool has_processes(struct summary_cell *const *cells, size_t n, const struct summary_cell *single)
{
	static const enum key op_keys[] = { KEY_OP, KEY_THREADS, KEY_COUNT };
	size_t i;

	for (i = 0; i < n; i++)
		if (cells[i]->key.v[KEY_PROCESSES].number > 1 && summary_cell_measured(cells[i]) &&
		    !levels_compare(&cells[i]->key, &single->key, fixed_keys) &&
		    !levels_compare(&cells[i]->key, &single->key, line_keys) &&
		    !levels_compare(&cells[i]->key, &single->key, op_keys))
			return true;
	return false;
}

static int draw(struct summary_cell **cells, size_t n, struct figure_output *out)
{
	_cleanup_free_ struct summary_cell **pointers = calloc(2 * n, sizeof(*pointers));
	_cleanup_free_ struct summary_cell *copies = calloc(n, sizeof(*copies));
	struct shown shown = { .cells = pointers, .copies = copies };
	size_t i;

	if (!pointers || !copies)
		return out_of_memory();
	for (i = 0; i < n; i++) {
		bool threads = cells[i]->key.v[KEY_THREADS].number > 1, processes = cells[i]->key.v[KEY_PROCESSES].number > 1;

		if (!summary_cell_measured(cells[i]) || (!is_in_column(cells[i], 0) && !is_in_column(cells[i], 1)))
			continue;
		if (!processes)
			shown.cells[shown.n++] = cells[i];
		/* Several threads in each of several processes are in the tables only. */
		if (!threads && (processes || has_processes(cells, n, cells[i])))
			show_processes(&shown, cells[i]);
	}
	return levels_each(shown.cells, shown.n, fixed_keys, draw_group, out);
}

int report_threads(const struct summary *summary, const char *dir, size_t *figures)
{
	static const struct figure_kind kind = {
		.name = "threads", .end = KEY_TABLE_END, .texts = TEXTS,
		.draw = draw, .put_text = put_text, .put_data = put_data,
	};

	return figure_each(summary, &kind, dir, figures);
}
