// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How long pins of /dev/daxpin live, and who pays for them: holds, RLIMIT_MEMLOCK,
 * close, fork, signals, threads.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "module-common.h"

static void test_hold(void)
{
	char *mem = map_anon(4 * MIB);
	struct daxpin_hold h[4], full;
	long long before = pages_pinned();
	__u64 pages;
	__u32 i;

	for (i = 0; i < 4; i++) {
		h[i] = hold_of(mem, 4 * MIB, i);
		IS(hold(&h[i]), 0);
		TRUE(h[i].id);
		IS(h[i].pages, 4 * MIB / page);
		IS(pages_charged(0), (i + 1) * (4 * MIB / page));
	}
	IS(pages_pinned() - before, 16 * MIB / page);
	IS(daxpin_query(fd).holds, 4);
	IS(daxpin_query(fd).held_pages, 16 * MIB / page);
	IS(release(h[2].id, &pages), 0);
	IS(pages, 4 * MIB / page);
	IS(release(h[2].id, NULL), -ENOENT);
	IS(release(12345678, NULL), -ENOENT);
	IS(pages_charged(0), 12 * MIB / page);
	munmap(mem, 4 * MIB);
	IS(release(0, &pages), 0);
	IS(pages, 12 * MIB / page);
	IS(release(0, &pages), 0);
	IS(pages, 0);
	IS(pages_charged(0), 0);
	IS(daxpin_query(fd).memory_bytes, offer.memory_bytes);

	mem = map_anon(page);
	for (i = 0; i < offer.max_holds; i++) {
		full = hold_of(mem, page, DAXPIN_GET_FAST);
		if (hold(&full))
			break;
	}
	IS(i, offer.max_holds);
	pages = full.id;
	full = hold_of(mem, page, DAXPIN_GET_FAST);
	IS(hold(&full), -ENOSPC);
	IS(release(pages, NULL), 0);
	IS(hold(&full), 0);
	IS(release(0, NULL), 0);
	munmap(mem, page);
}

/* Runs f in a child, which answers with its exit status. */
static int in_child(int (*f)(void *), void *arg)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(f(arg));
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#define CHILD(x) do { if (!(x)) return __LINE__ % 200 + 1; } while (0)

static int unprivileged(void *arg)
{
	struct rlimit limit = { MIB, MIB };
	struct daxpin_measure m;
	struct daxpin_hold h;
	char *mem = map_anon(4 * MIB);

	(void)arg;
	CHILD(!setrlimit(RLIMIT_MEMLOCK, &limit) && !setuid(65534));
	m = measure_of(mem, MIB + page, DAXPIN_GET_FAST, DAXPIN_PUT_PAGES);
	CHILD(measure(&m) == -ENOMEM);
	m.length = MIB;
	CHILD(measure(&m) == 0 && m.pages_got == MIB / page);
	h = hold_of(mem, MIB + page, DAXPIN_GET_FAST);
	CHILD(hold(&h) == -ENOMEM);
	h.length = MIB / 2;
	CHILD(hold(&h) == 0);
	CHILD(measure(&m) == -ENOMEM);
	m.length = MIB / 2;
	CHILD(measure(&m) == 0);
	CHILD(release(h.id, NULL) == 0);
	m.length = MIB;
	CHILD(measure(&m) == 0);
	m.length = 4 * GIB;
	CHILD(measure(&m) == -ENOMEM);
	CHILD(pages_charged(0) <= 0);
	return 0;
}

static int release_in_child(void *id)
{
	return release(*(__u64 *)id, NULL) ? 1 : 0;
}

static int inherit(void *arg)
{
	char c;

	close(fd);
	/* The holder has exited when the pipe is at its end. */
	return read(*(int *)arg, &c, 1) == 0 ? 0 : 1;
}

