// SPDX-License-Identifier: GPL-2.0-or-later
#include "store.h"

#include <errno.h>
#include <fts.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"

static int compare_entries(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int add_file(struct store_files *files, const char *path)
{
	char **v = reallocarray(files->v, files->n + 1, sizeof(*v));

	if (!v)
		return out_of_memory();
	files->v = v;
	v[files->n] = strdup(path);
	return v[files->n] ? (files->n++, 0) : out_of_memory();
}

typedef bool (*is_wanted_fn)(const FTSENT *entry);

static bool is_csv(const FTSENT *entry)
{
	return entry->fts_namelen > 4 && *entry->fts_name != '.' &&
	       !strcmp(entry->fts_name + entry->fts_namelen - 4, ".csv");
}

static bool is_adding(const FTSENT *entry)
{
	const char *suffix = strrchr(entry->fts_name, '.');
	const size_t length = strlen(STORE_ADDING);

	return suffix && strlen(suffix) == strlen(".XXXXXX") && suffix - entry->fts_name > (ptrdiff_t)length &&
	       !strncmp(suffix - length, STORE_ADDING, length);
}

static int take_entry(FTS *tree, FTSENT *entry, is_wanted_fn is_wanted, struct store_files *files)
{
	int rc;

	switch (entry->fts_info) {
	case FTS_D:
		if (entry->fts_level && *entry->fts_name == '.')
			fts_set(tree, entry, FTS_SKIP);
		return 0;
	case FTS_F:
		if (!entry->fts_level) {
			err("%s: is no directory; a store is one", entry->fts_path);
			return -ENOTDIR;
		}
		return is_wanted(entry) ? add_file(files, entry->fts_path) : 0;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		rc = -entry->fts_errno;
		if (rc != -ENOENT || entry->fts_level)
			err("%s: %s", entry->fts_path, strerror(-rc));
		return rc;
	default:
		return 0;
	}
}

static int list(const char *store, is_wanted_fn is_wanted, struct store_files *files)
{
	char *const roots[] = { (char *)store, NULL };
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, compare_entries);
	FTSENT *entry;
	int rc = 0;

	*files = (struct store_files){ 0 };
	if (!tree)
		return -errno;
	while (!rc && (entry = fts_read(tree)))
		rc = take_entry(tree, entry, is_wanted, files);
	fts_close(tree);
	return rc;
}

int store_list(const char *store, struct store_files *files)
{
	return list(store, is_csv, files);
}

int store_list_adding(const char *store, struct store_files *files)
{
	return list(store, is_adding, files);
}

void store_files_free(struct store_files *files)
{
	while (files->n)
		free(files->v[--files->n]);
	free(files->v);
	*files = (struct store_files){ 0 };
}
