/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FILE.env.json, the environment beside FILE.csv. */
#ifndef DAXPIN_ENV_FILE_H
#define DAXPIN_ENV_FILE_H

#include <jansson.h>

/* "FILE.env.json" for "FILE.csv" (or for another name, with ".env.json" added).
 * The caller frees it; NULL: out of memory. */
char *env_file_path(const char *csv_path);

/* Bytes; a larger file is refused: memory stays bounded whatever is read. */
#define ENV_FILE_MAX (64 << 20)

/* Loads any JSON that is not larger. Returns 0, or -errno after printing (not of -ENOENT, of opening); *root is for json_decref(). */
int json_file_load(const char *path, json_t **root);

/* A text of an object; "" when it is not there, or is no text. It is in the object. */
const char *json_text(const json_t *object, const char *name);

/* Loads the array. Returns 0, -errno of opening (not printed when it is
 * -ENOENT), -EBADMSG when it is not an array of objects with a run_id; *env is
 * for json_decref(). */
int env_file_load(const char *path, json_t **env);

/* Text that tells one machine from another: "host" of the environment if it has
 * one, CPU model, CPUs and nodes online; "" when env is NULL. Frees: caller. */
char *env_file_host(const json_t *run);

#endif
