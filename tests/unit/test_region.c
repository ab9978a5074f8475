// SPDX-License-Identifier: GPL-2.0-or-later
/* What the plugin counts to a region, told as a story of marks, interrupts and tasks. */
#include "unit.h"

#include "tcg/region.h"

#define OUR_STACK 0x1000
#define OTHER_STACK 0x2000

static struct region r;
static struct region_counters now;
static uint64_t host;

static int setup(void **state)
{
	(void)state;
	memset(&r, 0, sizeof(r));
	memset(&now, 0, sizeof(now));
	host = 0;
	/* What happened before the first region. */
	now.instructions = 12345;
	return 0;
}

/* n instructions, of them as many atomics, loads and stores as can be told apart. */
static void run(uint64_t n)
{
	now.instructions += n;
	now.atomics += 2 * n;
	now.loads += 3 * n;
	now.stores += 5 * n;
	host += 7 * n;
}

static void begin(uint64_t op)
{
	region_begin(&r, op, &now, host);
}

static void end(void)
{
	region_end(&r, &now, host);
}

static void split(void)
{
	region_split(&r, &now, host);
}

static const struct region_frame first = { .ip = 0x10, .sp = OUR_STACK, .page_table = 1 };
static const struct region_frame second = { .ip = 0x20, .sp = OUR_STACK - 0x100, .page_table = 1 };

static void interrupt(const struct region_frame *frame)
{
	region_interrupt(&r, frame, &now);
}

static void iret(const struct region_frame *frame)
{
	region_iret(&r, frame, &now);
}

static void switch_stacks(uint64_t from, uint64_t to)
{
	region_switch(&r, from, to, &now);
}

static void check(enum daxpin_op op, uint64_t regions, uint64_t n, uint64_t apart)
{
	const struct region_total *total = &r.total[op];

	assert_int_equal(total->regions, regions);
	assert_int_equal(total->counts.instructions, n);
	assert_int_equal(total->counts.atomics, 2 * n);
	assert_int_equal(total->counts.loads, 3 * n);
	assert_int_equal(total->counts.stores, 5 * n);
	assert_int_equal(total->counts.apart_instructions, apart);
}

static void check_doubtful(enum daxpin_op op, uint64_t doubtful)
{
	assert_int_equal(r.total[op].doubtful, doubtful);
}

static void counts_between_marks(void **state)
{
	(void)state;
	run(3);
	begin(DAXPIN_OP_GET);
	assert_true(r.open && r.active && r.counting);
	run(10);
	end();
	assert_false(r.open || r.active || r.counting);
	run(100);
	begin(DAXPIN_OP_PUT);
	run(1000);
	end();
	begin(DAXPIN_OP_GET);
	run(10000);
	end();
	check(DAXPIN_OP_GET, 2, 10010, 0);
	check(DAXPIN_OP_PUT, 1, 1000, 0);
	check(DAXPIN_OP_BIND, 0, 0, 0);
	assert_int_equal(r.total[DAXPIN_OP_GET].host_ns, 7 * 10010);
	check_doubtful(DAXPIN_OP_GET, 0);
}

static void interrupt_is_counted_apart(void **state)
{
	(void)state;
	begin(DAXPIN_OP_GET);
	run(10);
	interrupt(&first);
	assert_false(r.counting);
	run(100);
	iret(&first);
	assert_true(r.counting);
	run(1000);
	interrupt(&second);
	run(100);
	iret(&second);
	end();
	check(DAXPIN_OP_GET, 1, 1010, 200);
	check_doubtful(DAXPIN_OP_GET, 0);
}

static void interrupts_nest(void **state)
{
	(void)state;
	begin(DAXPIN_OP_GET);
	run(10);
	interrupt(&first);
	run(100);
	interrupt(&second);
	run(100);
	iret(&second);
	assert_false(r.counting);
	run(100);
	iret(&first);
	run(10);
	end();
	check(DAXPIN_OP_GET, 1, 20, 300);
	check_doubtful(DAXPIN_OP_GET, 0);
}

