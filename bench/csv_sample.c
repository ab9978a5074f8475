// SPDX-License-Identifier: GPL-2.0-or-later
#include "csv_sample.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

struct member {
	const char *name;
	size_t offset;
};

static const struct member texts[] = {
#define X(name) { #name, offsetof(struct csv_sample, name) },
	CSV_SAMPLE_TEXTS(X)
#undef X
};

static const struct member numbers[] = {
#define X(name) { #name, offsetof(struct csv_sample, name) },
	CSV_SAMPLE_NUMBERS(X)
#undef X
};

static const struct member later[] = {
#define X(name) { #name, offsetof(struct csv_sample, name) },
	CSV_SAMPLE_LATER_NUMBERS(X)
#undef X
};

#define TEXTS (sizeof(texts) / sizeof(texts[0]))
#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))
#define LATER (sizeof(later) / sizeof(later[0]))

struct sample_reader {
	csv_sample_fn fn;
	void *arg;
	size_t text_column[TEXTS];
	size_t number_column[NUMBERS];
	int later_column[LATER]; /* -1: the file has not got it */
};

static int find_columns(const struct csv_record *header, const struct member *m, size_t n, size_t *column)
{
	size_t i;
	int c;

	for (i = 0; i < n; i++) {
		c = csv_column(header, m[i].name);
		if (c < 0)
			return csv_bad(header, "no column '%s'; is this a file of 'daxpin run'?", m[i].name);
		column[i] = (size_t)c;
	}
	return 0;
}

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(text, *words))
			return true;
	return false;
}

static int check_row(const struct csv_sample *s, const struct csv_record *row)
{
	static const char *const kinds[] = { "sample", "repetition", "cell", NULL };
	static const char *const states[] = { "ok", "short", "error", "skip", "interrupted", NULL };

	if (s->schema_version != CSV_SCHEMA_VERSION)
		return csv_bad(row, "schema_version is '%s', this daxpin reads %d",
			       row->field[csv_column(row, "schema_version")], CSV_SCHEMA_VERSION);
	if (!is_one_of(s->row, kinds))
		return csv_bad(row, "column row: '%.40s' is not a kind of row", s->row);
	if (!is_one_of(s->status, states))
		return csv_bad(row, "column status: '%.40s' is not a status", s->status);
	if (!*s->run_id)
		return csv_bad(row, "column run_id is empty");
	if (!strcmp(s->row, "cell"))
		return strcmp(s->status, "ok") ? 0 : csv_bad(row, "a row of kind cell cannot be ok");
	if (!*s->op)
		return csv_bad(row, "column op is empty");
	if (!strcmp(s->status, "ok") &&
	    (s->value_ns == CSV_MISSING || s->pages_got == CSV_MISSING || !s->pages_got))
		return csv_bad(row, "status is ok, but value_ns or pages_got is missing or no page was got");
	return 0;
}

static int on_csv_row(const struct csv_record *row, bool is_header, void *arg)
{
	struct sample_reader *r = arg;
	struct csv_sample s;
	size_t i;
	int rc;

	if (is_header) {
		rc = find_columns(row, numbers, NUMBERS, r->number_column);
		if (!rc)
			rc = find_columns(row, texts, TEXTS, r->text_column);
		for (i = 0; i < LATER; i++)
			r->later_column[i] = csv_column(row, later[i].name);
		return rc ? rc : r->fn(NULL, row, r->arg);
	}
	for (i = 0; i < TEXTS; i++)
		*(const char **)((char *)&s + texts[i].offset) = row->field[r->text_column[i]];
	for (i = 0; i < NUMBERS; i++) {
		rc = csv_u64(row, r->number_column[i], (uint64_t *)((char *)&s + numbers[i].offset));
		if (rc)
			return rc;
	}
	for (i = 0; i < LATER; i++) {
		uint64_t *value = (uint64_t *)((char *)&s + later[i].offset);

		*value = CSV_MISSING;
		rc = r->later_column[i] < 0 ? 0 : csv_u64(row, (size_t)r->later_column[i], value);
		if (rc)
			return rc;
	}
	rc = check_row(&s, row);
	return rc ? rc : r->fn(&s, row, r->arg);
}

int csv_samples_read(const char *path, csv_sample_fn fn, void *arg)
{
	struct sample_reader r = { .fn = fn, .arg = arg };

	return csv_read(path, on_csv_row, &r);
}
