/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plots of a report appear all together: made in a directory of their own, then moved to their place. */
#ifndef DAXPIN_PLOTS_DIR_H
#define DAXPIN_PLOTS_DIR_H

#include <stddef.h>

struct plots_dir {
	char *target;	/* DIR/plots */
	char *made;	/* where they are made, for the caller; NULL: not open */
	int lock;	/* held from plots_dir_lock() on; -1: not */
};

/* All print what went wrong. Makes DIR/plots, and a directory beside it. Returns 0 or -errno; to be closed in any case. */
int plots_dir_open(struct plots_dir *plots, const char *dir);

/* Until it is closed no other report replaces what is in DIR. */
void plots_dir_lock(struct plots_dir *plots);

/* Removes older plots of these names and moves the new ones to their place. Returns 0 or -errno. */
int plots_dir_install(const struct plots_dir *plots, const char *const *names, size_t n);

/* Removes what was not moved; fit for cleanup. */
void plots_dir_close(struct plots_dir *plots);

#define _cleanup_plots_dir_ __attribute__((cleanup(plots_dir_close)))

#endif
