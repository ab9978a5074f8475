// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan.h"

#include <errno.h>
#include <stdlib.h>

/* Capacity to DRAM, as the debate on altmap has them. */
#define RATIO_HIGH 96
#define RATIO_USUAL 8

const char *const plan_warning_names[PLAN_WARNING_COUNT] = {
#define X(id, name) name,
	PLAN_WARNINGS(X)
#undef X
};

static void add(struct capacity *sum, uint64_t times)
{
	uint64_t *const figures[] = {
		&sum->usable,	       &sum->altmap,	 &sum->lost,	 &sum->struct_pages, &sum->memmap_tables,
		&sum->section_usage,   &sum->direct_map, &sum->bring_up, &sum->process_tables, &sum->pages,
		&sum->section_entries, &sum->pages_initialised,
	};

	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		*figures[i] *= times;
}

static void warn_if(struct plan_row *row, enum plan_warning warning, bool condition)
{
	if (condition)
		row->warnings |= 1U << warning;
}

static void warn(const struct plan_request *request, struct plan_row *row)
{
	const struct capacity_kernel *kernel = row->kernel;
	const bool altmap = row->device.map == DAX_MAP_DEV, base = row->device.align == CAPACITY_base_page;

	warn_if(row, PLAN_CANNOT_FIT, row->total > row->available);
	warn_if(row, PLAN_DRAM_SHARE, plan_percent(row) > request->warn_percent && !plan_has(row, PLAN_CANNOT_FIT));
	warn_if(row, PLAN_RATIO_96, !altmap && row->capacity / RATIO_HIGH >= row->dram);
	/* Is there something better than altmap? */
	warn_if(row, PLAN_RATIO_8,
		altmap && kernel->dedup && !base && (row->capacity + RATIO_USUAL - 1) / RATIO_USUAL <= row->dram);
	warn_if(row, PLAN_ALTMAP_BASE_PAGES, altmap && !row->c.compound);
	warn_if(row, PLAN_MISALIGNED, row->c.misaligned && !base);
}

static void answer(const struct plan_request *request, struct plan_row *row)
{
	const uint64_t span = row->capacity / request->nodes / CAPACITY_least_align * CAPACITY_least_align;
	/* DRAM needs what it takes for any memory that is there at boot. */
	uint64_t taken = request->reserve;

	if (request->own_struct_pages)
		taken += row->dram / CAPACITY_base_page * CAPACITY_struct_page;
	row->available = row->dram > taken ? row->dram - taken : 0;
	row->device.start = request->start;
	row->device.span = span;
	row->device.dynamic = request->dynamic;
	if (capacity_of(row->kernel, &row->device, &row->c)) {
		row->warnings = 1U << PLAN_NOTHING_LEFT;
		row->c.lost = row->capacity;
		return;
	}
	add(&row->c, request->nodes);
	row->c.lost += row->capacity - span * request->nodes;
	row->total = row->c.bring_up + row->c.section_entries + request->processes * row->c.process_tables;
	warn(request, row);
	plan_predict(request, row);
}

int plan_make(const struct plan_request *r, struct plan_rows *rows)
{
	const size_t kinds = r->n_kernels * r->n_maps * r->aligns.n, n = r->capacities.n * r->drams.n * kinds;

	*rows = (struct plan_rows){ .request = r, .v = calloc(n, sizeof(*rows->v)) };
	if (!rows->v)
		return -ENOMEM;
	for (; rows->n < n; rows->n++) {
		struct plan_row *row = &rows->v[rows->n];
		size_t i = rows->n;

		row->device.align = r->aligns.v[i % r->aligns.n];
		i /= r->aligns.n;
		row->device.map = r->maps[i % r->n_maps];
		i /= r->n_maps;
		row->kernel = &r->kernels[i % r->n_kernels];
		i /= r->n_kernels;
		row->dram = r->drams.v[i % r->drams.n];
		row->capacity = r->capacities.v[i / r->drams.n];
		answer(r, row);
	}
	return 0;
}
