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

static const struct member later_texts[] = {
#define X(name) { #name, offsetof(struct csv_sample, name) },
	CSV_SAMPLE_LATER_TEXTS(X)
#undef X
};

static const struct member later_numbers[] = {
#define X(name) { #name, offsetof(struct csv_sample, name) },
	CSV_SAMPLE_LATER_NUMBERS(X)
#undef X
};

#define TEXTS (sizeof(texts) / sizeof(texts[0]))
#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))
#define LATER_TEXTS (sizeof(later_texts) / sizeof(later_texts[0]))
#define LATER_NUMBERS (sizeof(later_numbers) / sizeof(later_numbers[0]))

struct sample_reader {
	csv_sample_fn fn;
	void *arg;
	size_t text_column[TEXTS];
	size_t number_column[NUMBERS];
	int later_text_column[LATER_TEXTS]; /* -1: the file has not got it */
	int later_number_column[LATER_NUMBERS];
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

static void find_later_columns(const struct csv_record *header, const struct member *m, size_t n, int *column)
{
	size_t i;

	for (i = 0; i < n; i++)
		column[i] = csv_column(header, m[i].name);
}

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(text, *words))
			return true;
	return false;
}

/* What a row that is ok has to have depends on what it counts. */
static int check_measured(const struct csv_sample *s, const struct csv_record *row)
{
	bool insn = !strcmp(s->clock, "insn");

	if ((insn ? s->instructions : s->value_ns) == CSV_MISSING || s->pages_got == CSV_MISSING || !s->pages_got)
		return csv_bad(row, "status is ok, but %s or pages_got is missing or no page was got",
			       insn ? "instructions" : "value_ns");
	if (!strcmp(s->clock, "model") && (!*s->model || !*s->caches))
		return csv_bad(row, "clock is model, but model or caches is empty");
	return 0;
}

static int check_row(const struct csv_sample *s, const struct csv_record *row)
{
	static const char *const kinds[] = { "sample", "repetition", "cell", NULL };
	static const char *const clocks[] = { "wall", "insn", "model", NULL };
	static const char *const states[] = { "ok", "short", "error", "skip", "interrupted", NULL };

	if (s->schema_version != CSV_SCHEMA_VERSION)
		return csv_bad(row, "schema_version is '%s', this daxpin reads %d",
			       row->field[csv_column(row, "schema_version")], CSV_SCHEMA_VERSION);
	if (!is_one_of(s->row, kinds))
		return csv_bad(row, "column row: '%.40s' is not a kind of row", s->row);
	if (!is_one_of(s->status, states))
		return csv_bad(row, "column status: '%.40s' is not a status", s->status);
	if (!is_one_of(s->clock, clocks))
		return csv_bad(row, "column clock: '%.40s' is not a clock", s->clock);
	if (!*s->run_id)
		return csv_bad(row, "column run_id is empty");
	if (!strcmp(s->row, "cell"))
		return strcmp(s->status, "ok") ? 0 : csv_bad(row, "a row of kind cell cannot be ok");
	if (!*s->op)
		return csv_bad(row, "column op is empty");
	return strcmp(s->status, "ok") ? 0 : check_measured(s, row);
}

static uint64_t *number_at(struct csv_sample *s, const struct member *m)
{
	return (uint64_t *)((char *)s + m->offset);
}

static const char **text_at(struct csv_sample *s, const struct member *m)
{
	return (const char **)((char *)s + m->offset);
}

static int take_row(const struct sample_reader *r, const struct csv_record *row, struct csv_sample *s)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < TEXTS; i++)
		*text_at(s, &texts[i]) = row->field[r->text_column[i]];
	for (i = 0; i < LATER_TEXTS; i++)
		*text_at(s, &later_texts[i]) = r->later_text_column[i] < 0 ? "" : row->field[r->later_text_column[i]];
	for (i = 0; !rc && i < NUMBERS; i++)
		rc = csv_u64(row, r->number_column[i], number_at(s, &numbers[i]));
	for (i = 0; !rc && i < LATER_NUMBERS; i++) {
		*number_at(s, &later_numbers[i]) = CSV_MISSING;
		if (r->later_number_column[i] >= 0)
			rc = csv_u64(row, (size_t)r->later_number_column[i], number_at(s, &later_numbers[i]));
	}
	return rc;
}

static int take_header(struct sample_reader *r, const struct csv_record *header)
{
	int rc = find_columns(header, numbers, NUMBERS, r->number_column);

	if (!rc)
		rc = find_columns(header, texts, TEXTS, r->text_column);
	find_later_columns(header, later_texts, LATER_TEXTS, r->later_text_column);
	find_later_columns(header, later_numbers, LATER_NUMBERS, r->later_number_column);
	return rc;
}

static int on_csv_row(const struct csv_record *row, bool is_header, void *arg)
{
	struct sample_reader *r = arg;
	struct csv_sample s;
	int rc;

	if (is_header) {
		rc = take_header(r, row);
		return rc ? rc : r->fn(NULL, row, r->arg);
	}
	rc = take_row(r, row, &s);
	if (!rc)
		rc = check_row(&s, row);
	return rc ? rc : r->fn(&s, row, r->arg);
}

int csv_samples_read_torn(const char *path, enum csv_torn torn, csv_sample_fn fn, void *arg)
{
	struct sample_reader r = { .fn = fn, .arg = arg };

	return csv_read_torn(path, torn, on_csv_row, &r);
}

int csv_samples_read(const char *path, csv_sample_fn fn, void *arg)
{
	return csv_samples_read_torn(path, CSV_TORN_WARN, fn, arg);
}
