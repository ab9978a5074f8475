// SPDX-License-Identifier: GPL-2.0-or-later
/* Engine verbs, without an RDMA device: the search for the largest MR, and whose turn it is. */
#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "engine.h"
#include "verbs_limit.h"
#include "verbs_turns.h"

struct limit {
	uint64_t limit;
	unsigned int tried;
};

static int is_within(uint64_t number, void *user)
{
	struct limit *limit = user;

	limit->tried++;
	return number <= limit->limit;
}

static void test_largest(void **state)
{
	static const uint64_t limits[] = { 0, 1, 2, 255, 256, 262143, 262144, 524287, 524288, 1 << 20 };

	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct limit limit = { limits[i], 0 };
		uint64_t wanted = limits[i] < 524288 ? limits[i] : 524288;

		assert_int_equal(verbs_largest(524288, is_within, &limit), wanted);
		assert_true(limit.tried <= 20);
	}
}

/* Both begin before one of them registers, as behind the barrier of a team. */
static pthread_barrier_t begun;
static atomic_int registering, proving, proven, bad;

static void *pass(void *slow)
{
	verbs_turns_begin(1);
	atomic_fetch_add(&registering, 1);
	pthread_barrier_wait(&begun);
	usleep(slow ? 50000 : 0);
	atomic_fetch_sub(&registering, 1);
	verbs_turns_registered();
	verbs_turns_prove();
	if (atomic_load(&registering) || atomic_fetch_add(&proving, 1))
		atomic_store(&bad, 1);
	usleep(10000);
	atomic_fetch_sub(&proving, 1);
	atomic_fetch_add(&proven, 1);
	verbs_turns_proven();
	verbs_turns_end(1);
	if (atomic_load(&proven) != 2)
		atomic_store(&bad, 1);
	return NULL;
}

/* Nobody proves while somebody registers or proves, or deregisters while somebody has to prove. */
static void test_turns(void **state)
{
	pthread_t other;

	(void)state;
	pthread_barrier_init(&begun, NULL, 2);
	assert_int_equal(pthread_create(&other, NULL, pass, (void *)state), 0);
	pass(NULL);
	pthread_join(other, NULL);
	pthread_barrier_destroy(&begun);
	assert_int_equal(atomic_load(&bad), 0);
	assert_int_equal(atomic_load(&proven), 2);
}

/* A pass that fails to register does not keep others waiting, nor does one without proof. */
static void test_turns_of_failures(void **state)
{
	(void)state;
	verbs_turns_begin(1);
	verbs_turns_registered();
	verbs_turns_end(1);
	verbs_turns_begin(0);
	verbs_turns_registered();
	verbs_turns_end(0);
	verbs_turns_begin(1);
	verbs_turns_registered();
	verbs_turns_prove();
	verbs_turns_proven();
	verbs_turns_end(1);
}

static void test_engine(void **state)
{
	const struct engine_ops *verbs = engine_find("verbs");

	(void)state;
	assert_non_null(verbs);
	assert_int_equal(verbs->registers, 1);
	assert_string_equal(verbs->ops[0], "register");
	assert_string_equal(verbs->ops[1], "deregister");
	assert_string_equal(verbs->gets[0], "reg");
	assert_int_equal(variant_find(verbs->gets, "rereg"), 3);
	assert_int_equal(variant_find(verbs->puts, "dereg"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_turns_of_failures),
		cmocka_unit_test(test_engine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
