// SPDX-License-Identifier: GPL-2.0-or-later
#include "job_keys.h"

#include <errno.h>
#include <string.h>


#define DEFAULT "default"

static const char *const put_orders[PUT_ORDER_COUNT + 1] = {
	[PUT_ORDER_SEQUENTIAL] = "sequential",
	[PUT_ORDER_SHUFFLED] = "shuffled",
	[PUT_ORDER_STRIDED] = "strided",
	[PUT_ORDER_INTERLEAVED] = "interleaved",
};

const char *put_order_name(unsigned int order)
{
	return put_orders[order];
}

static int apply_engine(struct cell *cell, const struct job_value *value)
{
	cell->engine = engine_find(value->text);
	return cell->engine ? 0 : -EINVAL;
}

/* Appends ", name" to a list of choices. */
static void add_choice(char *list, size_t size, const char *name)
{
	size_t used = strlen(list);

	snprintf(list + used, size - used, "%s%s", used ? ", " : "", name);
}

static const char *engine_choices(void)
{
	static char list[256];

	list[0] = '\0';
	for (size_t i = 0; engines[i]; i++)
		add_choice(list, sizeof(list), engines[i]->name);
	return list;
}

static int apply_memory(struct cell *cell, const struct job_value *value)
{
	cell->memory = memory_find(value->text);
	return cell->memory ? 0 : -EINVAL;
}

static const char *memory_choices(void)
{
	static char list[256];

	list[0] = '\0';
	for (size_t i = 0; memories[i]; i++)
		add_choice(list, sizeof(list), memories[i]->name);
	return list;
}

static int apply_device(struct cell *cell, const struct job_value *value)
{
	cell->device = strcmp(value->text, "any") ? value->text : NULL;
	return 0;
}

static int apply_map(struct cell *cell, const struct job_value *value)
{
	if (!strcmp(value->text, "any"))
		cell->map = DAX_MAP_UNKNOWN;
	else if (!strcmp(value->text, "mem"))
		cell->map = DAX_MAP_MEM;
	else if (!strcmp(value->text, "dev"))
		cell->map = DAX_MAP_DEV;
	else
		return -EINVAL;
	return 0;
}

static const char *map_choices(void)
{
	return "any, mem, dev";
}

static int apply_align(struct cell *cell, const struct job_value *value)
{
	cell->align = value->number;
	return value->number & (value->number - 1) ? -EINVAL : 0;
}

static const char *align_choices(void)
{
	return "a power of two, or 0 for any";
}

static int apply_offset(struct cell *cell, const struct job_value *value)
{
	cell->offset = value->number;
	return 0;
}

static const char *const *variants_of(const struct engine_ops *engine, int put)
{
	return put ? engine->puts : engine->gets;
}

/* A name that only other engines know is none for this one: such a cell is left out. */
static int apply_variant(const struct engine_ops *engine, const char *name, int put, int *variant)
{
	int known = !strcmp(name, DEFAULT);

	for (size_t i = 0; !known && engines[i]; i++)
		known = variants_of(engines[i], put) && variant_find(variants_of(engines[i], put), name) >= 0;
	if (!known)
		return -EINVAL;
	if (!strcmp(name, DEFAULT) || !engine || !variants_of(engine, put))
		*variant = 0;
	else
		*variant = variant_find(variants_of(engine, put), name) < 0 ? -1 : variant_find(variants_of(engine, put), name);
	return 0;
}

static int apply_get(struct cell *cell, const struct job_value *value)
{
	return apply_variant(cell->engine, value->text, 0, &cell->get);
}

static int apply_put(struct cell *cell, const struct job_value *value)
{
	return apply_variant(cell->engine, value->text, 1, &cell->put);
}

/* "default; gup: fast, ...; verbs: reg, ..." */
static const char *variant_choices(int put, char *list, size_t size)
{
	snprintf(list, size, DEFAULT);
	for (size_t i = 0; engines[i]; i++) {
		const char *const *names = variants_of(engines[i], put);
		size_t used = strlen(list);

		for (size_t k = 0; names && names[k]; k++) {
			used = strlen(list);
			if (k)
				snprintf(list + used, size - used, ", %s", names[k]);
			else
				snprintf(list + used, size - used, "; %s: %s", engines[i]->name, names[k]);
		}
	}
	return list;
}

