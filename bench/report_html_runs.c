// SPDX-License-Identifier: GPL-2.0-or-later
/* What each run was measured on: FILE.env.json as lists. */
#include "report_html.h"

#include <inttypes.h>
#include <string.h>

#include "html.h"
#include "path.h"

static void put_value(const json_t *value, FILE *f);

static void put_object(const json_t *object, FILE *f)
{
	const char *key;
	json_t *value;

	fputs("<dl>\n", f);
	json_object_foreach((json_t *)object, key, value) {
		fputs("<dt>", f);
		html_text(key, f);
		fputs("</dt><dd>", f);
		put_value(value, f);
		fputs("</dd>\n", f);
	}
	fputs("</dl>", f);
}

static void put_array(const json_t *array, FILE *f)
{
	const json_t *value;
	size_t i;

	if (!json_array_size(array)) {
		fputs("<span class=\"none\">none</span>", f);
		return;
	}
	fputs("<ul>", f);
	json_array_foreach(array, i, value) {
		fputs("<li>", f);
		put_value(value, f);
		fputs("</li>", f);
	}
	fputs("</ul>", f);
}

/* As deep as jansson reads: JSON_PARSER_MAX_DEPTH. */
static void put_value(const json_t *value, FILE *f)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT: put_object(value, f); break;
	case JSON_ARRAY: put_array(value, f); break;
	case JSON_STRING: html_text(json_string_value(value), f); break;
	case JSON_INTEGER: fprintf(f, "%" JSON_INTEGER_FORMAT, json_integer_value(value)); break;
	case JSON_REAL: fprintf(f, "%.9g", json_real_value(value)); break;
	case JSON_TRUE: fputs("yes", f); break;
	case JSON_FALSE: fputs("no", f); break;
	case JSON_NULL: fputs("<span class=\"none\">not known</span>", f); break;
	}
}

static void put_text(const json_t *object, const char *key, FILE *f)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (!text)
		return;
	fputs("<span>", f);
	html_text(text, f);
	fputs("</span> ", f);
}

static void put_run(const struct input_run *run, FILE *f)
{
	const json_t *kernel = json_object_get(run->env, "kernel");

	if (!run->env) {
		fputs("<p class=\"run\"><b>", f);
		html_text(run->run_id, f);
		fputs("</b> has no environment</p>\n", f);
		return;
	}
	fputs("<details class=\"run\">\n<summary><b>", f);
	html_text(run->run_id, f);
	fputs("</b> ", f);
	put_text(kernel, "release", f);
	put_text(run->env, "platform", f);
	put_text(run->env, "started", f);
	if (json_is_false(json_object_get(run->env, "trusted")))
		fputs("<span class=\"mark\">untrusted</span>", f);
	fputs("</summary>\n", f);
	put_object(run->env, f);
	fputs("\n</details>\n", f);
}

static bool has_model_of(const struct input_run *run, size_t file)
{
	size_t i;

	for (i = 0; i < run->n_models; i++)
		if (run->models[i].file == file)
			return true;
	return false;
}

void report_html_runs(const struct inputs *in, FILE *f)
{
	size_t i, k, others;

	for (i = 0; i < in->n_files; i++) {
		fputs("<h3>", f);
		html_text(path_base_name(in->files[i].path), f);
		fputs("</h3>\n", f);
		for (k = others = 0; k < in->n_runs; k++)
			if (in->runs[k].file == i)
				put_run(&in->runs[k], f);
			else
				others += has_model_of(&in->runs[k], i);
		if (others)
			fprintf(f, "<p class=\"run\">%zu run%s of the files above, timed by another model</p>\n", others, others == 1 ? "" : "s");
	}
}
