/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A directory of runs: STORE/KERNEL/COMMIT-CONFIG/MACHINE/RUN.csv and RUN.env.json. What a run is says what is in its
 * files; the directories are for people, who may merge, copy and rename them.
 */
#ifndef DAXPIN_STORE_H
#define DAXPIN_STORE_H

#include <stddef.h>

#define STORE_DEFAULT "results/store"

struct store_files {
	char **v; /* in order of their paths */
	size_t n;
};

/* All files *.csv below, but what begins with a dot; links are not followed. Prints errors. Returns 0; -ENOENT: no such
 * directory, which is not printed; another -errno. */
int store_list(const char *store, struct store_files *files);

/* Behind the name of a file that is being added, until it is whole: RUN.csv.adding.XXXXXX. */
#define STORE_ADDING ".adding"

/* The same of the files with such names. */
int store_list_adding(const char *store, struct store_files *files);

void store_files_free(struct store_files *files);

/**
 * struct store_added - what became of the runs of files
 * @added: are new in the store
 * @there: were there already, as they are
 * @removed: files that adders who were killed had left
 */
struct store_added {
	size_t added, there, removed;
};

/* Adds the runs of a file, each with its environment: nothing when something is wrong with one of them. A run appears
 * whole or not at all, and once, whoever else is adding it. Prints what is wrong. Returns 0; -EEXIST: the store has the
 * run with other content; another -errno. */
int store_add(const char *store, const char *path, struct store_added *added);

#endif
