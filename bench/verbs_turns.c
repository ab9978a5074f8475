// SPDX-License-Identifier: GPL-2.0-or-later
#include "verbs_turns.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned int registering; /* passes that register */
static unsigned int unproven; /* passes that have to prove yet */
static int proving;

void verbs_turns_begin(int proves)
{
	pthread_mutex_lock(&lock);
	registering++;
	unproven += proves != 0;
	pthread_mutex_unlock(&lock);
}

void verbs_turns_registered(void)
{
	pthread_mutex_lock(&lock);
	registering--;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

void verbs_turns_prove(void)
{
	pthread_mutex_lock(&lock);
	while (registering || proving)
		pthread_cond_wait(&changed, &lock);
	proving = 1;
	pthread_mutex_unlock(&lock);
}

void verbs_turns_proven(void)
{
	pthread_mutex_lock(&lock);
	proving = 0;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

void verbs_turns_end(int proves)
{
	if (!proves)
		return;
	pthread_mutex_lock(&lock);
	unproven--;
	pthread_cond_broadcast(&changed);
	while (unproven)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}
