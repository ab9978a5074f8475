// SPDX-License-Identifier: GPL-2.0-or-later
#include "changes.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rank_test.h"

/* One pass over all series. */
struct search {
	const struct compare_options *options;
	struct compare_family family;
	bool count; /* find no change by ranks, only count the tests */
	size_t found;
};

/* What a look at a row has found. */
struct look {
	bool found;
	size_t at; /* row that a segment starts at */
	size_t base; /* row that it differs from, of an exact clock; SIZE_MAX: the beginning of the segment */
	double p, p_holm;
};

/* A segment as far as it is known: the rows that are lowest and highest of those whose boots do not vary. */
struct range {
	size_t end; /* looked at, up to here */
	size_t low, high; /* SIZE_MAX: none */
};

/* Values of several rows. */
struct pool {
	struct compare_side side;
	double *values;
	size_t from, end; /* rows */
};

static int pool_open(struct pool *pool, const struct change_series *s, size_t from, size_t end, size_t most)
{
	size_t i, k, n = 0;

	*pool = (struct pool){ .from = from, .side = { .cell = s->rows[from].cell, .median = NAN, .spread = NAN } };
	for (i = from; i < end && n < most; i++)
		n += s->rows[i].n;
	pool->values = calloc(n + 1, sizeof(*pool->values));
	if (!pool->values)
		return -ENOMEM;
	pool->side.values = pool->values;
	for (i = from; i < end && pool->side.n < most; i++)
		for (k = 0; k < s->rows[i].n; k++)
			pool->values[pool->side.n++] = s->rows[i].values[k];
	pool->end = i;
	if (stats_median(pool->values, pool->side.n, &pool->side.median))
		return -ENOMEM;
	if (i - from == 1)
		pool->side.spread = s->rows[from].spread;
	else
		pool->side.spread = stats_spread(pool->values, pool->side.n);
	return 0;
}

static struct comparison blank(enum quantity quantity)
{
	return (struct comparison){
		.quantity = quantity, .ratio = NAN, .ci_low = NAN, .ci_high = NAN, .p = NAN, .p_holm = NAN,
		.threshold = NAN, .noise = NAN, .verdict = VERDICT_INCONCLUSIVE,
	};
}

/* What segment [start, split), or a part of it, is known by, against the rows [split, end). */
struct match {
	struct comparison c;
	struct pool base, new;
};

static void match_close(struct match *m)
{
	free(m->base.values);
	free(m->new.values);
	free(m->c.reason);
}

static int match_measure(struct match *m, const struct change_series *s, size_t start, size_t split, size_t most,
			 const struct compare_options *o)
{
	int rc;

	free(m->base.values);
	m->base.values = NULL;
	rc = pool_open(&m->base, s, start, split, most);
	if (rc)
		return rc;
	m->c = blank(s->quantity);
	m->c.base = m->base.side;
	m->c.new = m->new.side;
	return compare_prepare(&m->c, o);
}

/* Where values do not vary, a few boots tell what the segment is: those of its start, so that a drift is seen as soon as
 * it adds up. Where they do vary, more boots tell more. */
static int match_open(struct match *m, const struct change_series *s, size_t start, size_t split, size_t end,
		      const struct compare_options *o)
{
	int rc;

	*m = (struct match){ 0 };
	rc = pool_open(&m->new, s, split, end, SIZE_MAX);
	if (!rc)
		rc = match_measure(m, s, start, split, COMPARE_EXACT_BOOTS, o);
	if (!rc && m->c.test != TEST_EXACT_CLOCK && m->c.test != TEST_NONE)
		rc = match_measure(m, s, start, split, CHANGES_REFERENCE_BOOTS, o);
	return rc;
}

/* The same of one row of the segment. */
static int match_row(struct match *m, const struct change_series *s, size_t base, size_t split, size_t end,
		     const struct compare_options *o)
{
	int rc;

	*m = (struct match){ 0 };
	rc = pool_open(&m->new, s, split, end, SIZE_MAX);
	return rc ? rc : match_measure(m, s, base, base + 1, SIZE_MAX, o);
}

static bool by_ranks(const struct comparison *c)
{
	return c->test == TEST_RANKS || c->test == TEST_NORMAL;
}

