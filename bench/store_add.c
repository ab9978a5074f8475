// SPDX-License-Identifier: GPL-2.0-or-later
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "cleanup.h"
#include "env_file.h"
#include "history.h"
#include "inputs.h"
#include "log.h"
#include "outfile.h"
#include "path.h"
#include "safe_name.h"

/* A run of the file: its rows as they are, and where they go. */
struct run_text {
	FILE *f; /* to @text */
	char *text;
	size_t length;
	char *kernel, *release, *platform; /* of its first row */
};

struct adding {
	struct inputs in;
	char *header;
	size_t header_length;
	struct summary sums; /* that who reads the store will have to make */
	struct run_text **runs; /* by number of the run; NULL: it has no rows */
	size_t n;
};

static void put_record(FILE *f, const struct csv_record *row)
{
	size_t i;

	for (i = 0; i < row->n; i++)
		csv_put(f, row->field[i], i == 0);
	fputc('\n', f);
}

static int take_header(struct adding *a, const struct csv_record *row)
{
	FILE *f = open_memstream(&a->header, &a->header_length);

	if (!f)
		return out_of_memory();
	put_record(f, row);
	return fclose(f) ? out_of_memory() : 0;
}

/* The stream of a run has its address: it stays where it is. */
static int open_run(struct adding *a, size_t number, const struct csv_sample *sample)
{
	struct run_text **runs = a->runs, *run;

	if (number >= a->n) {
		runs = reallocarray(runs, number + 1, sizeof(struct run_text *));
		if (!runs)
			return out_of_memory();
		memset(runs + a->n, 0, (number + 1 - a->n) * sizeof(*runs));
		a->runs = runs;
		a->n = number + 1;
	}
	if (runs[number])
		return 0;
	run = runs[number] = calloc(1, sizeof(*run));
	if (!run)
		return out_of_memory();
	run->f = open_memstream(&run->text, &run->length);
	run->kernel = strdup(sample->kernel);
	run->release = strdup(sample->kernel_release);
	run->platform = strdup(sample->platform);
	return run->f && run->kernel && run->release && run->platform ? 0 : out_of_memory();
}

static int on_row(const struct csv_sample *sample, const struct csv_record *row, const struct input_run *run, void *arg)
{
	struct adding *a = arg;
	size_t number;
	int rc;

	if (!sample)
		return take_header(a, row);
	if (!run->env)
		return csv_bad(row, "run %s has no environment; it belongs into the .env.json beside the file",
			       run->run_id);
	number = (size_t)(run - a->in.runs);
	rc = open_run(a, number, sample);
	if (rc)
		return rc;
	if (strcmp(a->runs[number]->kernel, sample->kernel) || strcmp(a->runs[number]->release, sample->kernel_release))
		return csv_bad(row, "run %s is of kernel %s (%s), and here of %s (%s); a run is of one kernel", run->run_id,
			       a->runs[number]->kernel, a->runs[number]->release, sample->kernel, sample->kernel_release);
	put_record(a->runs[number]->f, row);
	return summary_add_row(&a->sums, sample, row, run->host);
}

/* "1a2b3c4d5e6f-89abcdef": commit and configuration; NULL: out of memory. */
static char *commit_name(const struct run_text *text, const struct input_run *run)
{
	_cleanup_free_ char *shown = NULL, *name = NULL;
	struct kernel_identity id;

	if (kernel_identity_of(text->kernel, text->release, run->env, &id))
		return NULL;
	shown = kernel_short_commit(id.commit);
	free(id.commit);
	if (!shown || asprintf(&name, "%s-%.*s", *shown ? shown : "unknown", HISTORY_CONFIG_DIGITS,
			       *id.config ? id.config : "unknown") < 0) {
		name = NULL;
		return NULL;
	}
	return safe_name(name);
}

/* "tcg QEMU TCG CPU ..."; NULL: out of memory. */
static char *machine_name(const struct run_text *text, const struct input_run *run)
{
	_cleanup_free_ char *name = NULL;

	if (asprintf(&name, "%s %s", text->platform, run->host) < 0) {
		name = NULL;
		return NULL;
	}
	return safe_name(name);
}

/* KERNEL/COMMIT-CONFIG/MACHINE; NULL: out of memory. */
static char *directory_of(const struct run_text *text, const struct input_run *run)
{
	_cleanup_free_ char *kernel = safe_name(text->kernel), *commit = commit_name(text, run);
	_cleanup_free_ char *machine = machine_name(text, run);
	char *path;

	if (!kernel || !commit || !machine || asprintf(&path, "%s/%s/%s", kernel, commit, machine) < 0)
		return NULL;
	return path;
}

/* The name of a run's file. NULL: out of memory. */
static char *file_of(const struct input_run *run)
{
	_cleanup_free_ char *name = safe_name(run->run_id);
	char *file;

	return !name || asprintf(&file, "%s.csv", name) < 0 ? NULL : file;
}

/* Wherever it is: people move things. */
static const char *find_stored(const struct store_files *stored, const char *file)
{
	size_t i;

	for (i = 0; i < stored->n; i++)
		if (!strcmp(path_base_name(stored->v[i]), file))
			return stored->v[i];
	return NULL;
}

