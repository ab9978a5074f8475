// SPDX-License-Identifier: GPL-2.0-or-later
#include "processes.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interrupt.h"
#include "log.h"
#include "size.h"

/* A signal that comes just before the parent waits is noticed after this. */
#define INTERRUPT_MS 200

/* What goes over the socket: a process answers once when it is ready, then once to each
 * COMMAND_PASS. */
#define COMMAND_PASS 'p'

struct answer {
	int rc;
	char reason[ENGINE_REASON_MAX];
};

/**
 * struct process - one process, as its parent sees it
 * @pid: 0 when it has been waited for
 * @socket: its parent's end; it ends when this is closed
 */
struct process {
	pid_t pid;
	int socket;
};

static uint64_t part_of(const struct cell *cell)
{
	return cell->same_range ? cell->size : cell->size / cell->processes;
}

int processes_check(const struct cell *cell, const struct mapping *mapping, char reason[ENGINE_REASON_MAX])
{
	char part[SIZE_TEXT_MAX], align[SIZE_TEXT_MAX];

	if (cell->engine->one_process)
		snprintf(reason, ENGINE_REASON_MAX, "processes = %u: engine %s works in one process at a time",
			 cell->processes, cell->engine->name);
	else if (cell->same_range && cell->memory != &memory_dax)
		snprintf(reason, ENGINE_REASON_MAX, "processes = %u: only memory dax is the same one in several processes",
			 cell->processes);
	else if (part_of(cell) % mapping->align)
		snprintf(reason, ENGINE_REASON_MAX, "processes = %u: each would map %s, which is no multiple of align %s",
			 cell->processes, size_format(part_of(cell), part), size_format(mapping->align, align));
	else if (cell->engine->registers && cell->verify)
		snprintf(reason, ENGINE_REASON_MAX,
			 "processes = %u: the proof of one process would run while another one is timed: set verify = 0",
			 cell->processes);
	else
		return 0;
	return -EOPNOTSUPP;
}

/* --- in the process --- */

static void child_answer(int fd, const struct answer *answer)
{
	/* Who does not listen is on its way out. */
	if (send(fd, answer, sizeof(*answer), MSG_NOSIGNAL) != (ssize_t)sizeof(*answer))
		_exit(EXIT_FAILURE);
}

static int child_map(const struct cell *cell, const char *device, unsigned int number, struct mapping *mapping,
		     char reason[ENGINE_REASON_MAX])
{
	struct memory_request request = cell_request(cell);

	request.length = part_of(cell);
	if (!cell->same_range)
		request.offset += part_of(cell) * number;
	if (*device)
		request.device = device;
	return cell->memory->map(&request, mapping, reason);
}

static _Noreturn void child_passes(struct worker_team *team, int fd)
{
	const struct answer done = { 0 };
	char command;

	for (;;) {
		ssize_t n = recv(fd, &command, 1, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n != 1 || command != COMMAND_PASS)
			break;
		team_pass(team);
		child_answer(fd, &done);
	}
	/* Buffers of stdio are the parent's. */
	_exit(EXIT_SUCCESS);
}

static _Noreturn void child(const struct worker_team *parent, const char *device, unsigned int number, int fd)
{
	const struct cell *cell = parent->cell;
	struct worker_team team = {
		.cell = cell,
		.workers = parent->workers + (size_t)number * cell->threads,
		.first = number * cell->threads,
		.gate = parent->gate,
	};
	struct mapping mapping = { .node = -1 };
	struct answer answer = { 0 };

	answer.rc = child_map(cell, device, number, &mapping, answer.reason);
	if (!answer.rc)
		answer.rc = team_open(&team, &mapping, answer.reason);
	child_answer(fd, &answer);
	child_passes(&team, fd);
}

/* --- in the parent --- */

