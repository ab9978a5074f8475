// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables of texts, as they are printed. */
#include "unit.h"

#include "text_table.h"

/* Two columns, and one without an entry. */
static void open_table(struct text_table *t)
{
	*t = (struct text_table){ 0 };
	text_table_column(t, "name", false);
	text_table_column(t, "empty", false);
	text_table_column(t, "value", true);
}

static void add(struct text_table *t, bool gap, const char *name, unsigned int value)
{
	size_t column = 0;

	assert_int_equal(text_table_row(t, gap), 0);
	assert_int_equal(text_table_set(t, &column, "%s", name), 0);
	assert_int_equal(text_table_set(t, &column, "%s", ""), 0);
	if (value)
		assert_int_equal(text_table_set(t, &column, "%u", value), 0);
}

static char *printed(const struct text_table *t, int (*print)(const struct text_table *t, FILE *f))
{
	char *text = NULL;
	size_t length;
	FILE *f = open_memstream(&text, &length);

	assert_int_equal(print(t, f), 0);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void test_columns_and_gaps(void **state)
{
	_cleanup_text_table_ struct text_table t;
	char *text;

	(void)state;
	open_table(&t);
	/* A gap before the first row is none. */
	add(&t, true, "a", 1);
	add(&t, false, "longer", 22);
	add(&t, true, "b", 0);
	add(&t, true, "c", 4444444);
	text = printed(&t, text_table_print);
	assert_string_equal(text, "NAME     VALUE\n"
				  "a            1\n"
				  "longer      22\n"
				  "\n"
				  "b            -\n"
				  "\n"
				  "c      4444444\n");
	free(text);
	text = printed(&t, text_table_markdown);
	assert_string_equal(text, "| name | value |\n|---|--:|\n| a | 1 |\n| longer | 22 |\n| b |  |\n| c | 4444444 |\n");
	free(text);
}

/* Gaps are found by counting lines. */
static void test_a_cell_is_one_line(void **state)
{
	_cleanup_text_table_ struct text_table t;
	char *text;

	(void)state;
	open_table(&t);
	add(&t, false, "two\nlines\r", 1);
	add(&t, true, "b", 2);
	text = printed(&t, text_table_print);
	assert_string_equal(text, "NAME             VALUE\n"
				  "two\\x0alines\\x0d     1\n"
				  "\n"
				  "b                    2\n");
	free(text);
}

/* What stands in headings and lists: a text cannot end its line, nor be an escape sequence. */
static void test_a_text_is_one_line(void **state)
{
	char *text = NULL;
	size_t length;
	FILE *f = open_memstream(&text, &length);

	(void)state;
	text_put_line("a\nb\033[31m_c <i>\303\274", false, f);
	fputc('|', f);
	text_put_line("a\nb_c <i>\303\274", true, f);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(text, "a b [31m_c <i>\303\274|a b\\_c \\<i>\303\274");
	free(text);
}

static void test_no_rows(void **state)
{
	_cleanup_text_table_ struct text_table t;
	char *text;

	(void)state;
	open_table(&t);
	text = printed(&t, text_table_print);
	assert_string_equal(text, "");
	free(text);
}

/* Of 20000 blocks, in a second; to measure all rows for each block takes minutes. */
static void test_many_blocks(void **state)
{
	_cleanup_text_table_ struct text_table t;
	char *text;

	(void)state;
	open_table(&t);
	for (unsigned int i = 1; i <= 20000; i++)
		add(&t, true, "row", i);
	alarm(60);
	text = printed(&t, text_table_print);
	alarm(0);
	/* "row", blanks, five digits; titles; and a free line before all rows but one */
	assert_int_equal(strlen(text), 11 * 20001 + 19999);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns_and_gaps),
		cmocka_unit_test(test_a_cell_is_one_line),
		cmocka_unit_test(test_a_text_is_one_line),
		cmocka_unit_test(test_no_rows),
		cmocka_unit_test(test_many_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
