// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan_options.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "choice.h"
#include "cleanup.h"
#include "log.h"
#include "meminfo.h"
#include "plan_default.h"
#include "size.h"
#include "variants.h"

/* What x86-64 can have, physically: sums of it do not overflow. */
#define SIZE_MOST (UINT64_C(4096) << 40)
#define ROWS_MOST 100000

const struct plan_format plan_formats[PLAN_FORMATS] = {
	{ "table", NULL, plan_table, plan_checks_table },
	{ "csv", "plan.csv", plan_csv, plan_checks_csv },
	{ "json", "plan.json", plan_json, plan_checks_json },
	{ "markdown", "plan.md", plan_markdown, plan_checks_markdown },
};

enum {
	OPTION_CAPACITY = 256, OPTION_DRAM, OPTION_NODES, OPTION_KERNEL, OPTION_ALIGN, OPTION_MAP, OPTION_KIND,
	OPTION_START, OPTION_PROCESSES, OPTION_THREADS, OPTION_NICS, OPTION_CHUNK, OPTION_RESERVE, OPTION_WARN,
	OPTION_DEVICE, OPTION_MEASURED, OPTION_GET, OPTION_PUT, OPTION_AGAINST, OPTION_EXPLAIN, OPTION_PLOT, OPTION_NO_TIMES,
};

static const struct argp_option argp_options[] = {
	{ 0, 0, 0, 0, "The machine (lists: 1T,6T or 1T:*2:8T; a row for each combination)", 1 },
	{ "capacity", OPTION_CAPACITY, "SIZE", 0, "of the memory: 6T", 1 },
	{ "device", OPTION_DEVICE, "DEVICE", 0, "in place of --capacity: a dax device of this machine, with its align and "
	  "map, this kernel and this machine's DRAM unless they are given", 1 },
	{ "dram", OPTION_DRAM, "SIZE", 0, "DRAM of the machine: 768G", 1 },
	{ "nodes", OPTION_NODES, "N", 0, "NUMA nodes, with a device and a part of the DRAM each (default 1)", 1 },
	{ "reserve", OPTION_RESERVE, "SIZE", 0, "DRAM that others need (default 0)", 1 },
	{ "kind", OPTION_KIND, "KIND", 0, "pmem (default: a namespace with an info block) or dynamic (CXL, soft reserved)", 1 },
	{ "start", OPTION_START, "ADDRESS", 0, "physical address that the memory starts at (default: aligned)", 1 },
	{ 0, 0, 0, 0, "What is tried (lists; default: all)", 2 },
	{ "kernel", OPTION_KERNEL, "ID", 0, "ids of kernels, or releases (default 5.10,6.1,7.x)", 2 },
	{ "align", OPTION_ALIGN, "SIZE", 0, "4K, 2M, 1G", 2 },
	{ "map", OPTION_MAP, "MAP", 0, "mem (struct pages in DRAM), dev (altmap)", 2 },
	{ 0, 0, 0, 0, "Who uses it", 3 },
	{ "processes", OPTION_PROCESSES, "N", 0, "processes that map all of it (default 1)", 3 },
	{ "threads", OPTION_THREADS, "N", 0, "threads that pin or register (default 1)", 3 },
	{ "nics", OPTION_NICS, "N", 0, "NICs that all of it is registered with (default 1)", 3 },
	{ "chunk", OPTION_CHUNK, "SIZE", 0, "size of a get call, and of a registration (default 1G)", 3 },
	{ "measured", OPTION_MEASURED, "FITS.csv", 0, "times from this file of 'daxpin fit' (default: modelled ones that "
	  "are built in)", 3 },
	{ "no-times", OPTION_NO_TIMES, NULL, 0, "sizes only", 3 },
	{ "get", OPTION_GET, "VARIANT", 0, "how it is pinned (default: what was measured, fast-longterm first)", 3 },
	{ "put", OPTION_PUT, "VARIANT", 0, "how it is unpinned (default: what was measured, range-dirty first)", 3 },
	{ 0, 0, 0, 0, "Output", 4 },
	{ "format", 'f', "FORMAT", 0, "table (default), csv, json or markdown", 4 },
	{ "output", 'o', "FILE|DIR/", 0, "write it to FILE, or plan.csv, plan.json, plan.md and plan.svg to DIR/", 4 },
	{ "plot", OPTION_PLOT, "FILE.svg", 0, "plot DRAM against capacity", 4 },
	{ "warn", OPTION_WARN, "PERCENT", 0, "warn of more than this share of the DRAM (default 10)", 4 },
	{ "explain", OPTION_EXPLAIN, NULL, 0, "print each constant with its value, unit and origin", 4 },
	{ 0, 0, 0, 0, "In place of a plan", 5 },
	{ "against", OPTION_AGAINST, NULL, 0, "compare the plan of each bind and rebind of BIND.csv with what was measured; "
	  "exit status 1 when one is off by more than 3 % and more than 1 MiB", 5 },
	{ 0 }
};

