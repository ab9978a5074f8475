/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table of texts, printed in columns or as Markdown. */
#ifndef DAXPIN_TEXT_TABLE_H
#define DAXPIN_TEXT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define TEXT_TABLE_COLUMNS_MAX 40

struct text_table {
	struct {
		const char *title; /* borrowed */
		bool right;
	} column[TEXT_TABLE_COLUMNS_MAX];
	size_t columns;
	char **cells;	/* rows x columns, NULL: empty */
	bool *gap;	/* a line is left free before this row */
	size_t rows;
};

/* Before the first row only. */
void text_table_column(struct text_table *t, const char *title, bool right);

/* Adds an empty row. Returns 0 or -ENOMEM. */
int text_table_row(struct text_table *t, bool gap);

/* Sets the next column (*column, which is advanced) of the last row. Returns 0 or -ENOMEM. */
__attribute__((format(printf, 3, 4)))
int text_table_set(struct text_table *t, size_t *column, const char *fmt, ...);

/* The same of a number; NAN leaves it empty. */
int text_table_set_double(struct text_table *t, size_t *column, int decimals, double v);

/* A ratio as percent of change, "+5.1", "-0.021"; NAN leaves it empty. */
int text_table_set_change(struct text_table *t, size_t *column, double ratio);

/* Columns without an entry are left out. Returns 0 or -errno. */
int text_table_print(const struct text_table *t, FILE *f);
int text_table_markdown(const struct text_table *t, FILE *f);

/* A text from a file, outside of a table: whatever is in it, it breaks no line, moves no cursor and is no markup. */
void text_put_line(const char *text, bool markdown, FILE *f);

void text_table_free(struct text_table *t);

#define _cleanup_text_table_ __attribute__((cleanup(text_table_free)))

#endif
