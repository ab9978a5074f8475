// SPDX-License-Identifier: GPL-2.0-or-later
/* daxpin model: other parameters for counts that are there already. */
#include <argp.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "commands.h"
#include "inputs.h"
#include "log.h"
#include "model_apply.h"
#include "model_fit.h"
#include "model_ini.h"
#include "model_points.h"
#include "model_sensitivity.h"
#include "outfile.h"
#include "published.h"
#include "summary.h"
#include "tcg/model.h"
#include "text_table.h"

#define ALSO_MAX 16

struct arguments {
	struct input_paths files;
	int task; /* 'a', 'f' or 's' */
	const char *ini;
	const char *published;
	const char *output;
	const char *also[ALSO_MAX];
	size_t also_count;
};

enum { OPTION_PUBLISHED = 256, OPTION_ALSO };

static const struct argp_option options[] = {
	{ "apply", 'a', "MODEL.ini", 0, "write FILE.csv to OUT.csv with the times of this model", 1 },
	{ "fit", 'f', "MODEL.ini", 0, "fit the free parameters of this model to the published figures before; with -o "
	  "they are written to OUT.ini", 1 },
	{ "sensitivity", 's', "MODEL.ini", 0, "print, as Markdown, how times and ratios move with each parameter; with "
	  "-o also to OUT.csv", 1 },
	{ "output", 'o', "OUT", 0, "where to; it may be the file that is read", 2 },
	{ "published", OPTION_PUBLISHED, "PUBLISHED.csv", 0, "the published figures, for --fit and --sensitivity", 2 },
	{ "also", OPTION_ALSO, "MODEL.ini", 0, "--fit -o: this model has the same machine; it gets what was fitted of "
	  "[cpu], [caches] and [dram], and of [pmem] if that was as [dram]", 2 },
	{ 0 }
};

static void take_task(struct arguments *a, int key, const char *ini, struct argp_state *state)
{
	if (a->task)
		argp_error(state, "only one of --apply, --fit and --sensitivity");
	a->task = key;
	a->ini = ini;
}

static void check_arguments(const struct arguments *a, struct argp_state *state)
{
	if (!a->task)
		argp_error(state, "one of --apply, --fit and --sensitivity is missing");
	else if (a->task == 'a' && !a->output)
		argp_error(state, "-o OUT.csv is missing");
	else if (a->task == 'a' && a->files.n > 1)
		argp_error(state, "--apply takes one FILE.csv");
	else if (a->task != 'a' && !a->published)
		argp_error(state, "--published PUBLISHED.csv is missing");
	else if (a->also_count && (a->task != 'f' || !a->output))
		argp_error(state, "--also goes with --fit and -o");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'a':
	case 'f':
	case 's':
		take_task(a, key, arg, state);
		return 0;
	case 'o':
		a->output = arg;
		return 0;
	case OPTION_PUBLISHED:
		a->published = arg;
		return 0;
	case OPTION_ALSO:
		if (a->also_count == ALSO_MAX)
			argp_error(state, "--also: at most %d", ALSO_MAX);
		a->also[a->also_count++] = arg;
		return 0;
	case ARGP_KEY_END:
		check_arguments(a, state);
		return 0;
	default:
		return input_paths_parse(&a->files, key, state);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "FILE.csv...",
	.doc = "Takes counts of caches and memory (rows of clock model) and times them with the parameters of a "
	       "model. No VM runs for that: time is linear in the counts.\v"
	       "The model must have the caches (by name) that the counts were made with. A fit sees nothing of the "
	       "figures after a change: they are left to be predicted.",
};

static int read_model(const char *path, struct model *model)
{
	char why[512];
	int rc = model_read(path, model, why, sizeof(why));

	if (rc)
		err("%s", why);
	return rc;
}

static int run_apply(const struct arguments *a)
{
	struct model model;

	return read_model(a->ini, &model) ? EXIT_TROUBLE : model_apply(&model, &a->files, a->output);
}

/* What --fit and --sensitivity read. */
struct work {
	struct model model;
	struct summary summary;
	struct inputs in;
	struct published published;
};

/* Counts are counts: who modelled them does not matter, as long as the caches are the same. */
static int summary_row(const struct csv_sample *sample, const struct csv_record *row, const struct input_run *run,
		       void *arg)
{
	struct work *w = arg;
	struct csv_sample copy;
	int rc;

	if (!sample || !model_is_modelled(sample))
		return 0;
	rc = model_check_caches(sample, row, &w->model);
	if (rc)
		return rc;
	copy = *sample;
	copy.model = w->model.name;
	return summary_add_row(&w->summary, &copy, row, run->host);
}