static error_t add_sizes(struct plan_numbers *numbers, const char *option, const char *item)
{
	uint64_t *values, *grown;
	size_t count;
	int rc = size_parse_range(item, &values, &count);

	if (rc) {
		err("--%s=%s: %s", option, item, rc == -ERANGE ? "too large" : rc == -ENOMEM ? strerror(ENOMEM) :
		    "is not a size; 768G, 6T or 1T:*2:8T is");
		return EINVAL;
	}
	grown = reallocarray(numbers->v, numbers->n + count, sizeof(*grown));
	if (!grown) {
		free(values);
		return -out_of_memory();
	}
	numbers->v = grown;
	memcpy(grown + numbers->n, values, count * sizeof(*values));
	numbers->n += count;
	free(values);
	return 0;
}

/* A list of sizes and ranges. */
static error_t take_sizes(struct plan_numbers *numbers, const char *option, const char *arg)
{
	_cleanup_free_ char *list = strdup(arg);
	char *save, *item;
	error_t error = list ? 0 : -out_of_memory();

	free(numbers->v);
	*numbers = (struct plan_numbers){ 0 };
	for (item = error ? NULL : strtok_r(list, ",", &save); item && !error; item = strtok_r(NULL, ",", &save))
		error = add_sizes(numbers, option, item);
	for (size_t i = 0; !error && i < numbers->n; i++)
		if (!numbers->v[i] || numbers->v[i] > SIZE_MOST) {
			err("--%s=%s: must be more than 0, and at most 4096T", option, arg);
			return EINVAL;
		}
	if (error || numbers->n)
		return error;
	err("--%s: the list is empty", option);
	return EINVAL;
}

static error_t take_count(unsigned int *count, const char *option, const char *arg)
{
	uint64_t value;

	if (size_parse(arg, &value) || !value || value > 65536) {
		err("--%s=%s: must be 1 to 65536", option, arg);
		return EINVAL;
	}
	*count = (unsigned int)value;
	return 0;
}

static error_t take_size(uint64_t *value, const char *option, const char *arg)
{
	if (!size_parse(arg, value) && *value <= SIZE_MOST)
		return 0;
	err("--%s=%s: is not a size of at most 4096T", option, arg);
	return EINVAL;
}

static error_t take_chunk(uint64_t *chunk, const char *arg)
{
	error_t error = take_size(chunk, "chunk", arg);

	if (error || (*chunk && *chunk % CAPACITY_base_page == 0))
		return error;
	err("--chunk=%s: must be a multiple of 4K", arg);
	return EINVAL;
}

static void take_maps(struct plan_options *a, const char *arg, const struct argp_state *state)
{
	struct plan_request *r = &a->request;

	a->maps_given = true;
	r->n_maps = 0;
	for (const char *at = arg; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
		const size_t length = strcspn(at, ",");
		const bool dev = length == 3 && !strncmp(at, "dev", 3);

		if ((!dev && (length != 3 || strncmp(at, "mem", 3))) || r->n_maps == 2)
			argp_error(state, "--map=%s: must be mem, dev or mem,dev", arg);
		r->maps[r->n_maps++] = dev ? DAX_MAP_DEV : DAX_MAP_MEM;
	}
}

