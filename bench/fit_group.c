// SPDX-License-Identifier: GPL-2.0-or-later
#include "fit_group.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"
#include "report_levels.h"

/* Below them errors are errors of what is counted: DRAM moves by as much with what else a kernel does. */
static const double floors[FIT_QUANTITIES] = {
	[FIT_TIME] = 1, [FIT_INSTRUCTIONS] = 1, [FIT_DRAM] = 1 << 20,
};

/* All but job, size, batch and put batch. */
const enum key fit_keys[] = {
	KEY_PLATFORM, KEY_CLOCK, KEY_MODEL, KEY_HOST, KEY_ENGINE, KEY_GET, KEY_PUT, KEY_WRITE, KEY_THREADS, KEY_RANGE,
	KEY_PUT_ORDER, KEY_PUT_CACHE, KEY_HOLD, KEY_RDMA_DEVICE, KEY_DOMAINS, KEY_PROCESSES, KEY_MEMORY, KEY_MAP, KEY_ALIGN,
	KEY_OP, KEY_KERNEL, KEY_RELEASE, KEY_TRUSTED, KEY_COUNT,
};

bool fit_point_of(const struct summary_cell *cell, enum fit_quantity quantity, struct line_point *at)
{
	bool insn = cell_key_clock(&cell->key) == CLOCK_INSN;

	*at = (struct line_point){ .calls = cell->calls, .pages = (double)cell->range_pages, .value = NAN };
	if (!summary_cell_measured(cell))
		return false;
	if (quantity == FIT_DRAM && summary_cell_bring_up(cell))
		at->value = cell->dram_bytes;
	else if (quantity == FIT_INSTRUCTIONS && insn)
		at->value = cell->cost.median * (double)cell->range_pages;
	else if (quantity == FIT_TIME && !insn)
		at->value = cell->range_ms * 1e6;
	return !isnan(at->value);
}

static int compare_points(const void *a, const void *b)
{
	const struct fit_point *pa = a, *pb = b;
	int c = (pa->at.pages > pb->at.pages) - (pa->at.pages < pb->at.pages);

	return c ? c : cell_key_compare(&pa->cell->key, &pb->cell->key, KEY_FIRST, KEY_COUNT);
}

static int fit_points(struct fit_group *group, size_t *sizes)
{
	_cleanup_free_ struct line_point *at = calloc(group->n, sizeof(*at));
	size_t i;

	if (!at)
		return out_of_memory();
	qsort(group->points, group->n, sizeof(*group->points), compare_points);
	for (i = 0; i < group->n; i++)
		at[i] = group->points[i].at;
	*sizes = line_sizes(at, group->n);
	if (*sizes < LINE_SIZES_MIN)
		return -ENODATA;
	return line_fit(at, group->n, floors[group->quantity], &group->line) ? out_of_memory() : 0;
}

static int add_group(struct fit_groups *groups, struct fit_group *group)
{
	struct fit_group *more;
	size_t sizes = 0;
	int rc = fit_points(group, &sizes);

	if (rc == -ENODATA) {
		groups->few++;
		groups->most_sizes = sizes > groups->most_sizes ? sizes : groups->most_sizes;
		free(group->points);
		return 0;
	}
	more = rc ? NULL : reallocarray(groups->v, groups->n + 1, sizeof(*more));
	if (!rc && !more)
		rc = out_of_memory();
	if (rc) {
		free(group->points);
		return rc;
	}
	groups->v = more;
	more[groups->n++] = *group;
	return 0;
}

static int make_group(struct summary_cell **cells, size_t n, enum fit_quantity quantity, struct fit_groups *groups)
{
	struct fit_group group = { .quantity = quantity, .points = calloc(n, sizeof(*group.points)) };
	size_t i;

	if (!group.points)
		return out_of_memory();
	for (i = 0; i < n; i++) {
		group.points[group.n].cell = cells[i];
		group.n += fit_point_of(cells[i], quantity, &group.points[group.n].at);
	}
	if (group.n)
		return add_group(groups, &group);
	free(group.points);
	return 0;
}

static int make_groups(struct summary_cell **cells, size_t n, void *arg)
{
	struct fit_groups *groups = arg;
	enum fit_quantity quantity;
	int rc = 0;

	for (quantity = 0; !rc && quantity < FIT_QUANTITIES; quantity++)
		if (groups->wanted[quantity])
			rc = make_group(cells, n, quantity, groups);
	return rc;
}

int fit_groups_make(const struct summary *summary, const bool wanted[FIT_QUANTITIES], struct fit_groups *groups)
{
	*groups = (struct fit_groups){ 0 };
	memcpy(groups->wanted, wanted, sizeof(groups->wanted));
	return levels_each(summary->cells, summary->n_cells, fit_keys, make_groups, groups);
}

