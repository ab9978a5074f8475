/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps from one kernel to the next, and the changes of mainline that are known to make them. */
#ifndef DAXPIN_KERNEL_MOVES_H
#define DAXPIN_KERNEL_MOVES_H

#include <stdbool.h>
#include <stdio.h>

#include "by_kernel.h"
#include "kernel_changes.h"

/* A figure of a sheet that differs from the kernel before, `from`, by a step. */
struct kernel_move {
	const struct by_kernel_line *line;
	size_t sheet, from, to;
	double ratio;
};

/* false: to this kernel it has none. */
bool kernel_move_find(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet, size_t to,
		      struct kernel_move *move);

typedef int (*kernel_move_fn)(const struct by_kernel *by, const struct kernel_move *move, void *arg);

/* Calls fn for each line and kernel with a step in any of the sheets, that of the first such one; by kernel, then by
 * line. Anything but 0 ends it. Returns that, or 0. */
int kernel_moves_each(const struct by_kernel *by, kernel_move_fn fn, void *arg);

/* The ratio between the same two kernels in another sheet; NAN: not there. */
double kernel_move_ratio(const struct by_kernel *by, const struct kernel_move *move, size_t sheet);

/* Is a stage of our series on one of its ends? Stages have in them what their version says they have not. */
bool kernel_move_staged(const struct by_kernel *by, const struct kernel_move *move);

bool kernel_move_explained(const struct by_kernel *by, const struct kernel_move *move, const struct kernel_change *change);

/* "compound devmap, memmap sharing", or nothing. */
void kernel_move_put_reasons(const struct by_kernel *by, const struct kernel_move *move, FILE *f);

/* Should the figure fall most with this change, and are there kernels on both sides of it? */
bool kernel_fall_expected(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet,
			  const struct kernel_change *change);

/* The factor by which a figure falls where the change came, if it falls nowhere more; else 0. */
double kernel_fall_here(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet,
			const struct kernel_change *change);

/* Does it explain a step, or should it? */
bool kernel_change_told(const struct by_kernel *by, const struct kernel_change *change);

/* "5.17: what it does. Of 18 figures that it should lower 18 fall most there, by a factor of 6 to 70." */
void kernel_change_put(const struct by_kernel *by, const struct kernel_change *change, FILE *f);

#endif