static void take_kind(struct plan_options *a, const char *arg, const struct argp_state *state)
{
	if (strcmp(arg, "pmem") && strcmp(arg, "dynamic"))
		argp_error(state, "--kind=%s: must be pmem or dynamic", arg);
	a->request.dynamic = !strcmp(arg, "dynamic");
}

/* A name that no engine knows would have no time, and nobody would know why. */
static const char *take_variant(const char *option, const char *arg, const char *const *names,
				const struct argp_state *state)
{
	for (; *names; names++)
		if (!strcmp(arg, *names))
			return arg;
	argp_error(state, "--%s=%s: no such variant; 'daxpin run --help-job' lists them", option, arg);
	return NULL;
}

/* Where memory starts is never in the middle of a page. */
static error_t take_start(uint64_t *start, const char *arg)
{
	error_t error = take_size(start, "start", arg);

	if (error || *start % CAPACITY_base_page == 0)
		return error;
	err("--start=%s: must be a multiple of 4K, as in /proc/iomem", arg);
	return EINVAL;
}

static double take_percent(const char *arg, const struct argp_state *state)
{
	char *end;
	double value = strtod(arg, &end);

	if (end == arg || *end || !(value >= 0 && value <= 100))
		argp_error(state, "--warn=%s: must be a percentage, 0 to 100", arg);
	return value;
}

static bool asks_altmap(const struct plan_request *r)
{
	for (size_t i = 0; i < r->n_maps; i++)
		if (r->maps[i] == DAX_MAP_DEV)
			return true;
	return false;
}

