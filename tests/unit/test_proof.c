// SPDX-License-Identifier: GPL-2.0-or-later
/* Proof by data, with a device that is a memcpy(). */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proof.h"

#define PAGES 8

/* shift: the device takes each page for the one so many behind it. */
struct device {
	unsigned char *memory;
	unsigned char scratch[2048];
	size_t page, shift;
	unsigned int reads, writes;
	int error;
};

static unsigned char *seen(const struct device *d, const void *page)
{
	size_t at = (size_t)((const unsigned char *)page - d->memory);

	return d->memory + (at + d->shift * d->page) % (PAGES * d->page);
}

static int device_read(void *user, const void *page)
{
	struct device *d = user;

	d->reads++;
	memcpy(d->scratch, seen(d, page), sizeof(d->scratch));
	return d->error;
}

static int device_write(void *user, void *page)
{
	struct device *d = user;

	d->writes++;
	memcpy(seen(d, page), d->scratch, sizeof(d->scratch));
	return d->error;
}

static int prove_with(struct device *d, size_t pages, int write)
{
	struct proof proof = {
		.path = { d->scratch, sizeof(d->scratch), device_read, device_write, "reading", "writing", d },
		.address = d->memory,
		.length = pages * d->page,
		.random = 2,
		.write = write,
	};

	return prove(&proof);
}

static int setup(void **state)
{
	struct device *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	d->page = (size_t)sysconf(_SC_PAGESIZE);
	d->memory = aligned_alloc(d->page, PAGES * d->page);
	assert_non_null(d->memory);
	for (size_t i = 0; i < PAGES * d->page; i++)
		d->memory[i] = (unsigned char)(i * 31 + i / d->page);
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	struct device *d = *state;

	free(d->memory);
	free(d);
	return 0;
}

static void test_good(void **state)
{
	struct device *d = *state;
	unsigned char *before = malloc(PAGES * d->page);

	assert_non_null(before);
	memcpy(before, d->memory, PAGES * d->page);
	assert_int_equal(prove_with(d, PAGES, 0), 0);
	assert_int_equal(d->reads, 4);
	assert_int_equal(d->writes, 0);
	assert_int_equal(prove_with(d, PAGES, 1), 0);
	assert_int_equal(d->reads, 8);
	assert_int_equal(d->writes, 4);
	assert_memory_equal(before, d->memory, PAGES * d->page);
	/* The first is the last, and nothing is between two. */
	assert_int_equal(prove_with(d, 1, 0), 0);
	assert_int_equal(d->reads, 9);
	assert_int_equal(prove_with(d, 2, 0), 0);
	assert_int_equal(d->reads, 11);
	free(before);
}

static void test_wrong_page(void **state)
{
	struct device *d = *state;

	d->shift = 1;
	assert_int_equal(prove_with(d, PAGES, 0), -EBADMSG);
	assert_int_equal(prove_with(d, PAGES, 1), -EBADMSG);
	d->shift = 0;
	d->error = -EIO;
	assert_int_equal(prove_with(d, PAGES, 0), -EIO);
	assert_int_equal(prove_with(d, PAGES, 1), -EIO);
}

/* Pages of equal data are told apart by what is written. */
static void test_equal_pages(void **state)
{
	struct device *d = *state;

	memset(d->memory, 0, PAGES * d->page);
	d->shift = 3;
	assert_int_equal(prove_with(d, PAGES, 0), 0);
	assert_int_equal(prove_with(d, PAGES, 1), -EBADMSG);
}

static void test_choose(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(proof_choose(3, 3, i, 1), i);
	for (uint64_t seed = 0; seed < 100; seed++) {
		assert_int_equal(proof_choose(1000, 4, 0, seed), 0);
		assert_int_equal(proof_choose(1000, 4, 1, seed), 999);
		assert_in_range(proof_choose(1000, 4, 2, seed), 1, 998);
		assert_in_range(proof_choose(1000, 4, 3, seed), 1, 998);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_good, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong_page, setup, teardown),
		cmocka_unit_test_setup_teardown(test_equal_pages, setup, teardown),
		cmocka_unit_test(test_choose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
