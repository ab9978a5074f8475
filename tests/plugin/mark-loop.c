// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Regions of user space whose counts are known. usage: mark-loop CASE N TAG
 *
 * Prints a line for each region: its tag, then how many instructions, atomics,
 * loads and stores of the loop are between its marks.
 */
#define _GNU_SOURCE
#include <daxpin_mark.h>
#include <err.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MARK(which) ".byte 0x0f, 0x1f, 0x84, 0x00\n\t.long %c[" #which "]\n\t"

/* What the plugin knows a region by: any op will do. */
#define OP DAXPIN_OP_GET

static void flush(uint64_t tag)
{
	daxpin_mark(DAXPIN_MARK_FLUSH, tag);
}

static void expect(uint64_t tag, uint64_t instructions, uint64_t atomics, uint64_t loads, uint64_t stores)
{
	printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", tag, instructions, atomics, loads,
	       stores);
}

/* Seven instructions n times, with marks around them or, in its twin, with none in front. */
static void marked_loop(uint64_t n, uint64_t twin)
{
	static _Thread_local volatile uint64_t words[8];

	/* Its page is there, and after a fork our own. */
	words[0] = 1;
	__asm__ volatile("test %[twin], %[twin]\n\t"
			 "jnz 1f\n\t"
			 MARK(begin)
			 "1:\n\t"
			 "mov (%[words]), %%rax\n\t"
			 "mov %%rax, 8(%[words])\n\t"
			 "lock incq 16(%[words])\n\t"
			 "xchg %%rax, 24(%[words])\n\t"
			 "addq $3, 32(%[words])\n\t"
			 "dec %[n]\n\t"
			 "jnz 1b\n\t"
			 MARK(end)
			 : [n] "+r"(n)
			 : [words] "r"(words), [twin] "r"(twin), "D"((uint64_t)OP),
			   [begin] "i"(DAXPIN_MARK_MAGIC + DAXPIN_MARK_BEGIN),
			   [end] "i"(DAXPIN_MARK_MAGIC + DAXPIN_MARK_END)
			 : "rax", "cc", "memory");
}

static void run_loop(uint64_t n, uint64_t tag)
{
	flush(0);
	marked_loop(n, 0);
	flush(tag);
}

static void expect_loop(uint64_t n, uint64_t tag)
{
	expect(tag, 7 * n, 2 * n, 4 * n, 4 * n);
}

static void exact(uint64_t n, uint64_t tag)
{
	run_loop(n, tag);
	expect_loop(n, tag);
}

/* A child at the same addresses of code and stack, but without a region. */
static void twin(uint64_t n, uint64_t tag)
{
	pid_t child;

	flush(0);
	child = fork();
	if (child < 0)
		err(1, "fork");
	marked_loop(child ? n : UINT64_MAX, !child);
	flush(tag);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	expect_loop(n, tag);
}

struct thread {
	pthread_barrier_t *barrier;
	uint64_t n, tag;
	int cpu;
};

static void *run_thread(void *arg)
{
	const struct thread *thread = arg;
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(thread->cpu, &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu))
		err(1, "CPU %d", thread->cpu);
	pthread_barrier_wait(thread->barrier);
	run_loop(thread->n, thread->tag);
	return NULL;
}

/* One on each of two CPUs, both at once, of different length. */
static void threads(uint64_t n, uint64_t tag)
{
	pthread_barrier_t barrier;
	struct thread thread[2] = { { &barrier, n, tag, 0 }, { &barrier, n + n / 10, tag + 1, 1 } };
	pthread_t id[2];

	pthread_barrier_init(&barrier, NULL, 2);
	for (int i = 0; i < 2; i++)
		if (pthread_create(&id[i], NULL, run_thread, &thread[i]))
			errx(1, "no thread");
	for (int i = 0; i < 2; i++) {
		pthread_join(id[i], NULL);
		expect_loop(thread[i].n, thread[i].tag);
	}
}

/* Around what is done in other ways than with a loop of our own. */
static void begin(void)
{
	flush(0);
	daxpin_mark(DAXPIN_MARK_BEGIN, OP);
}

static void end(uint64_t tag)
{
	daxpin_mark(DAXPIN_MARK_END, 0);
	flush(tag);
}

/* One store each at least, and the kernel's part. */
static void faults(uint64_t n, uint64_t tag)
{
	volatile char *pages = mmap(NULL, n << 12, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || madvise((void *)pages, n << 12, MADV_NOHUGEPAGE))
		err(1, "%" PRIu64 " pages", n);
	begin();
	for (uint64_t i = 0; i < n; i++)
		pages[i << 12] = 1;
	end(tag);
	expect(tag, n, 0, 0, n);
}

static void system_calls(uint64_t n, uint64_t tag)
{
	begin();
	for (uint64_t i = 0; i < n; i++)
		syscall(SYS_getppid);
	end(tag);
	expect(tag, n, 0, 0, 0);
}

static void yields(uint64_t n, uint64_t tag)
{
	begin();
	for (uint64_t i = 0; i < n; i++)
		sched_yield();
	end(tag);
	expect(tag, n, 0, 0, 0);
}

static void sleeps(uint64_t n, uint64_t tag)
{
	const struct timespec ten_milliseconds = { .tv_nsec = 10000000 };

	begin();
	for (uint64_t i = 0; i < n; i++)
		nanosleep(&ten_milliseconds, NULL);
	end(tag);
	expect(tag, n, 0, 0, 0);
}

static void on_signal(int number)
{
	(void)number;
}

/* What is interrupted goes on behind the handler, with other frames in between. */
static void alarms(uint64_t n, uint64_t tag)
{
	const struct sigaction action = { .sa_handler = on_signal };
	const struct itimerspec soon = { { 0, 5000000 }, { 0, 5000000 } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	timer_t timer;

	sigaction(SIGALRM, &action, NULL);
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) || timer_settime(timer, 0, &soon, NULL))
		err(1, "timer");
	run_loop(n, tag);
	timer_delete(timer);
	expect_loop(n, tag);
}

/* N: milliseconds to wait for the plugin, which then has written to TAG... of $DAXPIN_REGIONS. */
static void arm(uint64_t n, uint64_t tag)
{
	const char *path = getenv("DAXPIN_REGIONS");
	const struct timespec millisecond = { .tv_nsec = 1000000 };
	struct stat st;

	daxpin_mark(DAXPIN_MARK_ARM, 0);
	while (!path || stat(path, &st) || !st.st_size) {
		if (!path || !n--)
			errx(1, "no answer from the plugin");
		nanosleep(&millisecond, NULL);
	}
	(void)tag;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(uint64_t n, uint64_t tag);
	} cases[] = {
		{ "arm", arm }, { "exact", exact }, { "twin", twin }, { "threads", threads }, { "faults", faults },
		{ "system-calls", system_calls }, { "yields", yields }, { "sleeps", sleeps }, { "alarms", alarms },
	};

	for (size_t i = 0; argc == 4 && i < sizeof(cases) / sizeof(*cases); i++)
		if (!strcmp(argv[1], cases[i].name)) {
			cases[i].run(strtoull(argv[2], NULL, 0), strtoull(argv[3], NULL, 0));
			return 0;
		}
	errx(2, "usage: mark-loop CASE N TAG");
}
