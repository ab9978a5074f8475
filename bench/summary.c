// SPDX-License-Identifier: GPL-2.0-or-later
#include "summary.h"

#include <errno.h>
#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

const char *const summary_count_names[SUMMARY_COUNTS] = {
#define X(name) [COUNT_##name] = #name,
	REGION_COUNTS(X)
#undef X
		[COUNT_host_ns] = "host_ns",
};

/* A repetition over all of its threads. */
struct repetition {
	const char *boot;
	uint64_t cost, pages, calls, slowest, fastest;
	uint64_t bring_up[BRING_UP_COUNT];
	uint64_t counts[SUMMARY_COUNTS];
	bool bad;
};

/* Room for one more element behind the n of the array v. */
static int grow(void **v, size_t n, size_t *room, size_t size)
{
	size_t more = *room ? 2 * *room : 16;
	void *bigger;

	if (n < *room)
		return 0;
	bigger = reallocarray(*v, more, size);
	if (!bigger)
		return -ENOMEM;
	*v = bigger;
	*room = more;
	return 0;
}

static int compare_cells(const void *a, const void *b)
{
	const struct summary_cell *ca = a, *cb = b;

	return cell_key_compare(&ca->key, &cb->key, KEY_FIRST, KEY_COUNT);
}

static void free_cell(struct summary_cell *cell)
{
	size_t i;

	for (i = 0; i < cell->n_problems; i++) {
		free(cell->problems[i].status);
		free(cell->problems[i].reason);
	}
	free(cell->problems);
	free(cell->parts);
	free(cell->boot_cost);
	free(cell->boot_dram);
	cell_key_free(&cell->key);
	free(cell);
}

static struct summary_cell *new_cell(struct summary *s, const struct cell_key *key)
{
	struct summary_cell *cell;
	size_t i;

	if (grow((void **)&s->cells, s->n_cells, &s->cells_room, sizeof(*s->cells)))
		return NULL;
	cell = calloc(1, sizeof(*cell));
	if (!cell)
		return NULL;
	cell->spread_percent = cell->range_ms = cell->fairness = cell->calls = cell->ratio = NAN;
#define X(name) cell->name = NAN;
	BRING_UP_VALUES(X)
#undef X
	for (i = 0; i < SUMMARY_COUNTS; i++)
		cell->per_page[i] = NAN;
	if (cell_key_copy(key, &cell->key)) {
		free(cell);
		return NULL;
	}
	if (!tsearch(cell, &s->index, compare_cells)) {
		free_cell(cell);
		return NULL;
	}
	s->cells[s->n_cells++] = cell;
	return cell;
}

static struct summary_cell *find_cell(struct summary *s, const struct cell_key *key)
{
	const struct summary_cell wanted = {.key = *key};
	struct summary_cell **found;

	if (s->last && !cell_key_compare(&s->last->key, key, KEY_FIRST, KEY_COUNT))
		return s->last;
	found = tfind(&wanted, &s->index, compare_cells);
	s->last = found ? *found : new_cell(s, key);
	return s->last;
}

static int find_run(struct summary *s, const char *run_id, const char *boot, size_t *run)
{
	struct summary_run *runs;
	size_t i, n = s->n_runs;

	/* From the last one on: rows of a run stand together. */
	for (i = 0; i < n; i++) {
		*run = (s->last_run + i) % n;
		if (!strcmp(s->runs[*run].run_id, run_id) && !strcmp(s->runs[*run].boot, boot)) {
			s->last_run = *run;
			return 0;
		}
	}
	runs = reallocarray(s->runs, n + 1, sizeof(*runs));
	if (!runs)
		return -ENOMEM;
	s->runs = runs;
	runs[n].run_id = strdup(run_id);
	runs[n].boot = strdup(boot);
	if (!runs[n].run_id || !runs[n].boot) {
		free(runs[n].run_id);
		free(runs[n].boot);
		return -ENOMEM;
	}
	s->last_run = *run = n;
	s->n_runs++;
	return 0;
}

