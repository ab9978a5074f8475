// SPDX-License-Identifier: GPL-2.0-or-later
/* What has been gathered to figures: threads to repetitions, to boots, to those of the cell. */
#include "summary.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"
#include "summary_sums.h"

/* Boots together, in them runs, in them repetitions. */
static int compare_parts(const void *a, const void *b, void *arg)
{
	const struct summary_part *pa = a, *pb = b;
	const struct summary *s = arg;
	int c = strcmp(s->runs[pa->run].boot, s->runs[pb->run].boot);

	if (!c)
		c = (pa->run > pb->run) - (pa->run < pb->run);
	if (!c)
		c = (pa->repetition > pb->repetition) - (pa->repetition < pb->repetition);
	return c;
}

static int add_part(struct summary_part *rep, const struct summary_part *part)
{
	int rc = summary_sum_number(&rep->cost, part->cost);
	size_t i;

	if (!rc)
		rc = summary_sum_pages(&rep->pages, part->pages);
	if (!rc)
		rc = summary_sum_count(&rep->calls, part->calls);
	for (i = 0; !rc && i < SUMMARY_COUNTS; i++)
		rc = summary_sum_count(&rep->counts[i], part->counts[i]);
	rep->bad |= part->bad;
	memcpy(rep->bring_up, part->bring_up, sizeof(rep->bring_up));
	if (part->cost > rep->slowest)
		rep->slowest = part->cost;
	if (part->cost < rep->fastest)
		rep->fastest = part->cost;
	return rc;
}

/* Sums threads to repetitions, in place; *reps: how many. */
static int fold_threads(const struct summary *s, struct summary_cell *cell, size_t *reps)
{
	struct summary_part *rep = NULL;
	size_t i;
	int rc = 0;

	qsort_r(cell->parts, cell->n_parts, sizeof(*cell->parts), compare_parts, (void *)s);
	*reps = 0;
	for (i = 0; !rc && i < cell->n_parts; i++) {
		struct summary_part *p = &cell->parts[i];

		if (rep && !compare_parts(rep, p, (void *)s)) {
			rc = add_part(rep, p);
			continue;
		}
		rep = &cell->parts[(*reps)++];
		*rep = *p;
		rep->slowest = rep->fastest = p->cost;
	}
	return rc;
}

/* Drops the repetitions that have fewer pages than the fullest; returns how many stay. */
static size_t drop_incomplete(struct summary_cell *cell, size_t n)
{
	struct summary_part *reps = cell->parts;
	uint64_t full = 1;
	size_t i, kept = 0;

	for (i = 0; i < n; i++)
		if (reps[i].pages > full)
			full = reps[i].pages;
	for (i = 0; i < n; i++)
		if (reps[i].pages == full)
			reps[kept++] = reps[i];
	cell->incomplete = n - kept;
	return kept;
}

/* `which` is for those values that there are several of. */
typedef double (*repetition_value)(const struct summary_part *rep, size_t which);

static double cost_per_page(const struct summary_part *rep, size_t which)
{
	(void)which;
	return (double)rep->cost / (double)rep->pages;
}

static double count_per_page(const struct summary_part *rep, size_t which)
{
	return rep->counts[which] == CSV_MISSING ? NAN : (double)rep->counts[which] / (double)rep->pages;
}

static double range_ms(const struct summary_part *rep, size_t which)
{
	(void)which;
	return rep->bad ? NAN : (double)rep->slowest / 1e6;
}

static double calls(const struct summary_part *rep, size_t which)
{
	(void)which;
	return rep->calls == CSV_MISSING ? NAN : (double)rep->calls;
}

static double fairness(const struct summary_part *rep, size_t which)
{
	(void)which;
	return rep->bad || !rep->fastest ? NAN : (double)rep->slowest / (double)rep->fastest;
}

static double bring_up_value(const struct summary_part *rep, size_t which)
{
	return rep->bring_up[which] == CSV_MISSING ? NAN : (double)rep->bring_up[which];
}

/* Repetitions of a cell, of which boots stand together, with room for as many values, twice. */
struct values {
	const struct summary *s;
	const struct summary_part *reps;
	size_t n;
	double *scratch, *medians;
};

static bool same_boot(const struct summary *s, const struct summary_part *a, const struct summary_part *b)
{
	return a->run == b->run || !strcmp(s->runs[a->run].boot, s->runs[b->run].boot);
}

/* The median of each boot that has a value, to medians[]; returns how many. */
static size_t boot_medians(const struct values *v, repetition_value value, size_t which)
{
	size_t i, k = 0, boots = 0;

	for (i = 0; i < v->n; i++) {
		double number = value(&v->reps[i], which);

		if (!isnan(number))
			v->scratch[k++] = number;
		if (i + 1 < v->n && same_boot(v->s, &v->reps[i], &v->reps[i + 1]))
			continue;
		if (k && !stats_median(v->scratch, k, &v->medians[boots]))
			boots++;
		k = 0;
	}
	return boots;
}

/* The median of the medians of boots, NAN when no repetition has the value. */
static int over_boots(const struct values *v, repetition_value value, size_t which, double *result)
{
	size_t boots = boot_medians(v, value, which);

	return boots ? stats_median(v->medians, boots, result) : 0;
}

