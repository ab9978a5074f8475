// SPDX-License-Identifier: GPL-2.0-or-later
/* daxpin report: tables and plots from samples. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "choice.h"
#include "cleanup.h"
#include "commands.h"
#include "inputs.h"
#include "log.h"
#include "outfile.h"
#include "plots_dir.h"
#include "published.h"
#include "published_compare.h"
#include "report.h"
#include "report_html.h"
#include "report_kernels.h"
#include "report_published.h"
#include "verdicts.h"

typedef int (*report_writer)(const struct summary *summary, FILE *f);

static const struct format {
	const char *name;
	report_writer write;
	report_writer by_kernel; /* NULL: not with --by-kernel */
} formats[] = {
	{ "table", report_table, report_kernels },
	{ "csv", report_csv, report_kernels_csv },
	{ "json", report_json, NULL },
	{ "markdown", report_markdown, report_kernels_markdown },
};

/* In the order of summary.md. */
static const struct plots {
	const char *name, *text;
	int (*make)(const struct summary *summary, const char *dir, size_t *figures);
} plots[] = {
	{ "kernels", "kernel by kernel", report_kernels_plots },
	{ "staircase", "stage by stage", report_stairs },
	{ "get-put", "get and put", report_plots },
	{ "registration", "registration by size", report_registration },
	{ "threads", "throughput by threads", report_threads },
	{ "unpin", "put by variant, order and caches", report_unpin },
	{ "misses", "cache lines by where they come from", report_misses },
};

#define PLOTS (sizeof(plots) / sizeof(plots[0]))

struct arguments {
	struct input_paths files;
	const char *dir;
	const struct format *format;
	const char *published;
	struct verdicts verdicts;
	bool no_plots, no_html, by_kernel, strict;
};

enum { OPTION_NO_PLOTS = 256, OPTION_NO_HTML, OPTION_PUBLISHED, OPTION_BY_KERNEL, OPTION_STRICT, OPTION_VERDICTS };

static const struct argp_option options[] = {
	{ "output", 'o', "DIR", 0, "write summary.csv, summary.md, index.html and plots to DIR: "
	  "plots/get-put.{svg,png}, plots/kernels.* of several kernels, plots/staircase.* of stages of a series, plots/registration.*, plots/threads.* and plots/unpin.* where a job "
	  "varies these, plots/misses.* of clock model", 0 },
	{ "format", 'f', "FORMAT", 0, "standard output as table (default), csv, json or markdown", 0 },
	{ "no-plots", OPTION_NO_PLOTS, NULL, 0, "tables only, gnuplot is not needed", 0 },
	{ "no-html", OPTION_NO_HTML, NULL, 0, "no index.html", 0 },
	{ "verdicts", OPTION_VERDICTS, "COMPARE.json", 0, "also on the page: what daxpin compare --format=json found; may be repeated", 0 },
	{ "published", OPTION_PUBLISHED, "PUBLISHED.csv", 0, "in place of all that: the figures of papers beside ours, as Markdown or CSV; with -o published.md, published-compare.csv, plots/published.*", 0 },
	{ "by-kernel", OPTION_BY_KERNEL, NULL, 0, "on standard output a row for each figure and clock in place of the usual table, a column for each kernel with "
	  "the ratio to the one before; behind it which change of mainline moved what", 0 },
	{ "strict", OPTION_STRICT, NULL, 0, "with --published: a figure that misses and has no miss_reason there is a failure, and the other way round; with "
	  "--by-kernel: a figure that rises by more than 10 % and has no known reason, or one that does not fall where it should", 0 },
	{ 0 }
};

static void check_together(const struct arguments *a, const struct argp_state *state)
{
	if (a->strict && !a->published && !a->by_kernel)
		argp_error(state, "--strict goes with --published or --by-kernel");
	if (a->verdicts.n && (!a->dir || a->no_html || a->published))
		argp_error(state, "--verdicts goes with --output, for the page");
	if (a->published && a->by_kernel)
		argp_error(state, "--published and --by-kernel are two reports");
	if (a->by_kernel && !a->format->by_kernel)
		argp_error(state, "--by-kernel: --format must be table, csv or markdown");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'o':
		a->dir = arg;
		return 0;
	case 'f':
		a->format = CHOICE_PARSE("format", arg, formats, state);
		return 0;
	case OPTION_NO_PLOTS:
		a->no_plots = true;
		return 0;
	case OPTION_NO_HTML:
		a->no_html = true;
		return 0;
	case OPTION_PUBLISHED:
		a->published = arg;
		return 0;
	case OPTION_VERDICTS:
		return verdicts_read(&a->verdicts, arg) ? EINVAL : 0;
	case OPTION_BY_KERNEL:
		a->by_kernel = true;
		return 0;
	case OPTION_STRICT:
		a->strict = true;
		return 0;
	default:
		if (key == ARGP_KEY_END)
			check_together(a, state);
		return input_paths_parse(&a->files, key, state);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "FILE.csv...",
	.doc = "Summarizes samples: median, MAD and 95 % confidence interval of the cost per page, by cell and kernel.\v"
	       "The figure of a cell is the median over boots of the median over repetitions; with one boot it is over "
	       "repetitions. Only rows with status ok enter; the others are listed below the table. Platforms, clocks, "
	       "models and hosts are never mixed: each has a table and plots of its own.",
};

