// SPDX-License-Identifier: GPL-2.0-or-later
/* A cell of engine bind: rows of ops bind, rebind and unbind. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "bring_up.h"
#include "bring_up_split.h"
#include "cpus.h"
#include "interrupt.h"
#include "log.h"
#include "memory.h"
#include "regions.h"
#include "size.h"

/* A cell on its way. */
struct bring_up_run {
	const struct cell *cell;
	const struct csv_run *run;
	struct csv_file *csv;
	struct bring_up device;
	struct mapping mapping; /* nothing is mapped: says what the device is */
	int bind_failed; /* was the last one */
	struct bring_up_tracer *tracer; /* NULL: no split is wanted, or none can be had */
	int64_t device_bytes; /* of the namespace that are not in the device, -1: none */
	size_t number, total;
};

static const struct bring_up_split no_split = { -1, -1, -1 };

static int write_status(const struct bring_up_run *run, const char *op, unsigned int repetition, const char *status,
			const char *reason)
{
	struct csv_out_row row = csv_empty_row(run->run, run->cell, *run->mapping.device ? &run->mapping : NULL);

	if (regions_on())
		row.clock = "insn";
	row.op = op;
	row.row = *op ? "sample" : "cell";
	row.repetition = repetition;
	row.status = status;
	row.reason = reason;
	csv_write(run->csv, &row);
	return csv_flush(run->csv);
}

static int is_bind(const char *op)
{
	return strcmp(op, "unbind") != 0;
}

/* Below 0 is noise: nothing was taken. */
static int64_t not_below_0(int64_t bytes)
{
	return bytes < 0 ? 0 : bytes;
}

/* DRAM and struct pages that came with a bind, or went with an unbind. */
static void set_costs(const struct bring_up_change *change, int bind, struct csv_out_row *row)
{
	int64_t dram = change->before.free_bytes - change->after.free_bytes;
	int64_t memmap = change->after.memmap_bytes - change->before.memmap_bytes;

	row->dram_bytes = not_below_0(bind ? dram : -dram);
	if (change->before.memmap_bytes >= 0)
		row->memmap_bytes = not_below_0(bind ? memmap : -memmap);
}

/* The row, or two on the clocks of the plugin; in text what it took, for people. */
static int write_took(const struct bring_up_run *run, const char *op, const struct bring_up_change *change,
		      struct csv_out_row *row, char text[REGIONS_TEXT_MAX], int *doubtful)
{
	struct region_result region;
	int rc;

	if (!regions_on()) {
		csv_write(run->csv, row);
		snprintf(text, REGIONS_TEXT_MAX, "%.3f ms", (double)change->ns / 1e6);
		return 0;
	}
	rc = regions_write(change->tag, is_bind(op) ? "bind" : "unbind", 1, row, run->csv, &region);
	if (!rc && !region.good) {
		err("[%s]: %s: %s", run->cell->section, op, row->reason);
		*doubtful = 1;
	}
	regions_text(&region, row->pages_got, text);
	return rc;
}

/* ", traced: populate 1.200 ms, ..." for people; "" without a split. */
static const char *split_text(const struct bring_up_split *split, char text[96])
{
	*text = '\0';
	if (split->rest_ns >= 0)
		snprintf(text, 96, ", traced: populate %.3f, initialise %.3f, rest %.3f ms",
			 (double)split->populate_ns / 1e6, (double)split->initialise_ns / 1e6,
			 (double)split->rest_ns / 1e6);
	return text;
}

static int write_change(const struct bring_up_run *run, const char *op, unsigned int repetition,
			const struct bring_up_change *change, const struct bring_up_split *split, int *doubtful)
{
	struct csv_out_row row = csv_empty_row(run->run, run->cell, &run->mapping);
	char align[SIZE_TEXT_MAX], took[REGIONS_TEXT_MAX], parts[96];
	int rc;

	row.op = op;
	row.row = "sample";
	row.repetition = repetition;
	row.call = 0;
	row.calls = 1;
	row.pages_asked = row.pages_got = run->mapping.length / (uint64_t)sysconf(_SC_PAGESIZE);
	row.value_ns = (int64_t)change->ns;
	set_costs(change, is_bind(op), &row);
	row.device_bytes = run->device_bytes;
	row.populate_ns = split->populate_ns;
	row.initialise_ns = split->initialise_ns;
	row.rest_ns = split->rest_ns;
	rc = write_took(run, op, change, &row, took, doubtful);
	if (rc)
		return rc;
	note("cell %zu/%zu: %s map=%s align=%s: %s %s, DRAM %.3f MiB/GiB%s", run->number, run->total,
	     run->device.name, dax_map_name(run->mapping.map), size_format(run->mapping.align, align), op, took,
	     (double)row.dram_bytes / (double)run->mapping.length * 1024, split_text(split, parts));
	return csv_flush(run->csv);
}

