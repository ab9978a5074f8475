// SPDX-License-Identifier: GPL-2.0-or-later
#include "report_levels.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"
#include "report.h"
#include "report_figure.h"

/* A line of the subtitle is ended behind as many. */
#define LINE_CHARS 120

const enum key levels_kernel[] = { KEY_KERNEL, KEY_RELEASE, KEY_TRUSTED, KEY_COUNT };
const enum key levels_series[] = { KEY_MEMORY, KEY_MAP, KEY_ALIGN, KEY_COUNT };

int levels_compare(const struct cell_key *a, const struct cell_key *b, const enum key *keys)
{
	int c = 0;

	for (; !c && *keys != KEY_COUNT; keys++)
		c = cell_key_compare(a, b, *keys, *keys + 1);
	return c;
}

static int compare_cells(const void *a, const void *b, void *keys)
{
	const struct cell_key *ka = &(*(struct summary_cell *const *)a)->key;
	const struct cell_key *kb = &(*(struct summary_cell *const *)b)->key;
	int c = levels_compare(ka, kb, keys);

	return c ? c : cell_key_compare(ka, kb, KEY_FIRST, KEY_COUNT);
}

int levels_each(struct summary_cell *const *cells, size_t n, const enum key *keys, levels_fn fn, void *arg)
{
	_cleanup_free_ struct summary_cell **sorted = calloc(n + 1, sizeof(*sorted));
	size_t from, end;
	int rc = 0;

	if (!sorted)
		return out_of_memory();
	for (from = 0; from < n; from++)
		sorted[from] = cells[from];
	qsort_r(sorted, n, sizeof(*sorted), compare_cells, (void *)keys);
	for (from = 0; !rc && from < n; from = end) {
		for (end = from + 1; end < n; end++)
			if (levels_compare(&sorted[from]->key, &sorted[end]->key, keys))
				break;
		rc = fn(sorted + from, end - from, arg);
	}
	return rc;
}

static int compare_keys(const void *a, const void *b, void *keys)
{
	return levels_compare(*(const struct cell_key *const *)a, *(const struct cell_key *const *)b, keys);
}

static void find_same(struct levels *levels)
{
	const enum key *k;
	size_t i;

	memset(levels->same, 1, sizeof(levels->same));
	for (k = levels->keys; *k != KEY_COUNT; k++)
		for (i = 1; i < levels->n; i++)
			levels->same[*k] &= !cell_key_compare(levels->v[0], levels->v[i], *k, *k + 1);
}

/* Do two of them look the same when only these keys are said? */
static bool are_mixed_up(const struct levels *levels, const unsigned char *untold)
{
	const enum key *k;
	size_t i, j;

	for (i = 1; i < levels->n; i++)
		for (j = 0; j < i; j++) {
			for (k = levels->keys; *k != KEY_COUNT; k++)
				if (!untold[*k] && cell_key_compare(levels->v[i], levels->v[j], *k, *k + 1))
					break;
			if (*k == KEY_COUNT)
				return true;
		}
	return false;
}

/* Names are short: of keys that go together (engine, put) the last ones are not said, but the first two are. */
static void find_untold(struct levels *levels)
{
	size_t i = 0;

	memcpy(levels->untold, levels->same, sizeof(levels->untold));
	if (levels->n < 2)
		for (; levels->keys[i] != KEY_COUNT; i++)
			levels->untold[levels->keys[i]] = 0;
	while (levels->keys[i] != KEY_COUNT)
		i++;
	while (levels->n > 1 && i-- > 2) {
		enum key k = levels->keys[i];

		if (levels->untold[k])
			continue;
		levels->untold[k] = 1;
		levels->untold[k] = !are_mixed_up(levels, levels->untold);
	}
}

