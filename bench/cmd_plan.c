// SPDX-License-Identifier: GPL-2.0-or-later
/* daxpin plan: what terabytes of memory take, before they are bought. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "commands.h"
#include "log.h"
#include "outfile.h"
#include "plan_options.h"
#include "plan_plot.h"

struct what {
	const struct plan_rows *rows;
	const struct plan_checks *checks;
};

static int write_format(const struct plan_format *format, const struct what *what, FILE *f)
{
	return what->rows ? format->plan(what->rows, f) : format->against(what->checks, f);
}

static int write_file(const struct plan_format *format, const struct what *what, const char *path)
{
	_cleanup_outfile_ struct outfile out = { 0 };

	if (outfile_open(&out, path))
		return EXIT_TROUBLE;
	if (write_format(format, what, out.f)) {
		err("out of memory");
		return EXIT_TROUBLE;
	}
	return outfile_commit(&out) ? EXIT_TROUBLE : EXIT_DONE;
}

static int write_what(const struct plan_options *a, const struct what *what)
{
	if (a->output)
		return write_file(a->format, what, a->output);
	return finish_stdout(write_format(a->format, what, stdout)) ? EXIT_TROUBLE : EXIT_DONE;
}

static int draw(const struct plan_request *request, const char *path)
{
	return plan_plot(request, path) ? EXIT_TROUBLE : EXIT_DONE;
}

/* FILE in the directory of --output; NULL after printing. */
static char *path_in(const struct plan_options *a, const char *file)
{
	char *path;

	if (asprintf(&path, "%s/%s", a->output, file) >= 0)
		return path;
	err("out of memory");
	return NULL;
}

/* All of it to a directory. */
static int write_directory(const struct plan_options *a, const struct what *what)
{
	_cleanup_free_ char *plot = path_in(a, "plan.svg");
	int code = !plot || make_directories(a->output) ? EXIT_TROUBLE : EXIT_DONE;

	for (size_t i = 0; !code && i < PLAN_FORMATS; i++) {
		_cleanup_free_ char *path = NULL;

		if (!plan_formats[i].file)
			continue;
		path = path_in(a, plan_formats[i].file);
		code = path ? write_file(&plan_formats[i], what, path) : EXIT_TROUBLE;
	}
	return code ? code : draw(&a->request, plot);
}

static bool is_directory(const char *path)
{
	struct stat st;

	return path[strlen(path) - 1] == '/' || (!stat(path, &st) && S_ISDIR(st.st_mode));
}

static int run_against(const struct plan_options *a)
{
	struct plan_checks checks = { 0 };
	int code = EXIT_TROUBLE;

	if (!plan_against(&a->files, &checks)) {
		code = write_what(a, &(struct what){ .checks = &checks });
		for (size_t i = 0; i < checks.n; i++)
			if (checks.v[i].off && !code)
				code = EXIT_FAILED;
	}
	plan_checks_free(&checks);
	return code;
}

/* A file of fits that has nothing to say is worth a word. */
static void note_no_fit(const struct plan_options *a, const struct plan_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++) {
		for (size_t op = 0; op < PLAN_OPS; op++)
			if (rows->v[i].times[op].fit)
				return;
		if (rows->v[i].fitted.fit)
			return;
	}
	if (a->measured)
		note("%s: no fit of these kernels, maps, aligns and threads: no times", a->measured);
}

static int run_plan(struct plan_options *a)
{
	struct plan_rows rows = { 0 };
	int code;

	if (plan_options_complete(a))
		return EXIT_TROUBLE;
	if (a->explain) {
		if (finish_stdout(plan_explain(&a->request, stdout)))
			return EXIT_TROUBLE;
		if (!a->request.capacities.n)
			return EXIT_DONE;
		putchar('\n');
	}
	if (plan_make(&a->request, &rows)) {
		err("out of memory");
		return EXIT_TROUBLE;
	}
	note_no_fit(a, &rows);
	if (a->output && *a->output && is_directory(a->output))
		code = write_directory(a, &(struct what){ .rows = &rows });
	else
		code = write_what(a, &(struct what){ .rows = &rows });
	free(rows.v);
	if (!code && a->plot)
		code = draw(&a->request, a->plot);
	return code;
}

int cmd_plan(int argc, char **argv)
{
	struct plan_options options;
	int code;

	if (plan_options_parse(&options, argc, argv))
		code = EXIT_TROUBLE;
	else
		code = options.against ? run_against(&options) : run_plan(&options);
	plan_options_free(&options);
	return code;
}
