// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What it takes of page tables to map all of a device-dax device. usage: dax-tables DEVICE
 * Prints bytes. Each page of the device's align is read, so it is for small devices.
 */
#define _GNU_SOURCE
#include "dax-common.h"

static long long tables(void)
{
	long long kib = proc_value("/proc/self/status", "VmPTE");

	if (kib < 0)
		fail("no VmPTE in /proc/self/status");
	return kib * 1024;
}

int main(int argc, char **argv)
{
	struct dax dax;
	long long before;
	char *p;

	program = "dax-tables";
	if (argc != 2) {
		fputs("usage: dax-tables DEVICE\n", stderr);
		return 2;
	}
	dax = dax_open(argv[1]);
	before = tables();
	p = dax_map(&dax);
	for (size_t at = 0; at < dax.size; at += dax.align)
		*(volatile char *)(p + at);
	printf("%lld\n", tables() - before);
	return 0;
}
