// SPDX-License-Identifier: GPL-2.0-or-later
/* daxpin compare: has a kernel become slower? */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choice.h"
#include "cleanup.h"
#include "commands.h"
#include "compare_arguments.h"
#include "compare_report.h"
#include "log.h"
#include "noise.h"
#include "noise_store.h"
#include "outfile.h"

typedef int (*compare_writer)(const struct compare_report *report, FILE *f);

static const struct format {
	const char *name;
	compare_writer write;
} formats[] = {
	{ "table", compare_table },
	{ "csv", compare_csv },
	{ "json", compare_json },
	{ "markdown", compare_markdown },
	{ "commit", compare_commit },
};

/* Files of a side, in the order of the command line. */
struct paths {
	char **v;
	size_t n;
};

struct arguments {
	struct paths base, new, others;
	const char *base_kernel, *new_kernel;
	struct cell_select select;
	const char *noise, *store_noise;
	const struct format *format;
	struct compare_options options;
	bool force, strict;
};

enum {
	OPTION_BASE = 256, OPTION_NEW, OPTION_BASE_KERNEL, OPTION_NEW_KERNEL, OPTION_CELL, OPTION_NOISE, OPTION_STORE_NOISE,
	OPTION_FORCE, OPTION_STRICT,
};

static const struct argp_option options[] = {
	{ "base", OPTION_BASE, "FILE.csv", 0, "one more file of the side BASE; may be repeated", 0 },
	{ "new", OPTION_NEW, "FILE.csv", 0, "one more file of the side NEW; may be repeated", 0 },
	{ "base-kernel", OPTION_BASE_KERNEL, "ID", 0, "kernel id or release of BASE, where its files have several", 0 },
	{ "new-kernel", OPTION_NEW_KERNEL, "ID", 0, "the same of NEW", 0 },
	{ "cell", OPTION_CELL, "KEY=VALUE...", 0, CELL_SELECT_HELP "; may be repeated", 0 },
	{ "format", 'f', "FORMAT", 0, "table (default), csv, json, markdown, or commit: before and after for the "
	  "message of a kernel patch", 0 },
	{ "noise", OPTION_NOISE, "NOISE.csv", 0, "what this machine differs from itself (make noise): thresholds are "
	  "not below it", 0 },
	{ "strict", OPTION_STRICT, NULL, 0, "cells that are inconclusive or on one side only are trouble, too", 0 },
	{ "force", OPTION_FORCE, NULL, 0, "compare what should not be: other platforms, models, machines, untrusted "
	  "kernels, one run with itself; with --store-noise: replace NOISE.csv whatever it is", 0 },
	{ "store-noise", OPTION_STORE_NOISE, "NOISE.csv", 0, "in place of all that: each file is a set of boots of "
	  "the same kernels; write how much they differ", 0 },
	{ 0 }
};

