/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which CPU a thread that measures runs on. */
#ifndef DAXPIN_CPUS_H
#define DAXPIN_CPUS_H

/* The CPU of thread `number`: CPUs of the node (-1: any) first, then all others, in
 * turn. Returns -1 when the machine does not tell. */
int cpu_choose(int node, unsigned int number);

/* Binds the calling thread; -1: leaves it as it is. */
void cpu_bind(int cpu);

#endif
