// SPDX-License-Identifier: GPL-2.0-or-later
/* daxpin fit: what is fixed and what grows with size, from samples of several sizes. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "choice.h"
#include "cleanup.h"
#include "commands.h"
#include "fit_group.h"
#include "fit_output.h"
#include "fit_plot.h"
#include "inputs.h"
#include "log.h"
#include "outfile.h"
#include "size.h"
#include "summary.h"

#define PREDICT_MAX 64
#define TOLERANCE 10

struct arguments {
	struct input_paths files;
	const char *output, *residuals, *plot, *ops, *clocks;
	char *against;
	uint64_t least, most;
	uint64_t predict[PREDICT_MAX];
	size_t predict_count;
	double tolerance; /* percent */
	bool wanted[FIT_QUANTITIES];
	bool force;
};

enum {
	OPTION_OP = 256, OPTION_CLOCK, OPTION_QUANTITY, OPTION_MIN, OPTION_MAX, OPTION_RESIDUALS, OPTION_PLOT, OPTION_PREDICT, OPTION_AGAINST,
	OPTION_TOLERANCE, OPTION_FORCE,
};

static const struct argp_option options[] = {
	{ "output", 'o', "FITS.csv", 0, "write the lines to FITS.csv, for 'daxpin plan --measured'", 1 },
	{ "residuals", OPTION_RESIDUALS, "FILE.csv", 0, "write each point, what its line says and the error", 1 },
	{ "plot", OPTION_PLOT, "BASE", 0, "draw the lines, to BASE.svg and BASE.png, with BASE.dat", 1 },
	{ "op", OPTION_OP, "OP[,OP...]", 0, "these ops only, as in the samples: get, put, register, rebind, ...", 2 },
	{ "clock", OPTION_CLOCK, "CLOCK[,CLOCK...]", 0, "these clocks only: wall, insn, model", 2 },
	{ "quantity", OPTION_QUANTITY, "QUANTITY[,QUANTITY...]", 0, "these only: time_ns, instructions, dram_bytes", 2 },
	{ "min", OPTION_MIN, "SIZE", 0, "fit sizes from SIZE on", 2 },
	{ "max", OPTION_MAX, "SIZE", 0, "fit sizes up to SIZE", 2 },
	{ "force", OPTION_FORCE, NULL, 0, "take in samples of kernels that are not trusted", 2 },
	{ "predict", OPTION_PREDICT, "SIZE[,SIZE...]", 0, "also what the lines say for these sizes", 3 },
	{ "against", OPTION_AGAINST, "FILE.csv", 0, "also what they say for the samples of FILE.csv that did not enter "
	  "them, beside what was measured; FILE.csv may be one of those fitted, with --max. Exit status 1 when one is "
	  "off by more than the tolerance", 3 },
	{ "tolerance", OPTION_TOLERANCE, "PERCENT", 0, "of --against (default: 10)", 3 },
	{ 0 }
};

static uint64_t parse_size(const char *option, const char *text, const struct argp_state *state)
{
	uint64_t size = 0;

	if (size_parse(text, &size) || size < 4096)
		argp_error(state, "--%s=%s: must be a size of at least one page, 16G say", option, text);
	return size;
}

static void parse_predict(struct arguments *a, char *list, const struct argp_state *state)
{
	char *text;

	while ((text = strsep(&list, ","))) {
		if (a->predict_count == PREDICT_MAX)
			argp_error(state, "--predict: at most %d sizes", PREDICT_MAX);
		a->predict[a->predict_count++] = parse_size("predict", text, state);
	}
}

static void parse_quantities(struct arguments *a, char *list, const struct argp_state *state)
{
	char *text;

	memset(a->wanted, 0, sizeof(a->wanted));
	while ((text = strsep(&list, ",")))
		a->wanted[choice_parse("quantity", text, fit_quantity_names, FIT_QUANTITIES, sizeof(*fit_quantity_names),
				       state)] = true;
}

