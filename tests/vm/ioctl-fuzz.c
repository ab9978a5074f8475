// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random ioctls on /dev/daxpin, right and wrong ones, from several threads of
 * several processes, while the memory below them is unmapped, remapped and
 * protected, files are closed, children forked and whole processes killed.
 * A bug shows in the kernel's log (KASAN), as a hang, or as pages left pinned.
 *
 * usage: ioctl-fuzz SECONDS SEED [DAX-DEVICE]...
 */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "module-common.h"

#define WORKERS 2
#define THREADS 3
#define FILES 4
#define AREA (96 * MIB)
#define HANG_SECONDS 60

enum { QUERY, MEASURE, HOLD, RELEASE, OTHER, COMMANDS };
static const char *const command_names[] = { "query", "measure", "hold", "release", "other" };
static const unsigned long commands[] = {
	DAXPIN_IOC_QUERY, DAXPIN_IOC_MEASURE, DAXPIN_IOC_HOLD, DAXPIN_IOC_RELEASE,
	_IO(DAXPIN_IOC_MAGIC, 9),
};

/* Seen by all processes. */
struct counters {
	atomic_ulong done[COMMANDS], failed[COMMANDS], pages[COMMANDS];
	atomic_ulong maps, forks, kills, interrupted;
};

struct thread {
	uint64_t random;
	char *buffer; /* two pages, then nothing */
};

static struct counters *counters;
static struct timespec end;
static char **dax_devices;
static int nr_dax_devices;

/* Of one worker process. */
static char *area;
static atomic_int files[FILES];

static uint64_t next_random(struct thread *t)
{
	t->random ^= t->random >> 12;
	t->random ^= t->random << 25;
	t->random ^= t->random >> 27;
	return t->random * 0x2545f4914f6cdd1dULL;
}

static uint64_t below(struct thread *t, uint64_t n)
{
	return (next_random(t) >> 16) % n;
}

static bool one_in(struct thread *t, unsigned int n)
{
	return below(t, n) == 0;
}

static bool time_is_up(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec >= end.tv_nsec);
}

/* Small, mostly. */
static uint64_t some_pages(struct thread *t)
{
	switch (below(t, 32)) {
	case 0:
		return 1 + below(t, AREA / page);
	case 1 ... 4:
		return 1 + below(t, 1024);
	case 5 ... 10:
		return 1;
	default:
		return 1 + below(t, 64);
	}
}

static char *somewhere(struct thread *t)
{
	return area + below(t, AREA / page) * page;
}

static uint64_t odd_value(struct thread *t)
{
	static const uint64_t values[] = {
		0, 1, 2, 3, 7, 4095, 4096, 4097, 1 << 18, (1 << 18) + 1, 0x7fffffff, 0x80000000,
		0xffffffff, 0x7ffffffff000, 0x800000000000, 1ULL << 62, 1ULL << 63,
		0xffff888000000000, 0xffffffffff600000, ~0ULL - 4095, ~0ULL,
	};

	return one_in(t, 4) ? next_random(t) : values[below(t, ARRAY_SIZE(values))];
}

/* Arrays of calls only ever lie in the area, or the kernel would write into us. */
static void some_calls(struct thread *t, __u64 *calls, __u64 *max)
{
	*calls = one_in(t, 3) ? 0 : (uintptr_t)somewhere(t) + below(t, 64);
	*max = one_in(t, 4) ? below(t, 3) : AREA / (2 * sizeof(struct daxpin_call));
	if (*calls && *max > ((uintptr_t)area + AREA - *calls) / sizeof(struct daxpin_call))
		*max = ((uintptr_t)area + AREA - *calls) / sizeof(struct daxpin_call);
}

