// SPDX-License-Identifier: GPL-2.0-or-later
#include "verdicts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "env_file.h"
#include "log.h"

/* In which order people want to see them. */
static const unsigned char ranks[VERDICTS] = {
	[VERDICT_REGRESSION] = 0, [VERDICT_FAILED] = 1, [VERDICT_INCONCLUSIVE] = 2, [VERDICT_INSUFFICIENT] = 3,
	[VERDICT_IMPROVEMENT] = 4, [VERDICT_BASE_ONLY] = 5, [VERDICT_NEW_ONLY] = 6, [VERDICT_NO_CHANGE] = 7,
};

static double number_of(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

static void read_key(const json_t *cell, struct cell_key *key)
{
	enum key k;

	for (k = KEY_FIRST; k < KEY_COUNT; k++) {
		const json_t *value = json_object_get(cell, key_infos[k].column);

		if (key_infos[k].kind == KEY_TEXT)
			key->v[k].text = json_is_string(value) ? json_string_value(value) : "";
		else
			key->v[k].number = json_is_integer(value) ? (uint64_t)json_integer_value(value) : CSV_MISSING;
	}
}

static int read_row(const json_t *cell, struct verdict_row *row)
{
	const json_t *base = json_object_get(cell, "base"), *new = json_object_get(cell, "new");
	const char *verdict = json_text(cell, "verdict");
	enum verdict v;

	for (v = 0; v < VERDICTS; v++)
		if (!strcmp(verdict, verdict_names[v]))
			break;
	if (v == VERDICTS)
		return -EBADMSG;
	*row = (struct verdict_row){
		.dram = !strcmp(json_text(cell, "quantity"), "dram_bytes"), .verdict = v,
		.base = number_of(base, "median"), .new = number_of(new, "median"), .ratio = number_of(cell, "ratio"),
		.ci_low = number_of(cell, "ci_low"), .ci_high = number_of(cell, "ci_high"),
		.base_boots = json_array_size(json_object_get(base, "boots")),
		.new_boots = json_array_size(json_object_get(new, "boots")), .reason = json_text(cell, "reason"),
	};
	read_key(cell, &row->key);
	return 0;
}

static int compare_rows(const void *a, const void *b)
{
	const struct verdict_row *ra = a, *rb = b;
	double change_a = ra->ratio > 0 ? fabs(log(ra->ratio)) : 0, change_b = rb->ratio > 0 ? fabs(log(rb->ratio)) : 0;
	int c = ranks[ra->verdict] - ranks[rb->verdict];

	if (!c)
		c = (change_a < change_b) - (change_a > change_b);
	return c ? c : cell_key_compare(&ra->key, &rb->key, KEY_FIRST, KEY_CELL_END);
}

static void find_same(struct verdict_file *file)
{
	enum key k;
	size_t i;

	for (k = KEY_FIRST; k < KEY_COUNT; k++) {
		file->same[k] = 1;
		for (i = 1; i < file->n; i++)
			file->same[k] &= !cell_key_compare(&file->rows[0].key, &file->rows[i].key, k, k + 1);
	}
}

static int read_file(struct verdict_file *file)
{
	const json_t *cells = json_object_get(file->root, "cells"), *cell;
	size_t i;

	file->base = json_text(json_object_get(file->root, "base"), "kernel");
	file->new = json_text(json_object_get(file->root, "new"), "kernel");
	if (!json_is_array(cells) || !*file->base || !*file->new)
		return -EBADMSG;
	file->rows = calloc(json_array_size(cells) + 1, sizeof(*file->rows));
	if (!file->rows)
		return out_of_memory();
	json_array_foreach(cells, i, cell) {
		if (read_row(cell, &file->rows[i]))
			return -EBADMSG;
		file->count[file->rows[i].verdict]++;
		file->n++;
	}
	qsort(file->rows, file->n, sizeof(*file->rows), compare_rows);
	find_same(file);
	return 0;
}

int verdicts_read(struct verdicts *verdicts, const char *path)
{
	struct verdict_file *v = reallocarray(verdicts->v, verdicts->n + 1, sizeof(*v));
	int rc;

	if (!v)
		return out_of_memory();
	verdicts->v = v;
	v += verdicts->n;
	*v = (struct verdict_file){ 0 };
	rc = json_file_load(path, &v->root);
	if (rc == -ENOENT)
		err("%s: %s", path, strerror(ENOENT));
	if (rc)
		return rc;
	verdicts->n++;
	rc = read_file(v);
	if (rc == -EBADMSG)
		err("%s: is not what daxpin compare --format=json writes", path);
	return rc;
}

void verdicts_free(struct verdicts *verdicts)
{
	size_t i;

	for (i = 0; i < verdicts->n; i++) {
		json_decref(verdicts->v[i].root);
		free(verdicts->v[i].rows);
	}
	free(verdicts->v);
}