static bool is_beyond(const struct comparison *c)
{
	return c->ratio > 1 + c->threshold || c->ratio < 1 / (1 + c->threshold);
}

static double correct_p(const struct comparison *c, const struct compare_family *family)
{
	size_t left = family->tests > family->rejected ? family->tests - family->rejected : 1;

	if (!by_ranks(c) || rank_test_least_p(c->base.n, c->new.n) > family->alpha)
		return NAN;
	return fmin(1, c->p * (double)left);
}

/* Has the cell changed between [start, split) and [split, end)? */
static int judge_match(struct match *m, struct search *search, bool *changed)
{
	int rc;

	*changed = m->c.test == TEST_EXACT_CLOCK && is_beyond(&m->c);
	if (!by_ranks(&m->c))
		return 0;
	if (search->count) {
		search->family.all++;
		search->family.tests += rank_test_least_p(m->c.base.n, m->c.new.n) <= search->family.alpha;
		return 0;
	}
	if (!is_beyond(&m->c))
		return 0;
	rc = compare_ranks(&m->c);
	m->c.p_holm = correct_p(&m->c, &search->family);
	*changed = !rc && m->c.p_holm <= search->family.alpha;
	return rc;
}

/* Sum of the distances of the logarithms from their median, over the boots of rows: no single boot decides. */
static int unrest(const struct change_series *s, size_t from, size_t end, double *sum)
{
	struct pool pool;
	int rc = pool_open(&pool, s, from, end, SIZE_MAX);
	size_t i;

	*sum = 0;
	for (i = 0; !rc && i < pool.side.n; i++)
		*sum += fabs(log(fmax(quantity_floor(s->quantity, pool.values[i]), 1e-9) /
				 fmax(quantity_floor(s->quantity, pool.side.median), 1e-9)));
	free(pool.values);
	return rc;
}

/* May it be this row that the change is at? */
static int is_candidate(const struct change_series *s, size_t start, size_t split, size_t end,
			const struct search *search, bool *is)
{
	struct match m;
	int rc = match_open(&m, s, start, split, end, search->options);

	*is = !rc && is_beyond(&m.c);
	if (*is && by_ranks(&m.c)) {
		rc = compare_ranks(&m.c);
		*is = m.c.p <= search->family.alpha;
	}
	match_close(&m);
	return rc;
}

/* That a segment ends before `end` is known; where, is where the rows before and behind are most alike among themselves.
 * `found` is where it was seen. */
static int locate(const struct change_series *s, size_t start, size_t end, const struct search *search, size_t *found)
{
	size_t split = end > start + CHANGES_WINDOW ? end - CHANGES_WINDOW : start + 1;
	double least = INFINITY, before, behind;
	bool is;
	int rc = 0;

	for (; !rc && split < end; split++) {
		rc = is_candidate(s, start, split, end, search, &is);
		if (rc || !is)
			continue;
		rc = unrest(s, start, split, &before);
		if (!rc)
			rc = unrest(s, split, end, &behind);
		if (!rc && before + behind < least) {
			least = before + behind;
			*found = split;
		}
	}
	return rc;
}

static size_t boots_of(const struct change_series *s, size_t from, size_t end)
{
	size_t boots = 0;

	for (; from < end; from++)
		boots += s->rows[from].n;
	return boots;
}

/* May the boots of a row be exact by themselves? With known noise one boot may be. */
static bool is_steady(const struct change_series *s, size_t i, const struct compare_options *o)
{
	const struct change_row *row = &s->rows[i];
	double limit = o->threshold[s->quantity][cell_key_clock(&row->cell->key)] / COMPARE_EXACT_SHARE;

	return !(row->spread > limit) && (row->n >= COMPARE_EXACT_BOOTS || o->noise);
}

static void extend_range(struct range *range, const struct change_series *s, size_t end, const struct compare_options *o)
{
	for (; range->end < end; range->end++) {
		size_t i = range->end;

		if (!is_steady(s, i, o))
			continue;
		if (range->low == SIZE_MAX || s->rows[i].median < s->rows[range->low].median)
			range->low = i;
		if (range->high == SIZE_MAX || s->rows[i].median > s->rows[range->high].median)
			range->high = i;
	}
}