static void make_measure(struct thread *t, struct daxpin_measure *m)
{
	*m = measure_of(somewhere(t), some_pages(t) * page, below(t, DAXPIN_GET_COUNT),
			below(t, DAXPIN_PUT_COUNT));
	if (!one_in(t, 4) && (m->put == DAXPIN_PUT_PAGE) != (m->get >= DAXPIN_GET_GUP_FAST))
		m->put = m->get >= DAXPIN_GET_GUP_FAST ? DAXPIN_PUT_PAGE : DAXPIN_PUT_PAGES;
	m->pages_per_call = some_pages(t);
	m->put_pages_per_call = one_in(t, 3) ? 0 : some_pages(t);
	m->flags = one_in(t, 3) ? 0 : DAXPIN_WRITE;
	m->flags |= one_in(t, 64) ? DAXPIN_COLD : 0;
	m->hold_ms = one_in(t, 64) ? below(t, 20) : 0;
	m->put_order = one_in(t, 2) ? 0 : below(t, DAXPIN_PUT_ORDER_COUNT);
	if (m->put_order == DAXPIN_PUT_ORDER_SHUFFLED)
		m->put_seed = next_random(t);
	if (m->put_order == DAXPIN_PUT_ORDER_INTERLEAVED)
		m->put_unit = one_in(t, 3) ? 0 : 1U << below(t, 19);
	if (one_in(t, 16)) {
		/* Before the arrays are chosen: they must stay in the area. */
		uint64_t odd = odd_value(t);

		memcpy((char *)m + below(t, offsetof(struct daxpin_measure, get_calls) / 4) * 4, &odd,
		       one_in(t, 2) ? 4 : 8);
	}
	if (one_in(t, 32))
		m->reserved[below(t, ARRAY_SIZE(m->reserved))] = odd_value(t);
	some_calls(t, &m->get_calls, &m->get_calls_max);
	some_calls(t, &m->put_calls, &m->put_calls_max);
}

static void spoil(struct thread *t, void *arg, size_t size)
{
	uint64_t odd = odd_value(t);

	if (one_in(t, 8))
		memcpy((char *)arg + below(t, size / 8) * 8, &odd, one_in(t, 2) ? 4 : 8);
}

/* Fills the buffer and returns where the structure begins. */
static void *make_argument(struct thread *t, int command)
{
	static const size_t sizes[COMMANDS] = {
		sizeof(struct daxpin_query), sizeof(struct daxpin_measure),
		sizeof(struct daxpin_hold), sizeof(struct daxpin_release), sizeof(struct daxpin_query),
	};
	size_t size = sizes[command];
	/* At the end of the buffer the kernel must not read beyond. */
	char *arg = one_in(t, 2) ? t->buffer : t->buffer + 2 * page - size;

	memset(t->buffer, 0, 2 * page);
	switch (command) {
	case MEASURE:
		make_measure(t, (void *)arg);
		return arg;
	case HOLD:
		*(struct daxpin_hold *)arg = hold_of(somewhere(t), some_pages(t) * page, below(t, 5));
		((struct daxpin_hold *)arg)->pages_per_call = some_pages(t);
		((struct daxpin_hold *)arg)->flags = one_in(t, 3) ? 0 : DAXPIN_WRITE;
		break;
	case RELEASE:
		*(struct daxpin_release *)arg = DAXPIN_INIT(daxpin_release);
		((struct daxpin_release *)arg)->id = one_in(t, 16) ? 0 : below(t, 32);
		break;
	default:
		*(struct daxpin_query *)arg = DAXPIN_INIT(daxpin_query);
		break;
	}
	spoil(t, arg, size);
	return arg;
}

static void one_ioctl(struct thread *t, int command, int file)
{
	void *arg = make_argument(t, command);
	int ret;

	if (one_in(t, 64))
		arg = one_in(t, 2) ? NULL : (void *)(uintptr_t)odd_value(t);
	/* A structure in our own text or heap would be written by the kernel. */
	if ((char *)arg < t->buffer || (char *)arg >= t->buffer + 2 * page)
		arg = (uintptr_t)arg < page || (uintptr_t)arg >= 0x7ffffffff000 ? arg : t->buffer;
	ret = daxpin_ioctl(file, commands[command], arg);
	if (ret == -EINTR)
		counters->interrupted++;
	if (ret) {
		counters->failed[command]++;
		return;
	}
	counters->done[command]++;
	if (command == MEASURE)
		counters->pages[command] += ((struct daxpin_measure *)arg)->pages_got;
	else if (command == HOLD)
		counters->pages[command] += ((struct daxpin_hold *)arg)->pages;
	else if (command == RELEASE)
		counters->pages[command] += ((struct daxpin_release *)arg)->pages;
}

