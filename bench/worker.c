// SPDX-License-Identifier: GPL-2.0-or-later
#include "worker.h"

#include <daxpin_mark.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cpus.h"
#include "interrupt.h"
#include "log.h"
#include "processes.h"
#include "regions.h"

/* More calls than this are timed and summed, but not kept one by one. */
#define CALLS_MAX (64UL << 20)

/* A pass that begins while the signal is on its way ends at its first call. */
static void run_pass(struct worker *worker)
{
	if (worker->team->gate)
		gate_wait(worker->team->gate);
	if (interrupted()) {
		worker->rc = -EINTR;
		return;
	}
	/* What this CPU had counted before is nobody's. */
	daxpin_mark(DAXPIN_MARK_FLUSH, 0);
	worker->rc = worker->team->cell->engine->measure(worker->engine, &worker->pass);
	daxpin_mark(DAXPIN_MARK_FLUSH, worker->tag);
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct worker_team *team = worker->team;

	interrupt_block();
	cpu_bind(worker->cpu);
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

static size_t get_call_count(const struct cell *cell, uint64_t length)
{
	return call_count(length, cell->batch);
}

/* put_batch 0 is at most one call per get call, and usually far fewer. */
static size_t put_call_count(const struct cell *cell, uint64_t length)
{
	return call_count(length, cell->put_batch ? cell->put_batch : cell->batch);
}

/* Arrays in shared memory are there already. */
static int prepare_calls(struct pass *pass, const struct cell *cell)
{
	pass->get_calls_max = get_call_count(cell, pass->length);
	pass->put_calls_max = put_call_count(cell, pass->length);
	pass->get_calls = allocate_calls(pass->get_calls_max);
	pass->put_calls = allocate_calls(pass->put_calls_max);
	if ((!pass->get_calls_max || pass->get_calls) && (!pass->put_calls_max || pass->put_calls))
		return 0;
	err("no memory for the times of %zu calls", pass->get_calls_max);
	return -ENOMEM;
}

static void describe_pass(struct pass *pass, const struct cell *cell, const struct mapping *mapping, unsigned int number)
{
	size_t part = cell->same_range ? mapping->length : mapping->length / cell->threads;
	const struct pass shared = *pass;

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
		.get_calls = shared.get_calls,
		.put_calls = shared.put_calls,
		.get_calls_max = shared.get_calls_max,
		.put_calls_max = shared.put_calls_max,
	};
}

/* Shared memory, too, is there before anything is timed. */
static void touch_calls(const struct pass *pass)
{
	memset(pass->get_calls, 0xff, pass->get_calls_max * sizeof(*pass->get_calls));
	memset(pass->put_calls, 0xff, pass->put_calls_max * sizeof(*pass->put_calls));
}

static int prepare_worker(struct worker_team *team, unsigned int number, const struct mapping *mapping,
			  char reason[ENGINE_REASON_MAX])
{
	const struct engine_ops *engine = team->cell->engine;
	struct worker *worker = &team->workers[number];
	int rc;

	worker->team = team;
	worker->cpu = cpu_choose(mapping->node, team->first + number);
	rc = engine->open(&worker->engine, reason);
	if (rc)
		return rc;
	describe_pass(&worker->pass, team->cell, mapping, number);
	if (team->gate)
		touch_calls(&worker->pass);
	else
		rc = prepare_calls(&worker->pass, team->cell);
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

/* Not timed: page faults are none of our figures. */
static int fault_in(const struct worker_team *team, struct mapping *mapping, char reason[ENGINE_REASON_MAX])
{
	const struct cell *cell = team->cell;
	int rc;

	rc = cell->memory->populate(mapping, reason);
	if (rc == -EAGAIN) {
		rc = engine_fault(cell->engine, team->workers[0].engine, mapping->address, mapping->length, cell->write);
		if (rc)
			pin_error_text(rc, mapping->length, reason);
	}
	return !rc || rc == -EOPNOTSUPP || rc == -EINTR ? rc : -ECANCELED;
}

int team_open(struct worker_team *team, struct mapping *mapping, char reason[ENGINE_REASON_MAX])
{
	int rc = 0;

	team->threads = calloc(team->cell->threads, sizeof(*team->threads));
	if (!team->threads)
		return out_of_memory();
	for (unsigned int i = 0; !rc && i < team->cell->threads; i++)
		rc = prepare_worker(team, i, mapping, reason);
	if (!rc)
		rc = start_threads(team);
	return rc ? rc : fault_in(team, mapping, reason);
}

static int create_threads(struct worker_team *team, struct mapping *mapping, char reason[ENGINE_REASON_MAX])
{
	team->workers = calloc(team->cell->threads, sizeof(*team->workers));
	return team->workers ? team_open(team, mapping, reason) : out_of_memory();
}

/* Workers, gate and calls of all processes, in one piece. */
static int share(struct worker_team *team)
{
	const struct cell *cell = team->cell;
	unsigned int count = cell_workers(cell);
	uint64_t length = cell->same_range ? cell->size : cell->size / count;
	size_t gets = get_call_count(cell, length), puts = put_call_count(cell, length);
	struct engine_call *calls;

	team->shared_size = count * (sizeof(*team->workers) + (gets + puts) * sizeof(*calls)) + sizeof(*team->gate);
	team->shared = mmap(NULL, team->shared_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (team->shared == MAP_FAILED) {
		team->shared = NULL;
		err("no memory for the times of %zu calls of %u workers", gets, count);
		return -ENOMEM;
	}
	team->workers = team->shared;
	calls = (struct engine_call *)(team->workers + count);
	for (unsigned int i = 0; i < count; i++) {
		struct pass *pass = &team->workers[i].pass;

		pass->get_calls = calls;
		pass->get_calls_max = gets;
		pass->put_calls = calls + gets;
		pass->put_calls_max = puts;
		calls += gets + puts;
	}
	team->gate = (struct gate *)calls;
	team->gate->members = count;
	return 0;
}

static int create_processes(struct worker_team *team, struct mapping *mapping, char reason[ENGINE_REASON_MAX])
{
	int rc = processes_check(team->cell, mapping, reason);

	if (!rc)
		rc = share(team);
	if (rc)
		return rc;
	memory_unmap(mapping);
	return processes_start(team, mapping, reason);
}

int team_create(struct worker_team *team, const struct cell *cell, struct mapping *mapping,
		char reason[ENGINE_REASON_MAX])
{
	int rc;

	*team = (struct worker_team){ .cell = cell };
	progress("faulting in %zu bytes", mapping->length);
	rc = cell->processes > 1 ? create_processes(team, mapping, reason) : create_threads(team, mapping, reason);
	if (rc)
		team_destroy(team);
	return rc;
}

void team_pass(struct worker_team *team)
{
	if (team->processes.all || !team->gate)
		for (unsigned int i = 0; i < cell_workers(team->cell); i++)
			team->workers[i].tag = regions_tag();
	if (team->processes.all) {
		processes_pass(team);
		return;
	}
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

static void close_threads(struct worker_team *team)
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
}

void team_destroy(struct worker_team *team)
{
	if (team->processes.all)
		processes_stop(team);
	if (team->shared)
		munmap(team->shared, team->shared_size);
	else
		close_threads(team);
	*team = (struct worker_team){ 0 };
}
