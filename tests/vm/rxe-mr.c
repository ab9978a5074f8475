// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Registers device-dax memory with an RDMA device, writes and reads it through
 * the registration and compares with what the CPU sees.
 *
 * What is written is a function of the place, so that data in the wrong page
 * shows.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <getopt.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rxe-fabric.h"

#define SPOT_BYTES BUFFER_BYTES /* a spot lies across a boundary */

#define MR_ACCESS (IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_WRITE)

static const char usage_text[] =
	"usage: rxe-mr [OPTION]... DAX_DEVICE BYTES\n"
	"  --rdma NAME      RDMA device (default: rxe0)\n"
	"  --offset BYTES   where in the dax device the mapping begins\n"
	"  --start BYTES    the MR begins so far behind the start of the mapping\n"
	"  --short BYTES    the MR ends so far ahead of its end\n"
	"  --random N       random places to write, besides the boundaries (default: 128)\n"
	"  --seed N         of the random places and the data (default: 1)\n"
	"  --rounds N       register and deregister so often (default: 1)\n"
	"  --corrupt WHEN   change a byte behind the MR's back: cpu (before the CPU compares),\n"
	"                   read (before the RDMA READ), after (after deregistration)\n"
	"  --hold           register, print \"registered\", exit when standard input ends\n"
	"Exit status: 0 all equal, 1 something is wrong, 2 usage or set-up\n";

struct options {
	const char *rdma, *device, *corrupt;
	unsigned long long bytes, offset, start, short_by, random, seed, rounds;
	int hold;
};

struct spot {
	uint64_t at; /* from the start of the mapping */
	uint32_t bytes;
};

struct run {
	struct options o;
	struct fabric fabric;
	unsigned char *map;
	uint64_t first, end;	/* what the MR covers, from the start of the mapping */
	struct spot *spots;
	size_t n_spots;
	struct ibv_mr *mr;
};

static uint64_t mix(uint64_t x)	/* splitmix64 */
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

/* The byte that belongs to a place, in the given pass. */
static unsigned char byte_of(const struct run *r, uint64_t at, unsigned int pass)
{
	return mix((at & ~7ULL) ^ mix(r->o.seed * 16 + pass)) >> (8 * (at & 7));
}

static void fill(const struct run *r, unsigned char *to, const struct spot *s, unsigned int pass)
{
	uint32_t i;

	for (i = 0; i < s->bytes; i++)
		to[i] = byte_of(r, s->at + i, pass);
}

static void compare(const struct run *r, const unsigned char *got, const struct spot *s, unsigned int pass,
		    const char *what)
{
	uint32_t i;

	for (i = 0; i < s->bytes; i++) {
		unsigned char wanted = byte_of(r, s->at + i, pass);

		if (got[i] != wanted)
			fail(1, "%s: byte %llu of the mapping is 0x%02x, not 0x%02x",
			     what, (unsigned long long)s->at + i, got[i], wanted);
	}
}

static void cpu_fill(const struct run *r, unsigned int pass)
{
	size_t i;

	for (i = 0; i < r->n_spots; i++)
		fill(r, r->map + r->spots[i].at, &r->spots[i], pass);
}

static void cpu_compare(const struct run *r, unsigned int pass, const char *what)
{
	size_t i;

	for (i = 0; i < r->n_spots; i++)
		compare(r, r->map + r->spots[i].at, &r->spots[i], pass, what);
}

/* --- where to write --- */

static void add_spot(struct run *r, uint64_t at)
{
	uint64_t end = at + SPOT_BYTES;

	if (at < r->first)
		at = r->first;
	if (end > r->end)
		end = r->end;
	if (at >= end)
		return;
	r->spots[r->n_spots++] = (struct spot){ .at = at, .bytes = end - at };
}

/* Both sides of each boundary of the device: of sections and of 1G pages, which are sections' too. */
static void add_boundaries(struct run *r)
{
	const uint64_t section = 128ULL << 20;
	uint64_t at;

	for (at = section - r->o.offset % section; at < r->end; at += section)
		if (at > r->first)
			add_spot(r, at - PAGE);
}

static void choose_spots(struct run *r)
{
	uint64_t pages = (r->end - r->first) / PAGE, i;

	r->spots = calloc(r->end / (128ULL << 20) + r->o.random + 3, sizeof(*r->spots));
	if (!r->spots)
		fail(2, "no memory for the list of places: take a smaller --random");
	add_spot(r, r->first);
	add_spot(r, r->end - SPOT_BYTES);
	add_boundaries(r);
	for (i = 0; i < r->o.random; i++)
		add_spot(r, r->first + mix(~r->o.seed ^ i) % pages * PAGE);
}

