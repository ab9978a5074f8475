// SPDX-License-Identifier: GPL-2.0-or-later
/* What registering memory costs against the size of a registration, or of the whole range. */
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"
#include "report_figure.h"
#include "report_levels.h"
#include "size.h"

#define PAGE 4096

/* What the cells of a figure have in common; memories, kernels, ops and the size remain. */
static const enum key fixed_keys[] = {
	KEY_ENGINE, KEY_GET, KEY_PUT, KEY_WRITE, KEY_PUT_BATCH, KEY_THREADS, KEY_RANGE, KEY_PUT_ORDER, KEY_PUT_CACHE,
	KEY_HOLD, KEY_RDMA_DEVICE, KEY_DOMAINS, KEY_PROCESSES, KEY_COUNT,
};
static const enum key thread_keys[] = { KEY_THREADS, KEY_RANGE, KEY_COUNT };
static const enum key size_keys[] = { KEY_SIZE, KEY_COUNT };

static const char *const ops[] = { "register", "deregister" };
/* What is done below them. */
static const char *const pins[] = { "get", "put" };

/* All of a table. */
struct all {
	struct summary_cell **cells;
	size_t n;
	struct figure_output *out;
};

typedef uint64_t (*cell_size)(const struct summary_cell *cell);

struct registration {
	const struct all *all;
	struct summary_cell **cells;
	size_t n;
	cell_size size; /* to the right */
	const uint64_t *sizes;
	size_t n_sizes;
	struct levels kernels, series;
};

/* Bytes that a worker registers in all. */
static uint64_t part_bytes(const struct summary_cell *cell)
{
	const union key_value *v = cell->key.v;
	uint64_t threads = v[KEY_THREADS].number, processes = v[KEY_PROCESSES].number;

	if (!threads || threads == CSV_MISSING || !processes || processes == CSV_MISSING || !strcmp(v[KEY_RANGE].text, "same"))
		return v[KEY_SIZE].number;
	return v[KEY_SIZE].number / (threads * processes);
}

static uint64_t registration_bytes(const struct summary_cell *cell)
{
	uint64_t batch = cell->key.v[KEY_BATCH].number, part = part_bytes(cell);

	return !batch || batch >= part / PAGE ? part : batch * PAGE;
}

static uint64_t range_bytes(const struct summary_cell *cell)
{
	return cell->key.v[KEY_SIZE].number;
}

static bool is_op(const struct summary_cell *cell, const char *op)
{
	return summary_cell_measured(cell) && !strcmp(cell->key.v[KEY_OP].text, op);
}

static double millions(const struct summary_cell *cell)
{
	if (cell_key_clock(&cell->key) != CLOCK_INSN)
		return cell->range_ms;
	return cell->cost.median * (double)cell->range_pages / 1e6;
}

static const struct summary_cell *find(const struct registration *fig, const char *op, const struct cell_key *kernel,
				       const struct cell_key *series, uint64_t size)
{
	size_t i;

	for (i = 0; i < fig->n; i++) {
		const struct summary_cell *cell = fig->cells[i];

		if (is_op(cell, op) && fig->size(cell) == size && !levels_compare(&cell->key, kernel, levels_kernel) &&
		    !levels_compare(&cell->key, series, levels_series))
			return cell;
	}
	return NULL;
}

/* How far a pin by engine gup is from what registering does, which is long-term; -1: it is something else. */
static int distance(const struct summary_cell *cell)
{
	static const char *const gets[] = { "fast-longterm", "longterm", "fast" };
	const union key_value *v = cell->key.v;
	int i;

	if (strcmp(v[KEY_ENGINE].text, "gup") || strcmp(v[KEY_PUT].text, "pages") ||
	    !levels_default(&cell->key, KEY_PUT_ORDER) || !levels_default(&cell->key, KEY_PUT_CACHE))
		return -1;
	for (i = 0; i < 3; i++)
		if (!strcmp(v[KEY_GET].text, gets[i]))
			return i;
	return -1;
}

/* Pinning of the same memory on the same kernel. */
static const struct summary_cell *find_pin(const struct registration *fig, const char *op,
					   const struct cell_key *kernel, const struct cell_key *series)
{
	const struct summary_cell *best = NULL;
	size_t i;

	for (i = 0; i < fig->all->n; i++) {
		const struct summary_cell *cell = fig->all->cells[i];

		if (!is_op(cell, op) || distance(cell) < 0 || levels_compare(&cell->key, kernel, levels_kernel) ||
		    levels_compare(&cell->key, series, levels_series) ||
		    levels_compare(&cell->key, &fig->cells[0]->key, thread_keys))
			continue;
		if (!best || distance(cell) < distance(best))
			best = cell;
	}
	return best;
}

