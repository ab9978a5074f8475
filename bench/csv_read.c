// SPDX-License-Identifier: GPL-2.0-or-later
#include "csv_read.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <csv.h>
#ifndef CSV_STRICT
#error "this is not libcsv's csv.h: another file of that name comes first in the include path"
#endif

#include "cleanup.h"
#include "log.h"
#include "utf8.h"

static const char too_long[] = "a row of more than 1 MiB: no daxpin writes such; is a quote open?";

#define STRING_OF(x) #x
#define STRING(x) STRING_OF(x)

static const char not_text[] = "NUL byte; this is not a text file, or it was damaged";

static const char open_quote[] = "a quote opens in this row and never closes";

/* Texts of a row, one behind the other in one piece of memory. */
struct texts {
	char *text;
	size_t used, text_room;
	size_t *at; /* where each begins: the piece may move until the row is whole */
	char **v;
	size_t n, room;
};

/* Lines of a file, each as long as a row can be. */
struct lines {
	FILE *f;
	char *text;
	size_t from, to;
	bool ended;
};

#define LINES_ROOM (CSV_ROW_MAX + 64 * 1024)

struct reader {
	const char *path;
	enum csv_torn torn;
	csv_record_fn fn;
	void *arg;
	struct texts header, row;
	bool have_header;
	uint64_t line;		/* of the file, now */
	uint64_t row_line;	/* where the open row started */
	size_t row_bytes;	/* of the open row, so far */
	bool row_open;
	int rc;
};

static void texts_clear(struct texts *t)
{
	t->n = t->used = 0;
}

static void texts_free(struct texts *t)
{
	free(t->text);
	free(t->at);
	free(t->v);
}

static int texts_room(struct texts *t, size_t bytes)
{
	if (t->n == t->room) {
		size_t room = t->room ? 2 * t->room : 64;
		size_t *at = reallocarray(t->at, room, sizeof(*at));
		char **v = at ? reallocarray(t->v, room, sizeof(*v)) : NULL;

		t->at = at ? at : t->at;
		if (!v)
			return -ENOMEM;
		t->v = v;
		t->room = room;
	}
	if (t->text_room - t->used < bytes) {
		size_t room = 2 * (t->text_room + bytes);
		char *text = realloc(t->text, room);

		if (!text)
			return -ENOMEM;
		t->text = text;
		t->text_room = room;
	}
	return 0;
}

static int texts_add(struct texts *t, const char *text, size_t len)
{
	if (texts_room(t, len + 1))
		return -ENOMEM;
	t->at[t->n++] = t->used;
	if (len)
		memcpy(t->text + t->used, text, len);
	t->used += len;
	t->text[t->used++] = 0;
	return 0;
}

/* All of them are there: now they can be pointed at. */
static void texts_finish(struct texts *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		t->v[i] = t->text + t->at[i];
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
	if (r->rc)
		return;
	if (r->row.n == CSV_COLUMNS_MAX) {
		r->rc = reader_bad(r, r->line, "more than " STRING(CSV_COLUMNS_MAX) " fields in a row");
		return;
	}
	r->rc = texts_add(&r->row, text, len);
	if (r->rc)
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
	r->row_bytes = 0;
	texts_finish(&r->row);
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
		return reader_bad(r, r->line, not_text);
	r->row_open = true;
	r->row_bytes += len;
	if (r->row_bytes > CSV_ROW_MAX)
		return reader_bad(r, r->row_line, too_long);
	if (csv_parse(parser, line, len, on_field, on_row, r) != len && !r->rc) {
		if (csv_error(parser) == CSV_EPARSE)
			return reader_bad(r, r->line, "misplaced quote");
		err("%s: %s", r->path, csv_strerror(csv_error(parser)));
		return -ENOMEM;
	}
	return r->rc;
}

/* The writer ends every row with a line end, so what has none was cut off. */
static int torn_row(const struct reader *r, const char *line, size_t len)
{
	if (memchr(line, 0, len))
		return reader_bad(r, r->line, not_text);
	if (!r->have_header && memchr(line, '\r', len))
		return reader_bad(r, r->line, "lines end in a carriage return alone; they have to end in a newline");
	if (!r->have_header)
		return reader_bad(r, r->line, "the header row is cut off");
	if (r->row_open)
		return reader_bad(r, r->row_line, open_quote);
	if (r->torn == CSV_TORN_REFUSE)
		return reader_bad(r, r->line, "the last row is cut off; wait until it is whole");
	if (r->torn == CSV_TORN_WARN)
		err("warning: %s:%" PRIu64 ": the last row is cut off; it is left out", r->path, r->line);
	return 0;
}

/* The next line and its length, with its end but for the last one of a file that was cut off; 0: there is none, or it
 * is longer than LINES_ROOM allows. */