static int work_read(struct work *w, const struct arguments *a)
{
	int rc = read_model(a->ini, &w->model);

	if (!rc)
		rc = published_read(a->published, &w->published);
	if (!rc)
		rc = inputs_read(&w->in, &a->files, summary_row, w);
	if (rc)
		return rc;
	if (!w->summary.n_cells) {
		err("no rows of clock model in %s%s", a->files.v[0], a->files.n > 1 ? " and the others" : "");
		return -ENODATA;
	}
	return summary_finish(&w->summary);
}

static void work_free(struct work *w)
{
	summary_free(&w->summary);
	inputs_free(&w->in);
	published_free(&w->published);
}

static int point_table(const struct model *start, const struct model *fitted, const struct model_points *points)
{
	static const char *const titles[] = { "figure before", "published ms", "ms before fit", "ms after fit",
					      "error" };
	_cleanup_text_table_ struct text_table t = { 0 };
	int rc = 0;

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		text_table_column(&t, titles[i], i > 0);
	for (size_t i = 0; !rc && i < points->n; i++) {
		const struct model_point *point = &points->v[i];
		double ns = model_ns(fitted, &point->counts);
		size_t column = 0;

		rc = text_table_row(&t, false);
		if (!rc)
			rc = text_table_set(&t, &column, "%s", point->id);
		if (!rc)
			rc = text_table_set(&t, &column, "%.4g", point->published_ns / 1e6);
		if (!rc)
			rc = text_table_set(&t, &column, "%.4g", model_ns(start, &point->counts) / 1e6);
		if (!rc)
			rc = text_table_set(&t, &column, "%.4g", ns / 1e6);
		if (!rc)
			rc = text_table_set(&t, &column, "%+.1f %%", (ns / point->published_ns - 1) * 100);
	}
	return rc ? rc : text_table_print(&t, stdout);
}

/* A parameter at the end of its range would go on if it could: worth a look. */
static const char *at_end(const struct model_range *range, double value)
{
	const double span = log(range->high / range->low);

	if (log(value / range->low) < 0.01 * span)
		return "at its lower end";
	return log(range->high / value) < 0.01 * span ? "at its upper end" : "";
}

static int parameter_table(const struct model *start, const struct model *fitted)
{
	static const char *const titles[] = { "parameter", "start", "fitted", "low", "high", "remark" };
	_cleanup_text_table_ struct text_table t = { 0 };
	int rc = 0;

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		text_table_column(&t, titles[i], i > 0 && i < 5);
	for (size_t i = 0; !rc && i < MODEL_PARAMETER_COUNT; i++) {
		const struct model_range *range = &fitted->fit[i];
		const double values[] = { model_parameter_get(start, i), model_parameter_get(fitted, i), range->low,
					  range->high };
		size_t column = 0;

		if (!range->free)
			continue;
		rc = text_table_row(&t, false);
		if (!rc)
			rc = text_table_set(&t, &column, "%s", model_parameter_name(i));
		for (size_t k = 0; !rc && k < 4; k++)
			rc = text_table_set(&t, &column, "%.4g", values[k]);
		if (!rc)
			rc = text_table_set(&t, &column, "%s", at_end(range, values[1]));
	}
	return rc ? rc : text_table_print(&t, stdout);
}

/* Which parameters another model of the same machine takes over, and with what values. */
static void take_over(const struct model *fitted, struct model *other, bool changed[MODEL_PARAMETER_COUNT])
{
	const size_t of_dram = MODEL_pmem_latency_ns - MODEL_dram_latency_ns;
	const bool is_dram = !memcmp(&other->pmem, &other->dram, sizeof(other->dram));

	for (size_t i = 0; i < MODEL_PARAMETER_COUNT; i++) {
		/* in the order of MODEL_PARAMETERS: [pmem] comes last, with the keys of [dram] */
		size_t from = i < MODEL_pmem_latency_ns ? i : i - of_dram;

		changed[i] = fitted->fit[from].free && (from == i || is_dram);
		if (changed[i])
			model_parameter_set(other, i, model_parameter_get(fitted, from));
	}
}

