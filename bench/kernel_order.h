/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In which order kernels came, by their ids and releases. */
#ifndef DAXPIN_KERNEL_ORDER_H
#define DAXPIN_KERNEL_ORDER_H

/* Like strcmp(), of two ids ("6.19-rc1", "5.10-trim", "7.x") or two releases ("6.19.0-rc7", "7.2.12+deb13-amd64"): by
 * version, release candidates before what they became, then as strverscmp(). 0 for equal texts only. */
int kernel_order(const char *a, const char *b);

/* The plus of an id such as 5.10+gup, which a stage is named behind. NULL: none, and so of releases with their three numbers, where a
 * plus means something else (7.2.12+deb13-amd64, 6.19.0-rc7+). */
const char *kernel_stage_plus(const char *kernel);

#endif