static int on_row(const struct csv_sample *sample, const struct csv_record *row,
		  const struct input_run *run, void *arg)
{
	return sample ? summary_add_row(arg, sample, row, run->host) : 0;
}

static int read_all(const struct arguments *a, struct inputs *in, struct summary *summary)
{
	int rc = inputs_read(in, &a->files, on_row, summary);
	size_t i;

	if (rc)
		return rc;
	for (i = 0; i < in->n_files; i++)
		if (!in->files[i].env)
			err("warning: no %s: the host is not known", in->files[i].env_path);
	if (summary->other_rows)
		err("warning: %" PRIu64 " rows of ops that this daxpin does not know are left out", summary->other_rows);
	if (!summary->n_cells) {
		err("no rows in %s%s", a->files.v[0], a->files.n > 1 ? " and the others" : "");
		return -ENODATA;
	}
	return summary_finish(summary);
}

static size_t all_figures(const size_t figures[PLOTS])
{
	size_t i, sum = 0;

	for (i = 0; i < PLOTS; i++)
		sum += figures[i];
	return sum;
}

static void link_figures(const size_t figures[PLOTS], FILE *f)
{
	size_t i, k;

	if (all_figures(figures))
		fputc('\n', f);
	for (i = 0; i < PLOTS; i++)
		for (k = 1; k <= figures[i]; k++)
			if (k == 1)
				fprintf(f, "![%s](plots/%s.svg)\n", plots[i].text, plots[i].name);
			else
				fprintf(f, "![%s](plots/%s-%zu.svg)\n", plots[i].text, plots[i].name, k);
}

static int write_file(const struct summary *summary, const char *dir, const char *name,
		      report_writer write, const size_t figures[PLOTS])
{
	_cleanup_outfile_ struct outfile out = { 0 };
	int rc = outfile_open_in(&out, dir, name);

	if (rc)
		return rc;
	rc = write(summary, out.f);
	if (rc) {
		err("%s/%s: %s", dir, name, strerror(-rc));
		return rc;
	}
	link_figures(figures, out.f);
	return outfile_commit(&out);
}

static int write_stdout(const struct arguments *a, const struct summary *summary)
{
	int rc = (a->by_kernel ? a->format->by_kernel : a->format->write)(summary, stdout);

	if (rc)
		err("%s", strerror(-rc));
	return rc ? rc : flush_stdout();
}

/* NULL after printing. */
static char *plots_directory(const char *dir)
{
	char *below;

	if (asprintf(&below, "%s/plots", dir) >= 0)
		return below;
	err("out of memory");
	return NULL;
}

static int make_plots(const struct summary *summary, const char *dir, size_t figures[PLOTS])
{
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < PLOTS; i++)
		rc = plots[i].make(summary, dir, &figures[i]);
	return rc;
}

static int install_plots(const struct plots_dir *made)
{
	const char *names[PLOTS];
	size_t i;

	for (i = 0; i < PLOTS; i++)
		names[i] = plots[i].name;
	return plots_dir_install(made, names, PLOTS);
}

static int write_page(const struct arguments *a, const struct summary *summary, const struct inputs *in, const char *made,
		      const size_t figures[PLOTS])
{
	_cleanup_outfile_ struct outfile out = { 0 };
	struct report_page_plots kinds[PLOTS];
	const struct report_page page = {
		.summary = summary, .in = in, .dir = made, .plots = kinds, .n_plots = PLOTS, .verdicts = &a->verdicts,
	};
	size_t i;
	int rc;

	for (i = 0; i < PLOTS; i++)
		kinds[i] = (struct report_page_plots){ plots[i].name, plots[i].text, figures[i], plots[i].make == report_kernels_plots };
	rc = outfile_open_in(&out, a->dir, "index.html");
	if (!rc)
		rc = report_html(&page, out.f);
	return rc ? rc : outfile_commit(&out);
}

static int write_tables(const struct arguments *a, const struct summary *summary, const struct inputs *in,
			const char *made, const size_t figures[PLOTS])
{
	static const size_t none[PLOTS] = { 0 };
	int rc = write_file(summary, a->dir, "summary.csv", report_csv, none);

	if (!rc)
		rc = write_file(summary, a->dir, "summary.md", report_markdown, figures);
	if (!rc && !a->no_html)
		rc = write_page(a, summary, in, made, figures);
	return rc;
}