static void put_point(const struct summary_cell *cell, uint64_t size, FILE *f)
{
	fprintf(f, "%" PRIu64 "\t", size);
	figure_put_number(cell ? cell->cost.median : NAN, f);
	fputc('\t', f);
	figure_put_number(cell ? cell->cost.ci_low : NAN, f);
	fputc('\t', f);
	figure_put_number(cell ? cell->cost.ci_high : NAN, f);
	fputc('\t', f);
	figure_put_number(cell ? millions(cell) : NAN, f);
	fputc('\n', f);
}

/* Points where something was measured: a line goes on from one to the next. */
static void put_line(const struct registration *fig, const char *op, size_t kernel, size_t series, FILE *f)
{
	bool any = false;
	size_t i;

	fputs("\n\nsize\tper_page\tci_low\tci_high\twhole\n", f);
	for (i = 0; i < fig->n_sizes; i++) {
		const struct summary_cell *cell =
			find(fig, op, fig->kernels.v[kernel], fig->series.v[series], fig->sizes[i]);

		if (!cell)
			continue;
		any = true;
		put_point(cell, fig->sizes[i], f);
	}
	if (!any)
		put_point(NULL, fig->sizes[0], f);
}

/* A straight line from the smallest to the largest size. */
static void put_pin(const struct registration *fig, const char *op, size_t kernel, size_t series, FILE *f)
{
	const struct summary_cell *pin = find_pin(fig, op, fig->kernels.v[kernel], fig->series.v[series]);
	uint64_t pages = fig->cells[0]->range_pages;
	size_t i;

	fputs("\n\nsize\tper_page\twhole\n", f);
	for (i = 0; i < fig->n_sizes; i += fig->n_sizes - 1) {
		if (fig->size == range_bytes)
			pages = fig->sizes[i] / PAGE;
		fprintf(f, "%" PRIu64 "\t", fig->sizes[i]);
		figure_put_number(pin ? pin->cost.median : NAN, f);
		fputc('\t', f);
		figure_put_number(pin ? pin->cost.median * (double)pages / 1e6 : NAN, f);
		fputc('\n', f);
	}
}

/* Blocks as plots/registration.gp reads them: kernels, memories, sizes; then for register and for deregister the
 * lines of each kernel and memory; then, in the same way, what pinning takes. */
static void put_data(const void *figure, FILE *f)
{
	const struct registration *fig = figure;
	size_t op, kernel, series, i;
	char buf[SIZE_TEXT_MAX];

	levels_put_kernels(&fig->kernels, f);
	levels_put_names(&fig->series, true, f);
	fputs("\n\nsize\tname\n", f);
	for (i = 0; i < fig->n_sizes; i++)
		fprintf(f, "%" PRIu64 "\t\"%s\"\n", fig->sizes[i], size_format(fig->sizes[i], buf));
	for (op = 0; op < 2; op++)
		for (kernel = 0; kernel < fig->kernels.n; kernel++)
			for (series = 0; series < fig->series.n; series++)
				put_line(fig, ops[op], kernel, series, f);
	for (op = 0; op < 2; op++)
		for (kernel = 0; kernel < fig->kernels.n; kernel++)
			for (series = 0; series < fig->series.n; series++)
				put_pin(fig, pins[op], kernel, series, f);
}

static void widen(double range[2], double value)
{
	if (!(value > 0))
		return;
	range[0] = fmin(range[0], value);
	range[1] = fmax(range[1], value);
}

/* Of both panels of a row, pins included: these can be compared. */
static void put_ranges(const struct registration *fig, FILE *f)
{
	double page[2] = { INFINITY, 0 }, whole[2] = { INFINITY, 0 };
	size_t i;

	for (i = 0; i < fig->n; i++) {
		const struct summary_cell *cell = fig->cells[i];
		const char *op = !strcmp(cell->key.v[KEY_OP].text, ops[0]) ? pins[0] : pins[1];
		const struct summary_cell *pin = find_pin(fig, op, &cell->key, &cell->key);

		widen(page, cell->cost.median);
		widen(page, cell->cost.ci_low);
		widen(page, cell->cost.ci_high);
		widen(whole, millions(cell));
		if (!pin)
			continue;
		widen(page, pin->cost.median);
		widen(whole, pin->cost.median * (double)cell->range_pages / 1e6);
	}
	fprintf(f, "%.9g %.9g ", page[1] ? page[0] / 1.7 : 1, page[1] ? page[1] * 1.7 : 10);
	fprintf(f, "%.9g %.9g", whole[1] ? whole[0] / 1.7 : 1, whole[1] ? whole[1] * 1.7 : 10);
}