static void test_memlock(void)
{
	char *mem = map_anon(MIB);
	struct daxpin_hold h = hold_of(mem, MIB, DAXPIN_GET_FAST);

	IS(in_child(unprivileged, NULL), 0);

	/* Released by somebody else, but it was charged to us. */
	IS(hold(&h), 0);
	IS(pages_charged(0), MIB / page);
	IS(in_child(release_in_child, &h.id), 0);
	IS(pages_charged(0), 0);
	IS(daxpin_query(fd).holds, 0);
	munmap(mem, MIB);
}

static void test_close(void)
{
	char *mem = map_anon(MIB);
	struct daxpin_hold h = hold_of(mem, MIB, DAXPIN_GET_LONGTERM);
	int other = daxpin_open(), ends[2], status;
	pid_t pid;

	IS(daxpin_ioctl(other, DAXPIN_IOC_HOLD, &h), 0);
	IS(release(h.id, NULL), -ENOENT);
	IS(pages_charged(0), MIB / page);
	close(other);
	IS(pages_charged(0), 0);

	/* A copy of the file in a child keeps the hold. */
	other = daxpin_open();
	IS(daxpin_ioctl(other, DAXPIN_IOC_HOLD, &h), 0);
	IS(pipe2(ends, O_CLOEXEC), 0);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		close(ends[1]);
		_exit(inherit(&ends[0]));
	}
	close(other);
	IS(pages_charged(0), MIB / page);
	close(ends[1]);
	waitpid(pid, &status, 0);
	IS(status, 0);
	close(ends[0]);
	IS(pages_charged(0), 0);
	munmap(mem, MIB);
}

static int hold_and_wait(void *arg)
{
	int mine = daxpin_open();
	char *mem = map_anon(64 * MIB);
	struct daxpin_hold h = hold_of(mem, 64 * MIB, DAXPIN_GET_FAST_LONGTERM);

	if (daxpin_ioctl(mine, DAXPIN_IOC_HOLD, &h) || write(*(int *)arg, "x", 1) != 1)
		return 1;
	pause();
	return 1;
}

static int measure_for_ever(void *arg)
{
	char *mem = map_anon(64 * MIB);
	struct daxpin_measure m = measure_of(mem, 64 * MIB, DAXPIN_GET_SLOW, DAXPIN_PUT_PAGES);
	int told = *(int *)arg;

	m.pages_per_call = 1;
	if (write(told, "x", 1) != 1)
		return 1;
	for (;;)
		measure(&m);
}

static void kill_child(int (*f)(void *), useconds_t after)
{
	int ends[2], status;
	pid_t pid;
	char c;

	IS(pipe2(ends, O_CLOEXEC), 0);
	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(f(&ends[1]));
	IS(read(ends[0], &c, 1), 1);
	usleep(after);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	TRUE(WIFSIGNALED(status));
	close(ends[0]);
	close(ends[1]);
}

