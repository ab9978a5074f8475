/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A side of a comparison: files, and the one kernel of them that is meant. */
#ifndef DAXPIN_COMPARE_INPUT_H
#define DAXPIN_COMPARE_INPUT_H

#include <stdbool.h>

#include "cell_select.h"
#include "inputs.h"
#include "summary.h"

/**
 * struct compare_input - a side
 * @name: "BASE" or "NEW", for messages
 * @choice: kernel id or release, NULL: the only one
 * @select: of which cells, NULL: of all
 * @files: which
 * @kernel, @release: what was taken, owned
 * @used: by number of the run in @in: has it rows of this kernel?
 */
struct compare_input {
	const char *name;
	const char *choice;
	const struct cell_select *select;
	struct input_paths files;
	struct inputs in;
	struct summary summary;
	char *kernel, *release;
	bool *used;
	size_t used_room;
	char *others; /* other kernels that were seen, for messages */
	size_t n_others;
};

/* Reads and computes. Prints what is wrong. Returns 0; -EINVAL: no kernel, or several; another -errno. */
int compare_input_read(struct compare_input *input);

void compare_input_free(struct compare_input *input);

#endif
