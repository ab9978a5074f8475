// SPDX-License-Identifier: GPL-2.0-or-later
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"

static int fail(struct outfile *out, int error)
{
	err("%s: %s", out->path ? out->path : "out of memory", strerror(error));
	outfile_drop(out);
	return -error;
}

/* What open(2) with mode 0666 would have given. */
static mode_t default_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* What is replaced: a file, also behind a link, and nothing else. NULL after printing. */
static char *target_of(const char *path)
{
	struct stat st;

	if (!strcmp(path, "-")) {
		err("-: standard output is not taken here, name a file");
		return NULL;
	}
	if (!*path) {
		err("the name of a file to write is empty");
		return NULL;
	}
	if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		err("%s: is not a regular file, and would be replaced by one", path);
		return NULL;
	}
	return !lstat(path, &st) && S_ISLNK(st.st_mode) ? realpath(path, NULL) : strdup(path);
}

int outfile_open_marked(struct outfile *out, const char *path, const char *mark)
{
	int fd;

	*out = (struct outfile){ .path = target_of(path) };
	if (!out->path)
		return -EINVAL;
	if (asprintf(&out->temporary, "%s%s.XXXXXX", out->path, mark) < 0) {
		out->temporary = NULL;
		return fail(out, ENOMEM);
	}
	fd = mkostemp(out->temporary, O_CLOEXEC);
	if (fd < 0) {
		int error = errno;

		free(out->temporary);
		out->temporary = NULL;
		return fail(out, error);
	}
	out->f = fchmod(fd, default_mode()) ? NULL : fdopen(fd, "w");
	if (!out->f) {
		int error = errno;

		close(fd);
		return fail(out, error);
	}
	return 0;
}

int outfile_open(struct outfile *out, const char *path)
{
	return outfile_open_marked(out, path, "");
}

int outfile_open_in(struct outfile *out, const char *dir, const char *name)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		path = NULL;
		return out_of_memory();
	}
	return outfile_open(out, path);
}

int outfile_commit(struct outfile *out)
{
	int failed = ferror(out->f), error = 0;

	if (fclose(out->f) || failed)
		error = errno ? errno : EIO;
	out->f = NULL;
	if (!error && rename(out->temporary, out->path))
		error = errno;
	if (error)
		return fail(out, error);
	free(out->temporary);
	out->temporary = NULL;
	outfile_drop(out);
	return 0;
}

void outfile_drop(struct outfile *out)
{
	if (out->f)
		fclose(out->f);
	if (out->temporary)
		unlink(out->temporary);
	free(out->temporary);
	free(out->path);
	*out = (struct outfile){ 0 };
}

int make_directories(const char *path)
{
	_cleanup_free_ char *dir = strdup(path);
	struct stat status;
	char *slash;
	int rc;

	if (!dir)
		return out_of_memory();
	for (slash = dir; slash; ) {
		slash = strchr(slash + 1, '/');
		if (slash)
			*slash = 0;
		if (mkdir(dir, 0777) && errno != EEXIST)
			goto failed;
		if (slash)
			*slash = '/';
	}
	if (stat(path, &status))
		goto failed;
	if (!S_ISDIR(status.st_mode)) {
		errno = ENOTDIR;
		goto failed;
	}
	return 0;
failed:
	rc = -errno;
	err("%s: %s", dir, strerror(-rc));
	return rc;
}

int flush_stdout(void)
{
	int rc = 0;

	if (fflush(stdout) || ferror(stdout)) {
		rc = errno ? -errno : -EIO;
		err("standard output: %s", strerror(-rc));
	}
	return rc;
}

int finish_stdout(int rc)
{
	return rc ? out_of_memory() : flush_stdout();
}
