// SPDX-License-Identifier: GPL-2.0-or-later
/* Plans for people: a table, and what it warns of. */
#include "plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "size.h"
#include "text_table.h"

/* "10.94 GiB": three digits and a bit. */
static const char *human(uint64_t bytes, char text[SIZE_TEXT_MAX])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes;
	size_t unit = 0;

	for (; value >= 1023.995 && unit < 4; unit++)
		value /= 1024;
	snprintf(text, SIZE_TEXT_MAX, "%.*f %s", unit && value < 1000 && value != floor(value) ? 2 : 0, value,
		 units[unit]);
	return text;
}

/* "1.53 s" */
static const char *duration(double ns, char text[SIZE_TEXT_MAX])
{
	static const struct {
		const char *unit;
		double ns;
	} units[] = { { "h", 3.6e12 }, { "min", 6e10 }, { "s", 1e9 }, { "ms", 1e6 }, { "us", 1e3 } };
	size_t i = 0;

	while (i < 4 && ns < units[i].ns)
		i++;
	snprintf(text, SIZE_TEXT_MAX, "%.3g %s", ns / units[i].ns, units[i].unit);
	return text;
}

static void add_columns(struct text_table *t, const char *ratio)
{
	static const char *const first[] = { "capacity", "DRAM", "kernel", "map", "align" };
	static const char *const sizes[] = { "usable", "altmap", "struct pages", "their tables", "bring-up DRAM",
					     "by fit", "per process", "% of DRAM" };

	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		text_table_column(t, first[i], i < 2);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		text_table_column(t, sizes[i], true);
	text_table_column(t, ratio, true);
	text_table_column(t, "fits", false);
	for (size_t op = 0; op < PLAN_OPS; op++)
		text_table_column(t, plan_op_names[op], true);
	text_table_column(t, "see", false);
}

/* The numbers of the remarks below the table: one for each warning that there is. */
static int set_remarks(struct text_table *t, size_t *column, const struct plan_row *row, unsigned int seen)
{
	char text[64] = "";
	int number = 0;

	for (unsigned int w = 0; w < PLAN_WARNING_COUNT; w++) {
		number += seen >> w & 1;
		if (plan_has(row, w))
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%d", *text ? " " : "", number);
	}
	return text_table_set(t, column, "%s", text);
}

/* A column that says the same in all rows is left to the heading. */
static int set_asked(struct text_table *t, size_t *column, const struct plan_request *r, const struct plan_row *row)
{
	char text[SIZE_TEXT_MAX];
	int rc = text_table_set(t, column, "%s", r->capacities.n > 1 ? size_format(row->capacity, text) : "");

	if (!rc)
		rc = text_table_set(t, column, "%s", r->drams.n > 1 ? size_format(row->dram, text) : "");
	if (!rc)
		rc = text_table_set(t, column, "%s", row->kernel->id);
	if (!rc)
		rc = text_table_set(t, column, "%s", dax_map_name(row->device.map));
	return rc ? rc : text_table_set(t, column, "%s", size_format(row->device.align, text));
}

static int set_sizes(struct text_table *t, size_t *column, const struct plan_request *request,
		     const struct plan_row *row)
{
	const uint64_t fitted = row->fitted.fit && row->fitted.value.value > 0 && row->fitted.value.value < 0x1p63 ? (uint64_t)row->fitted.value.value : 0;
	const uint64_t sizes[] = { row->c.usable,   row->c.altmap, row->c.struct_pages,	  row->c.memmap_tables,
				   row->c.bring_up, fitted,	   row->c.process_tables };
	const bool nothing = plan_has(row, PLAN_NOTHING_LEFT);
	char text[SIZE_TEXT_MAX];
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(sizes) / sizeof(sizes[0]); i++)
		rc = text_table_set(t, column, "%s", nothing || (i == 5 && !fitted) ? "" : human(sizes[i], text));
	if (!rc)
		rc = nothing ? text_table_set(t, column, "%s", "") :
			       text_table_set(t, column, "%.3g", plan_percent(row));
	if (!rc)
		rc = nothing ? text_table_set(t, column, "%s", "") :
			       text_table_set(t, column, "%.*f:1", plan_ratio(request, row) < 10, plan_ratio(request, row));
	return rc ? rc : text_table_set(t, column, "%s", nothing ? "no" : plan_has(row, PLAN_CANNOT_FIT) ?
					"cannot fit" : "yes");
}

static int set_times(struct text_table *t, size_t *column, const struct plan_row *row)
{
	char text[SIZE_TEXT_MAX];
	int rc = 0;

	for (size_t op = 0; !rc && op < PLAN_OPS; op++)
		rc = text_table_set(t, column, "%s",
				    row->times[op].fit ? duration(row->times[op].value.value, text) : "");
	return rc;
}

static int fill(struct text_table *t, const struct plan_rows *rows, unsigned int seen, const char *ratio)
{
	int rc = 0;

	add_columns(t, ratio);
	for (size_t i = 0; !rc && i < rows->n; i++) {
		const struct plan_row *row = &rows->v[i];
		size_t column = 0;

		rc = text_table_row(t, i && row->kernel != rows->v[i - 1].kernel);
		if (!rc)
			rc = set_asked(t, &column, rows->request, row);
		if (!rc)
			rc = set_sizes(t, &column, rows->request, row);
		if (!rc)
			rc = set_times(t, &column, row);
		if (!rc)
			rc = set_remarks(t, &column, row, seen);
	}
	return rc;
}

