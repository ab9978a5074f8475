// SPDX-License-Identifier: GPL-2.0-or-later
/* A cell of engine bind: rows of ops bind, rebind and unbind. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bring_up.h"
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
	size_t number, total;
};

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
	rc = regions_write(change->tag, strcmp(op, "unbind") ? "bind" : "unbind", 1, row, run->csv, &region);
	if (!rc && !region.good) {
		err("[%s]: %s: %s", run->cell->section, op, row->reason);
		*doubtful = 1;
	}
	regions_text(&region, row->pages_got, text);
	return rc;
}

static int write_change(const struct bring_up_run *run, const char *op, unsigned int repetition,
			const struct bring_up_change *change, int *doubtful)
{
	struct csv_out_row row = csv_empty_row(run->run, run->cell, &run->mapping);
	char align[SIZE_TEXT_MAX], took[REGIONS_TEXT_MAX];
	int rc;

	row.op = op;
	row.row = "sample";
	row.repetition = repetition;
	row.call = 0;
	row.calls = 1;
	row.pages_asked = row.pages_got = run->mapping.length / (uint64_t)sysconf(_SC_PAGESIZE);
	row.value_ns = (int64_t)change->ns;
	set_costs(change, strcmp(op, "unbind") != 0, &row);
	rc = write_took(run, op, change, &row, took, doubtful);
	if (rc)
		return rc;
	note("cell %zu/%zu: %s map=%s align=%s: %s %s, DRAM %.3f MiB/GiB", run->number, run->total,
	     run->device.name, dax_map_name(run->mapping.map), size_format(run->mapping.align, align), op, took,
	     (double)row.dram_bytes / (double)run->mapping.length * 1024);
	return csv_flush(run->csv);
}

/* One bind or unbind; repetition 0 is not recorded unless it fails. Returns 0
 * with *end, or -errno when the run cannot go on. */
static int step(struct bring_up_run *run, const char *op, unsigned int repetition, enum cell_end *end)
{
	struct bring_up_change change;
	int rc, doubtful = 0;

	progress("cell %zu/%zu: %s of %s", run->number, run->total, op, run->device.name);
	rc = bring_up_change(&run->device, strcmp(op, "unbind") != 0, &change);
	if (rc) {
		*end = CELL_FAILED;
		return write_status(run, op, repetition ? repetition : 1, "error", strerror(-rc));
	}
	if (!repetition)
		return 0;
	rc = write_change(run, op, repetition, &change, &doubtful);
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
		rc = step(run, "unbind", repetition, end);
		if (!rc && *end == CELL_OK)
			rc = step(run, "rebind", repetition, end);
	}
	return rc;
}

/* A device without a driver has its first bind measured, and goes back to none. */
static int run_device(struct bring_up_run *run, enum cell_end *end)
{
	int was_bound = run->device.bound, rc = 0, left = 0;

	*end = CELL_OK;
	if (!was_bound)
		rc = step(run, "bind", 1, end);
	if (!rc && *end == CELL_OK)
		rc = run_pairs(run, end);
	if (run->device.bound != was_bound) {
		enum cell_end restored = CELL_OK;

		left = step(run, was_bound ? "rebind" : "unbind", 0, &restored);
		if (restored != CELL_OK)
			err("%s is left %s a driver; 'daxctl %s-device %s' changes that", run->device.name,
			    was_bound ? "without" : "with", was_bound ? "enable" : "disable", run->device.name);
	}
	return rc ? rc : left;
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
	return run_device(&run, end);
}
