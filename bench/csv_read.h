/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads CSV (RFC 4180) row by row, columns by name. Errors are printed with
 * file and line.
 */
#ifndef DAXPIN_CSV_READ_H
#define DAXPIN_CSV_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What is longer is no file of ours: memory stays bounded whatever is read. CSV_ROW_MAX is in bytes. */
#define CSV_ROW_MAX 1048576
#define CSV_COLUMNS_MAX 4096

/* What csv_u64() gives for an empty field or a column the file has not. */
#define CSV_MISSING UINT64_MAX

/**
 * struct csv_record - one row, valid until the callback returns
 * @path: file, for messages
 * @line: line that the row starts at, from 1
 * @columns: names of the header
 * @field: texts, as many as columns
 * @n: number of columns
 */
struct csv_record {
	const char *path;
	uint64_t line;
	char *const *columns;
	char *const *field;
	size_t n;
};

/* Gets the header row first (field = columns), with is_header set. Anything
 * but 0 ends the reading and is what csv_read() returns; the callback has
 * printed why. */
typedef int (*csv_record_fn)(const struct csv_record *row, bool is_header, void *arg);

/* What becomes of a last row without a line end: its writer was killed half-way, or is still at it. */
enum csv_torn {
	CSV_TORN_WARN, /* it is left out with a warning */
	CSV_TORN_SILENT, /* without: it was said when the file was read before */
	CSV_TORN_REFUSE /* it is an error */
};

/* Reads a whole file. A last row without a line end is left out with a warning. Returns 0, -errno of reading,
 * -EBADMSG when the file is not well-formed CSV or beyond the limits above, or
 * what the callback returned; everything is printed. */
int csv_read(const char *path, csv_record_fn fn, void *arg);

int csv_read_torn(const char *path, enum csv_torn torn, csv_record_fn fn, void *arg);

/* The same of a text in memory, @name for messages. */
int csv_read_text(const char *name, const char *text, csv_record_fn fn, void *arg);

/* Index of a column of the header, or -1. */
int csv_column(const struct csv_record *header, const char *name);

/* Field as an unsigned integer in base 10, CSV_MISSING when it is empty.
 * Returns 0, or -EBADMSG after printing. */
int csv_u64(const struct csv_record *row, size_t column, uint64_t *value);

/* Prints "FILE:LINE: ..." for a row and returns -EBADMSG. */
__attribute__((format(printf, 2, 3))) int csv_bad(const struct csv_record *row, const char *fmt, ...);

/* Writes one field, quoted only when it has to be; errors stick in f. */
void csv_put(FILE *f, const char *text, bool first);

/* The same behind a comma, for who wants a row to be a line: line breaks become spaces. */
void csv_put_line(FILE *f, const char *text);

/* Writes a number behind a comma, empty when it is NAN. Nine digits: more than any clock here carries, and the same on
 * every machine. */
void csv_put_double(FILE *f, double value);

#endif
