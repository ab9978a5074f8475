/* SPDX-License-Identifier: GPL-2.0-or-later */
/* May the two sides be compared, and what else is different about them? */
#ifndef DAXPIN_COMPARE_CHECK_H
#define DAXPIN_COMPARE_CHECK_H

#include "compare_input.h"

struct texts_list {
	char **v;
	size_t n;
};

/**
 * struct compare_doubts - all in one line each
 * @impossible: why nobody can compare them: clocks of different units; the others are not looked for then
 * @refused: why not: another platform, clock, model or machine, a machine that is not known, kernels
 *	that are not trusted, an environment of another kernel, a run on both sides
 * @notes: what differs and may matter: governor, microcode, clock source, versions, ...
 */
struct compare_doubts {
	struct texts_list impossible, refused, notes;
};

/* Returns 0 or -ENOMEM. */
int compare_check(const struct compare_input *base, const struct compare_input *new, struct compare_doubts *doubts);

void compare_doubts_free(struct compare_doubts *doubts);

#endif
