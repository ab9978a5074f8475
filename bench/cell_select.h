/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cells as people name them on a command line: 'engine=gup map=dev op=get'. */
#ifndef DAXPIN_CELL_SELECT_H
#define DAXPIN_CELL_SELECT_H

#include <stdbool.h>
#include <stddef.h>

#include "cell_key.h"

struct cell_term;

/* Starts as { 0 }: every cell. */
struct cell_select {
	struct cell_term *terms;
	size_t n;
};

/* For the help of an option that takes such a text. */
#define CELL_SELECT_HELP "only cells like this: KEY=VALUE..., keys as in the CSV (engine=gup map=mem,dev size=4G op=get)"

/**
 * cell_select_add() - narrow a selection down
 * @text: KEY=VALUE, several with white space between. KEY is a column of the samples CSV from platform to op that
 *	tells cells apart; _bytes and _pages may be left out. VALUE is one or several with commas between; sizes
 *	may have suffixes (2M), nothing means empty. A key that occurs again adds to its values.
 * @why: what is wrong with it, to be freed; NULL after 0 and -ENOMEM
 *
 * A cell is selected when it has one of the values of each key. Returns 0, -EINVAL or -ENOMEM.
 */
int cell_select_add(struct cell_select *select, const char *text, char **why);

bool cell_selected(const struct cell_select *select, const struct cell_key *key);

void cell_select_free(struct cell_select *select);

#endif
