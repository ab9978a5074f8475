// SPDX-License-Identifier: GPL-2.0-or-later
/* The published arithmetic, and what was measured. */
#include "unit.h"

#include <errno.h>

#include "capacity.h"

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)

static struct capacity plan_of(const char *kernel, const struct capacity_device *device)
{
	struct capacity_kernel k;
	struct capacity c;

	assert_int_equal(capacity_kernel_find(kernel, &k), 0);
	assert_int_equal(capacity_of(&k, device, &c), 0);
	return c;
}

/* A dynamic device: without the info block, for round figures. */
static struct capacity round_plan(const char *kernel, uint64_t span, uint64_t align)
{
	const struct capacity_device device = { .span = span, .align = align, .map = DAX_MAP_MEM, .dynamic = true };

	return plan_of(kernel, &device);
}

/* Page tables of page tables: a PMD table for 64 GiB and a PUD table. */
#define UPPER (17 * 4 * KIB)

static void a_tebibyte_takes_what_was_published(void **state)
{
	static const struct {
		const char *kernel;
		uint64_t align, struct_pages, tables;
	} cases[] = {
		{ "5.10", 4 * KIB, 16 * GIB, 0 },
		{ "5.10", 2 * MIB, 16 * GIB, 0 },
		{ "5.10+compound", 2 * MIB, 16 * GIB, 0 },
		{ "7.x", 4 * KIB, 16 * GIB, 0 },
		{ "5.10+dedup", 2 * MIB, 4 * GIB, 32 * MIB },
		{ "6.1", 2 * MIB, 4 * GIB, 32 * MIB },
		{ "6.1", 1 * GIB, 8 * MIB, 32 * MIB },
		{ "7.x", 1 * GIB, 8 * MIB, 32 * MIB },
		{ "5.10+beyond", 2 * MIB, 4 * GIB, 32 * MIB },
		{ "5.10+beyond", 1 * GIB, 8 * MIB, 8 * MIB },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct capacity c = round_plan(cases[i].kernel, TIB, cases[i].align);

		assert_int_equal(c.struct_pages, cases[i].struct_pages);
		assert_int_equal(c.memmap_tables, cases[i].tables + UPPER);
		assert_int_equal(c.usable, TIB);
		assert_int_equal(c.lost, 0);
		assert_int_equal(c.bring_up, c.struct_pages + c.memmap_tables + c.section_usage + c.direct_map);
	}
}

/* 6 of 8 pages of struct pages for 2M, 4094 of 4096 for 1G; and 128 of 512 or 262144 struct pages are written. */
static void what_one_compound_page_saves(void **state)
{
	static const struct {
		uint64_t align, complete, kept, written;
	} cases[] = { { 2 * MIB, 8, 2, 512 }, { 1 * GIB, 4096, 2, 262144 } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct capacity whole = round_plan("5.10+compound", cases[i].align, cases[i].align);
		struct capacity shared = round_plan("5.10+dedup", cases[i].align, cases[i].align);

		assert_int_equal(whole.struct_pages, cases[i].complete * 4 * KIB);
		assert_int_equal(shared.struct_pages, cases[i].kept * 4 * KIB);
		assert_int_equal(whole.pages_initialised, cases[i].written);
		assert_int_equal(shared.pages_initialised, 128);
		assert_int_equal(whole.pages, cases[i].written);
		assert_int_equal(shared.pages, cases[i].written);
	}
	/* A section of 128M. */
	assert_int_equal(round_plan("5.10", 128 * MIB, 2 * MIB).pages_initialised, 32768);
}

/* Of namespaces at a multiple of 1 GiB, as in results/reference/{stages,bring-up,reproduce}.csv, op rebind: the
 * smallest value that was measured. What is between is noise, and page tables that RAM has already. */