static void check(struct plan_options *a, const struct argp_state *state)
{
	struct plan_request *r = &a->request;

	if (a->against)
		return;
	if (a->files.n)
		argp_error(state, "unexpected argument '%s'", a->files.v[0]);
	if (a->device && r->capacities.n)
		argp_error(state, "--capacity or --device, not both");
	if (!a->device && !r->capacities.n && !a->explain)
		argp_error(state, "--capacity SIZE or --device DEVICE is missing");
	if (r->capacities.n && !r->drams.n)
		argp_error(state, "--dram SIZE is missing");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct plan_options *a = state->input;
	struct plan_request *r = &a->request;

	switch (key) {
	case OPTION_CAPACITY: return take_sizes(&r->capacities, "capacity", arg);
	case OPTION_DRAM: return take_sizes(&r->drams, "dram", arg);
	case OPTION_ALIGN: return take_sizes(&r->aligns, "align", arg);
	case OPTION_MAP: take_maps(a, arg, state); return 0;
	case OPTION_KIND: take_kind(a, arg, state); return 0;
	case OPTION_KERNEL: a->kernels = arg; return 0;
	case OPTION_DEVICE: a->device = arg; return 0;
	case OPTION_NODES: return take_count(&r->nodes, "nodes", arg);
	case OPTION_PROCESSES: return take_count(&r->processes, "processes", arg);
	case OPTION_THREADS: return take_count(&r->threads, "threads", arg);
	case OPTION_NICS: return take_count(&r->nics, "nics", arg);
	case OPTION_RESERVE: return take_size(&r->reserve, "reserve", arg);
	case OPTION_START: return take_start(&r->start, arg);
	case OPTION_CHUNK: return take_chunk(&r->chunk, arg);
	case OPTION_WARN: r->warn_percent = take_percent(arg, state); return 0;
	case OPTION_MEASURED: a->measured = arg; return 0;
	case OPTION_NO_TIMES: a->no_times = true; return 0;
	case OPTION_GET: r->get = take_variant("get", arg, get_variant_names, state); return 0;
	case OPTION_PUT: r->put = take_variant("put", arg, put_variant_names, state); return 0;
	case OPTION_PLOT: a->plot = arg; return 0;
	case OPTION_EXPLAIN: a->explain = true; return 0;
	case OPTION_AGAINST: a->against = true; return 0;
	case 'f': a->format = CHOICE_PARSE("format", arg, plan_formats, state); return 0;
	case 'o': a->output = arg; return 0;
	case ARGP_KEY_NO_ARGS:
		if (a->against)
			argp_error(state, "--against: which BIND.csv? 'daxpin bind -o BIND.csv' writes it");
		return 0;
	case ARGP_KEY_END: check(a, state); return 0;
	default: return input_paths_parse(&a->files, key, state);
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "\n--against BIND.csv...",
	.doc = "Says how much DRAM the struct pages and page tables of device-dax memory take, how much of the memory is "
	       "left to use, and how long bring-up, pinning and registration take, by kernel, map and align.\v"
	       "DRAM is arithmetic (--explain), times are fits of measurements. docs/capacity.md is about both.\n\n"
	       "Exit status: 0 done; 1 --against found a plan that is off, or writing failed; 2 bad input or trouble.",
};

/* Comma-separated ids to kernels. */
static int find_kernels(struct plan_request *r, const char *ids)
{
	_cleanup_free_ char *list = strdup(ids);
	char *save, *id;
	int rc;

	for (id = strtok_r(list, ",", &save); id; id = strtok_r(NULL, ",", &save)) {
		struct capacity_kernel *grown = reallocarray(r->kernels, r->n_kernels + 1, sizeof(*grown));

		if (!grown)
			return out_of_memory();
		r->kernels = grown;
		rc = capacity_kernel_find(id, &grown[r->n_kernels]);
		if (rc) {
			err("--kernel=%s: %s", id, rc == -ERANGE ? "older than 5.10, of that nothing is known" :
			    "not known; an id such as 6.1, 7.x or 5.10+gup is, or a release as uname -r prints it");
			return rc;
		}
		r->n_kernels++;
	}
	if (r->n_kernels)
		return 0;
	err("--kernel: the list is empty");
	return -EINVAL;
}

static int one_number(struct plan_numbers *numbers, uint64_t value)
{
	numbers->v = malloc(sizeof(*numbers->v));
	if (!numbers->v)
		return out_of_memory();
	numbers->v[0] = value;
	numbers->n = 1;
	return 0;
}

/* What is not given comes from the device and the machine. */
static int take_device(struct plan_options *a)
{
	struct plan_request *r = &a->request;
	struct dax_device device;
	uint64_t span, dram;
	int rc = dax_find(a->device, &device);

	if (rc)
		return rc;
	span = device.span;
	r->start = device.span_start;
	if (!span && capacity_span_of(device.size, device.align, device.map, device.dynamic, &span)) {
		err("%s: size, align and map do not go together; run as root to have its namespace read", a->device);
		return -ERANGE;
	}
	r->dynamic = device.dynamic;
	rc = one_number(&r->capacities, span);
	if (!rc && !r->aligns.n)
		rc = one_number(&r->aligns, device.align);
	if (!rc && !r->drams.n) {
		/* Without what the DRAM's own struct pages take. */
		r->own_struct_pages = false;
		rc = meminfo_bytes("MemTotal", &dram);
		if (rc)
			err("/proc/meminfo: MemTotal: %s; say --dram", strerror(-rc));
		else
			rc = one_number(&r->drams, dram);
	}
	if (!a->maps_given) {
		r->maps[0] = device.map == DAX_MAP_DEV ? DAX_MAP_DEV : DAX_MAP_MEM;
		r->n_maps = 1;
	}
	return rc;
}

static int check_aligns(const struct plan_request *r)
{
	char align[SIZE_TEXT_MAX], capacity[SIZE_TEXT_MAX];

	for (size_t i = 0; i < r->aligns.n; i++) {
		if (r->aligns.v[i] != 4096 && r->aligns.v[i] != 2 << 20 && r->aligns.v[i] != 1 << 30) {
			err("--align=%s: must be 4K, 2M or 1G", size_format(r->aligns.v[i], align));
			return -EINVAL;
		}
		for (size_t k = 0; k < r->capacities.n; k++)
			if (r->aligns.v[i] > r->capacities.v[k] / r->nodes) {
				err("--align=%s: larger than the device (%s)", size_format(r->aligns.v[i], align),
				    size_format(r->capacities.v[k] / r->nodes, capacity));
				return -EINVAL;
			}
	}
	return 0;
}

/* Aligns that no device of this size can have are not among the default ones. */
static int default_aligns(struct plan_request *r)
{
	static const uint64_t all[] = { 4096, 2 << 20, 1 << 30 };

	if (r->aligns.n)
		return 0;
	r->aligns.v = malloc(sizeof(all));
	if (!r->aligns.v)
		return out_of_memory();
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		bool fits = true;

		for (size_t k = 0; k < r->capacities.n; k++)
			fits &= all[i] <= r->capacities.v[k] / r->nodes;
		if (fits || !i)
			r->aligns.v[r->aligns.n++] = all[i];
	}
	return 0;
}

