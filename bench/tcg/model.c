// SPDX-License-Identifier: GPL-2.0-or-later
#include "model.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { NAME, TITLE, COUNT, NUMBER };

/* One key of the file. Numbers must be min to max; counts are left to cache_geometry_check(). */
static const struct key {
	const char *section, *name;
	enum kind kind;
	size_t offset, size;
	double min, max;
} keys[] = {
#define TEXT_KEY(section, key, kind, member) \
	{ section, key, kind, offsetof(struct model, member), sizeof(((struct model *)0)->member), 0, 0 }
#define COUNT_KEY(section, key) \
	{ section, #key, COUNT, offsetof(struct model, geometry.key), sizeof(uint64_t), 0, 0 }
#define NUMBER_KEY(section, key, min, max) \
	{ #section, #key, NUMBER, offsetof(struct model, section.key), sizeof(double), min, max }
	TEXT_KEY("model", "name", NAME, name),
	TEXT_KEY("model", "title", TITLE, title),
	NUMBER_KEY(cpu, ghz, 0.01, 100),
	NUMBER_KEY(cpu, instructions_per_cycle, 0.01, 100),
	NUMBER_KEY(cpu, atomic_ns, 0, 1e6),
	TEXT_KEY("caches", "name", NAME, caches.name),
	COUNT_KEY("caches", line_bytes),
	COUNT_KEY("caches", l1_bytes),
	COUNT_KEY("caches", l1_ways),
	COUNT_KEY("caches", l2_bytes),
	COUNT_KEY("caches", l2_ways),
	COUNT_KEY("caches", llc_bytes),
	COUNT_KEY("caches", llc_ways),
	NUMBER_KEY(caches, l2_ns, 0.01, 1e6),
	NUMBER_KEY(caches, llc_ns, 0.01, 1e6),
	NUMBER_KEY(caches, llc_stream_ns, 0.01, 1e6),
	COUNT_KEY("prefetch", streams),
	COUNT_KEY("prefetch", train),
	NUMBER_KEY(dram, latency_ns, 0.01, 1e6),
	NUMBER_KEY(dram, read_gbs, 1e-3, 1e6),
	NUMBER_KEY(dram, write_gbs, 1e-3, 1e6),
	NUMBER_KEY(pmem, latency_ns, 0.01, 1e6),
	NUMBER_KEY(pmem, read_gbs, 1e-3, 1e6),
	NUMBER_KEY(pmem, write_gbs, 1e-3, 1e6),
#undef TEXT_KEY
#undef COUNT_KEY
#undef NUMBER_KEY
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

static const struct {
	const char *name;
	size_t offset;
} parameters[] = {
#define X(section, key, member) { #section "." #key, offsetof(struct model, member) },
	MODEL_PARAMETERS(X)
#undef X
};

/* What the INI callback works on. */
struct reader {
	struct model *model;
	FILE *stream;
	const char *file;
	int line;
	int failed;
	bool seen[KEYS], free_seen;
	char *text;
	size_t size;
};

/* The first error is the one that is told. */
__attribute__((format(printf, 3, 4)))
static void fail(struct reader *reader, bool at_line, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (reader->failed)
		return;
	reader->failed = -EINVAL;
	if (at_line)
		n = snprintf(reader->text, reader->size, "%s:%d: ", reader->file, reader->line);
	else
		n = snprintf(reader->text, reader->size, "%s: ", reader->file);
	if (n < 0 || (size_t)n >= reader->size)
		return;
	va_start(ap, fmt);
	vsnprintf(reader->text + n, reader->size - (size_t)n, fmt, ap);
	va_end(ap);
}

const char *model_parameter_name(size_t parameter)
{
	return parameter < MODEL_PARAMETER_COUNT ? parameters[parameter].name : NULL;
}

int model_parameter_find(const char *name)
{
	for (int i = 0; i < MODEL_PARAMETER_COUNT; i++)
		if (!strcmp(parameters[i].name, name))
			return i;
	return -1;
}

double model_parameter_get(const struct model *model, size_t parameter)
{
	return *(const double *)((const char *)model + parameters[parameter].offset);
}

void model_parameter_set(struct model *model, size_t parameter, double value)
{
	*(double *)((char *)model + parameters[parameter].offset) = value;
}

/* A number and nothing after it but what is in *rest on return. */
static bool take_number(const char *text, const char **rest, double *value)
{
	char *end;

	*value = strtod(text, &end);
	*rest = end + strspn(end, " \t");
	return end != text && isfinite(*value);
}

static void set_number(struct reader *reader, const struct key *key, const char *text)
{
	const char *rest;
	double value;

	if (!take_number(text, &rest, &value) || *rest || value < key->min || value > key->max) {
		fail(reader, true, "[%s] %s = %s: must be a number from %g to %g", key->section, key->name, text,
		     key->min, key->max);
		return;
	}
	*(double *)((char *)reader->model + key->offset) = value;
}

static void set_count(struct reader *reader, const struct key *key, const char *text)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno) {
		fail(reader, true, "[%s] %s = %s: must be a whole number", key->section, key->name, text);
		return;
	}
	*(uint64_t *)((char *)reader->model + key->offset) = value;
}

static void set_text(struct reader *reader, const struct key *key, const char *text)
{
	size_t length = strlen(text);

	if (!length || length >= key->size) {
		fail(reader, true, "[%s] %s: must have 1 to %zu characters", key->section, key->name, key->size - 1);
		return;
	}
	for (const char *c = text; key->kind == NAME && *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-_.", *c)) {
			fail(reader, true, "[%s] %s = %s: must be made of letters, digits and - _ .", key->section,
			     key->name, text);
			return;
		}
	memcpy((char *)reader->model + key->offset, text, length + 1);
}

static void set_free(struct reader *reader, const char *text)
{
	char name[64];
	int n, parameter;

	if (reader->free_seen) {
		fail(reader, true, "[fit] free is set already");
		return;
	}
	reader->free_seen = true;
	for (; sscanf(text, " %63s%n", name, &n) == 1; text += n) {
		parameter = model_parameter_find(name);
		if (parameter < 0) {
			fail(reader, true, "[fit] free: '%s' is not a parameter, such as pmem.write_gbs", name);
			return;
		}
		reader->model->fit[parameter].free = true;
	}
}

static bool take_range(const char *text, struct model_range *range)
{
	return take_number(text, &text, &range->low) && take_number(text, &text, &range->high) &&
	       take_number(text, &text, &range->start) && !*text && range->low > 0 && range->low < range->high &&
	       range->start >= range->low && range->start <= range->high;
}

static void set_range(struct reader *reader, const char *name, const char *text)
{
	int parameter = model_parameter_find(name);
	struct model_range *range;

	if (parameter < 0) {
		fail(reader, true, "[fit] %s: unknown key; must be 'free' or a parameter, such as pmem.write_gbs",
		     name);
		return;
	}
	range = &reader->model->fit[parameter];
	if (range->high > 0)
		fail(reader, true, "[fit] %s is set already", name);
	else if (!take_range(text, range))
		fail(reader, true, "[fit] %s = %s: must be LOW HIGH START, above 0, START between the others", name,
		     text);
}

static void unknown_key(struct reader *reader, const char *section, const char *name)
{
	char list[256] = "";
	size_t used = 0;

	for (size_t i = 0; i < KEYS; i++)
		if (!strcmp(keys[i].section, section) && used < sizeof(list))
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", used ? ", " : "",
						 keys[i].name);
	if (used)
		fail(reader, true, "[%s] %s: unknown key; must be one of %s", section, name, list);
	else
		fail(reader, true, "[%s]: unknown section; must be model, cpu, caches, prefetch, dram, pmem or fit",
		     section);
}

