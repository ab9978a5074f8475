// SPDX-License-Identifier: GPL-2.0-or-later
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static int quiet;
static int line_open; /* a progress line stands on the terminal */

static void close_line(void)
{
	if (line_open)
		fputs("\r\033[K", stderr);
	line_open = 0;
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
	vfprintf(stderr, fmt, ap);
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
	vfprintf(stderr, fmt, ap);
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
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fflush(stderr);
	line_open = 1;
	funlockfile(stderr);
}
