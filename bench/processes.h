/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Workers in processes of their own: each has its address space, its mapping of
 * the memory and its use of the engine. The parent tells them when to make a
 * pass; what they measure is in memory that all share.
 */
#ifndef DAXPIN_PROCESSES_H
#define DAXPIN_PROCESSES_H

#include "engine.h"
#include "worker.h"

/* Can this cell be shared out to its processes? Returns 0, or -EOPNOTSUPP with *reason. */
int processes_check(const struct cell *cell, const struct mapping *mapping, char reason[ENGINE_REASON_MAX]);

/* Starts cell->processes of them for team->workers, which are shared memory. Each maps its
 * memory, faults it in and opens the engine. Returns 0, -EOPNOTSUPP with *reason: the
 * cell is skipped; -ECANCELED with *reason: it has failed; another -errno after printing. */
int processes_start(struct worker_team *team, const struct mapping *mapping, char reason[ENGINE_REASON_MAX]);

/* One pass in all of them. Of one that has ended, the workers have lost set. */
void processes_pass(struct worker_team *team);

/* Ends them. Returns when what they had pinned is unpinned. */
void processes_stop(struct worker_team *team);

#endif