static double parse_tolerance(const char *text, const struct argp_state *state)
{
	char *end;
	double tolerance = strtod(text, &end);

	if (end == text || *end || !(tolerance >= 0) || !isfinite(tolerance))
		argp_error(state, "--tolerance=%s: must be a number of percent", text);
	return tolerance;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'o': a->output = arg; return 0;
	case OPTION_RESIDUALS: a->residuals = arg; return 0;
	case OPTION_PLOT: a->plot = arg; return 0;
	case OPTION_OP: a->ops = arg; return 0;
	case OPTION_CLOCK: a->clocks = arg; return 0;
	case OPTION_QUANTITY: parse_quantities(a, arg, state); return 0;
	case OPTION_MIN: a->least = parse_size("min", arg, state); return 0;
	case OPTION_MAX: a->most = parse_size("max", arg, state); return 0;
	case OPTION_FORCE: a->force = true; return 0;
	case OPTION_PREDICT: parse_predict(a, arg, state); return 0;
	case OPTION_AGAINST: a->against = arg; return 0;
	case OPTION_TOLERANCE: a->tolerance = parse_tolerance(arg, state); return 0;
	case ARGP_KEY_END:
		if (a->least > a->most)
			argp_error(state, "--min is above --max");
		return 0;
	default: return input_paths_parse(&a->files, key, state);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "FILE.csv...",
	.doc = "Fits value = fixed + per call * calls + per page * pages to samples of several sizes: time, on clock insn "
	       "instructions, and the DRAM of bring-up.\v"
	       "One line for all cells that differ in job, size, batch and put batch alone. A point is the median over "
	       "boots of the median over repetitions; relative errors are minimized. It takes three sizes at least, and "
	       "several batches to tell calls from pages.",
};

/* What is read of a file. */
struct reading {
	const struct arguments *a;
	struct summary summary;
	struct inputs in;
	const struct inputs *fitted; /* NULL: this is what is fitted */
	uint64_t untrusted, not_ok;
};

static bool is_listed(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (; list; list = strchr(list, ',')) {
		list += *list == ',';
		if (!strncmp(list, word, length) && (!list[length] || list[length] == ','))
			return true;
	}
	return false;
}

static bool is_fitted(const struct arguments *a, const struct csv_sample *sample)
{
	return sample->size_bytes >= a->least && sample->size_bytes <= a->most;
}

static bool is_wanted(const struct reading *r, const struct csv_sample *sample)
{
	const struct arguments *a = r->a;

	if ((a->ops && !is_listed(a->ops, sample->op)) || (a->clocks && !is_listed(a->clocks, sample->clock)))
		return false;
	return r->fitted ? !is_fitted(a, sample) || !inputs_find(r->fitted, sample->run_id) : is_fitted(a, sample);
}

static int on_row(const struct csv_sample *sample, const struct csv_record *row, const struct input_run *run, void *arg)
{
	struct reading *r = arg;

	if (!sample || !is_wanted(r, sample))
		return 0;
	if (strcmp(sample->status, "ok") != 0)
		r->not_ok++;
	if (!r->a->force && sample->trusted != 1) {
		r->untrusted++;
		return 0;
	}
	return summary_add_row(&r->summary, sample, row, run->host);
}

static int read_samples(struct reading *r, const struct input_paths *paths)
{
	int rc = inputs_read(&r->in, paths, on_row, r);

	if (rc)
		return rc;
	if (r->untrusted)
		note("%" PRIu64 " rows of kernels that are not trusted are left out; --force takes them in", r->untrusted);
	if (r->not_ok)
		note("%" PRIu64 " rows are not ok and do not enter; 'daxpin report' says why", r->not_ok);
	return summary_finish(&r->summary);
}

static void reading_free(struct reading *r)
{
	summary_free(&r->summary);
	inputs_free(&r->in);
}

static const char *and_others(const struct input_paths *paths)
{
	return paths->n > 1 ? " and the others" : "";
}

static int check_groups(const struct arguments *a, const struct fit_groups *groups)
{
	if (groups->n && groups->few)
		note("%zu groups of fewer than %d sizes are left out", groups->few, LINE_SIZES_MIN);
	if (groups->n)
		return 0;
	if (groups->few)
		err("%s%s: %zu size%s of the same cell at most, a line takes %d; measure more sizes (configs/jobs/fit.ini)",
		    a->files.v[0], and_others(&a->files), groups->most_sizes, groups->most_sizes == 1 ? "" : "s",
		    LINE_SIZES_MIN);
	else
		err("%s%s: no row was measured%s", a->files.v[0], and_others(&a->files),
		    a->ops || a->clocks || a->least || a->most != UINT64_MAX ? " that --op, --clock, --min and --max let pass" : "");
	return -ENODATA;
}