static void map_dax(struct thread *t)
{
	size_t length = 32 * MIB;
	char *where = area + below(t, AREA / length) * length;
	int dax = open(dax_devices[below(t, nr_dax_devices)], O_RDWR | O_CLOEXEC);

	if (dax < 0)
		return;
	if (mmap(where, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, dax,
		 below(t, 4) * length) == MAP_FAILED)
		madvise(where, length, MADV_NORMAL); /* too small, or gone */
	close(dax);
}

/* Changes the memory below the other threads' feet. */
static void change_map(struct thread *t)
{
	char *where = somewhere(t);
	size_t length = below(t, 4 * MIB / page) * page + page;
	int flags = one_in(t, 4) ? MAP_SHARED : MAP_PRIVATE;

	counters->maps++;
	if (where + length > area + AREA)
		length = area + AREA - where;
	switch (below(t, 8)) {
	case 0:
		munmap(where, length);
		break;
	case 1:
		madvise(where, length, MADV_DONTNEED);
		break;
	case 2:
		madvise(where, length, one_in(t, 2) ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
		break;
	case 3:
		mprotect(where, length, one_in(t, 2) ? PROT_READ : PROT_READ | PROT_WRITE);
		break;
	case 4:
		if (nr_dax_devices) {
			map_dax(t);
			break;
		}
		/* fall through */
	default:
		mmap(where, length, PROT_READ | PROT_WRITE,
		     flags | MAP_FIXED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		break;
	}
}

static void change_file(struct thread *t)
{
	int old = atomic_exchange(&files[below(t, FILES)], open(DAXPIN_DEVICE, O_RDWR | O_CLOEXEC));

	if (old >= 0)
		close(old);
}

/* A child with all files and a copy of the memory; its holds are on its own file. */
static void fork_child(struct thread *t)
{
	pid_t pid = fork();
	int i, own;

	if (pid < 0)
		return;
	if (pid) {
		waitpid(pid, NULL, 0);
		return;
	}
	own = open(DAXPIN_DEVICE, O_RDWR | O_CLOEXEC);
	for (i = 0; i < 8; i++) {
		one_ioctl(t, MEASURE, files[below(t, FILES)]);
		one_ioctl(t, HOLD, own);
		one_ioctl(t, RELEASE, files[below(t, FILES)]);
	}
	counters->forks++;
	_exit(0);
}

static void *fuzz(void *arg)
{
	struct thread *t = arg;
	int file;

	while (!time_is_up()) {
		file = files[below(t, FILES)];
		switch (below(t, 64)) {
		case 0 ... 31:
			one_ioctl(t, MEASURE, file);
			break;
		case 32 ... 41:
			one_ioctl(t, HOLD, file);
			break;
		case 42 ... 49:
			one_ioctl(t, RELEASE, file);
			break;
		case 50 ... 51:
			one_ioctl(t, QUERY, file);
			break;
		case 52:
			one_ioctl(t, OTHER, file);
			break;
		case 53:
			change_file(t);
			break;
		case 54:
			if (one_in(t, 4))
				fork_child(t);
			break;
		default:
			change_map(t);
			break;
		}
	}
	return NULL;
}

/* Even root shall be stopped by RLIMIT_MEMLOCK, before memory runs out. */
static void drop_ipc_lock(struct thread *t)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	rlim_t bytes = (16 + below(t, 112)) * MIB;
	struct rlimit limit = { bytes, bytes };

	setrlimit(RLIMIT_MEMLOCK, &limit);
	if (syscall(SYS_capget, &header, data))
		return;
	data[0].effective &= ~(1U << CAP_IPC_LOCK);
	data[0].permitted &= ~(1U << CAP_IPC_LOCK);
	if (syscall(SYS_capset, &header, data))
		perror("ioctl-fuzz: capset");
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void start_alarms(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval often = { { 0, 9000 }, { 0, 9000 } };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

static int worker(uint64_t seed)
{
	struct thread threads[THREADS];
	pthread_t ids[THREADS];
	int i;

	/* Device-dax wants its mappings aligned. */
	area = map_anon(AREA + 2 * MIB);
	area += -(uintptr_t)area % (2 * MIB);
	for (i = 0; i < FILES; i++)
		files[i] = daxpin_open();
	for (i = 0; i < THREADS; i++) {
		threads[i].random = seed * THREADS + i + 1;
		threads[i].buffer = map_anon(3 * page);
		mprotect(threads[i].buffer + 2 * page, page, PROT_NONE);
	}
	drop_ipc_lock(&threads[0]);
	start_alarms();
	for (i = 0; i < THREADS; i++) {
		if (pthread_create(&ids[i], NULL, fuzz, &threads[i]))
			return 2;
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(ids[i], NULL);
	return 0;
}

static pid_t start_worker(struct thread *t)
{
	uint64_t seed = next_random(t) | 1;
	pid_t pid = fork();

	if (pid < 0) {
		perror("ioctl-fuzz: fork");
		exit(2);
	}
	if (!pid)
		_exit(worker(seed));
	return pid;
}

/* Waits for PID; one that does not end is a hang in the kernel. */
static bool ends(pid_t pid)
{
	int i, status;

	for (i = 0; i < HANG_SECONDS * 100; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid) {
			if (status && !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)) {
				printf("process %d ended by itself, status %#x\n", (int)pid, status);
				return false;
			}
			return true;
		}
		usleep(10000);
	}
	printf("process %d hangs\n", (int)pid);
	return false;
}

static bool run_workers(struct thread *t)
{
	pid_t pids[WORKERS];
	bool ok = true;
	int i;

	for (i = 0; i < WORKERS; i++)
		pids[i] = start_worker(t);
	while (ok && !time_is_up()) {
		usleep(100000 + below(t, 1500000));
		if (time_is_up())
			break;
		i = below(t, WORKERS);
		kill(pids[i], SIGKILL);
		counters->kills++;
		ok = ends(pids[i]);
		pids[i] = start_worker(t);
	}
	for (i = 0; i < WORKERS; i++) {
		if (!ends(pids[i])) {
			kill(pids[i], SIGKILL);
			ok = false;
		}
	}
	return ok;
}

static void print_summary(void)
{
	int i;

	for (i = 0; i < COMMANDS; i++)
		printf("%-8s %8lu done %8lu refused %10lu pages\n", command_names[i],
		       counters->done[i], counters->failed[i], counters->pages[i]);
	printf("%lu maps changed, %lu forks, %lu kills, %lu interrupted\n", counters->maps,
	       counters->forks, counters->kills, counters->interrupted);
}

int main(int argc, char **argv)
{
	struct thread t = { .random = argc > 2 ? strtoull(argv[2], NULL, 0) * 2 + 1 : 0 };
	long seconds = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
	long long before, left = 0;
	bool ok;
	int i;

	if (seconds <= 0) {
		fprintf(stderr, "usage: ioctl-fuzz SECONDS SEED [DAX-DEVICE]...\n");
		return 2;
	}
	page = sysconf(_SC_PAGESIZE);
	dax_devices = argv + 3;
	nr_dax_devices = argc - 3;
	counters = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counters == MAP_FAILED)
		return 2;
	close(daxpin_open());
	before = pages_pinned();
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;

	ok = run_workers(&t);
	/* Children of killed workers may live on for a moment. */
	for (i = 0; i < 100 && (left = pages_pinned() - before); i++)
		usleep(100000);
	print_summary();
	printf("seed %s: %s, %lld pages left pinned\n", argv[2], ok ? "no hang" : "FAILED", left);
	return ok && !left ? 0 : 1;
}