static int add_problem(struct summary_cell *cell, const char *status, const char *reason)
{
	struct summary_problem *p;
	size_t i;

	for (i = 0; i < cell->n_problems; i++) {
		p = &cell->problems[i];
		if (!strcmp(p->status, status) && !strcmp(p->reason, reason)) {
			p->rows++;
			return 0;
		}
	}
	p = reallocarray(cell->problems, cell->n_problems + 1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	cell->problems = p;
	p += cell->n_problems;
	*p = (struct summary_problem){strdup(status), strdup(reason), 1};
	if (!p->status || !p->reason) {
		free(p->status);
		free(p->reason);
		return -ENOMEM;
	}
	cell->n_problems++;
	return 0;
}

static bool is_part(const struct summary_part *p, size_t run, const struct csv_sample *sample)
{
	return p->run == run && p->repetition == sample->repetition && p->thread == sample->thread;
}

static struct summary_part *find_part(struct summary_cell *cell, size_t run, const struct csv_sample *sample)
{
	size_t i;

	if (cell->n_parts && is_part(&cell->parts[cell->last_part], run, sample))
		return &cell->parts[cell->last_part];
	for (i = cell->n_parts; i--;)
		if (is_part(&cell->parts[i], run, sample)) {
			cell->last_part = i;
			return &cell->parts[i];
		}
	if (grow((void **)&cell->parts, cell->n_parts, &cell->parts_room, sizeof(*cell->parts)))
		return NULL;
	cell->last_part = cell->n_parts;
	cell->parts[cell->n_parts] = (struct summary_part){.run = run,
							   .repetition = sample->repetition,
							   .thread = sample->thread,
#define X(name) .bring_up[BRING_UP_##name] = CSV_MISSING,
							   BRING_UP_VALUES(X)
#undef X
	};
	return &cell->parts[cell->n_parts++];
}

static bool is_known(const char *op)
{
	static const char *const ops[] = {"get", "put", "register", "deregister", "bind", "rebind", "unbind"};

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (!strcmp(op, ops[i]))
			return true;
	return false;
}

/* A sum lacks what one of its parts lacks. */
static void add_count(uint64_t *sum, uint64_t count)
{
	*sum = *sum == CSV_MISSING || count == CSV_MISSING ? CSV_MISSING : *sum + count;
}

static void add_sample(struct summary_part *part, const struct csv_sample *sample, enum clock clock)
{
	part->cost += clock == CLOCK_INSN ? sample->instructions : sample->value_ns;
	part->pages += sample->pages_got;
	add_count(&part->calls, sample->calls);
#define X(name) part->bring_up[BRING_UP_##name] = sample->name;
	BRING_UP_VALUES(X)
#undef X
#define X(name) add_count(&part->counts[COUNT_##name], sample->name);
	REGION_COUNTS(X)
#undef X
	add_count(&part->counts[COUNT_host_ns], sample->host_ns);
}

int summary_add(struct summary *s, const struct csv_sample *sample, const char *host)
{
	bool measured = strcmp(sample->row, "cell") != 0, ok = !strcmp(sample->status, "ok");
	struct summary_cell *cell;
	struct summary_part *part;
	struct cell_key key;
	size_t run;

	if (measured && !is_known(sample->op)) {
		s->other_rows++;
		return 0;
	}
	cell_key_of(sample, host, &key);
	cell = find_cell(s, &key);
	if (!cell)
		return -ENOMEM;
	if (!ok && add_problem(cell, sample->status, sample->reason))
		return -ENOMEM;
	if (!measured)
		return 0;
	if (find_run(s, sample->run_id, sample->boot, &run))
		return -ENOMEM;
	part = find_part(cell, run, sample);
	if (!part)
		return -ENOMEM;
	if (ok) {
		cell->rows_ok++;
		add_sample(part, sample, cell_key_clock(&key));
	} else {
		part->bad = true;
	}
	return 0;
}

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

static void add_part(struct repetition *rep, const struct summary_part *part)
{
	size_t i;

	rep->cost += part->cost;
	rep->pages += part->pages;
	add_count(&rep->calls, part->calls);
	rep->bad |= part->bad;
	memcpy(rep->bring_up, part->bring_up, sizeof(rep->bring_up));
	for (i = 0; i < SUMMARY_COUNTS; i++)
		add_count(&rep->counts[i], part->counts[i]);
	if (part->cost > rep->slowest)
		rep->slowest = part->cost;
	if (part->cost < rep->fastest)
		rep->fastest = part->cost;
}

/* Sums threads to repetitions; returns how many. */
static size_t fold_threads(const struct summary *s, struct summary_cell *cell, struct repetition *reps)
{
	const struct summary_part *before = NULL;
	size_t i, n = 0;

	qsort_r(cell->parts, cell->n_parts, sizeof(*cell->parts), compare_parts, (void *)s);
	for (i = 0; i < cell->n_parts; i++) {
		const struct summary_part *p = &cell->parts[i];

		if (!before || compare_parts(before, p, (void *)s))
			reps[n++] = (struct repetition){.boot = s->runs[p->run].boot, .fastest = UINT64_MAX};
		add_part(&reps[n - 1], p);
		before = p;
	}
	return n;
}

/* Drops the repetitions that have fewer pages than the fullest; returns how many stay. */
static size_t drop_incomplete(struct summary_cell *cell, struct repetition *reps, size_t n)
{
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
typedef double (*repetition_value)(const struct repetition *rep, size_t which);

static double cost_per_page(const struct repetition *rep, size_t which)
{
	(void)which;
	return (double)rep->cost / (double)rep->pages;
}

static double count_per_page(const struct repetition *rep, size_t which)
{
	return rep->counts[which] == CSV_MISSING ? NAN : (double)rep->counts[which] / (double)rep->pages;
}

static double range_ms(const struct repetition *rep, size_t which)
{
	(void)which;
	return rep->bad ? NAN : (double)rep->slowest / 1e6;
}

static double calls(const struct repetition *rep, size_t which)
{
	(void)which;
	return rep->calls == CSV_MISSING ? NAN : (double)rep->calls;
}

static double fairness(const struct repetition *rep, size_t which)
{
	(void)which;
	return rep->bad || !rep->fastest ? NAN : (double)rep->slowest / (double)rep->fastest;
}

static double bring_up_value(const struct repetition *rep, size_t which)
{
	return rep->bring_up[which] == CSV_MISSING ? NAN : (double)rep->bring_up[which];
}

/* Repetitions of a cell, with room for as many values, twice. */
struct values {
	const struct repetition *reps;
	size_t n;
	double *scratch, *medians;
};

/* The median of each boot that has a value, to medians[]; returns how many. */
static size_t boot_medians(const struct values *v, repetition_value value, size_t which)
{
	size_t i, k = 0, boots = 0;

	for (i = 0; i < v->n; i++) {
		double number = value(&v->reps[i], which);

		if (!isnan(number))
			v->scratch[k++] = number;
		if (i + 1 < v->n && !strcmp(v->reps[i].boot, v->reps[i + 1].boot))
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
	_cleanup_free_ struct repetition *reps = calloc(cell->n_parts, sizeof(*reps));
	_cleanup_free_ double *scratch = calloc(cell->n_parts, sizeof(*scratch));
	_cleanup_free_ double *medians = calloc(cell->n_parts, sizeof(*medians));
	struct values v = {.reps = reps, .scratch = scratch, .medians = medians};

	if (!reps || !scratch || !medians)
		return -ENOMEM;
	v.n = drop_incomplete(cell, reps, fold_threads(s, cell, reps));
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

static int compare_cell_pointers(const void *a, const void *b)
{
	return compare_cells(*(struct summary_cell *const *)a, *(struct summary_cell *const *)b);
}

int summary_finish(struct summary *s)
{
	size_t i;
	int rc;

	if (s->n_cells)
		qsort(s->cells, s->n_cells, sizeof(*s->cells), compare_cell_pointers);
	for (i = 0; i < s->n_cells; i++) {
		if (!s->cells[i]->n_parts)
			continue;
		rc = compute(s, s->cells[i]);
		if (rc)
			return rc;
	}
	set_ratios(s);
	return 0;
}

static void leave_node(void *node)
{
	(void)node;
}

void summary_free(struct summary *s)
{
	size_t i;

	tdestroy(s->index, leave_node);
	for (i = 0; i < s->n_cells; i++)
		free_cell(s->cells[i]);
	for (i = 0; i < s->n_runs; i++) {
		free(s->runs[i].run_id);
		free(s->runs[i].boot);
	}
	free(s->cells);
	free(s->runs);
	*s = (struct summary){0};
}