static void note_negative(const struct fit_groups *groups)
{
	size_t count = 0;

	for (size_t i = 0; i < groups->n; i++)
		for (size_t k = 0; k < LINE_PARAMETERS; k++)
			count += groups->v[i].line.negative[k];
	if (count)
		note("warning: %zu estimate%s significantly below 0, which no cost is: the line bends between these sizes",
		     count, count == 1 ? " is" : "s are");
}

static int read_checks(const struct reading *fitted, const struct fit_groups *groups, struct reading *r,
		       struct fit_checks *checks)
{
	struct input_paths path = { (char **)&fitted->a->against, 1 };
	int rc;

	*r = (struct reading){ .a = fitted->a, .fitted = &fitted->in };
	rc = read_samples(r, &path);
	if (!rc)
		rc = fit_checks_make(&r->summary, groups, checks);
	if (rc)
		return rc;
	if (checks->unknown)
		note("%s: %zu cells have no line, which is of the same kernel, platform, clock, memory, engine and op",
		     path.v[0], checks->unknown);
	if (checks->n)
		return 0;
	err("%s: nothing that a line was fitted for, beyond what was fitted; --max leaves sizes out of the fit", path.v[0]);
	return -ENODATA;
}

static int write_fits(const char *path, const struct fit_groups *groups)
{
	_cleanup_outfile_ struct outfile out = { 0 };
	int rc = outfile_open(&out, path);

	if (!rc)
		rc = fit_groups_write(groups, out.f);
	return rc ? rc : outfile_commit(&out);
}

static int write_residuals(const char *path, const struct fit_groups *groups, const struct fit_checks *checks)
{
	_cleanup_outfile_ struct outfile out = { 0 };
	int rc = outfile_open(&out, path);

	if (rc)
		return rc;
	fit_residuals_csv(groups, checks, out.f);
	return outfile_commit(&out);
}

static int print_all(const struct arguments *a, const struct fit_groups *groups, const struct fit_checks *checks)
{
	return finish_stdout(fit_print(groups, a->predict, a->predict_count, checks, stdout));
}

/* Exit code. */
static int judge(const struct arguments *a, const struct fit_checks *checks)
{
	double worst = 100 * fit_checks_worst(checks);

	if (!checks->n)
		return EXIT_DONE;
	note("%zu predictions, the worst is off by %.2f %%", checks->n, worst);
	if (worst <= a->tolerance)
		return EXIT_DONE;
	err("%s: a prediction is off by %.2f %%, more than %g %%", a->against, worst, a->tolerance);
	return EXIT_FAILED;
}

static int draw(const struct arguments *a, const struct fit_groups *groups, const struct fit_checks *checks)
{
	uint64_t most = 0;

	for (size_t i = 0; i < a->predict_count; i++)
		most = a->predict[i] > most ? a->predict[i] : most;
	return fit_plot(groups, checks, (double)(most / 4096), a->plot);
}

static int write_all(const struct arguments *a, const struct fit_groups *groups, const struct fit_checks *checks)
{
	int rc = print_all(a, groups, checks);

	if (!rc && a->output)
		rc = write_fits(a->output, groups);
	if (!rc && a->residuals)
		rc = write_residuals(a->residuals, groups, checks);
	if (!rc && a->plot)
		rc = draw(a, groups, checks);
	return rc ? EXIT_TROUBLE : judge(a, checks);
}

int cmd_fit(int argc, char **argv)
{
	struct arguments a = { .most = UINT64_MAX, .tolerance = TOLERANCE, .wanted = { true, true, true } };
	struct reading fitted = { .a = &a }, checked = { .a = &a };
	struct fit_groups groups = { 0 };
	struct fit_checks checks = { 0 };
	int rc, code = EXIT_TROUBLE;

	if (argp_parse(&argp, argc, argv, 0, NULL, &a))
		return EXIT_TROUBLE;
	rc = read_samples(&fitted, &a.files);
	if (!rc)
		rc = fit_groups_make(&fitted.summary, a.wanted, &groups);
	if (!rc)
		rc = check_groups(&a, &groups);
	if (!rc && a.against)
		rc = read_checks(&fitted, &groups, &checked, &checks);
	if (!rc) {
		note_negative(&groups);
		code = write_all(&a, &groups, &checks);
	}
	fit_checks_free(&checks);
	fit_groups_free(&groups);
	reading_free(&checked);
	reading_free(&fitted);
	return code;
}
