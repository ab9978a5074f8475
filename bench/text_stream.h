/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts that are printed into memory. */
#ifndef DAXPIN_TEXT_STREAM_H
#define DAXPIN_TEXT_STREAM_H

#include <stddef.h>
#include <stdio.h>

struct text_stream {
	FILE *f; /* print here */
	char *text;
	size_t length;
};

/* Returns 0 or -ENOMEM, and then there is nothing to close. */
int text_stream_open(struct text_stream *stream);

/* The text, for the caller to free. NULL: there was no memory for all of it. */
char *text_stream_close(struct text_stream *stream);

#endif
