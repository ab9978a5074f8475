// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#include "bring_up.h"
#include "cpus.h"
#include "meminfo.h"

/* A sysfs with the dax bus and its drivers; dax0.0 has one, dax1.0 none, dax2.0 that of system-ram. */
static char sysfs[] = "/tmp/daxpin-unit-XXXXXX";

static void run_in_sysfs(const char *command)
{
	char text[512];

	snprintf(text, sizeof(text), "cd '%s' && %s", sysfs, command);
	assert_int_equal(system(text), 0);
}

static int make_sysfs(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(sysfs));
	run_in_sysfs("mkdir -p bus/dax/drivers/device_dax bus/dax/drivers/kmem bus/dax/devices/dax0.0 "
		     "bus/dax/devices/dax1.0 bus/dax/devices/dax2.0");
	run_in_sysfs("touch bus/dax/drivers/device_dax/bind bus/dax/drivers/device_dax/unbind");
	run_in_sysfs("ln -s ../../drivers/device_dax bus/dax/devices/dax0.0/driver");
	run_in_sysfs("ln -s ../../drivers/kmem bus/dax/devices/dax2.0/driver");
	return 0;
}

static int remove_sysfs(void **state)
{
	(void)state;
	run_in_sysfs("rm -r bus");
	return rmdir(sysfs);
}

static void driver_is_found_bound_or_not(void **state)
{
	char reason[REASON_MAX] = "";
	struct bring_up b;

	(void)state;
	assert_int_equal(bring_up_open(sysfs, "dax0.0", &b, reason), 0);
	assert_true(b.bound);
	assert_non_null(strstr(b.driver, "/bus/dax/drivers/device_dax"));
	assert_int_equal(bring_up_open(sysfs, "dax1.0", &b, reason), 0);
	assert_false(b.bound);
	assert_non_null(strstr(b.driver, "/bus/dax/drivers/device_dax"));
	assert_int_equal(bring_up_open(sysfs, "dax2.0", &b, reason), -EOPNOTSUPP);
	assert_string_equal(reason, "dax2.0 is in system-ram mode; 'daxctl reconfigure-device --mode=devdax --force dax2.0' gives it back");
	run_in_sysfs("mkdir bus/dax/drivers/other && ln -sfn ../../drivers/other bus/dax/devices/dax2.0/driver");
	assert_int_equal(bring_up_open(sysfs, "dax2.0", &b, reason), -EOPNOTSUPP);
	assert_string_equal(reason, "dax2.0 belongs to the driver other, not to device_dax");
	assert_int_equal(bring_up_open(sysfs, "dax3.0", &b, reason), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "dax3.0 is not on the dax bus"));
}

static void consent_is_wanted_outside_of_the_vm(void **state)
{
	(void)state;
	assert_int_equal(bring_up_consent(1), 0);
	assert_int_equal(bring_up_consent(0), -EPERM);
}

/* This process has /dev/null open, and no process has a device of that name. */
static void users_are_found(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(bring_up_check_unused("null"), -EBUSY);
	close(fd);
	assert_int_equal(bring_up_check_unused("daxpin-none"), 0);
}

static void free_pages_include_the_lists_of_cpus(void **state)
{
	char *path = write_temporary("Node 0, zone      DMA\n"
				     "  per-node stats\n"
				     "      nr_inactive_anon 16\n"
				     "  pages free     3840\n"
				     "        min      20\n"
				     "      nr_free_pages 3840\n"
				     "  pagesets\n"
				     "    cpu: 0\n"
				     "              count: 7\n"
				     "              high:  0\n"
				     "    cpu: 1\n"
				     "              count: 50\n"
				     "              high:  378\n"
				     "Node 0, zone   Normal\n"
				     "  pages free     100000\n"
				     "    cpu: 0\n"
				     "              count: 300\n");
	uint64_t pages;

	(void)state;
	assert_int_equal(dram_free_pages(path, &pages), 0);
	assert_int_equal(pages, 3840 + 7 + 50 + 100000 + 300);
	drop_temporary(path);
	path = write_temporary("nothing\n");
	assert_int_equal(dram_free_pages(path, &pages), -ENODATA);
	drop_temporary(path);
}

static void one_cpu_is_chosen(void **state)
{
	cpu_set_t before, now;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	cpu_bind(-1);
	assert_int_equal(sched_getaffinity(0, sizeof(now), &now), 0);
	assert_true(CPU_EQUAL(&before, &now));
	cpu_bind(cpu_choose(-1, 0));
	assert_int_equal(sched_getaffinity(0, sizeof(now), &now), 0);
	assert_int_equal(CPU_COUNT(&now), 1);
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
}

static void memmap_is_known_on_new_kernels_only(void **state)
{
	char *path = write_temporary("nr_free_pages 5\nnr_memmap_pages 4096\nnr_memmap_boot_pages 100\n");

	(void)state;
	assert_int_equal(dram_memmap_pages(path), 4196);
	drop_temporary(path);
	path = write_temporary("nr_free_pages 5\nnr_memmap_pages_not 1\n");
	assert_int_equal(dram_memmap_pages(path), -1);
	drop_temporary(path);
}

static void values_of_proc_files(void **state)
{
	char *path = write_temporary("MemTotalX:   1 kB\nMemTotal:   7 kB\nmodel name\t: A b  c\n");
	char value[16];
	uint64_t bytes;

	(void)state;
	assert_int_equal(proc_value(path, "MemTotal", value, sizeof(value)), 0);
	assert_string_equal(value, "7 kB");
	assert_int_equal(proc_value(path, "model name", value, sizeof(value)), 0);
	assert_string_equal(value, "A b  c");
	assert_int_equal(proc_value(path, "Mem", value, sizeof(value)), -ENOENT);
	drop_temporary(path);
	assert_int_equal(meminfo_bytes("MemTotal", &bytes), 0);
	assert_true(bytes > 1 << 20);
	assert_int_equal(meminfo_bytes("None", &bytes), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(driver_is_found_bound_or_not),
		cmocka_unit_test(consent_is_wanted_outside_of_the_vm),
		cmocka_unit_test(users_are_found),
		cmocka_unit_test(free_pages_include_the_lists_of_cpus),
		cmocka_unit_test(one_cpu_is_chosen),
		cmocka_unit_test(memmap_is_known_on_new_kernels_only),
		cmocka_unit_test(values_of_proc_files),
	};

	return cmocka_run_group_tests_name("bring_up", tests, make_sysfs, remove_sysfs);
}
