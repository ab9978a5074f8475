// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include "hash_index.h"

#define ELEMENTS 10000

static size_t compared;

static bool same_text(const void *owner, size_t number, const void *wanted)
{
	compared++;
	return !strcmp(((char *const *)owner)[number], wanted);
}

static void finds_what_was_added_and_nothing_else(void **state)
{
	char **texts = calloc(ELEMENTS, sizeof(*texts)), other[32];
	struct hash_index index = { 0 };

	(void)state;
	assert_int_equal(hash_index_find(&index, 1, same_text, texts, "none"), HASH_INDEX_NONE);
	for (size_t i = 0; i < ELEMENTS; i++) {
		assert_true(asprintf(&texts[i], "element %zu", i) > 0);
		assert_int_equal(hash_index_add(&index, hash_text(0, texts[i]), i), 0);
	}
	for (size_t i = 0; i < ELEMENTS; i++) {
		assert_int_equal(hash_index_find(&index, hash_text(0, texts[i]), same_text, texts, texts[i]), i);
		snprintf(other, sizeof(other), "other %zu", i);
		assert_int_equal(hash_index_find(&index, hash_text(0, other), same_text, texts, other), HASH_INDEX_NONE);
	}
	/* One comparison for each that is there; of 32 bits hardly two are equal. */
	assert_true(compared < ELEMENTS + ELEMENTS / 100);
	for (size_t i = 0; i < ELEMENTS; i++)
		free(texts[i]);
	free(texts);
	hash_index_free(&index);
	assert_int_equal(index.n, 0);
}

/* All of one hash: slow, but right. */
static void equal_hashes_are_told_apart(void **state)
{
	char *texts[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r" };
	struct hash_index index = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(hash_index_add(&index, 15, i), 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(hash_index_find(&index, 15, same_text, texts, texts[i]), i);
	assert_int_equal(hash_index_find(&index, 15, same_text, texts, "z"), HASH_INDEX_NONE);
	hash_index_free(&index);
}

static void hashes_depend_on_order_and_ends(void **state)
{
	(void)state;
	assert_true(hash_text(0, "ab") == hash_text(0, "ab"));
	assert_true(hash_text(hash_text(0, "a"), "bc") != hash_text(hash_text(0, "ab"), "c"));
	assert_true(hash_number(hash_number(0, 1), 2) != hash_number(hash_number(0, 2), 1));
	assert_true(hash_number(0, 0) != hash_number(hash_number(0, 0), 0));
	assert_true(hash_text(0, "12345678") != hash_text(0, "123456789"));
	assert_true(hash_text(0, "12345678") != hash_text(0, "12345679"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_was_added_and_nothing_else),
		cmocka_unit_test(equal_hashes_are_told_apart),
		cmocka_unit_test(hashes_depend_on_order_and_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
