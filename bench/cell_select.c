// SPDX-License-Identifier: GPL-2.0-or-later
#include "cell_select.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "csv_sample.h"
#include "size.h"

/* One value that a key may have; text is owned. */
struct cell_term {
	enum key key;
	union {
		char *text;
		uint64_t number;
	} v;
};

#define SPACE " \t\n"

/* printed: what asprintf() returned. */
static int refused(int printed, char **why)
{
	if (printed >= 0)
		return -EINVAL;
	*why = NULL;
	return -ENOMEM;
}

static int refuse_key(char **why, const char *name)
{
	_cleanup_free_ char *names = NULL;
	size_t len;
	FILE *f = open_memstream(&names, &len);
	enum key k;

	if (!f)
		return -ENOMEM;
	for (k = KEY_FIRST; k < KEY_CELL_END; k++)
		fprintf(f, "%s%s", k == KEY_FIRST ? "" : ", ", key_infos[k].column);
	if (fclose(f))
		return -ENOMEM;
	return refused(asprintf(why, "no key %s; there is %s", name, names), why);
}

/* "align" for align_bytes, "put_batch" for put_batch_pages */
static bool is_short_for(const char *name, const char *column)
{
	size_t length = strlen(name);

	if (strncmp(column, name, length))
		return false;
	column += length;
	return !*column || !strcmp(column, "_bytes") || !strcmp(column, "_pages");
}

static enum key find_key(const char *name)
{
	enum key k;

	for (k = KEY_FIRST; k < KEY_CELL_END; k++)
		if (is_short_for(name, key_infos[k].column))
			break;
	return k;
}

static int add_value(struct cell_select *select, enum key k, const char *value, char **why)
{
	struct cell_term term = { .key = k }, *terms;

	if (key_infos[k].kind == KEY_TEXT)
		term.v.text = strdup(value);
	else if (!*value)
		term.v.number = CSV_MISSING;
	else if (size_parse(value, &term.v.number))
		return refused(asprintf(why, "%s=%s: must be a number", key_infos[k].column, value), why);
	terms = reallocarray(select->terms, select->n + 1, sizeof(*terms));
	if (!terms || (key_infos[k].kind == KEY_TEXT && !term.v.text)) {
		if (terms)
			select->terms = terms;
		if (key_infos[k].kind == KEY_TEXT)
			free(term.v.text);
		return -ENOMEM;
	}
	select->terms = terms;
	terms[select->n++] = term;
	return 0;
}

static int add_pair(struct cell_select *select, char *pair, char **why)
{
	char *values = strchr(pair, '='), *value;
	enum key k;
	int rc = 0;

	if (!values)
		return refused(asprintf(why, "%s: must be KEY=VALUE", pair), why);
	*values++ = '\0';
	k = find_key(pair);
	if (k == KEY_CELL_END)
		return refuse_key(why, pair);
	while (!rc && (value = strsep(&values, ",")))
		rc = add_value(select, k, value, why);
	return rc;
}

int cell_select_add(struct cell_select *select, const char *text, char **why)
{
	_cleanup_free_ char *copy = strdup(text);
	char *rest, *pair;
	int rc = 0;

	*why = NULL;
	if (!copy)
		return -ENOMEM;
	pair = strtok_r(copy, SPACE, &rest);
	if (!pair)
		return refused(asprintf(why, "nothing: must be KEY=VALUE"), why);
	for (; !rc && pair; pair = strtok_r(NULL, SPACE, &rest))
		rc = add_pair(select, pair, why);
	return rc;
}

static bool has_value(const struct cell_key *key, const struct cell_term *term)
{
	if (key_infos[term->key].kind == KEY_TEXT)
		return !strcmp(key->v[term->key].text, term->v.text);
	return key->v[term->key].number == term->v.number;
}

bool cell_selected(const struct cell_select *select, const struct cell_key *key)
{
	bool asked[KEY_CELL_END] = { false }, has[KEY_CELL_END] = { false };
	enum key k;
	size_t i;

	for (i = 0; i < select->n; i++) {
		asked[select->terms[i].key] = true;
		has[select->terms[i].key] |= has_value(key, &select->terms[i]);
	}
	for (k = KEY_FIRST; k < KEY_CELL_END; k++)
		if (asked[k] && !has[k])
			return false;
	return true;
}

void cell_select_free(struct cell_select *select)
{
	size_t i;

	for (i = 0; i < select->n; i++)
		if (key_infos[select->terms[i].key].kind == KEY_TEXT)
			free(select->terms[i].v.text);
	free(select->terms);
	*select = (struct cell_select){ 0 };
}
