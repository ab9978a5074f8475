// SPDX-License-Identifier: GPL-2.0-or-later
#include "text_table.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <libsmartcols.h>

#include "cleanup.h"

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

int text_table_set_change(struct text_table *t, size_t *column, double ratio)
{
	double percent = 100 * (ratio - 1);

	/* Without this it says -0.000. */
	if (fabs(percent) < 0.0005)
		return text_table_set(t, column, "0.000");
	return isnan(percent) ? text_table_set(t, column, "%s", "") :
				text_table_set(t, column, "%+.*f", fabs(percent) < 1 ? 3 : 1, percent);
}

static const char *cell(const struct text_table *t, size_t row, size_t column)
{
	return t->cells[row * t->columns + column];
}

/* Which columns have an entry. */
static void find_used(const struct text_table *t, bool used[TEXT_TABLE_COLUMNS_MAX])
{
	size_t row, c;

	for (c = 0; c < t->columns; c++) {
		used[c] = false;
		for (row = 0; !used[c] && row < t->rows; row++)
			used[c] = cell(t, row, c) != NULL;
	}
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
	bool used[TEXT_TABLE_COLUMNS_MAX];
	struct libscols_line *line;
	size_t row, c, at;
	int rc = 0;

	find_used(t, used);
	for (c = 0; c < t->columns; c++)
		if (used[c] && new_column(tb, t->column[c].title, t->column[c].right))
			return -ENOMEM;
	for (row = 0; !rc && row < t->rows; row++) {
		line = scols_table_new_line(tb, NULL);
		if (!line)
			return -ENOMEM;
		for (c = at = 0; !rc && c < t->columns; c++)
			if (used[c])
				rc = scols_line_set_data(line, at++, cell(t, row, c) ? cell(t, row, c) : "-");
	}
	return rc;
}

/* A line of text for the titles, then one for each row: what would break a line is encoded in it. To print each
 * block by itself would have the library measure all rows for each. */
static int print_blocks(const struct text_table *t, struct libscols_table *tb, FILE *f)
{
	_cleanup_free_ char *text = NULL;
	const char *at, *end;
	size_t line;
	int rc = scols_print_table_to_string(tb, &text);

	if (rc)
		return rc;
	for (line = 0, at = text; *at; line++, at = *end ? end + 1 : end) {
		end = strchrnul(at, '\n');
		if (line > 1 && line <= t->rows && t->gap[line - 1])
			fputc('\n', f);
		fprintf(f, "%.*s\n", (int)(end - at), at);
	}
	return 0;
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

void text_put_line(const char *text, bool markdown, FILE *f)
{
	for (; *text; text++) {
		if (markdown && strchr("|\\`*_<", *text))
			fputc('\\', f);
		fputc(iscntrl((unsigned char)*text) ? ' ' : *text, f);
	}
}

static void put_markdown(const char *text, FILE *f)
{
	fputs("| ", f);
	text_put_line(text ? text : "", true, f);
	fputc(' ', f);
}

int text_table_markdown(const struct text_table *t, FILE *f)
{
	bool used[TEXT_TABLE_COLUMNS_MAX];
	size_t row, c;

	if (!t->rows)
		return 0;
	find_used(t, used);
	for (c = 0; c < t->columns; c++)
		if (used[c])
			put_markdown(t->column[c].title, f);
	fputs("|\n", f);
	for (c = 0; c < t->columns; c++)
		if (used[c])
			fputs(t->column[c].right ? "|--:" : "|---", f);
	fputs("|\n", f);
	for (row = 0; row < t->rows; row++) {
		for (c = 0; c < t->columns; c++)
			if (used[c])
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