int levels_open(struct levels *levels, struct summary_cell *const *cells, size_t n, const enum key *keys)
{
	size_t i;

	*levels = (struct levels){ .keys = keys, .v = calloc(n + 1, sizeof(*levels->v)) };
	if (!levels->v)
		return out_of_memory();
	for (i = 0; i < n; i++)
		levels->v[i] = &cells[i]->key;
	qsort_r(levels->v, n, sizeof(*levels->v), compare_keys, (void *)keys);
	for (i = 0; i < n; i++)
		if (!levels->n || levels_compare(levels->v[levels->n - 1], levels->v[i], keys))
			levels->v[levels->n++] = levels->v[i];
	find_same(levels);
	find_untold(levels);
	return 0;
}

void levels_close(struct levels *levels)
{
	free(levels->v);
}

size_t levels_find(const struct levels *levels, const struct cell_key *key)
{
	size_t i;

	for (i = 0; i + 1 < levels->n; i++)
		if (!levels_compare(levels->v[i], key, levels->keys))
			break;
	return i;
}

void levels_put_name(const struct levels *levels, size_t number, bool titles, FILE *f)
{
	char buf[KEY_TEXT_MAX];
	const char *comma = "";
	size_t told = 0;
	const enum key *k;

	for (k = levels->keys; *k != KEY_COUNT; k++)
		told += !levels->untold[*k];
	for (k = levels->keys; *k != KEY_COUNT; k++) {
		const char *text = cell_key_text(levels->v[number], *k, 1, buf);

		if (levels->untold[*k] || !*text)
			continue;
		fputs(comma, f);
		if (titles || told == 1 || key_infos[*k].kind != KEY_TEXT)
			fprintf(f, "%s ", key_infos[*k].title);
		fputs(text, f);
		comma = ", ";
	}
}

void levels_put_kernels(const struct levels *kernels, FILE *f)
{
	size_t i;

	fputs("number\tkernel\tnote\n", f);
	for (i = 0; i < kernels->n; i++) {
		fprintf(f, "%zu\t", i);
		figure_put_quoted(kernels->v[i]->v[KEY_KERNEL].text, f);
		fprintf(f, "\t\"%s\"\n", kernels->v[i]->v[KEY_TRUSTED].number == 1 ? "" : " (untrusted)");
	}
}

void levels_put_names(const struct levels *levels, bool titles, FILE *f)
{
	size_t i;

	fputs("\n\n" "number\tname\n", f);
	for (i = 0; i < levels->n; i++) {
		_cleanup_free_ char *name = NULL;
		size_t len;
		FILE *text = open_memstream(&name, &len);

		if (!text)
			continue;
		levels_put_name(levels, i, titles, text);
		fprintf(f, "%zu\t", i);
		figure_put_quoted(fclose(text) ? "" : name, f);
		fputc('\n', f);
	}
}

const char *levels_op(struct summary_cell *const *cells, size_t n, size_t number)
{
	static const char *const pin[] = { "get", "put" }, *const registration[] = { "register", "deregister" };
	size_t i, k;

	for (i = 0; i < n; i++)
		for (k = 0; k < 2; k++)
			if (!strcmp(cells[i]->key.v[KEY_OP].text, registration[k]))
				return registration[number];
	return pin[number];
}

bool levels_default(const struct cell_key *key, enum key k)
{
	switch (k) {
	case KEY_PUT_ORDER: return !*key->v[k].text || !strcmp(key->v[k].text, "sequential");
	case KEY_PUT_CACHE: return !*key->v[k].text || !strcmp(key->v[k].text, "warm");
	case KEY_HOLD: return key->v[k].number == CSV_MISSING || !key->v[k].number;
	case KEY_DOMAINS:
	case KEY_PROCESSES: return key->v[k].number == CSV_MISSING || key->v[k].number == 1;
	default: return false;
	}
}

bool levels_differ(const struct cell_key *a, const struct cell_key *b, enum key k)
{
	char text_a[KEY_TEXT_MAX], text_b[KEY_TEXT_MAX];

	if (levels_default(a, k) && levels_default(b, k))
		return false;
	return strcmp(cell_key_text(a, k, 0, text_a), cell_key_text(b, k, 0, text_b)) != 0;
}