static void transfer_spot(struct run *r, enum ibv_wr_opcode opcode, const struct spot *s)
{
	must_transfer(&r->fabric, opcode, r->map + s->at, s->bytes, r->mr->rkey);
}

static void rdma_write(struct run *r, unsigned int pass)
{
	size_t i;

	for (i = 0; i < r->n_spots; i++) {
		fill(r, r->fabric.buffer, &r->spots[i], pass);
		transfer_spot(r, IBV_WR_RDMA_WRITE, &r->spots[i]);
	}
}

static void rdma_compare(struct run *r, unsigned int pass, const char *what)
{
	size_t i;

	for (i = 0; i < r->n_spots; i++) {
		fill(r, r->fabric.buffer, &r->spots[i], pass + 1);	/* must not be what is wanted */
		transfer_spot(r, IBV_WR_RDMA_READ, &r->spots[i]);
		compare(r, r->fabric.buffer, &r->spots[i], pass, what);
	}
}

/*
 * A key that is no longer registered gives no access: the queue pair that was asked goes into the
 * error state. 5.10's rxe forgets to tell the one that asked. Comes last, since both are then lost.
 */
static void stale_write(struct run *r, uint32_t rkey, unsigned int pass)
{
	uint64_t deadline = now_ns() + DEADLINE_S * 1000000000ULL;
	const struct spot *s = &r->spots[0];
	struct ibv_wc wc;

	fill(r, r->fabric.buffer, s, pass);
	post(&r->fabric, IBV_WR_RDMA_WRITE, r->map + s->at, s->bytes, rkey);
	while (!is_broken(r->fabric.qp[1])) {
		if (ibv_poll_cq(r->fabric.cq, 1, &wc) > 0 && wc.status == IBV_WC_SUCCESS)
			fail(1, "RDMA WRITE after deregistration was carried out");
		if (now_ns() > deadline)
			fail(1, "RDMA WRITE after deregistration was not refused within %d s", DEADLINE_S);
	}
}

/* --- the memory --- */

static void map_device(struct run *r)
{
	int fd = open(r->o.device, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		fail(2, "cannot open %s: %s", r->o.device, strerror(errno));
	r->map = mmap(NULL, r->o.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, r->o.offset);
	if (r->map == MAP_FAILED)
		fail(2, "cannot map %llu bytes of %s at %llu: %s (size and offset must be multiples of its align)",
		     r->o.bytes, r->o.device, r->o.offset, strerror(errno));
	close(fd);
}

/* What the kernel has accounted to this process as pinned. */
static uint64_t pinned_pages(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	unsigned long long kib = 0;
	char line[256];
	int found = 0;

	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "VmPin: %llu kB", &kib) == 1)
			found = 1;
	if (!found)
		fail(2, "no VmPin in /proc/self/status");
	fclose(status);
	return kib / (PAGE / 1024);
}

static uint64_t mr_pages(const struct run *r)
{
	return (r->end + PAGE - 1) / PAGE - r->first / PAGE;
}

static uint64_t register_memory(struct run *r)
{
	uint64_t before = pinned_pages(), pinned, ns;

	ns = now_ns();
	r->mr = ibv_reg_mr(r->fabric.pd, r->map + r->first, r->end - r->first, MR_ACCESS);
	ns = now_ns() - ns;
	pinned = pinned_pages() - before;
	if (!r->mr) {
		int error = errno;

		if (pinned)
			fail(1, "a failed registration left %llu pages accounted", (unsigned long long)pinned);
		fail(1, "cannot register %llu bytes of %s: %s%s", (unsigned long long)(r->end - r->first), r->o.device,
		     strerror(error), error == ENOMEM ? " (raise RLIMIT_MEMLOCK, or the driver takes no more)" : "");
	}
	if (pinned != mr_pages(r))
		fail(1, "%llu pages are accounted as pinned, not %llu", (unsigned long long)pinned,
		     (unsigned long long)mr_pages(r));
	return ns;
}

static uint64_t deregister_memory(struct run *r)
{
	uint64_t before = pinned_pages(), released, ns;
	int rc;

	ns = now_ns();
	rc = ibv_dereg_mr(r->mr);
	ns = now_ns() - ns;
	if (rc)
		fail(1, "cannot deregister: %s", strerror(rc));
	released = before - pinned_pages();
	if (released != mr_pages(r))
		fail(1, "deregistration took %llu pages off the account, not %llu", (unsigned long long)released,
		     (unsigned long long)mr_pages(r));
	r->mr = NULL;
	return ns;
}

