// SPDX-License-Identifier: GPL-2.0-or-later
#include "published.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "csv_read.h"
#include "log.h"
#include "size.h"

struct member {
	const char *name;
	size_t offset;
};

static const struct member texts[] = {
#define X(name) { #name, offsetof(struct published_row, name) },
	PUBLISHED_TEXTS(X)
#undef X
};

static const struct member numbers[] = {
#define X(name) { #name, offsetof(struct published_row, name) },
	PUBLISHED_NUMBERS(X)
#undef X
};

#define TEXTS (sizeof(texts) / sizeof(texts[0]))
#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

static const struct unit {
	const char *name;
	enum published_kind kind;
	double per_unit;
} units[] = {
	{ "us", PUBLISHED_TIME, 1e-3 },
	{ "ms", PUBLISHED_TIME, 1 },
	{ "s", PUBLISHED_TIME, 1e3 },
	{ "MiB/TiB", PUBLISHED_MEMORY, 1.0 / (1 << 20) },
	{ "GiB/TiB", PUBLISHED_MEMORY, 1.0 / (1 << 10) },
};

struct reader {
	struct published *published;
	size_t text_column[TEXTS];
	size_t number_column[NUMBERS];
	size_t align_column, use_column;
};

static void free_row(struct published_row *row)
{
	size_t i;

	for (i = 0; i < TEXTS; i++)
		free(*(char **)((char *)row + texts[i].offset));
}

void published_free(struct published *published)
{
	size_t i;

	for (i = 0; i < published->n; i++)
		free_row(&published->rows[i]);
	free(published->rows);
	*published = (struct published){ 0 };
}

static int find_column(const struct csv_record *header, const char *name, size_t *column)
{
	int c = csv_column(header, name);

	if (c < 0)
		return csv_bad(header, "no column '%s'; is this a file of published figures?", name);
	*column = (size_t)c;
	return 0;
}

static int find_columns(struct reader *r, const struct csv_record *header)
{
	int rc = find_column(header, "align", &r->align_column);
	size_t i;

	if (!rc)
		rc = find_column(header, "use", &r->use_column);
	for (i = 0; !rc && i < TEXTS; i++)
		rc = find_column(header, texts[i].name, &r->text_column[i]);
	for (i = 0; !rc && i < NUMBERS; i++)
		rc = find_column(header, numbers[i].name, &r->number_column[i]);
	return rc;
}

/* A positive number; NAN when empty. */
static int parse_figure(const struct csv_record *record, const char *text, double *value)
{
	char *end;

	*value = NAN;
	if (!*text)
		return 0;
	*value = strtod(text, &end);
	if (*end || !isfinite(*value) || *value <= 0)
		return csv_bad(record, "'%.40s' is not a figure above 0", text);
	return 0;
}

static int parse_value(const struct csv_record *record, const char *low, const char *high,
		       struct published_value *value)
{
	int rc = parse_figure(record, low, &value->low);

	if (!rc)
		rc = parse_figure(record, high, &value->high);
	if (rc)
		return rc;
	if (!*high)
		value->high = value->low;
	else if (!*low)
		value->low = 0;
	if (value->low > value->high)
		return csv_bad(record, "the range %s to %s has its ends in the wrong order", low, high);
	return 0;
}

static int parse_use(const struct csv_record *record, const char *text, enum published_use *use)
{
	static const char *const names[] = { "context", "predict", "fit" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(text, names[i])) {
			*use = (enum published_use)i;
			return 0;
		}
	return csv_bad(record, "column use: '%.40s' must be context, predict or fit", text);
}

static void find_unit(struct published_row *row)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(row->unit, units[i].name)) {
			row->kind = units[i].kind;
			row->per_unit = units[i].per_unit;
			return;
		}
}

/* What a row needs so that something of ours can be beside it. */
static int check_compared(const struct csv_record *record, const struct published_row *row)
{
	if (row->kind == PUBLISHED_OTHER)
		return csv_bad(record, "%s: nothing of ours has the unit '%s': use has to be context", row->id, row->unit);
	if ((row->kind == PUBLISHED_MEMORY) != !strcmp(row->op, "dram"))
		return csv_bad(record, "%s: the unit %s does not go with op %s", row->id, row->unit, row->op);
	if (row->kind == PUBLISHED_TIME && (row->size_mib == CSV_MISSING || !*row->model))
		return csv_bad(record, "%s: a time that is compared needs size_mib and model", row->id);
	if (!*row->before_kernel && !*row->after_kernel)
		return csv_bad(record, "%s: neither before_kernel nor after_kernel is there to compare", row->id);
	if ((*row->before_kernel && isnan(row->before_value.high)) ||
	    (*row->after_kernel && isnan(row->after_value.high)))
		return csv_bad(record, "%s: a kernel is named where no figure is", row->id);
	if (row->use == PUBLISHED_FIT && (!*row->before_kernel || row->before_value.low != row->before_value.high))
		return csv_bad(record, "%s: fit needs before_kernel and one figure before", row->id);
	return 0;
}

static int check_row(const struct reader *r, const struct csv_record *record, const struct published_row *row)
{
	size_t i;

	if (!*row->id || !*row->title || !*row->source)
		return csv_bad(record, "id, title or source is empty");
	for (i = 0; i < r->published->n; i++)
		if (!strcmp(r->published->rows[i].id, row->id))
			return csv_bad(record, "id %s is there twice", row->id);
	if (row->use != PUBLISHED_CONTEXT)
		return check_compared(record, row);
	if (*row->miss_reason)
		return csv_bad(record, "%s: a row of use context cannot miss, but has a miss_reason", row->id);
	return 0;
}

static int parse_row(const struct reader *r, const struct csv_record *record, struct published_row *row)
{
	const char *align = record->field[r->align_column];
	size_t i;
	int rc = 0;

	for (i = 0; i < TEXTS; i++) {
		char **text = (char **)((char *)row + texts[i].offset);

		*text = strdup(record->field[r->text_column[i]]);
		if (!*text)
			return out_of_memory();
	}
	for (i = 0; !rc && i < NUMBERS; i++)
		rc = csv_u64(record, r->number_column[i], (uint64_t *)((char *)row + numbers[i].offset));
	row->align_bytes = CSV_MISSING;
	if (!rc && *align && size_parse(align, &row->align_bytes))
		rc = csv_bad(record, "column align: '%.40s' is not a size", align);
	if (!rc)
		rc = parse_use(record, record->field[r->use_column], &row->use);
	if (!rc)
		rc = parse_value(record, row->before, row->before_high, &row->before_value);
	if (!rc)
		rc = parse_value(record, row->after, row->after_high, &row->after_value);
	find_unit(row);
	return rc ? rc : check_row(r, record, row);
}

static int on_record(const struct csv_record *record, bool is_header, void *arg)
{
	struct reader *r = arg;
	struct published *p = r->published;
	struct published_row row = { 0 }, *rows;
	int rc;

	if (is_header)
		return find_columns(r, record);
	rc = parse_row(r, record, &row);
	if (rc) {
		free_row(&row);
		return rc;
	}
	rows = reallocarray(p->rows, p->n + 1, sizeof(*rows));
	if (!rows) {
		free_row(&row);
		return out_of_memory();
	}
	p->rows = rows;
	rows[p->n++] = row;
	return 0;
}

int published_read(const char *path, struct published *published)
{
	struct reader r = { .published = published };
	int rc;

	*published = (struct published){ 0 };
	rc = csv_read(path, on_record, &r);
	if (rc)
		published_free(published);
	return rc;
}
