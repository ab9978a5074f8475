// SPDX-License-Identifier: GPL-2.0-or-later
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

#include <jansson.h>

#include "cleanup.h"
#include "csv_read.h"
#include "json_figures.h"
#include "text_stream.h"

#define SUMMARY_SCHEMA_VERSION 1

static void put_u64(FILE *f, uint64_t v)
{
	fprintf(f, ",%" PRIu64, v);
}

static uint64_t rows_not_ok(const struct summary_cell *cell)
{
	uint64_t rows = 0;
	size_t i;

	for (i = 0; i < cell->n_problems; i++)
		rows += cell->problems[i].rows;
	return rows;
}

/* "skip: why; error: why" */
static char *all_reasons(const struct summary_cell *cell)
{
	struct text_stream out;
	size_t i;

	if (text_stream_open(&out))
		return NULL;
	for (i = 0; i < cell->n_problems; i++)
		fprintf(out.f, "%s%s%s%s", i ? "; " : "", cell->problems[i].status,
			*cell->problems[i].reason ? ": " : "", cell->problems[i].reason);
	return text_stream_close(&out);
}

/* The cost, when it is in the unit of these columns. */
static void put_stats(FILE *f, const struct summary_cell *cell, bool instructions)
{
	const struct stats *s = &cell->cost;
	bool here = summary_cell_measured(cell) && (cell_key_clock(&cell->key) == CLOCK_INSN) == instructions;

	/* instructions_per_page has a column as a count already */
	if (!instructions)
		csv_put_double(f, here ? s->median : NAN);
	csv_put_double(f, here ? s->mad : NAN);
	csv_put_double(f, here ? s->ci_low : NAN);
	csv_put_double(f, here ? s->ci_high : NAN);
}

/* New columns come last, whatever their place in the key. */
static bool is_late(enum key k)
{
	return k == KEY_MODEL || (k >= KEY_PUT_ORDER && k <= KEY_PROCESSES);
}

static int put_csv_cell(const struct summary_cell *cell, FILE *f)
{
	_cleanup_free_ char *reasons = all_reasons(cell);
	bool measured = summary_cell_measured(cell);
	char buf[KEY_TEXT_MAX];
	enum key k;
	size_t i;

	if (!reasons)
		return -ENOMEM;
	fprintf(f, "%d", SUMMARY_SCHEMA_VERSION);
	for (k = 0; k < KEY_COUNT; k++)
		if (!is_late(k))
			csv_put(f, cell_key_text(&cell->key, k, 0, buf), false);
	put_stats(f, cell, false);
	csv_put(f, measured ? summary_cell_level(cell) : "", false);
	csv_put_double(f, cell->range_ms);
	put_u64(f, cell->boots);
	put_u64(f, cell->repetitions);
	put_u64(f, cell->incomplete);
	put_u64(f, cell->rows_ok);
	put_u64(f, rows_not_ok(cell));
	csv_put_double(f, cell->ratio);
	csv_put(f, reasons, false);
	csv_put_double(f, cell->dram_bytes);
	csv_put_double(f, cell->memmap_bytes);
	csv_put(f, cell_key_text(&cell->key, KEY_MODEL, 0, buf), false);
	csv_put_double(f, cell->spread_percent);
	put_stats(f, cell, true);
	for (i = 0; i < SUMMARY_COUNTS; i++)
		csv_put_double(f, cell->per_page[i]);
	for (k = KEY_PUT_ORDER; k <= KEY_PROCESSES; k++)
		csv_put(f, cell_key_text(&cell->key, k, 0, buf), false);
#define X(name) csv_put_double(f, cell->name);
	BRING_UP_LATER(X)
#undef X
	fputc('\n', f);
	return 0;
}

int report_csv(const struct summary *summary, FILE *f)
{
	size_t i;
	enum key k;
	int rc = 0;

	fputs("schema_version", f);
	for (k = 0; k < KEY_COUNT; k++)
		if (!is_late(k))
			csv_put(f, key_infos[k].column, false);
	fputs(",ns_per_page,mad_ns,ci_low_ns,ci_high_ns,level,range_ms,boots,repetitions,"
	      "incomplete_repetitions,rows_ok,rows_not_ok,ratio,reasons,dram_bytes,memmap_bytes,"
	      "model,spread_percent,mad_instructions,ci_low_instructions,ci_high_instructions", f);
	for (i = 0; i < SUMMARY_COUNTS; i++)
		fprintf(f, ",%s_per_page", summary_count_names[i]);
	for (k = KEY_PUT_ORDER; k <= KEY_PROCESSES; k++)
		csv_put(f, key_infos[k].column, false);
#define X(name) csv_put(f, #name, false);
	BRING_UP_LATER(X)
#undef X
	fputc('\n', f);
	for (i = 0; !rc && i < summary->n_cells; i++)
		rc = put_csv_cell(summary->cells[i], f);
	return rc;
}