static void set_key(struct reader *reader, const struct key *key, const char *text)
{
	bool *seen = &reader->seen[key - keys];

	if (*seen)
		fail(reader, true, "[%s] %s is set already", key->section, key->name);
	*seen = true;
	if (key->kind == NUMBER)
		set_number(reader, key, text);
	else if (key->kind == COUNT)
		set_count(reader, key, text);
	else
		set_text(reader, key, text);
}

/* inih's handler: 1 is success. */
static int handle(void *user, const char *section, const char *name, const char *value)
{
	struct reader *reader = user;

	if (reader->failed)
		return 1;
	if (!strcmp(section, "fit")) {
		if (!strcmp(name, "free"))
			set_free(reader, value);
		else
			set_range(reader, name, value);
		return 1;
	}
	for (size_t i = 0; i < KEYS; i++)
		if (!strcmp(keys[i].section, section) && !strcmp(keys[i].name, name)) {
			set_key(reader, &keys[i], value);
			return 1;
		}
	unknown_key(reader, section, name);
	return 1;
}

/* inih counts lines but does not tell its handler: count them as they are read.
 * It also cuts long lines silently, and takes indented ones as continuations. */
static char *read_line(char *line, int size, void *user)
{
	struct reader *reader = user;

	if (reader->failed || !fgets(line, size, reader->stream))
		return NULL;
	reader->line++;
	if (!strchr(line, '\n') && !feof(reader->stream))
		fail(reader, true, "line too long");
	else if (strchr(" \t", *line) && line[strspn(line, " \t\r\n")])
		fail(reader, true, "a line must not begin with a blank");
	return line;
}