void fit_groups_free(struct fit_groups *groups)
{
	for (size_t i = 0; i < groups->n; i++)
		free(groups->v[i].points);
	free(groups->v);
	*groups = (struct fit_groups){ 0 };
}

/* Of one kernel id, release and configuration can be told by the reader; a count is the same on any host. */
static bool belongs(const struct fit_group *group, const struct summary_cell *cell)
{
	for (const enum key *k = fit_keys; *k != KEY_COUNT; k++) {
		if (*k == KEY_RELEASE || *k == KEY_TRUSTED || (*k == KEY_HOST && group->quantity != FIT_TIME))
			continue;
		if (cell_key_compare(fit_group_key(group), &cell->key, *k, *k + 1))
			return false;
	}
	return true;
}

const struct fit_group *fit_groups_find(const struct fit_groups *groups, const struct summary_cell *cell,
					enum fit_quantity quantity)
{
	for (size_t i = 0; i < groups->n; i++)
		if (groups->v[i].quantity == quantity && belongs(&groups->v[i], cell))
			return &groups->v[i];
	return NULL;
}

double fit_group_calls(const struct fit_group *group, const struct summary_cell *like, double pages)
{
	const struct line_point *least = NULL, *most = NULL;

	for (size_t i = 0; i < group->n; i++) {
		if (cell_key_compare(&group->points[i].cell->key, &like->key, KEY_BATCH, KEY_PUT_BATCH + 1))
			continue;
		most = &group->points[i].at;
		least = least ? least : most;
	}
	if (!most)
		return NAN;
	/* One call whatever the size? */
	if (least->pages < most->pages && least->calls == most->calls)
		return most->calls;
	return ceil(most->calls * pages / most->pages);
}

static struct fit_estimate estimate(const struct line *line, size_t parameter)
{
	return (struct fit_estimate){ line->value[parameter], line->low[parameter], line->high[parameter] };
}

/* The texts are borrowed. */
static struct fit line_of(const struct fit_group *group)
{
	const union key_value *v = fit_group_key(group)->v;
	const struct line *line = &group->line;

	return (struct fit){
		.kernel = (char *)v[KEY_KERNEL].text, .platform = (char *)v[KEY_PLATFORM].text,
		.clock = (char *)v[KEY_CLOCK].text, .model = (char *)v[KEY_MODEL].text,
		.memory = (char *)v[KEY_MEMORY].text, .map = (char *)v[KEY_MAP].text,
		.engine = (char *)v[KEY_ENGINE].text, .get = (char *)v[KEY_GET].text, .put = (char *)v[KEY_PUT].text,
		.range = (char *)v[KEY_RANGE].text, .op = (char *)v[KEY_OP].text,
		.align = v[KEY_ALIGN].number,
		.threads = v[KEY_THREADS].number == CSV_MISSING ? 0 : (unsigned int)v[KEY_THREADS].number,
		.processes = v[KEY_PROCESSES].number == CSV_MISSING ? 0 : (unsigned int)v[KEY_PROCESSES].number,
		.kernel_release = (char *)v[KEY_RELEASE].text, .host = (char *)v[KEY_HOST].text,
		.put_order = (char *)v[KEY_PUT_ORDER].text, .put_cache = (char *)v[KEY_PUT_CACHE].text,
		.rdma_device = (char *)v[KEY_RDMA_DEVICE].text,
		.write = v[KEY_WRITE].number, .hold_ms = v[KEY_HOLD].number, .domains = v[KEY_DOMAINS].number,
		.trusted = v[KEY_TRUSTED].number,
		.quantity = group->quantity,
		.fixed = estimate(line, LINE_FIXED), .per_call = estimate(line, LINE_CALL),
		.per_page = estimate(line, LINE_PAGE),
		.calls_fitted = line->calls_fitted, .points = (unsigned int)group->n,
		.pages_min = (uint64_t)group->points[0].at.pages,
		.pages_max = (uint64_t)group->points[group->n - 1].at.pages,
		.rms_residual = line->rms, .max_residual = line->max,
	};
}

int fit_groups_write(const struct fit_groups *groups, FILE *f)
{
	_cleanup_free_ struct fit *lines = calloc(groups->n + 1, sizeof(*lines));
	struct fits fits = { .fits = lines, .count = groups->n };

	if (!lines)
		return out_of_memory();
	for (size_t i = 0; i < groups->n; i++)
		lines[i] = line_of(&groups->v[i]);
	fits_write(&fits, f);
	return 0;
}
