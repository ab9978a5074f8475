// SPDX-License-Identifier: GPL-2.0-or-later
/* Plans for programs: CSV and JSON. */
#include "plan.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <jansson.h>

#include "csv_read.h"

#define PLAN_SCHEMA_VERSION 1

/* X(column, what it is in a row) */
#define SIZES(X) \
	X(capacity_bytes, row->capacity) \
	X(dram_bytes, row->dram) \
	X(available_bytes, row->available) \
	X(usable_bytes, row->c.usable) \
	X(altmap_bytes, row->c.altmap) \
	X(lost_bytes, row->c.lost) \
	X(struct_page_bytes, row->c.struct_pages) \
	X(memmap_table_bytes, row->c.memmap_tables) \
	X(section_usage_bytes, row->c.section_usage) \
	X(section_entry_bytes, row->c.section_entries) \
	X(direct_map_bytes, row->c.direct_map) \
	X(bring_up_bytes, row->c.bring_up) \
	X(process_table_bytes, row->c.process_tables) \
	X(total_bytes, row->total) \
	X(struct_pages, row->c.pages) \
	X(struct_pages_initialised, row->c.pages_initialised)

/* What was asked for. */
#define ASKED(X) \
	X(nodes, request->nodes) \
	X(processes, request->processes) \
	X(threads, request->threads) \
	X(nics, request->nics) \
	X(chunk_bytes, request->chunk)

static const char *const estimate_suffixes[] = { "_ns", "_low_ns", "_high_ns" };

static double estimate(const struct plan_prediction *p, size_t i)
{
	const double values[] = { p->value.value, p->value.low, p->value.high };

	return values[i];
}

static const char *fits_word(const struct plan_row *row)
{
	return plan_has(row, PLAN_CANNOT_FIT) || plan_has(row, PLAN_NOTHING_LEFT) ? "no" : "yes";
}

static const char *kind_word(const struct plan_row *row)
{
	return row->device.dynamic ? "dynamic" : "pmem";
}

static void put_header(FILE *f)
{
	fputs("schema_version,kernel,kind,map,align_bytes", f);
#define X(name, value) fputs("," #name, f);
	SIZES(X)
	fputs(",dram_percent,fits", f);
	ASKED(X)
#undef X
	for (size_t op = 0; op < PLAN_OPS; op++)
		for (size_t i = 0; i < 3; i++)
			fprintf(f, ",%s%s", plan_op_names[op], estimate_suffixes[i]);
	fputs(",get,put,platform,clock,model,fits_file,warnings,fitted_dram_bytes,fitted_dram_low_bytes,fitted_dram_high_bytes,warn_percent,warn_ratio\n", f);
}

static void put_warnings(const struct plan_row *row, FILE *f)
{
	const char *gap = "";

	fputc(',', f);
	for (unsigned int w = 0; w < PLAN_WARNING_COUNT; w++) {
		if (!plan_has(row, w))
			continue;
		fprintf(f, "%s%s", gap, plan_warning_names[w]);
		gap = ";";
	}
}

static void put_basis(const struct plan_request *request, const struct plan_row *row, FILE *f)
{
	const struct fit *get = row->times[PLAN_GET].fit, *put = row->times[PLAN_PUT].fit, *basis = NULL;

	for (size_t op = 0; op < PLAN_OPS && !basis; op++)
		basis = row->times[op].fit;
	csv_put(f, get ? get->get : "", false);
	csv_put(f, put ? put->put : "", false);
	csv_put(f, basis ? basis->platform : "", false);
	csv_put(f, basis ? basis->clock : "", false);
	csv_put(f, basis ? basis->model : "", false);
	csv_put(f, basis ? request->fits_name : "", false);
}

static void put_estimates(const struct plan_prediction *p, FILE *f)
{
	for (size_t i = 0; i < 3; i++) {
		fputc(',', f);
		if (p->fit)
			fprintf(f, "%.0f", estimate(p, i));
	}
}

