// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare_check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "text_stream.h"

/* Of the environment: what may matter and is no reason to refuse. Of a long one it is only said that it differs. */
static const struct env_value {
	const char *object, *member, *title;
	bool is_long;
} env_values[] = {
	{ "cpu", "microcode", "microcode", false },
	{ "cpu", "governor", "CPU governor", false },
	{ "cpu", "thp", "transparent huge pages", false },
	{ NULL, "clocksource", "clock source", false },
	{ "kernel", "cmdline", "kernel command line", true },
	{ "kernel", "config_sha256", "kernel configuration", true },
	{ "module", "version", "module", false },
	{ "tool", "version", "daxpin", false },
	{ "job", "sha256", "job file", true },
};

__attribute__((format(printf, 2, 3))) static int add(struct texts_list *list, const char *fmt, ...)
{
	char **v = reallocarray(list->v, list->n + 1, sizeof(*v));
	va_list ap;
	int len;

	if (!v)
		return -ENOMEM;
	list->v = v;
	va_start(ap, fmt);
	len = vasprintf(&v[list->n], fmt, ap);
	va_end(ap);
	if (len < 0)
		return -ENOMEM;
	list->n++;
	return 0;
}

static void free_list(struct texts_list *list)
{
	while (list->n)
		free(list->v[--list->n]);
	free(list->v);
}

/* The different values as the names of an object, in the order of the files. */
typedef json_t *(*collect_fn)(const struct compare_input *input, const void *what);

static int add_value(json_t *set, const char *text)
{
	return json_object_set_new(set, *text ? text : "none", json_true());
}

static json_t *collect_key(const struct compare_input *input, const void *what)
{
	const enum key *k = what;
	json_t *set = json_object();
	char buf[KEY_TEXT_MAX];
	size_t i;

	for (i = 0; set && i < input->summary.n_cells; i++)
		add_value(set, cell_key_text(&input->summary.cells[i]->key, *k, 1, buf));
	return set;
}

static json_t *collect_env(const struct compare_input *input, const void *what)
{
	const struct env_value *value = what;
	json_t *set = json_object(), *v;
	size_t i;

	for (i = 0; set && i < input->in.n_runs; i++) {
		json_t *env = input->in.runs[i].env;
		_cleanup_free_ char *text = NULL;

		if (i >= input->used_room || !input->used[i] || !env)
			continue;
		v = json_object_get(value->object ? json_object_get(env, value->object) : env, value->member);
		if (!v || json_is_null(v))
			continue;
		if (json_is_string(v)) {
			add_value(set, json_string_value(v));
			continue;
		}
		text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
		if (text)
			add_value(set, text);
	}
	return set;
}

/* "a, b" */
static char *set_text(json_t *set)
{
	const char *name, *comma = "";
	struct text_stream out;
	json_t *v;

	if (text_stream_open(&out))
		return NULL;
	json_object_foreach(set, name, v) {
		fprintf(out.f, "%s%s", comma, name);
		comma = ", ";
	}
	return text_stream_close(&out);
}

static bool have_common(json_t *a, json_t *b)
{
	const char *name;
	json_t *v;

	json_object_foreach(a, name, v)
		if (json_object_get(b, name))
			return true;
	return false;
}

/* Adds "title: x in BASE, y in NEW" when they have no value in common (or, of a note, not the same ones). */
static int check_sets(const struct compare_input *base, const struct compare_input *new, collect_fn collect,
		      const void *what, const char *title, bool disjoint, bool is_long, struct texts_list *list)
{
	json_t *a = collect(base, what), *b = collect(new, what);
	int rc = a && b ? 0 : -ENOMEM;
	bool differ = !rc && (disjoint ? !have_common(a, b) :
			      json_object_size(a) && json_object_size(b) && !json_equal(a, b));

	if (differ && is_long) {
		rc = add(list, "%s: not the same", title);
	} else if (differ) {
		_cleanup_free_ char *base_text = set_text(a), *new_text = set_text(b);

		rc = base_text && new_text ?
			add(list, "%s: %s in BASE, %s in NEW", title, base_text, new_text) : -ENOMEM;
	}
	json_decref(a);
	json_decref(b);
	return rc;
}