static void corrupt(const struct run *r, const char *when)
{
	const struct spot *s = &r->spots[r->n_spots / 2];

	if (r->o.corrupt && !strcmp(r->o.corrupt, when))
		((volatile unsigned char *)r->map)[s->at + s->bytes / 2] ^= 0x10;
}

static void check_data(struct run *r)
{
	struct fabric *f = &r->fabric;

	rdma_write(r, 1);
	corrupt(r, "cpu");
	cpu_compare(r, 1, "after RDMA WRITE, through the CPU");
	corrupt(r, "read");
	rdma_compare(r, 1, "after RDMA WRITE, through RDMA READ");
	cpu_fill(r, 2);
	rdma_compare(r, 2, "written by the CPU, through RDMA READ");
	/*
	 * rxe keeps the MR of the last RDMA READ, to answer once more should the answer get lost. A
	 * READ of something else makes it let go, and only then does deregistration unpin.
	 */
	must_transfer(f, IBV_WR_RDMA_READ, f->buffer + PAGE, 8, f->buffer_mr->rkey);
}

static void run_rounds(struct run *r)
{
	uint64_t register_ns, deregister_ns;
	unsigned long long round;
	uint32_t rkey = 0;

	cpu_fill(r, 0);
	for (round = 1; round <= r->o.rounds; round++) {
		register_ns = register_memory(r);
		rkey = r->mr->rkey;
		if (round == r->o.rounds)
			check_data(r);
		deregister_ns = deregister_memory(r);
		printf("register_ns=%llu deregister_ns=%llu bytes=%llu places=%zu\n", (unsigned long long)register_ns,
		       (unsigned long long)deregister_ns, (unsigned long long)(r->end - r->first), r->n_spots);
	}
	stale_write(r, rkey, 3);
	corrupt(r, "after");
	cpu_compare(r, 2, "after deregistration, through the CPU");
}

static void hold(struct run *r)
{
	char byte;

	register_memory(r);
	puts("registered");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
}

/* --- the command line --- */

static unsigned long long number(const char *text)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-')
		fail(2, "%s is not a number of bytes: see rxe-mr --help", text);
	return value;
}

static void parse(struct options *o, int argc, char **argv)
{
	static const struct option known[] = {
		{ "rdma", 1, NULL, 'd' }, { "offset", 1, NULL, 'o' }, { "start", 1, NULL, 's' }, { "short", 1, NULL, 'e' },
		{ "random", 1, NULL, 'r' }, { "seed", 1, NULL, 'S' }, { "rounds", 1, NULL, 'n' },
		{ "corrupt", 1, NULL, 'c' }, { "hold", 0, NULL, 'H' }, { "help", 0, NULL, 'h' }, { NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (c) {
		case 'd': o->rdma = optarg; break;
		case 'o': o->offset = number(optarg); break;
		case 's': o->start = number(optarg); break;
		case 'e': o->short_by = number(optarg); break;
		case 'r': o->random = number(optarg); break;
		case 'S': o->seed = number(optarg); break;
		case 'n': o->rounds = number(optarg); break;
		case 'c': o->corrupt = optarg; break;
		case 'H': o->hold = 1; break;
		case 'h': fputs(usage_text, stdout); exit(0);
		default: exit(2);	/* getopt has said why */
		}
	}
	if (argc - optind != 2)
		fail(2, "a device and a size are needed: see rxe-mr --help");
	o->device = argv[optind];
	o->bytes = number(argv[optind + 1]);
	if (o->corrupt && strcmp(o->corrupt, "cpu") && strcmp(o->corrupt, "read") && strcmp(o->corrupt, "after"))
		fail(2, "--corrupt takes cpu, read or after");
	if (!o->rounds || o->start > o->bytes || o->short_by > o->bytes - o->start ||
	    o->bytes - o->start - o->short_by < SPOT_BYTES)
		fail(2, "nothing is left to register: see rxe-mr --help");
}

int main(int argc, char **argv)
{
	struct run r = { .o = { .rdma = "rxe0", .random = 128, .seed = 1, .rounds = 1 } };

	parse(&r.o, argc, argv);
	r.first = r.o.start;
	r.end = r.o.bytes - r.o.short_by;
	map_device(&r);
	choose_spots(&r);
	open_fabric(&r.fabric, r.o.rdma);
	if (r.o.hold)
		hold(&r);
	else
		run_rounds(&r);
	return 0;
}