static int add_path(struct paths *paths, char *path)
{
	char **v = reallocarray(paths->v, paths->n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	paths->v = v;
	v[paths->n++] = path;
	return 0;
}

/* One file with a kernel of each side is both sides; two are BASE and NEW. */
static int share_out(struct arguments *a, const struct argp_state *state)
{
	struct paths *o = &a->others;

	if (a->store_noise) {
		if (o->n < 2 || a->base.n || a->new.n || a->base_kernel || a->new_kernel || a->noise ||
		    a->select.n)
			argp_error(state, "--store-noise takes two files or more, each a set of boots, and no side");
		return 0;
	}
	if (o->n > 2)
		argp_error(state, "%zu files are too many: BASE.csv and NEW.csv; --base and --new take more", o->n);
	if ((o->n == 1 && !(a->base_kernel && a->new_kernel)) || (!o->n && !(a->base.n && a->new.n)))
		argp_error(state, "which files? BASE.csv and NEW.csv; or one with --base-kernel and --new-kernel");
	if (!o->n)
		return 0;
	return add_path(&a->base, o->v[0]) || add_path(&a->new, o->v[o->n - 1]) ? ENOMEM : 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->options; return 0;
	case OPTION_BASE: return add_path(&a->base, arg) ? ENOMEM : 0;
	case OPTION_NEW: return add_path(&a->new, arg) ? ENOMEM : 0;
	case OPTION_BASE_KERNEL: a->base_kernel = arg; return 0;
	case OPTION_NEW_KERNEL: a->new_kernel = arg; return 0;
	case OPTION_CELL: return cell_select_parse(&a->select, "--cell", arg, state);
	case 'f': a->format = CHOICE_PARSE("format", arg, formats, state); return 0;
	case OPTION_NOISE: a->noise = arg; return 0;
	case OPTION_STRICT: a->strict = true; return 0;
	case OPTION_FORCE: a->force = true; return 0;
	case OPTION_STORE_NOISE: a->store_noise = arg; return 0;
	case ARGP_KEY_ARG: return add_path(&a->others, arg) ? ENOMEM : 0;
	case ARGP_KEY_END: return share_out(a, state);
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.children = (const struct argp_child[]){ { &compare_argp, 0, NULL, 0 }, { 0 } },
	.args_doc = "BASE.csv NEW.csv\n--store-noise NOISE.csv SET.csv SET.csv...",
	.doc = "Compares two kernels, cell by cell, at the level of boots.\v"
	       "Verdicts: regression, improvement, no change, inconclusive, and insufficient data where so few boots "
	       "could not have shown anything. Exit status: 0 no regression, 1 a regression, 2 trouble: nothing to "
	       "compare, what must not be compared, insufficient data, or a cell that fails in NEW.",
};

static int flush(const struct compare_report *report, const struct format *format)
{
	int rc = format->write(report, stdout);

	if (rc) {
		err("%s", strerror(-rc));
		return rc;
	}
	return flush_stdout();
}

/* Says why not; with force only that it is done all the same. */
static int heed(const struct compare_doubts *doubts, bool force)
{
	size_t i;

	if (doubts->impossible.n) {
		err("not comparable: %s; instructions and time have no ratio", doubts->impossible.v[0]);
		return -EPERM;
	}
	for (i = 0; i < doubts->refused.n; i++)
		err("%s%s", force ? "warning: compared all the same: " : "not comparable (--force): ",
		    doubts->refused.v[i]);
	return doubts->refused.n && !force ? -EPERM : 0;
}

/* That this is no pass has to be seen where only errors are. */
static void say_trouble(const struct comparisons *comparisons)
{
	_cleanup_free_ char *counts = NULL;
	size_t len;
	FILE *f = open_memstream(&counts, &len);

	if (!f)
		return;
	compare_put_counts(comparisons, f);
	if (!fclose(f))
		err("no pass: %s", counts);
}

static int compare_sides(struct arguments *a, const struct compare_input *base, const struct compare_input *new,
			 const struct noise *noise, int *code)
{
	struct comparisons comparisons = { 0 };
	struct compare_doubts doubts = { 0 };
	struct compare_report report = {
		.base = base, .new = new, .comparisons = &comparisons, .options = &a->options, .doubts = &doubts,
	};
	int rc = compare_check(base, new, &doubts);

	if (rc)
		err("%s", strerror(-rc));
	if (!rc)
		rc = heed(&doubts, a->force);
	if (!rc) {
		a->options.across = a->force;
		a->options.noise = noise;
		rc = compare(&base->summary, &new->summary, &a->options, &comparisons);
		if (rc)
			err("%s", strerror(-rc));
	}
	if (!rc) {
		report.status = comparisons_exit(&comparisons, a->strict);
		rc = flush(&report, a->format);
	}
	if (!rc && report.status == EXIT_TROUBLE)
		say_trouble(&comparisons);
	*code = rc ? EXIT_TROUBLE : report.status;
	comparisons_free(&comparisons);
	compare_doubts_free(&doubts);
	return rc;
}

static int compare_files(struct arguments *a)
{
	struct compare_input base = { .name = "BASE", .choice = a->base_kernel, .select = &a->select,
				      .files = { a->base.v, a->base.n } };
	struct compare_input new = { .name = "NEW", .choice = a->new_kernel, .select = &a->select,
				     .files = { a->new.v, a->new.n } };
	struct noise noise = { 0 };
	int rc, code = EXIT_TROUBLE;

	rc = a->noise ? noise_read(a->noise, &noise) : 0;
	if (!rc)
		rc = compare_input_read(&base);
	if (!rc)
		rc = compare_input_read(&new);
	if (!rc)
		compare_sides(a, &base, &new, a->noise ? &noise : NULL, &code);
	compare_input_free(&base);
	compare_input_free(&new);
	noise_free(&noise);
	return code;
}

static int store_noise(const struct arguments *a)
{
	const struct input_paths sets = { a->others.v, a->others.n };

	return noise_store(a->store_noise, &sets, a->force) ? EXIT_TROUBLE : EXIT_DONE;
}

int cmd_compare(int argc, char **argv)
{
	struct arguments a = { .format = &formats[0] };
	int code = EXIT_TROUBLE;

	compare_defaults(&a.options);
	if (!argp_parse(&argp, argc, argv, 0, NULL, &a))
		code = a.store_noise ? store_noise(&a) : compare_files(&a);
	cell_select_free(&a.select);
	free(a.base.v);
	free(a.new.v);
	free(a.others.v);
	return code;
}
