/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A barrier in memory that processes share. pthread's would wait for ever for one
 * that was killed; this one can be broken.
 */
#ifndef DAXPIN_GATE_H
#define DAXPIN_GATE_H

#include <stdatomic.h>
#include <stdint.h>

struct gate {
	uint32_t members;
	_Atomic uint32_t arrived;
	_Atomic uint32_t opened; /* how often; what waiters sleep on */
	_Atomic uint32_t broken;
};

/* Waits until all members are here, or the gate is broken. */
void gate_wait(struct gate *gate);

/* Nobody is waited for any more, now and later. */
void gate_break(struct gate *gate);

#endif
