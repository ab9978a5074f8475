// SPDX-License-Identifier: GPL-2.0-or-later
#include "noise_store.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "log.h"
#include "noise.h"
#include "outfile.h"
#include "summary.h"

/* By whatever name or link. */
static bool is_one_of(const struct stat *file, const struct input_paths *sets)
{
	struct stat other;
	size_t i;

	for (i = 0; i < sets->n; i++)
		if (!stat(sets->v[i], &other) && other.st_dev == file->st_dev && other.st_ino == file->st_ino)
			return true;
	return false;
}

/* Where NOISE.csv was forgotten, a set stands in its place, and would be lost. */
static int check_target(const char *path, const struct input_paths *sets, bool force)
{
	struct stat st;

	if (stat(path, &st))
		return 0;
	if (is_one_of(&st, sets)) {
		err("%s: is one of the sets and would be replaced by their noise; the first file is NOISE.csv", path);
		return -EEXIST;
	}
	if (force || !S_ISREG(st.st_mode) || noise_is_file(path))
		return 0;
	err("%s: is there and is no file of noise; was NOISE.csv forgotten? --force replaces it", path);
	return -EEXIST;
}

static int on_set_row(const struct csv_sample *sample, const struct csv_record *row, const struct input_run *run,
		      void *arg)
{
	struct summary *sets = arg;

	return sample ? summary_add_row(&sets[run->file], sample, row, run->host) : 0;
}

static int write_noise(const char *path, const struct summary *sets, size_t n)
{
	_cleanup_outfile_ struct outfile out = { 0 };
	size_t rows;
	int rc = outfile_open(&out, path);

	if (rc)
		return rc;
	rc = noise_measure(sets, n, out.f, &rows);
	if (rc) {
		err("%s", strerror(-rc));
		return rc;
	}
	if (!rows) {
		err("no trusted cell of a kernel is in two sets; was it the same kernel and machine?");
		return -ENODATA;
	}
	rc = outfile_commit(&out);
	if (!rc)
		note("wrote %s: the noise of %zu cells", path, rows);
	return rc;
}

int noise_store(const char *path, const struct input_paths *files, bool force)
{
	struct summary *sets = calloc(files->n, sizeof(*sets));
	struct inputs in = { 0 };
	size_t i;
	int rc = sets ? check_target(path, files, force) : out_of_memory();

	if (!rc)
		rc = inputs_read(&in, files, on_set_row, sets);
	for (i = 0; !rc && i < files->n; i++)
		rc = summary_finish(&sets[i]);
	if (!rc)
		rc = write_noise(path, sets, files->n);
	for (i = 0; sets && i < files->n; i++)
		summary_free(&sets[i]);
	free(sets);
	inputs_free(&in);
	return rc;
}
