// SPDX-License-Identifier: GPL-2.0-or-later
#include "interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>

static volatile sig_atomic_t seen;
static const pthread_t *watched;
static atomic_size_t watched_count;

static void take_note(int signal)
{
	int saved = errno;

	(void)signal;
	seen = 1;
	for (size_t i = 0; i < atomic_load(&watched_count); i++)
		pthread_kill(watched[i], SIGUSR1);
	errno = saved;
}

static void wake(int signal)
{
	(void)signal;
}

int interrupt_install(void)
{
	struct sigaction action = { .sa_handler = take_note };

	if (sigaction(SIGINT, &action, NULL) || sigaction(SIGTERM, &action, NULL) || sigaction(SIGHUP, &action, NULL))
		return -errno;
	action.sa_handler = wake;
	return sigaction(SIGUSR1, &action, NULL) ? -errno : 0;
}

int interrupted(void)
{
	return seen;
}

void interrupt_watch(const pthread_t *threads, size_t count)
{
	atomic_store(&watched_count, 0);
	watched = threads;
	atomic_store(&watched_count, count);
}

void interrupt_block(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
}
