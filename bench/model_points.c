// SPDX-License-Identifier: GPL-2.0-or-later
#include "model_points.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "published_compare.h"

#define PAGES_PER_MIB 256

static bool is_modelled(const struct published_row *row, const char *model)
{
	return row->use != PUBLISHED_CONTEXT && row->kind == PUBLISHED_TIME && !strcmp(row->model, model);
}

/* Of the published size. Whole numbers: a fraction of a count is nothing beside these. */
static bool take_counts(const struct summary_cell *cell, const struct published_row *row, struct region_counts *counts)
{
	const double pages = (double)row->size_mib * PAGES_PER_MIB;

	if (!cell)
		return false;
#define X(name) \
	if (isnan(cell->per_page[COUNT_##name])) \
		return false; \
	counts->name = (uint64_t)llround(cell->per_page[COUNT_##name] * pages);
	REGION_COUNTS(X)
#undef X
	return true;
}

/* Of a comparison only what is before is looked at. */
static bool take_point(const struct summary *summary, const struct published_row *row, struct model_point *point)
{
	struct compared compared;

	published_compare(summary, row, &compared);
	if (compared_scaled(&compared, &compared.before))
		return false;
	point->id = row->id;
	point->published_ns = row->before_value.low * row->per_unit * 1e6;
	return take_counts(compared.before.cell, row, &point->counts);
}

int model_points_make(const struct summary *summary, const struct published *published, const char *model,
		      struct model_points *points)
{
	*points = (struct model_points){ .v = calloc(published->n + 1, sizeof(*points->v)) };
	if (!points->v)
		return out_of_memory();
	for (size_t i = 0; i < published->n; i++) {
		const struct published_row *row = &published->rows[i];

		if (row->use != PUBLISHED_FIT || !is_modelled(row, model))
			continue;
		if (take_point(summary, row, &points->v[points->n])) {
			points->n++;
			continue;
		}
		note("%s: left out, no counts of kernel stage %s at %zu MiB", row->id, row->before_kernel,
		     (size_t)row->size_mib);
		points->left_out++;
	}
	return 0;
}

void model_points_free(struct model_points *points)
{
	free(points->v);
	*points = (struct model_points){ 0 };
}

int model_pairs_make(const struct summary *summary, const struct published *published, const char *model,
		     struct model_pairs *pairs)
{
	*pairs = (struct model_pairs){ .v = calloc(published->n + 1, sizeof(*pairs->v)) };
	if (!pairs->v)
		return out_of_memory();
	for (size_t i = 0; i < published->n; i++) {
		const struct published_row *row = &published->rows[i];
		struct model_pair *pair = &pairs->v[pairs->n];
		struct compared compared;

		if (!is_modelled(row, model))
			continue;
		published_compare(summary, row, &compared);
		pair->id = row->id;
		pair->has_before = take_counts(compared.before.cell, row, &pair->before);
		pair->has_after = take_counts(compared.after.cell, row, &pair->after);
		pairs->n += pair->has_before || pair->has_after;
	}
	return 0;
}

void model_pairs_free(struct model_pairs *pairs)
{
	free(pairs->v);
	*pairs = (struct model_pairs){ 0 };
}
