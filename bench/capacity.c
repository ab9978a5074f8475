// SPDX-License-Identifier: GPL-2.0-or-later
#include "capacity.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cell_key.h"

#define GIB (UINT64_C(1) << 30)

#define REFERENCE "measured, results/reference/"
#define AGAIN "; again by daxpin plan --against"

/* "measured": of op rebind with map=mem. */
const struct capacity_constant_info capacity_constants[] = {
#define CONSTANT(name, unit, origin) { #name, CAPACITY_##name, unit, origin }
	CONSTANT(base_page, "bytes", "x86-64, getconf PAGESIZE"),
	CONSTANT(struct_page, "bytes per base page",
		 REFERENCE "stages.csv: 5.10-trim, 2M: 17 GiB took 285212672 bytes, that is 64 for each 4096" AGAIN),
	CONSTANT(shared_pages, "pages of memmap per compound page",
		 REFERENCE "stages.csv: 5.10+dedup, 2M: 17 GiB took 71860224 bytes, 136 page tables of them; the rest is "
		 "8192 for each 2M" AGAIN),
	CONSTANT(shared_tables, "page tables of the memmap per compound page",
		 REFERENCE "stages.csv: 5.10+beyond, 1G: 17 GiB took 278528 bytes, that is 16384 for each 1G: two pages of "
		 "struct pages and two page tables" AGAIN),
	CONSTANT(section, "bytes of memory per section",
		 REFERENCE "stages.csv: 5.10+dedup, 1G: 17 GiB took 696320 bytes: 8192 for each 1G and a page table for "
		 "each 128M" AGAIN),
	CONSTANT(section_usage, "bytes per section",
		 REFERENCE "bring-up.csv: 5.10-trim, 2M: 66 GiB took 1107337216 bytes: 40960 beside the struct pages, a "
		 "page table and nine pages of 64 bytes for each 128M" AGAIN),
	CONSTANT(section_entry, "bytes per section",
		 "kernel source, include/linux/mmzone.h: struct mem_section with PAGE_EXTENSION; it stays after an unbind, "
		 "so no rebind shows it"),
	CONSTANT(info_block, "bytes",
		 "kernel source, drivers/nvdimm/pfn_devs.c: nd_pfn_init(); the sizes of all devices in "
		 "results/reference/*.env.json follow from it"),
	CONSTANT(least_align, "bytes",
		 "kernel source, memremap_compat_align(); with align 2M a device is 2M smaller than its namespace, as in "
		 "results/reference/stages.env.json"),
	CONSTANT(table, "bytes per page table", "x86-64"),
	CONSTANT(table_entries, "entries per page table", "x86-64"),
#undef CONSTANT
};

const size_t capacity_constant_count = sizeof(capacity_constants) / sizeof(capacity_constants[0]);

const struct capacity_feature capacity_features[] = {
	{ "compound", 5, 17, "compound",
	  "the memory of a device is described by compound pages of its align: one count of references for each" },
	{ "dedup", 5, 19, "dedup",
	  "map mem: the tails of a compound page share a page of struct pages; never with map dev, never at 4K" },
	{ "tables", 0, 0, "beyond", "align 1G: they share page tables of the struct pages, too" },
	{ "folio", 6, 17, "gup", "a pin takes all references of a huge page at once" },
	{ "checks", 0, 0, "compound",
	  "base pages in place of compound pages that would start in the middle of an align" },
};

const size_t capacity_feature_count = sizeof(capacity_features) / sizeof(capacity_features[0]);

static size_t stage_number(const char *name)
{
	size_t stage = 1;

	while (cell_key_stage_name(stage) && strcmp(cell_key_stage_name(stage), name))
		stage++;
	return stage;
}

/* An id: a version, "x" for the newest, then what it was built from. Stage: of our series, 0 none. */
struct version {
	unsigned int major, minor;
	size_t stage;
};

/* "-trim", "+gup", "+gup-kasan"; or the rest of a release, from its third number on. */
static int parse_build(const char *text, const char *id, struct version *v)
{
	if (*text == '.' && isdigit((unsigned char)text[1]))
		return 0;
	v->stage = cell_key_stage(id);
	if (v->stage) {
		if (!cell_key_stage_name(v->stage) || v->major != 5 || v->minor != 10)
			return -ENOENT;
		text += 1 + strlen(cell_key_stage_name(v->stage));
		return !*text || !strcmp(text, "-kasan") ? 0 : -ENOENT;
	}
	return !*text || !strcmp(text, "-trim") || !strcmp(text, "-kasan") ? 0 : -ENOENT;
}