static void devices_take_what_was_measured(void **state)
{
	static const struct {
		const char *kernel;
		enum dax_map map;
		uint64_t span, align, usable, measured;
	} cases[] = {
		{ "5.10-trim", DAX_MAP_MEM, 17 * GIB, 2 * MIB, 18251513856, 285212672 },
		{ "5.10-trim", DAX_MAP_MEM, 17 * GIB, 1 * GIB, 17179869184, 285212672 },
		{ "5.10+dedup", DAX_MAP_MEM, 17 * GIB, 2 * MIB, 18251513856, 71860224 },
		{ "5.10+dedup", DAX_MAP_MEM, 17 * GIB, 1 * GIB, 17179869184, 696320 },
		{ "5.10+beyond", DAX_MAP_MEM, 17 * GIB, 1 * GIB, 17179869184, 278528 },
		{ "5.10-trim", DAX_MAP_MEM, 66 * GIB, 2 * MIB, 70864863232, 1107275776 },
		{ "5.10+dedup", DAX_MAP_MEM, 66 * GIB, 2 * MIB, 70864863232, 278990848 },
		{ "5.10+beyond", DAX_MAP_MEM, 66 * GIB, 1 * GIB, 69793218560, 1069056 },
		{ "5.10-trim", DAX_MAP_DEV, 66 * GIB, 2 * MIB, 69757566976, 12288 },
		{ "5.10-trim", DAX_MAP_DEV, 66 * GIB, 1 * GIB, 68719476736, 12288 },
		{ "5.10+dedup", DAX_MAP_MEM, 128 * GIB, 2 * MIB, 137436856320, 541122560 },
		{ "5.10+beyond", DAX_MAP_MEM, 128 * GIB, 1 * GIB, 136365211648, 2146304 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct capacity_device device = {
			.start = 8 * GIB, .span = cases[i].span, .align = cases[i].align, .map = cases[i].map,
		};
		struct capacity c = plan_of(cases[i].kernel, &device);
		uint64_t span;

		assert_int_equal(c.usable, cases[i].usable);
		assert_int_equal(c.usable + c.altmap + c.lost, cases[i].span);
		assert_in_range(c.bring_up + 128 * KIB, cases[i].measured, cases[i].measured + 256 * KIB);
		assert_int_equal(capacity_span_of(cases[i].usable, cases[i].align, cases[i].map, false, &span), 0);
		assert_int_equal(span, cases[i].span);
	}
}

static void kernels_have_capabilities(void **state)
{
	static const struct {
		const char *id;
		bool compound, dedup, tables, folio, checks;
	} cases[] = {
		{ "5.10", 0, 0, 0, 0, 0 },
		{ "5.10-trim", 0, 0, 0, 0, 0 },
		{ "5.10-kasan", 0, 0, 0, 0, 0 },
		{ "5.10.0-46-amd64", 0, 0, 0, 0, 0 },
		{ "5.10+unpin", 0, 0, 0, 0, 0 },
		{ "5.10+compound", 1, 0, 0, 0, 1 },
		{ "5.10+gup", 1, 0, 0, 1, 1 },
		{ "5.10+dedup", 1, 1, 0, 1, 1 },
		{ "5.10+dedup-kasan", 1, 1, 0, 1, 1 },
		{ "5.10+beyond", 1, 1, 1, 1, 1 },
		{ "5.16", 0, 0, 0, 0, 0 },
		{ "5.17", 1, 0, 0, 0, 0 },
		{ "5.18", 1, 0, 0, 0, 0 },
		{ "5.19", 1, 1, 0, 0, 0 },
		{ "6.1", 1, 1, 0, 0, 0 },
		{ "6.12.117+deb12-amd64", 1, 1, 0, 0, 0 },
		{ "6.16", 1, 1, 0, 0, 0 },
		{ "6.17", 1, 1, 0, 1, 0 },
		{ "7.x", 1, 1, 0, 1, 0 },
		{ "7.3-trim", 1, 1, 0, 1, 0 },
	};
	struct capacity_kernel k;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(capacity_kernel_find(cases[i].id, &k), 0);
		assert_string_equal(k.id, cases[i].id);
		assert_int_equal(k.compound, cases[i].compound);
		assert_int_equal(k.dedup, cases[i].dedup);
		assert_int_equal(k.tables, cases[i].tables);
		assert_int_equal(k.folio, cases[i].folio);
		assert_int_equal(k.checks, cases[i].checks);
	}
}

static void other_names_are_not_kernels(void **state)
{
	static const char *const none[] = { "", "x", "mine", "6", "6.", "5.10+", "5.10+fast", "6.1+gup", "5.10+gup-fast",
					    "7.x-trim", "7.y", "5.10-", "v6.1", "-6.1", "6.1 " };
	struct capacity_kernel k;

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_int_equal(capacity_kernel_find(none[i], &k), -ENOENT);
	assert_int_equal(capacity_kernel_find("5.9", &k), -ERANGE);
	assert_int_equal(capacity_kernel_find("4.19", &k), -ERANGE);
}

/* Never with altmap, never at 4K, whatever the kernel. */
static void altmap_and_base_pages_are_complete(void **state)
{
	struct capacity_device device = { .span = TIB, .align = 2 * MIB, .map = DAX_MAP_DEV };
	struct capacity c = plan_of("7.x", &device);

	(void)state;
	assert_int_equal(c.struct_pages, 0);
	assert_int_equal(c.altmap, 16 * GIB);
	assert_int_equal(c.pages_initialised, c.usable / 4096);
	assert_true(c.compound);
	assert_false(c.shared);
	device.align = 4 * KIB;
	device.map = DAX_MAP_MEM;
	c = plan_of("7.x", &device);
	assert_int_equal(c.struct_pages, 16 * GIB);
	assert_false(c.compound);
	/* The info block: 8 KiB, and the rest of 2 MiB. */
	assert_int_equal(c.usable, TIB - 2 * MIB);
}

/* A namespace that starts and ends in the middle of a section: there the struct pages are mapped by base pages, which
 * are in DRAM even with altmap. */
