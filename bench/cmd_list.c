// SPDX-License-Identifier: GPL-2.0-or-later
/* daxpin list: the dax devices of this machine. */
#include <argp.h>
#include <inttypes.h>
#include <jansson.h>
#include <libsmartcols.h>
#include <string.h>

#include "choice.h"
#include "cleanup.h"
#include "commands.h"
#include "dax.h"
#include "log.h"
#include "outfile.h"
#include "size.h"

enum format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON, FORMATS };

static const struct argp_option options[] = {
	{ "format", 'f', "FORMAT", 0, "table (default), csv or json; csv and json give bytes", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	static const char *const names[FORMATS] = { "table", "csv", "json" };
	enum format *format = state->input;

	if (key == ARGP_KEY_ARG)
		argp_error(state, "unexpected argument '%s'", arg);
	if (key != 'f')
		return ARGP_ERR_UNKNOWN;
	*format = (enum format)choice_parse("format", arg, names, FORMATS, sizeof(*names), state);
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Lists the dax devices of this machine.\v"
	       "MAP is where the struct pages of the device live: mem in DRAM, dev on the device itself (altmap). "
	       "MEMMAP is their size with 64 bytes for each 4K page, before any deduplication by the kernel; with map "
	       "mem it is taken from DRAM, with map dev it has been taken from the device already. "
	       "MODE devdax can be pinned; system-ram and disabled devices cannot.",
};

static const char *const titles[] = { "DEVICE", "SIZE", "ALIGN", "MAP", "NODE", "TARGET", "MODE", "KIND", "MEMMAP" };

enum { COLUMN_COUNT = sizeof(titles) / sizeof(titles[0]) };

static void format_cells(const struct dax_device *device, char cells[COLUMN_COUNT][40])
{
	char text[SIZE_TEXT_MAX];

	snprintf(cells[0], 40, "%s", device->name);
	snprintf(cells[1], 40, "%s", size_format(device->size, text));
	snprintf(cells[2], 40, "%s", size_format(device->align, text));
	snprintf(cells[3], 40, "%s", device->map ? dax_map_name(device->map) : "?");
	snprintf(cells[4], 40, "%d", device->numa_node);
	snprintf(cells[5], 40, "%d", device->target_node);
	snprintf(cells[6], 40, "%s", dax_mode_name(device->mode));
	snprintf(cells[7], 40, "%s", device->dynamic ? "dynamic" : "pmem");
	snprintf(cells[8], 40, "%s", size_format(dax_memmap_bytes(device), text));
}

static int print_table(const struct dax_device *devices, size_t count)
{
	struct libscols_table *table = scols_new_table();
	char cells[COLUMN_COUNT][40];
	int rc = table ? 0 : -1;

	for (size_t c = 0; !rc && c < COLUMN_COUNT; c++)
		rc = scols_table_new_column(table, titles[c], 0, c == 1 || c == 8 ? SCOLS_FL_RIGHT : 0) ? 0 : -1;
	for (size_t i = 0; !rc && i < count; i++) {
		struct libscols_line *line = scols_table_new_line(table, NULL);

		format_cells(&devices[i], cells);
		for (size_t c = 0; line && !rc && c < COLUMN_COUNT; c++)
			rc = scols_line_set_data(line, c, cells[c]);
	}
	if (!rc)
		rc = scols_print_table(table);
	scols_unref_table(table);
	return rc;
}

static void print_csv(const struct dax_device *devices, size_t count)
{
	puts("device,size_bytes,align_bytes,map,numa_node,target_node,mode,dynamic,memmap_bytes");
	for (size_t i = 0; i < count; i++)
		printf("%s,%" PRIu64 ",%" PRIu64 ",%s,%d,%d,%s,%d,%" PRIu64 "\n", devices[i].name, devices[i].size,
		       devices[i].align, dax_map_name(devices[i].map), devices[i].numa_node, devices[i].target_node,
		       dax_mode_name(devices[i].mode), devices[i].dynamic, dax_memmap_bytes(&devices[i]));
}

static int print_json(const struct dax_device *devices, size_t count)
{
	json_t *array = json_array();
	int rc;

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, dax_device_json(&devices[i]));
	rc = json_dumpf(array, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(array);
	return rc;
}

int cmd_list(int argc, char **argv)
{
	_cleanup_free_ struct dax_device *devices = NULL;
	enum format format = FORMAT_TABLE;
	size_t count = 0;
	int rc;

	argp_parse(&argp, argc, argv, 0, NULL, &format);
	rc = dax_enumerate(&devices, &count);
	if (rc) {
		err("cannot enumerate dax devices: %s", strerror(-rc));
		return EXIT_TROUBLE;
	}
	if (!count && format == FORMAT_TABLE) {
		note("no dax devices; 'ndctl create-namespace -m devdax' or scripts/dax makes one");
		return EXIT_DONE;
	}
	if (format == FORMAT_CSV)
		print_csv(devices, count);
	else
		rc = format == FORMAT_JSON ? print_json(devices, count) : print_table(devices, count);
	return rc || flush_stdout() ? EXIT_TROUBLE : EXIT_DONE;
}
