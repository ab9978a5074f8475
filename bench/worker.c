// SPDX-License-Identifier: GPL-2.0-or-later
#include "worker.h"

#include <daxpin_mark.h>
#include <errno.h>
#include <numa.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "interrupt.h"
#include "log.h"
#include "regions.h"

/* More calls than this are timed and summed, but not kept one by one. */
#define CALLS_MAX (64UL << 20)

/* A pass that begins while the signal is on its way ends at its first call. */
static void run_pass(struct worker *worker)
{
	if (interrupted()) {
		worker->rc = -EINTR;
		return;
	}
	/* What this CPU had counted before is nobody's. */
	daxpin_mark(DAXPIN_MARK_FLUSH, 0);
	worker->rc = worker->team->cell->engine->measure(worker->engine, &worker->pass);
	daxpin_mark(DAXPIN_MARK_FLUSH, worker->tag);
}

static void bind_to_cpu(int cpu)
{
	cpu_set_t set;

	if (cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct worker_team *team = worker->team;

	interrupt_block();
	bind_to_cpu(worker->cpu);
	while (sem_wait(&team->created))
		;
	if (team->incomplete)
		return NULL;
	/* stop is looked at behind the barrier only: it is set while threads
	 * are still on their way there. */
	for (;;) {
		pthread_barrier_wait(&team->start);
		if (team->stop)
			return NULL;
		run_pass(worker);
		pthread_barrier_wait(&team->end);
	}
}

/* CPUs of the node of the memory first, then all others, in turn. */
static int choose_cpu(int node, unsigned int number)
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

static size_t call_count(uint64_t length, uint64_t batch)
{
	uint64_t pages = length / (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t calls = batch ? (pages + batch - 1) / batch : pages;

	return calls > CALLS_MAX ? 0 : (size_t)calls;
}

/* Written to once, so that the pages are there before anything is timed. */
static struct engine_call *allocate_calls(size_t count)
{
	struct engine_call *calls = count ? malloc(count * sizeof(*calls)) : NULL;

	if (calls)
		memset(calls, 0xff, count * sizeof(*calls));
	return calls;
}

static int prepare_pass(struct pass *pass, const struct cell *cell, const struct mapping *mapping, unsigned int number)
{
	size_t part = cell->same_range ? mapping->length : mapping->length / cell->threads;

	*pass = (struct pass){
		.address = (char *)mapping->address + (cell->same_range ? 0 : part * number),
		.length = part,
		.get = cell->get,
		.put = cell->put,
		.write = cell->write,
		.batch = cell->batch,
		.put_batch = cell->put_batch,
		.put_order = cell->put_order,
		.unit = mapping->align / (uint64_t)sysconf(_SC_PAGESIZE),
		.put_cold = cell->put_cold,
		.hold_ms = cell->hold_ms,
		.provider = cell->provider,
		.domains = cell->domains,
		.verify = cell->verify,
		.may_write = cell->may_write,
	};
	pass->get_calls_max = call_count(part, cell->batch);
	/* put_batch 0 is at most one call per get call, and usually far fewer. */
	pass->put_calls_max = call_count(part, cell->put_batch ? cell->put_batch : cell->batch);
	pass->get_calls = allocate_calls(pass->get_calls_max);
	pass->put_calls = allocate_calls(pass->put_calls_max);
	if ((pass->get_calls_max && !pass->get_calls) || (pass->put_calls_max && !pass->put_calls)) {
		err("no memory for the times of %zu calls", pass->get_calls_max);
		return -ENOMEM;
	}
	return 0;
}

static int prepare_worker(struct worker_team *team, unsigned int number, const struct mapping *mapping,
			  char reason[ENGINE_REASON_MAX])
{
	const struct engine_ops *engine = team->cell->engine;
	struct worker *worker = &team->workers[number];
	int rc;

	worker->team = team;
	worker->cpu = choose_cpu(mapping->node, number);
	rc = engine->open(&worker->engine, reason);
	if (rc)
		return rc;
	rc = prepare_pass(&worker->pass, team->cell, mapping, number);
	return rc ? rc : engine->supports(worker->engine, &worker->pass, reason);
}

/* A barrier that waits for a thread that could not be made would never open:
 * threads only go there when all of them are made. */
static int start_threads(struct worker_team *team)
{
	unsigned int count = team->cell->threads;
	int rc = 0;

	sem_init(&team->created, 0, 0);
	pthread_barrier_init(&team->start, NULL, count + 1);
	pthread_barrier_init(&team->end, NULL, count + 1);
	while (!rc && team->started < count) {
		rc = -pthread_create(&team->threads[team->started], NULL, work, &team->workers[team->started]);
		if (!rc)
			team->started++;
	}
	team->incomplete = rc != 0;
	for (size_t i = 0; i < team->started; i++)
		sem_post(&team->created);
	if (rc)
		err("thread %zu of %u: %s", team->started + 1, count, strerror(-rc));
	else
		interrupt_watch(team->threads, team->started);
	return rc;
}

int team_create(struct worker_team *team, const struct cell *cell, const struct mapping *mapping,
		char reason[ENGINE_REASON_MAX])
{
	int rc = 0;

	*team = (struct worker_team){ .cell = cell };
	team->workers = calloc(cell->threads, sizeof(*team->workers));
	team->threads = calloc(cell->threads, sizeof(*team->threads));
	if (!team->workers || !team->threads)
		rc = -ENOMEM;
	for (unsigned int i = 0; !rc && i < cell->threads; i++)
		rc = prepare_worker(team, i, mapping, reason);
	if (!rc)
		rc = start_threads(team);
	if (rc)
		team_destroy(team);
	return rc;
}

void team_pass(struct worker_team *team)
{
	for (unsigned int i = 0; i < team->cell->threads; i++)
		team->workers[i].tag = regions_tag();
	pthread_barrier_wait(&team->start);
	pthread_barrier_wait(&team->end);
}

static void stop_threads(struct worker_team *team)
{
	interrupt_watch(NULL, 0);
	if (!team->incomplete) {
		team->stop = 1;
		pthread_barrier_wait(&team->start);
	}
	for (size_t i = 0; i < team->started; i++)
		pthread_join(team->threads[i], NULL);
	pthread_barrier_destroy(&team->start);
	pthread_barrier_destroy(&team->end);
	sem_destroy(&team->created);
}

void team_destroy(struct worker_team *team)
{
	if (team->started)
		stop_threads(team);
	for (unsigned int i = 0; team->workers && i < team->cell->threads; i++) {
		struct worker *worker = &team->workers[i];

		if (worker->engine)
			team->cell->engine->close(worker->engine);
		free(worker->pass.get_calls);
		free(worker->pass.put_calls);
	}
	free(team->workers);
	free(team->threads);
	*team = (struct worker_team){ 0 };
}
