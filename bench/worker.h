/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The workers of a cell, threads of this process or of others: bound to CPUs, started together, each on its part. */
#ifndef DAXPIN_WORKER_H
#define DAXPIN_WORKER_H

#include <pthread.h>
#include <semaphore.h>

#include "engine.h"
#include "gate.h"
#include "job.h"

/**
 * struct worker - one thread
 * @pass: its part of the range and, after a pass, the results
 * @tag: the name of what the plugin of QEMU has counted in the pass
 * @rc: of engine_ops.measure; -ESRCH: its process is gone, see @lost
 * @lost: why, or ""
 */
struct worker {
	struct worker_team *team;
	struct engine *engine;
	struct pass pass;
	uint64_t tag;
	int cpu;
	int rc;
	char lost[ENGINE_REASON_MAX];
};

/* See processes.h. */
struct process;
struct processes {
	struct process *all;
	unsigned int count;
};

/**
 * struct worker_team - the workers of a cell
 * @workers: cell_workers() of them; in a process of several its own
 * @first: number of the first of these
 * @gate: where the workers of several processes meet; NULL: there are none
 * @shared: memory that several processes share: @workers, @gate and times of calls; else NULL
 */
struct worker_team {
	const struct cell *cell;
	struct worker *workers;
	unsigned int first;
	struct gate *gate;
	struct processes processes;
	void *shared;
	size_t shared_size;
	pthread_t *threads;
	size_t started;
	sem_t created; /* posted for each thread when incomplete is known */
	int incomplete; /* a thread could not be made: the others leave at once */
	pthread_barrier_t start, end;
	int stop;
};

/* Opens the engine for each worker, faults its memory in and allocates what a pass
 * needs. Workers in processes of their own map the memory themselves; then *mapping is
 * unmapped and says only what it was. Returns 0; -EOPNOTSUPP with *reason: skip the
 * cell; -ECANCELED with *reason, or -EINTR: the cell has failed; another -errno after printing. */
int team_create(struct worker_team *team, const struct cell *cell, struct mapping *mapping,
		char reason[ENGINE_REASON_MAX]);

/* The same for the threads of one process, in memory that is mapped and with workers that are
 * allocated; what fails is left to team_destroy(). */
int team_open(struct worker_team *team, struct mapping *mapping, char reason[ENGINE_REASON_MAX]);

/* One pass of all workers at once. The results are in workers[].pass. */
void team_pass(struct worker_team *team);

void team_destroy(struct worker_team *team);

#endif