static const struct summary_cell *any_pin(const struct registration *fig, const char *op)
{
	const struct summary_cell *pin = NULL;
	size_t i;

	for (i = 0; !pin && i < fig->n; i++)
		pin = find_pin(fig, op, &fig->cells[i]->key, &fig->cells[i]->key);
	return pin;
}

static void put_title(const struct registration *fig, FILE *f)
{
	fprintf(f, "Registration by engine %s against the size of ", fig->cells[0]->key.v[KEY_ENGINE].text);
	fputs(fig->size == range_bytes ? "the range: " : "a registration: ", f);
	levels_put_same(fig->cells, fig->n, KEY_SIZE, KEY_SIZE + 1, NULL, f);
	fputs(fig->size == range_bytes ? "" : ", ", f);
	levels_put_same(fig->cells, fig->n, KEY_MEMORY, KEY_SERIES_END, NULL, f);
}

static void put_subtitle(const struct registration *fig, FILE *f)
{
	static const unsigned char skip[KEY_COUNT] = {
		[KEY_ENGINE] = 1, [KEY_SIZE] = 1, [KEY_MEMORY] = 1, [KEY_MAP] = 1, [KEY_ALIGN] = 1,
	};

	levels_put_subtitle(fig->cells, fig->n, skip, "Medians with 95 % CI", f);
}

/* Of both ends at a size: how many times less; 0: one of them is not there. */
static double factor_at(const struct registration *fig, const char *op, const struct cell_key *first,
			const struct cell_key *last, size_t series, uint64_t size)
{
	const struct summary_cell *a = find(fig, op, first, fig->series.v[series], size);
	const struct summary_cell *b = find(fig, op, last, fig->series.v[series], size);

	return a && b && a->cost.median > 0 && b->cost.median > 0 ? a->cost.median / b->cost.median : 0;
}

/* What became of the first two memories at the largest size that they have on the first and the last kernel:
 * "5.10 to 7.3, at 1G:", and under it "20x less (map mem), 18x less (map dev)". */
static void put_story(const struct registration *fig, const char *op, FILE *f)
{
	size_t memories = fig->series.n < 2 ? fig->series.n : 2, i, s;
	const struct cell_key *first, *last;
	double factors[2] = { 0, 0 };
	char buf[SIZE_TEXT_MAX];

	fprintf(f, "%s\n", op);
	if (!levels_ends(&fig->kernels, &first, &last))
		return;
	for (i = fig->n_sizes; i--;) {
		for (s = 0; s < memories; s++)
			factors[s] = factor_at(fig, op, first, last, s, fig->sizes[i]);
		if (factors[0] > 0 && (memories < 2 || factors[1] > 0))
			break;
	}
	if (i == SIZE_MAX)
		return;
	fprintf(f, "%s to %s, at %s:\n", first->v[KEY_KERNEL].text, last->v[KEY_KERNEL].text,
		size_format(fig->sizes[i], buf));
	for (s = 0; s < memories; s++) {
		fputs(s ? ", " : "", f);
		figure_put_factor(factors[s], f);
		if (memories < 2)
			continue;
		fputs(" (", f);
		levels_put_name(&fig->series, s, true, f);
		fputc(')', f);
	}
}

/* "ns per page|ms for the range|size of a registration|gup fast-longterm" */
static void put_units(const struct registration *fig, FILE *f)
{
	const struct report_units *units = report_units(&fig->cells[0]->key);
	const struct summary_cell *pin = any_pin(fig, pins[0]);

	if (!pin)
		pin = any_pin(fig, pins[1]);
	fprintf(f, "%s|%s for the range|%s|", units->per_page, units->device,
		fig->size == range_bytes ? "size of the range" : "size of a registration");
	if (pin)
		fprintf(f, "gup %s", pin->key.v[KEY_GET].text);
}

/* The arguments of the script, in its order. */
enum { TITLE, SUBTITLE, FRAME, UNITS, REGISTER, DEREGISTER, TEXTS };

