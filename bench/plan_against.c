// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan_against.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "capacity.h"
#include "log.h"

/* The device as the environment of the run has it, or NULL. */
static const json_t *device_of(const struct input_run *run, const char *name)
{
	const json_t *device;
	size_t i;

	json_array_foreach(json_object_get(run->env, "dax"), i, device) {
		const char *text = json_string_value(json_object_get(device, "name"));

		if (text && !strcmp(text, name))
			return device;
	}
	return NULL;
}

static bool is_bring_up(const struct csv_sample *s)
{
	return !strcmp(s->engine, "bind") && (!strcmp(s->op, "bind") || !strcmp(s->op, "rebind")) &&
	       !strcmp(s->status, "ok") && s->dram_bytes != CSV_MISSING;
}

static bool is_of(const struct plan_check *check, const struct csv_sample *s)
{
	return check->size == s->size_bytes && check->align == s->align_bytes && !strcmp(check->kernel, s->kernel) &&
	       !strcmp(check->device, s->device) && !strcmp(check->map, s->map) && !strcmp(check->op, s->op);
}

/* Where the memory begins and ends that the device is made of. The namespace in front of the data has the info block
 * and the altmap; how much that is follows from the align unless the namespace is known. */
static int find_span(struct plan_check *check, enum dax_map map, const json_t *device, const struct csv_record *row)
{
	const uint64_t resource = (uint64_t)json_integer_value(json_object_get(device, "resource"));
	const uint64_t span = (uint64_t)json_integer_value(json_object_get(device, "span_bytes"));

	check->dynamic = json_is_true(json_object_get(device, "dynamic"));
	check->start = (uint64_t)json_integer_value(json_object_get(device, "span_start"));
	check->span = span;
	if (span)
		return 0;
	if (capacity_span_of(check->size, check->align, map, check->dynamic, &check->span))
		return csv_bad(row, "no namespace gives a device of %" PRIu64 " bytes with align %" PRIu64 " and map %s",
			       check->size, check->align, check->map);
	if (resource > check->span - check->size)
		check->start = resource - (check->span - check->size);
	return 0;
}

static int plan(struct plan_check *check, const struct csv_sample *s, const struct input_run *run,
		const struct csv_record *row)
{
	struct capacity_kernel kernel;
	struct capacity_device device = { .align = s->align_bytes };
	struct capacity c;
	int rc;

	if (capacity_kernel_find(s->kernel, &kernel) && capacity_kernel_find(s->kernel_release, &kernel))
		return csv_bad(row, "kernel '%s' (%s) is not known", s->kernel, s->kernel_release);
	device.map = !strcmp(s->map, "dev") ? DAX_MAP_DEV : DAX_MAP_MEM;
	rc = find_span(check, device.map, device_of(run, s->device), row);
	if (rc)
		return rc;
	device.start = check->start;
	device.span = check->span;
	device.dynamic = check->dynamic;
	rc = capacity_of(&kernel, &device, &c);
	if (rc)
		return csv_bad(row, "a device of %" PRIu64 " bytes, align %" PRIu64 ", map %s cannot be planned: %s",
			       s->size_bytes, s->align_bytes, s->map, strerror(-rc));
	check->planned = c.bring_up + (!strcmp(s->op, "bind") ? c.section_entries : 0);
	return 0;
}

static int add_check(struct plan_checks *checks, const struct csv_sample *s)
{
	struct plan_check *grown = reallocarray(checks->v, checks->n + 1, sizeof(*grown));
	struct plan_check *check;

	if (!grown)
		return out_of_memory();
	checks->v = grown;
	check = &grown[checks->n++];
	*check = (struct plan_check){
		.kernel = strdup(s->kernel), .device = strdup(s->device), .map = strdup(s->map), .op = strdup(s->op),
		.size = s->size_bytes, .align = s->align_bytes,
	};
	return check->kernel && check->device && check->map && check->op ? 0 : out_of_memory();
}

static int add_row(struct plan_check *check, uint64_t measured)
{
	uint64_t *grown = reallocarray(check->measured, check->rows + 1, sizeof(*grown));

	if (!grown)
		return out_of_memory();
	check->measured = grown;
	grown[check->rows++] = measured;
	return 0;
}

static int on_row(const struct csv_sample *sample, const struct csv_record *row, const struct input_run *run, void *arg)
{
	struct plan_checks *checks = arg;
	size_t i = 0;
	int rc = 0;

	if (!sample || !is_bring_up(sample))
		return 0;
	while (i < checks->n && !is_of(&checks->v[i], sample))
		i++;
	if (i == checks->n) {
		rc = add_check(checks, sample);
		if (!rc)
			rc = plan(&checks->v[i], sample, run, row);
	}
	return rc ? rc : add_row(&checks->v[i], sample->dram_bytes);
}

static int by_size(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static void judge(struct plan_check *check)
{
	const uint64_t *m = check->measured;
	const size_t last = check->rows - 1;
	uint64_t off;

	qsort(check->measured, check->rows, sizeof(*check->measured), by_size);
	check->median = m[last / 2] + (m[check->rows / 2] - m[last / 2]) / 2;
	check->worst = distance(m[0], check->planned) > distance(m[last], check->planned) ? m[0] : m[last];
	off = distance(check->worst, check->planned);
	check->off = off > PLAN_OFF_BYTES && (double)off > (double)check->worst * PLAN_OFF_PERCENT / 100;
}

double plan_check_percent(const struct plan_check *check)
{
	return check->worst ? 100 * ((double)check->planned / (double)check->worst - 1) : NAN;
}

int plan_against(const struct input_paths *paths, struct plan_checks *checks)
{
	struct inputs in = { 0 };
	int rc = inputs_read(&in, paths, on_row, checks);

	inputs_free(&in);
	if (rc)
		return rc;
	if (!checks->n) {
		err("%s%s: no row of op bind or rebind with DRAM in it; 'daxpin bind' measures that", paths->v[0],
		    paths->n > 1 ? " and the others" : "");
		return -ENODATA;
	}
	for (size_t i = 0; i < checks->n; i++)
		judge(&checks->v[i]);
	return 0;
}

void plan_checks_free(struct plan_checks *checks)
{
	for (size_t i = 0; i < checks->n; i++) {
		struct plan_check *check = &checks->v[i];

		free(check->kernel);
		free(check->device);
		free(check->map);
		free(check->op);
		free(check->measured);
	}
	free(checks->v);
	*checks = (struct plan_checks){ 0 };
}