/* Values that do not vary are compared kernel by kernel: with the one before, else, for what adds up, with the lowest and the
 * highest of the segment. So no two of a segment differ by more than the threshold. */
static int look_exactly(const struct change_series *s, size_t i, const struct range *range, const struct search *search,
			struct look *look)
{
	const size_t bases[] = { i - 1, range->low, range->high };
	size_t k;
	int rc = 0;

	for (k = 0; !rc && !look->found && k < sizeof(bases) / sizeof(bases[0]); k++) {
		struct match m;

		if (bases[k] == SIZE_MAX || (k && bases[k] == i - 1))
			continue;
		rc = match_row(&m, s, bases[k], i, i + 1, search->options);
		if (!rc && m.c.test == TEST_EXACT_CLOCK && is_beyond(&m.c)) {
			look->found = true;
			look->at = i;
			look->base = bases[k];
		}
		match_close(&m);
	}
	return rc;
}

/* Does the segment from `start` end at row i, or has it ended at one before, and only now there are enough boots to
 * tell? The last row alone, the last two, four and eight are looked at. */
static int look_at(const struct change_series *s, size_t start, size_t i, const struct range *range,
		   struct search *search, struct look *look)
{
	size_t rows, split;
	int rc;

	*look = (struct look){ .base = SIZE_MAX, .p = NAN, .p_holm = NAN };
	rc = look_exactly(s, i, range, search, look);
	if (rc || look->found)
		return rc;
	for (rows = 1; rows <= CHANGES_WINDOW && start + rows <= i; rows *= 2) {
		struct match m;
		bool steady;

		split = i + 1 - rows;
		if (rows > 1 && boots_of(s, split + rows / 2, i + 1) >= CHANGES_NEW_BOOTS)
			break;
		rc = match_open(&m, s, start, split, i + 1, search->options);
		if (!rc)
			rc = judge_match(&m, search, &look->found);
		look->at = split;
		look->p = m.c.p;
		look->p_holm = m.c.p_holm;
		/* This row is known, and those before were. */
		steady = m.c.test == TEST_EXACT_CLOCK;
		match_close(&m);
		if (rc || look->found || steady)
			break;
	}
	if (!rc && look->found && !(rows == 1 && isnan(look->p)))
		rc = locate(s, start, i + 1, search, &look->at);
	return rc;
}

static void free_row(struct change_row *row)
{
	free(row->against.reason);
	row->against.reason = NULL;
}

/* The values are gone with the pools. */
static void keep(struct change_row *row, struct match *m)
{
	free_row(row);
	row->against = m->c;
	row->base_from = m->base.from;
	row->base_end = m->base.end;
	row->against.base.values = row->against.new.values = NULL;
	m->c.reason = NULL;
}

/* What is shown of a change: what it was seen against, and the rows that have shown it. */
static int set_change(struct change_series *s, size_t start, size_t end, const struct look *look,
		      const struct search *search)
{
	struct change_row *row = &s->rows[look->at];
	struct match m;
	int rc = look->base == SIZE_MAX ? match_open(&m, s, start, look->at, end, search->options) :
					  match_row(&m, s, look->base, look->at, end, search->options);

	if (!rc)
		rc = compare_interval(&m.c, search->options->seed);
	if (!rc) {
		m.c.p = look->p;
		m.c.p_holm = look->p_holm;
		m.c.verdict = m.c.ratio > 1 ? VERDICT_REGRESSION : VERDICT_IMPROVEMENT;
		row->change = true;
		row->drift = fabs(log(row->previous)) <= log1p(m.c.threshold);
		keep(row, &m);
	}
	match_close(&m);
	return rc;
}

/* A row that no segment starts at. */
static int set_row(struct change_series *s, size_t start, size_t i, const struct search *search)
{
	struct match m;
	int rc = match_open(&m, s, start, i, i + 1, search->options);

	if (!rc)
		rc = compare_interval(&m.c, search->options->seed);
	if (!rc && by_ranks(&m.c))
		rc = compare_ranks(&m.c);
	if (!rc) {
		m.c.p_holm = correct_p(&m.c, &search->family);
		rc = compare_judge(&m.c, &search->family);
	}
	if (!rc)
		keep(&s->rows[i], &m);
	match_close(&m);
	return rc;
}

