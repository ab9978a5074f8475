// SPDX-License-Identifier: GPL-2.0-or-later
#include "regions.h"

#include <daxpin_mark.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "csv_read.h"
#include "log.h"

/* The plugin throws all translated code away before it begins. */
#define START_TIMEOUT_MS 5000

static const char *file;
static uint64_t last_tag;

/* What the last reading has found: all ops of all threads of a pass are asked for, one after the other. */
static struct kept_row {
	uint64_t tag;
	char op[REGIONS_NAME_MAX];
	struct region_result result;
} *kept;
static size_t n_kept, kept_room;

/* What the kernel's gup_test calls before and after each of its loops. */
static uint64_t clock_function(void)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	char line[256], type, name[128];
	uint64_t address = 0, found;

	while (f && !address && fgets(line, sizeof(line), f))
		if (sscanf(line, "%" SCNx64 " %c %127s", &found, &type, name) == 3 && !strcmp(name, "ktime_get"))
			address = found;
	if (f)
		fclose(f);
	return address;
}

static int has_header(const char *path)
{
	struct stat st;

	return !stat(path, &st) && st.st_size > 0;
}

int regions_start(const char *path)
{
	const struct timespec millisecond = { .tv_nsec = 1000000 };
	struct timespec now;

	daxpin_mark(DAXPIN_MARK_SPLIT, clock_function());
	daxpin_mark(DAXPIN_MARK_ARM, 0);
	for (int i = 0; !has_header(path); i++) {
		if (i == START_TIMEOUT_MS) {
			err("%s: no answer from the plugin of QEMU; is the module loaded, and was the VM started with 'scripts/vm run --plugin'?", path);
			return -ETIMEDOUT;
		}
		nanosleep(&millisecond, NULL);
	}
	n_kept = 0;
	clock_gettime(CLOCK_BOOTTIME, &now);
	/* Another run in the same guest has other names. */
	last_tag = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	file = path;
	return 0;
}

int regions_on(void)
{
	return file != NULL;
}

uint64_t regions_tag(void)
{
	return ++last_tag;
}

/* Rows from this tag on are kept; and where their columns are. */
struct search {
	uint64_t tag;
	int tag_column, op_column;
};

static struct kept_row *find_kept(uint64_t tag, const char *op)
{
	for (size_t i = 0; i < n_kept; i++)
		if (kept[i].tag == tag && !strcmp(kept[i].op, op))
			return &kept[i];
	return NULL;
}

/* The last row of a tag and an op counts. */
static struct kept_row *keep(uint64_t tag, const char *op)
{
	struct kept_row *row = find_kept(tag, op);

	if (row)
		return row;
	if (n_kept == kept_room) {
		size_t room = kept_room ? 2 * kept_room : 16;

		row = reallocarray(kept, room, sizeof(*kept));
		if (!row)
			return NULL;
		kept = row;
		kept_room = room;
	}
	row = &kept[n_kept++];
	*row = (struct kept_row){ .tag = tag };
	snprintf(row->op, sizeof(row->op), "%s", op);
	return row;
}

static int read_number(const struct csv_record *row, const char *name, uint64_t *value)
{
	int column = csv_column(row, name), rc;

	if (column < 0)
		return csv_bad(row, "no column %s: program and plugin are of different versions", name);
	rc = csv_u64(row, (size_t)column, value);
	if (!rc && *value == CSV_MISSING)
		*value = 0;
	return rc;
}

static int read_name(const struct csv_record *row, const char *name, char text[REGIONS_NAME_MAX])
{
	int column = csv_column(row, name);

	if (column < 0)
		return csv_bad(row, "no column %s: program and plugin are of different versions", name);
	snprintf(text, REGIONS_NAME_MAX, "%s", row->field[column]);
	return 0;
}

static int read_result(const struct csv_record *row, struct region_result *result)
{
	int rc = read_number(row, "regions", &result->regions);

	if (!rc)
		rc = read_number(row, "doubtful", &result->doubtful);
	if (!rc)
		rc = read_name(row, "model", result->model);
	if (!rc)
		rc = read_name(row, "caches", result->caches);
#define X(name) if (!rc) rc = read_number(row, #name, &result->counts.name);
	REGION_COUNTS(X)
#undef X
	if (!rc)
		rc = read_number(row, "host_ns", &result->host_ns);
	return rc ? rc : read_number(row, "model_ns", &result->model_ns);
}

static int on_row(const struct csv_record *row, bool is_header, void *arg)
{
	struct search *search = arg;
	struct kept_row *found;
	uint64_t tag;
	int rc;

	if (is_header) {
		search->tag_column = csv_column(row, "tag");
		search->op_column = csv_column(row, "op");
		return search->tag_column < 0 || search->op_column < 0 ? csv_bad(row, "not from the plugin") : 0;
	}
	rc = csv_u64(row, (size_t)search->tag_column, &tag);
	if (rc || tag == CSV_MISSING || tag < search->tag)
		return rc;
	found = keep(tag, row->field[search->op_column]);
	return found ? read_result(row, &found->result) : out_of_memory();
}

int regions_read(uint64_t tag, const char *op, struct region_result *result)
{
	struct search search = { .tag = tag };
	const struct kept_row *found = find_kept(tag, op);
	int rc = 0;

	*result = (struct region_result){ 0 };
	if (!found) {
		n_kept = 0;
		rc = csv_read(file, on_row, &search);
		found = find_kept(tag, op);
	}
	if (!rc && found)
		*result = found->result;
	return rc;
}

/* Why the counts are not those of what was measured, or NULL. */
static const char *doubt(const struct region_result *result, uint64_t expected)
{
	if (!result->regions)
		return "the plugin has seen no region: are program, module and plugin of one version?";
	if (result->doubtful)
		return "the end of a region or of an interrupt in it was not seen";
	if (result->regions != expected)
		return "the plugin has seen other regions too: more threads than CPUs, or another run beside this one?";
	return NULL;
}

int regions_write(uint64_t tag, const char *op, uint64_t expected, struct csv_out_row *row, struct csv_file *csv,
		  struct region_result *result)
{
	int rc = regions_read(tag, op, result);
	const char *why;

	if (rc)
		return rc;
	why = doubt(result, expected);
	result->good = !why;
	row->row = "repetition";
	row->call = -1;
	row->calls = result->regions;
	if (why) {
		row->status = "error";
		row->reason = why;
	}
	row->clock = "insn";
	row->value_ns = -1;
	row->counts = &result->counts;
	row->host_ns = (int64_t)result->host_ns;
	csv_write(csv, row);
	if (!*result->model)
		return 0;
	row->clock = "model";
	row->value_ns = (int64_t)result->model_ns;
	row->model = result->model;
	row->caches = result->caches;
	row->host_ns = -1;
	csv_write(csv, row);
	return 0;
}

const char *regions_text(const struct region_result *result, uint64_t pages, char text[REGIONS_TEXT_MAX])
{
	int used = snprintf(text, REGIONS_TEXT_MAX, "%.2f instructions a page",
			    (double)result->counts.instructions / (double)pages);

	if (*result->model)
		snprintf(text + used, REGIONS_TEXT_MAX - (size_t)used, ", %.2f modelled ns",
			 (double)result->model_ns / (double)pages);
	return text;
}
