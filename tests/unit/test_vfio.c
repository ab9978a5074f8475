// SPDX-License-Identifier: GPL-2.0-or-later
/* Engine vfio, without a device: what it says where there is none. */
#include "unit.h"

#include <errno.h>
#include <unistd.h>

#include "engine.h"
#include "page_reserved.h"

static unsigned char *memory;

static int supports(struct pass *pass, char reason[ENGINE_REASON_MAX])
{
	struct engine *engine = NULL;
	int rc;

	pass->address = memory;
	pass->length = 1 << 20;
	pass->batch = pass->batch ? pass->batch : 16;
	assert_int_equal(engine_vfio.open(&engine, reason), 0);
	rc = engine_vfio.supports(engine, pass, reason);
	engine_vfio.close(engine);
	return rc;
}

static void test_table(void **state)
{
	(void)state;
	assert_ptr_equal(engine_find("vfio"), &engine_vfio);
	assert_int_equal(engine_vfio.registers, 1);
	assert_string_equal(engine_vfio.ops[0], "register");
	assert_string_equal(engine_vfio.ops[1], "deregister");
	assert_int_equal(variant_find(engine_vfio.gets, "map"), 0);
	assert_int_equal(variant_find(engine_vfio.puts, "unmap"), 0);
}

static void test_refusals(void **state)
{
	struct pass pass = { .put_batch = 1 }, other = { .provider = "ffff:ff:1f.7" };
	char reason[ENGINE_REASON_MAX] = "";

	(void)state;
	assert_int_equal(supports(&pass, reason), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "put_batch = 0"));
	/* Also where there are devices, not this one. */
	assert_int_equal(supports(&other, reason), -EOPNOTSUPP);
	assert_true(strstr(reason, "no VFIO here") || strstr(reason, "no device ffff:ff:1f.7 is bound to vfio-pci"));
}

static void test_recordable(void **state)
{
	struct engine_call call;
	struct pass pass = { .put_calls = &call, .put_calls_max = 1 };
	char reason[ENGINE_REASON_MAX] = "";

	(void)state;
	assert_int_equal(engine_recordable(INT32_MAX, reason), 0);
	engine_record(&pass, DAXPIN_OP_PUT, 1, INT32_MAX, 0);
	assert_int_equal(call.got, INT32_MAX);
	/* Where there is no room, it counts all the same. */
	engine_record(&pass, DAXPIN_OP_PUT, 2, 1, -EIO);
	engine_record(&pass, DAXPIN_OP_GET, 4, 1, -EIO);
	assert_int_equal(call.got, INT32_MAX);
	assert_int_equal(pass.put_ns, 3);
	assert_int_equal(pass.put_calls_made, 2);
	assert_int_equal(pass.get_ns, 4);
	assert_int_equal(pass.get_calls_made, 1);
	/* 8 TiB in one call would look like an error. */
	assert_int_equal(engine_recordable(1ULL << 31, reason), -EOPNOTSUPP);
	assert_string_equal(reason, "more than 2147483647 pages in one call cannot be recorded");
}

static void test_page_reserved(void **state)
{
	(void)state;
	memory[0] = 1;
	assert_int_equal(page_reserved(memory), 0);
	assert_int_equal(page_reserved(NULL), 0);
	assert_true(pages_unpinned() >= 0 || pages_unpinned() == -ENODATA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_recordable),
		cmocka_unit_test(test_page_reserved),
	};

	memory = aligned_alloc(4096, 1 << 20);
	if (!memory)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
