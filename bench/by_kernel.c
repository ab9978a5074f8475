// SPDX-License-Identifier: GPL-2.0-or-later
#include "by_kernel.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "kernel_line.h"
#include "log.h"
#include "report.h"

static const enum key machine_keys[] = { KEY_PLATFORM, KEY_HOST, KEY_COUNT };
static const enum key sheet_keys[] = { KEY_CLOCK, KEY_MODEL, KEY_COUNT };

/* What makes lines, in their order: what belongs to one get stands together, ops by align and map. */
static const enum key pin_lines[] = {
	KEY_ENGINE, KEY_MEMORY, KEY_JOB, KEY_GET, KEY_PUT, KEY_WRITE, KEY_SIZE, KEY_BATCH, KEY_PUT_BATCH, KEY_THREADS,
	KEY_RANGE, KEY_PUT_ORDER, KEY_PUT_CACHE, KEY_HOLD, KEY_RDMA_DEVICE, KEY_DOMAINS, KEY_PROCESSES, KEY_OP, KEY_ALIGN,
	KEY_MAP, KEY_COUNT,
};
static const enum key bring_up_lines[] = { KEY_OP, KEY_ALIGN, KEY_MAP, KEY_SIZE, KEY_JOB, KEY_MEMORY, KEY_COUNT };
static const enum key *const line_keys[BY_KERNEL_KINDS] = { pin_lines, bring_up_lines, bring_up_lines };

/* Names: where fewer keys tell lines apart, the last ones are not said. */
static const enum key pin_names[] = {
	KEY_OP, KEY_MAP, KEY_MEMORY, KEY_ENGINE, KEY_GET, KEY_ALIGN, KEY_SIZE, KEY_BATCH, KEY_THREADS, KEY_PROCESSES,
	KEY_PUT_ORDER, KEY_PUT_CACHE, KEY_HOLD, KEY_DOMAINS, KEY_WRITE, KEY_PUT, KEY_PUT_BATCH, KEY_RANGE, KEY_RDMA_DEVICE,
	KEY_JOB, KEY_COUNT,
};
static const enum key bring_up_names[] = { KEY_OP, KEY_MAP, KEY_ALIGN, KEY_SIZE, KEY_JOB, KEY_COUNT };
static const enum key *const name_keys[BY_KERNEL_KINDS] = { pin_names, bring_up_names, bring_up_names };

const char by_kernel_lines_text[] =
	"Kernels of distributions come first, then those built here with the stages of a series: each is compared within its line.";

static enum by_kernel_kind kind_of(const struct summary_cell *cell)
{
	return summary_cell_bring_up(cell) ? BY_KERNEL_BRING_UP : BY_KERNEL_PIN;
}

/* DRAM is that of a bind that follows an unbind: the first one may take what is kept until the next boot. */
static bool has_dram(const struct summary_cell *cell)
{
	return summary_cell_bring_up(cell) && !isnan(cell->dram_bytes) && !strcmp(cell->key.v[KEY_OP].text, "rebind");
}

static bool is_of_kind(const struct summary_cell *cell, enum by_kernel_kind kind)
{
	if (!summary_cell_measured(cell))
		return false;
	return kind == BY_KERNEL_DRAM ? has_dram(cell) : kind == kind_of(cell);
}

struct opening {
	struct by_kernel *by;
	enum by_kernel_kind kind;
};

static int add_line(struct summary_cell **cells, size_t n, void *arg)
{
	const struct opening *o = arg;
	struct by_kernel *by = o->by;
	struct by_kernel_line *line = &by->lines[by->n];
	size_t i, sheet;

	line->kind = o->kind;
	line->key = &cells[0]->key;
	line->cells = calloc(by->sheets.n * by->kernels.n, sizeof(*line->cells));
	if (!line->cells)
		return out_of_memory();
	by->n++;
	for (i = 0; i < n; i++) {
		sheet = o->kind == BY_KERNEL_DRAM ? 0 : levels_find(&by->sheets, &cells[i]->key);
		line->cells[sheet * by->kernels.n + levels_find(&by->kernels, &cells[i]->key)] = cells[i];
	}
	return 0;
}

/* The engine is said even where the variant would do: it is what people look for. */
static int find_names(struct by_kernel *by, enum by_kernel_kind kind, struct summary_cell *const *cells, size_t n)
{
	struct levels names;
	int rc = levels_open(&names, cells, n, name_keys[kind]);

	if (!rc) {
		memcpy(by->untold[kind], names.untold, sizeof(names.untold));
		by->untold[kind][KEY_ENGINE] = names.same[KEY_ENGINE];
		by->untold[kind][KEY_MEMORY] = names.same[KEY_MEMORY];
	}
	levels_close(&names);
	return rc;
}

