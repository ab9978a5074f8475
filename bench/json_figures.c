// SPDX-License-Identifier: GPL-2.0-or-later
#include "json_figures.h"

#include <errno.h>
#include <math.h>

json_t *json_figure(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

json_t *json_figure_text(const char *text)
{
	json_t *string = json_string(text);

	return string ? string : json_string("(not UTF-8)");
}

static json_t *json_key(const struct cell_key *key, enum key k)
{
	const union key_value *v = &key->v[k];

	if (key_infos[k].kind != KEY_TEXT)
		return v->number == CSV_MISSING ? json_null() : json_integer((json_int_t)v->number);
	return *v->text ? json_figure_text(v->text) : json_null();
}

json_t *json_figure_array(const double *v, size_t n)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(array, json_figure(v[i]));
	return array;
}

json_t *json_figure_texts(char *const *v, size_t n)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(array, json_figure_text(v[i]));
	return array;
}

int json_figure_keys(json_t *object, const struct cell_key *key, enum key from, enum key end)
{
	enum key k;
	int rc = 0;

	for (k = from; k < end; k++)
		rc |= json_object_set_new(object, key_infos[k].column, json_key(key, k));
	return rc;
}

int json_figures_dump(json_t *root, int rc, FILE *f)
{
	if (!root || rc) {
		json_decref(root);
		return -ENOMEM;
	}
	rc = json_dumpf(root, f, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
	fputc('\n', f);
	json_decref(root);
	/* A write error sticks in f and is found by its owner. */
	return rc && !ferror(f) ? -ENOMEM : 0;
}