void levels_put_n(struct summary_cell *const *cells, size_t n, const struct cell_key *kernel, FILE *f)
{
	size_t i, least = SIZE_MAX, most = 0, by_boot = 0, counted = 0;

	for (i = 0; i < n; i++) {
		const struct summary_cell *cell = cells[i];
		const struct cell_key *key = &cell->key;

		if (!summary_cell_measured(cell) || (kernel && figure_compare_kernels(&key, &kernel)))
			continue;
		counted++;
		by_boot += cell->boots > 1;
		least = cell->cost.n < least ? cell->cost.n : least;
		most = cell->cost.n > most ? cell->cost.n : most;
	}
	fprintf(f, "n=%zu", least);
	if (most != least)
		fprintf(f, "-%zu", most);
	fprintf(f, " %s", by_boot == counted ? "boots" : by_boot ? "boots/reps" : "reps");
}

static bool is_same(struct summary_cell *const *cells, size_t n, enum key k)
{
	char buf[KEY_TEXT_MAX];
	size_t i;

	if (!*cell_key_text(&cells[0]->key, k, 0, buf))
		return false;
	for (i = 1; i < n; i++)
		if (cell_key_compare(&cells[0]->key, &cells[i]->key, k, k + 1))
			return false;
	return true;
}

void levels_put_same(struct summary_cell *const *cells, size_t n, enum key from, enum key end,
		     const unsigned char *skip, FILE *f)
{
	size_t chars = 0;
	enum key k;

	for (k = from; k < end; k++) {
		char buf[KEY_TEXT_MAX];

		if ((skip && skip[k]) || levels_default(&cells[0]->key, k) || !is_same(cells, n, k))
			continue;
		if (chars)
			fputs(chars > LINE_CHARS ? ",\n" : ", ", f);
		if (chars > LINE_CHARS)
			chars = 0;
		chars += (size_t)fprintf(f, "%s %s", key_infos[k].title, cell_key_text(&cells[0]->key, k, 1, buf)) + 2;
	}
}

void levels_put_subtitle(struct summary_cell *const *cells, size_t n, const unsigned char *skip,
			 const char *statistics, FILE *f)
{
	const struct cell_key *key = &cells[0]->key;
	const char *caveat = report_caveat(key);

	levels_put_same(cells, n, KEY_JOB, KEY_SERIES_END, skip, f);
	fputc('\n', f);
	cell_key_describe(key, KEY_FIRST, KEY_TABLE_END, NULL, f);
	fprintf(f, ". %s, ", statistics);
	levels_put_n(cells, n, NULL, f);
	fprintf(f, ".\n%s", caveat ? caveat : "");
}

static const struct cell_key *trusted(const struct levels *kernels, bool last)
{
	size_t i;

	for (i = 0; i < kernels->n; i++) {
		const struct cell_key *kernel = kernels->v[last ? kernels->n - 1 - i : i];

		if (kernel->v[KEY_TRUSTED].number == 1)
			return kernel;
	}
	return NULL;
}

bool levels_ends(const struct levels *kernels, const struct cell_key **first, const struct cell_key **last)
{
	*first = trusted(kernels, false);
	*last = trusted(kernels, true);
	return *first != *last;
}

void levels_put_memory(struct summary_cell *const *cells, size_t n, FILE *f)
{
	levels_put_same(cells, n, KEY_SIZE, KEY_SIZE + 1, NULL, f);
	fputs(", ", f);
	levels_put_same(cells, n, KEY_MEMORY, KEY_SERIES_END, NULL, f);
}

void levels_put_memory_subtitle(struct summary_cell *const *cells, size_t n, FILE *f)
{
	static const unsigned char skip[KEY_COUNT] = {
		[KEY_SIZE] = 1, [KEY_MEMORY] = 1, [KEY_MAP] = 1, [KEY_ALIGN] = 1,
	};

	levels_put_subtitle(cells, n, skip, "Medians", f);
}
