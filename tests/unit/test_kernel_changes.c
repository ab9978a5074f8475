// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "unit.h"

#include "kernel_changes.h"

static const struct kernel_change *find(const char *name)
{
	size_t i;

	for (i = 0; i < kernel_changes_n; i++)
		if (!strcmp(kernel_changes[i].name, name))
			return &kernel_changes[i];
	fail();
	return NULL;
}

static struct cell_key cell(const char *op, const char *engine, const char *memory, const char *map)
{
	struct cell_key key = { 0 };

	key.v[KEY_OP].text = op;
	key.v[KEY_ENGINE].text = engine;
	key.v[KEY_MEMORY].text = memory;
	key.v[KEY_MAP].text = map;
	return key;
}

/* A change lies between two kernels when one surely lacks it and the other surely has it. */
static void test_between(void **state)
{
	const struct kernel_change *compound = find("compound devmap");

	(void)state;
	assert_true(kernel_change_between(compound, "5.10.0-46-amd64", "6.1.0-56-amd64"));
	assert_true(kernel_change_between(compound, "5.16.0", "5.17.0"));
	assert_false(kernel_change_between(compound, "5.17.0", "6.1.0"));
	assert_false(kernel_change_between(compound, "5.10.0", "5.16.99"));
	assert_false(kernel_change_between(compound, "6.1.0", "5.10.0"));
	/* 6.9 is before 6.12 */
	assert_true(kernel_change_between(find("folio GUP"), "6.9.1", "6.17.0"));
	assert_false(kernel_change_between(find("folio GUP"), "6.12.1", "6.9.1"));
}

static void test_moves(void **state)
{
	const struct kernel_change *compound = find("compound devmap"), *unpin = find("unpin batching");
	const struct cell_key put = cell("put", "gup", "dax", "mem"), thp = cell("put", "gup", "thp", ""),
			      bind = cell("bind", "bind", "dax", "dev"), get = cell("get", "gup", "dax", "dev");
	const struct kernel_figure put_insn = { &put, "insn", false }, thp_insn = { &thp, "insn", false },
				   bind_insn = { &bind, "insn", false }, bind_model = { &bind, "model", false },
				   get_insn = { &get, "insn", false }, get_model = { &get, "model", false };

	(void)state;
	assert_true(kernel_change_moves(compound, &put_insn, false));
	assert_false(kernel_change_moves(compound, &put_insn, true));
	assert_true(kernel_change_moves(unpin, &thp_insn, false));
	assert_false(kernel_change_moves(compound, &thp_insn, false));
	assert_true(kernel_change_moves(compound, &bind_insn, true));
	assert_false(kernel_change_moves(compound, &bind_model, true));
	/* On clock model alone, and not where it falls most. */
	assert_false(kernel_change_moves(compound, &get_insn, false));
	assert_true(kernel_change_moves(compound, &get_model, false));
	assert_false(kernel_change_expected(compound, &get_model));
	assert_true(kernel_change_expected(compound, &put_insn));
}

static void test_dram_is_its_own(void **state)
{
	const struct cell_key rebind = cell("rebind", "bind", "dax", "mem");
	const struct kernel_figure dram = { &rebind, "insn", true }, cost = { &rebind, "insn", false };

	(void)state;
	assert_true(kernel_change_expected(find("memmap sharing"), &dram));
	assert_false(kernel_change_moves(find("tails in line"), &dram, false));
	assert_true(kernel_change_moves(find("tails in line"), &cost, false));
}

/* What is in the table can be told apart, and is complete. */
static void test_table(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; i < kernel_changes_n; i++) {
		assert_true(*kernel_changes[i].name && *kernel_changes[i].text);
		assert_true(cell_key_compare_versions(kernel_changes[i].not_in, kernel_changes[i].in) < 0);
		for (j = 0; j < i; j++)
			assert_string_not_equal(kernel_changes[i].name, kernel_changes[j].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_between),
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_dram_is_its_own),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