/* All of a frame tells one interrupt from another. */
static void iret_of_another_frame(void **state)
{
	struct region_frame other[] = { first, first, first };

	(void)state;
	other[0].ip++;
	other[1].sp++;
	other[2].page_table++;
	begin(DAXPIN_OP_GET);
	interrupt(&first);
	for (int i = 0; i < 3; i++) {
		iret(&other[i]);
		assert_false(r.counting);
	}
	iret(&first);
	assert_true(r.counting);
	/* That of an exception, while nothing is interrupted. */
	iret(&second);
	iret(&first);
	assert_true(r.counting);
	end();
	check_doubtful(DAXPIN_OP_GET, 0);
}

static void other_tasks_are_counted_apart(void **state)
{
	(void)state;
	begin(DAXPIN_OP_BIND);
	run(10);
	switch_stacks(OUR_STACK, OTHER_STACK);
	run(100);
	switch_stacks(OTHER_STACK, OTHER_STACK + 0x500);
	assert_false(r.counting);
	run(100);
	switch_stacks(OTHER_STACK + 0x500, OUR_STACK);
	run(10);
	/* Away from a deeper place of the same stack. */
	switch_stacks(OUR_STACK - 0x80, OTHER_STACK);
	run(100);
	switch_stacks(OTHER_STACK, OUR_STACK - 0x80);
	run(10);
	end();
	check(DAXPIN_OP_BIND, 1, 30, 300);
	check_doubtful(DAXPIN_OP_BIND, 0);
}

/* An interrupt of another task must not bring the region back, whatever its frame. */
static void interrupt_while_switched_away(void **state)
{
	(void)state;
	begin(DAXPIN_OP_GET);
	interrupt(&first);
	iret(&first);
	run(10);
	switch_stacks(OUR_STACK, OTHER_STACK);
	interrupt(&first);
	run(100);
	iret(&first);
	assert_false(r.counting);
	run(100);
	switch_stacks(OTHER_STACK, OUR_STACK);
	run(10);
	end();
	check(DAXPIN_OP_GET, 1, 20, 200);
	check_doubtful(DAXPIN_OP_GET, 0);
}

/* The scheduler is called at the end of the interrupt: only its IRET ends it. */
static void switched_away_in_an_interrupt(void **state)
{
	(void)state;
	begin(DAXPIN_OP_GET);
	run(10);
	interrupt(&first);
	run(100);
	switch_stacks(OUR_STACK, OTHER_STACK);
	run(100);
	interrupt(&second);
	iret(&second);
	switch_stacks(OTHER_STACK, OUR_STACK);
	assert_false(r.counting);
	run(100);
	iret(&first);
	run(10);
	end();
	check(DAXPIN_OP_GET, 1, 20, 300);
	check_doubtful(DAXPIN_OP_GET, 0);
}

static void split_regions(void **state)
{
	(void)state;
	begin(DAXPIN_OP_SPLIT);
	assert_true(r.open);
	assert_false(r.active);
	run(1);
	split();
	run(10);
	split();
	run(100);
	split();
	run(1000);
	split();
	run(10000);
	/* The fifth call, and later ones, are nothing. */
	split();
	run(100000);
	split();
	assert_false(r.active);
	end();
	check(DAXPIN_OP_GET, 1, 10, 0);
	check(DAXPIN_OP_PUT, 1, 1000, 0);
	assert_int_equal(r.total[DAXPIN_OP_GET].host_ns, 70);
	check_doubtful(DAXPIN_OP_GET, 0);
	check_doubtful(DAXPIN_OP_PUT, 0);
	/* And the next one begins from the first call. */
	begin(DAXPIN_OP_SPLIT);
	split();
	run(10);
	split();
	end();
	check(DAXPIN_OP_GET, 2, 20, 0);
	check(DAXPIN_OP_PUT, 1, 1000, 0);
}

