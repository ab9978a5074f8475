/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What cmocka wants included before it, and helpers for all unit tests. */
#ifndef DAXPIN_TESTS_UNIT_H
#define DAXPIN_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* A temporary file with this text; the caller frees and unlinks it. */
static inline char *write_temporary(const char *text)
{
	char *path = strdup("/tmp/daxpin-unit-XXXXXX");
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	return path;
}

static inline void drop_temporary(char *path)
{
	unlink(path);
	free(path);
}

/* All of a file; the caller frees it. */
static inline char *read_all(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 1 << 16);

	assert_non_null(file);
	assert_true(fread(text, 1, (1 << 16) - 1, file) < (1 << 16) - 1);
	fclose(file);
	return text;
}

#endif