static void check_fit(struct reader *reader)
{
	for (size_t i = 0; i < MODEL_PARAMETER_COUNT; i++) {
		const struct model_range *fit = &reader->model->fit[i];
		double value = model_parameter_get(reader->model, i);

		if (fit->free && fit->high <= 0)
			fail(reader, false, "[fit] %s is free and must have a range: %s = LOW HIGH START",
			     parameters[i].name, parameters[i].name);
		else if (fit->free && (value < fit->low || value > fit->high))
			fail(reader, false, "%s is %g and must lie in its range, %g to %g", parameters[i].name, value,
			     fit->low, fit->high);
	}
}

static void check_whole(struct reader *reader)
{
	char why[256];

	for (size_t i = 0; i < KEYS; i++)
		if (!reader->seen[i])
			fail(reader, false, "[%s] %s is missing", keys[i].section, keys[i].name);
	if (!reader->failed && cache_geometry_check(&reader->model->geometry, why, sizeof(why)))
		fail(reader, false, "[caches], [prefetch]: %s", why);
	if (!reader->failed)
		check_fit(reader);
}

static int cannot_read(const char *path, int error, char *text, size_t size)
{
	snprintf(text, size, "%s: %s", path, strerror(error));
	return -error;
}

int model_read(const char *path, struct model *model, char *text, size_t size)
{
	struct reader reader = { .model = model, .file = path, .text = text, .size = size };
	int line, error;

	memset(model, 0, sizeof(*model));
	reader.stream = fopen(path, "re");
	if (!reader.stream)
		return cannot_read(path, errno, text, size);
	line = ini_parse_stream(read_line, &reader, handle, &reader);
	error = ferror(reader.stream) ? errno : 0;
	fclose(reader.stream);
	if (error)
		return cannot_read(path, error, text, size);
	if (line && !reader.failed) {
		reader.line = line;
		fail(&reader, true, "not a [section] and not 'key = value'");
	}
	if (!reader.failed)
		check_whole(&reader);
	return reader.failed;
}

static double memory_ns(const struct model_memory *memory, uint64_t line_bytes, uint64_t misses, uint64_t streamed,
			uint64_t writebacks)
{
	/* GB/s is bytes per nanosecond */
	return (double)misses * memory->latency_ns +
	       (double)(streamed * line_bytes) / memory->read_gbs +
	       (double)(writebacks * line_bytes) / memory->write_gbs;
}

/* Of lines that a level missed, those that the next one had. */
static double hits(uint64_t misses, uint64_t next_misses)
{
	return (double)misses - (double)next_misses;
}

double model_ns(const struct model *model, const struct region_counts *counts)
{
	double ns = (double)counts->instructions / (model->cpu.ghz * model->cpu.instructions_per_cycle);

	ns += (double)counts->atomics * model->cpu.atomic_ns;
	ns += hits(counts->l1_misses, counts->l2_misses) * model->caches.l2_ns;
	ns += hits(counts->l2_misses, counts->llc_misses + counts->llc_streamed) * model->caches.llc_ns;
	ns += (double)counts->llc_streamed * model->caches.llc_stream_ns;
	ns += memory_ns(&model->dram, model->geometry.line_bytes, counts->dram_misses, counts->dram_streamed,
			counts->dram_writebacks);
	ns += memory_ns(&model->pmem, model->geometry.line_bytes, counts->pmem_misses, counts->pmem_streamed,
			counts->pmem_writebacks);
	return ns;
}
