// SPDX-License-Identifier: GPL-2.0-or-later
#include "summary.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"

const char *const summary_count_names[SUMMARY_COUNTS] = {
#define X(name) [COUNT_##name] = #name,
	REGION_COUNTS(X)
#undef X
		[COUNT_host_ns] = "host_ns",
};

/* Room for one more element behind the n of the array v. */
static int grow(void **v, size_t n, size_t *room, size_t size)
{
	size_t more = *room ? 2 * *room : 4;
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
	hash_index_free(&cell->index);
	free(cell->boot_cost);
	free(cell->boot_dram);
	cell_key_free(&cell->key);
	free(cell);
}

static int new_cell(struct summary *s, const struct cell_key *key, uint64_t hash)
{
	struct summary_cell *cell;
	size_t i;

	if (s->n_cells == SUMMARY_CELLS_MAX)
		return -E2BIG;
	if (grow((void **)&s->cells, s->n_cells, &s->cells_room, sizeof(*s->cells)))
		return -ENOMEM;
	cell = calloc(1, sizeof(*cell));
	if (!cell)
		return -ENOMEM;
	cell->spread_percent = cell->range_ms = cell->fairness = cell->calls = cell->ratio = NAN;
#define X(name) cell->name = NAN;
	BRING_UP_VALUES(X)
#undef X
	for (i = 0; i < SUMMARY_COUNTS; i++)
		cell->per_page[i] = NAN;
	if (cell_key_copy(key, &cell->key)) {
		free(cell);
		return -ENOMEM;
	}
	if (hash_index_add(&s->index, hash, s->n_cells)) {
		free_cell(cell);
		return -ENOMEM;
	}
	s->cells[s->n_cells++] = s->last = cell;
	return 0;
}

static bool same_cell(const void *owner, size_t number, const void *wanted)
{
	const struct summary *s = owner;

	return cell_key_equal(&s->cells[number]->key, wanted);
}

/* To s->last. */
static int find_cell(struct summary *s, const struct cell_key *key)
{
	uint64_t hash;
	size_t found;

	if (s->last && cell_key_equal(&s->last->key, key))
		return 0;
	hash = cell_key_hash(key);
	found = hash_index_find(&s->index, hash, same_cell, s, key);
	if (found == HASH_INDEX_NONE)
		return new_cell(s, key, hash);
	s->last = s->cells[found];
	return 0;
}

static bool same_run(const void *owner, size_t number, const void *wanted)
{
	const struct summary_run *run = &((const struct summary *)owner)->runs[number];
	const struct csv_sample *sample = wanted;

	return !strcmp(run->run_id, sample->run_id) && !strcmp(run->boot, sample->boot);
}

static int new_run(struct summary *s, const struct csv_sample *sample, uint64_t hash)
{
	struct summary_run run;

	if (grow((void **)&s->runs, s->n_runs, &s->runs_room, sizeof(*s->runs)))
		return -ENOMEM;
	run = (struct summary_run){.run_id = strdup(sample->run_id), .boot = strdup(sample->boot)};
	if (!run.run_id || !run.boot || hash_index_add(&s->run_index, hash, s->n_runs)) {
		free(run.run_id);
		free(run.boot);
		return -ENOMEM;
	}
	s->last_run = s->n_runs;
	s->runs[s->n_runs++] = run;
	return 0;
}

/* To s->last_run. */
static int find_run(struct summary *s, const struct csv_sample *sample)
{
	uint64_t hash;
	size_t found;

	if (s->n_runs && same_run(s, s->last_run, sample))
		return 0;
	hash = hash_text(hash_text(0, sample->run_id), sample->boot);
	found = hash_index_find(&s->run_index, hash, same_run, s, sample);
	if (found == HASH_INDEX_NONE)
		return new_run(s, sample, hash);
	s->last_run = found;
	return 0;
}

static struct summary_problem *find_problem(struct summary_cell *cell, const char *status, const char *reason)
{
	size_t i;

	for (i = 0; i < cell->n_problems; i++)
		if (!strcmp(cell->problems[i].status, status) && !strcmp(cell->problems[i].reason, reason))
			return &cell->problems[i];
	return NULL;
}

