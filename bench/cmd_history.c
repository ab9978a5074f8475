// SPDX-License-Identifier: GPL-2.0-or-later
/* daxpin history: a store of runs, and cells over the kernels in it. */
#include <argp.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choice.h"
#include "cleanup.h"
#include "commands.h"
#include "compare_arguments.h"
#include "history_report.h"
#include "log.h"
#include "noise.h"
#include "outfile.h"
#include "store.h"

enum view { VIEW_LIST, VIEW_SERIES, VIEW_CHANGES, VIEWS };

static const struct format {
	const char *name;
	history_writer write[VIEWS];
} formats[] = {
	{ "table", { history_list_table, history_table, history_changes_table } },
	{ "csv", { history_list_csv, history_csv, history_changes_csv } },
	{ "json", { history_list_json, history_json, history_changes_json } },
	{ "markdown", { history_list_markdown, history_markdown, history_changes_markdown } },
};

struct arguments {
	const char *store, *noise, *dir;
	struct input_paths files;
	const struct format *format;
	enum view view;
	struct history_options history;
	struct compare_options compare;
	bool add;
};

enum {
	OPTION_STORE = 256, OPTION_ADD, OPTION_ALL, OPTION_CHANGES, OPTION_CELL, OPTION_KERNEL, OPTION_NOISE, OPTION_FORCE,
	OPTION_KEY,
};

/* Keys that have an option of their own, from OPTION_KEY on. */
static const enum key option_keys[] = {
	KEY_PLATFORM, KEY_CLOCK, KEY_MODEL, KEY_JOB, KEY_ENGINE, KEY_MAP, KEY_OP,
};

static const struct argp_option options[] = {
	{ "store", OPTION_STORE, "DIR", 0, "the store (default: " STORE_DEFAULT ")", 0 },
	{ "add", OPTION_ADD, NULL, 0, "put the runs of the files into the store, each once", 0 },
	{ "all", OPTION_ALL, NULL, 0, "all cells, a table each", 0 },
	{ "changes", OPTION_CHANGES, NULL, 0, "change points only, the strongest first", 0 },
	{ "cell", OPTION_CELL, "KEY=VALUE...", 0, CELL_SELECT_HELP "; may be repeated", 0 },
	{ "platform", OPTION_KEY, "NAME", 0, "short for --cell platform=NAME, as those below for their keys", 0 },
	{ "clock", OPTION_KEY + 1, "NAME", 0, NULL, 0 },
	{ "model", OPTION_KEY + 2, "NAME", 0, NULL, 0 },
	{ "job", OPTION_KEY + 3, "NAME", 0, NULL, 0 },
	{ "engine", OPTION_KEY + 4, "NAME", 0, NULL, 0 },
	{ "map", OPTION_KEY + 5, "NAME", 0, NULL, 0 },
	{ "op", OPTION_KEY + 6, "NAME", 0, NULL, 0 },
	{ "host", 'H', "TEXT", 0, "only machines that have this in their description", 0 },
	{ "kernel", OPTION_KERNEL, "ID[,ID...]", 0, "only these kernels (ids or releases), as one line", 0 },
	{ "output", 'o', "DIR", 0, "also write history.csv, history.md and a plot of each cell: history.{svg,png}, history-2.* "
	  "and so on", 0 },
	{ "format", 'f', "FORMAT", 0, "table (default), csv, json or markdown", 0 },
	{ "noise", OPTION_NOISE, "NOISE.csv", 0, "what this machine differs from itself (make noise): thresholds are "
	  "not below it", 0 },
	{ "force", OPTION_FORCE, NULL, 0, "also runs that are not trusted", 0 },
	{ 0 }
};


#define OPTION_KEYS (sizeof(option_keys) / sizeof(option_keys[0]))

/* --clock insn */
static error_t parse_key(struct arguments *a, enum key k, const char *arg, const struct argp_state *state)
{
	_cleanup_free_ char *text = NULL, *option = NULL;

	if (asprintf(&text, "%s=%s", key_infos[k].column, arg) < 0)
		text = NULL;
	if (asprintf(&option, "--%s", key_infos[k].column) < 0)
		option = NULL;
	return text && option ? cell_select_parse(&a->history.select, option, text, state) : ENOMEM;
}