static int write_fit(const struct arguments *a, const struct model *fitted, const struct model *others,
		     const char *remark)
{
	bool changed[MODEL_PARAMETER_COUNT];
	int rc;

	for (size_t i = 0; i < MODEL_PARAMETER_COUNT; i++)
		changed[i] = fitted->fit[i].free;
	rc = model_ini_write(a->ini, a->output, fitted, changed, remark);
	for (size_t i = 0; !rc && i < a->also_count; i++) {
		struct model other = others[i];

		take_over(fitted, &other, changed);
		rc = model_ini_write(a->also[i], a->also[i], &other, changed, remark);
	}
	return rc ? EXIT_TROUBLE : EXIT_DONE;
}

/* Read before anything is written. */
static int read_others(const struct arguments *a, const struct model *model, struct model *others)
{
	for (size_t i = 0; i < a->also_count; i++) {
		if (read_model(a->also[i], &others[i]))
			return -EINVAL;
		if (strcmp(others[i].caches.name, model->caches.name)) {
			err("%s: caches are '%s', model %s has '%s'", a->also[i], others[i].caches.name, model->name,
			    model->caches.name);
			return -EINVAL;
		}
	}
	return 0;
}

static int fit_points(const struct arguments *a, struct model *model, const struct model_points *points)
{
	struct model start, others[ALSO_MAX];
	char remark[128];
	int rc;

	if (read_others(a, model, others))
		return EXIT_TROUBLE;
	rc = model_fit(model, points->v, points->n, &start);
	if (rc) {
		err("%s: %s", a->ini, rc == -EINVAL ? "[fit] free names nothing to fit" :
		    rc == -ENODATA ? "no published figure before has counts to fit on" : strerror(-rc));
		return EXIT_TROUBLE;
	}
	rc = point_table(&start, model, points);
	putchar('\n');
	if (!rc)
		rc = parameter_table(&start, model);
	printf("\n%zu figures, rms error %.1f %%, before the fit %.1f %%\n", points->n,
	       100 * model_fit_rms(model, points->v, points->n), 100 * model_fit_rms(&start, points->v, points->n));
	if (finish_stdout(rc))
		return EXIT_TROUBLE;
	if (!a->output)
		return EXIT_DONE;
	snprintf(remark, sizeof(remark), MODEL_INI_REMARK "%zu before-figures, rms error %.1f %%", points->n,
		 100 * model_fit_rms(model, points->v, points->n));
	return write_fit(a, model, others, remark);
}

static int run_fit(const struct arguments *a)
{
	struct model_points points = { 0 };
	struct work w = { 0 };
	int code = EXIT_TROUBLE;

	if (!work_read(&w, a) && !model_points_make(&w.summary, &w.published, w.model.name, &points))
		code = fit_points(a, &w.model, &points);
	model_points_free(&points);
	work_free(&w);
	return code;
}

static int write_sensitivity(const struct arguments *a, const struct model *model, const struct model_pairs *pairs)
{
	_cleanup_outfile_ struct outfile csv = { 0 };

	if (finish_stdout(model_sensitivity_markdown(model, pairs->v, pairs->n, stdout)))
		return EXIT_TROUBLE;
	if (!a->output)
		return EXIT_DONE;
	if (outfile_open(&csv, a->output))
		return EXIT_TROUBLE;
	model_sensitivity_csv(model, pairs->v, pairs->n, csv.f);
	return outfile_commit(&csv) ? EXIT_TROUBLE : EXIT_DONE;
}

static int run_sensitivity(const struct arguments *a)
{
	struct model_pairs pairs = { 0 };
	struct work w = { 0 };
	int code = EXIT_TROUBLE;

	if (!work_read(&w, a) && !model_pairs_make(&w.summary, &w.published, w.model.name, &pairs)) {
		if (pairs.n)
			code = write_sensitivity(a, &w.model, &pairs);
		else
			err("%s: no row of model %s has counts", a->published, w.model.name);
	}
	model_pairs_free(&pairs);
	work_free(&w);
	return code;
}

int cmd_model(int argc, char **argv)
{
	struct arguments a = { 0 };

	if (argp_parse(&argp, argc, argv, 0, NULL, &a))
		return EXIT_TROUBLE;
	if (a.task == 'a')
		return run_apply(&a);
	return a.task == 'f' ? run_fit(&a) : run_sensitivity(&a);
}
