/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which kernels are compared with each other: those of distributions, and the stages of a series with what they start from. */
#ifndef DAXPIN_KERNEL_LINE_H
#define DAXPIN_KERNEL_LINE_H

#include <stdbool.h>

/* "": the kernels of distributions and of others; "5.10-trim": a kernel that is built here, and the stages of a series that
 * start from it (5.10+gup). The caller frees it; NULL: out of memory. */
char *kernel_line(const char *kernel);

bool kernel_same_line(const char *a, const char *b);

/* Is it one of distributions and of others? */
bool kernel_is_stock(const char *kernel);

#endif
