/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of the kernel's device-dax share: the device as sysfs describes it, and data that
 * says which physical page it was written to. A wrong struct page or page table entry then shows as
 * the wrong address in the data, also through a device of another align on the same memory.
 */
#ifndef DAX_COMMON_H
#define DAX_COMMON_H

#include <dirent.h>
#include <stdarg.h>
#include <sys/wait.h>

#include "module-common.h"

#define PAGE 4096UL
#define WORDS (PAGE / sizeof(uint64_t))
#define MAX_RANGES 16

struct dax_range {
	uint64_t start, length, offset; /* offset: in the device */
};

struct dax {
	const char *path, *name;
	int fd;
	size_t size, align;
	unsigned int ranges;
	struct dax_range range[MAX_RANGES];
};

static const char *program = "dax test";

static inline __attribute__((format(printf, 1, 2), noreturn)) void fail(const char *format, ...)
{
	va_list args;

	printf("%s: ", program);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	_exit(1);
}

static inline int read_line(const char *path, char *line, int size)
{
	FILE *f = fopen(path, "re");
	char *got;

	if (!f)
		return -errno;
	got = fgets(line, size, f);
	fclose(f);
	return got ? 0 : -EIO;
}

/* kernel_has - is there a function of that name? It tells how the kernel was configured. */
static inline bool kernel_has(const char *function)
{
	char line[512], end[128];
	bool found = false;
	FILE *f = fopen("/proc/kallsyms", "re");

	snprintf(end, sizeof(end), " %s\n", function);
	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, end);
	if (f)
		fclose(f);
	return found;
}

static inline uint64_t dax_attr(const struct dax *dax, const char *name)
{
	char path[512], line[64];
	int ret;

	snprintf(path, sizeof(path), "/sys/bus/dax/devices/%s/%s", dax->name, name);
	ret = read_line(path, line, sizeof(line));
	if (ret)
		fail("%s: %s", path, strerror(-ret));
	return strtoull(line, NULL, 0);
}

static inline void dax_add_range(struct dax *dax, const char *mapping)
{
	struct dax_range *range = &dax->range[dax->ranges++];
	char name[300];

	if (dax->ranges > MAX_RANGES)
		fail("%s has too many ranges", dax->name);
	snprintf(name, sizeof(name), "%s/start", mapping);
	range->start = dax_attr(dax, name);
	snprintf(name, sizeof(name), "%s/end", mapping);
	range->length = dax_attr(dax, name) + 1 - range->start;
	snprintf(name, sizeof(name), "%s/page_offset", mapping);
	range->offset = dax_attr(dax, name) * PAGE;
}

static inline void dax_read_ranges(struct dax *dax)
{
	char path[512];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/bus/dax/devices/%s", dax->name);
	dir = opendir(path);
	if (!dir)
		fail("%s: %s", path, strerror(errno));
	while ((entry = readdir(dir)))
		if (!strncmp(entry->d_name, "mapping", 7) && entry->d_name[7])
			dax_add_range(dax, entry->d_name);
	closedir(dir);
	if (!dax->ranges)
		dax->range[dax->ranges++] =
			(struct dax_range){ .start = dax_attr(dax, "resource"), .length = dax->size };
}

static inline struct dax dax_open(const char *path)
{
	struct dax dax = { .path = path };

	dax.name = strrchr(path, '/');
	dax.name = dax.name ? dax.name + 1 : path;
	dax.fd = open(path, O_RDWR | O_CLOEXEC);
	if (dax.fd < 0)
		fail("%s: %s", path, strerror(errno));
	dax.size = dax_attr(&dax, "size");
	dax.align = dax_attr(&dax, "align");
	dax_read_ranges(&dax);
	return dax;
}

/* dax_phys - physical address of a byte of the device */
static inline uint64_t dax_phys(const struct dax *dax, uint64_t offset)
{
	for (unsigned int i = 0; i < dax->ranges; i++)
		if (offset - dax->range[i].offset < dax->range[i].length)
			return dax->range[i].start + offset - dax->range[i].offset;
	fail("no range of %s has offset %#llx", dax->name, (unsigned long long)offset);
}