static bool file_has(const char *path, const char *header, const char *text)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	const char *parts[] = { header, text };
	size_t i;

	for (i = 0; f && i < 2; i++)
		for (; *parts[i]; parts[i]++)
			if (fgetc(f) != (unsigned char)*parts[i])
				return false;
	return f && fgetc(f) == EOF;
}

static int write_environment(const char *csv_path, json_t *env)
{
	_cleanup_outfile_ struct outfile out = { 0 };
	_cleanup_free_ char *path = env_file_path(csv_path);
	int rc;

	if (!path)
		return out_of_memory();
	rc = outfile_open_marked(&out, path, STORE_ADDING);
	if (rc)
		return rc;
	fputs("[\n", out.f);
	rc = json_dumpf(env, out.f, JSON_INDENT(2) | JSON_SORT_KEYS);
	fputs("\n]\n", out.f);
	if (rc && !ferror(out.f))
		return out_of_memory();
	return outfile_commit(&out);
}

/* The environment goes first: samples never stand without it. */
static int write_run(const struct adding *a, size_t number, const char *path)
{
	_cleanup_outfile_ struct outfile out = { 0 };
	int rc = write_environment(path, a->in.runs[number].env);

	if (!rc)
		rc = outfile_open_marked(&out, path, STORE_ADDING);
	if (rc)
		return rc;
	fputs(a->header, out.f);
	fputs(a->runs[number]->text, out.f);
	return outfile_commit(&out);
}

static int add_run(const struct adding *a, size_t number, const char *store, const struct store_files *stored,
		   struct store_added *added)
{
	const struct input_run *run = &a->in.runs[number];
	_cleanup_free_ char *file = file_of(run), *below = directory_of(a->runs[number], run), *dir = NULL, *path = NULL;
	const char *there;
	int rc;

	if (!file || !below || asprintf(&dir, "%s/%s", store, below) < 0) {
		dir = NULL;
		return out_of_memory();
	}
	there = find_stored(stored, file);
	if (there && file_has(there, a->header, a->runs[number]->text)) {
		added->there++;
		return 0;
	}
	if (there) {
		err("run %s is in the store with other rows: %s; move it away if it is to be replaced", run->run_id, there);
		return -EEXIST;
	}
	if (asprintf(&path, "%s/%s", dir, file) < 0) {
		path = NULL;
		return out_of_memory();
	}
	rc = make_directories(dir);
	if (!rc)
		rc = write_run(a, number, path);
	added->added += !rc;
	return rc;
}

/* One adder at a time. Where a file system has no such locks, two of the same run do no harm either: each replaces it by
 * the same, but both say that they have added it. */
static int lock_store(const char *store, int *fd, bool *locked)
{
	int rc = make_directories(store);

	if (rc)
		return rc;
	*fd = open(store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0) {
		rc = -errno;
		err("%s: %s", store, strerror(-rc));
		return rc;
	}
	do
		*locked = !flock(*fd, LOCK_EX);
	while (!*locked && errno == EINTR);
	return 0;
}

/* What adders who were killed have left. Nobody holds it: such files are only ever made and renamed under the lock of
 * the store, which is ours now, and a process that ends lets go of it. */
static int remove_leftovers(const char *store, struct store_added *added)
{
	struct store_files left = { 0 };
	size_t i;
	int rc = store_list_adding(store, &left);

	for (i = 0; !rc && i < left.n; i++) {
		if (unlink(left.v[i]) && errno != ENOENT) {
			rc = -errno;
			err("%s: %s", left.v[i], strerror(-rc));
		}
		added->removed += !rc;
	}
	store_files_free(&left);
	return rc;
}

static int add_runs(const struct adding *a, const char *store, struct store_added *added)
{
	struct store_files stored = { 0 };
	_cleanup_close_ int fd = -1;
	bool locked = false;
	size_t i;
	int rc = lock_store(store, &fd, &locked);

	if (!rc && locked)
		rc = remove_leftovers(store, added);
	if (!rc)
		rc = store_list(store, &stored);
	for (i = 0; !rc && i < a->n; i++)
		if (a->runs[i])
			rc = add_run(a, i, store, &stored, added);
	store_files_free(&stored);
	return rc;
}

static int close_texts(struct adding *a)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < a->n; i++)
		if (a->runs[i] && fflush(a->runs[i]->f))
			rc = out_of_memory();
	return rc;
}

static void free_text(struct run_text *run)
{
	if (run && run->f)
		fclose(run->f);
	if (run) {
		free(run->text);
		free(run->kernel);
		free(run->release);
		free(run->platform);
	}
	free(run);
}

static void adding_free(struct adding *a)
{
	while (a->n)
		free_text(a->runs[--a->n]);
	free(a->runs);
	free(a->header);
	summary_free(&a->sums);
	inputs_free(&a->in);
}

int store_add(const char *store, const char *path, struct store_added *added)
{
	const struct input_paths paths = { (char *[]){ (char *)path }, 1 };
	/* Elsewhere a torn last row is left out, with a warning. Here that would be for ever. */
	struct adding a = { .in.torn = CSV_TORN_REFUSE };
	int rc = inputs_read(&a.in, &paths, on_row, &a);

	if (!rc)
		rc = close_texts(&a);
	if (!rc && !a.n) {
		err("no rows in %s", path);
		rc = -ENODATA;
	}
	if (!rc)
		rc = summary_check(&a.sums, path);
	if (!rc)
		rc = add_runs(&a, store, added);
	adding_free(&a);
	return rc;
}
