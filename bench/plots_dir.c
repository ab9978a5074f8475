// SPDX-License-Identifier: GPL-2.0-or-later
#include "plots_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"
#include "outfile.h"
#include "report_figure.h"

int plots_dir_open(struct plots_dir *plots, const char *dir)
{
	int rc;

	*plots = (struct plots_dir){ .lock = -1 };
	if (asprintf(&plots->target, "%s/plots", dir) < 0) {
		plots->target = NULL;
		return out_of_memory();
	}
	rc = make_directories(plots->target);
	if (rc)
		return rc;
	if (asprintf(&plots->made, "%s.XXXXXX", plots->target) < 0) {
		plots->made = NULL;
		return out_of_memory();
	}
	if (mkdtemp(plots->made))
		return 0;
	rc = -errno;
	err("%s: %s", plots->made, strerror(-rc));
	free(plots->made);
	plots->made = NULL;
	return rc;
}

/* A file system that has no locks is no reason to have no report. */
void plots_dir_lock(struct plots_dir *plots)
{
	plots->lock = open(plots->target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (plots->lock >= 0 && flock(plots->lock, LOCK_EX) && errno == EINTR)
		;
}

typedef int (*entry_fn)(const char *from, const char *to);

static int move_entry(const char *from, const char *to)
{
	int rc = 0;

	if (rename(from, to)) {
		rc = -errno;
		err("%s: %s", to, strerror(-rc));
	}
	return rc;
}

static int remove_entry(const char *from, const char *to)
{
	(void)to;
	return unlink(from) ? -errno : 0;
}

static int each_entry(const struct plots_dir *plots, entry_fn fn)
{
	DIR *dir = opendir(plots->made);
	struct dirent *entry;
	int rc = 0;

	if (!dir)
		return -errno;
	while (!rc && (entry = readdir(dir))) {
		_cleanup_free_ char *from = NULL, *to = NULL;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (asprintf(&from, "%s/%s", plots->made, entry->d_name) < 0)
			from = NULL;
		if (asprintf(&to, "%s/%s", plots->target, entry->d_name) < 0)
			to = NULL;
		rc = from && to ? fn(from, to) : out_of_memory();
	}
	closedir(dir);
	return rc;
}

int plots_dir_install(const struct plots_dir *plots, const char *const *names, size_t n)
{
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < n; i++)
		rc = figure_remove_older(plots->target, names[i]);
	return rc ? rc : each_entry(plots, move_entry);
}

void plots_dir_close(struct plots_dir *plots)
{
	if (plots->made) {
		each_entry(plots, remove_entry);
		rmdir(plots->made);
	}
	cleanup_close(&plots->lock);
	free(plots->made);
	free(plots->target);
	*plots = (struct plots_dir){ .lock = -1 };
}