static inline char *dax_map_part(const struct dax *dax, uint64_t offset, size_t length)
{
	char *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, dax->fd, offset);

	if (at == MAP_FAILED)
		fail("mmap of %zu bytes of %s at %#llx: %s", length, dax->path, (unsigned long long)offset,
		     strerror(errno));
	return at;
}

static inline char *dax_map(const struct dax *dax)
{
	return dax_map_part(dax, 0, dax->size);
}

/* pattern - word @i of the physical page at @phys; neighbours differ in more than one bit */
static inline uint64_t pattern(uint64_t phys, uint64_t seed, unsigned int i)
{
	return (phys + i) * 0x9e3779b97f4a7c15ULL ^ seed;
}

static inline void page_write(char *at, uint64_t phys, uint64_t seed)
{
	uint64_t *word = (uint64_t *)at;

	for (unsigned int i = 0; i < WORDS; i++)
		word[i] = pattern(phys, seed, i);
}

/* page_check - the page at @at is the one that was written as @phys with @seed */
static inline void page_check(const char *at, uint64_t phys, uint64_t seed, const char *how)
{
	const uint64_t *word = (const uint64_t *)at;

	for (unsigned int i = 0; i < WORDS; i++)
		if (word[i] != pattern(phys, seed, i))
			fail("%s: page at %#llx has %#llx in word %u, should have %#llx (multiple of page %#llx)", how,
			     (unsigned long long)phys, (unsigned long long)word[i], i,
			     (unsigned long long)pattern(phys, seed, i),
			     (unsigned long long)(((word[i] ^ seed) * 0xf1de83e19937733dULL) & ~(PAGE - 1)));
}

static inline uint64_t scatter(uint64_t x)
{
	x = (x ^ x >> 31) * 0x7fb5d329728ea185ULL;
	x = (x ^ x >> 27) * 0x81dadef4bc2dd44dULL;
	return x ^ x >> 33;
}

/*
 * Which pages of a device are looked at depends on their physical address alone, so that devices
 * of different align on the same memory agree: ends of 64M blocks (with them of sections and of 1G),
 * ends of some 2M pages, and some pages in the middle.
 */
static inline bool page_sampled(uint64_t phys)
{
	uint64_t pfn = phys / PAGE, in_64m = pfn % 16384, in_2m = pfn % 512;

	return in_64m == 0 || in_64m == 16383 ||
	       ((in_2m < 2 || in_2m == 511) && scatter(pfn / 512) % 16 == 0) || scatter(pfn) % 2048 == 0;
}

/* for_each_sample - @offset of each sampled page of @dax, its first and last page included */
#define for_each_sample(dax, offset)                                    \
	for ((offset) = 0; (offset) < (dax)->size; (offset) += PAGE)    \
		if ((offset) == 0 || (offset) == (dax)->size - PAGE ||  \
		    page_sampled(dax_phys((dax), (offset))))

/* Others (9p) pin too, but not for long: what is expected has to be seen once. */
static inline void expect_pinned(long long pages, const char *when)
{
	long long now = 0;

	for (int i = 0; i < 50; i++) {
		now = pages_pinned_now();
		if (now == pages)
			return;
		usleep(10000);
	}
	fail("%s: %lld pages are pinned, should be %lld", when, now, pages);
}

/* hold_range - pins and returns the id of the hold */
static inline __u64 hold_range(void *at, size_t length, __u32 get)
{
	struct daxpin_hold h = hold_of(at, length, get);
	int ret = hold(&h);

	if (ret)
		fail("hold of %zu bytes with get %u: %s", length, get, strerror(-ret));
	if (h.pages != length / PAGE)
		fail("hold of %zu bytes with get %u has %llu pages", length, get, (unsigned long long)h.pages);
	return h.id;
}

static inline void let_go(__u64 id)
{
	int ret = release(id, NULL);

	if (ret)
		fail("release: %s", strerror(-ret));
}

/* wait_ok - the child has exited with status 0 */
static inline void wait_ok(pid_t pid, const char *what)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		fail("%s: fork or wait: %s", what, strerror(errno));
	if (status)
		fail("%s: the child ended with wait status %#x", what, status);
}

#endif