static int add_problem(struct summary_cell *cell, const char *status, const char *reason)
{
	struct summary_problem *p = find_problem(cell, status, reason);

	if (!p && cell->n_problems >= SUMMARY_REASONS_MAX) {
		reason = "other reasons";
		p = find_problem(cell, status, reason);
	}
	if (p) {
		p->rows++;
		return 0;
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

/* A part that is looked for: of the last run. */
struct part_key {
	size_t run;
	uint64_t repetition, thread;
};

static bool same_part(const void *owner, size_t number, const void *wanted)
{
	const struct summary_part *p = &((const struct summary_cell *)owner)->parts[number];
	const struct part_key *key = wanted;

	return p->run == key->run && p->repetition == key->repetition && p->thread == key->thread;
}

static int new_part(struct summary *s, struct summary_cell *cell, const struct part_key *key, uint64_t hash)
{
	if (s->n_parts == SUMMARY_PARTS_MAX)
		return -E2BIG;
	if (grow((void **)&cell->parts, cell->n_parts, &cell->parts_room, sizeof(*cell->parts)) ||
	    hash_index_add(&cell->index, hash, cell->n_parts))
		return -ENOMEM;
	cell->last_part = cell->n_parts;
	cell->parts[cell->n_parts++] = (struct summary_part){.run = key->run,
							     .repetition = key->repetition,
							     .thread = key->thread,
#define X(name) .bring_up[BRING_UP_##name] = CSV_MISSING,
							     BRING_UP_VALUES(X)
#undef X
	};
	s->n_parts++;
	return 0;
}

/* To cell->last_part. */
static int find_part(struct summary *s, struct summary_cell *cell, const struct csv_sample *sample)
{
	const struct part_key key = {s->last_run, sample->repetition, sample->thread};
	uint64_t hash;
	size_t found;

	if (cell->n_parts && same_part(cell, cell->last_part, &key))
		return 0;
	hash = hash_number(hash_number(hash_number(0, key.run), key.repetition), key.thread);
	found = hash_index_find(&cell->index, hash, same_part, cell, &key);
	if (found == HASH_INDEX_NONE)
		return new_part(s, cell, &key, hash);
	cell->last_part = found;
	return 0;
}

static bool is_known(const char *op)
{
	static const char *const ops[] = {"get", "put", "register", "deregister", "bind", "rebind", "unbind"};

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (!strcmp(op, ops[i]))
			return true;
	return false;
}

static int add_number(uint64_t *sum, uint64_t number)
{
	return __builtin_add_overflow(*sum, number, sum) ? -ERANGE : 0;
}

/* Their bytes have to fit into 64 bits, too. */
static int add_pages(uint64_t *sum, uint64_t pages)
{
	return add_number(sum, pages) || *sum >= SUMMARY_PAGES_MAX ? -ERANGE : 0;
}

/* A sum lacks what one of its parts lacks. */
static int add_count(uint64_t *sum, uint64_t count)
{
	if (*sum != CSV_MISSING && count != CSV_MISSING)
		return add_number(sum, count);
	*sum = CSV_MISSING;
	return 0;
}

static int add_sample(struct summary_part *part, const struct csv_sample *sample, enum clock clock)
{
	int rc = add_number(&part->cost, clock == CLOCK_INSN ? sample->instructions : sample->value_ns);

	if (!rc)
		rc = add_pages(&part->pages, sample->pages_got);
	if (!rc)
		rc = add_count(&part->calls, sample->calls);
#define X(name) part->bring_up[BRING_UP_##name] = sample->name;
	BRING_UP_VALUES(X)
#undef X
#define X(name)                                                                                                        \
	if (!rc)                                                                                                       \
		rc = add_count(&part->counts[COUNT_##name], sample->name);
	REGION_COUNTS(X)
#undef X
	return rc ? rc : add_count(&part->counts[COUNT_host_ns], sample->host_ns);
}

static int add_measured(struct summary *s, struct summary_cell *cell, const struct csv_sample *sample, bool ok)
{
	struct summary_part *part;
	int rc = find_run(s, sample);

	if (!rc)
		rc = find_part(s, cell, sample);
	if (rc)
		return rc;
	part = &cell->parts[cell->last_part];
	if (!ok) {
		part->bad = true;
		return 0;
	}
	cell->rows_ok++;
	return add_sample(part, sample, cell_key_clock(&cell->key));
}

int summary_add(struct summary *s, const struct csv_sample *sample, const char *host)
{
	bool measured = strcmp(sample->row, "cell") != 0, ok = !strcmp(sample->status, "ok");
	struct cell_key key;
	int rc;

	if (measured && !is_known(sample->op)) {
		s->other_rows++;
		return 0;
	}
	cell_key_of(sample, host, &key);
	rc = find_cell(s, &key);
	if (!rc && !ok)
		rc = add_problem(s->last, sample->status, sample->reason);
	return rc || !measured ? rc : add_measured(s, s->last, sample, ok);
}

int summary_add_row(struct summary *s, const struct csv_sample *sample, const struct csv_record *row, const char *host)
{
	int rc = summary_add(s, sample, host);

	if (rc == -E2BIG && s->n_cells == SUMMARY_CELLS_MAX)
		csv_bad(row, "more than %d cells, over all ops and kernels; give fewer files at a time", SUMMARY_CELLS_MAX);
	else if (rc == -E2BIG)
		csv_bad(row, "more than %d repetitions, over all cells and threads; give fewer files at a time",
			SUMMARY_PARTS_MAX);
	else if (rc == -ERANGE)
		csv_bad(row, "the sum of the repetition, or its bytes, does not fit into 64 bits");
	else if (rc)
		out_of_memory();
	return rc;
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

static int add_part(struct summary_part *rep, const struct summary_part *part)
{
	int rc = add_number(&rep->cost, part->cost);
	size_t i;

	if (!rc)
		rc = add_pages(&rep->pages, part->pages);
	if (!rc)
		rc = add_count(&rep->calls, part->calls);
	for (i = 0; !rc && i < SUMMARY_COUNTS; i++)
		rc = add_count(&rep->counts[i], part->counts[i]);
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

static int compare_cell_pointers(const void *a, const void *b)
{
	return compare_cells(*(struct summary_cell *const *)a, *(struct summary_cell *const *)b);
}

int summary_finish(struct summary *s)
{
	size_t i;
	int rc;

	/* Numbers of cells change now. */
	hash_index_free(&s->index);
	s->last = NULL;
	if (s->n_cells)
		qsort(s->cells, s->n_cells, sizeof(*s->cells), compare_cell_pointers);
	for (i = 0; i < s->n_cells; i++) {
		if (!s->cells[i]->n_parts)
			continue;
		rc = compute(s, s->cells[i]);
		if (rc == -ERANGE)
			err("run %s: the sum over the threads of a repetition, or its bytes, does not fit into 64 bits",
			    s->runs[s->cells[i]->parts->run].run_id);
		if (rc)
			return rc == -ENOMEM ? out_of_memory() : rc;
	}
	set_ratios(s);
	return 0;
}

void summary_free(struct summary *s)
{
	size_t i;

	hash_index_free(&s->index);
	hash_index_free(&s->run_index);
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