/* No more split in this cell: says so once, also in the CSV. */
static int give_up_split(struct bring_up_run *run, const char *reason)
{
	bring_up_tracer_close(run->tracer);
	run->tracer = NULL;
	note("cell %zu/%zu: %s: no %s", run->number, run->total, run->device.name, reason);
	return write_status(run, "", 0, "skip", reason);
}

/* A bind or unbind, traced when there is a split to fill in. Returns like step(). */
static int change(struct bring_up_run *run, const char *op, unsigned int repetition, struct bring_up_change *done,
		  struct bring_up_split *split, enum cell_end *end)
{
	char reason[REASON_MAX] = "";
	int traced = split && run->tracer, rc = 0, no_trace = 0;

	progress("cell %zu/%zu: %s of %s", run->number, run->total, op, run->device.name);
	if (traced)
		no_trace = bring_up_tracer_start(run->tracer, reason);
	rc = bring_up_change(&run->device, is_bind(op), done);
	if (traced)
		bring_up_tracer_stop(run->tracer);
	run->bind_failed = rc && is_bind(op);
	if (rc) {
		*end = CELL_FAILED;
		return write_status(run, op, repetition ? repetition : 1, "error", strerror(-rc));
	}
	if (traced && !no_trace)
		no_trace = bring_up_tracer_read(run->tracer, is_bind(op), done->ns, split, reason);
	return no_trace ? give_up_split(run, reason) : 0;
}

/* One bind or unbind; repetition 0 is not recorded unless it fails. Returns 0
 * with *end, or -errno when the run cannot go on. */
static int step(struct bring_up_run *run, const char *op, unsigned int repetition, const struct bring_up_split *split,
		enum cell_end *end)
{
	struct bring_up_change done;
	int rc, doubtful = 0;

	rc = change(run, op, repetition, &done, NULL, end);
	if (rc || *end != CELL_OK || !repetition)
		return rc;
	rc = write_change(run, op, repetition, &done, split, &doubtful);
	if (doubtful)
		*end = CELL_FAILED;
	return rc;
}

/* An unbind and a rebind. Where their time goes is learnt from a round before that is not recorded: the
 * probes are gone when the clock counts. */
static int run_pair(struct bring_up_run *run, unsigned int repetition, enum cell_end *end)
{
	struct bring_up_split unbind = no_split, rebind = no_split;
	struct bring_up_change done;
	int rc = 0;

	if (run->tracer && repetition) {
		rc = change(run, "unbind", 0, &done, &unbind, end);
		if (!rc && *end == CELL_OK)
			rc = change(run, "rebind", 0, &done, &rebind, end);
	}
	if (!rc && *end == CELL_OK)
		rc = step(run, "unbind", repetition, &unbind, end);
	if (!rc && *end == CELL_OK)
		rc = step(run, "rebind", repetition, &rebind, end);
	return rc;
}

/* There is one first bind: with a split it is that one that is traced. */
static int first_bind(struct bring_up_run *run, enum cell_end *end)
{
	struct bring_up_split split = no_split;
	struct bring_up_change done;
	int rc, doubtful = 0;

	note("cell %zu/%zu: %s has no driver: its first bind is measured, and it is left without one again",
	     run->number, run->total, run->device.name);
	rc = change(run, "bind", 1, &done, &split, end);
	if (rc || *end != CELL_OK)
		return rc;
	rc = write_change(run, "bind", 1, &done, &split, &doubtful);
	if (doubtful)
		*end = CELL_FAILED;
	return rc;
}

/* Pairs of unbind and rebind; Ctrl-C ends them with the device bound. */
static int run_pairs(struct bring_up_run *run, enum cell_end *end)
{
	unsigned int warmup = run->cell->warmup, all = warmup + run->cell->repetitions;
	int rc = 0;

	for (unsigned int i = 1; !rc && *end == CELL_OK && i <= all; i++) {
		unsigned int repetition = i > warmup ? i - warmup : 0;

		if (interrupted()) {
			*end = CELL_INTERRUPTED;
			return 0;
		}
		rc = run_pair(run, repetition, end);
	}
	return rc;
}