static int parse_id(const char *id, struct version *v)
{
	int end = 0;

	*v = (struct version){ 0 };
	if (!isdigit((unsigned char)*id))
		return -ENOENT;
	if (sscanf(id, "%3u.%3u%n", &v->major, &v->minor, &end) == 2 && end)
		return parse_build(id + end, id, v);
	end = 0;
	if (sscanf(id, "%3u.x%n", &v->major, &end) != 1 || !end || id[end])
		return -ENOENT;
	v->minor = UINT_MAX;
	return 0;
}

static bool has(const struct version *v, const char *name)
{
	for (size_t i = 0; i < capacity_feature_count; i++) {
		const struct capacity_feature *f = &capacity_features[i];

		if (strcmp(f->name, name))
			continue;
		if (v->stage)
			return v->stage >= stage_number(f->stage);
		return f->since_major && (v->major > f->since_major ||
					  (v->major == f->since_major && v->minor >= f->since_minor));
	}
	return false;
}

int capacity_kernel_find(const char *id, struct capacity_kernel *kernel)
{
	struct version v;
	int rc = parse_id(id, &v);

	if (rc)
		return rc;
	if (v.major < 5 || (v.major == 5 && v.minor < 10))
		return -ERANGE;
	*kernel = (struct capacity_kernel){
		.compound = has(&v, "compound"),
		.dedup = has(&v, "dedup"),
		.tables = has(&v, "tables"),
		.folio = has(&v, "folio"),
		.checks = has(&v, "checks"),
	};
	snprintf(kernel->id, sizeof(kernel->id), "%s", id);
	return 0;
}

/* What an entry of a page table maps, by level: PTE, PMD, PUD. */
static const uint64_t entry_maps[] = {
	CAPACITY_base_page,
	(uint64_t)CAPACITY_base_page * CAPACITY_table_entries,
	(uint64_t)CAPACITY_base_page * CAPACITY_table_entries * CAPACITY_table_entries,
};

#define PUD_LEVEL 2

static uint64_t up(uint64_t value, uint64_t to)
{
	return (value + to - 1) / to * to;
}

static uint64_t down(uint64_t value, uint64_t to)
{
	return value / to * to;
}

/* How many units of this size the range touches. */
static uint64_t touched(uint64_t start, uint64_t size, uint64_t unit)
{
	return size ? (start + size - 1) / unit - start / unit + 1 : 0;
}

/* Page tables of this level and those above it, up to PUDs, for a mapping of a range. */
static uint64_t tables_of(uint64_t start, uint64_t size, int level)
{
	uint64_t bytes = 0;

	for (; level <= PUD_LEVEL; level++)
		bytes += touched(start, size, entry_maps[level] * CAPACITY_table_entries) * CAPACITY_table;
	return bytes;
}

static int level_of(uint64_t align)
{
	for (int level = 0; level <= PUD_LEVEL; level++)
		if (entry_maps[level] == align)
			return level;
	return -1;
}

/* What is left for data: nd_pfn_init() of the kernel for static devices. */
static int divide(const struct capacity_device *d, uint64_t *data_start, uint64_t *data_end)
{
	const uint64_t end = d->start + d->span, align = d->dynamic ? d->align : up(d->align, CAPACITY_least_align);
	uint64_t head = 0;

	if (!d->dynamic)
		head = CAPACITY_info_block;
	if (d->map == DAX_MAP_DEV && d->span > CAPACITY_info_block)
		head += (d->span - CAPACITY_info_block) / CAPACITY_base_page * CAPACITY_struct_page;
	*data_start = up(d->start + head, align);
	*data_end = down(end, align);
	return *data_end > *data_start ? 0 : -ENOSPC;
}

/* The sections at the ends that the memmap covers in part are mapped by base pages, in DRAM even with altmap. */
static uint64_t partial_sections(uint64_t start, uint64_t end, uint64_t *bytes)
{
	const uint64_t first = up(start, CAPACITY_section), last = down(end, CAPACITY_section);

	if (first > last) {
		*bytes = end - start;
		return 1;
	}
	*bytes = first - start + end - last;
	return (first > start) + (end > last);
}

/* Pages of the memmap that compound pages do not share, and the page tables for them. */
static void share(const struct capacity_kernel *kernel, uint64_t start, uint64_t size, uint64_t align,
		  struct capacity *out)
{
	const uint64_t compounds = up(size, align) / align;
	uint64_t tables = touched(start, size, CAPACITY_section);

