// SPDX-License-Identifier: GPL-2.0-or-later
#include "inputs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "env_file.h"
#include "log.h"
#include "model_apply.h"

error_t input_paths_parse(struct input_paths *paths, int key, const struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_ARGS:
		paths->v = state->argv + state->next;
		paths->n = (size_t)(state->argc - state->next);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which CSV files? 'daxpin run' writes them");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

struct pass {
	struct inputs *in;
	inputs_fn fn;
	void *arg;
};

static bool same_run(const void *owner, size_t number, const void *wanted)
{
	return !strcmp(((const struct inputs *)owner)->runs[number].run_id, wanted);
}

static int grow(struct inputs *in)
{
	size_t room = in->runs_room ? 2 * in->runs_room : 16;
	struct input_run *runs;

	if (in->n_runs < in->runs_room)
		return 0;
	runs = reallocarray(in->runs, room, sizeof(*runs));
	if (!runs)
		return out_of_memory();
	in->runs = runs;
	in->runs_room = room;
	return 0;
}

static int add_run(struct inputs *in, const char *run_id, json_t *env)
{
	struct input_run run = { .file = in->n_files - 1, .env = env };

	if (grow(in))
		return -ENOMEM;
	run.run_id = strdup(run_id);
	run.host = env_file_host(env);
	if (!run.run_id || !run.host || hash_index_add(&in->index, hash_text(0, run_id), in->n_runs)) {
		free(run.run_id);
		free(run.host);
		return out_of_memory();
	}
	in->last_run = in->n_runs;
	in->runs[in->n_runs++] = run;
	return 0;
}

const struct input_run *inputs_find(const struct inputs *in, const char *run_id)
{
	size_t found = hash_index_find(&in->index, hash_text(0, run_id), same_run, in, run_id);

	return found == HASH_INDEX_NONE ? NULL : &in->runs[found];
}

/* Rows of a run stand together. */
static struct input_run *find_run(struct inputs *in, const char *run_id)
{
	const struct input_run *run;

	if (in->n_runs && same_run(in, in->last_run, run_id))
		return &in->runs[in->last_run];
	run = inputs_find(in, run_id);
	if (!run)
		return NULL;
	in->last_run = (size_t)(run - in->runs);
	return &in->runs[in->last_run];
}

static int refuse_twice(const struct inputs *in, const struct input_run *run, size_t file)
{
	err("run %s is in %s and in %s; give each run once", run->run_id, in->files[file].path,
	    in->files[in->n_files - 1].path);
	return -EEXIST;
}

static int refuse_other(const struct inputs *in, const struct input_run *run, const char *what)
{
	err("run %s is in %s and in %s, with other %s; of a run, files may differ by the model alone", run->run_id,
	    in->files[run->file].path, in->files[in->n_files - 1].path, what);
	return -EEXIST;
}

static int add_model(const struct inputs *in, struct input_run *run, const char *name)
{
	struct input_model *models = reallocarray(run->models, run->n_models + 1, sizeof(*models));

	if (!models)
		return out_of_memory();
	run->models = models;
	models[run->n_models] = (struct input_model){ strdup(name), in->n_files - 1 };
	return models[run->n_models].name ? (run->n_models++, 0) : out_of_memory();
}

/* One model in one file. */
static int take_modelled(const struct inputs *in, struct input_run *run, const char *model)
{
	size_t i;

	for (i = 0; i < run->n_models; i++)
		if (!strcmp(run->models[i].name, model))
			return run->models[i].file == in->n_files - 1 ? 0 : refuse_twice(in, run, run->models[i].file);
	return add_model(in, run, model);
}

static bool is_again(const struct inputs *in, const struct input_run *run)
{
	return run->file != in->n_files - 1;
}

static void hash_row(const struct csv_record *row, uint64_t *hash)
{
	size_t i;

	for (i = 0; i < row->n; i++)
		*hash = hash_text(*hash, row->field[i]);
}

/* Sets *counts: rows that no model has made count in the first file. */
static int take_row(const struct inputs *in, struct input_run *run, const struct csv_sample *sample,
		    const struct csv_record *row, bool *counts)
{
	const bool again = is_again(in, run);

	if (again && run->again != in->n_files - 1) {
		run->again = in->n_files - 1;
		run->measured_again = 0;
	}
	*counts = model_is_modelled(sample) || !again;
	if (model_is_modelled(sample))
		return take_modelled(in, run, sample->model);
	hash_row(row, again ? &run->measured_again : &run->measured);
	return 0;
}

/* After a file: what it had of runs that others have too. */
static int check_again(const struct inputs *in)
{
	size_t i, k;

	for (i = 0; i < in->n_runs; i++) {
		const struct input_run *run = &in->runs[i];

		if (!is_again(in, run) || run->again != in->n_files - 1)
			continue;
		if (run->measured_again != run->measured)
			return refuse_other(in, run, "rows that no model has made");
		for (k = 0; k < run->n_models && run->models[k].file != in->n_files - 1; k++)
			;
		if (k == run->n_models)
			return refuse_twice(in, run, run->file);
	}
	return 0;
}

static int on_sample(const struct csv_sample *sample, const struct csv_record *row, void *arg)
{
	struct pass *pass = arg;
	struct input_run *run = NULL;
	bool counts = true;
	int rc = 0;

	if (sample) {
		run = find_run(pass->in, sample->run_id);
		if (!run && pass->in->n_runs == INPUTS_RUNS_MAX)
			return csv_bad(row, "more than %d runs; give fewer files at a time", INPUTS_RUNS_MAX);
		if (!run) {
			rc = add_run(pass->in, sample->run_id, NULL);
			if (rc)
				return rc;
			run = find_run(pass->in, sample->run_id);
		}
		if (pass->in->models)
			rc = take_row(pass->in, run, sample, row, &counts);
		else if (is_again(pass->in, run))
			rc = refuse_twice(pass->in, run, run->file);
	}
	return rc || !counts ? rc : pass->fn(sample, row, run, pass->arg);
}

static int load_env(struct inputs *in, struct input_file *file)
{
	const struct input_run *known;
	const char *run_id;
	json_t *run;
	size_t i;
	int rc;

	rc = env_file_load(file->env_path, &file->env);
	if (rc)
		return rc == -ENOENT ? 0 : rc;
	json_array_foreach(file->env, i, run) {
		run_id = json_string_value(json_object_get(run, "run_id"));
		known = find_run(in, run_id);
		if (known && known->file == in->n_files - 1) {
			err("%s: run %s is there twice", file->env_path, run_id);
			return -EEXIST;
		}
		if (known && in->models && (!known->env || json_equal(known->env, run)))
			continue;
		if (known)
			return in->models ? refuse_other(in, known, "environments") : refuse_twice(in, known, known->file);
		if (in->n_runs == INPUTS_RUNS_MAX) {
			err("%s: more than %d runs; give fewer files at a time", file->env_path, INPUTS_RUNS_MAX);
			return -E2BIG;
		}
		rc = add_run(in, run_id, run);
		if (rc)
			return rc;
	}
	return 0;
}

static int read_file(struct inputs *in, const char *path, inputs_fn fn, void *arg)
{
	struct pass pass = { .in = in, .fn = fn, .arg = arg };
	struct input_file *file = reallocarray(in->files, in->n_files + 1, sizeof(*file));
	int rc;

	if (!file)
		return out_of_memory();
	in->files = file;
	file += in->n_files;
	*file = (struct input_file){ .path = path, .env_path = env_file_path(path) };
	if (!file->env_path)
		return out_of_memory();
	in->n_files++;
	rc = load_env(in, file);
	if (rc)
		return rc;
	progress("reading %s", path);
	rc = csv_samples_read_torn(path, in->torn, on_sample, &pass);
	progress("%s", "");
	return rc || !in->models ? rc : check_again(in);
}

int inputs_read(struct inputs *in, const struct input_paths *paths, inputs_fn fn, void *arg)
{
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < paths->n; i++)
		rc = read_file(in, paths->v[i], fn, arg);
	return rc;
}

void inputs_free(struct inputs *in)
{
	size_t i;

	for (i = 0; i < in->n_runs; i++) {
		while (in->runs[i].n_models)
			free(in->runs[i].models[--in->runs[i].n_models].name);
		free(in->runs[i].models);
		free(in->runs[i].run_id);
		free(in->runs[i].host);
	}
	for (i = 0; i < in->n_files; i++) {
		free(in->files[i].env_path);
		json_decref(in->files[i].env);
	}
	free(in->runs);
	hash_index_free(&in->index);
	free(in->files);
	*in = (struct inputs){ 0 };
}
