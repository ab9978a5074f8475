// SPDX-License-Identifier: GPL-2.0-or-later
#include "csv_read.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <csv.h>
#ifndef CSV_STRICT
#error "this is not libcsv's csv.h: another file of that name comes first in the include path"
#endif

#include "cleanup.h"
#include "log.h"

static const char open_quote[] = "a quote opens in this row and never closes";

struct texts {
	char **v;
	size_t n, room;
};

struct reader {
	const char *path;
	csv_record_fn fn;
	void *arg;
	struct texts header, row;
	bool have_header;
	uint64_t line;		/* of the file, now */
	uint64_t row_line;	/* where the open row started */
	bool row_open;
	int rc;
};

static void texts_clear(struct texts *t)
{
	while (t->n)
		free(t->v[--t->n]);
}

static void texts_free(struct texts *t)
{
	texts_clear(t);
	free(t->v);
}

static int texts_add(struct texts *t, const char *text, size_t len)
{
	if (t->n == t->room) {
		size_t room = t->room ? 2 * t->room : 64;
		char **v = reallocarray(t->v, room, sizeof(*v));

		if (!v)
			return -ENOMEM;
		t->v = v;
		t->room = room;
	}
	t->v[t->n] = strndup(len ? text : "", len);
	if (!t->v[t->n])
		return -ENOMEM;
	t->n++;
	return 0;
}

int csv_bad(const struct csv_record *row, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err("%s:%" PRIu64 ": %s", row->path, row->line, text);
	return -EBADMSG;
}

static int reader_bad(const struct reader *r, uint64_t line, const char *what)
{
	const struct csv_record here = { .path = r->path, .line = line };

	return csv_bad(&here, "%s", what);
}

static void on_field(void *text, size_t len, void *arg)
{
	struct reader *r = arg;

	r->row_open = true;
	if (!r->rc)
		r->rc = texts_add(&r->row, text, len);
	if (r->rc == -ENOMEM)
		err("%s: out of memory", r->path);
}

static int take_header(struct reader *r)
{
	size_t i, k;

	r->header = r->row;
	r->row = (struct texts){ 0 };
	r->have_header = true;
	for (i = 0; i < r->header.n; i++)
		for (k = 0; k < i; k++)
			if (!strcmp(r->header.v[i], r->header.v[k])) {
				const struct csv_record here = { .path = r->path, .line = r->row_line };

				return csv_bad(&here, "column '%s' is there twice", r->header.v[i]);
			}
	return 0;
}

static void on_row(int end, void *arg)
{
	struct reader *r = arg;
	struct csv_record row = { .path = r->path, .line = r->row_line };
	bool is_header = !r->have_header;

	(void)end;
	r->row_open = false;
	if (!r->rc && is_header)
		r->rc = take_header(r);
	if (r->rc)
		return;
	row.columns = r->header.v;
	row.field = is_header ? r->header.v : r->row.v;
	row.n = r->header.n;
	if (!is_header && r->row.n != r->header.n)
		r->rc = csv_bad(&row, "%zu fields, the header has %zu; was the file cut or edited?",
				r->row.n, r->header.n);
	else
		r->rc = r->fn(&row, is_header, r->arg);
	texts_clear(&r->row);
}

/* Nothing is trimmed: spaces are part of a field (RFC 4180). */
static int never_space(unsigned char c)
{
	(void)c;
	return 0;
}

static int feed_line(struct reader *r, struct csv_parser *parser, const char *line, size_t len)
{
	if (!r->row_open)
		r->row_line = r->line;
	if (!r->row_open && (line[0] == '\n' || line[0] == '\r'))
		return reader_bad(r, r->line, "empty line");
	if (memchr(line, 0, len))
		return reader_bad(r, r->line, "NUL byte; this is not a text file, or it was damaged");
	r->row_open = true;
	if (csv_parse(parser, line, len, on_field, on_row, r) != len && !r->rc) {
		if (csv_error(parser) == CSV_EPARSE)
			return reader_bad(r, r->line, "misplaced quote");
		err("%s: %s", r->path, csv_strerror(csv_error(parser)));
		return -ENOMEM;
	}
	return r->rc;
}

/* The writer ends every row with a line end, so what has none was cut off. */
static int torn_row(const struct reader *r)
{
	if (!r->have_header)
		return reader_bad(r, r->line, "the header row is cut off");
	if (r->row_open)
		return reader_bad(r, r->row_line, open_quote);
	err("warning: %s:%" PRIu64 ": the last row is cut off; it is left out", r->path, r->line);
	return 0;
}

static int read_lines(struct reader *r, struct csv_parser *parser, FILE *f)
{
	_cleanup_free_ char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int rc = 0;

	errno = 0;
	while (!rc && (len = getline(&line, &room, f)) > 0) {
		size_t bom = !r->line && len >= 3 && !memcmp(line, "\xef\xbb\xbf", 3) ? 3 : 0;

		r->line++;
		if (line[len - 1] != '\n')
			return torn_row(r);
		rc = feed_line(r, parser, line + bom, (size_t)len - bom);
		errno = 0;
	}
	if (rc)
		return rc;
	if (ferror(f) || errno) {
		rc = errno ? -errno : -EIO;
		err("%s: %s", r->path, strerror(-rc));
		return rc;
	}
	if (!r->line)
		return reader_bad(r, 1, "the file is empty");
	if (r->row_open)
		return reader_bad(r, r->row_line, open_quote);
	return 0;
}

static int read_stream(const char *path, FILE *f, csv_record_fn fn, void *arg)
{
	struct reader r = { .path = path, .fn = fn, .arg = arg };
	struct csv_parser parser;
	int rc;

	if (csv_init(&parser, CSV_STRICT)) {
		err("%s: cannot set up the CSV parser", path);
		return -ENOMEM;
	}
	csv_set_space_func(&parser, never_space);
	rc = read_lines(&r, &parser, f);
	csv_free(&parser);
	texts_free(&r.header);
	texts_free(&r.row);
	return rc;
}

static int open_failed(const char *path)
{
	int rc = -errno;

	err("%s: %s", path, strerror(-rc));
	return rc;
}

int csv_read(const char *path, csv_record_fn fn, void *arg)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");

	return f ? read_stream(path, f, fn, arg) : open_failed(path);
}

int csv_read_text(const char *name, const char *text, csv_record_fn fn, void *arg)
{
	_cleanup_fclose_ FILE *f = fmemopen((char *)text, strlen(text), "r");

	return f ? read_stream(name, f, fn, arg) : open_failed(name);
}

int csv_column(const struct csv_record *header, const char *name)
{
	size_t i;

	for (i = 0; i < header->n; i++)
		if (!strcmp(header->columns[i], name))
			return (int)i;
	return -1;
}

int csv_u64(const struct csv_record *row, size_t column, uint64_t *value)
{
	const char *text = row->field[column];
	unsigned long long number;
	char *end;

	*value = CSV_MISSING;
	if (!*text)
		return 0;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || number == CSV_MISSING)
		return csv_bad(row, "column %s: '%.40s' is not an unsigned integer",
			       row->columns[column], text);
	*value = number;
	return 0;
}

void csv_put(FILE *f, const char *text, bool first)
{
	if (!first)
		fputc(',', f);
	if (!text[strcspn(text, ",\"\r\n")]) {
		fputs(text, f);
		return;
	}
	fputc('"', f);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', f);
		fputc(*text, f);
	}
	fputc('"', f);
}