static int start_process(struct worker_team *team, const char *device, unsigned int number)
{
	struct process *process = &team->processes.all[number];
	pid_t parent = getpid();
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	process->pid = fork();
	if (process->pid < 0) {
		int rc = -errno;

		process->pid = 0;
		close(ends[0]);
		close(ends[1]);
		return rc;
	}
	if (!process->pid) {
		/* With the parent all ends, and the pins with it. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(EXIT_FAILURE);
		for (unsigned int i = 0; i < number; i++)
			close(team->processes.all[i].socket);
		close(ends[0]);
		child(team, device, number, ends[1]);
	}
	close(ends[1]);
	process->socket = ends[0];
	return 0;
}

/* Says of the workers of a process that they are gone, and how. */
static void bury(struct worker_team *team, unsigned int number)
{
	struct process *process = &team->processes.all[number];
	char how[128] = "has ended";
	pid_t pid = process->pid;
	int status = 0;

	gate_break(team->gate);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	process->pid = 0;
	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "was killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	for (unsigned int i = 0; i < team->cell->threads; i++) {
		struct worker *worker = &team->workers[number * team->cell->threads + i];

		worker->rc = -ESRCH;
		snprintf(worker->lost, sizeof(worker->lost), "process %u of %u (pid %d) %s", number + 1,
			 team->processes.count, (int)pid, how);
	}
}

/* Ctrl-C goes to all of a terminal, but kill to one. */
static void pass_on_interrupt(const struct worker_team *team)
{
	for (unsigned int i = 0; interrupted() && i < team->processes.count; i++)
		if (team->processes.all[i].pid)
			kill(team->processes.all[i].pid, SIGINT);
}

/* Returns 0, or -ESRCH when the process has ended instead. */
static int hear(struct worker_team *team, unsigned int number, struct answer *answer)
{
	struct process *process = &team->processes.all[number];
	ssize_t n;

	if (!process->pid)
		return -ESRCH;
	while ((n = recv(process->socket, answer, sizeof(*answer), 0)) < 0 && errno == EINTR)
		pass_on_interrupt(team);
	if (n == (ssize_t)sizeof(*answer))
		return 0;
	bury(team, number);
	return -ESRCH;
}

/* Whoever dies is noticed at once, whosever turn it is: the others may be waiting for it. */
static void hear_all(struct worker_team *team)
{
	unsigned int count = team->processes.count, waiting = 0;
	struct pollfd fds[count];
	struct answer answer;

	for (unsigned int i = 0; i < count; i++) {
		struct process *process = &team->processes.all[i];

		fds[i] = (struct pollfd){ .fd = process->pid ? process->socket : -1, .events = POLLIN };
		waiting += process->pid != 0;
	}
	while (waiting) {
		if (poll(fds, count, INTERRUPT_MS) <= 0) {
			pass_on_interrupt(team);
			continue;
		}
		for (unsigned int i = 0; i < count; i++) {
			if (fds[i].fd < 0 || !fds[i].revents)
				continue;
			hear(team, i, &answer);
			fds[i].fd = -1;
			waiting--;
		}
	}
}

/* Returns what the process says of itself. */
static int ready(struct worker_team *team, unsigned int number, char reason[ENGINE_REASON_MAX])
{
	struct answer answer = { 0 };

	if (hear(team, number, &answer)) {
		answer.rc = -ECANCELED;
		snprintf(answer.reason, sizeof(answer.reason), "%s", team->workers[number * team->cell->threads].lost);
	}
	if (answer.rc)
		snprintf(reason, ENGINE_REASON_MAX, "%s", answer.reason);
	return answer.rc;
}

int processes_start(struct worker_team *team, const struct mapping *mapping, char reason[ENGINE_REASON_MAX])
{
	unsigned int count = team->cell->processes;
	int rc = 0;

	team->processes.all = calloc(count, sizeof(*team->processes.all));
	if (!team->processes.all)
		return out_of_memory();
	fflush(NULL);
	while (!rc && team->processes.count < count) {
		rc = start_process(team, mapping->device, team->processes.count);
		if (rc) {
			err("process %u of %u: %s", team->processes.count + 1, count, strerror(-rc));
			return rc;
		}
		/* What the first one cannot do, none can: it is said once. */
		if (!team->processes.count++)
			rc = ready(team, 0, reason);
	}
	for (unsigned int i = 1; !rc && i < count; i++)
		rc = ready(team, i, reason);
	return rc;
}

void processes_pass(struct worker_team *team)
{
	const char command = COMMAND_PASS;

	for (unsigned int i = 0; i < team->processes.count; i++)
		if (team->processes.all[i].pid)
			send(team->processes.all[i].socket, &command, 1, MSG_NOSIGNAL);
	hear_all(team);
}

void processes_stop(struct worker_team *team)
{
	for (unsigned int i = 0; i < team->processes.count; i++)
		close(team->processes.all[i].socket);
	for (unsigned int i = 0; i < team->processes.count; i++)
		while (team->processes.all[i].pid && waitpid(team->processes.all[i].pid, NULL, 0) < 0 && errno == EINTR)
			;
	free(team->processes.all);
	team->processes = (struct processes){ 0 };
}