/* Leaves the device as it was found. A bind that has just failed is not tried again. */
static int restore(struct bring_up_run *run, int was_bound)
{
	enum cell_end end = CELL_OK;
	int rc = 0;

	if (run->device.bound == was_bound)
		return 0;
	if (!was_bound || !run->bind_failed)
		rc = step(run, was_bound ? "rebind" : "unbind", 0, &no_split, &end);
	if (run->device.bound != was_bound)
		err("%s is left %s a driver; 'daxctl %s-device %s' changes that", run->device.name,
		    was_bound ? "without" : "with", was_bound ? "enable" : "disable", run->device.name);
	return rc;
}

/* A device without a driver has its first bind measured, and goes back to none. */
static int run_device(struct bring_up_run *run, enum cell_end *end)
{
	int was_bound = run->device.bound, rc = 0, left;

	*end = CELL_OK;
	if (!was_bound)
		rc = first_bind(run, end);
	if (!rc && *end == CELL_OK)
		rc = run_pairs(run, end);
	left = restore(run, was_bound);
	return rc ? rc : left;
}

static int run_traced(struct bring_up_run *run, enum cell_end *end)
{
	char reason[REASON_MAX] = "time split: no memory";
	int rc = 0;

	if (run->cell->split && regions_on())
		rc = give_up_split(run, "time split: the plugin of QEMU slows the guest down, its times mean nothing");
	else if (run->cell->split && bring_up_tracer_open(&run->tracer, reason))
		rc = give_up_split(run, reason);
	if (!rc)
		rc = run_device(run, end);
	bring_up_tracer_close(run->tracer);
	return rc;
}

/* The first bind of a run has been seen to take 400 KiB less than a rebind, which is not the bind's doing: drop
 * caches once, and let go what is freed after a while only. */
static int settle(void)
{
	const struct timespec grace = { .tv_nsec = 100000000 };
	struct dram ignored;
	int rc = dram_read(&ignored);

	nanosleep(&grace, NULL);
	return rc;
}

/* On one CPU, of the device's node, as the threads of the other engines. And without huge pages: those that
 * khugepaged makes of our memory, 2 MiB each, would be in the DRAM figure. */
static int run_bound(struct bring_up_run *run, int node, enum cell_end *end)
{
	cpu_set_t before;
	int known = !sched_getaffinity(0, sizeof(before), &before), rc;
	int huge_off = prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0);

	cpu_bind(cpu_choose(node, 0));
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	rc = settle();
	if (!rc)
		rc = run_traced(run, end);
	if (huge_off == 0)
		prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
	if (known)
		sched_setaffinity(0, sizeof(before), &before);
	return rc;
}

static int skip(const struct bring_up_run *run, const char *reason, enum cell_end *end)
{
	char text[512];

	cell_describe(run->cell, text, sizeof(text));
	note("cell %zu/%zu: %s: skipped: %s", run->number, run->total, text, reason);
	*end = CELL_SKIPPED;
	return write_status(run, "", 0, "skip", reason);
}

int bring_up_cell(const struct cell *cell, size_t number, size_t total, const struct csv_run *csv_run,
		  struct csv_file *csv, enum cell_end *end)
{
	struct bring_up_run run = { .cell = cell, .run = csv_run, .csv = csv, .number = number, .total = total };
	struct memory_request request = cell_request(cell);
	struct dax_device device;
	char reason[REASON_MAX] = "";
	int rc;

	rc = memory_dax_resolve(&request, &device, reason);
	if (!rc)
		rc = bring_up_open("/sys", device.name, &run.device, reason);
	if (rc == -EOPNOTSUPP)
		return skip(&run, reason, end);
	if (!rc)
		rc = bring_up_check_unused(device.name);
	if (rc)
		return rc;
	run.mapping = (struct mapping){ .length = device.size, .align = device.align, .map = device.map, .node = -1 };
	memcpy(run.mapping.device, device.name, sizeof(run.mapping.device));
	/* Kernels that share struct pages need less. */
	if (device.map == DAX_MAP_MEM) {
		run.device.needs_bytes = dax_memmap_bytes(&device);
		run.device.needs_at_most = 1;
	}
	run.device_bytes = device.dynamic || !device.span ? -1 : (int64_t)(device.span - device.size);
	return run_bound(&run, device.numa_node, end);
}
