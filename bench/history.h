/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernels over time: files of a store (or any others) as versions of kernels, and each cell as a series over them.
 */
#ifndef DAXPIN_HISTORY_H
#define DAXPIN_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cell_select.h"
#include "changes.h"
#include "inputs.h"
#include "summary.h"

/* Of which kernel a run is, by its environment and its rows. */
struct kernel_identity {
	const char *kernel, *release;
	char *commit;	/* owned: kernel.commit, else by uname -v; "" when there is neither */
	const char *config; /* SHA-256 of its configuration, "" when not known */
	const char *commit_date; /* when it was committed, ISO 8601, UTC; "" when not known. It does not tell kernels apart. */
};

/* What an environment (not NULL) says; kernel and release are those of the rows. Borrows from env. Returns 0 or -ENOMEM. */
int kernel_identity_of(const char *kernel, const char *release, const json_t *env, struct kernel_identity *identity);

/* The first characters of a hash, other texts as they are. The caller frees it; NULL: out of memory. */
char *kernel_short_commit(const char *commit);

/* Digits of hashes that people see. */
#define HISTORY_HASH_DIGITS 12
#define HISTORY_CONFIG_DIGITS 8

/* More kernels, and more machines of one, are refused: memory and time stay bounded whatever is read. */
#define HISTORY_VERSIONS_MAX 4096

/* A machine that a version was measured on. */
struct history_machine {
	char *host, *platform;
	char *clocks; /* "insn model" */
	char *first, *last; /* when its runs were started, ISO 8601, "" when not known */
	size_t runs, cells;
	char **boots;
	size_t n_boots;
	struct hash_index boot_index;
	bool trusted;
};

/**
 * struct history_version - one kernel: id, release, commit and configuration
 * @line: kernels of one line are compared with each other, see kernel_line(); owned
 * @started: the first of its runs, ISO 8601, "" when not known
 * @commit_date: as in struct kernel_identity; of its runs the first that say so; owned
 * @date: after history_finish(), where it stands among the kernels of its id: @commit_date if all of them have one, else @started
 * @summary: finished; of selected cells, without what is not trusted unless that is forced
 */
struct history_version {
	char *kernel, *release, *commit, *config;
	char *line;
	char *started, *commit_date;
	const char *date;
	struct history_machine *machines;
	size_t n_machines;
	struct summary summary;
};

/**
 * struct history_options - what is read
 * @select: cells
 * @host: text that descriptions of machines have, NULL: any
 * @kernels: ids or releases, NULL: all. They make one line, whatever line they are of
 * @force: also what is not trusted
 */
struct history_options {
	struct cell_select select;
	const char *host;
	char **kernels;
	size_t n_kernels;
	bool force;
};

/**
 * struct history - all that was read
 * @versions: in order: version, kernel id, date
 * @runs: that were read
 * @untrusted: runs that were left out
 * @bad: files that were left out because something is wrong with them, which was printed
 * @series: after history_series()
 */
struct history {
	struct history_version **versions;
	size_t n_versions;
	size_t runs, untrusted, bad;
	struct change_series *series;
	size_t n_series;

	char **run_ids; /* in order */
};

/* Adds the runs of a file. One that was read already is counted once. A file that is no file of samples is counted in
 * @bad after printing, and nothing of it is used. Returns 0; -ENOMEM, not printed; another -errno after printing: beyond a limit (docs/csv.md). */
int history_read(struct history *history, const char *path, const struct history_options *options);

/* Sorts and computes. Prints errors. Returns 0; -ENOMEM; -ERANGE: a sum beyond 64 bits. */
int history_finish(struct history *history);

/* Makes a series of each quantity of each cell on each line and finds the changes; with changes_only nothing else
 * (changes_find_only()). Returns 0 or -ENOMEM. */
int history_series(struct history *history, const struct compare_options *options, bool changes_only);

/* After history_series(): how many more changes there would be if each series were the only one. */
size_t history_alone(const struct history *history);

void history_free(struct history *history);

/* The version of a row of a series. */
static inline const struct history_version *history_version_of(const struct change_row *row)
{
	return row->what;
}

#endif
