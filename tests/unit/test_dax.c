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
		cmocka_unit_test(memmap_is_64_bytes_for_4k),
		cmocka_unit_test(only_dax_devices_are_found),
		cmocka_unit_test(variants_have_names_both_ways),
	};

	return cmocka_run_group_tests_name("dax", tests, NULL, NULL);
}