/* Interrupts look at the clock, too, before a part and in it. */
static void split_function_in_an_interrupt(void **state)
{
	(void)state;
	begin(DAXPIN_OP_SPLIT);
	interrupt(&first);
	split();
	iret(&first);
	assert_false(r.active);
	split();
	run(10);
	interrupt(&second);
	split();
	run(100);
	iret(&second);
	assert_true(r.counting);
	run(10);
	switch_stacks(OUR_STACK, OTHER_STACK);
	split();
	run(100);
	switch_stacks(OTHER_STACK, OUR_STACK);
	split();
	end();
	check(DAXPIN_OP_GET, 1, 20, 200);
	check(DAXPIN_OP_PUT, 0, 0, 0);
	/* The calls around put were not seen. */
	check_doubtful(DAXPIN_OP_GET, 1);
	check_doubtful(DAXPIN_OP_PUT, 1);
}

static void split_function_elsewhere(void **state)
{
	(void)state;
	split();
	split();
	begin(DAXPIN_OP_PUT);
	run(10);
	split();
	run(10);
	split();
	run(10);
	end();
	split();
	check(DAXPIN_OP_GET, 0, 0, 0);
	check(DAXPIN_OP_PUT, 1, 30, 0);
}

static void split_region_that_ends_within_a_part(void **state)
{
	(void)state;
	begin(DAXPIN_OP_SPLIT);
	split();
	run(10);
	end();
	check(DAXPIN_OP_GET, 1, 10, 0);
	check_doubtful(DAXPIN_OP_GET, 1);
}

static void begin_without_end(void **state)
{
	(void)state;
	begin(DAXPIN_OP_GET);
	run(10);
	switch_stacks(OUR_STACK, OTHER_STACK);
	run(100);
	begin(DAXPIN_OP_PUT);
	assert_true(r.counting);
	run(10);
	end();
	check(DAXPIN_OP_GET, 1, 10, 100);
	check_doubtful(DAXPIN_OP_GET, 1);
	check(DAXPIN_OP_PUT, 1, 10, 0);
	check_doubtful(DAXPIN_OP_PUT, 0);
}

static void end_while_paused(void **state)
{
	(void)state;
	begin(DAXPIN_OP_GET);
	run(10);
	interrupt(&first);
	run(100);
	end();
	check(DAXPIN_OP_GET, 1, 10, 100);
	check_doubtful(DAXPIN_OP_GET, 1);
	/* The lost interrupt does not stop the next region. */
	begin(DAXPIN_OP_GET);
	run(10);
	end();
	check(DAXPIN_OP_GET, 2, 20, 100);
	check_doubtful(DAXPIN_OP_GET, 1);
}

static void nothing_is_open(void **state)
{
	(void)state;
	end();
	interrupt(&first);
	run(10);
	iret(&first);
	switch_stacks(OUR_STACK, OTHER_STACK);
	end();
	begin(DAXPIN_OP_GET);
	assert_true(r.counting);
	end();
	end();
	check(DAXPIN_OP_GET, 1, 0, 0);
	check_doubtful(DAXPIN_OP_GET, 0);
}

/* What a newer program may send. */
static void unknown_op(void **state)
{
	(void)state;
	begin(DAXPIN_OP_COUNT + 17);
	assert_false(r.counting);
	run(10);
	split();
	end();
	for (int op = 0; op < DAXPIN_OP_COUNT; op++)
		check((enum daxpin_op)op, 0, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(counts_between_marks, setup),
		cmocka_unit_test_setup(interrupt_is_counted_apart, setup),
		cmocka_unit_test_setup(interrupts_nest, setup),
		cmocka_unit_test_setup(iret_of_another_frame, setup),
		cmocka_unit_test_setup(other_tasks_are_counted_apart, setup),
		cmocka_unit_test_setup(interrupt_while_switched_away, setup),
		cmocka_unit_test_setup(switched_away_in_an_interrupt, setup),
		cmocka_unit_test_setup(split_regions, setup),
		cmocka_unit_test_setup(split_function_in_an_interrupt, setup),
		cmocka_unit_test_setup(split_function_elsewhere, setup),
		cmocka_unit_test_setup(split_region_that_ends_within_a_part, setup),
		cmocka_unit_test_setup(begin_without_end, setup),
		cmocka_unit_test_setup(end_while_paused, setup),
		cmocka_unit_test_setup(nothing_is_open, setup),
		cmocka_unit_test_setup(unknown_op, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
