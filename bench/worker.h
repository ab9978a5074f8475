/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The threads of a cell: bound to CPUs, started together, each on its part. */
#ifndef DAXPIN_WORKER_H
#define DAXPIN_WORKER_H

#include <pthread.h>
#include <semaphore.h>

#include "engine.h"
#include "job.h"

/**
 * struct worker - one thread
 * @pass: its part of the range and, after a pass, the results
 * @tag: the name of what the plugin of QEMU has counted in the pass
 * @rc: of engine_ops.measure
 */
struct worker {
	struct worker_team *team;
	struct engine *engine;
	struct pass pass;
	uint64_t tag;
	int cpu;
	int rc;
};

struct worker_team {
	const struct cell *cell;
	struct worker *workers;
	pthread_t *threads;
	size_t started;
	sem_t created; /* posted for each thread when incomplete is known */
	int incomplete; /* a thread could not be made: the others leave at once */
	pthread_barrier_t start, end;
	int stop;
};

/* Opens the engine for each thread and allocates what a pass needs. Returns 0,
 * -EOPNOTSUPP with *reason, or another -errno after printing. */
int team_create(struct worker_team *team, const struct cell *cell, const struct mapping *mapping,
		char reason[ENGINE_REASON_MAX]);

/* One pass on all threads at once. The results are in workers[].pass. */
void team_pass(struct worker_team *team);

void team_destroy(struct worker_team *team);

#endif