static const char *get_choices(void)
{
	static char list[512];

	return variant_choices(0, list, sizeof(list));
}

static const char *put_choices(void)
{
	static char list[512];

	return variant_choices(1, list, sizeof(list));
}

static int apply_write(struct cell *cell, const struct job_value *value)
{
	cell->write = (int)value->number;
	return 0;
}

static int apply_size(struct cell *cell, const struct job_value *value)
{
	cell->size = value->number;
	return value->number % 4096 ? -EINVAL : 0;
}

static const char *size_choices(void)
{
	return "a multiple of 4K";
}

static int apply_batch(struct cell *cell, const struct job_value *value)
{
	cell->batch = value->number;
	return 0;
}

static int apply_put_batch(struct cell *cell, const struct job_value *value)
{
	cell->put_batch = value->number;
	return 0;
}

static int apply_threads(struct cell *cell, const struct job_value *value)
{
	cell->threads = (unsigned int)value->number;
	return 0;
}

static int apply_processes(struct cell *cell, const struct job_value *value)
{
	cell->processes = (unsigned int)value->number;
	return 0;
}

static int apply_range(struct cell *cell, const struct job_value *value)
{
	cell->same_range = !strcmp(value->text, "same");
	return cell->same_range || !strcmp(value->text, "disjoint") ? 0 : -EINVAL;
}

static const char *range_choices(void)
{
	return "disjoint, same";
}

static int apply_put_order(struct cell *cell, const struct job_value *value)
{
	int order = variant_find(put_orders, value->text);

	cell->put_order = order < 0 ? 0 : (unsigned int)order;
	return order < 0 ? order : 0;
}

static const char *put_order_choices(void)
{
	return "sequential, shuffled, strided, interleaved";
}

static int apply_put_cache(struct cell *cell, const struct job_value *value)
{
	cell->put_cold = !strcmp(value->text, "cold");
	return cell->put_cold || !strcmp(value->text, "warm") ? 0 : -EINVAL;
}

static const char *put_cache_choices(void)
{
	return "warm, cold";
}

static int apply_hold_ms(struct cell *cell, const struct job_value *value)
{
	cell->hold_ms = (unsigned int)value->number;
	return 0;
}

static int apply_provider(struct cell *cell, const struct job_value *value)
{
	cell->provider = strcmp(value->text, "any") ? value->text : NULL;
	return 0;
}

static int apply_domains(struct cell *cell, const struct job_value *value)
{
	cell->domains = (unsigned int)value->number;
	return 0;
}

static int apply_verify(struct cell *cell, const struct job_value *value)
{
	cell->verify = (int)value->number;
	return 0;
}

static int apply_split(struct cell *cell, const struct job_value *value)
{
	cell->split = (int)value->number;
	return 0;
}

static int apply_repetitions(struct cell *cell, const struct job_value *value)
{
	cell->repetitions = (unsigned int)value->number;
	return 0;
}

static int apply_warmup(struct cell *cell, const struct job_value *value)
{
	cell->warmup = (unsigned int)value->number;
	return 0;
}

static int apply_max_sample_rows(struct cell *cell, const struct job_value *value)
{
	cell->max_sample_rows = value->number;
	return 0;
}

