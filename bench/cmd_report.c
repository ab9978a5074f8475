// SPDX-License-Identifier: GPL-2.0-or-later
/* daxpin report: tables and plots from samples. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "commands.h"
#include "inputs.h"
#include "log.h"
#include "outfile.h"
#include "report.h"

typedef int (*report_writer)(const struct summary *summary, FILE *f);

static const struct format {
	const char *name;
	report_writer write;
} formats[] = {
	{ "table", report_table },
	{ "csv", report_csv },
	{ "json", report_json },
	{ "markdown", report_markdown },
};

struct arguments {
	char **files;
	size_t n_files;
	const char *dir;
	report_writer write;
	bool no_plots;
};

enum { OPTION_NO_PLOTS = 256 };

static const struct argp_option options[] = {
	{ "output", 'o', "DIR", 0, "write summary.csv, summary.md, plots/get-put.{svg,png} and, of stages of a series, plots/staircase.{svg,png} to DIR", 0 },
	{ "format", 'f', "FORMAT", 0, "standard output as table (default), csv, json or markdown", 0 },
	{ "no-plots", OPTION_NO_PLOTS, NULL, 0, "tables only, gnuplot is not needed", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	size_t i;

	switch (key) {
	case 'o':
		a->dir = arg;
		return 0;
	case 'f':
		for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
			if (!strcmp(arg, formats[i].name)) {
				a->write = formats[i].write;
				return 0;
			}
		argp_error(state, "--format=%s: must be table, csv, json or markdown", arg);
		return 0;
	case OPTION_NO_PLOTS:
		a->no_plots = true;
		return 0;
	case ARGP_KEY_ARGS:
		a->files = state->argv + state->next;
		a->n_files = (size_t)(state->argc - state->next);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which CSV files? 'daxpin run' writes them");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "FILE.csv...",
	.doc = "Summarizes samples: median, MAD and 95 % confidence interval of the cost per page, by cell and kernel.\v"
	       "The figure of a cell is the median over boots of the median over repetitions; with one boot it is over "
	       "repetitions. Only rows with status ok enter; the others are listed below the table. Platforms, clocks "
	       "and hosts are never mixed: each has a table and plots of its own.",
};

static int on_row(const struct csv_sample *sample, const struct csv_record *row,
		  const struct input_run *run, void *arg)
{
	(void)row;
	if (!sample)
		return 0;
	if (!summary_add(arg, sample, run->host))
		return 0;
	err("out of memory");
	return -ENOMEM;
}

static int read_all(const struct arguments *a, struct inputs *in, struct summary *summary)
{
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < a->n_files; i++)
		rc = inputs_read(in, a->files[i], on_row, summary);
	if (rc)
		return rc;
	for (i = 0; i < in->n_files; i++)
		if (!in->files[i].env)
			err("warning: no %s: the host is not known", in->files[i].env_path);
	if (summary->other_rows)
		err("warning: %" PRIu64 " rows of ops that this daxpin does not know are left out", summary->other_rows);
	if (!summary->n_cells) {
		err("no rows in %s%s", a->files[0], a->n_files > 1 ? " and the others" : "");
		return -ENODATA;
	}
	rc = summary_finish(summary);
	if (rc)
		err("out of memory");
	return rc;
}

static void link_figures(const char *text, const char *name, size_t figures, FILE *f)
{
	size_t i;

	for (i = 1; i <= figures; i++)
		if (i == 1)
			fprintf(f, "![%s](plots/%s.svg)\n", text, name);
		else
			fprintf(f, "![%s](plots/%s-%zu.svg)\n", text, name, i);
}

static int write_file(const struct summary *summary, const char *dir, const char *name,
		      report_writer write, size_t figures, size_t stairs)
{
	_cleanup_outfile_ struct outfile out = { 0 };
	_cleanup_free_ char *path = NULL;
	int rc;

	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		path = NULL;
		err("out of memory");
		return -ENOMEM;
	}
	rc = outfile_open(&out, path);
	if (rc)
		return rc;
	rc = write(summary, out.f);
	if (rc) {
		err("%s: %s", path, strerror(-rc));
		return rc;
	}
	if (figures + stairs)
		fputc('\n', out.f);
	link_figures("stage by stage", "staircase", stairs, out.f);
	link_figures("get and put", "get-put", figures, out.f);
	return outfile_commit(&out);
}

static int write_stdout(const struct arguments *a, const struct summary *summary)
{
	int rc = a->write(summary, stdout);

	if (rc)
		err("%s", strerror(-rc));
	else if (fflush(stdout) || ferror(stdout)) {
		rc = errno ? -errno : -EIO;
		err("standard output: %s", strerror(-rc));
	}
	return rc;
}

/* The tables are written even when there can be no plots. */
static int write_directory(const struct arguments *a, const struct summary *summary)
{
	_cleanup_free_ char *plots = NULL;
	size_t figures = 0, stairs = 0;
	int rc, plotted = 0;

	if (asprintf(&plots, "%s/plots", a->dir) < 0) {
		plots = NULL;
		err("out of memory");
		return -ENOMEM;
	}
	rc = make_directories(a->dir);
	if (!rc)
		rc = write_file(summary, a->dir, "summary.csv", report_csv, 0, 0);
	if (rc)
		return rc;
	if (!a->no_plots)
		plotted = report_plots(summary, plots, &figures);
	if (!a->no_plots && !plotted)
		plotted = report_stairs(summary, plots, &stairs);
	rc = write_file(summary, a->dir, "summary.md", report_markdown, figures, stairs);
	if (!rc)
		note("wrote %s/summary.csv, %s/summary.md and %zu plot%s", a->dir, a->dir,
		     figures + stairs, figures + stairs == 1 ? "" : "s");
	return plotted ? plotted : rc;
}

int cmd_report(int argc, char **argv)
{
	struct arguments a = { .write = report_table };
	struct summary summary = { 0 };
	struct inputs in = { 0 };
	int rc, code = EXIT_TROUBLE;

	if (argp_parse(&argp, argc, argv, 0, NULL, &a))
		return EXIT_TROUBLE;
	rc = read_all(&a, &in, &summary);
	if (!rc) {
		rc = write_stdout(&a, &summary);
		if (!rc && a.dir)
			rc = write_directory(&a, &summary);
		code = !rc ? EXIT_DONE : rc == -ENOPKG ? EXIT_TROUBLE : EXIT_FAILED;
	}
	summary_free(&summary);
	inputs_free(&in);
	return code;
}
