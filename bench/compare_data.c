// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare_report.h"

#include <errno.h>
#include <math.h>

#include <jansson.h>

#include "csv_read.h"
#include "json_figures.h"

#define COMPARE_SCHEMA_VERSION 1

static void put_csv_row(const struct compare_report *r, const struct comparison *c, FILE *f)
{
	const struct cell_key *key = comparison_key(c);
	char buf[KEY_TEXT_MAX];
	enum key k;

	fprintf(f, "%d", COMPARE_SCHEMA_VERSION);
	for (k = KEY_FIRST; k < KEY_CELL_END; k++)
		csv_put(f, cell_key_text(key, k, 0, buf), false);
	csv_put(f, quantity_name(key, c->quantity), false);
	csv_put(f, r->base->kernel, false);
	csv_put(f, r->base->release, false);
	csv_put(f, r->new->kernel, false);
	csv_put(f, r->new->release, false);
	fprintf(f, ",%zu,%zu", c->base.n, c->new.n);
	csv_put_double(f, c->base.median);
	csv_put_double(f, c->new.median);
	csv_put_double(f, 100 * c->base.spread);
	csv_put_double(f, 100 * c->new.spread);
	csv_put_double(f, c->ratio);
	csv_put_double(f, c->ci_low);
	csv_put_double(f, c->ci_high);
	csv_put(f, compare_test_names[c->test], false);
	csv_put_double(f, c->p);
	csv_put_double(f, c->p_holm);
	csv_put_double(f, 100 * c->noise);
	csv_put_double(f, 100 * c->threshold);
	csv_put(f, verdict_names[c->verdict], false);
	csv_put(f, c->reason ? c->reason : "", false);
	csv_put(f, compare_coverage_names[comparison_coverage(c)], false);
	fputc('\n', f);
}

int compare_csv(const struct compare_report *report, FILE *f)
{
	size_t i;
	enum key k;

	fputs("schema_version", f);
	for (k = KEY_FIRST; k < KEY_CELL_END; k++)
		csv_put(f, key_infos[k].column, false);
	fputs(",quantity,base_kernel,base_release,new_kernel,new_release,base_boots,new_boots,base,new,"
	      "base_spread_percent,new_spread_percent,ratio,ci_low,ci_high,test,p,p_holm,noise_percent,"
	      "threshold_percent,verdict,reason,coverage\n", f);
	for (i = 0; i < report->comparisons->n; i++)
		put_csv_row(report, &report->comparisons->v[i], f);
	return 0;
}

static json_t *json_side(const struct compare_side *side)
{
	return json_pack("{s:o, s:o, s:o}", "median", json_figure(side->median), "spread_percent",
			 json_figure(100 * side->spread), "boots", json_figure_array(side->values, side->n));
}

static json_t *json_comparison(const struct comparison *c)
{
	json_t *object = json_pack(
		"{s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:s, s:o, s:s}",
		"quantity", quantity_name(comparison_key(c), c->quantity), "base", json_side(&c->base),
		"new", json_side(&c->new), "ratio", json_figure(c->ratio), "ci_low", json_figure(c->ci_low),
		"ci_high", json_figure(c->ci_high), "test", compare_test_names[c->test], "p", json_figure(c->p),
		"p_holm", json_figure(c->p_holm), "noise_percent", json_figure(100 * c->noise), "threshold_percent",
		json_figure(100 * c->threshold), "verdict", verdict_names[c->verdict], "reason",
		json_figure_text(c->reason ? c->reason : ""), "coverage",
		compare_coverage_names[comparison_coverage(c)]);

	if (object && json_figure_keys(object, comparison_key(c), KEY_FIRST, KEY_CELL_END)) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *json_input(const struct compare_input *input)
{
	return json_pack("{s:o, s:o, s:o}", "kernel", json_figure_text(input->kernel), "kernel_release",
			 json_figure_text(input->release), "files",
			 json_figure_texts(input->files.v, input->files.n));
}

static json_t *json_counts(const struct comparisons *c)
{
	json_t *object = json_object();
	enum verdict v;

	for (v = 0; v < VERDICTS; v++)
		json_object_set_new(object, verdict_names[v], json_integer((json_int_t)c->count[v]));
	return object;
}

int compare_json(const struct compare_report *report, FILE *f)
{
	json_t *cells = json_array(), *root;
	size_t i;
	int rc = 0;

	root = json_pack("{s:i, s:i, s:o, s:o, s:o, s:o, s:o, s:f, s:I, s:o}", "schema_version", COMPARE_SCHEMA_VERSION,
			 "exit_status", report->status, "verdicts", json_counts(report->comparisons), "base",
			 json_input(report->base), "new", json_input(report->new), "forced",
			 json_figure_texts(report->doubts->refused.v, report->doubts->refused.n), "notes",
			 json_figure_texts(report->doubts->notes.v, report->doubts->notes.n), "alpha",
			 report->options->alpha, "seed", (json_int_t)report->options->seed, "cells", cells);
	for (i = 0; root && !rc && i < report->comparisons->n; i++)
		rc = json_array_append_new(cells, json_comparison(&report->comparisons->v[i]));
	return json_figures_dump(root, rc, f);
}
