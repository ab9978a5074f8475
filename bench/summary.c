// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows to cells, and in them to what each thread did in each repetition. */
#include "summary.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "summary_sums.h"

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

static int add_sample(struct summary_part *part, const struct csv_sample *sample, enum clock clock)
{
	int rc = summary_sum_number(&part->cost, clock == CLOCK_INSN ? sample->instructions : sample->value_ns);

	if (!rc)
		rc = summary_sum_pages(&part->pages, sample->pages_got);
	if (!rc)
		rc = summary_sum_count(&part->calls, sample->calls);
#define X(name) part->bring_up[BRING_UP_##name] = sample->name;
	BRING_UP_VALUES(X)
#undef X
#define X(name)                                                                                                        \
	if (!rc)                                                                                                       \
		rc = summary_sum_count(&part->counts[COUNT_##name], sample->name);
	REGION_COUNTS(X)
#undef X
	return rc ? rc : summary_sum_count(&part->counts[COUNT_host_ns], sample->host_ns);
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
