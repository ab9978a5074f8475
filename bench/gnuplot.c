// SPDX-License-Identifier: GPL-2.0-or-later
#include "gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"

#define ARGS_MAX 9 /* gnuplot's own limit */

extern char **environ;

/* DIR/../plots of the program at DIR/daxpin: a build tree. */
static char *beside_program(void)
{
	char exe[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash, *dir;

	if (len < 0)
		return NULL;
	exe[len] = 0;
	slash = strrchr(exe, '/');
	if (slash)
		*slash = 0;
	return asprintf(&dir, "%s/../plots", exe) < 0 ? NULL : dir;
}

/* In the directory itself or in its plots/; NULL: in neither. */
static char *script_in(const char *dir, const char *script)
{
	static const char *const below[] = { "", "plots/" };
	char *path;
	size_t i;

	for (i = 0; dir && i < 2; i++) {
		if (asprintf(&path, "%s/%s%s", dir, below[i], script) < 0)
			return NULL;
		if (!access(path, R_OK))
			return path;
		free(path);
	}
	return NULL;
}

static char *find_script(const char *script)
{
	const char *dir = getenv("DAXPIN_DATADIR");
	_cleanup_free_ char *beside = NULL;
	char *path;

	if (dir && *dir) {
		path = script_in(dir, script);
		if (!path)
			err("%s/%s cannot be read; DAXPIN_DATADIR has to name the directory of the plot scripts",
			    dir, script);
		return path;
	}
	beside = beside_program();
	path = script_in(beside, script);
#ifdef DAXPIN_DATADIR
	if (!path)
		path = script_in(DAXPIN_DATADIR, script);
#endif
	if (!path)
		err("plot script %s not found; set DAXPIN_DATADIR to the directory that has it", script);
	return path;
}

static int spawn(char *const *argv, int output, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error)
		return -error;
	error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0, 0);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, output, 1);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, output, 2);
	if (!error)
		error = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return -error;
}

/* gnuplot shows the line, a caret, and then says what is wrong with it. */
static void print_failure(FILE *said, int status)
{
	char line[256], last[256] = "no message";

	rewind(said);
	while (fgets(line, sizeof(line), said)) {
		line[strcspn(line, "\n")] = 0;
		if (*line)
			strcpy(last, line);
	}
	err("gnuplot failed (%s %d): %s", WIFSIGNALED(status) ? "signal" : "status",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), last);
}

/* What gnuplot says (of a series without values, say) is of interest when it failed. */
static int run(char *const *argv)
{
	_cleanup_fclose_ FILE *said = tmpfile();
	int rc, status;
	pid_t pid;

	rc = said ? spawn(argv, fileno(said), &pid) : -errno;
	if (rc == -ENOENT) {
		err("gnuplot not found, so there are no plots; install the package gnuplot-nox");
		return -ENOPKG;
	}
	if (rc) {
		err("gnuplot: %s", strerror(-rc));
		return rc;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	print_failure(said, status);
	return -EIO;
}

/* Moves the results to their place, or removes them. */
static int settle(const char *temporary, const char *base, const char *suffix, int rc)
{
	_cleanup_free_ char *from = NULL, *to = NULL;

	if (asprintf(&from, "%s%s", temporary, suffix) < 0)
		from = NULL;
	if (asprintf(&to, "%s%s", base, suffix) < 0)
		to = NULL;
	if (!from || !to)
		return -ENOMEM;
	if (rc) {
		unlink(from);
	} else if (rename(from, to)) {
		rc = -errno;
		err("%s: %s", to, strerror(-rc));
	}
	return rc;
}

/* A name that nobody else has: two programs may make the same plot at once. Its file holds it until it is removed. */
static int reserve(const char *base, char **name)
{
	int fd;

	if (asprintf(name, "%s.XXXXXX", base) < 0) {
		*name = NULL;
		return out_of_memory();
	}
	fd = mkostemp(*name, O_CLOEXEC);
	if (fd < 0) {
		int rc = -errno;

		err("%s: %s", *name, strerror(-rc));
		return rc;
	}
	close(fd);
	return 0;
}

int gnuplot_run(const char *script, const char *base, const char *const *suffixes, const char *const *args)
{
	_cleanup_free_ char *path = find_script(script), *temporary = NULL;
	char *argv[4 + ARGS_MAX + 1] = { "gnuplot", "-d", "-c", path };
	size_t i;
	int rc;

	if (!path)
		return -ENOPKG;
	rc = reserve(base, &temporary);
	if (rc)
		return rc;
	argv[4] = temporary;
	for (i = 0; args[i] && i < ARGS_MAX - 1; i++)
		argv[5 + i] = (char *)args[i];
	rc = run(argv);
	for (; *suffixes; suffixes++) {
		int settled = settle(temporary, base, *suffixes, rc);

		rc = rc ? rc : settled;
	}
	unlink(temporary);
	return rc;
}
