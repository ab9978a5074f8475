/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several samples CSVs and their environments, where each run may occur once. */
#ifndef DAXPIN_INPUTS_H
#define DAXPIN_INPUTS_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "csv_sample.h"
#include "hash_index.h"

/* A model that has timed a run, and the file with its rows. */
struct input_model {
	char *name;
	size_t file;
};

/* A run: in which file, on which machine ("" when it has no environment). */
struct input_run {
	char *run_id;
	char *host;
	size_t file;
	json_t *env; /* borrowed from inputs.files[file].env, or NULL */

	/* With inputs.models: */
	struct input_model *models;
	size_t n_models;
	size_t again; /* the last other file that has it, 0: none */
	uint64_t measured, measured_again; /* hashes of the rows that no model has made, in file and in again */
};

struct input_file {
	const char *path;
	char *env_path;
	json_t *env; /* NULL when there is none */
};

struct inputs {
	bool models; /* set before reading: a run may be in several files, each with another model */
	enum csv_torn torn; /* set before reading */
	struct input_file *files;
	size_t n_files;
	struct input_run *runs;
	size_t n_runs, runs_room;
	struct hash_index index; /* of the runs */
	size_t last_run;
};

/* More runs are refused: memory stays bounded whatever is read. */
#define INPUTS_RUNS_MAX 65536

/* The files that a command line names. */
struct input_paths {
	char **v; /* borrowed from argv */
	size_t n;
};

/* For the argp parser of a command that takes files: takes them, refuses none at all. */
error_t input_paths_parse(struct input_paths *paths, int key, const struct argp_state *state);

/* As csv_sample_fn, with the run of the row (NULL for the header). */
typedef int (*inputs_fn)(const struct csv_sample *sample, const struct csv_record *row,
			 const struct input_run *run, void *arg);

/* Reads files and their environments. A run that an earlier file has too is
 * refused: it would count twice. With inputs.models it may bring rows of other
 * models; all its other rows have to be the same, and fn gets those of the
 * first file. Returns 0, or -errno after printing. */
int inputs_read(struct inputs *in, const struct input_paths *paths, inputs_fn fn, void *arg);

/* The run of this id, whichever file it is in, or NULL. */
const struct input_run *inputs_find(const struct inputs *in, const char *run_id);

void inputs_free(struct inputs *in);

#endif
