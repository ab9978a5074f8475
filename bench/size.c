// SPDX-License-Identifier: GPL-2.0-or-later
#include "size.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANGE_VALUES_MAX 4096

static const char suffixes[] = "KMGT";

/* Number and suffix; *end points behind what was read. */
static int parse_prefix(const char *text, uint64_t *value, const char **end)
{
	const char *suffix;
	unsigned long long number;
	unsigned int shift;
	char *tail;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	/* Not base 0: 010G is 10 GiB to whoever types it. */
	number = strtoull(text, &tail, text[0] == '0' && tolower((unsigned char)text[1]) == 'x' ? 16 : 10);
	if (errno)
		return -errno;
	if (*tail && (suffix = strchr(suffixes, toupper((unsigned char)*tail)))) {
		shift = 10 * (unsigned int)(suffix - suffixes + 1);
		if (number > UINT64_MAX >> shift)
			return -ERANGE;
		number <<= shift;
		tail++;
		if (tail[0] == 'i' && tail[1] == 'B')
			tail += 2;
	}
	*value = number;
	*end = tail;
	return 0;
}

int size_parse(const char *text, uint64_t *value)
{
	const char *end;
	int rc = parse_prefix(text, value, &end);

	if (rc)
		return rc;
	return *end ? -EINVAL : 0;
}

struct range {
	uint64_t first, step, last;
	char operation; /* '*' or '+' */
};

static int parse_range(const char *text, struct range *range)
{
	const char *end;
	int rc;

	rc = parse_prefix(text, &range->first, &end);
	if (rc)
		return rc;
	if (!*end) {
		*range = (struct range){ range->first, 1, range->first, '+' };
		return 0;
	}
	if (end[0] != ':' || !(end[1] == '*' || end[1] == '+'))
		return -EINVAL;
	range->operation = end[1];
	rc = parse_prefix(end + 2, &range->step, &end);
	if (rc)
		return rc;
	if (*end != ':')
		return -EINVAL;
	rc = size_parse(end + 1, &range->last);
	if (rc)
		return rc;
	if (range->operation == '*' ? range->step < 2 || !range->first : !range->step)
		return -EINVAL;
	return range->last < range->first ? -EINVAL : 0;
}

/* The next value, or false when it is past the end. */
static int range_next(const struct range *range, uint64_t *value)
{
	uint64_t next;

	if (range->operation == '*' ? __builtin_mul_overflow(*value, range->step, &next) :
				      __builtin_add_overflow(*value, range->step, &next))
		return 0;
	*value = next;
	return next <= range->last;
}

int size_parse_range(const char *text, uint64_t **values, size_t *count)
{
	struct range range;
	uint64_t value, *list;
	size_t n = 0;
	int rc;

	rc = parse_range(text, &range);
	if (rc)
		return rc;
	list = calloc(RANGE_VALUES_MAX, sizeof(*list));
	if (!list)
		return -ENOMEM;
	value = range.first;
	do {
		if (n == RANGE_VALUES_MAX) {
			free(list);
			return -ERANGE;
		}
		list[n++] = value;
	} while (range_next(&range, &value));
	*values = list;
	*count = n;
	return 0;
}

const char *size_format(uint64_t value, char text[SIZE_TEXT_MAX])
{
	int unit = -1;

	while (value && unit < 3 && !(value & 1023)) {
		value >>= 10;
		unit++;
	}
	if (unit < 0)
		snprintf(text, SIZE_TEXT_MAX, "%" PRIu64, value);
	else
		snprintf(text, SIZE_TEXT_MAX, "%" PRIu64 "%c", value, suffixes[unit]);
	return text;
}