static void test_kill(void)
{
	int i;

	for (i = 0; i < 5; i++)
		kill_child(hold_and_wait, 0);
	for (i = 0; i < 10; i++)
		kill_child(measure_for_ever, 1000 + 7000 * i);
	IS(daxpin_query(fd).memory_bytes, offer.memory_bytes);
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void test_interrupt(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval soon = { .it_value.tv_usec = 20000 };
	char *mem = map_anon(2 * GIB);
	struct daxpin_measure m = measure_of(mem, 2 * GIB, DAXPIN_GET_FAST, DAXPIN_PUT_PAGES);
	struct daxpin_hold h = hold_of(mem, 2 * GIB, DAXPIN_GET_FAST);

	madvise(mem, 2 * GIB, MADV_NOHUGEPAGE);
	m.pages_per_call = 1;
	m.flags = 0;
	h.pages_per_call = 1;
	h.flags = 0;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	IS(measure(&m), 0);
	IS(m.error, -EINTR);
	TRUE(m.pages_got < 2 * GIB / page);
	setitimer(ITIMER_REAL, &soon, NULL);
	IS(hold(&h), -EINTR);
	IS(pages_charged(0), 0);
	munmap(mem, 2 * GIB);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int measure_and_hold(void *arg)
{
	char *mem = map_anon(64 * MIB);
	struct daxpin_measure m = measure_of(mem, 64 * MIB, DAXPIN_GET_FAST_LONGTERM, DAXPIN_PUT_PAGES);

	m.hold_ms = DAXPIN_MAX_HOLD_MS;
	if (write(*(int *)arg, "x", 1) != 1)
		return 1;
	measure(&m);
	return 1;
}

/* Everything is pinned for as long as it says, or until a signal comes. */
static void test_hold_ms(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval soon = { .it_value.tv_usec = 300000 };
	char *mem = map_anon(MIB);
	struct daxpin_measure m = measure_of(mem, MIB, DAXPIN_GET_FAST, DAXPIN_PUT_PAGES);
	double start = now();

	m.hold_ms = 200;
	IS(measure(&m), 0);
	IS(m.error, 0);
	TRUE(now() - start >= 0.2);
	TRUE(m.get_ns + m.put_ns < 200000000);

	m.hold_ms = DAXPIN_MAX_HOLD_MS;
	m.flags |= DAXPIN_COLD;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	start = now();
	IS(measure(&m), 0);
	IS(m.error, -EINTR);
	IS(m.pages_got, MIB / page);
	TRUE(m.put_calls_made > 0);
	TRUE(now() - start < DAXPIN_MAX_HOLD_MS / 2000);
	IS(pages_charged(0), 0);

	/* A get that fails is not waited for. */
	munmap(mem + MIB / 2, page);
	m.pages_per_call = MIB / 2 / page;
	start = now();
	IS(measure(&m), 0);
	IS(m.error, -EFAULT);
	TRUE(now() - start < DAXPIN_MAX_HOLD_MS / 2000);
	munmap(mem, MIB);
}

/* Seen from outside, and what a killed process held is put. */
static void test_hold_ms_kill(void)
{
	long long before = pages_pinned(), want = 64 * MIB / page, pinned, charged;
	int ends[2], status, i;
	pid_t pid;
	char c;

	IS(pipe2(ends, O_CLOEXEC), 0);
	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(measure_and_hold(&ends[1]));
	IS(read(ends[0], &c, 1), 1);
	for (i = 0; i < 100; i++) {
		pinned = pages_pinned() - before;
		if (pinned == want)
			break;
	}
	charged = pages_charged(pid);
	IS(pinned, want);
	IS(charged, want);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	TRUE(WIFSIGNALED(status));
	close(ends[0]);
	close(ends[1]);
	IS(daxpin_query(fd).memory_bytes, offer.memory_bytes);
}

static void *many(void *arg)
{
	char *mem = map_anon(4 * MIB);
	long errors = 0;
	int i;

	(void)arg;
	for (i = 0; i < 30; i++) {
		struct daxpin_measure m = measure_of(mem, 4 * MIB, i % 4, DAXPIN_PUT_PAGES);
		struct daxpin_hold h = hold_of(mem, 4 * MIB, i % 4);

		errors += measure(&m) || m.error || m.pages_got != 4 * MIB / page;
		errors += !!hold(&h);
		errors += !!release(h.id, NULL);
	}
	munmap(mem, 4 * MIB);
	return (void *)errors;
}

static void test_threads(void)
{
	pthread_t threads[8];
	void *errors;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_create(&threads[i], NULL, many, NULL);
	for (i = 0; i < ARRAY_SIZE(threads); i++) {
		pthread_join(threads[i], &errors);
		IS((long)errors, 0);
	}
	IS(daxpin_query(fd).holds, 0);
	IS(daxpin_query(fd).memory_bytes, offer.memory_bytes);
	IS(pages_charged(0), 0);
}

int main(void)
{
	tests_start();
	RUN(hold);
	RUN(memlock);
	RUN(close);
	RUN(kill);
	RUN(interrupt);
	RUN(hold_ms);
	RUN(hold_ms_kill);
	RUN(threads);
	return tests_end();
}
