// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"

static char directory[64];
static FILE *nowhere;

static void remove_directory(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char file[512];

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		if (unlink(file))
			remove_directory(file);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

static void clean_up(void)
{
	remove_directory(directory);
}

static void stop(const char *why)
{
	fprintf(stderr, "fuzz: %s\n", why);
	clean_up();
	abort();
}

static void copy(const char *from, const char *name)
{
	static uint8_t text[1 << 22];
	FILE *f = fopen(from, "r");
	size_t size = f ? fread(text, 1, sizeof(text), f) : 0;

	if (!f || ferror(f))
		stop(from);
	fclose(f);
	fuzz_write(name, text, size);
}

/* In memory, where there is such a directory: thousands of files a second. */
static void start(void)
{
	if (*directory)
		return;
	snprintf(directory, sizeof(directory), "%s/daxpin-fuzz-XXXXXX", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	nowhere = fopen("/dev/null", "w");
	if (!nowhere || !mkdtemp(directory))
		stop(strerror(errno));
	atexit(clean_up);
	copy(fuzz_seed("in.env.json"), "in.env.json");
	/* As main() does. */
	program_invocation_name = program_invocation_short_name = (char *)"daxpin";
}

static const char *path_in(const char *dir, const char *name)
{
	static char paths[8][512];
	static unsigned int next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

const char *fuzz_file(const char *name)
{
	start();
	return path_in(directory, name);
}

const char *fuzz_seed(const char *name)
{
	const char *dir = getenv("DAXPIN_FUZZ_SEEDS");

	if (!dir)
		stop("DAXPIN_FUZZ_SEEDS is not set: tests/fuzz/run starts the fuzzers");
	return path_in(dir, name);
}

void fuzz_write(const char *name, const uint8_t *data, size_t size)
{
	FILE *f = fopen(fuzz_file(name), "w");

	if (!f || fwrite(data, 1, size, f) != size || fclose(f))
		stop(strerror(errno));
}

static void check_messages(int code, const char *messages)
{
	if (code < EXIT_DONE || code > EXIT_TROUBLE)
		stop("an exit status that there is not");
	if (code == EXIT_TROUBLE && !*messages)
		stop("trouble, and nothing is said");
}

void fuzz_run(fuzz_command command, const char *const *args)
{
	char *argv[FUZZ_ARGS + 1], *messages = NULL;
	FILE *old_out = stdout, *old_err = stderr, *said;
	size_t len;
	int argc, code;

	start();
	for (argc = 0; args[argc] && argc < FUZZ_ARGS; argc++)
		argv[argc] = strdup(args[argc]);
	argv[argc] = NULL;
	said = open_memstream(&messages, &len);
	if (!said)
		stop("out of memory");
	stdout = nowhere;
	stderr = said;
	code = command(argc, argv);
	stdout = old_out;
	stderr = old_err;
	fclose(said);
	check_messages(code, messages);
	free(messages);
	/* argp permutes, and loses none. */
	while (argc)
		free(argv[--argc]);
}
