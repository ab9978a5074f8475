// SPDX-License-Identifier: GPL-2.0-or-later
/* daxpin merge: joins samples of several runs, and their environments. */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "commands.h"
#include "env_file.h"
#include "inputs.h"
#include "log.h"
#include "outfile.h"

struct arguments {
	struct input_paths files;
	const char *output;
};

static const struct argp_option options[] = {
	{ "output", 'o', "OUT.csv", 0, "where to; OUT.env.json goes beside it", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'o':
		a->output = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->output)
			argp_error(state, "-o OUT.csv is missing");
		return 0;
	default:
		return input_paths_parse(&a->files, key, state);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "FILE.csv...",
	.doc = "Joins CSV files of samples and the FILE.env.json beside them.\v"
	       "The files must have the same columns, and no run may occur twice. OUT.csv appears when all of it is "
	       "written; it may be one of the files.",
};

struct merge {
	FILE *out;
	char **columns; /* of the first file */
	size_t n;
	const char *first_path;
};

static void put_record(FILE *out, const struct csv_record *row)
{
	size_t i;

	for (i = 0; i < row->n; i++)
		csv_put(out, row->field[i], i == 0);
	fputc('\n', out);
}

static int take_header(struct merge *m, const struct csv_record *row)
{
	m->columns = calloc(row->n, sizeof(*m->columns));
	if (!m->columns)
		return -ENOMEM;
	m->first_path = row->path;
	for (; m->n < row->n; m->n++) {
		m->columns[m->n] = strdup(row->field[m->n]);
		if (!m->columns[m->n])
			return -ENOMEM;
	}
	put_record(m->out, row);
	return 0;
}

static int check_header(const struct merge *m, const struct csv_record *row)
{
	size_t i;

	for (i = 0; i < row->n || i < m->n; i++)
		if (i >= row->n || i >= m->n || strcmp(m->columns[i], row->field[i]))
			return csv_bad(row, "column %zu is '%s', in %s it is '%s'; only files with the same columns "
				       "can be merged", i + 1, i < row->n ? row->field[i] : "",
				       m->first_path, i < m->n ? m->columns[i] : "");
	return 0;
}

static int on_row(const struct csv_sample *sample, const struct csv_record *row,
		  const struct input_run *run, void *arg)
{
	struct merge *m = arg;
	int rc;

	if (!sample) {
		rc = m->columns ? check_header(m, row) : take_header(m, row);
		if (rc == -ENOMEM)
			err("out of memory");
		return rc;
	}
	if (!run->env)
		return csv_bad(row, "run %s has no environment; it belongs into the .env.json beside the file",
			       run->run_id);
	put_record(m->out, row);
	return 0;
}

static json_t *join_environments(const struct inputs *in)
{
	json_t *all = json_array();
	size_t i;

	for (i = 0; i < in->n_files; i++)
		if (in->files[i].env && json_array_extend(all, in->files[i].env)) {
			json_decref(all);
			return NULL;
		}
	return all;
}

static int write_environment(const struct inputs *in, FILE *f)
{
	json_t *all = join_environments(in);
	int rc;

	if (!all)
		return out_of_memory();
	rc = json_dumpf(all, f, JSON_INDENT(2) | JSON_SORT_KEYS);
	json_decref(all);
	fputc('\n', f);
	/* A write error shows up at the commit. */
	return rc && !ferror(f) ? -ENOMEM : 0;
}

/* The environment goes first: samples never stand without it. */
static int finish(const struct inputs *in, const char *output, struct outfile *csv)
{
	_cleanup_outfile_ struct outfile env = { 0 };
	_cleanup_free_ char *path = env_file_path(output);
	int rc;

	if (!path)
		return out_of_memory();
	rc = outfile_open(&env, path);
	if (!rc)
		rc = write_environment(in, env.f);
	if (!rc)
		rc = outfile_commit(&env);
	return rc ? rc : outfile_commit(csv);
}

static void merge_free(struct merge *m)
{
	while (m->n)
		free(m->columns[--m->n]);
	free(m->columns);
}

int cmd_merge(int argc, char **argv)
{
	_cleanup_outfile_ struct outfile csv = { 0 };
	struct arguments a = { 0 };
	struct inputs in = { 0 };
	struct merge m = { 0 };
	int rc, code = EXIT_TROUBLE;

	if (argp_parse(&argp, argc, argv, 0, NULL, &a))
		return EXIT_TROUBLE;
	rc = outfile_open(&csv, a.output);
	if (!rc) {
		m.out = csv.f;
		rc = inputs_read(&in, &a.files, on_row, &m);
		if (!rc)
			rc = finish(&in, a.output, &csv);
	}
	if (!rc) {
		note("wrote %s: %zu runs of %zu files", a.output, in.n_runs, in.n_files);
		code = EXIT_DONE;
	}
	merge_free(&m);
	inputs_free(&in);
	return code;
}