static bool has_report(const char *dir)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/summary.md", dir) < 0)
		path = NULL;
	return path && !access(path, F_OK);
}

/* Without plots the tables are written where there is nothing better: a report that was made before has its plots. */
static int write_without_plots(const struct arguments *a, const struct summary *summary, const struct inputs *in)
{
	static const size_t none[PLOTS] = { 0 };

	if (!has_report(a->dir))
		return write_tables(a, summary, in, NULL, none);
	note("the older report in %s is left as it is", a->dir);
	return 0;
}

static int write_with_plots(const struct arguments *a, const struct summary *summary, const struct inputs *in,
			    size_t figures[PLOTS])
{
	_cleanup_plots_dir_ struct plots_dir made = { .lock = -1 };
	int rc = plots_dir_open(&made, a->dir);

	if (rc)
		return rc;
	rc = make_plots(summary, made.made, figures);
	if (rc) {
		write_without_plots(a, summary, in);
		return rc;
	}
	plots_dir_lock(&made);
	rc = write_tables(a, summary, in, made.made, figures);
	return rc ? rc : install_plots(&made);
}

static int write_directory(const struct arguments *a, const struct summary *summary, const struct inputs *in)
{
	size_t figures[PLOTS] = { 0 };
	int rc = make_directories(a->dir);

	if (!rc)
		rc = a->no_plots ? write_tables(a, summary, in, NULL, figures) : write_with_plots(a, summary, in, figures);
	if (!rc)
		note("wrote %s/summary.csv, %s/summary.md%s%s%s and %zu plot%s", a->dir, a->dir, a->no_html ? "" : ", ",
		     a->no_html ? "" : a->dir, a->no_html ? "" : "/index.html", all_figures(figures),
		     all_figures(figures) == 1 ? "" : "s");
	return rc;
}

static int report_summary(const struct arguments *a, const struct summary *summary, const struct inputs *in)
{
	int rc = write_stdout(a, summary);

	if (!rc && a->dir)
		rc = write_directory(a, summary, in);
	return !rc && a->strict ? report_kernels_check(summary) : rc;
}

typedef int (*published_writer)(const struct summary *summary, const struct published *published, FILE *f);

static int write_published(const struct summary *summary, const struct published *published, const char *dir,
			   const char *name, published_writer write)
{
	_cleanup_outfile_ struct outfile out = { 0 };
	int rc = outfile_open_in(&out, dir, name);

	if (!rc)
		rc = write(summary, published, out.f);
	return rc ? rc : outfile_commit(&out);
}

static int write_published_directory(const struct arguments *a, const struct summary *summary,
				     const struct published *published)
{
	_cleanup_free_ char *below = NULL;
	size_t figures;
	int rc = make_directories(a->dir);

	if (!rc)
		rc = write_published(summary, published, a->dir, "published.md", report_published);
	if (!rc)
		rc = write_published(summary, published, a->dir, "published-compare.csv", report_published_csv);
	if (rc || a->no_plots)
		return rc;
	below = plots_directory(a->dir);
	return below ? report_published_plots(summary, published, below, &figures) : -ENOMEM;
}

static int report_beside_published(const struct arguments *a, const struct summary *summary,
				   const struct published *published)
{
	int rc;

	if (a->format->write == report_csv)
		rc = report_published_csv(summary, published, stdout);
	else
		rc = report_published(summary, published, stdout);
	if (!rc)
		rc = flush_stdout();
	if (!rc && a->dir)
		rc = write_published_directory(a, summary, published);
	if (!rc && a->strict)
		rc = published_check(summary, published);
	return rc;
}

int cmd_report(int argc, char **argv)
{
	struct arguments a = { .format = &formats[0] };
	struct summary summary = { 0 };
	struct published published = { 0 };
	struct inputs in = { .models = true };
	int rc, code = EXIT_TROUBLE;

	if (argp_parse(&argp, argc, argv, 0, NULL, &a)) {
		verdicts_free(&a.verdicts);
		return EXIT_TROUBLE;
	}
	rc = a.published ? published_read(a.published, &published) : 0;
	if (!rc)
		rc = read_all(&a, &in, &summary);
	if (!rc) {
		rc = a.published ? report_beside_published(&a, &summary, &published) : report_summary(&a, &summary, &in);
		code = !rc ? EXIT_DONE : rc == -EDOM ? EXIT_FAILED : EXIT_TROUBLE;
	}
	published_free(&published);
	verdicts_free(&a.verdicts);
	summary_free(&summary);
	inputs_free(&in);
	return code;
}