static json_t *json_problems(const struct summary_cell *cell)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < cell->n_problems; i++) {
		const struct summary_problem *p = &cell->problems[i];

		json_array_append_new(array, json_pack("{s:s, s:I, s:o}", "status", p->status,
						       "rows", (json_int_t)p->rows,
						       "reason", json_figure_text(p->reason)));
	}
	return array;
}

static json_t *json_figures(const struct summary_cell *cell)
{
	const struct stats *s = &cell->cost;

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "median", json_figure(s->median), "mad", json_figure(s->mad),
			 "ci_low", json_figure(s->ci_low), "ci_high", json_figure(s->ci_high),
			 "spread_percent", json_figure(cell->spread_percent),
			 "level", summary_cell_level(cell), "range_ms", json_figure(cell->range_ms),
			 "boots", (json_int_t)cell->boots, "repetitions", (json_int_t)cell->repetitions,
			 "incomplete_repetitions", (json_int_t)cell->incomplete,
			 "ratio", json_figure(cell->ratio), "dram_bytes", json_figure(cell->dram_bytes),
			 "memmap_bytes", json_figure(cell->memmap_bytes),
			 "device_bytes", json_figure(cell->device_bytes),
			 "populate_ns", json_figure(cell->populate_ns),
			 "initialise_ns", json_figure(cell->initialise_ns), "rest_ns", json_figure(cell->rest_ns));
}

/* By the names of their columns; null when this clock counts nothing. */
static json_t *json_counts(const struct summary_cell *cell)
{
	json_t *object = json_object();
	size_t i;

	for (i = 0; i < SUMMARY_COUNTS; i++)
		if (!isnan(cell->per_page[i]))
			json_object_set_new(object, summary_count_names[i], json_real(cell->per_page[i]));
	if (json_object_size(object))
		return object;
	json_decref(object);
	return json_null();
}

static int add_json_cell(json_t *rows, const struct summary_cell *cell)
{
	json_t *object = json_object();
	int rc = json_figure_keys(object, &cell->key, KEY_TABLE_END, KEY_COUNT);
	bool measured = summary_cell_measured(cell), insn = cell_key_clock(&cell->key) == CLOCK_INSN;

	rc |= json_object_set_new(object, "rows_ok", json_integer((json_int_t)cell->rows_ok));
	rc |= json_object_set_new(object, "ns_per_page", measured && !insn ? json_figures(cell) : json_null());
	rc |= json_object_set_new(object, "instructions_per_page",
				  measured && insn ? json_figures(cell) : json_null());
	rc |= json_object_set_new(object, "counts_per_page", json_counts(cell));
	rc |= json_object_set_new(object, "not_ok", json_problems(cell));
	return rc | json_array_append_new(rows, object);
}

static int add_json_table(json_t *tables, const struct summary *summary, size_t from, size_t end)
{
	const struct cell_key *key = &summary->cells[from]->key;
	const char *caveat = report_caveat(key);
	json_t *table = json_object(), *rows = json_array();
	int rc = json_figure_keys(table, key, 0, KEY_TABLE_END);
	size_t i;

	rc |= json_object_set_new(table, "caveat", caveat ? json_string(caveat) : json_null());
	rc |= json_object_set_new(table, "cells", rows);
	for (i = from; !rc && i < end; i++)
		rc = add_json_cell(rows, summary->cells[i]);
	return rc | json_array_append_new(tables, table);
}

int report_json(const struct summary *summary, FILE *f)
{
	json_t *tables = json_array(), *root;
	size_t from, end;
	int rc = 0;

	root = json_pack("{s:i, s:o}", "schema_version", SUMMARY_SCHEMA_VERSION, "tables", tables);
	for (from = 0; root && !rc && from < summary->n_cells; from = end) {
		end = report_group_end(summary, from, KEY_TABLE_END);
		rc = add_json_table(tables, summary, from, end);
	}
	return json_figures_dump(root, rc, f);
}
