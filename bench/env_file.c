// SPDX-License-Identifier: GPL-2.0-or-later
#include "env_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"
#include "text_stream.h"

char *env_file_path(const char *csv_path)
{
	size_t len = strlen(csv_path);
	char *path;

	if (len > 4 && !strcmp(csv_path + len - 4, ".csv"))
		len -= 4;
	return asprintf(&path, "%.*s.env.json", (int)len, csv_path) < 0 ? NULL : path;
}

static int check_env(const char *path, const json_t *env)
{
	const json_t *run;
	size_t i;

	if (!json_is_array(env)) {
		err("%s: not a JSON array", path);
		return -EBADMSG;
	}
	json_array_foreach(env, i, run)
		if (!json_is_string(json_object_get(run, "run_id"))) {
			err("%s: element %zu has no run_id", path, i);
			return -EBADMSG;
		}
	return 0;
}

struct input {
	FILE *f;
	size_t bytes;
	bool too_large;
};

/* jansson takes what it is given: its own memory is up to 20 times as much. */
static size_t read_some(void *buffer, size_t length, void *arg)
{
	struct input *input = arg;
	size_t n = fread(buffer, 1, length, input->f);

	input->bytes += n;
	input->too_large = input->bytes > ENV_FILE_MAX;
	return input->too_large ? (size_t)-1 : n;
}

int json_file_load(const char *path, json_t **env)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	struct input input = { .f = f };
	json_error_t error;
	int rc;

	*env = NULL;
	if (!f) {
		rc = -errno;
		if (rc != -ENOENT)
			err("%s: %s", path, strerror(-rc));
		return rc;
	}
	*env = json_load_callback(read_some, &input, JSON_REJECT_DUPLICATES, &error);
	if (ferror(f)) {
		rc = errno ? -errno : -EIO;
		err("%s: %s", path, strerror(-rc));
		json_decref(*env);
		*env = NULL;
		return rc;
	}
	if (input.too_large) {
		err("%s:%d: more than %d MiB; give fewer runs at a time", path, error.line, ENV_FILE_MAX >> 20);
		return -E2BIG;
	}
	if (!*env) {
		err("%s:%d: %s", path, error.line, error.text);
		return -EBADMSG;
	}
	return 0;
}

const char *json_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

int env_file_load(const char *path, json_t **env)
{
	int rc = json_file_load(path, env);

	if (rc)
		return rc;
	rc = check_env(path, *env);
	if (rc) {
		json_decref(*env);
		*env = NULL;
	}
	return rc;
}

static void print_member(FILE *f, const json_t *object, const char *key, const char *unit)
{
	const json_t *v = json_object_get(object, key);

	if (json_is_integer(v))
		fprintf(f, ", %" JSON_INTEGER_FORMAT " %s", json_integer_value(v), unit);
	else if (json_is_string(v))
		fprintf(f, ", %s %s", unit, json_string_value(v));
}

char *env_file_host(const json_t *run)
{
	const json_t *cpu = json_object_get(run, "cpu");
	const char *host = json_string_value(json_object_get(run, "host"));
	const char *model = json_string_value(json_object_get(cpu, "model"));
	struct text_stream out;

	if (!run)
		return strdup("");
	if (text_stream_open(&out))
		return NULL;
	fprintf(out.f, "%s%s%s", host ? host : "", host ? ", " : "", model ? model : "unknown CPU");
	print_member(out.f, cpu, "online", "CPU");
	print_member(out.f, cpu, "nodes", "node");
	return text_stream_close(&out);
}
