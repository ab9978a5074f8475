/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes and ranges as people write them: 16G, 1G:*2:16G, 1:+1:8. */
#ifndef DAXPIN_SIZE_H
#define DAXPIN_SIZE_H

#include <stddef.h>
#include <stdint.h>

#define SIZE_TEXT_MAX 24

/* Parses a number with a binary suffix K, M, G or T ("16G", "2MiB", "4096").
 * Returns 0, -EINVAL (not a size) or -ERANGE (does not fit 64 bits). */
int size_parse(const char *text, uint64_t *value);

/* Parses "first:*factor:last" or "first:+step:last", or one size, and gives the
 * values in order (last is included when it is hit). The caller frees *values.
 * Returns 0, -EINVAL, -ERANGE (more than 4096 values or too large), -ENOMEM. */
int size_parse_range(const char *text, uint64_t **values, size_t *count);

/* Writes the shortest exact form ("16G", "2050M", "4097") to text. */
const char *size_format(uint64_t value, char text[SIZE_TEXT_MAX]);

#endif
