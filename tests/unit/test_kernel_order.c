// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <stdlib.h>

#include "cell_key.h"
#include "kernel_line.h"
#include "kernel_order.h"

/* Each before all that follow, whichever is asked first. */
static void check_order(const char *const *texts)
{
	size_t i, k;

	for (i = 0; texts[i]; i++)
		for (k = 0; texts[k]; k++) {
			int c = kernel_order(texts[i], texts[k]);

			if ((c > 0) - (c < 0) != (i > k) - (i < k))
				fail_msg("%s and %s: %d", texts[i], texts[k], c);
		}
}

static void candidates_come_before_the_release(void **state)
{
	(void)state;
	check_order((const char *const[]){ "6.18", "6.18.5", "6.19-rc1", "6.19-rc2", "6.19-rc7", "6.19-rc10", "6.19", "6.19-trim",
					   "6.19.1", "6.20-rc1", "6.20", NULL });
	check_order((const char *const[]){ "6.19.0-rc1", "6.19.0-rc7", "6.19.0-rc7+", "6.19.0-rc7-00012-gabcdef", "6.19.0",
					   "6.19.0-1-amd64", "6.19.1", NULL });
	/* Some leave the third number out, and some have a distribution's name behind. */
	check_order((const char *const[]){ "6.19-rc7-amd64", "6.19.0-rc8", "6.19", "6.19.0", "6.19.2", NULL });
	check_order((const char *const[]){ "7.2~rc3+deb13-amd64", "7.2.0+deb13-amd64", "7.2.9+deb13-amd64", "7.2.12+deb13-amd64",
					   "7.3.4+deb13-amd64", NULL });
	check_order((const char *const[]){ "mine-rc1", "mine", "mine2-rc1", "mine2", NULL });
}

static void others_are_where_they_were(void **state)
{
	(void)state;
	check_order((const char *const[]){ "5.10", "5.10+beyond", "5.10-trim", "5.10.0-46-amd64", "5.17", "6.1", "6.12", "7.2", "7.x",
					   "8.1", "mine", NULL });
	check_order((const char *const[]){ "", "5", "5.4", "5.18446744073709551615", NULL });
}

static void a_plus_of_a_release_is_no_stage(void **state)
{
	static const struct {
		const char *kernel, *line;
	} known[] = {
		{ "5.10", "" }, { "5.10-trim", "5.10-trim" }, { "5.10+beyond", "5.10-trim" }, { "5.10+beyond-kasan", "5.10-kasan" },
		{ "mine+gup", "mine-trim" }, { "7.2.12+deb13-amd64", "" }, { "6.19.0-rc7+", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		char *line = kernel_line(known[i].kernel);

		assert_string_equal(line, known[i].line);
		free(line);
	}
	assert_string_equal(kernel_stage_plus("5.10+gup"), "+gup");
	assert_int_equal(cell_key_stage("7.2.12+deb13-amd64"), 0);
	assert_true(cell_key_stage("5.10+deb13") > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(candidates_come_before_the_release),
		cmocka_unit_test(others_are_where_they_were),
		cmocka_unit_test(a_plus_of_a_release_is_no_stage),
	};

	return cmocka_run_group_tests_name("kernel_order", tests, NULL, NULL);
}