/* The order is the order of nesting: the last list varies fastest. */
const struct job_key job_keys[] = {
	{ "engine", "gup", JOB_KEY_WORDS, 1, 0, 0, 0, 0, 0, 0, apply_engine, engine_choices, "who pins; bind: brings a device up, as often as repetitions say" },
	{ "memory", "dax", JOB_KEY_WORDS, 1, 0, 0, 0, 0, 0, 0, apply_memory, memory_choices, "what gets pinned" },
	{ "device", "any", JOB_KEY_WORDS, 1, 1, 0, 0, 0, 0, 0, apply_device, NULL, "dax device (/dev/dax0.0); any: the first that fits" },
	{ "map", "any", JOB_KEY_WORDS, 1, 1, 0, 0, 0, 0, 0, apply_map, map_choices, "where the dax device's struct pages live" },
	{ "align", "0", JOB_KEY_NUMBERS, 1, 1, 0, 0, 0, 0, 1ULL << 40, apply_align, align_choices, "align of the dax device; 0: any" },
	{ "offset", "0", JOB_KEY_NUMBERS, 1, 1, 1, 0, 0, 0, 1ULL << 50, apply_offset, NULL, "bytes into the dax device" },
	{ "size", "1G", JOB_KEY_NUMBERS, 1, 0, 1, 0, 0, 4096, 1ULL << 50, apply_size, size_choices, "bytes to pin, over all threads and processes" },
	{ "get", DEFAULT, JOB_KEY_WORDS, 1, 0, 1, 0, 0, 0, 0, apply_get, get_choices, "get variant of the engine; default: its first" },
	{ "put", DEFAULT, JOB_KEY_WORDS, 1, 0, 1, 0, 0, 0, 0, apply_put, put_choices, "put variant of the engine; default: its first" },
	{ "write", "1", JOB_KEY_NUMBERS, 1, 0, 1, 0, 0, 0, 1, apply_write, NULL, "get for writing" },
	{ "batch", "512", JOB_KEY_NUMBERS, 1, 0, 1, 0, 0, 1, 1U << 31, apply_batch, NULL, "pages per get call, or per registration" },
	{ "put_batch", "0", JOB_KEY_NUMBERS, 1, 0, 1, 0, 0, 0, 1U << 31, apply_put_batch, NULL, "pages per put call; 0: as many as the engine can" },
	{ "threads", "1", JOB_KEY_NUMBERS, 1, 0, 1, 0, 0, 1, 1024, apply_threads, NULL, "threads of each process, bound to CPUs in turn" },
	{ "processes", "1", JOB_KEY_NUMBERS, 1, 0, 1, 0, 0, 1, 256, apply_processes, NULL, "processes, each with its own mapping; 1: daxpin itself" },
	{ "range", "disjoint", JOB_KEY_WORDS, 1, 0, 1, 0, 0, 0, 0, apply_range, range_choices, "do threads and processes share the range out, or pin the same one" },
	{ "put_order", "sequential", JOB_KEY_WORDS, 1, 0, 1, 0, 1, 0, 0, apply_put_order, put_order_choices, "engine gup: how the pages of a put call lie in its array" },
	{ "put_cache", "warm", JOB_KEY_WORDS, 1, 0, 1, 0, 1, 0, 0, apply_put_cache, put_cache_choices, "engine gup: cold: all caches of the CPU are emptied before put" },
	{ "hold_ms", "0", JOB_KEY_NUMBERS, 1, 0, 1, 0, 1, 0, 60000, apply_hold_ms, NULL, "engine gup: milliseconds that all is held before put" },
	{ "rdma_device", "any", JOB_KEY_WORDS, 1, 0, 1, 1, 0, 0, 0, apply_provider, NULL, "engine verbs: RDMA device; any: the first; all: threads take them in turn; engine vfio: PCI address" },
	{ "domains", "1", JOB_KEY_NUMBERS, 1, 0, 1, 1, 0, 1, 64, apply_domains, NULL, "engine verbs: protection domains that registrations are shared out to" },
	{ "verify", "1", JOB_KEY_NUMBERS, 0, 0, 1, 1, 0, 0, 1, apply_verify, NULL, "engines that register: prove each registration by data" },
	{ "split", "0", JOB_KEY_NUMBERS, 0, 1, 0, 0, 0, 0, 1, apply_split, NULL, "engine bind: rounds of their own, traced, for where the time goes" },
	{ "repetitions", "5", JOB_KEY_NUMBERS, 0, 0, 0, 0, 0, 1, 1000000, apply_repetitions, NULL, "recorded passes over a cell" },
	{ "warmup", "1", JOB_KEY_NUMBERS, 0, 0, 0, 0, 0, 0, 1000, apply_warmup, NULL, "passes before, not recorded" },
	{ "max_sample_rows", "1000", JOB_KEY_NUMBERS, 0, 0, 0, 0, 0, 0, 1ULL << 32, apply_max_sample_rows, NULL,
	  "calls per repetition above which one row with quantiles takes the place of a row per call" },
};

const size_t job_key_count = sizeof(job_keys) / sizeof(job_keys[0]);

int job_key_find(const char *name)
{
	for (size_t i = 0; i < job_key_count; i++)
		if (!strcmp(job_keys[i].name, name))
			return (int)i;
	return -ENOENT;
}
