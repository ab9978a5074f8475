// SPDX-License-Identifier: GPL-2.0-or-later
/* What a store has: a row for each version of a kernel and machine. */
#include "history_report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "csv_read.h"
#include "json_figures.h"
#include "text_table.h"

#define HISTORY_LIST_SCHEMA_VERSION 1

int history_date_length(const char *started)
{
	return (int)strcspn(started, "T");
}

static int add_row(const struct history_version *v, const struct history_machine *m, struct text_table *t)
{
	_cleanup_free_ char *commit = kernel_short_commit(v->commit);
	size_t c = 0;
	int rc = text_table_row(t, false);

	if (!commit)
		return -ENOMEM;
	if (!rc)
		rc = text_table_set(t, &c, "%s", v->kernel);
	if (!rc)
		rc = text_table_set(t, &c, "%s", v->release);
	if (!rc)
		rc = text_table_set(t, &c, "%s", commit);
	if (!rc)
		rc = text_table_set(t, &c, "%.*s", HISTORY_CONFIG_DIGITS, v->config);
	if (!rc)
		rc = text_table_set(t, &c, "%.*s", history_date_length(m->last), m->last);
	if (!rc)
		rc = text_table_set(t, &c, "%s", m->platform);
	if (!rc)
		rc = text_table_set(t, &c, "%s", m->host);
	if (!rc)
		rc = text_table_set(t, &c, "%s", m->clocks ? m->clocks : "");
	if (!rc)
		rc = text_table_set(t, &c, "%zu", m->n_boots);
	if (!rc)
		rc = text_table_set(t, &c, "%zu", m->cells);
	return rc ? rc : text_table_set(t, &c, "%s", m->trusted ? "" : "untrusted");
}

typedef int (*machine_fn)(const struct history_version *v, const struct history_machine *m, void *arg);

static int each_machine(const struct history *h, machine_fn fn, void *arg)
{
	size_t i, k;
	int rc = 0;

	for (i = 0; i < h->n_versions; i++)
		for (k = 0; !rc && k < h->versions[i]->n_machines; k++)
			rc = fn(h->versions[i], &h->versions[i]->machines[k], arg);
	return rc;
}

static int to_table(const struct history_version *v, const struct history_machine *m, void *arg)
{
	return add_row(v, m, arg);
}

static int print(const struct history *h, int (*printer)(const struct text_table *t, FILE *out), FILE *f)
{
	static const char *const titles[] = {
		"kernel", "release", "commit", "config", "date", "platform", "machine", "clocks", "boots", "cells", "",
	};
	_cleanup_text_table_ struct text_table t = { 0 };
	size_t i;
	int rc;

	for (i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		text_table_column(&t, titles[i], i == 8 || i == 9);
	rc = each_machine(h, to_table, &t);
	return rc ? rc : printer(&t, f);
}

int history_list_table(const struct history *history, const struct compare_options *options, FILE *f)
{
	(void)options;
	return print(history, text_table_print, f);
}

int history_list_markdown(const struct history *history, const struct compare_options *options, FILE *f)
{
	(void)options;
	return print(history, text_table_markdown, f);
}

static int to_csv(const struct history_version *v, const struct history_machine *m, void *arg)
{
	FILE *f = arg;

	fprintf(f, "%d", HISTORY_LIST_SCHEMA_VERSION);
	csv_put(f, v->kernel, false);
	csv_put(f, v->release, false);
	csv_put(f, v->commit, false);
	csv_put(f, v->config, false);
	csv_put(f, v->line, false);
	csv_put(f, m->first, false);
	csv_put(f, m->last, false);
	csv_put(f, m->platform, false);
	csv_put(f, m->host, false);
	csv_put(f, m->clocks ? m->clocks : "", false);
	fprintf(f, ",%d,%zu,%zu,%zu", m->trusted, m->runs, m->n_boots, m->cells);
	csv_put(f, v->commit_date, false);
	fputc('\n', f);
	return 0;
}

int history_list_csv(const struct history *history, const struct compare_options *options, FILE *f)
{
	(void)options;
	fputs("schema_version,kernel,kernel_release,commit,config_sha256,line,first,last,platform,host,clocks,trusted,runs,"
	      "boots,cells,commit_date\n", f);
	return each_machine(history, to_csv, f);
}

static int to_json(const struct history_version *v, const struct history_machine *m, void *arg)
{
	json_t *row = json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:b, s:I, s:I, s:I}", "kernel",
		json_figure_text(v->kernel), "kernel_release", json_figure_text(v->release), "commit",
		json_figure_text(v->commit), "config_sha256", json_figure_text(v->config), "line",
		json_figure_text(v->line), "commit_date", json_figure_text(v->commit_date), "first", json_figure_text(m->first), "last", json_figure_text(m->last),
		"platform", json_figure_text(m->platform), "host", json_figure_text(m->host), "clocks",
		m->clocks ? m->clocks : "", "trusted", m->trusted, "runs", (json_int_t)m->runs, "boots",
		(json_int_t)m->n_boots, "cells", (json_int_t)m->cells);

	return json_array_append_new(arg, row) ? -ENOMEM : 0;
}

int history_list_json(const struct history *history, const struct compare_options *options, FILE *f)
{
	json_t *rows = json_array(), *root;
	int rc = each_machine(history, to_json, rows);

	(void)options;
	root = json_pack("{s:i, s:o}", "schema_version", HISTORY_LIST_SCHEMA_VERSION, "kernels", rows);
	return json_figures_dump(root, rc, f);
}
