// SPDX-License-Identifier: GPL-2.0-or-later
#include "job.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "interrupt.h"
#include "job_keys.h"
#include "log.h"
#include "size.h"

#define CELLS_MAX 100000
#define KEYS_MAX 32

struct value_list {
	struct job_value *values;
	size_t count;
};

struct section {
	char name[64];
	struct value_list keys[KEYS_MAX]; /* count 0: not set */
};

/* What the INI callback works on. */
struct reader {
	struct job *job;
	FILE *stream;
	const char *file;
	int line;
	int failed;
	struct section *sections; /* the first one is [global] */
	size_t section_count;
};

/* A copy that lives as long as the job. */
static const char *keep(struct job *job, const char *text, size_t length)
{
	char **grown = reallocarray(job->strings, job->string_count + 1, sizeof(*grown));
	char *copy = strndup(text, length);

	if (grown)
		job->strings = grown;
	if (!grown || !copy) {
		free(copy);
		return NULL;
	}
	job->strings[job->string_count++] = copy;
	return copy;
}

static int append_value(struct value_list *list, struct job_value value)
{
	struct job_value *grown = reallocarray(list->values, list->count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	list->values = grown;
	list->values[list->count++] = value;
	return 0;
}

/* Bad values are found where they are written, not when cells are made. */
static int try_value(const struct job_key *key, struct job_value value, const char *where, const char *text)
{
	struct cell scratch = { 0 };

	if (key->kind == JOB_KEY_NUMBERS && (value.number < key->min || value.number > key->max)) {
		err("%s: %s = %s: must be %" PRIu64 " to %" PRIu64, where, key->name, text, key->min, key->max);
		return -EINVAL;
	}
	if (!key->apply(&scratch, &value))
		return 0;
	err("%s: %s = %s: must be %s", where, key->name, text, key->choices ? key->choices() : "something else");
	return -EINVAL;
}

static int add_numbers(const struct job_key *key, const char *text, const char *where, struct value_list *list)
{
	_cleanup_free_ uint64_t *numbers = NULL;
	size_t count = 0;
	int rc;

	rc = size_parse_range(text, &numbers, &count);
	if (rc == -ENOMEM)
		return rc;
	if (rc || (count > 1 && !key->list)) {
		err("%s: %s = %s: must be a number%s", where, key->name, text,
		    key->list ? " (16G), or a range (1G:*2:16G, 1:+1:8)" : "");
		return -EINVAL;
	}
	for (size_t i = 0; i < count; i++) {
		struct job_value value = { text, numbers[i] };

		rc = try_value(key, value, where, text);
		if (!rc)
			rc = append_value(list, value);
		if (rc)
			return rc;
	}
	return 0;
}

static int add_item(struct job *job, const struct job_key *key, const char *item, size_t length, const char *where,
		    struct value_list *list)
{
	const char *text = keep(job, item, length);
	struct job_value value = { text, 0 };
	int rc;

	if (!text)
		return -ENOMEM;
	if (key->kind == JOB_KEY_NUMBERS)
		return add_numbers(key, text, where, list);
	rc = try_value(key, value, where, text);
	return rc ? rc : append_value(list, value);
}

/* Splits "a, b, c" and replaces what the key was set to before. */
static int set_key(struct job *job, struct section *section, const char *name, const char *text, const char *where)
{
	int index = job_key_find(name), rc;
	const struct job_key *key;
	struct value_list *list;

	if (index < 0) {
		err("%s: unknown key '%s'; 'daxpin run --help-job' lists the keys", where, name);
		return -EINVAL;
	}
	key = &job_keys[index];
	list = &section->keys[index];
	list->count = 0;
	for (const char *item = text;;) {
		size_t length;

		item += strspn(item, " \t");
		length = strcspn(item, ",");
		while (length && strchr(" \t", item[length - 1]))
			length--;
		if (!length) {
			err("%s: %s: an empty value", where, name);
			return -EINVAL;
		}
		rc = add_item(job, key, item, length, where, list);
		if (rc)
			return rc;
		item = strchr(item, ',');
		if (!item)
			break;
		item++;
	}
	if (list->count > 1 && !key->list) {
		err("%s: %s takes one value", where, name);
		return -EINVAL;
	}
	return 0;
}

static struct section *find_section(struct reader *reader, const char *name)
{
	struct section *grown;

	for (size_t i = 0; i < reader->section_count; i++)
		if (!strcmp(reader->sections[i].name, name))
			return &reader->sections[i];
	grown = reallocarray(reader->sections, reader->section_count + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	reader->sections = grown;
	grown = &grown[reader->section_count++];
	memset(grown, 0, sizeof(*grown));
	snprintf(grown->name, sizeof(grown->name), "%s", name);
	return grown;
}

static void fail_line(struct reader *reader, const char *why)
{
	err("%s:%d: %s", reader->file, reader->line, why);
	reader->failed = -EINVAL;
}

/* inih's handler: 1 is success. */
static int handle(void *user, const char *section_name, const char *name, const char *value)
{
	struct reader *reader = user;
	struct section *section;
	char where[512];
	int index;

	if (reader->failed)
		return 1;
	snprintf(where, sizeof(where), "%s:%d", reader->file, reader->line);
	if (!*section_name) {
		err("%s: '%s' stands before the first [section]", where, name);
		reader->failed = -EINVAL;
		return 1;
	}
	section = find_section(reader, section_name);
	index = job_key_find(name);
	if (section && index >= 0 && section->keys[index].count) {
		fail_line(reader, "the key is set already in this section");
		return 1;
	}
	reader->failed = section ? set_key(reader->job, section, name, value, where) : -ENOMEM;
	return 1;
}

/* A section may have no keys at all: all of its values are defaults. */
static void begin_section(struct reader *reader, const char *line)
{
	char name[64] = "";
	size_t before = reader->section_count;

	if (sscanf(line, " [%63[^]]]", name) != 1)
		return;
	for (const char *c = name; *c; c++)
		if (!isgraph((unsigned char)*c)) {
			fail_line(reader, "a section's name is made of printable characters without blanks");
			return;
		}
	if (!find_section(reader, name))
		reader->failed = -ENOMEM;
	else if (reader->section_count == before)
		fail_line(reader, "the section is there already");
}

/* inih counts lines but does not tell its handler: count them as they are read.
 * It also cuts long lines silently, and takes indented ones as continuations. */
static char *read_line(char *line, int size, void *user)
{
	struct reader *reader = user;
	size_t length;

	if (reader->failed || interrupted() || !fgets(line, size, reader->stream))
		return NULL;
	reader->line++;
	length = strlen(line);
	if (!strchr(line, '\n') && !feof(reader->stream))
		fail_line(reader, length + 1 < (size_t)size ? "a NUL byte" : "line too long");
	else if (strchr(" \t", *line) && line[strspn(line, " \t\r\n")])
		fail_line(reader, "a line must not begin with a blank");
	else if (*line == '[')
		begin_section(reader, line);
	return line;
}

static int read_file(struct reader *reader)
{
	_cleanup_fclose_ FILE *file = fopen(reader->file, "re");
	int line;

	if (!file) {
		int rc = -errno;

		err("%s: %s", reader->file, strerror(-rc));
		return rc;
	}
	reader->stream = file;
	line = ini_parse_stream(read_line, reader, handle, reader);
	if (reader->failed)
		return reader->failed;
	if (interrupted())
		return -EINTR;
	if (ferror(file)) {
		err("%s: cannot be read: %s", reader->file, strerror(errno));
		return -EIO;
	}
	if (line) {
		err("%s:%d: not a [section] and not 'key = value'", reader->file, line);
		return -EINVAL;
	}
	return 0;
}

static int apply_override(struct reader *reader, const char *text)
{
	_cleanup_free_ char *name = NULL;
	const char *equals = strchr(text, '=');
	const char *where = "--set";
	int rc;

	if (!equals) {
		err("%s %s: must be key=value", where, text);
		return -EINVAL;
	}
	name = strndup(text, (size_t)(equals - text));
	if (!name)
		return -ENOMEM;
	for (size_t i = 0; i < reader->section_count; i++) {
		rc = set_key(reader->job, &reader->sections[i], name, equals + 1, where);
		if (rc)
			return rc;
	}
	return 0;
}

/* Defaults into [global], then what a section leaves out from there. */
static int inherit(struct reader *reader)
{
	struct section *global = find_section(reader, "global");
	int rc;

	if (!global)
		return -ENOMEM;
	for (size_t k = 0; k < job_key_count; k++) {
		if (global->keys[k].count)
			continue;
		rc = set_key(reader->job, global, job_keys[k].name, job_keys[k].fallback, "default");
		if (rc)
			return rc;
	}
	return 0;
}

static const struct value_list *values_of(const struct reader *reader, const struct section *section, size_t key)
{
	const struct section *global = reader->sections;

	while (strcmp(global->name, "global"))
		global++;
	return section->keys[key].count ? &section->keys[key] : &global->keys[key];
}

static int add_cell(struct job *job, const struct cell *cell)
{
	struct cell *grown;

	if (job->count == CELLS_MAX) {
		err("%s: more than %d cells", job->file, CELLS_MAX);
		return -EINVAL;
	}
	/* Room is doubled at each power of two. */
	if (!(job->count & (job->count - 1))) {
		grown = reallocarray(job->cells, job->count ? 2 * job->count : 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		job->cells = grown;
	}
	job->cells[job->count++] = *cell;
	return 0;
}

static int check_cell(const struct job *job, const struct cell *cell)
{
	char size[SIZE_TEXT_MAX];

	if (!cell->engine->whole_device && !cell->same_range && cell->size % (cell_workers(cell) * 4096ULL)) {
		err("%s: [%s]: size %s cannot be shared out to %u threads in whole pages", job->file, cell->section,
		    size_format(cell->size, size), cell_workers(cell));
		return -EINVAL;
	}
	return 0;
}

/* Combinations that make no sense are left out. */
static int is_possible(const struct cell *cell)
{
	if (cell->engine->whole_device)
		return cell->memory == &memory_dax;
	if (cell->get < 0 || cell->put < 0)
		return 0;
	return !cell->engine->match || cell->engine->match((unsigned int)cell->get, (unsigned int)cell->put, cell->write);
}

/* Does a key have but one value for this cell? */
static int does_not_apply(const struct job_key *key, const struct cell *cell)
{
	return (key->dax_only && cell->memory != &memory_dax) || (key->pin_only && cell->engine->whole_device) ||
	       (key->registers_only && !cell->engine->registers) || (key->arranges_only && !cell->engine->arranges);
}

/* Cells of one section, the last key varying fastest. */
static int expand(const struct reader *reader, const struct section *section, struct cell *cell, size_t key)
{
	const struct value_list *list;
	size_t count;
	int rc;

	if (key == job_key_count) {
		if (!is_possible(cell))
			return 0;
		rc = check_cell(reader->job, cell);
		return rc ? rc : add_cell(reader->job, cell);
	}
	list = values_of(reader, section, key);
	count = does_not_apply(&job_keys[key], cell) ? 1 : list->count;
	for (size_t i = 0; i < count; i++) {
		job_keys[key].apply(cell, &list->values[i]);
		rc = expand(reader, section, cell, key + 1);
		if (rc)
			return rc;
	}
	return 0;
}

static int expand_section(const struct reader *reader, const struct section *section)
{
	size_t before = reader->job->count;
	struct cell cell = { 0 };
	int rc;

	cell.section = keep(reader->job, section->name, sizeof(section->name));
	if (!cell.section)
		return -ENOMEM;
	rc = expand(reader, section, &cell, 0);
	if (!rc && reader->job->count == before) {
		err("%s: [%s]: no get goes with any put: gup and gup-fast go with page, the others with the rest; dirty puts want write = 1; engine bind goes with memory dax; each engine has variants of its own",
		    reader->file, section->name);
		rc = -EINVAL;
	}
	return rc;
}

static int read_job(struct reader *reader, char *const overrides[], size_t override_count)
{
	int rc;

	rc = read_file(reader);
	for (size_t i = 0; !rc && i < override_count; i++)
		rc = apply_override(reader, overrides[i]);
	if (!rc)
		rc = inherit(reader);
	for (size_t i = 0; !rc && i < reader->section_count; i++)
		if (strcmp(reader->sections[i].name, "global"))
			rc = expand_section(reader, &reader->sections[i]);
	if (!rc && !reader->job->count) {
		err("%s: has no [section] but [global]: nothing to run", reader->file);
		rc = -EINVAL;
	}
	return rc;
}

int job_read(const char *file, char *const overrides[], size_t override_count, struct job *job)
{
	struct reader reader = { .job = job, .file = file };
	int rc;

	*job = (struct job){ .file = file };
	_Static_assert(KEYS_MAX >= 24, "room for every key");
	rc = read_job(&reader, overrides, override_count);
	for (size_t i = 0; i < reader.section_count; i++)
		for (size_t k = 0; k < KEYS_MAX; k++)
			free(reader.sections[i].keys[k].values);
	free(reader.sections);
	if (rc)
		job_free(job);
	return rc;
}

void job_free(struct job *job)
{
	for (size_t i = 0; i < job->string_count; i++)
		free(job->strings[i]);
	free(job->strings);
	free(job->cells);
	*job = (struct job){ 0 };
}

struct memory_request cell_request(const struct cell *cell)
{
	int whole = cell->engine->whole_device;

	return (struct memory_request){
		.length = whole ? 0 : cell->size,
		.offset = whole ? 0 : cell->offset,
		.device = cell->device,
		.map = cell->map,
		.align = cell->align,
		.unbound_too = whole,
	};
}

void cell_describe(const struct cell *cell, char *text, size_t size)
{
	char bytes[SIZE_TEXT_MAX], align[SIZE_TEXT_MAX] = "", where[96] = "", processes[32] = "";

	if (cell->align)
		size_format(cell->align, align);
	if (cell->memory == &memory_dax)
		snprintf(where, sizeof(where), "%s%s%s%s%s%s", cell->device ? " " : "", cell->device ? cell->device : "",
			 cell->map ? " map=" : "", dax_map_name(cell->map), *align ? " align=" : "", align);
	if (cell->engine->whole_device) {
		snprintf(text, size, "%s %s%s%s", cell->engine->name, cell->memory->name, where,
			 cell->split ? " split" : "");
		return;
	}
	if (cell->processes > 1)
		snprintf(processes, sizeof(processes), " processes=%u", cell->processes);
	snprintf(text, size, "%s %s%s %s/%s %s size=%s batch=%" PRIu64 " threads=%u%s", cell->engine->name,
		 cell->memory->name, where, cell->engine->gets[cell->get], cell->engine->puts[cell->put],
		 cell->write ? "write" : "read", size_format(cell->size, bytes), cell->batch, cell->threads, processes);
}

void job_print_keys(FILE *out)
{
	for (size_t k = 0; k < job_key_count; k++) {
		const struct job_key *key = &job_keys[k];

		fprintf(out, "%-16s %s\n%-16s default %s%s%s%s\n", key->name, key->help, "", key->fallback,
			key->list ? ", takes a list" : "", key->list && key->kind == JOB_KEY_NUMBERS ? " and ranges" : "",
			"");
		if (key->choices)
			fprintf(out, "%-16s must be %s\n", "", key->choices());
	}
}
