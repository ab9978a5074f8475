// SPDX-License-Identifier: GPL-2.0-or-later
#include "gate.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

static void open_gate(struct gate *gate)
{
	atomic_fetch_add(&gate->opened, 1);
	syscall(SYS_futex, &gate->opened, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void gate_wait(struct gate *gate)
{
	uint32_t opened = atomic_load(&gate->opened);

	if (atomic_load(&gate->broken))
		return;
	if (atomic_fetch_add(&gate->arrived, 1) + 1 == gate->members) {
		atomic_store(&gate->arrived, 0);
		open_gate(gate);
		return;
	}
	/* Whoever is broken in on has opened it too. */
	while (atomic_load(&gate->opened) == opened)
		syscall(SYS_futex, &gate->opened, FUTEX_WAIT, opened, NULL, NULL, 0);
}

void gate_break(struct gate *gate)
{
	atomic_store(&gate->broken, 1);
	open_gate(gate);
}