static int add_kind(struct by_kernel *by, enum by_kernel_kind kind, struct summary_cell *const *cells, size_t n)
{
	_cleanup_free_ struct summary_cell **some = calloc(n + 1, sizeof(*some));
	struct opening o = { by, kind };
	size_t i, n_some = 0;
	int rc;

	if (!some)
		return out_of_memory();
	for (i = 0; i < n; i++)
		if (is_of_kind(cells[i], kind))
			some[n_some++] = cells[i];
	if (!n_some)
		return 0;
	rc = find_names(by, kind, some, n_some);
	return rc ? rc : levels_each(some, n_some, line_keys[kind], add_line, &o);
}

/* Where there are several of this clock; else "": it need not be said. */
static const char *model_of(const struct by_kernel *by, size_t sheet)
{
	const struct cell_key *key = by->sheets.v[sheet];
	size_t i;

	for (i = 0; i < by->sheets.n; i++)
		if (i != sheet && !cell_key_compare(by->sheets.v[i], key, KEY_CLOCK, KEY_MODEL))
			return key->v[KEY_MODEL].text;
	return "";
}

static int name_clocks(struct by_kernel *by)
{
	size_t i;

	by->clocks = calloc(by->sheets.n + 1, sizeof(*by->clocks));
	if (!by->clocks)
		return out_of_memory();
	for (i = 0; i < by->sheets.n; i++) {
		const char *clock = by->sheets.v[i]->v[KEY_CLOCK].text, *model = model_of(by, i);

		if (asprintf(&by->clocks[i], "%s%s%s", clock, *model ? " " : "", model) < 0) {
			by->clocks[i] = NULL;
			return out_of_memory();
		}
	}
	return 0;
}

/* Kernels line by line, those of distributions first; each line is in the order of versions already. */
static int group_lines(struct levels *kernels)
{
	const struct cell_key **sorted = calloc(kernels->n + 1, sizeof(*sorted));
	const char *line = ""; /* as the distributions' */
	size_t i, n = 0;

	if (!sorted)
		return out_of_memory();
	while (n < kernels->n) {
		for (i = 0; i < kernels->n; i++)
			if (kernels->v[i] && kernel_same_line(kernels->v[i]->v[KEY_KERNEL].text, line)) {
				sorted[n++] = kernels->v[i];
				kernels->v[i] = NULL;
			}
		for (i = 0; i < kernels->n && !kernels->v[i]; i++)
			;
		if (i < kernels->n)
			line = kernels->v[i]->v[KEY_KERNEL].text;
	}
	free(kernels->v);
	kernels->v = sorted;
	return 0;
}

int by_kernel_open(struct by_kernel *by, struct summary_cell *const *cells, size_t n)
{
	_cleanup_free_ struct summary_cell **measured = calloc(n + 1, sizeof(*measured));
	enum by_kernel_kind kind;
	size_t i, n_measured = 0;
	int rc = 0;

	*by = (struct by_kernel){ .lines = calloc(2 * n + 1, sizeof(*by->lines)) };
	if (!measured || !by->lines)
		return out_of_memory();
	for (i = 0; i < n; i++)
		if (summary_cell_measured(cells[i]))
			measured[n_measured++] = cells[i];
	rc = levels_open(&by->kernels, measured, n_measured, levels_kernel);
	if (!rc)
		rc = group_lines(&by->kernels);
	if (!rc)
		rc = levels_open(&by->sheets, measured, n_measured, sheet_keys);
	if (!rc)
		rc = name_clocks(by);
	for (kind = 0; !rc && kind < BY_KERNEL_KINDS; kind++)
		rc = add_kind(by, kind, measured, n_measured);
	return rc;
}

void by_kernel_close(struct by_kernel *by)
{
	size_t i;

	for (i = 0; i < by->n; i++)
		free(by->lines[i].cells);
	free(by->lines);
	for (i = 0; by->clocks && i < by->sheets.n; i++)
		free(by->clocks[i]);
	free(by->clocks);
	levels_close(&by->kernels);
	levels_close(&by->sheets);
}

struct each {
	by_kernel_fn fn;
	void *arg;
};

static int each_machine(struct summary_cell **cells, size_t n, void *arg)
{
	const struct each *each = arg;
	struct by_kernel by;
	int rc = by_kernel_open(&by, cells, n);

	if (!rc && by.n)
		rc = each->fn(&by, each->arg);
	by_kernel_close(&by);
	return rc;
}

int by_kernel_each(const struct summary *summary, by_kernel_fn fn, void *arg)
{
	struct each each = { fn, arg };

	return levels_each(summary->cells, summary->n_cells, machine_keys, each_machine, &each);
}

