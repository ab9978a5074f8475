/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What changed in mainline, and which figures that moves: for those who ask why one kernel costs more than another. */
#ifndef DAXPIN_KERNEL_CHANGES_H
#define DAXPIN_KERNEL_CHANGES_H

#include <stdbool.h>
#include <stddef.h>

#include "cell_key.h"

/**
 * struct kernel_change - one change of mainline
 * @name: in a word or two
 * @text: what it does
 * @not_in: a version that does not have it
 * @in: the first that has it or, where @read says so, the one whose source was read
 * @read: found by reading the sources of both; which version between them it came with is not known
 * @step: one that is known, and expected where it is
 */
struct kernel_change {
	const char *name;
	const char *text;
	const char *not_in, *in;
	bool read, step;
};

/* A figure of `key` (its clock and kernel do not count) on a clock. */
struct kernel_figure {
	const struct cell_key *key;
	const char *clock;
	bool dram;
};

extern const struct kernel_change kernel_changes[];
extern const size_t kernel_changes_n;

/* Does the change make the figure fall, or rise? */
bool kernel_change_moves(const struct kernel_change *change, const struct kernel_figure *figure, bool rise);

/* Should the figure fall nowhere as much as with this change? */
bool kernel_change_expected(const struct kernel_change *change, const struct kernel_figure *figure);

/* Is it in the kernel of release `to`, and not in that of `from`? */
bool kernel_change_between(const struct kernel_change *change, const char *from, const char *to);

#endif
