// SPDX-License-Identifier: GPL-2.0-or-later
#include "model_apply.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "commands.h"
#include "env_file.h"
#include "log.h"
#include "outfile.h"

bool model_is_modelled(const struct csv_sample *sample)
{
	return !strcmp(sample->clock, "model") && *sample->caches;
}

int model_check_caches(const struct csv_sample *sample, const struct csv_record *row, const struct model *model)
{
	if (!strcmp(sample->caches, model->caches.name))
		return 0;
	return csv_bad(row, "the counts are of caches '%s', model %s has '%s'", sample->caches, model->name,
		       model->caches.name);
}

static int take_counts(const struct csv_sample *sample, const struct csv_record *row, struct region_counts *counts)
{
#define X(name) \
	if (sample->name == CSV_MISSING) \
		return csv_bad(row, "column " #name " is empty"); \
	counts->name = sample->name;
	REGION_COUNTS(X)
#undef X
	return 0;
}

struct apply {
	const struct model *model;
	FILE *out;
	int model_column, value_column;
	uint64_t rows;
};

static void put_row(const struct apply *a, const struct csv_record *row, bool replace, const char *value)
{
	for (size_t i = 0; i < row->n; i++)
		csv_put(a->out, !replace ? row->field[i] : (int)i == a->model_column ? a->model->name :
			(int)i == a->value_column ? value : row->field[i], i == 0);
	fputc('\n', a->out);
}

static int apply_row(const struct csv_sample *sample, const struct csv_record *row, const struct input_run *run,
		     void *arg)
{
	struct apply *a = arg;
	struct region_counts counts;
	char value[32] = "";
	int rc;

	(void)run;
	if (!sample) {
		a->model_column = csv_column(row, "model");
		a->value_column = csv_column(row, "value_ns");
	}
	if (!sample || !model_is_modelled(sample)) {
		put_row(a, row, false, NULL);
		return 0;
	}
	rc = model_check_caches(sample, row, a->model);
	if (!rc && sample->value_ns != CSV_MISSING) {
		rc = take_counts(sample, row, &counts);
		if (!rc)
			snprintf(value, sizeof(value), "%lld", llround(model_ns(a->model, &counts)));
	}
	if (rc)
		return rc;
	put_row(a, row, true, value);
	a->rows++;
	return 0;
}

/* What the samples were measured on does not change with the model. */
static int copy_environment(const json_t *env, const char *output)
{
	_cleanup_outfile_ struct outfile out = { 0 };
	_cleanup_free_ char *path = NULL;
	int rc;

	if (!env)
		return 0;
	path = env_file_path(output);
	if (!path)
		return out_of_memory();
	rc = outfile_open(&out, path);
	if (rc)
		return rc;
	rc = json_dumpf(env, out.f, JSON_INDENT(2) | JSON_SORT_KEYS);
	fputc('\n', out.f);
	if (rc && !ferror(out.f))
		return out_of_memory();
	/* A write error shows up here. */
	return outfile_commit(&out);
}

int model_apply(const struct model *model, const struct input_paths *files, const char *output)
{
	_cleanup_outfile_ struct outfile csv = { 0 };
	struct inputs in = { 0 };
	struct apply a = { .model = model };
	int rc, code = EXIT_TROUBLE;

	if (outfile_open(&csv, output))
		return EXIT_TROUBLE;
	a.out = csv.f;
	rc = inputs_read(&in, files, apply_row, &a);
	if (!rc && !a.rows) {
		err("%s: no rows of clock model", files->v[0]);
	} else if (!rc && !copy_environment(in.files[0].env, output) && !outfile_commit(&csv)) {
		note("wrote %s: %" PRIu64 " rows of model %s", output, a.rows, model->name);
		code = EXIT_DONE;
	}
	inputs_free(&in);
	return code;
}
