// SPDX-License-Identifier: GPL-2.0-or-later
#include "runner.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bring_up.h"
#include "cleanup.h"
#include "interrupt.h"
#include "log.h"
#include "regions.h"
#include "stats.h"
#include "worker.h"

/* One cell on its way. */
struct run {
	const struct cell *cell;
	const struct mapping *mapping;
	const struct csv_run *run;
	struct csv_file *csv;
	struct worker_team team;
	unsigned int repetition; /* 0: warm-up */
	uint64_t ns[2], pages[2]; /* get and put, for the closing line */
	int doubtful; /* what the plugin counted was not what was measured */
	struct region_result regions[2]; /* the same of the last pass of thread 0, with the plugin */
};

/* The calls of one op of one pass. */
struct op_result {
	const char *op;
	int put;
	const struct engine_call *calls;
	size_t stored; /* entries of calls */
	uint64_t made;
	uint64_t ns;
	uint64_t pages_asked;
	uint64_t pages_got;
};

static struct csv_out_row empty_row(const struct run *run)
{
	return csv_empty_row(run->run, run->cell, run->mapping);
}

static int write_cell_row(const struct run *run, const char *status, const char *reason)
{
	struct csv_out_row row = empty_row(run);

	/* Beside the cells that are measured. */
	if (regions_on())
		row.clock = "insn";
	row.status = status;
	row.reason = reason;
	csv_write(run->csv, &row);
	return csv_flush(run->csv);
}

static int order_of(const struct engine_call *call)
{
	return call->order == ENGINE_ORDER_UNKNOWN ? -1 : call->order;
}

static const char *call_status(const struct engine_call *call)
{
	if (call->got < 0)
		return call->got == -EINTR ? "interrupted" : "error";
	return (uint32_t)call->got < call->asked ? "short" : "ok";
}

