/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that appear whole or not at all: written beside their place, then renamed. */
#ifndef DAXPIN_OUTFILE_H
#define DAXPIN_OUTFILE_H

#include <stdio.h>

struct outfile {
	FILE *f;	/* NULL: not open */
	char *path;
	char *temporary;
};

/* All print what went wrong. Returns 0 or -errno. */
int outfile_open(struct outfile *out, const char *path);

/* The same; the file that a killed process leaves is named PATH, @mark, a dot and six characters. Without a mark it might
 * as well be somebody's RUN.csv.backup. */
int outfile_open_marked(struct outfile *out, const char *path, const char *mark);

/* The same of DIR/NAME. */
int outfile_open_in(struct outfile *out, const char *dir, const char *name);

/* Flushes, closes and renames; -errno (the disk is full) leaves what stood at path. */
int outfile_commit(struct outfile *out);

/* Removes what was not committed; fit for cleanup. */
void outfile_drop(struct outfile *out);

#define _cleanup_outfile_ __attribute__((cleanup(outfile_drop)))

/* Is all of it out? Returns 0 or -errno after printing. */
int flush_stdout(void);

/* The same after something was printed there with rc, 0 or -ENOMEM. */
int finish_stdout(int rc);

/* mkdir -p. Returns 0 or -errno after printing. */
int make_directories(const char *path);

#endif