	if (kernel->tables && align > CAPACITY_section)
		tables = compounds * CAPACITY_shared_tables;
	out->struct_pages = compounds * CAPACITY_shared_pages * CAPACITY_base_page;
	out->memmap_tables = tables * CAPACITY_table;
	out->pages_initialised =
		compounds * CAPACITY_shared_pages * (CAPACITY_base_page / CAPACITY_struct_page);
}

/* A struct page for each base page, mapped by PMDs. */
static void complete(const struct capacity_device *d, uint64_t start, uint64_t end, struct capacity *out)
{
	uint64_t partial, tables = partial_sections(start, end, &partial);
	const uint64_t pages = d->map == DAX_MAP_DEV ? partial : end - start;

	out->struct_pages = pages / CAPACITY_base_page * CAPACITY_struct_page;
	out->memmap_tables = tables * CAPACITY_table;
	/* Those of the altmap itself are not. */
	out->pages_initialised = (d->map == DAX_MAP_DEV ? out->usable : end - start) / CAPACITY_base_page;
}

/* The PMD and PUD tables above, whatever is below. */
static uint64_t upper_tables(uint64_t start, uint64_t size)
{
	const uint64_t per_page = CAPACITY_base_page / CAPACITY_struct_page;

	return tables_of(start / per_page, size / per_page, 1);
}

/* Whole gigabytes are mapped by PUDs, what is left at the ends by PMDs. */
static uint64_t direct_map(uint64_t start, uint64_t end)
{
	uint64_t bytes = tables_of(start, end - start, PUD_LEVEL);

	if (start / GIB == (end - 1) / GIB)
		return bytes + (end - start < GIB ? CAPACITY_table : 0);
	return bytes + ((start % GIB != 0) + (end % GIB != 0)) * (uint64_t)CAPACITY_table;
}

int capacity_of(const struct capacity_kernel *kernel, const struct capacity_device *d, struct capacity *out)
{
	const int level = level_of(d->align);
	uint64_t start = d->start, end, data_start, data_end, sections;

	*out = (struct capacity){ 0 };
	if (level < 0)
		return -EINVAL;
	if (d->dynamic && d->map == DAX_MAP_DEV)
		return -EOPNOTSUPP;
	if (divide(d, &data_start, &data_end))
		return -ENOSPC;
	/* Static devices have struct pages from the info block on, dynamic ones for their data. */
	if (d->dynamic)
		start = data_start;
	end = data_end;
	out->usable = data_end - data_start;
	if (d->map == DAX_MAP_DEV)
		out->altmap = (end - start) / CAPACITY_base_page * CAPACITY_struct_page;
	out->lost = d->span - out->usable - out->altmap;
	out->pages = (end - start) / CAPACITY_base_page;
	/* Altmap takes what is in front of the data. */
	out->misaligned = d->map == DAX_MAP_MEM && d->start % d->align;
	out->compound = kernel->compound && level && !(start % d->align && d->map == DAX_MAP_MEM && kernel->checks);
	out->shared = out->compound && kernel->dedup && d->map == DAX_MAP_MEM;
	if (out->shared)
		share(kernel, start, end - start, d->align, out);
	else
		complete(d, start, end, out);
	out->memmap_tables += upper_tables(start, end - start);
	sections = touched(start, end - start, CAPACITY_section);
	out->section_usage = sections * CAPACITY_section_usage;
	out->section_entries = sections * CAPACITY_section_entry;
	out->direct_map = direct_map(start, end);
	out->bring_up = out->struct_pages + out->memmap_tables + out->section_usage + out->direct_map;
	out->process_tables = tables_of(0, out->usable, level);
	return 0;
}

/* The largest power of two that divides it. */
static uint64_t roundness(uint64_t value)
{
	return value & -value;
}

int capacity_span_of(uint64_t usable, uint64_t align, enum dax_map map, bool dynamic, uint64_t *span)
{
	const uint64_t step = up(align, CAPACITY_least_align);
	const struct capacity_kernel none = { 0 };
	struct capacity_device d = { .align = align, .map = map, .dynamic = dynamic };
	struct capacity c = { 0 };

	*span = 0;
	if (level_of(align) < 0 || !usable || usable > UINT64_MAX / 2)
		return -ERANGE;
	d.span = usable;
	/* From what the altmap of the data alone takes; then there is the altmap of the altmap. */
	if (map == DAX_MAP_DEV)
		d.span += down(usable / CAPACITY_base_page * CAPACITY_struct_page, step);
	/* With altmap two may do: take the rounder one. */
	for (; c.usable <= usable; d.span += step)
		if (!capacity_of(&none, &d, &c) && c.usable == usable && roundness(d.span) > roundness(*span))
			*span = d.span;
	return *span ? 0 : -ERANGE;
}
