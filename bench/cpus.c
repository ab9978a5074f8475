// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpus.h"

#include <numa.h>
#include <sched.h>

int cpu_choose(int node, unsigned int number)
{
	struct bitmask *near = NULL;
	int cpus[CPU_SETSIZE], count = 0;
	int configured = numa_num_configured_cpus();

	if (numa_available() < 0)
		return -1;
	near = numa_allocate_cpumask();
	if (node < 0 || numa_node_to_cpus(node, near))
		numa_bitmask_clearall(near);
	for (int pass = 1; pass >= 0; pass--)
		for (int cpu = 0; cpu < configured && count < CPU_SETSIZE; cpu++)
			if (numa_bitmask_isbitset(numa_all_cpus_ptr, (unsigned int)cpu) &&
			    numa_bitmask_isbitset(near, (unsigned int)cpu) == pass)
				cpus[count++] = cpu;
	numa_free_cpumask(near);
	return count ? cpus[number % (unsigned int)count] : -1;
}

void cpu_bind(int cpu)
{
	cpu_set_t set;

	if (cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}
