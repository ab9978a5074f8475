// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <stdlib.h>

#include "kernel_line.h"

static void check_line(const char *kernel, const char *expected)
{
	char *line = kernel_line(kernel);

	assert_string_equal(line, expected);
	free(line);
}

static void test_lines(void **state)
{
	(void)state;
	check_line("5.10", "");
	check_line("mine", "");
	check_line("5.10-trim", "5.10-trim");
	check_line("5.10+gup", "5.10-trim");
	check_line("5.10+beyond-kasan", "5.10-kasan");
	check_line("5.10-kasan", "5.10-kasan");
	check_line("-trim", "");
}

static void test_same_line(void **state)
{
	(void)state;
	assert_true(kernel_same_line("5.10-trim", "5.10+gup"));
	assert_true(kernel_same_line("6.1", "7.x"));
	assert_false(kernel_same_line("5.10", "5.10-trim"));
	assert_false(kernel_same_line("5.10+gup", "6.1+gup"));
	assert_false(kernel_same_line("5.10+gup", "5.10+gup-kasan"));
	assert_true(kernel_is_stock("6.12"));
	assert_false(kernel_is_stock("5.10+unpin"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_same_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