static size_t next_line(struct lines *l, char **line)
{
	size_t searched = 0, length;
	char *end;

	for (;;) {
		*line = l->text + l->from;
		end = memchr(*line + searched, '\n', l->to - l->from - searched);
		length = end ? (size_t)(end + 1 - *line) : l->to - l->from;
		if (end || l->ended)
			break;
		searched = length;
		memmove(l->text, *line, length);
		l->from = 0;
		l->to = length + fread(l->text + length, 1, LINES_ROOM - length, l->f);
		l->ended = l->to < LINES_ROOM;
		if (l->to == length && !l->ended)
			return 0;
	}
	l->from += length;
	return length;
}

/* Why there are no more lines. */
static int check_end(const struct reader *r, const struct lines *l)
{
	int rc;

	if (!l->ended)
		return reader_bad(r, r->line + 1, memchr(l->text, 0, l->to) ? not_text : too_long);
	if (ferror(l->f)) {
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

static int read_lines(struct reader *r, struct csv_parser *parser, struct lines *l)
{
	size_t len, bom;
	char *line;
	int rc = 0;

	errno = 0;
	while (!rc && (len = next_line(l, &line))) {
		bom = !r->line && len >= 3 && !memcmp(line, "\xef\xbb\xbf", 3) ? 3 : 0;
		/* The part that could still be read says nothing. */
		if (line[len - 1] != '\n' && ferror(l->f))
			break;
		r->line++;
		if (line[len - 1] != '\n')
			return torn_row(r, line, len);
		rc = feed_line(r, parser, line + bom, len - bom);
		errno = 0;
	}
	return rc ? rc : check_end(r, l);
}

static int read_stream(const char *path, FILE *f, enum csv_torn torn, csv_record_fn fn, void *arg)
{
	struct reader r = { .path = path, .torn = torn, .fn = fn, .arg = arg };
	_cleanup_free_ char *room = malloc(LINES_ROOM);
	struct lines lines = { .f = f, .text = room };
	struct csv_parser parser;
	int rc;

	if (!room) {
		err("%s: out of memory", path);
		return -ENOMEM;
	}
	if (csv_init(&parser, CSV_STRICT)) {
		err("%s: cannot set up the CSV parser", path);
		return -ENOMEM;
	}
	csv_set_space_func(&parser, never_space);
	rc = read_lines(&r, &parser, &lines);
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

int csv_read_torn(const char *path, enum csv_torn torn, csv_record_fn fn, void *arg)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");

	return f ? read_stream(path, f, torn, fn, arg) : open_failed(path);
}

int csv_read(const char *path, csv_record_fn fn, void *arg)
{
	return csv_read_torn(path, CSV_TORN_WARN, fn, arg);
}

int csv_read_text(const char *name, const char *text, csv_record_fn fn, void *arg)
{
	_cleanup_fclose_ FILE *f = fmemopen((char *)text, strlen(text), "r");

	return f ? read_stream(name, f, CSV_TORN_WARN, fn, arg) : open_failed(name);
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
	const char *text = row->field[column], *c;
	uint64_t number = 0;

	*value = CSV_MISSING;
	if (!*text)
		return 0;
	for (c = text; isdigit((unsigned char)*c); c++)
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*c - '0'), &number))
			break;
	if (text[strspn(text, "0123456789")])
		return csv_bad(row, "column %s: '%.40s' is not an unsigned integer",
			       row->columns[column], text);
	if (*c || number == CSV_MISSING)
		return csv_bad(row, "column %s: '%.40s' is too large", row->columns[column], text);
	*value = number;
	return 0;
}

static void put_character(FILE *f, const char *text, size_t length, bool one_line)
{
	if (*text == '"')
		fputc('"', f);
	if (!length)
		fputs(UTF8_REPLACEMENT, f);
	else if (one_line && (*text == '\r' || *text == '\n'))
		fputc(' ', f);
	else
		fwrite(text, 1, length, f);
}

static void put_field(FILE *f, const char *text, bool one_line)
{
	size_t length;

	if (!text[strcspn(text, ",\"\r\n")] && utf8_is_valid(text)) {
		fputs(text, f);
		return;
	}
	fputc('"', f);
	for (; *text; text += length ? length : 1) {
		length = utf8_length((const unsigned char *)text);
		put_character(f, text, length, one_line);
	}
	fputc('"', f);
}

void csv_put(FILE *f, const char *text, bool first)
{
	if (!first)
		fputc(',', f);
	put_field(f, text, false);
}

void csv_put_line(FILE *f, const char *text)
{
	fputc(',', f);
	put_field(f, text, true);
}

void csv_put_double(FILE *f, double value)
{
	if (isnan(value))
		fputc(',', f);
	else
		fprintf(f, ",%.9g", value);
}
