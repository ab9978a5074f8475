// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <math.h>

#include <jansson.h>

#include "csv_read.h"
#include "plan_against.h"
#include "size.h"
#include "text_table.h"

#define CHECKS_SCHEMA_VERSION 1

static const char *verdict(const struct plan_check *check)
{
	return check->off ? "off" : "ok";
}

static int set_check(struct text_table *t, const struct plan_check *check)
{
	const uint64_t bytes[] = { check->planned, check->median, check->worst };
	const double percent = plan_check_percent(check);
	char align[SIZE_TEXT_MAX], size[SIZE_TEXT_MAX];
	size_t column = 0;
	int rc = text_table_row(t, false);

	if (!rc)
		rc = text_table_set(t, &column, "%s", check->kernel);
	if (!rc)
		rc = text_table_set(t, &column, "%s", check->device);
	if (!rc)
		rc = text_table_set(t, &column, "%s", check->map);
	if (!rc)
		rc = text_table_set(t, &column, "%s", size_format(check->align, align));
	if (!rc)
		rc = text_table_set(t, &column, "%s", size_format(check->size, size));
	if (!rc)
		rc = text_table_set(t, &column, "%s", check->op);
	if (!rc)
		rc = text_table_set(t, &column, "%zu", check->rows);
	for (size_t i = 0; !rc && i < sizeof(bytes) / sizeof(bytes[0]); i++)
		rc = text_table_set(t, &column, "%.3f", (double)bytes[i] / (1 << 20));
	/* Percents of less than what counts say nothing. */
	if (!rc && !(check->worst >= PLAN_OFF_BYTES))
		rc = text_table_set(t, &column, "%s", "");
	else if (!rc)
		rc = text_table_set(t, &column, "%+.2f", percent);
	return rc ? rc : text_table_set(t, &column, "%s", verdict(check));
}

static int fill(struct text_table *t, const struct plan_checks *checks)
{
	static const char *const titles[] = { "kernel", "device",      "map",	       "align",	    "size",    "op",
					      "rows",	"planned MiB", "measured MiB", "worst MiB", "error %", "verdict" };
	int rc = 0;

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		text_table_column(t, titles[i], i > 5 && i < 11);
	for (size_t i = 0; !rc && i < checks->n; i++)
		rc = set_check(t, &checks->v[i]);
	return rc;
}

int plan_checks_table(const struct plan_checks *checks, FILE *f)
{
	_cleanup_text_table_ struct text_table t = { 0 };
	int rc = fill(&t, checks);

	return rc ? rc : text_table_print(&t, f);
}

int plan_checks_markdown(const struct plan_checks *checks, FILE *f)
{
	_cleanup_text_table_ struct text_table t = { 0 };
	int rc = fill(&t, checks);

	return rc ? rc : text_table_markdown(&t, f);
}

int plan_checks_csv(const struct plan_checks *checks, FILE *f)
{
	fputs("schema_version,kernel,device,map,align_bytes,size_bytes,op,rows,planned_bytes,measured_bytes,worst_bytes,"
	      "error_percent,verdict\n", f);
	for (size_t i = 0; i < checks->n; i++) {
		const struct plan_check *check = &checks->v[i];
		const double percent = plan_check_percent(check);

		fprintf(f, "%d", CHECKS_SCHEMA_VERSION);
		csv_put(f, check->kernel, false);
		csv_put(f, check->device, false);
		csv_put(f, check->map, false);
		fprintf(f, ",%" PRIu64 ",%" PRIu64, check->align, check->size);
		csv_put(f, check->op, false);
		fprintf(f, ",%zu,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",", check->rows, check->planned, check->median,
			check->worst);
		if (!isnan(percent))
			fprintf(f, "%.6g", percent);
		fprintf(f, ",%s\n", verdict(check));
	}
	return 0;
}

int plan_checks_json(const struct plan_checks *checks, FILE *f)
{
	json_t *list = json_array(), *all;
	int rc;

	for (size_t i = 0; i < checks->n; i++) {
		const struct plan_check *c = &checks->v[i];
		const double percent = plan_check_percent(c);
		json_t *object = json_pack("{s:s, s:s, s:s, s:I, s:I, s:s, s:I, s:I, s:I, s:I, s:b}", "kernel", c->kernel,
					   "device", c->device, "map", c->map, "align_bytes", (json_int_t)c->align,
					   "size_bytes", (json_int_t)c->size, "op", c->op, "rows", (json_int_t)c->rows,
					   "planned_bytes", (json_int_t)c->planned, "measured_bytes",
					   (json_int_t)c->median, "worst_bytes", (json_int_t)c->worst, "off", c->off);

		json_object_set_new(object, "error_percent", isnan(percent) ? json_null() : json_real(percent));
		json_array_append_new(list, object);
	}
	all = json_pack("{s:i, s:o}", "schema_version", CHECKS_SCHEMA_VERSION, "checks", list);
	rc = !all || json_dumpf(all, f, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) ? -ENOMEM : 0;
	fputc('\n', f);
	json_decref(all);
	return rc;
}