/* The first of a series has nothing before it. */
static void open_series(struct change_series *s)
{
	size_t i;

	s->changes = 0;
	for (i = 0; i < s->n; i++) {
		struct change_row *row = &s->rows[i];

		free_row(row);
		row->median = row->spread = row->previous = NAN;
		row->change = row->drift = false;
		row->base_from = row->base_end = 0;
		row->against = blank(s->quantity);
		row->against.verdict = VERDICT_NEW_ONLY;
		stats_median(row->values, row->n, &row->median);
		if (row->n > 1)
			row->spread = stats_spread(row->values, row->n);
		else if (s->quantity == QUANTITY_COST)
			row->spread = row->cell->spread_percent / 100;
		if (i && quantity_floor(s->quantity, row[-1].median) > 0)
			row->previous = quantity_floor(s->quantity, row->median) /
					quantity_floor(s->quantity, row[-1].median);
	}
}

static struct range open_range(size_t start)
{
	return (struct range){ start, SIZE_MAX, SIZE_MAX };
}

static int search_series(struct change_series *s, struct search *search)
{
	struct range range = open_range(0);
	size_t start = 0, i = 1;
	struct look look;
	int rc = 0;

	open_series(s);
	while (!rc && i < s->n) {
		extend_range(&range, s, i, search->options);
		rc = look_at(s, start, i, &range, search, &look);
		if (rc || !look.found) {
			i++;
			continue;
		}
		search->found += !isnan(look.p);
		rc = set_change(s, start, i + 1, &look, search);
		s->changes++;
		start = look.at;
		range = open_range(start);
		i = start + 1;
	}
	return rc;
}

static int set_rows(struct change_series *s, const struct search *search)
{
	size_t i, start = 0;
	int rc = 0;

	for (i = 1; !rc && i < s->n; i++) {
		if (s->rows[i].change)
			start = i;
		else
			rc = set_row(s, start, i, search);
	}
	return rc;
}

static void set_segments(struct change_series *series, size_t n)
{
	size_t i, k;

	for (i = 0; i < n; i++)
		for (k = 1; k < series[i].n; k++)
			series[i].rows[k].segment = series[i].rows[k - 1].segment + series[i].rows[k].change;
}

static int search_all(struct change_series *series, size_t n, struct search *search)
{
	size_t i;
	int rc = 0;

	search->found = 0;
	for (i = 0; !rc && i < n; i++)
		rc = search_series(&series[i], search);
	return rc;
}

static int search_family(struct change_series *series, size_t n, struct search *search)
{
	int rc;

	search->family = (struct compare_family){ .alpha = search->options->alpha };
	search->count = true;
	rc = search_all(series, n, search);
	search->count = false;
	/* Holm: what was found takes nothing from what is left. */
	while (!rc) {
		rc = search_all(series, n, search);
		if (rc || search->found <= search->family.rejected)
			break;
		search->family.rejected = search->found;
	}
	return rc;
}

static int search_changes(struct change_series *series, size_t n, struct search *search)
{
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < n && n > 1; i++) {
		rc = search_family(&series[i], 1, search);
		series[i].alone = series[i].changes;
	}
	if (!rc)
		rc = search_family(series, n, search);
	if (n == 1)
		series->alone = series->changes;
	set_segments(series, n);
	return rc;
}

int changes_find(struct change_series *series, size_t n, const struct compare_options *options)
{
	struct search search = { .options = options };
	size_t i;
	int rc = search_changes(series, n, &search);

	for (i = 0; !rc && i < n; i++)
		rc = set_rows(&series[i], &search);
	return rc;
}

int changes_find_only(struct change_series *series, size_t n, const struct compare_options *options)
{
	struct search search = { .options = options };

	return search_changes(series, n, &search);
}

void change_series_free(struct change_series *series)
{
	size_t i;

	for (i = 0; i < series->n; i++)
		free_row(&series->rows[i]);
	free(series->rows);
	*series = (struct change_series){ 0 };
}
