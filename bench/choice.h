/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options that take one name of a table, for argp parsers. */
#ifndef DAXPIN_CHOICE_H
#define DAXPIN_CHOICE_H

#include <argp.h>
#include <stddef.h>

/* Index of @arg among @n names, of which @first is the first one and @step are the bytes from one to the next.
 * Another one is bad usage, which ends the program with the line "--@option=@arg: must be a, b or c". */
size_t choice_parse(const char *option, const char *arg, const char *const *first, size_t n, size_t step,
		    const struct argp_state *state);

/* The entry of an array of structs that has @arg for its name. */
#define CHOICE_PARSE(option, arg, table, state)                                                                        \
	(&(table)[choice_parse(option, arg, &(table)->name, sizeof(table) / sizeof(*(table)), sizeof(*(table)), state)])

#endif