static void write_samples(const struct run *run, struct csv_out_row *row, const struct op_result *result)
{
	const char *reason = row->reason;

	row->row = "sample";
	row->calls = 1;
	for (size_t i = 0; i < result->stored; i++) {
		const struct engine_call *call = &result->calls[i];

		row->call = (int64_t)i;
		row->pages_asked = call->asked;
		row->pages_got = call->got < 0 ? 0 : (uint64_t)call->got;
		row->order = result->put ? -1 : order_of(call);
		row->value_ns = (int64_t)call->ns;
		row->status = call_status(call);
		row->reason = call->got < 0 ? strerror(-call->got) : (uint32_t)call->got < call->asked ? reason : "";
		csv_write(run->csv, row);
	}
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int fill_quantiles(struct csv_out_row *row, const struct op_result *result)
{
	_cleanup_free_ uint64_t *ns = NULL;
	size_t n = result->stored;

	if (!n || n != result->made)
		return 0;
	ns = malloc(n * sizeof(*ns));
	if (!ns)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		ns[i] = result->calls[i].ns;
	qsort(ns, n, sizeof(*ns), by_value);
	row->quantiles[0] = (int64_t)ns[0];
	row->quantiles[1] = (int64_t)stats_quantile_u64(ns, n, 0.5);
	row->quantiles[2] = n < 10 ? -1 : (int64_t)stats_quantile_u64(ns, n, 0.9);
	row->quantiles[3] = n < 100 ? -1 : (int64_t)stats_quantile_u64(ns, n, 0.99);
	row->quantiles[4] = (int64_t)ns[n - 1];
	return 0;
}

static int write_repetition(const struct run *run, struct csv_out_row *row, const struct op_result *result)
{
	int rc;

	row->row = "repetition";
	row->calls = result->made;
	row->value_ns = (int64_t)result->ns;
	if (!result->put && result->stored)
		row->order = order_of(&result->calls[0]);
	rc = fill_quantiles(row, result);
	if (!rc)
		csv_write(run->csv, row);
	return rc;
}

/* An engine that does not tell its calls has one region for all of them. */
static int write_regions(struct run *run, const struct worker *worker, const struct op_result *result,
			 struct csv_out_row *row)
{
	struct region_result other, *kept = row->thread ? &other : &run->regions[result->put];
	int rc = regions_write(worker->tag, result->put ? "put" : "get", result->made ? result->made : 1, row,
			       run->csv, kept);

	if (!rc && !kept->good) {
		err("[%s]: %s", run->cell->section, row->reason);
		run->doubtful = 1;
	}
	return rc;
}

static int write_op(struct run *run, const struct worker *worker, const struct op_result *result, const char *status,
		    const char *reason)
{
	struct csv_out_row row = empty_row(run);

	row.op = result->op;
	row.repetition = run->repetition;
	row.thread = (unsigned int)(worker - run->team.workers);
	row.rounds = worker->pass.rounds;
	row.status = status;
	row.reason = reason;
	row.pages_asked = result->pages_asked;
	row.pages_got = result->pages_got;
	/* The wall time of a guest that a plugin slows down would mean nothing. */
	if (regions_on())
		return write_regions(run, worker, result, &row);
	if (!result->stored || result->stored != result->made || result->made > run->cell->max_sample_rows)
		return write_repetition(run, &row, result);
	write_samples(run, &row, result);
	return 0;
}

static size_t at_most(uint64_t made, size_t stored)
{
	return made < stored ? (size_t)made : stored;
}

/* Rows of one worker's pass: get and put. */
static int write_pass(struct run *run, const struct worker *worker)
{
	const char *const *ops = run->cell->engine->ops;
	const struct pass *pass = &worker->pass;
	uint64_t asked = pass->length / (uint64_t)sysconf(_SC_PAGESIZE);
	const char *status = pass->error ? "error" : pass->pages_got < asked ? "short" : "ok";
	char reason[ENGINE_REASON_MAX] = "";
	struct op_result get = { ops[0], 0, pass->get_calls, at_most(pass->get_calls_made, pass->get_calls_max),
				 pass->get_calls_made, pass->get_ns, asked, pass->pages_got };
	struct op_result put = { ops[1], 1, pass->put_calls, at_most(pass->put_calls_made, pass->put_calls_max),
				 pass->put_calls_made, pass->put_ns, pass->pages_got, pass->pages_got };
	int rc;

	if (pass->error == -EINTR)
		status = "interrupted";
	if (pass->error)
		pin_error_text(pass->error, pass->length, reason);
	else if (pass->pages_got < asked)
		snprintf(reason, sizeof(reason), "got %" PRIu64 " of %" PRIu64 " pages", pass->pages_got, asked);
	rc = write_op(run, worker, &get, status, reason);
	/* Nothing was got, so there was nothing to put: a row of no page is no measurement, and readers refuse one. */
	if (rc || (!pass->pages_got && !put.made))
		return rc;
	if (pass->not_put)
		put.pages_got = 0;
	/* Else what was got has been put, all of it: the put itself is not at fault. */
	return write_op(run, worker, &put, pass->not_put ? "short" : "ok", pass->not_put ? pass->not_put : "");
}

static const char *worker_error_text(const struct worker *worker, int error, char text[ENGINE_REASON_MAX])
{
	return *worker->lost ? worker->lost : pin_error_text(error, worker->pass.length, text);
}

/* After a pass: does the cell go on? Returns its end, CELL_OK to go on. */
static enum cell_end judge_pass(const struct run *run)
{
	char text[ENGINE_REASON_MAX];

	if (interrupted())
		return CELL_INTERRUPTED;
	for (unsigned int i = 0; i < cell_workers(run->cell); i++) {
		const struct worker *worker = &run->team.workers[i];
		int error = worker->rc ? worker->rc : worker->pass.error;

		if (error == -EINTR)
			return CELL_INTERRUPTED;
		if (error)
			err("[%s]: %s", run->cell->section, worker_error_text(worker, error, text));
		else if (worker->pass.pages_got * (uint64_t)sysconf(_SC_PAGESIZE) < worker->pass.length)
			err("[%s]: short: got %" PRIu64 " pages of %zu bytes", run->cell->section,
			    worker->pass.pages_got, worker->pass.length);
		else
			continue;
		return CELL_FAILED;
	}
	return CELL_OK;
}

static void add_up(struct run *run)
{
	for (unsigned int i = 0; i < cell_workers(run->cell); i++) {
		const struct pass *pass = &run->team.workers[i].pass;

		run->ns[0] += pass->get_ns;
		run->ns[1] += pass->put_ns;
		run->pages[0] += pass->pages_got;
		run->pages[1] += pass->pages_got;
	}
}

/* A pass that the engine refused has no times: one row that says why. */
static int write_rows(struct run *run)
{
	char reason[ENGINE_REASON_MAX];
	int rc = 0;

	for (unsigned int i = 0; !rc && i < cell_workers(run->cell); i++) {
		const struct worker *worker = &run->team.workers[i];

		if (!worker->rc)
			rc = write_pass(run, worker);
		else
			rc = write_cell_row(run, worker->rc == -EINTR ? "interrupted" : "error",
					    worker_error_text(worker, worker->rc, reason));
	}
	return rc ? rc : csv_flush(run->csv);
}

static int run_passes(struct run *run, size_t number, size_t total, enum cell_end *end)
{
	unsigned int warmup = run->cell->warmup, all = warmup + run->cell->repetitions;
	int rc;

	for (unsigned int i = 0; i < all; i++) {
		progress("cell %zu/%zu: %s %u/%u", number, total, i < warmup ? "warm-up" : "repetition",
			 i < warmup ? i + 1 : i + 1 - warmup, i < warmup ? warmup : run->cell->repetitions);
		run->repetition = i < warmup ? 0 : i + 1 - warmup;
		team_pass(&run->team);
		*end = judge_pass(run);
		/* A warm-up is recorded when it is where a cell ends. */
		if (*end != CELL_OK && !run->repetition)
			run->repetition = 1;
		if (run->repetition) {
			rc = write_rows(run);
			if (rc)
				return rc;
			if (*end == CELL_OK && run->doubtful)
				*end = CELL_FAILED;
		}
		if (*end != CELL_OK)
			return 0;
		if (run->repetition)
			add_up(run);
	}
	return 0;
}

static void note_cell(const struct run *run, size_t number, size_t total, enum cell_end end)
{
	const char *const *ops = run->cell->engine->ops;
	char text[512], get[REGIONS_TEXT_MAX], put[REGIONS_TEXT_MAX];

	cell_describe(run->cell, text, sizeof(text));
	if (end == CELL_OK && regions_on())
		note("cell %zu/%zu: %s%s%s: %s %s; %s %s", number, total, text,
		     *run->mapping->device ? " on " : "", run->mapping->device, ops[0],
		     regions_text(&run->regions[0], run->team.workers[0].pass.pages_got, get), ops[1],
		     regions_text(&run->regions[1], run->team.workers[0].pass.pages_got, put));
	else if (end == CELL_OK)
		note("cell %zu/%zu: %s%s%s: %s %.2f %s %.2f ns/page", number, total, text,
		     *run->mapping->device ? " on " : "", run->mapping->device, ops[0],
		     (double)run->ns[0] / (double)run->pages[0], ops[1], (double)run->ns[1] / (double)run->pages[1]);
	else
		note("cell %zu/%zu: %s: %s", number, total, text,
		     end == CELL_INTERRUPTED ? "interrupted" : "failed");
}

static int skip(const struct run *run, size_t number, size_t total, const char *reason, enum cell_end *end)
{
	char text[512];

	cell_describe(run->cell, text, sizeof(text));
	note("cell %zu/%zu: %s: skipped: %s", number, total, text, reason);
	*end = CELL_SKIPPED;
	return write_cell_row(run, "skip", reason);
}

/* Memory or a pin that is refused while faulting in is the cell's failure, not
 * the run's. */
static int fail(const struct run *run, int error, const char *reason, enum cell_end *end)
{
	if (error == -EINTR || interrupted()) {
		*end = CELL_INTERRUPTED;
		return write_cell_row(run, "interrupted", "interrupted while faulting in");
	}
	err("[%s]: %s", run->cell->section, reason);
	*end = CELL_FAILED;
	return write_cell_row(run, "error", reason);
}

static int run_mapped(struct run *run, struct mapping *mapping, size_t number, size_t total, enum cell_end *end)
{
	char reason[ENGINE_REASON_MAX] = "";
	int rc;

	run->mapping = mapping;
	rc = team_create(&run->team, run->cell, mapping, reason);
	if (rc == -EOPNOTSUPP)
		return skip(run, number, total, reason, end);
	if (rc == -ECANCELED || rc == -EINTR)
		return fail(run, rc, reason, end);
	if (rc)
		return rc;
	rc = run_passes(run, number, total, end);
	if (!rc)
		note_cell(run, number, total, *end);
	team_destroy(&run->team);
	return rc;
}

int runner_run_cell(const struct cell *cell, size_t number, size_t total, const struct csv_run *csv_run,
		    struct csv_file *csv, enum cell_end *end)
{
	struct run run = { .cell = cell, .run = csv_run, .csv = csv };
	struct memory_request request = cell_request(cell);
	struct mapping mapping = { .node = -1 };
	char reason[REASON_MAX] = "";
	int rc;

	if (cell->engine->whole_device)
		return bring_up_cell(cell, number, total, csv_run, csv, end);
	rc = cell->memory->map(&request, &mapping, reason);
	if (rc == -EOPNOTSUPP)
		return skip(&run, number, total, reason, end);
	if (rc)
		return rc;
	rc = run_mapped(&run, &mapping, number, total, end);
	memory_unmap(&mapping);
	return rc;
}