/* The tables of a summary: cells of one platform, clock, model and host stand together. */
static size_t next_table(const struct summary *s, size_t from)
{
	size_t i = from;

	while (i < s->n_cells && !cell_key_compare(&s->cells[from]->key, &s->cells[i]->key, KEY_FIRST, KEY_TABLE_END))
		i++;
	return i;
}

static bool has_table(const struct summary *s, const struct cell_key *key)
{
	size_t i;

	for (i = 0; i < s->n_cells; i = next_table(s, i))
		if (!cell_key_compare(&s->cells[i]->key, key, KEY_FIRST, KEY_TABLE_END))
			return true;
	return false;
}

static int note_table(const struct compare_input *input, const struct cell_key *key, struct texts_list *notes)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	int rc;

	if (!f)
		return -ENOMEM;
	cell_key_describe(key, KEY_FIRST, KEY_TABLE_END, NULL, f);
	rc = fclose(f) ? -ENOMEM : add(notes, "only %s has %s", input->name, text);
	free(text);
	return rc;
}

static int note_tables(const struct compare_input *input, const struct summary *other, size_t *common,
		       struct texts_list *notes)
{
	const struct summary *s = &input->summary;
	size_t i;
	int rc = 0;

	*common = 0;
	for (i = 0; !rc && i < s->n_cells; i = next_table(s, i)) {
		if (has_table(other, &s->cells[i]->key))
			++*common;
		else
			rc = note_table(input, &s->cells[i]->key, notes);
	}
	return rc;
}

static bool has_unit(const struct compare_input *input, bool insn)
{
	size_t i;

	for (i = 0; i < input->summary.n_cells; i++)
		if ((cell_key_clock(&input->summary.cells[i]->key) == CLOCK_INSN) == insn)
			return true;
	return false;
}

/* Instructions and time: nothing that anybody could insist on. */
static int check_units(const struct compare_input *base, const struct compare_input *new, struct texts_list *impossible)
{
	static const enum key clock = KEY_CLOCK;
	bool common = (has_unit(base, true) && has_unit(new, true)) || (has_unit(base, false) && has_unit(new, false));

	return common ? 0 : check_sets(base, new, collect_key, &clock, "clock", true, false, impossible);
}

/* What is on one side only is not compared; when nothing is left, that is no comparison. */
static int check_tables(const struct compare_input *base, const struct compare_input *new,
			struct compare_doubts *doubts)
{
	static const enum key keys[] = { KEY_PLATFORM, KEY_CLOCK, KEY_MODEL, KEY_HOST };
	struct texts_list notes = { 0 };
	size_t i, common, before = doubts->refused.n;
	int rc = note_tables(base, &new->summary, &common, &notes);

	if (!rc)
		rc = note_tables(new, &base->summary, &common, &notes);
	if (!rc && common) {
		doubts->notes = notes;
		return 0;
	}
	free_list(&notes);
	for (i = 0; !rc && i < sizeof(keys) / sizeof(keys[0]); i++)
		rc = check_sets(base, new, collect_key, &keys[i], key_infos[keys[i]].title, true, false,
				&doubts->refused);
	if (!rc && doubts->refused.n == before)
		rc = add(&doubts->refused, "no platform, clock, model and host that BASE and NEW both have");
	return rc;
}

static json_t *first_env(const struct compare_input *input)
{
	size_t i;

	for (i = 0; i < input->in.n_runs && i < input->used_room; i++)
		if (input->used[i] && input->in.runs[i].env)
			return input->in.runs[i].env;
	return NULL;
}

/* The run that says of itself that it is not to be trusted, or NULL. */
static const struct input_run *untrusted_run(const struct compare_input *input)
{
	size_t i;

	for (i = 0; i < input->in.n_runs && i < input->used_room; i++)
		if (input->used[i] && json_is_false(json_object_get(input->in.runs[i].env, "trusted")))
			return &input->in.runs[i];
	return NULL;
}

