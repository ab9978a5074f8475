// SPDX-License-Identifier: GPL-2.0-or-later
/* Series of cells over kernels, for programs. */
#include "history_report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "csv_read.h"
#include "json_figures.h"

#define HISTORY_SCHEMA_VERSION 1

static void put_row(const struct change_series *s, const struct change_row *row, FILE *f)
{
	const struct history_version *v = history_version_of(row);
	const struct comparison *c = &row->against;
	char buf[KEY_TEXT_MAX];
	enum key k;

	fprintf(f, "%d", HISTORY_SCHEMA_VERSION);
	for (k = KEY_FIRST; k < KEY_CELL_END; k++)
		csv_put(f, cell_key_text(change_series_key(s), k, 0, buf), false);
	csv_put(f, quantity_name(change_series_key(s), s->quantity), false);
	csv_put(f, s->line, false);
	fprintf(f, ",%zu", (size_t)(row - s->rows) + 1);
	csv_put(f, v->kernel, false);
	csv_put(f, v->release, false);
	csv_put(f, v->commit, false);
	csv_put(f, v->config, false);
	csv_put(f, v->started, false);
	fprintf(f, ",%d,%zu", summary_cell_trusted(row->cell), row->n);
	csv_put_double(f, row->median);
	csv_put_double(f, 100 * row->spread);
	csv_put_double(f, row->previous);
	fprintf(f, ",%zu,%d,%d,%zu,%zu", row->segment + 1, row->change, row->drift, c->base.n, c->new.n);
	csv_put_double(f, c->base.n ? c->base.median : NAN);
	csv_put_double(f, c->new.n ? c->new.median : NAN);
	csv_put_double(f, c->ratio);
	csv_put_double(f, c->ci_low);
	csv_put_double(f, c->ci_high);
	csv_put(f, compare_test_names[c->test], false);
	csv_put_double(f, c->p);
	csv_put_double(f, c->p_holm);
	csv_put_double(f, 100 * c->noise);
	csv_put_double(f, 100 * c->threshold);
	csv_put(f, history_verdict(row, false), false);
	csv_put(f, c->reason ? c->reason : "", false);
	csv_put(f, v->commit_date, false);
	if (row->base_end)
		fprintf(f, ",%zu,%zu\n", row->base_from + 1, row->base_end);
	else
		fputs(",,\n", f);
}

static int put_rows(const struct history *h, bool changes, FILE *f)
{
	size_t i, k;
	enum key key;

	fputs("schema_version", f);
	for (key = KEY_FIRST; key < KEY_CELL_END; key++)
		csv_put(f, key_infos[key].column, false);
	fputs(",quantity,line,number,kernel,kernel_release,commit,config_sha256,started,trusted,boots,median,spread_percent,"
	      "ratio_previous,segment,change,drift,base_boots,new_boots,base,new,ratio,ci_low,ci_high,test,p,p_holm,"
	      "noise_percent,threshold_percent,verdict,reason,commit_date,base_first,base_last\n", f);
	for (i = 0; i < h->n_series; i++)
		for (k = 0; k < h->series[i].n; k++)
			if (!changes || h->series[i].rows[k].change)
				put_row(&h->series[i], &h->series[i].rows[k], f);
	return 0;
}

int history_csv(const struct history *history, const struct compare_options *options, FILE *f)
{
	(void)options;
	return put_rows(history, false, f);
}

int history_changes_csv(const struct history *history, const struct compare_options *options, FILE *f)
{
	(void)options;
	return put_rows(history, true, f);
}

/* Of a kernel in its series, null: none. */
static json_t *json_number(size_t number)
{
	return number ? json_integer((json_int_t)number) : json_null();
}

static json_t *json_row(const struct change_series *s, const struct change_row *row)
{
	const struct history_version *v = history_version_of(row);
	const struct comparison *c = &row->against;

	return json_pack(
		"{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:I, s:b, s:b, s:I, s:I, s:o, s:o, s:o, s:s, s:o, s:o, "
		"s:o, s:o, s:s, s:o}",
		"number", (json_int_t)(row - s->rows) + 1, "base_first", json_number(row->base_end ? row->base_from + 1 : 0),
		"base_last", json_number(row->base_end), "kernel", json_figure_text(v->kernel), "kernel_release", json_figure_text(v->release), "commit",
		json_figure_text(v->commit), "config_sha256", json_figure_text(v->config), "started",
		json_figure_text(v->started), "commit_date", json_figure_text(v->commit_date), "trusted", summary_cell_trusted(row->cell), "median",
		json_figure(row->median), "spread_percent", json_figure(100 * row->spread), "boots",
		json_figure_array(row->values, row->n),
		"ratio_previous", json_figure(row->previous), "segment", (json_int_t)row->segment + 1, "change", row->change,
		"drift", row->drift, "base_boots", (json_int_t)c->base.n, "new_boots", (json_int_t)c->new.n, "ratio",
		json_figure(c->ratio), "ci_low", json_figure(c->ci_low), "ci_high", json_figure(c->ci_high), "test",
		compare_test_names[c->test], "p", json_figure(c->p), "p_holm", json_figure(c->p_holm), "noise_percent",
		json_figure(100 * c->noise), "threshold_percent", json_figure(100 * c->threshold), "verdict",
		history_verdict(row, false), "reason", json_figure_text(c->reason ? c->reason : ""));
}

static json_t *json_series(const struct change_series *s, bool changes)
{
	json_t *rows = json_array(), *object;
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < s->n; i++)
		if (!changes || s->rows[i].change)
			rc = json_array_append_new(rows, json_row(s, &s->rows[i]));
	object = json_pack("{s:s, s:o, s:o}", "quantity", quantity_name(change_series_key(s), s->quantity), "line",
			   json_figure_text(s->line), "kernels", rows);
	if (!rc && object && !json_figure_keys(object, change_series_key(s), KEY_FIRST, KEY_CELL_END))
		return object;
	json_decref(object);
	return NULL;
}

static int put_json(const struct history *h, const struct compare_options *options, bool changes, FILE *f)
{
	json_t *series = json_array(), *root;
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < h->n_series; i++)
		if (!changes || h->series[i].changes)
			rc = json_array_append_new(series, json_series(&h->series[i], changes));
	root = json_pack("{s:i, s:f, s:I, s:I, s:I, s:o}", "schema_version", HISTORY_SCHEMA_VERSION, "alpha", options->alpha,
			 "seed", (json_int_t)options->seed, "untrusted_runs", (json_int_t)h->untrusted, "alone", (json_int_t)history_alone(h), "series", series);
	return json_figures_dump(root, rc, f);
}

int history_json(const struct history *history, const struct compare_options *options, FILE *f)
{
	return put_json(history, options, false, f);
}

int history_changes_json(const struct history *history, const struct compare_options *options, FILE *f)
{
	return put_json(history, options, true, f);
}