static void heading(const struct plan_request *r, FILE *f)
{
	char a[SIZE_TEXT_MAX], b[SIZE_TEXT_MAX];

	fprintf(f, "%s%s of %s memory", r->capacities.n > 1 ? "Several capacities" : size_format(r->capacities.v[0], a), "",
		r->dynamic ? "dynamic (CXL)" : "persistent");
	fprintf(f, ", %s of DRAM", r->drams.n > 1 ? "several sizes" : size_format(r->drams.v[0], b));
	if (r->nodes > 1)
		fprintf(f, ", on %u nodes with a device each", r->nodes);
	fprintf(f, "; %u process%s", r->processes, r->processes == 1 ? " maps it.\n\n" : "es map it.\n\n");
}

static void remark(const struct plan_request *r, enum plan_warning warning, FILE *f)
{
	static const char *const texts[PLAN_WARNING_COUNT] = {
		[PLAN_NOTHING_LEFT] = "nothing is left: info block, altmap and align take all of the device",
		[PLAN_RATIO_96] = "96:1 or more: complete struct pages are larger than the DRAM; in DRAM only shared "
				  "ones can fit",
		[PLAN_RATIO_8] = "8:1 or less: with map=mem this kernel shares struct pages, at this align they take "
				 "less than 4 % of the DRAM; altmap gains little and pins are slower",
		[PLAN_ALTMAP_BASE_PAGES] = "altmap without compound pages: each base page that is pinned or unpinned is "
					   "a write to a struct page on the device",
		[PLAN_MISALIGNED] = "the memory does not start at a multiple of the align: mainline maps another part of "
				    "it than was asked for; our series takes base pages",
		[PLAN_EXTRAPOLATED] = "a time is extrapolated: what was measured is smaller (or larger)",
		[PLAN_CALL_SIZE] = "what a call costs was not told apart: a time holds for calls as they were measured, "
				   "whatever --chunk says",
	};

	if (warning == PLAN_CANNOT_FIT)
		fputs("cannot fit: see below", f);
	else if (warning == PLAN_DRAM_SHARE)
		fprintf(f, "more than %g %% of the DRAM", r->warn_percent);
	else
		fputs(texts[warning], f);
}

static void remarks(const struct plan_rows *rows, unsigned int seen, FILE *f)
{
	int number = 0;

	if (seen)
		fputc('\n', f);
	for (unsigned int w = 0; w < PLAN_WARNING_COUNT; w++) {
		if (!(seen >> w & 1))
			continue;
		fprintf(f, "%d. ", ++number);
		remark(rows->request, w, f);
		fputs(".\n", f);
	}
}

static void verdicts(const struct plan_rows *rows, const char *gap, FILE *f)
{
	char a[SIZE_TEXT_MAX], b[SIZE_TEXT_MAX], c[SIZE_TEXT_MAX], d[SIZE_TEXT_MAX];
	bool first = true;

	for (size_t i = 0; i < rows->n; i++) {
		const struct plan_row *row = &rows->v[i];

		if (!plan_has(row, PLAN_CANNOT_FIT))
			continue;
		fprintf(f, "%scannot fit: %s on %s, map=%s, align=%s: needs %s of DRAM, there are %s for it\n",
			first ? "\n" : gap, size_format(row->capacity, a), row->kernel->id,
			dax_map_name(row->device.map), size_format(row->device.align, b), human(row->total, c),
			human(row->available, d));
		first = false;
	}
}

static bool has_time(const struct plan_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		for (size_t op = 0; op < PLAN_OPS; op++)
			if (rows->v[i].times[op].fit)
				return true;
	return false;
}

static void basis(const struct plan_rows *rows, FILE *f)
{
	const struct plan_request *request = rows->request;
	const struct fit *fit = plan_basis(request);

	if (!fit)
		return;
	if (!has_time(rows)) {
		fprintf(f, "\nNo times: %s has no fit of these kernels, maps, aligns, variants and threads.\n",
			request->fits_name);
		return;
	}
	fprintf(f, "\nTimes: from %s, platform %s, ", request->fits_name, fit->platform);
	if (!strcmp(fit->clock, "model"))
		fprintf(f, "modelled (model %s)", fit->model);
	else
		fprintf(f, "clock %s", fit->clock);
	fputs(". Empty: no fit for it. No time means nothing was measured, not 0.\n", f);
}

static int write_rows(const struct plan_rows *rows, bool markdown, FILE *f)
{
	_cleanup_text_table_ struct text_table t = { 0 };
	unsigned int seen = 0;
	char ratio[32];
	int rc;

	snprintf(ratio, sizeof(ratio), "%g %% at", rows->request->warn_percent);
	for (size_t i = 0; i < rows->n; i++)
		seen |= rows->v[i].warnings;
	heading(rows->request, f);
	rc = fill(&t, rows, seen, ratio);
	if (!rc)
		rc = markdown ? text_table_markdown(&t, f) : text_table_print(&t, f);
	if (rc)
		return rc;
	fprintf(f, "\n%s: how many times the DRAM the memory can be before it takes more than %g %% of it.\n", ratio,
		rows->request->warn_percent);
	remarks(rows, seen, f);
	verdicts(rows, markdown ? "\n" : "", f);
	basis(rows, f);
	return 0;
}

int plan_table(const struct plan_rows *rows, FILE *f)
{
	return write_rows(rows, false, f);
}

int plan_markdown(const struct plan_rows *rows, FILE *f)
{
	return write_rows(rows, true, f);
}
