// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <errno.h>

#include "bring_up_split.h"

/* Lines as kernels write them: 5.10 has four flags, newer ones five; other tasks may have our name or none. */
#define HEAD \
	"# tracer: nop\n#\n# entries-in-buffer/entries-written: 6/6   #P:1\n#\n" \
	"#           TASK-PID     CPU#  ||||   TIMESTAMP  FUNCTION\n"
#define LINE(time, name, what) "          daxpin-145     [000] d... " time ": " name ": (" what ")\n"
#define BEGIN(time, function) LINE(time, function "_begin", function "+0x0/0x70")
#define END(time, function) LINE(time, function "_end", "caller+0x1a/0x30 <- " function)

static const char bind_text[] =
	HEAD BEGIN("   10.000100", "__add_pages") END("   10.000350", "__add_pages")
	"     a] b: (c) 7-145     [000] d..1.    10.000400: move_pfn_range_to_zone_begin: (move_pfn_range_to_zone+0x0/0x80)\n"
	END("   10.000403", "move_pfn_range_to_zone") BEGIN("   10.999990", "memmap_init_zone_device")
	END("   11.000090", "memmap_init_zone_device") BEGIN("   11.000100", "wait_for_completion")
	END("   11.000200", "wait_for_completion");

/* Two ranges; waits and the memmap lie inside of what lets struct pages go. */
static const char unbind_text[] =
	HEAD BEGIN("  1.000000", "memunmap_pages") BEGIN("  1.000100", "wait_for_completion")
	END("  1.000700", "wait_for_completion") BEGIN("  1.000800", "arch_remove_memory")
	BEGIN("  1.000810", "__remove_pages") END("  1.000860", "__remove_pages")
	END("  1.000900", "arch_remove_memory") BEGIN("  1.001000", "arch_remove_memory")
	BEGIN("  1.001001", "__remove_pages") END("  1.001003", "__remove_pages")
	END("  1.001010", "arch_remove_memory") END("  1.001020", "memunmap_pages");

static int parse(const char *text, int bind, uint64_t total, struct bring_up_split *split, char reason[REASON_MAX])
{
	FILE *file = fmemopen((void *)text, strlen(text), "r");
	int rc;

	assert_non_null(file);
	*reason = '\0';
	rc = bring_up_split_parse(file, bind, total, split, reason);
	fclose(file);
	return rc;
}

static void bind_is_split(void **state)
{
	struct bring_up_split split;
	char reason[REASON_MAX];

	(void)state;
	assert_int_equal(parse(bind_text, 1, 2000000, &split, reason), 0);
	assert_int_equal(split.populate_ns, 250000);
	assert_int_equal(split.initialise_ns, 100000 + 3000);
	assert_int_equal(split.rest_ns, 2000000 - 353000);
}

static void unbind_counts_the_innermost(void **state)
{
	struct bring_up_split split;
	char reason[REASON_MAX];

	(void)state;
	assert_int_equal(parse(unbind_text, 0, 5000000, &split, reason), 0);
	assert_int_equal(split.populate_ns, 50000 + 2000);
	/* all of memunmap_pages() but the wait and both arch_remove_memory() */
	assert_int_equal(split.initialise_ns, 1020000 - 600000 - 100000 - 10000);
	assert_int_equal(split.rest_ns, 5000000 - 52000 - 310000);
}

static void what_is_no_split_says_why(void **state)
{
	static const struct {
		const char *text;
		int bind;
		const char *says;
	} bad[] = {
		{ HEAD, 1, "does not call __add_pages() to bind" },
		{ HEAD, 0, "does not call memunmap_pages() to unbind" },
		{ bind_text, 0, "does not call memunmap_pages() to unbind" },
		{ unbind_text, 1, "does not call __add_pages() to bind" },
		{ "CPU:0 [LOST 12 EVENTS]\n", 1, "has lost events" },
		{ END("1.000000", "__add_pages"), 1, "makes no sense at __add_pages" },
		{ BEGIN("1.000000", "__add_pages") END("1.000100", "wait_for_completion"), 1,
		  "makes no sense at wait_for_completion" },
		{ BEGIN("yesterday", "__add_pages"), 1, "makes no sense at __add_pages" },
		{ BEGIN("1.000000", "memunmap_pages") BEGIN("1.000001", "arch_remove_memory")
		  BEGIN("1.000002", "__remove_pages"), 0, "lacks the end of __remove_pages()" },
		{ BEGIN("1.000000", "__add_pages") END("1.999999", "__add_pages")
		  BEGIN("2.000000", "memmap_init_zone_device") END("2.000001", "memmap_init_zone_device"), 1,
		  "more time than the bind took" },
	};
	struct bring_up_split split;
	char reason[REASON_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse(bad[i].text, bad[i].bind, 5000000 * (i < 9), &split, reason), -EOPNOTSUPP);
		assert_non_null(strstr(reason, bad[i].says));
		assert_int_equal(split.populate_ns, -1);
		assert_int_equal(split.rest_ns, -1);
	}
}

/* Deeper than any kernel calls itself: not beyond the end of the walk's stack. */
static void depth_has_an_end(void **state)
{
	struct bring_up_split split;
	char reason[REASON_MAX], text[4096] = "";

	(void)state;
	for (int i = 0; i < 20; i++)
		strcat(text, BEGIN("1.000000", "synchronize_rcu"));
	assert_int_equal(parse(text, 1, 5000000, &split, reason), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "makes no sense at synchronize_rcu"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bind_is_split),
		cmocka_unit_test(unbind_counts_the_innermost),
		cmocka_unit_test(what_is_no_split_says_why),
		cmocka_unit_test(depth_has_an_end),
	};

	return cmocka_run_group_tests_name("bring_up_split", tests, NULL, NULL);
}