static error_t parse_kernels(struct arguments *a, char *arg, const struct argp_state *state)
{
	struct history_options *o = &a->history;
	char *kernel, **kernels;

	while ((kernel = strsep(&arg, ","))) {
		if (!*kernel)
			argp_error(state, "--kernel: one of the ids is empty");
		kernels = reallocarray(o->kernels, o->n_kernels + 1, sizeof(*kernels));
		if (!kernels)
			return ENOMEM;
		o->kernels = kernels;
		kernels[o->n_kernels++] = kernel;
	}
	return 0;
}

/* Cells that were chosen are shown. */
static void choose_view(struct arguments *a, const struct argp_state *state)
{
	if (a->view == VIEW_LIST && (a->history.select.n || a->history.host || a->history.n_kernels || a->dir))
		a->view = VIEW_SERIES;
	if (!a->add)
		return;
	if (!a->files.n)
		argp_error(state, "--add: which CSV files? 'daxpin run' writes them");
	if (a->view != VIEW_LIST)
		argp_error(state, "--add only adds; look at the store with another call");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	if (key >= OPTION_KEY && key < OPTION_KEY + (int)OPTION_KEYS)
		return parse_key(a, option_keys[key - OPTION_KEY], arg, state);
	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->compare; return 0;
	case OPTION_STORE: a->store = arg; return 0;
	case OPTION_ADD: a->add = true; return 0;
	case OPTION_ALL: a->view = VIEW_SERIES; return 0;
	case OPTION_CHANGES: a->view = VIEW_CHANGES; return 0;
	case OPTION_CELL: return cell_select_parse(&a->history.select, "--cell", arg, state);
	case OPTION_KERNEL: return parse_kernels(a, arg, state);
	case OPTION_NOISE: a->noise = arg; return 0;
	case OPTION_FORCE: a->history.force = true; return 0;
	case 'H': a->history.host = arg; return 0;
	case 'o': a->dir = arg; return 0;
	case 'f': a->format = CHOICE_PARSE("format", arg, formats, state); return 0;
	case ARGP_KEY_ARGS:
		a->files = (struct input_paths){ state->argv + state->next, (size_t)(state->argc - state->next) };
		return 0;
	case ARGP_KEY_END: choose_view(a, state); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.children = (const struct argp_child[]){ { &compare_argp, 0, NULL, 0 }, { 0 } },
	.args_doc = "[FILE.csv...]\n--add FILE.csv...",
	.doc = "Cells over kernels, from a store of runs, or from files that are named, with the points where they changed.\v"
	       "Without a cell, --all or --changes it lists what there is. A kernel is compared with those since the last "
	       "change, never across platforms, clocks, models or machines. Exit status: 0 done, 2 trouble: usage, no store, no "
	       "such cell, a run that is there with other rows, or a file of the store that cannot be read (what the others "
	       "have is shown).",
};

/* One file that cannot be added does not keep the others out. */
static int add_files(const struct arguments *a)
{
	struct store_added added = { 0 };
	size_t i, failed = 0;

	for (i = 0; i < a->files.n; i++) {
		progress("%s", a->files.v[i]);
		failed += store_add(a->store, a->files.v[i], &added) != 0;
	}
	if (added.removed)
		note("%s: removed %zu file%s that an adder had left when it was killed", a->store, added.removed,
		     added.removed == 1 ? "" : "s");
	note("%s: %zu run%s added, %zu there already%s", a->store, added.added, added.added == 1 ? "" : "s", added.there,
	     failed ? ", not all files" : "");
	return failed ? EXIT_TROUBLE : EXIT_DONE;
}

static int read_all(const struct arguments *a, struct history *history)
{
	struct store_files stored = { 0 };
	char **paths = a->files.v;
	size_t i, n = a->files.n;
	int rc = 0;

	if (!n) {
		rc = store_list(a->store, &stored);
		if (rc == -ENOENT)
			err("no store at %s; 'daxpin history --add FILE.csv' makes one, --store names another", a->store);
		paths = stored.v;
		n = stored.n;
	}
	for (i = 0; !rc && i < n; i++) {
		if (n > 20)
			progress("reading %zu of %zu", i + 1, n);
		rc = history_read(history, paths[i], &a->history);
		if (rc == -ENOMEM)
			out_of_memory();
	}
	progress("%s", "");
	if (!rc && !n) {
		err("%s is empty; 'daxpin history --add FILE.csv' adds to it", a->store);
		rc = -ENODATA;
	}
	store_files_free(&stored);
	return rc;
}

