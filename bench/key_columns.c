// SPDX-License-Identifier: GPL-2.0-or-later
#include "key_columns.h"

#include <stdbool.h>
#include <string.h>

#include "report_levels.h"

/* Columns of keys as people read them. */
static const enum key key_columns[] = {
	KEY_KERNEL, KEY_RELEASE, KEY_JOB, KEY_MEMORY, KEY_MAP, KEY_ALIGN, KEY_ENGINE, KEY_GET, KEY_PUT,
	KEY_WRITE, KEY_SIZE, KEY_BATCH, KEY_PUT_BATCH, KEY_THREADS, KEY_RANGE,
	KEY_PUT_ORDER, KEY_PUT_CACHE, KEY_HOLD, KEY_RDMA_DEVICE, KEY_DOMAINS, KEY_PROCESSES, KEY_OP,
};

#define KEY_COLUMNS (sizeof(key_columns) / sizeof(key_columns[0]))

void key_columns_join(const struct cell_key *first, const struct cell_key *other, unsigned char same[KEY_COUNT])
{
	enum key k;

	for (k = 0; k < KEY_COUNT; k++)
		same[k] &= !levels_differ(first, other, k);
}

void key_columns_put_same(const struct cell_key *key, const unsigned char same[KEY_COUNT], enum key end, FILE *f)
{
	unsigned char skip[KEY_COUNT];
	enum key k;

	for (k = 0; k < KEY_COUNT; k++)
		skip[k] = !same[k] || k == KEY_TRUSTED || levels_default(key, k);
	cell_key_describe(key, KEY_TABLE_END, end, skip, f);
}

void key_columns_add(const unsigned char same[KEY_COUNT], struct text_table *t)
{
	size_t i;

	for (i = 0; i < KEY_COLUMNS; i++)
		if (!same[key_columns[i]])
			text_table_column(t, key_infos[key_columns[i]].title,
					  key_infos[key_columns[i]].kind != KEY_TEXT);
}

int key_columns_set(const unsigned char same[KEY_COUNT], const struct cell_key *key, struct text_table *t, size_t *c)
{
	char buf[KEY_TEXT_MAX];
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < KEY_COLUMNS; i++)
		if (!same[key_columns[i]])
			rc = text_table_set(t, c, "%s", cell_key_text(key, key_columns[i], 1, buf));
	return rc;
}

void key_columns_put(const unsigned char same[KEY_COUNT], const struct cell_key *key, FILE *f)
{
	char buf[KEY_TEXT_MAX];
	const char *space = "";
	size_t i;

	for (i = 0; i < KEY_COLUMNS; i++) {
		const struct key_info *info = &key_infos[key_columns[i]];
		const char *text = cell_key_text(key, key_columns[i], 1, buf);

		if (same[key_columns[i]] || !*text)
			continue;
		fputs(space, f);
		if (key_columns[i] != KEY_OP)
			fprintf(f, "%s=", info->title);
		text_put_line(text, false, f);
		space = " ";
	}
}
