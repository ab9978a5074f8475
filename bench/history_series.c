// SPDX-License-Identifier: GPL-2.0-or-later
#include "history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

/* A quantity of a cell of a version: a row of a series to be. */
struct reference {
	const struct history_version *version;
	size_t number; /* of the version */
	const struct summary_cell *cell;
	enum quantity quantity;
};

static int compare_series(const struct reference *a, const struct reference *b)
{
	int c = strcmp(a->version->line, b->version->line);

	if (!c)
		c = cell_key_compare(&a->cell->key, &b->cell->key, KEY_FIRST, KEY_CELL_END);
	return c ? c : (a->quantity > b->quantity) - (a->quantity < b->quantity);
}

static int compare_references(const void *a, const void *b)
{
	const struct reference *ra = a, *rb = b;
	int c = compare_series(ra, rb);

	return c ? c : (ra->number > rb->number) - (ra->number < rb->number);
}

/* Of a cell with trusted and untrusted values those that are trusted, which come first. */
static bool is_shadowed(const struct summary *s, size_t i)
{
	return i && summary_cell_measured(s->cells[i - 1]) &&
	       !cell_key_compare(&s->cells[i - 1]->key, &s->cells[i]->key, KEY_FIRST, KEY_CELL_END);
}

static size_t collect(const struct history *h, struct reference *refs)
{
	size_t v, i, n = 0, values;
	enum quantity q;

	for (v = 0; v < h->n_versions; v++) {
		const struct summary *s = &h->versions[v]->summary;

		for (i = 0; i < s->n_cells; i++)
			for (q = 0; q < QUANTITIES && !is_shadowed(s, i); q++) {
				quantity_values(s->cells[i], q, &values);
				if (values)
					refs[n++] = (struct reference){ h->versions[v], v, s->cells[i], q };
			}
	}
	return n;
}

static int add_series(struct history *h, const struct reference *refs, size_t n)
{
	struct change_series *series = reallocarray(h->series, h->n_series + 1, sizeof(*series));
	size_t i;

	if (!series)
		return -ENOMEM;
	h->series = series;
	series += h->n_series;
	*series = (struct change_series){
		.quantity = refs->quantity, .line = refs->version->line, .rows = calloc(n, sizeof(*series->rows)), .n = n,
	};
	if (!series->rows)
		return -ENOMEM;
	h->n_series++;
	for (i = 0; i < n; i++) {
		struct change_row *row = &series->rows[i];

		row->what = refs[i].version;
		row->cell = refs[i].cell;
		row->values = quantity_values(refs[i].cell, refs[i].quantity, &row->n);
	}
	return 0;
}

int history_series(struct history *h, const struct compare_options *options, bool changes_only)
{
	_cleanup_free_ struct reference *refs = NULL;
	size_t i, end, n = 0;
	int rc = 0;

	for (i = 0; i < h->n_versions; i++)
		n += QUANTITIES * h->versions[i]->summary.n_cells;
	refs = calloc(n + 1, sizeof(*refs));
	if (!refs)
		return -ENOMEM;
	n = collect(h, refs);
	qsort(refs, n, sizeof(*refs), compare_references);
	for (i = 0; !rc && i < n; i = end) {
		for (end = i + 1; end < n && !compare_series(&refs[i], &refs[end]);)
			end++;
		rc = add_series(h, refs + i, end - i);
	}
	if (rc)
		return rc;
	return changes_only ? changes_find_only(h->series, h->n_series, options) :
			      changes_find(h->series, h->n_series, options);
}

size_t history_alone(const struct history *h)
{
	size_t i, n = 0;

	for (i = 0; i < h->n_series; i++)
		if (h->series[i].alone > h->series[i].changes)
			n += h->series[i].alone - h->series[i].changes;
	return n;
}
