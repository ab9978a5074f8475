// SPDX-License-Identifier: GPL-2.0-or-later
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "utf8.h"

static int quiet;
static int line_open; /* a progress line stands on the terminal */

static void close_line(void)
{
	if (line_open)
		fputs("\r\033[K", stderr);
	line_open = 0;
}

/* Bytes of the UTF-8 character that a text starts with; 0: it is none, or one that commands a terminal (also C1). */
static size_t character(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	return *c < 0x20 || *c == 0x7f || (*c == 0xc2 && c[1] < 0xa0) ? 0 : utf8_length(c);
}

/* Names come from command lines and files: whatever is in them, it breaks no line and moves no cursor. */
static void put_text(const char *text)
{
	size_t bytes;

	for (; *text; text += bytes ? bytes : 1) {
		bytes = character(text);
		if (bytes)
			fwrite(text, 1, bytes, stderr);
		else
			fprintf(stderr, "\\x%02x", (unsigned char)*text);
	}
}

/* Without memory what does not fit into a buffer is cut off. */
__attribute__((format(printf, 1, 0))) static void put_message(const char *fmt, va_list ap)
{
	char text[512], *whole = NULL;
	va_list again;
	int length;

	va_copy(again, ap);
	length = vsnprintf(text, sizeof(text), fmt, ap);
	if (length >= (int)sizeof(text) && vasprintf(&whole, fmt, again) < 0)
		whole = NULL;
	va_end(again);
	put_text(whole ? whole : length < 0 ? fmt : text);
	free(whole);
}

void log_set_quiet(int on)
{
	quiet = on;
}

void err(const char *fmt, ...)
{
	va_list ap;

	flockfile(stderr);
	close_line();
	fputs("daxpin: ", stderr);
	va_start(ap, fmt);
	put_message(fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	funlockfile(stderr);
}

int out_of_memory(void)
{
	err("out of memory");
	return -ENOMEM;
}

void note(const char *fmt, ...)
{
	va_list ap;

	if (quiet)
		return;
	flockfile(stderr);
	close_line();
	va_start(ap, fmt);
	put_message(fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	funlockfile(stderr);
}

void progress(const char *fmt, ...)
{
	va_list ap;

	if (quiet || !isatty(STDERR_FILENO))
		return;
	flockfile(stderr);
	fputs("\r\033[K", stderr);
	va_start(ap, fmt);
	put_message(fmt, ap);
	va_end(ap);
	fflush(stderr);
	line_open = 1;
	funlockfile(stderr);
}