/* Before anything is written. */
static int check_output(const struct plan_options *a)
{
	const struct plan_request *r = &a->request;
	const size_t length = a->plot ? strlen(a->plot) : 0;

	if (a->plot && (length < 5 || strcmp(a->plot + length - 4, ".svg"))) {
		err("--plot=%s: must end with .svg", a->plot);
		return -EINVAL;
	}
	if (r->capacities.n * r->drams.n * r->n_kernels * r->n_maps * r->aligns.n > ROWS_MOST) {
		err("these are more than %d rows; ask for fewer capacities or sizes of DRAM at a time", ROWS_MOST);
		return -EINVAL;
	}
	return 0;
}

int plan_options_complete(struct plan_options *a)
{
	struct plan_request *r = &a->request;
	struct utsname uts;
	int rc = 0;

	if (a->device)
		rc = take_device(a);
	if (!rc && r->capacities.n)
		rc = default_aligns(r);
	if (!rc)
		rc = check_aligns(r);
	if (rc)
		return rc;
	if (r->dynamic && !a->maps_given)
		r->n_maps = 1;
	if (r->dynamic && asks_altmap(r)) {
		err("--map=dev: a dynamic device has no altmap");
		return -EINVAL;
	}
	if (!a->kernels)
		a->kernels = a->device && !uname(&uts) ? uts.release : "5.10,6.1,7.x";
	rc = find_kernels(r, a->kernels);
	if (rc)
		return rc;
	rc = check_output(a);
	if (rc)
		return rc;
	r->fits_name = "";
	if (a->no_times)
		return 0;
	if (a->measured) {
		r->fits_name = a->measured;
		rc = fits_read(a->measured, &r->fits);
		if (!rc && !r->fits.count) {
			err("%s: has no fit; 'daxpin fit' writes some of samples of three sizes or more", a->measured);
			rc = -ENODATA;
		}
		return rc;
	}
	r->fits_name = PLAN_DEFAULT_NAME;
	return fits_read_text(PLAN_DEFAULT_NAME, plan_default_fits, &r->fits);
}


int plan_options_parse(struct plan_options *options, int argc, char **argv)
{
	*options = (struct plan_options){
		.format = &plan_formats[0],
		.request = {
			.maps = { DAX_MAP_MEM, DAX_MAP_DEV }, .n_maps = 2, .own_struct_pages = true, .chunk = 1 << 30,
			.nodes = 1, .processes = 1, .threads = 1, .nics = 1, .warn_percent = 10,
		},
	};
	return argp_parse(&argp, argc, argv, 0, NULL, options);
}

void plan_options_free(struct plan_options *options)
{
	struct plan_request *r = &options->request;

	fits_free(&r->fits);
	free(r->kernels);
	free(r->capacities.v);
	free(r->drams.v);
	free(r->aligns.v);
}