static void ends_of_sections_are_base_pages(void **state)
{
	struct capacity_device device = {
		.start = 4 * GIB + 96 * MIB, .span = 4 * GIB, .align = 2 * MIB, .map = DAX_MAP_DEV,
	};
	struct capacity c = plan_of("5.10", &device);

	(void)state;
	/* 32 MiB in front, 96 behind, and two page tables for them */
	assert_int_equal(c.struct_pages, 128 * MIB / 64);
	assert_int_equal(c.memmap_tables, (2 + 2) * 4 * KIB);
	assert_int_equal(c.section_usage, 33 * 64);
	device.map = DAX_MAP_MEM;
	c = plan_of("6.1", &device);
	assert_int_equal(c.struct_pages, 2048 * 8 * KIB);
	assert_int_equal(c.memmap_tables, (33 + 2) * 4 * KIB);
	/* all within one section */
	device.span = 8 * MIB;
	c = plan_of("5.10", &device);
	assert_int_equal(c.struct_pages, 8 * MIB / 64);
	assert_int_equal(c.memmap_tables, (1 + 2) * 4 * KIB);
}

static void a_misaligned_start_is_told(void **state)
{
	struct capacity_device device = {
		.start = 4 * GIB + 128 * MIB, .span = 8 * GIB, .align = 1 * GIB, .map = DAX_MAP_MEM,
	};
	struct capacity c = plan_of("5.10+beyond", &device);

	(void)state;
	assert_true(c.misaligned);
	assert_false(c.compound);
	assert_int_equal(c.usable, 7 * GIB);
	/* up to the last whole gigabyte */
	assert_int_equal(c.struct_pages, (8 * GIB - 128 * MIB) / 64);
	c = plan_of("6.1", &device);
	assert_true(c.misaligned);
	assert_true(c.compound);
	device.map = DAX_MAP_DEV;
	assert_false(plan_of("5.10+beyond", &device).misaligned);
	device.align = 2 * MIB;
	device.map = DAX_MAP_MEM;
	assert_false(plan_of("5.10+beyond", &device).misaligned);
}

static void a_process_pays_for_its_page_tables(void **state)
{
	(void)state;
	/* A PTE table for 2 MiB, a PMD table for 1 GiB, a PUD table for 512 GiB. */
	assert_int_equal(round_plan("5.10", TIB, 4 * KIB).process_tables, 2 * GIB + 4 * MIB + 8 * KIB);
	assert_int_equal(round_plan("5.10", TIB, 2 * MIB).process_tables, 4 * MIB + 8 * KIB);
	assert_int_equal(round_plan("5.10", TIB, 1 * GIB).process_tables, 8 * KIB);
	assert_int_equal(round_plan("5.10", 2 * MIB, 2 * MIB).process_tables, 8 * KIB);
}

static void what_cannot_be_made_is_refused(void **state)
{
	struct capacity_device device = { .span = GIB, .align = GIB, .map = DAX_MAP_MEM };
	struct capacity_kernel k;
	struct capacity c;
	uint64_t span;

	(void)state;
	assert_int_equal(capacity_kernel_find("6.1", &k), 0);
	assert_int_equal(capacity_of(&k, &device, &c), -ENOSPC);
	device.dynamic = true;
	assert_int_equal(capacity_of(&k, &device, &c), 0);
	device.map = DAX_MAP_DEV;
	assert_int_equal(capacity_of(&k, &device, &c), -EOPNOTSUPP);
	device.align = 4 * MIB;
	assert_int_equal(capacity_of(&k, &device, &c), -EINVAL);
	assert_int_equal(capacity_span_of(3 * MIB, 2 * MIB, DAX_MAP_MEM, false, &span), -ERANGE);
	assert_int_equal(capacity_span_of(0, 2 * MIB, DAX_MAP_MEM, false, &span), -ERANGE);
	assert_int_equal(capacity_span_of(2 * MIB, 3 * MIB, DAX_MAP_MEM, false, &span), -ERANGE);
}

static void constants_have_an_origin(void **state)
{
	(void)state;
	assert_int_equal(capacity_constant_count, 11);
	for (size_t i = 0; i < capacity_constant_count; i++) {
		assert_true(strlen(capacity_constants[i].name) > 0);
		assert_true(strlen(capacity_constants[i].unit) > 0);
		assert_non_null(capacity_constants[i].origin);
		assert_true(strlen(capacity_constants[i].origin) > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tebibyte_takes_what_was_published),
		cmocka_unit_test(what_one_compound_page_saves),
		cmocka_unit_test(devices_take_what_was_measured),
		cmocka_unit_test(kernels_have_capabilities),
		cmocka_unit_test(other_names_are_not_kernels),
		cmocka_unit_test(altmap_and_base_pages_are_complete),
		cmocka_unit_test(ends_of_sections_are_base_pages),
		cmocka_unit_test(a_misaligned_start_is_told),
		cmocka_unit_test(a_process_pays_for_its_page_tables),
		cmocka_unit_test(what_cannot_be_made_is_refused),
		cmocka_unit_test(constants_have_an_origin),
	};

	return cmocka_run_group_tests_name("capacity", tests, NULL, NULL);
}
