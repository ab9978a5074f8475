// SPDX-License-Identifier: GPL-2.0-or-later
#include "published_compare.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "log.h"

#define PAGES_PER_MIB 256

/* The kernel that the series is for; ids of its stages are this and a plus. */
#define SERIES_BASE "5.10"

/* These know how a summary is made, and nothing else here does. */

static bool has_text(const struct summary_cell *cell, enum key k, const char *text)
{
	return !strcmp(cell->key.v[k].text, text);
}

static bool has_number(const struct summary_cell *cell, enum key k, uint64_t number)
{
	return number == CSV_MISSING || cell->key.v[k].number == number;
}

static double cost_per_page(const struct summary_cell *cell)
{
	return cell->cost.median;
}

static double size_bytes(const struct summary_cell *cell)
{
	return (double)cell->key.v[KEY_SIZE].number;
}

static bool is_on_clock(const struct summary_cell *cell, enum clock clock, const char *model)
{
	return cell_key_clock(&cell->key) == clock && (clock != CLOCK_MODEL || has_text(cell, KEY_MODEL, model));
}

static bool is_stage(const struct summary_cell *cell, const char *stage)
{
	const char *id = cell->key.v[KEY_KERNEL].text;
	const size_t base = strlen(SERIES_BASE);

	if (!summary_cell_trusted(cell) || strncmp(id, SERIES_BASE, base))
		return false;
	return id[base] == (strcmp(stage, "trim") ? '+' : '-') && !strcmp(id + base + 1, stage);
}

/* The same thing measured, on whatever clock and kernel. */
static bool is_same_pin(const struct summary_cell *cell, const struct published_row *row)
{
	return has_text(cell, KEY_OP, row->op) && has_text(cell, KEY_GET, row->get) &&
	       has_text(cell, KEY_PUT, row->put) && has_number(cell, KEY_WRITE, row->write) &&
	       has_number(cell, KEY_BATCH, row->batch_pages) && cell->key.v[KEY_THREADS].number == 1 &&
	       cell->key.v[KEY_PROCESSES].number == 1;
}

static bool is_same(const struct summary_cell *cell, const struct published_row *row)
{
	if (!summary_cell_measured(cell) || !has_text(cell, KEY_ENGINE, row->engine) ||
	    !has_text(cell, KEY_MEMORY, row->memory) || !has_text(cell, KEY_MAP, row->map) ||
	    !has_number(cell, KEY_ALIGN, row->align_bytes))
		return false;
	if (row->kind == PUBLISHED_MEMORY)
		return has_text(cell, KEY_OP, "rebind") && !isnan(cell->dram_bytes);
	return summary_cell_bring_up(cell) ? has_text(cell, KEY_OP, row->op) : is_same_pin(cell, row);
}

/* How far the size of a cell is from the published one. Of memory the largest device is
 * best: what does not grow with the size counts least there. */
static double distance(const struct summary_cell *cell, const struct published_row *row)
{
	if (row->kind == PUBLISHED_MEMORY)
		return -size_bytes(cell);
	return fabs(log(size_bytes(cell) / ((double)row->size_mib * (1 << 20))));
}

/* The first in the order of the summary when two are as near. Memory is counted, whatever the clock. */
static const struct summary_cell *find(const struct summary *summary, const struct published_row *row,
				       const char *stage, enum clock clock)
{
	const struct summary_cell *best = NULL;
	size_t i;

	for (i = 0; i < summary->n_cells; i++) {
		const struct summary_cell *cell = summary->cells[i];

		if (!is_stage(cell, stage) || !is_same(cell, row) ||
		    (row->kind == PUBLISHED_TIME && !is_on_clock(cell, clock, row->model)))
			continue;
		if (!best || distance(cell, row) < distance(best, row))
			best = cell;
	}
	return best;
}

/* Nanoseconds of a page in each unit of the row. */
static double unit_of_page(const struct published_row *row)
{
	return row->per_unit * 1e6 / ((double)row->size_mib * PAGES_PER_MIB);
}

double published_ns_per_page(const struct published_row *row, double time)
{
	return time * unit_of_page(row);
}

static double in_unit(const struct summary_cell *cell, const struct published_row *row)
{
	if (row->kind == PUBLISHED_MEMORY)
		return cell->dram_bytes / size_bytes(cell) / row->per_unit;
	return cost_per_page(cell) / unit_of_page(row);
}

/* Nothing in the range is wrong; beyond it, what is wrong is relative to its nearer end. */
static double error_of(double ours, const struct published_value *published)
{
	if (isnan(ours) || isnan(published->high))
		return NAN;
	if (ours > published->high)
		return ours / published->high - 1;
	return ours < published->low ? ours / published->low - 1 : 0;
}

static void compare_side(const struct summary *summary, const struct published_row *row, const char *stage,
			 const struct published_value *published, struct compared_side *side)
{
	const struct summary_cell *counted;

	*side = (struct compared_side){ .ours = NAN, .error = NAN, .instructions = NAN };
	side->wanted = row->use != PUBLISHED_CONTEXT && *stage;
	if (!side->wanted)
		return;
	side->cell = find(summary, row, stage, CLOCK_MODEL);
	if (side->cell)
		side->ours = in_unit(side->cell, row);
	side->error = error_of(side->ours, published);
	counted = row->kind == PUBLISHED_TIME ? find(summary, row, stage, CLOCK_INSN) : NULL;
	if (counted)
		side->instructions = cost_per_page(counted);
}

static bool is_off(double error, double tolerance)
{
	return !isnan(error) && fabs(error) > tolerance;
}

void published_compare(const struct summary *summary, const struct published_row *row, struct compared *c)
{
	const struct published_value *before = &row->before_value, *after = &row->after_value;

	*c = (struct compared){ .row = row };
	compare_side(summary, row, row->before_kernel, before, &c->before);
	compare_side(summary, row, row->after_kernel, after, &c->after);
	c->ratio = (struct published_value){ before->low / after->high, before->high / after->low };
	c->our_ratio = c->before.ours / c->after.ours;
	c->ratio_error = error_of(c->our_ratio, &c->ratio);
	c->measured = (c->before.wanted || c->after.wanted) && (!c->before.wanted || c->before.cell) &&
		      (!c->after.wanted || c->after.cell);
	c->missed = is_off(c->before.error, PUBLISHED_TOLERANCE) || is_off(c->after.error, PUBLISHED_TOLERANCE) ||
		    is_off(c->ratio_error, PUBLISHED_RATIO_TOLERANCE);
}

bool compared_scaled(const struct compared *c, const struct compared_side *side)
{
	return side->cell && c->row->kind == PUBLISHED_TIME &&
	       side->cell->key.v[KEY_SIZE].number != c->row->size_mib << 20;
}

int published_check(const struct summary *summary, const struct published *published)
{
	struct compared c;
	size_t i;
	int rc = 0;

	for (i = 0; i < published->n; i++) {
		published_compare(summary, &published->rows[i], &c);
		if (c.row->use == PUBLISHED_CONTEXT || (c.missed || !c.measured) == !!*c.row->miss_reason)
			continue;
		err(c.missed ? "published row %s misses, and its miss_reason is empty" :
		    c.measured ? "published row %s does not miss, but has a miss_reason" :
				 "published row %s is not measured, and its miss_reason is empty", c.row->id);
		rc = -EDOM;
	}
	return rc;
}
