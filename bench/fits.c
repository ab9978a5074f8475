// SPDX-License-Identifier: GPL-2.0-or-later
#include "fits.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "csv_read.h"
#include "log.h"

#define FITS_SCHEMA_VERSION 1

const char *const fit_quantity_names[FIT_QUANTITIES] = {
	[FIT_TIME] = "time_ns", [FIT_INSTRUCTIONS] = "instructions", [FIT_DRAM] = "dram_bytes",
};

enum column_kind {
	TEXT,
	NUMBER,		/* uint64_t; CSV_MISSING: empty */
	SMALL,		/* unsigned int; 0: empty */
	QUANTITY,
	REAL,
	CALL_REAL,	/* REAL, empty when calls are not told apart */
	LATER_SMALL,	/* SMALL; older files do not have the column */
};

/* In the order of the file. */
static const struct column {
	const char *name;
	enum column_kind kind;
	size_t offset;
} columns[] = {
#define AT(member) offsetof(struct fit, member)
	{ "kernel", TEXT, AT(kernel) },
	{ "platform", TEXT, AT(platform) },
	{ "clock", TEXT, AT(clock) },
	{ "model", TEXT, AT(model) },
	{ "memory", TEXT, AT(memory) },
	{ "map", TEXT, AT(map) },
	{ "align_bytes", NUMBER, AT(align) },
	{ "engine", TEXT, AT(engine) },
	{ "get", TEXT, AT(get) },
	{ "put", TEXT, AT(put) },
	{ "range", TEXT, AT(range) },
	{ "threads", SMALL, AT(threads) },
	{ "op", TEXT, AT(op) },
	{ "quantity", QUANTITY, AT(quantity) },
	{ "points", SMALL, AT(points) },
	{ "pages_min", NUMBER, AT(pages_min) },
	{ "pages_max", NUMBER, AT(pages_max) },
	{ "fixed", REAL, AT(fixed.value) },
	{ "fixed_low", REAL, AT(fixed.low) },
	{ "fixed_high", REAL, AT(fixed.high) },
	{ "per_call", CALL_REAL, AT(per_call.value) },
	{ "per_call_low", CALL_REAL, AT(per_call.low) },
	{ "per_call_high", CALL_REAL, AT(per_call.high) },
	{ "per_page", REAL, AT(per_page.value) },
	{ "per_page_low", REAL, AT(per_page.low) },
	{ "per_page_high", REAL, AT(per_page.high) },
	{ "rms_residual", REAL, AT(rms_residual) },
	{ "max_residual", REAL, AT(max_residual) },
	{ "kernel_release", TEXT, AT(kernel_release) },
	{ "host", TEXT, AT(host) },
	{ "write", NUMBER, AT(write) },
	{ "put_order", TEXT, AT(put_order) },
	{ "put_cache", TEXT, AT(put_cache) },
	{ "hold_ms", NUMBER, AT(hold_ms) },
	{ "rdma_device", TEXT, AT(rdma_device) },
	{ "domains", NUMBER, AT(domains) },
	{ "trusted", NUMBER, AT(trusted) },
	{ "processes", LATER_SMALL, AT(processes) },
#undef AT
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))
#define NOWHERE SIZE_MAX

static void *at(const struct fit *fit, const struct column *c)
{
	return (char *)fit + c->offset;
}

static void fit_free(struct fit *fit)
{
	for (size_t i = 0; i < COLUMNS; i++)
		if (columns[i].kind == TEXT)
			free(*(char **)at(fit, &columns[i]));
}

void fits_free(struct fits *fits)
{
	for (size_t i = 0; i < fits->count; i++)
		fit_free(&fits->fits[i]);
	free(fits->fits);
	*fits = (struct fits){ 0 };
}

struct reader {
	struct fits *fits;
	size_t schema, field[COLUMNS];
};

static int find_column(const struct csv_record *header, const char *name, size_t *field)
{
	int c = csv_column(header, name);

	if (c < 0)
		return csv_bad(header, "no column '%s'; is this a file of 'daxpin fit'?", name);
	*field = (size_t)c;
	return 0;
}

static int take_header(struct reader *r, const struct csv_record *header)
{
	int rc = find_column(header, "schema_version", &r->schema);

	for (size_t i = 0; !rc && i < COLUMNS; i++) {
		r->field[i] = NOWHERE;
		if (columns[i].kind != LATER_SMALL || csv_column(header, columns[i].name) >= 0)
			rc = find_column(header, columns[i].name, &r->field[i]);
	}
	return rc;
}

static int parse_real(const struct csv_record *row, size_t field, double *value)
{
	const char *text = row->field[field];
	char *end;

	*value = strtod(text, &end);
	if (end == text || *end || !isfinite(*value))
		return csv_bad(row, "column %s: '%.40s' is not a number", row->columns[field], text);
	return 0;
}

static int parse_small(const struct csv_record *row, size_t field, unsigned int *value)
{
	uint64_t number;
	int rc = csv_u64(row, field, &number);

	if (rc)
		return rc;
	*value = number == CSV_MISSING ? 0 : (unsigned int)number;
	if (number != CSV_MISSING && number > UINT_MAX)
		return csv_bad(row, "column %s: %s is too large", row->columns[field], row->field[field]);
	return 0;
}

