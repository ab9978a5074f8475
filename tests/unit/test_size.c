// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <errno.h>

#include "size.h"

static void sizes_have_binary_suffixes(void **state)
{
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = {
		{ "0", 0 }, { "4096", 4096 }, { "4K", 4096 }, { "2M", 2 << 20 }, { "2m", 2 << 20 }, { "1G", 1 << 30 },
		{ "1GiB", 1 << 30 }, { "6T", 6ULL << 40 }, { "0x10", 16 }, { "010G", 10ULL << 30 }, { "08", 8 }, { "18446744073709551615", UINT64_MAX },
	};
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(size_parse(good[i].text, &value), 0);
		assert_int_equal(value, good[i].value);
	}
}

static void nonsense_is_refused(void **state)
{
	static const char *const bad[] = { "", " 1", "-1", "1X", "1GB", "1G ", "G", "1.5G", "1:2", "+1" };
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(size_parse(bad[i], &value), -EINVAL);
	assert_int_equal(size_parse("18446744073709551616", &value), -ERANGE);
	assert_int_equal(size_parse("16777216T", &value), -ERANGE);
}

static void check_range(const char *text, size_t count, const uint64_t *expected)
{
	uint64_t *values;
	size_t n;

	assert_int_equal(size_parse_range(text, &values, &n), 0);
	assert_int_equal(n, count);
	assert_memory_equal(values, expected, count * sizeof(*values));
	free(values);
}

static void ranges_multiply_and_add(void **state)
{
	const uint64_t one[] = { 512 };
	const uint64_t powers[] = { 1ULL << 30, 2ULL << 30, 4ULL << 30, 8ULL << 30, 16ULL << 30 };
	const uint64_t steps[] = { 1, 3, 5 };

	(void)state;
	check_range("512", 1, one);
	check_range("1G:*2:16G", 5, powers);
	/* The last value only counts when it is hit. */
	check_range("1G:*2:17G", 5, powers);
	check_range("1:+2:6", 3, steps);
}

static void endless_ranges_are_refused(void **state)
{
	static const char *const bad[] = { "1:*1:4", "0:*2:4", "1:+0:4", "4:+1:1", "1:2:4", "1:*2", "1:*2:", "1:*2:4:5" };
	uint64_t *values = NULL;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(size_parse_range(bad[i], &values, &n), -EINVAL);
	assert_int_equal(size_parse_range("1:+1:1T", &values, &n), -ERANGE);
	/* The end of 64 bits is an end, not a wrap-around. */
	assert_int_equal(size_parse_range("1:*2:18446744073709551615", &values, &n), 0);
	assert_int_equal(n, 64);
	free(values);
}

static void formatting_is_exact(void **state)
{
	char text[SIZE_TEXT_MAX];

	(void)state;
	assert_string_equal(size_format(0, text), "0");
	assert_string_equal(size_format(4097, text), "4097");
	assert_string_equal(size_format(4096, text), "4K");
	assert_string_equal(size_format(2050ULL << 20, text), "2050M");
	assert_string_equal(size_format(16ULL << 30, text), "16G");
	assert_string_equal(size_format(2048ULL << 40, text), "2048T");
	assert_string_equal(size_format(UINT64_MAX, text), "18446744073709551615");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_have_binary_suffixes),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(ranges_multiply_and_add),
		cmocka_unit_test(endless_ranges_are_refused),
		cmocka_unit_test(formatting_is_exact),
	};

	return cmocka_run_group_tests_name("size", tests, NULL, NULL);
}