static void say_left_out(const struct history *h)
{
	if (h->bad)
		err("%zu file%s left out", h->bad, h->bad == 1 ? "" : "s");
	if (h->untrusted)
		err("warning: %zu run%s left out, not trusted (debug options, or a clock of ticks); --force has them", h->untrusted,
		    h->untrusted == 1 ? "" : "s");
}

static int compute(struct arguments *a, struct history *history, struct noise *noise)
{
	int rc = a->noise ? noise_read(a->noise, noise) : 0;

	if (rc)
		return rc;
	a->compare.noise = a->noise ? noise : NULL;
	rc = history_finish(history);
	if (!rc && a->view != VIEW_LIST && history_series(history, &a->compare, a->view == VIEW_CHANGES))
		rc = out_of_memory();
	return rc;
}

/* Nothing that was asked for is trouble, not an empty table that looks like a pass. */
static int check_any(const struct arguments *a, const struct history *h)
{
	if (a->view == VIEW_LIST ? h->n_versions : h->n_series)
		return 0;
	err("nothing measured of such a cell and kernel among %zu run%s", h->runs, h->runs == 1 ? "" : "s");
	return -ENODATA;
}

static void link_figures(size_t figures, FILE *f)
{
	size_t i;

	for (i = 1; i <= figures; i++)
		if (i == 1)
			fputs("\n![history](history.svg)\n", f);
		else
			fprintf(f, "![history](history-%zu.svg)\n", i);
}

static int write_file(const struct arguments *a, const struct history *history, const char *name, history_writer write,
		      size_t figures)
{
	_cleanup_outfile_ struct outfile out = { 0 };
	int rc = outfile_open_in(&out, a->dir, name);

	if (rc)
		return rc;
	if (write(history, &a->compare, out.f))
		return out_of_memory();
	link_figures(figures, out.f);
	return outfile_commit(&out);
}

/* The tables are written even when there can be no plots. */
static int write_directory(const struct arguments *a, const struct history *history)
{
	bool changes = a->view == VIEW_CHANGES;
	size_t figures = 0;
	int plotted, rc = make_directories(a->dir);

	if (!rc)
		rc = write_file(a, history, "history.csv", changes ? history_changes_csv : history_csv, 0);
	if (rc)
		return rc;
	plotted = history_plots(history, changes, a->dir, &figures);
	rc = write_file(a, history, "history.md", changes ? history_changes_markdown : history_markdown, figures);
	if (!rc)
		note("wrote %s/history.csv, %s/history.md and %zu plot%s", a->dir, a->dir, figures, figures == 1 ? "" : "s");
	return plotted ? plotted : rc;
}

static int put(const struct arguments *a, const struct history *history)
{
	int rc = finish_stdout(a->format->write[a->view](history, &a->compare, stdout));

	return !rc && a->dir ? write_directory(a, history) : rc;
}

static int show(struct arguments *a)
{
	struct history history = { 0 };
	struct noise noise = { 0 };
	int rc = read_all(a, &history), code = EXIT_TROUBLE;

	if (!rc)
		rc = compute(a, &history, &noise);
	if (!rc) {
		say_left_out(&history);
		rc = check_any(a, &history);
	}
	if (!rc)
		rc = put(a, &history);
	if (!rc)
		code = history.bad ? EXIT_TROUBLE : EXIT_DONE;
	history_free(&history);
	noise_free(&noise);
	return code;
}

int cmd_history(int argc, char **argv)
{
	struct arguments a = { .store = STORE_DEFAULT, .format = &formats[0] };
	int code = EXIT_TROUBLE;

	compare_defaults(&a.compare);
	if (!argp_parse(&argp, argc, argv, 0, NULL, &a))
		code = a.add ? add_files(&a) : show(&a);
	cell_select_free(&a.history.select);
	free(a.history.kernels);
	return code;
}
