// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <errno.h>

#include "cell_select.h"

/* A get of 4G, map mem, align 2M; what is not named is empty. */
static void make_key(struct cell_key *key)
{
	enum key k;

	for (k = KEY_FIRST; k < KEY_COUNT; k++)
		if (key_infos[k].kind == KEY_TEXT)
			key->v[k].text = "";
		else
			key->v[k].number = CSV_MISSING;
	key->v[KEY_ENGINE].text = "gup";
	key->v[KEY_MAP].text = "mem";
	key->v[KEY_ALIGN].number = 2 << 20;
	key->v[KEY_SIZE].number = 4ULL << 30;
	key->v[KEY_BATCH].number = 512;
	key->v[KEY_PUT_BATCH].number = 0;
	key->v[KEY_OP].text = "get";
}

static bool selects(const char *text)
{
	struct cell_select select = { 0 };
	struct cell_key key;
	char *why;
	bool yes;

	make_key(&key);
	assert_int_equal(cell_select_add(&select, text, &why), 0);
	assert_null(why);
	yes = cell_selected(&select, &key);
	cell_select_free(&select);
	return yes;
}

static void every_key_has_to_fit(void **state)
{
	(void)state;
	assert_true(selects("op=get"));
	assert_false(selects("op=put"));
	assert_true(selects("engine=gup map=mem op=get"));
	assert_false(selects("engine=gup map=dev op=get"));
	assert_true(selects("  op=get\t\n map=mem "));
}

static void one_value_of_several_is_enough(void **state)
{
	(void)state;
	assert_true(selects("map=dev,mem"));
	assert_true(selects("map=dev map=mem op=get"));
	assert_false(selects("map=dev,other"));
	assert_false(selects("map=dev,mem op=put"));
}

static void sizes_have_suffixes_and_short_names(void **state)
{
	(void)state;
	assert_true(selects("size=4G align=2M batch=512 put_batch=0"));
	assert_true(selects("size_bytes=4294967296 batch_pages=512"));
	assert_false(selects("size=4096"));
	assert_false(selects("put_batch=512"));
}

static void no_value_is_empty(void **state)
{
	(void)state;
	assert_true(selects("memory= threads="));
	assert_false(selects("map="));
	assert_false(selects("size="));
	assert_true(selects("map=,mem"));
}

static void nothing_selected_is_everything(void **state)
{
	const struct cell_select select = { 0 };
	struct cell_key key;

	(void)state;
	make_key(&key);
	assert_true(cell_selected(&select, &key));
}

static void nonsense_is_refused_with_a_reason(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "", "nothing: must be KEY=VALUE" },
		{ "get", "get: must be KEY=VALUE" },
		{ "op=get put", "put: must be KEY=VALUE" },
		{ "kernel=5.10", "no key kernel; there is platform, clock, " },
		{ "=get", "no key ; there is platform, " },
		{ "value_ns=3", "no key value_ns; there is " },
		{ "op=get size=big", "size_bytes=big: must be a number" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct cell_select select = { 0 };
		char *why;

		assert_int_equal(cell_select_add(&select, bad[i].text, &why), -EINVAL);
		assert_non_null(why);
		assert_memory_equal(why, bad[i].why, strlen(bad[i].why));
		free(why);
		cell_select_free(&select);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_has_to_fit),
		cmocka_unit_test(one_value_of_several_is_enough),
		cmocka_unit_test(sizes_have_suffixes_and_short_names),
		cmocka_unit_test(no_value_is_empty),
		cmocka_unit_test(nothing_selected_is_everything),
		cmocka_unit_test(nonsense_is_refused_with_a_reason),
	};

	return cmocka_run_group_tests_name("cell_select", tests, NULL, NULL);
}