static int describe(struct summary_cell *cell, const double *costs, size_t n)
{
	double least = costs[0], most = costs[0];
	size_t i;

	for (i = 1; i < n; i++) {
		least = fmin(least, costs[i]);
		most = fmax(most, costs[i]);
	}
	if (stats_describe(costs, n, &cell->cost))
		return -ENOMEM;
	if (n > 1 && cell->cost.median > 0)
		cell->spread_percent = 100 * (most - least) / cell->cost.median;
	return 0;
}

/* Of each boot, for those who compare boots. */
static int keep_boots(const struct values *v, repetition_value value, size_t which, double **kept, size_t *n)
{
	*n = boot_medians(v, value, which);
	if (!*n)
		return 0;
	*kept = calloc(*n, sizeof(**kept));
	if (!*kept)
		return -ENOMEM;
	memcpy(*kept, v->medians, *n * sizeof(**kept));
	return 0;
}

static int compute_values(struct summary_cell *cell, const struct values *v)
{
	size_t i;
	int rc = 0;

	if (cell_key_clock(&cell->key) != CLOCK_INSN)
		rc = over_boots(v, range_ms, 0, &cell->range_ms);
	if (!rc)
		rc = over_boots(v, fairness, 0, &cell->fairness);
	if (!rc)
		rc = over_boots(v, calls, 0, &cell->calls);
#define X(name)                                                                                                        \
	if (!rc)                                                                                                       \
		rc = over_boots(v, bring_up_value, BRING_UP_##name, &cell->name);
	BRING_UP_VALUES(X)
#undef X
	for (i = 0; !rc && i < SUMMARY_COUNTS; i++)
		rc = over_boots(v, count_per_page, i, &cell->per_page[i]);
	if (rc)
		return rc;
	cell->range_pages = v->reps[0].pages;
	cell->repetitions = v->n;
	rc = keep_boots(v, bring_up_value, BRING_UP_dram_bytes, &cell->boot_dram, &cell->n_boot_dram);
	if (!rc)
		rc = keep_boots(v, cost_per_page, 0, &cell->boot_cost, &cell->boots);
	if (rc)
		return rc;
	if (cell->boots > 1)
		return describe(cell, cell->boot_cost, cell->boots);
	for (i = 0; i < v->n; i++)
		v->scratch[i] = cost_per_page(&v->reps[i], 0);
	return describe(cell, v->scratch, v->n);
}

static int compute(const struct summary *s, struct summary_cell *cell)
{
	_cleanup_free_ double *scratch = calloc(cell->n_parts, sizeof(*scratch));
	_cleanup_free_ double *medians = calloc(cell->n_parts, sizeof(*medians));
	struct values v = {.s = s, .reps = cell->parts, .scratch = scratch, .medians = medians};
	int rc;

	if (!scratch || !medians)
		return -ENOMEM;
	rc = fold_threads(s, cell, &v.n);
	if (rc)
		return rc;
	v.n = drop_incomplete(cell, v.n);
	return v.n ? compute_values(cell, &v) : 0;
}

static void set_ratios(struct summary *s)
{
	const struct summary_cell *first = NULL;
	size_t i;

	for (i = 0; i < s->n_cells; i++) {
		struct summary_cell *cell = s->cells[i];

		if (first && cell_key_compare(&first->key, &cell->key, KEY_FIRST, KEY_CELL_END))
			first = NULL;
		if (!summary_cell_trusted(cell) || !summary_cell_measured(cell))
			continue;
		if (!first)
			first = cell;
		if (first->cost.median > 0)
			cell->ratio = cell->cost.median / first->cost.median;
	}
}

static int compare_cells(const void *a, const void *b)
{
	const struct summary_cell *const *ca = a, *const *cb = b;

	return cell_key_compare(&(*ca)->key, &(*cb)->key, KEY_FIRST, KEY_COUNT);
}

static void say_too_large(const struct summary *s, const struct summary_cell *cell, const char *path)
{
	err("%s%srun %s: the sum over the threads of a repetition, or its bytes, does not fit into 64 bits", path ? path : "",
	    path ? ": " : "", s->runs[cell->parts->run].run_id);
}

int summary_check(struct summary *s, const char *path)
{
	size_t i, reps;
	int rc = 0;

	for (i = 0; !rc && i < s->n_cells; i++) {
		if (!s->cells[i]->n_parts)
			continue;
		rc = fold_threads(s, s->cells[i], &reps);
		if (rc)
			say_too_large(s, s->cells[i], path);
	}
	return rc;
}

int summary_finish(struct summary *s)
{
	size_t i;
	int rc;

	/* Numbers of cells change now. */
	hash_index_free(&s->index);
	s->last = NULL;
	if (s->n_cells)
		qsort(s->cells, s->n_cells, sizeof(*s->cells), compare_cells);
	for (i = 0; i < s->n_cells; i++) {
		if (!s->cells[i]->n_parts)
			continue;
		rc = compute(s, s->cells[i]);
		if (rc == -ERANGE)
			say_too_large(s, s->cells[i], NULL);
		if (rc)
			return rc == -ENOMEM ? out_of_memory() : rc;
	}
	set_ratios(s);
	return 0;
}
