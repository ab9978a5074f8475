// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare_pair.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text_stream.h"

struct cells {
	const struct summary_cell **v;
	size_t n;
};

/* By what has to be the same; instructions never go with nanoseconds. */
static int compare_keys(const struct cell_key *a, const struct cell_key *b, bool across, enum key end)
{
	int c;

	if (!across)
		return cell_key_compare(a, b, KEY_FIRST, end);
	c = (cell_key_clock(a) == CLOCK_INSN) - (cell_key_clock(b) == CLOCK_INSN);
	return c ? c : cell_key_compare(a, b, KEY_TABLE_END, end);
}

static int compare_cells(const void *a, const void *b, void *across)
{
	const struct cell_key *ka = &(*(const struct summary_cell *const *)a)->key;
	const struct cell_key *kb = &(*(const struct summary_cell *const *)b)->key;
	int c = compare_keys(ka, kb, *(bool *)across, KEY_CELL_END);

	return c ? c : cell_key_compare(ka, kb, KEY_FIRST, KEY_COUNT);
}

/* Those of a side that tell something: of equal ones the first, which is trusted if one is. */
static int open_cells(struct cells *cells, const struct summary *summary, bool across)
{
	size_t i;

	cells->v = calloc(summary->n_cells + 1, sizeof(*cells->v));
	if (!cells->v)
		return -ENOMEM;
	for (i = 0; i < summary->n_cells; i++) {
		const struct summary_cell *cell = summary->cells[i];

		if (!cells->n || cell_key_compare(&cells->v[cells->n - 1]->key, &cell->key, KEY_FIRST, KEY_CELL_END))
			cells->v[cells->n++] = cell;
	}
	qsort_r(cells->v, cells->n, sizeof(*cells->v), compare_cells, &across);
	return 0;
}

static bool has(const struct summary_cell *cell, enum quantity quantity)
{
	size_t n = 0;

	if (cell)
		quantity_values(cell, quantity, &n);
	return n > 0;
}

/* A cell that was skipped or failed as a whole has no op: that of the other side with the same keys. */
static const struct summary_cell *whole_cell(const struct cells *cells, const struct summary_cell *like, bool across)
{
	size_t low = 0, high = cells->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (compare_keys(&cells->v[mid]->key, &like->key, across, KEY_OP) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < cells->n && !compare_keys(&cells->v[low]->key, &like->key, across, KEY_OP); low++)
		if (!*cells->v[low]->key.v[KEY_OP].text)
			return cells->v[low];
	return NULL;
}

struct sides {
	struct cells base, new;
	bool across;
	struct comparisons *out;
};

static int add(const struct sides *sides, const struct summary_cell *base, const struct summary_cell *new)
{
	const struct summary_cell *base_whole = whole_cell(&sides->base, base ? base : new, sides->across);
	const struct summary_cell *new_whole = whole_cell(&sides->new, base ? base : new, sides->across);
	struct comparisons *out = sides->out;
	enum quantity q;

	for (q = 0; q < QUANTITIES; q++) {
		struct comparison *v;

		if (!has(base, q) && !has(new, q))
			continue;
		v = reallocarray(out->v, out->n + 1, sizeof(*v));
		if (!v)
			return -ENOMEM;
		out->v = v;
		v[out->n++] = (struct comparison){
			.quantity = q, .base = { .cell = base, .whole = base_whole },
			.new = { .cell = new, .whole = new_whole }, .ratio = NAN, .ci_low = NAN, .ci_high = NAN,
			.p = NAN, .p_holm = NAN, .threshold = NAN, .noise = NAN,
		};
	}
	return 0;
}

static size_t group_end(const struct cells *cells, size_t from, bool across)
{
	size_t i = from;

	while (i < cells->n && !compare_keys(&cells->v[from]->key, &cells->v[i]->key, across, KEY_CELL_END))
		i++;
	return i;
}