static void put_text(const void *figure, size_t number, FILE *f)
{
	const struct registration *fig = figure;

	switch (number) {
	case TITLE: put_title(fig, f); break;
	case SUBTITLE: put_subtitle(fig, f); break;
	case FRAME:
		fprintf(f, "%zu %zu %zu %" PRIu64 " %" PRIu64 " ", fig->kernels.n, fig->series.n, fig->n_sizes,
			fig->sizes[0], fig->sizes[fig->n_sizes - 1]);
		put_ranges(fig, f);
		break;
	case UNITS: put_units(fig, f); break;
	case REGISTER: put_story(fig, ops[0], f); break;
	case DEREGISTER: put_story(fig, ops[1], f); break;
	}
}

static int compare_sizes(const void *a, const void *b)
{
	uint64_t sa = *(const uint64_t *)a, sb = *(const uint64_t *)b;

	return (sa > sb) - (sa < sb);
}

/* The different sizes of cells, in order; NULL: out of memory, printed. */
static uint64_t *sort_sizes(struct summary_cell **cells, size_t n, cell_size size, size_t *count)
{
	uint64_t *sizes = calloc(n, sizeof(*sizes));
	size_t i;

	*count = 0;
	if (!sizes) {
		err("out of memory");
		return NULL;
	}
	for (i = 0; i < n; i++)
		sizes[i] = size(cells[i]);
	qsort(sizes, n, sizeof(*sizes), compare_sizes);
	for (i = 0; i < n; i++)
		if (!*count || sizes[*count - 1] != sizes[i])
			sizes[(*count)++] = sizes[i];
	return sizes;
}

/* One size is a point and no line: that is for bars. */
static int draw_figure(const struct all *all, struct summary_cell **cells, size_t n, cell_size size)
{
	struct registration fig = { .all = all, .cells = cells, .n = n, .size = size };
	_cleanup_free_ uint64_t *sizes = sort_sizes(cells, n, size, &fig.n_sizes);
	int rc;

	fig.sizes = sizes;
	if (!sizes || fig.n_sizes < 2)
		return sizes ? 0 : -ENOMEM;
	rc = levels_open(&fig.kernels, cells, n, levels_kernel);
	if (!rc)
		rc = levels_open(&fig.series, cells, n, levels_series);
	if (!rc)
		rc = figure_draw(all->out, &fig);
	levels_close(&fig.kernels);
	levels_close(&fig.series);
	return rc;
}

static int draw_by_registration(struct summary_cell **cells, size_t n, void *arg)
{
	return draw_figure(arg, cells, n, registration_bytes);
}

/* Ranges that are one registration whatever their size, and those with registrations of one size. */
static uint64_t kind_of_registration(const struct summary_cell *cell)
{
	uint64_t bytes = registration_bytes(cell);

	return bytes == part_bytes(cell) ? UINT64_MAX : bytes;
}

static int draw_by_range(struct summary_cell **cells, size_t n, const struct all *all)
{
	_cleanup_free_ struct summary_cell **some = calloc(n, sizeof(*some));
	_cleanup_free_ uint64_t *kinds = NULL;
	size_t i, k, n_kinds, n_some;
	int rc = 0;

	kinds = sort_sizes(cells, n, kind_of_registration, &n_kinds);
	if (kinds && !some)
		err("out of memory");
	if (!kinds || !some)
		return -ENOMEM;
	for (k = 0; !rc && k < n_kinds; k++) {
		for (i = n_some = 0; i < n; i++)
			if (kind_of_registration(cells[i]) == kinds[k])
				some[n_some++] = cells[i];
		rc = draw_figure(all, some, n_some, range_bytes);
	}
	return rc;
}

static int draw_group(struct summary_cell **cells, size_t n, void *arg)
{
	int rc = levels_each(cells, n, size_keys, draw_by_registration, arg);

	return rc ? rc : draw_by_range(cells, n, arg);
}

static int draw(struct summary_cell **cells, size_t n, struct figure_output *out)
{
	_cleanup_free_ struct summary_cell **shown = calloc(n, sizeof(*shown));
	struct all all = { .cells = cells, .n = n, .out = out };
	size_t i, n_shown = 0;

	if (!shown)
		return out_of_memory();
	for (i = 0; i < n; i++)
		if (is_op(cells[i], ops[0]) || is_op(cells[i], ops[1]))
			shown[n_shown++] = cells[i];
	return levels_each(shown, n_shown, fixed_keys, draw_group, &all);
}

int report_registration(const struct summary *summary, const char *dir, size_t *figures)
{
	static const struct figure_kind kind = {
		.name = "registration", .end = KEY_TABLE_END, .texts = TEXTS,
		.draw = draw, .put_text = put_text, .put_data = put_data,
	};

	return figure_each(summary, &kind, dir, figures);
}