static void put_row(const struct plan_request *request, const struct plan_row *row, FILE *f)
{
	fprintf(f, "%d", PLAN_SCHEMA_VERSION);
	csv_put(f, row->kernel->id, false);
	fprintf(f, ",%s,%s,%" PRIu64, kind_word(row), dax_map_name(row->device.map), row->device.align);
#define X(name, value) fprintf(f, ",%" PRIu64, (uint64_t)(value));
	SIZES(X)
	fprintf(f, ",%.6g,%s", plan_percent(row), fits_word(row));
	ASKED(X)
#undef X
	for (size_t op = 0; op < PLAN_OPS; op++)
		put_estimates(&row->times[op], f);
	put_basis(request, row, f);
	put_warnings(row, f);
	put_estimates(&row->fitted, f);
	fprintf(f, ",%.6g,", request->warn_percent);
	if (row->total)
		fprintf(f, "%.6g", plan_ratio(request, row));
	fputc('\n', f);
}

int plan_csv(const struct plan_rows *rows, FILE *f)
{
	put_header(f);
	for (size_t i = 0; i < rows->n; i++)
		put_row(rows->request, &rows->v[i], f);
	return 0;
}

static json_t *times_json(const struct plan_row *row)
{
	json_t *times = json_object();

	for (size_t op = 0; op < PLAN_OPS; op++) {
		const struct plan_prediction *time = &row->times[op];
		json_t *value = json_null();

		if (time->fit)
			value = json_pack("{s:f, s:f, s:f, s:s, s:s, s:s, s:s, s:s}", "ns", round(time->value.value),
					  "low_ns", round(time->value.low), "high_ns", round(time->value.high), "get",
					  time->fit->get, "put", time->fit->put, "platform", time->fit->platform,
					  "clock", time->fit->clock, "model", time->fit->model);
		json_object_set_new(times, plan_op_names[op], value);
	}
	return times;
}

static json_t *row_json(const struct plan_request *request, const struct plan_row *row)
{
	json_t *object = json_pack("{s:s, s:s, s:s, s:I}", "kernel", row->kernel->id, "kind", kind_word(row), "map",
				   dax_map_name(row->device.map), "align_bytes", (json_int_t)row->device.align);
	json_t *warnings = json_array();

#define X(name, value) json_object_set_new(object, #name, json_integer((json_int_t)(value)));
	SIZES(X)
	ASKED(X)
#undef X
	json_object_set_new(object, "dram_percent", json_real(plan_percent(row)));
	json_object_set_new(object, "fits", json_boolean(!strcmp(fits_word(row), "yes")));
	json_object_set_new(object, "warn_percent", json_real(request->warn_percent));
	json_object_set_new(object, "warn_ratio", row->total ? json_real(plan_ratio(request, row)) : json_null());
	json_object_set_new(object, "times", times_json(row));
	json_object_set_new(object, "fitted_dram_bytes",
			    row->fitted.fit ? json_real(round(row->fitted.value.value)) : json_null());
	for (unsigned int w = 0; w < PLAN_WARNING_COUNT; w++)
		if (plan_has(row, w))
			json_array_append_new(warnings, json_string(plan_warning_names[w]));
	json_object_set_new(object, "warnings", warnings);
	return object;
}

int plan_json(const struct plan_rows *rows, FILE *f)
{
	json_t *list = json_array(), *plan;
	int rc;

	for (size_t i = 0; i < rows->n; i++)
		json_array_append_new(list, row_json(rows->request, &rows->v[i]));
	plan = json_pack("{s:i, s:s?, s:o}", "schema_version", PLAN_SCHEMA_VERSION, "fits_file",
			 rows->request->fits.count ? rows->request->fits_name : NULL, "rows", list);
	if (!plan)
		return -ENOMEM;
	rc = json_dumpf(plan, f, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) ? -ENOMEM : 0;
	fputc('\n', f);
	json_decref(plan);
	return rc;
}
