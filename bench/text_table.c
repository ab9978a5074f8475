// SPDX-License-Identifier: GPL-2.0-or-later
#include "text_table.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <libsmartcols.h>

void text_table_column(struct text_table *t, const char *title, bool right)
{
	if (t->columns == TEXT_TABLE_COLUMNS_MAX || t->rows)
		abort();
	t->column[t->columns].title = title;
	t->column[t->columns].right = right;
	t->columns++;
}

int text_table_row(struct text_table *t, bool gap)
{
	char **cells = reallocarray(t->cells, t->rows + 1, t->columns * sizeof(*cells));
	bool *gaps;

	if (!cells)
		return -ENOMEM;
	t->cells = cells;
	gaps = reallocarray(t->gap, t->rows + 1, sizeof(*gaps));
	if (!gaps)
		return -ENOMEM;
	t->gap = gaps;
	memset(cells + t->rows * t->columns, 0, t->columns * sizeof(*cells));
	gaps[t->rows++] = gap;
	return 0;
}

int text_table_set(struct text_table *t, size_t *column, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0)
		return -ENOMEM;
	if (!len) {
		free(text);
		text = NULL;
	}
	t->cells[(t->rows - 1) * t->columns + (*column)++] = text;
	return 0;
}

int text_table_set_double(struct text_table *t, size_t *c, int decimals, double v)
{
	return isnan(v) ? text_table_set(t, c, "%s", "") : text_table_set(t, c, "%.*f", decimals, v);
}

static const char *cell(const struct text_table *t, size_t row, size_t column)
{
	return t->cells[row * t->columns + column];
}

static bool is_used(const struct text_table *t, size_t column)
{
	size_t row;

	for (row = 0; row < t->rows; row++)
		if (cell(t, row, column))
			return true;
	return false;
}

static int new_column(struct libscols_table *tb, const char *title, bool right)
{
	char name[64];
	size_t i;

	for (i = 0; title[i] && i < sizeof(name) - 1; i++)
		name[i] = (char)toupper((unsigned char)title[i]);
	name[i] = 0;
	return scols_table_new_column(tb, name, 0, right ? SCOLS_FL_RIGHT : 0) ? 0 : -ENOMEM;
}

static int fill(const struct text_table *t, struct libscols_table *tb)
{
	struct libscols_line *line;
	size_t row, c, at;
	int rc = 0;

	for (c = 0; c < t->columns; c++)
		if (is_used(t, c) && new_column(tb, t->column[c].title, t->column[c].right))
			return -ENOMEM;
	for (row = 0; !rc && row < t->rows; row++) {
		line = scols_table_new_line(tb, NULL);
		if (!line)
			return -ENOMEM;
		for (c = at = 0; !rc && c < t->columns; c++)
			if (is_used(t, c))
				rc = scols_line_set_data(line, at++, cell(t, row, c) ? cell(t, row, c) : "-");
	}
	return rc;
}

/* One block of rows; versions of the library differ in how they end a range. */
static int print_block(struct libscols_table *tb, size_t from, size_t end, FILE *f)
{
	struct libscols_line *first = scols_table_get_line(tb, from), *last = scols_table_get_line(tb, end - 1);
	char *text = NULL;
	size_t len;
	int rc = scols_table_print_range_to_string(tb, first, last, &text);

	if (rc)
		return rc;
	for (len = strlen(text); len && text[len - 1] == '\n';)
		len--;
	fprintf(f, "%.*s\n", (int)len, text);
	free(text);
	return 0;
}

/* Prints up to each gap in turn; the columns stay aligned. */
static int print_blocks(const struct text_table *t, struct libscols_table *tb, FILE *f)
{
	size_t row, end;
	int rc = 0;

	for (row = 0; !rc && row < t->rows; row = end) {
		for (end = row + 1; end < t->rows && !t->gap[end];)
			end++;
		if (row)
			fputc('\n', f);
		rc = print_block(tb, row, end, f);
	}
	return rc;
}

int text_table_print(const struct text_table *t, FILE *f)
{
	struct libscols_table *tb;
	int rc;

	if (!t->rows)
		return 0;
	tb = scols_new_table();
	if (!tb)
		return -ENOMEM;
	/* Whole lines wherever the output goes: nothing is cut to fit a terminal. */
	scols_table_set_termforce(tb, SCOLS_TERMFORCE_NEVER);
	rc = fill(t, tb);
	if (!rc)
		rc = print_blocks(t, tb, f);
	scols_unref_table(tb);
	return rc;
}

static void put_markdown(const char *text, FILE *f)
{
	fputs("| ", f);
	for (; text && *text; text++) {
		if (strchr("|\\`*_<", *text))
			fputc('\\', f);
		fputc(*text == '\n' ? ' ' : *text, f);
	}
	fputc(' ', f);
}

int text_table_markdown(const struct text_table *t, FILE *f)
{
	size_t row, c;

	if (!t->rows)
		return 0;
	for (c = 0; c < t->columns; c++)
		if (is_used(t, c))
			put_markdown(t->column[c].title, f);
	fputs("|\n", f);
	for (c = 0; c < t->columns; c++)
		if (is_used(t, c))
			fputs(t->column[c].right ? "|--:" : "|---", f);
	fputs("|\n", f);
	for (row = 0; row < t->rows; row++) {
		for (c = 0; c < t->columns; c++)
			if (is_used(t, c))
				put_markdown(cell(t, row, c), f);
		fputs("|\n", f);
	}
	return 0;
}

void text_table_free(struct text_table *t)
{
	size_t i;

	for (i = 0; i < t->rows * t->columns; i++)
		free(t->cells[i]);
	free(t->cells);
	free(t->gap);
	*t = (struct text_table){ 0 };
}
