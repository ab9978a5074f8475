// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <errno.h>
#include <sys/stat.h>

#include "dax.h"
#include "engine.h"
#include "variants.h"

/* A sysfs like that of a pmem device: the parent of dax0.0 has a mode. */
static void make_tree(const char *mode, char device[64])
{
	char top[] = "/tmp/daxpin-unit-XXXXXX", path[96];
	FILE *file;

	assert_non_null(mkdtemp(top));
	snprintf(device, 64, "%s/dax0.0", top);
	assert_int_equal(mkdir(device, 0700), 0);
	if (!mode)
		return;
	snprintf(path, sizeof(path), "%s/mode", top);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "%s\n", mode);
	fclose(file);
}

static void remove_tree(char *device)
{
	char path[96];

	rmdir(device);
	*strrchr(device, '/') = '\0';
	snprintf(path, sizeof(path), "%s/mode", device);
	unlink(path);
	rmdir(device);
}

static void map_comes_from_the_namespace(void **state)
{
	static const struct {
		const char *mode;
		enum dax_map map;
	} cases[] = { { "ram", DAX_MAP_MEM }, { "pmem", DAX_MAP_DEV }, { "none", DAX_MAP_UNKNOWN }, { NULL, DAX_MAP_MEM } };
	char device[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_tree(cases[i].mode, device);
		assert_int_equal(dax_map_from_sysfs(device), cases[i].map);
		remove_tree(device);
	}
}

static void write_attribute(const char *dir, const char *name, const char *text)
{
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "%s\n", text);
	fclose(file);
}

/* region0/dax0.1/dax0.0, and region0/namespace0.0 that dax0.1 names. */
static void span_is_that_of_the_namespace(void **state)
{
	struct dax_device device = { .size = 64ULL << 30, .resource = 0x140200000 };
	char top[] = "/tmp/daxpin-unit-XXXXXX", pmem[64], namespace[64], path[96], command[96];

	(void)state;
	assert_non_null(mkdtemp(top));
	snprintf(pmem, sizeof(pmem), "%s/dax0.1", top);
	snprintf(namespace, sizeof(namespace), "%s/namespace0.0", top);
	snprintf(path, sizeof(path), "%s/dax0.0", pmem);
	assert_int_equal(mkdir(pmem, 0700), 0);
	assert_int_equal(mkdir(namespace, 0700), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	dax_span_from_sysfs(path, &device);
	assert_true(device.dynamic);
	assert_int_equal(device.span, device.size);
	assert_int_equal(device.span_start, device.resource);

	device.span = 0;
	device.span_start = 0;
	write_attribute(pmem, "mode", "ram");
	write_attribute(pmem, "namespace", "namespace0.0");
	dax_span_from_sysfs(path, &device);
	assert_false(device.dynamic);
	assert_int_equal(device.span, 0);
	write_attribute(namespace, "size", "70866960384");
	write_attribute(namespace, "resource", "0x140000000");
	dax_span_from_sysfs(path, &device);
	assert_int_equal(device.span, 66ULL << 30);
	assert_int_equal(device.span_start, 5ULL << 30);
	snprintf(command, sizeof(command), "rm -r %s", top);
	assert_int_equal(system(command), 0);
}

static void memmap_is_64_bytes_for_4k(void **state)
{
	struct dax_device device = { .size = 1ULL << 40 };

	(void)state;
	assert_int_equal(dax_memmap_bytes(&device), 16ULL << 30);
}

static void only_dax_devices_are_found(void **state)
{
	struct dax_device device;

	(void)state;
	assert_int_equal(dax_lookup("/dev/null", &device), -ENODEV);
	assert_int_equal(dax_lookup("/dev/dax999.9", &device), -ENOENT);
	assert_int_equal(dax_lookup("/etc/passwd", &device), -ENODEV);
}

static void variants_have_names_both_ways(void **state)
{
	(void)state;
	for (int i = 0; i < DAXPIN_GET_COUNT; i++)
		assert_int_equal(variant_find(get_variant_names, get_variant_names[i]), i);
	for (int i = 0; i < DAXPIN_PUT_COUNT; i++)
		assert_int_equal(variant_find(put_variant_names, put_variant_names[i]), i);
	assert_int_equal(variant_find(get_variant_names, "fastest"), -EINVAL);
	assert_true(variants_match(DAXPIN_GET_GUP, DAXPIN_PUT_PAGE, 1));
	assert_true(variants_match(DAXPIN_GET_FAST, DAXPIN_PUT_FOLIO, 0));
	assert_false(variants_match(DAXPIN_GET_FAST, DAXPIN_PUT_PAGE, 1));
	assert_false(variants_match(DAXPIN_GET_GUP_FAST, DAXPIN_PUT_PAGES, 1));
	assert_true(variants_match(DAXPIN_GET_SLOW, DAXPIN_PUT_PAGES_DIRTY, 1));
	assert_false(variants_match(DAXPIN_GET_SLOW, DAXPIN_PUT_RANGE_DIRTY, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(map_comes_from_the_namespace),
		cmocka_unit_test(span_is_that_of_the_namespace),
		cmocka_unit_test(memmap_is_64_bytes_for_4k),
		cmocka_unit_test(only_dax_devices_are_found),
		cmocka_unit_test(variants_have_names_both_ways),
	};

	return cmocka_run_group_tests_name("dax", tests, NULL, NULL);
}
