// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <errno.h>
#include <zlib.h>

#include "kconfig.h"

static const char text[] = "CONFIG_SMP=y\n# CONFIG_KASAN is not set\nCONFIG_DEBUG_VM=y\nCONFIG_PROVE_LOCKING=y\nCONFIG_DEBUG_VM_RB=y\nCONFIG_PAGE_POISONING=y\n";

static void debug_options_are_found(void **state)
{
	struct kconfig config;
	char *path = write_temporary(text);

	(void)state;
	assert_int_equal(kconfig_read_file(path, &config), 0);
	assert_string_equal(config.debug_options, "DEBUG_VM PROVE_LOCKING");
	assert_string_equal(config.path, path);
	assert_int_equal(strlen(config.sha256), 64);
	drop_temporary(path);
}

static void gzip_is_the_same(void **state)
{
	struct kconfig plain, packed;
	char *path = write_temporary(text), *gz = write_temporary("");
	gzFile file = gzopen(gz, "w");

	(void)state;
	gzputs(file, text);
	gzclose(file);
	assert_int_equal(kconfig_read_file(path, &plain), 0);
	assert_int_equal(kconfig_read_file(gz, &packed), 0);
	assert_string_equal(plain.sha256, packed.sha256);
	assert_string_equal(plain.debug_options, packed.debug_options);
	drop_temporary(path);
	drop_temporary(gz);
}

static void none_is_no_error_of_ours(void **state)
{
	struct kconfig config;

	(void)state;
	assert_int_equal(kconfig_read_file("/nonexistent/config", &config), -ENOENT);
	assert_string_equal(config.debug_options, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(debug_options_are_found),
		cmocka_unit_test(gzip_is_the_same),
		cmocka_unit_test(none_is_no_error_of_ours),
	};

	return cmocka_run_group_tests_name("kconfig", tests, NULL, NULL);
}