static int check_trust(const struct compare_input *input, struct texts_list *refused)
{
	const struct input_run *run = untrusted_run(input);
	json_t *options = json_object_get(json_object_get(first_env(input), "kernel"), "debug_options");
	_cleanup_free_ char *text = json_array_size(options) ? json_dumps(options, JSON_COMPACT) : NULL;
	size_t i;

	for (i = 0; i < input->summary.n_cells; i++)
		if (!summary_cell_trusted(input->summary.cells[i]))
			return add(refused, "untrusted: %s in %s%s%s", input->kernel, input->name,
				   text ? ", debug options " : " (debug options, or a clock of ticks)",
				   text ? text : "");
	return run ? add(refused, "untrusted: %s in %s, by the environment of run %s, though its rows are marked trusted",
			 input->kernel, input->name, run->run_id) : 0;
}

/* Is it what the environment says, where it says something? */
static bool is_kernel(const json_t *kernel, const char *member, const char *of_rows)
{
	const char *text = json_string_value(json_object_get(kernel, member));

	return !text || !strcmp(text, of_rows);
}

/* An environment of another kernel is that of other samples: what it says of the machine is nothing known of these. */
static int check_kernels(const struct compare_input *input, struct texts_list *refused)
{
	size_t i;

	for (i = 0; i < input->in.n_runs && i < input->used_room; i++) {
		const struct input_run *run = &input->in.runs[i];
		const json_t *kernel = json_object_get(run->env, "kernel");

		if (!input->used[i] || (is_kernel(kernel, "id", input->kernel) &&
					is_kernel(kernel, "release", input->release)))
			continue;
		return add(refused, "kernel of run %s: %s (%s) in the rows of %s, another in %s", run->run_id,
			   input->kernel, input->release, input->name, input->in.files[run->file].env_path);
	}
	return 0;
}

static int check_environment(const struct compare_input *input, struct texts_list *refused)
{
	size_t i;

	for (i = 0; i < input->in.n_runs && i < input->used_room; i++)
		if (input->used[i] && !input->in.runs[i].env)
			return add(refused, "machine not known: no environment of run %s in %s",
				   input->in.runs[i].run_id, input->in.files[input->in.runs[i].file].env_path);
	return 0;
}

static bool uses(const struct compare_input *input, const char *run_id)
{
	const struct input_run *run = inputs_find(&input->in, run_id);
	size_t number = run ? (size_t)(run - input->in.runs) : SIZE_MAX;

	return number < input->used_room && input->used[number];
}

static int check_runs(const struct compare_input *base, const struct compare_input *new, struct texts_list *refused)
{
	size_t i;

	for (i = 0; i < base->in.n_runs && i < base->used_room; i++)
		if (base->used[i] && uses(new, base->in.runs[i].run_id))
			return add(refused, "run %s is on both sides, compared with itself", base->in.runs[i].run_id);
	return 0;
}

int compare_check(const struct compare_input *base, const struct compare_input *new, struct compare_doubts *doubts)
{
	size_t i;
	int rc;

	*doubts = (struct compare_doubts){ 0 };
	rc = check_units(base, new, &doubts->impossible);
	if (rc || doubts->impossible.n)
		return rc;
	rc = check_tables(base, new, doubts);
	if (!rc)
		rc = check_environment(base, &doubts->refused);
	if (!rc)
		rc = check_environment(new, &doubts->refused);
	if (!rc)
		rc = check_kernels(base, &doubts->refused);
	if (!rc)
		rc = check_kernels(new, &doubts->refused);
	if (!rc)
		rc = check_trust(base, &doubts->refused);
	if (!rc)
		rc = check_trust(new, &doubts->refused);
	if (!rc)
		rc = check_runs(base, new, &doubts->refused);
	for (i = 0; !rc && i < sizeof(env_values) / sizeof(env_values[0]); i++)
		rc = check_sets(base, new, collect_env, &env_values[i], env_values[i].title, false,
				env_values[i].is_long, &doubts->notes);
	return rc;
}

void compare_doubts_free(struct compare_doubts *doubts)
{
	free_list(&doubts->impossible);
	free_list(&doubts->refused);
	free_list(&doubts->notes);
}