/* Of several platforms or hosts of one cell on a side, nobody knows which was meant: only the same ones go together. */
static int add_groups(const struct sides *s, size_t b, size_t b_end, size_t n, size_t n_end)
{
	int rc = 0;

	if (b_end - b == 1 && n_end - n == 1)
		return add(s, s->base.v[b], s->new.v[n]);
	while (!rc && (b < b_end || n < n_end)) {
		int c = b == b_end ? 1 : n == n_end ? -1 :
			cell_key_compare(&s->base.v[b]->key, &s->new.v[n]->key, KEY_FIRST, KEY_CELL_END);

		rc = add(s, c <= 0 ? s->base.v[b] : NULL, c >= 0 ? s->new.v[n] : NULL);
		b += c <= 0;
		n += c >= 0;
	}
	return rc;
}

static int add_all(const struct sides *s)
{
	size_t b = 0, n = 0;
	int c, rc = 0;

	while (!rc && (b < s->base.n || n < s->new.n)) {
		size_t b_end = group_end(&s->base, b, s->across), n_end = group_end(&s->new, n, s->across);

		c = b == s->base.n ? 1 : n == s->new.n ? -1 :
		    compare_keys(&s->base.v[b]->key, &s->new.v[n]->key, s->across, KEY_CELL_END);
		rc = add_groups(s, b, c <= 0 ? b_end : b, n, c >= 0 ? n_end : n);
		b = c <= 0 ? b_end : b;
		n = c >= 0 ? n_end : n;
	}
	return rc;
}

int pair_cells(const struct summary *base, const struct summary *new, bool across, struct comparisons *out)
{
	struct sides sides = { .across = across, .out = out };
	int rc = open_cells(&sides.base, base, across);

	if (!rc)
		rc = open_cells(&sides.new, new, across);
	if (!rc)
		rc = add_all(&sides);
	free(sides.base.v);
	free(sides.new.v);
	return rc;
}

static void put_problems(const struct summary_cell *cell, const char **separator, FILE *f)
{
	size_t i;

	for (i = 0; cell && i < cell->n_problems; i++) {
		const struct summary_problem *p = &cell->problems[i];

		fprintf(f, "%s%s%s%s", *separator, p->status, *p->reason ? ": " : "", p->reason);
		if (p->rows > 1)
			fprintf(f, " (%" PRIu64 " rows)", p->rows);
		*separator = "; ";
	}
}

/* "error: EFAULT (5 rows); skip: ...": in place of the reason. */
static int tell_problems(struct comparison *c, const struct compare_side *side)
{
	const char *separator = "";
	struct text_stream out;

	if (text_stream_open(&out))
		return -ENOMEM;
	put_problems(side->cell, &separator, out.f);
	put_problems(side->whole, &separator, out.f);
	free(c->reason);
	c->reason = text_stream_close(&out);
	return c->reason ? 0 : -ENOMEM;
}

static bool cell_failed(const struct summary_cell *cell)
{
	size_t i;

	for (i = 0; cell && i < cell->n_problems; i++)
		if (!strcmp(cell->problems[i].status, "error") || !strcmp(cell->problems[i].status, "short"))
			return true;
	return false;
}

static bool has_failed(const struct compare_side *side)
{
	return cell_failed(side->cell) || cell_failed(side->whole);
}

int pair_one_sided(struct comparison *c)
{
	if (!c->base.n) {
		c->verdict = VERDICT_NEW_ONLY;
		return tell_problems(c, &c->base);
	}
	c->verdict = has_failed(&c->new) ? VERDICT_FAILED : VERDICT_BASE_ONLY;
	return tell_problems(c, &c->new);
}

int pair_failed(struct comparison *c)
{
	if (c->verdict == VERDICT_REGRESSION || !has_failed(&c->new) || has_failed(&c->base))
		return 0;
	c->verdict = VERDICT_FAILED;
	return tell_problems(c, &c->new);
}
