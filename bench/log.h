/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages. stdout is for data: everything here goes to stderr, one line each: control characters that
 * names have in them are printed as \x1b. */
#ifndef DAXPIN_LOG_H
#define DAXPIN_LOG_H

/* An error: printed once, where path and limit are known. "daxpin: ..." */
__attribute__((format(printf, 1, 2))) void err(const char *fmt, ...);

/* Says so. Returns -ENOMEM. */
int out_of_memory(void);

/* Progress and remarks; silent after log_set_quiet(). */
__attribute__((format(printf, 1, 2))) void note(const char *fmt, ...);

/* One line that the next progress() or note() overwrites; only on a terminal. */
__attribute__((format(printf, 1, 2))) void progress(const char *fmt, ...);

void log_set_quiet(int quiet);

#endif