static int parse_quantity(const struct csv_record *row, size_t field, enum fit_quantity *value)
{
	for (size_t i = 0; i < FIT_QUANTITIES; i++)
		if (!strcmp(row->field[field], fit_quantity_names[i])) {
			*value = (enum fit_quantity)i;
			return 0;
		}
	return csv_bad(row, "column quantity: '%.40s' is not a quantity", row->field[field]);
}

static int parse_text(const struct csv_record *row, size_t field, char **value)
{
	*value = strdup(row->field[field]);
	if (*value)
		return 0;
	return out_of_memory();
}

static int parse_column(const struct csv_record *row, const struct column *c, size_t field, struct fit *fit)
{
	switch (c->kind) {
	case TEXT: return parse_text(row, field, at(fit, c));
	case NUMBER: return csv_u64(row, field, at(fit, c));
	case SMALL: return parse_small(row, field, at(fit, c));
	case LATER_SMALL: return field == NOWHERE ? 0 : parse_small(row, field, at(fit, c));
	case QUANTITY: return parse_quantity(row, field, at(fit, c));
	case REAL: return parse_real(row, field, at(fit, c));
	case CALL_REAL:
		if (!*row->field[field])
			return 0;
		fit->calls_fitted = 1;
		return parse_real(row, field, at(fit, c));
	}
	return 0;
}

static int check_fit(const struct csv_record *row, const struct fit *fit)
{
	const struct fit_estimate *estimates[] = { &fit->fixed, &fit->per_call, &fit->per_page };

	if (fit->align == CSV_MISSING || fit->pages_min == CSV_MISSING || fit->pages_max == CSV_MISSING || !fit->points)
		return csv_bad(row, "align_bytes, points, pages_min or pages_max is missing");
	for (size_t i = 0; i < sizeof(estimates) / sizeof(estimates[0]); i++)
		if (estimates[i]->low > estimates[i]->value || estimates[i]->value > estimates[i]->high)
			return csv_bad(row, "an estimate lies outside of its interval");
	return 0;
}

static int parse_fit(const struct reader *r, const struct csv_record *row, struct fit *fit)
{
	uint64_t schema;
	int rc = csv_u64(row, r->schema, &schema);

	if (!rc && schema != FITS_SCHEMA_VERSION)
		rc = csv_bad(row, "schema_version is '%s', this daxpin reads %d", row->field[r->schema],
			     FITS_SCHEMA_VERSION);
	for (size_t i = 0; !rc && i < COLUMNS; i++)
		rc = parse_column(row, &columns[i], r->field[i], fit);
	/* Files from before there was a choice. */
	if (!fit->processes && fit->threads)
		fit->processes = 1;
	return rc ? rc : check_fit(row, fit);
}

static int on_record(const struct csv_record *row, bool is_header, void *arg)
{
	struct reader *r = arg;
	struct fits *fits = r->fits;
	struct fit fit = { 0 }, *more;
	int rc;

	if (is_header)
		return take_header(r, row);
	rc = parse_fit(r, row, &fit);
	more = rc ? NULL : reallocarray(fits->fits, fits->count + 1, sizeof(*more));
	if (!rc && !more)
		rc = out_of_memory();
	if (rc) {
		fit_free(&fit);
		return rc;
	}
	fits->fits = more;
	more[fits->count++] = fit;
	return 0;
}

int fits_read(const char *path, struct fits *fits)
{
	struct reader r = { .fits = fits };
	int rc;

	*fits = (struct fits){ 0 };
	rc = csv_read(path, on_record, &r);
	if (rc)
		fits_free(fits);
	return rc;
}

int fits_read_text(const char *name, const char *text, struct fits *fits)
{
	struct reader r = { .fits = fits };
	int rc;

	*fits = (struct fits){ 0 };
	rc = csv_read_text(name, text, on_record, &r);
	if (rc)
		fits_free(fits);
	return rc;
}

static void write_column(const struct fit *fit, const struct column *c, FILE *f)
{
	const void *value = at(fit, c);

	if (c->kind == TEXT) {
		csv_put(f, *(char *const *)value, false);
		return;
	}
	putc(',', f);
	if (c->kind == QUANTITY)
		fputs(fit_quantity_names[fit->quantity], f);
	else if ((c->kind == SMALL || c->kind == LATER_SMALL) && *(const unsigned int *)value)
		fprintf(f, "%u", *(const unsigned int *)value);
	else if (c->kind == NUMBER && *(const uint64_t *)value != CSV_MISSING)
		fprintf(f, "%" PRIu64, *(const uint64_t *)value);
	else if (c->kind == REAL || (c->kind == CALL_REAL && fit->calls_fitted))
		fprintf(f, "%.10g", *(const double *)value);
}

void fits_write(const struct fits *fits, FILE *f)
{
	csv_put(f, "schema_version", true);
	for (size_t i = 0; i < COLUMNS; i++)
		csv_put(f, columns[i].name, false);
	putc('\n', f);
	for (size_t k = 0; k < fits->count; k++) {
		fprintf(f, "%d", FITS_SCHEMA_VERSION);
		for (size_t i = 0; i < COLUMNS; i++)
			write_column(&fits->fits[k], &columns[i], f);
		putc('\n', f);
	}
}

struct fit_estimate fit_predict(const struct fit *fit, double calls, double pages)
{
	return (struct fit_estimate){
		.value = fit->fixed.value + fit->per_call.value * calls + fit->per_page.value * pages,
		.low = fit->fixed.low + fit->per_call.low * calls + fit->per_page.low * pages,
		.high = fit->fixed.high + fit->per_call.high * calls + fit->per_page.high * pages,
	};
}
