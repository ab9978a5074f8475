// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel_order.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERS 4

/* The parts of a text that decide before the text itself does. */
struct parts {
	size_t name; /* length of what is before the first digit */
	uint64_t number[NUMBERS]; /* missing: 0; "x": the last of all */
	size_t numbers; /* that are there */
	const char *candidate; /* "rc1", or NULL */
};

/* "-rc1", also "~rc1" of a package. */
static const char *find_candidate(const char *text)
{
	for (; *text; text++)
		if ((*text == '-' || *text == '~') && text[1] == 'r' && text[2] == 'c' && isdigit((unsigned char)text[3]))
			return text;
	return NULL;
}

static void take_parts(const char *text, struct parts *p)
{
	const char *candidate = find_candidate(text);
	const char *at;
	char *end;

	*p = (struct parts){ .name = strcspn(text, "0123456789") };
	/* "mine-rc1" is one of "mine". */
	if (candidate && (size_t)(candidate - text) < p->name)
		p->name = (size_t)(candidate - text);
	p->candidate = candidate ? candidate + 1 : NULL;
	at = text + p->name;
	while (p->numbers < NUMBERS && isdigit((unsigned char)*at)) {
		p->number[p->numbers++] = strtoull(at, &end, 10);
		at = end;
		if (*end != '.' || p->numbers == NUMBERS)
			break;
		if (isdigit((unsigned char)end[1]))
			at++;
		else
			p->number[p->numbers] = UINT64_MAX;
	}
}

static int compare_names(const char *a, size_t a_length, const char *b, size_t b_length)
{
	int c = strncmp(a, b, a_length < b_length ? a_length : b_length);

	return c ? c : (a_length > b_length) - (a_length < b_length);
}

int kernel_order(const char *a, const char *b)
{
	struct parts pa, pb;
	size_t i;
	int c;

	take_parts(a, &pa);
	take_parts(b, &pb);
	c = compare_names(a, pa.name, b, pb.name);
	for (i = 0; !c && i < NUMBERS; i++)
		c = (pa.number[i] > pb.number[i]) - (pa.number[i] < pb.number[i]);
	if (!c)
		c = !pa.candidate - !pb.candidate;
	if (!c && pa.candidate)
		c = strverscmp(pa.candidate, pb.candidate);
	return c ? c : strverscmp(a, b);
}

const char *kernel_stage_plus(const char *kernel)
{
	struct parts parts;

	take_parts(kernel, &parts);
	return !parts.name && parts.numbers > 2 ? NULL : strchr(kernel, '+');
}
