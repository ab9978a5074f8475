// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "interrupt.h"
#include "processes.h"

/* An engine that only says who it is: its process is the time of get, its CPU that of put. */

#define SUICIDE 3 /* pages per call that make the second process end itself */

static int fake_open(struct engine **engine, char reason[ENGINE_REASON_MAX])
{
	(void)reason;
	*engine = calloc(1, 1);
	return *engine ? 0 : -ENOMEM;
}

static int fake_supports(struct engine *engine, const struct pass *pass, char reason[ENGINE_REASON_MAX])
{
	(void)engine;
	if (pass->batch != 7)
		return 0;
	snprintf(reason, ENGINE_REASON_MAX, "no sevens");
	return -EOPNOTSUPP;
}

static int fake_measure(struct engine *engine, struct pass *pass)
{
	(void)engine;
	if (pass->batch == SUICIDE && *(char *)pass->address)
		raise(SIGKILL);
	memset(pass->address, 1, 1);
	pass->get_ns = (uint64_t)getpid();
	pass->pages_got = pass->length / 4096;
	pass->get_calls[0].ns = 42;
	pass->get_calls_made = 1;
	pass->put_calls[pass->put_calls_max - 1].got = 43;
	return 0;
}

static void fake_close(struct engine *engine)
{
	free(engine);
}

static const char *const names[] = { "only", NULL };

static const struct engine_ops fake = {
	.name = "fake", .ops = { "get", "put" }, .gets = names, .puts = names,
	.open = fake_open, .supports = fake_supports, .measure = fake_measure, .close = fake_close,
};

static struct cell make_cell(unsigned int threads, unsigned int processes)
{
	return (struct cell){
		.section = "test", .engine = &fake, .memory = &memory_anon, .size = 48 * 4096,
		.batch = 2, .threads = threads, .processes = processes, .write = 1,
	};
}

static struct mapping map_cell(const struct cell *cell)
{
	struct memory_request request = cell_request(cell);
	struct mapping mapping = { .node = -1 };
	char reason[REASON_MAX];

	assert_int_equal(cell->memory->map(&request, &mapping, reason), 0);
	return mapping;
}

static void each_has_its_own_process(void **state)
{
	struct cell cell = make_cell(2, 3);
	struct mapping mapping = map_cell(&cell);
	char reason[ENGINE_REASON_MAX] = "";
	struct worker_team team;

	(void)state;
	assert_int_equal(team_create(&team, &cell, &mapping, reason), 0);
	/* The memory is theirs. */
	assert_null(mapping.address);
	for (int pass = 0; pass < 3; pass++) {
		team_pass(&team);
		for (unsigned int i = 0; i < 6; i++) {
			const struct worker *worker = &team.workers[i];

			assert_int_equal(worker->rc, 0);
			assert_int_equal(worker->pass.length, 8 * 4096);
			assert_int_equal(worker->pass.pages_got, 8);
			assert_int_equal(worker->pass.get_calls_max, 4);
			assert_int_equal(worker->pass.get_calls[0].ns, 42);
			assert_int_equal(worker->pass.put_calls[3].got, 43);
			assert_int_not_equal(worker->pass.get_ns, getpid());
			for (unsigned int k = 0; k < i; k++)
				if (k / 2 == i / 2)
					assert_int_equal(worker->pass.get_ns, team.workers[k].pass.get_ns);
				else
					assert_int_not_equal(worker->pass.get_ns, team.workers[k].pass.get_ns);
		}
	}
	team_destroy(&team);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void one_that_is_killed_is_named(void **state)
{
	struct cell cell = make_cell(1, 3);
	struct mapping mapping = map_cell(&cell);
	char reason[ENGINE_REASON_MAX] = "";
	struct worker_team team;

	(void)state;
	assert_int_equal(team_create(&team, &cell, &mapping, reason), 0);
	team_pass(&team);
	/* Between passes: the others come to the gate, and it does not. */
	kill((pid_t)team.workers[1].pass.get_ns, SIGKILL);
	team_pass(&team);
	assert_int_equal(team.workers[0].rc, 0);
	assert_int_equal(team.workers[1].rc, -ESRCH);
	assert_non_null(strstr(team.workers[1].lost, "process 2 of 3"));
	assert_non_null(strstr(team.workers[1].lost, "was killed by signal 9"));
	assert_int_equal(team.workers[2].rc, 0);
	team_pass(&team);
	assert_int_equal(team.workers[2].rc, 0);
	team_destroy(&team);
}

static void all_that_end_in_a_pass(void **state)
{
	struct cell cell = make_cell(2, 2);
	struct mapping mapping;
	char reason[ENGINE_REASON_MAX] = "";
	struct worker_team team;

	(void)state;
	cell.batch = SUICIDE;
	cell.size = 4 * 6 * 4096;
	mapping = map_cell(&cell);
	assert_int_equal(team_create(&team, &cell, &mapping, reason), 0);
	team_pass(&team);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(team.workers[i].rc, 0);
	team_pass(&team);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(team.workers[i].rc, -ESRCH);
	team_destroy(&team);
}

static void what_a_process_cannot_do_is_said(void **state)
{
	struct cell cell = make_cell(1, 2);
	struct mapping mapping = map_cell(&cell);
	char reason[ENGINE_REASON_MAX] = "";
	struct worker_team team;

	(void)state;
	cell.batch = 7;
	assert_int_equal(team_create(&team, &cell, &mapping, reason), -EOPNOTSUPP);
	assert_string_equal(reason, "no sevens");
	memory_unmap(&mapping);

	/* Anonymous memory of two processes is never the same. */
	cell.same_range = 1;
	mapping = map_cell(&cell);
	assert_int_equal(team_create(&team, &cell, &mapping, reason), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "only memory dax"));

	/* 24 pages each, of 2 MiB */
	cell.same_range = 0;
	mapping.align = 2 << 20;
	assert_int_equal(team_create(&team, &cell, &mapping, reason), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "no multiple of align 2M"));

	/* The group of a VFIO device is open once. */
	cell.engine = engine_find("vfio");
	assert_int_equal(team_create(&team, &cell, &mapping, reason), -EOPNOTSUPP);
	assert_string_equal(reason, "processes = 2: engine vfio works in one process at a time");
	memory_unmap(&mapping);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_own_process),
		cmocka_unit_test(one_that_is_killed_is_named),
		cmocka_unit_test(all_that_end_in_a_pass),
		cmocka_unit_test(what_a_process_cannot_do_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