static const struct summary_cell *cell_of(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet,
					  size_t kernel)
{
	return line->cells[sheet * by->kernels.n + kernel];
}

bool by_kernel_has(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet)
{
	size_t k;

	for (k = 0; k < by->kernels.n; k++)
		if (cell_of(by, line, sheet, k))
			return true;
	return false;
}

double by_kernel_value(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet, size_t kernel)
{
	const struct summary_cell *cell = cell_of(by, line, sheet, kernel);

	if (!cell)
		return NAN;
	if (line->kind == BY_KERNEL_DRAM)
		return summary_cell_dram_mib_per_gib(cell);
	return cell->cost.median;
}

bool by_kernel_starts_line(const struct by_kernel *by, size_t kernel)
{
	return !kernel || !kernel_same_line(by->kernels.v[kernel - 1]->v[KEY_KERNEL].text, by->kernels.v[kernel]->v[KEY_KERNEL].text);
}

size_t by_kernel_lines(const struct by_kernel *by)
{
	size_t k, n = 0;

	for (k = 0; k < by->kernels.n; k++)
		n += by_kernel_starts_line(by, k);
	return n;
}

size_t by_kernel_before(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet, size_t kernel)
{
	const struct summary_cell *cell = cell_of(by, line, sheet, kernel);

	if (!cell || !summary_cell_trusted(cell))
		return SIZE_MAX;
	while (!by_kernel_starts_line(by, kernel)) {
		cell = cell_of(by, line, sheet, --kernel);
		if (cell && summary_cell_trusted(cell))
			return kernel;
	}
	return SIZE_MAX;
}

double by_kernel_ratio(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet, size_t kernel)
{
	size_t before = by_kernel_before(by, line, sheet, kernel);
	double base = before == SIZE_MAX ? NAN : by_kernel_value(by, line, sheet, before);

	return base > 0 ? by_kernel_value(by, line, sheet, kernel) / base : NAN;
}

int by_kernel_step(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet, size_t kernel)
{
	double ratio = by_kernel_ratio(by, line, sheet, kernel), value = by_kernel_value(by, line, sheet, kernel);

	if (isnan(ratio) || fabs(value - by_kernel_value(by, line, sheet, by_kernel_before(by, line, sheet, kernel))) <= BY_KERNEL_LEAST)
		return 0;
	return ratio > 1 + BY_KERNEL_STEP ? 1 : ratio < 1 / (1 + BY_KERNEL_STEP) ? -1 : 0;
}

const char *by_kernel_unit(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet)
{
	return line->kind == BY_KERNEL_DRAM ? "MiB/GiB" : report_units(by->sheets.v[sheet])->page;
}

void by_kernel_put_unit(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet, FILE *f)
{
	const char *model = line->kind == BY_KERNEL_DRAM ? "" : model_of(by, sheet);

	fprintf(f, "%s%s%s", by_kernel_unit(by, line, sheet), *model ? ", " : "", model);
}

void by_kernel_put_name(const struct by_kernel *by, const struct by_kernel_line *line, FILE *f)
{
	const unsigned char *untold = by->untold[line->kind];
	char buf[KEY_TEXT_MAX];
	const enum key *k;

	fputs(line->kind == BY_KERNEL_DRAM ? "DRAM" : line->key->v[KEY_OP].text, f);
	for (k = name_keys[line->kind]; *k != KEY_COUNT; k++) {
		const char *text = cell_key_text(line->key, *k, 1, buf);

		if (untold[*k] || *k == KEY_OP || *k == KEY_MAP || *k == KEY_MEMORY || !*text)
			continue;
		fputs(", ", f);
		if (key_infos[*k].kind != KEY_TEXT || *k == KEY_JOB)
			fprintf(f, "%s ", key_infos[*k].title);
		fputs(text, f);
	}
}

void by_kernel_put_memory(const struct by_kernel *by, const struct by_kernel_line *line, FILE *f)
{
	const char *memory = line->key->v[KEY_MEMORY].text, *map = line->key->v[KEY_MAP].text;

	(void)by;
	if (*map)
		fprintf(f, "map=%s", map);
	else
		fputs(memory, f);
}

/* Of the decimals as many as make three digits. */
static void put_digits(double v, int most, FILE *f)
{
	double size = fabs(v);
	int decimals = size < 0.0995 ? most : size < 0.9995 ? 3 : size < 9.995 ? 2 : size < 99.95 ? 1 : 0;

	fprintf(f, "%.*f", decimals, v);
}

void by_kernel_put_value(double value, FILE *f)
{
	put_digits(value, 3, f);
}

void by_kernel_put_ratio(double ratio, FILE *f)
{
	put_digits(ratio, ratio < 0.00995 ? 5 : 4, f);
}
