// SPDX-License-Identifier: GPL-2.0-or-later
#include "inputs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "env_file.h"
#include "log.h"

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

static int add_run(struct inputs *in, const char *run_id, json_t *env)
{
	struct input_run *run = reallocarray(in->runs, in->n_runs + 1, sizeof(*run));

	if (!run)
		return out_of_memory();
	in->runs = run;
	run += in->n_runs;
	*run = (struct input_run){
		.run_id = strdup(run_id), .host = env_file_host(env),
		.file = in->n_files - 1, .env = env,
	};
	if (!run->run_id || !run->host) {
		free(run->run_id);
		free(run->host);
		return out_of_memory();
	}
	in->last_run = in->n_runs++;
	return 0;
}

static const struct input_run *find_run(struct inputs *in, const char *run_id)
{
	size_t i, k;

	for (i = 0; i < in->n_runs; i++) {
		k = (in->last_run + i) % in->n_runs;
		if (!strcmp(in->runs[k].run_id, run_id)) {
			in->last_run = k;
			return &in->runs[k];
		}
	}
	return NULL;
}

bool inputs_has(const struct inputs *in, const char *run_id)
{
	size_t i;

	for (i = 0; i < in->n_runs; i++)
		if (!strcmp(in->runs[i].run_id, run_id))
			return true;
	return false;
}

static int refuse_twice(const struct inputs *in, const struct input_run *run)
{
	err("run %s is in %s and in %s; give each run once", run->run_id,
	    in->files[run->file].path, in->files[in->n_files - 1].path);
	return -EEXIST;
}

static int on_sample(const struct csv_sample *sample, const struct csv_record *row, void *arg)
{
	struct pass *pass = arg;
	const struct input_run *run = NULL;
	int rc;

	if (sample) {
		run = find_run(pass->in, sample->run_id);
		if (!run) {
			rc = add_run(pass->in, sample->run_id, NULL);
			if (rc)
				return rc;
			run = find_run(pass->in, sample->run_id);
		}
		if (run->file != pass->in->n_files - 1)
			return refuse_twice(pass->in, run);
	}
	return pass->fn(sample, row, run, pass->arg);
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
		if (known)
			return refuse_twice(in, known);
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
	rc = csv_samples_read(path, on_sample, &pass);
	progress("%s", "");
	return rc;
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
		free(in->runs[i].run_id);
		free(in->runs[i].host);
	}
	for (i = 0; i < in->n_files; i++) {
		free(in->files[i].env_path);
		json_decref(in->files[i].env);
	}
	free(in->runs);
	free(in->files);
	*in = (struct inputs){ 0 };
}
