// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * MADV_HWPOISON and MADV_SOFT_OFFLINE on device-dax. usage: dax-poison TEST DEVICE OFFSET
 *
 * poison  the page at OFFSET fails under a process that is ready for it: SIGBUS with BUS_MCEERR_AR
 *	   that names the page, or the huge page it is in; then it is mapped and read again
 * kill    under one that is not: it dies of SIGBUS. Another one that has it mapped is told
 * soft    soft offline is refused, and takes no reference with it
 *
 * Kernels differ in what they name: a kernel with a struct page per 4K names that page, one with
 * compound pages names the head. What is seen is printed; both are right.
 */
#define _GNU_SOURCE
#include "dax-common.h"

#include <setjmp.h>
#include <signal.h>

/* glibc has it for some machines only */
#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE 101
#endif

#define SEED 0xdead

static struct dax dax;
static sigjmp_buf back;
static volatile sig_atomic_t signals, code, lsb;
static char *volatile address;

static void on_sigbus(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	signals = signals + 1;
	code = info->si_code;
	address = info->si_addr;
	lsb = info->si_addr_lsb;
	if (code != BUS_MCEERR_AO)
		siglongjmp(back, 1);
}

static void catch_sigbus(void)
{
	struct sigaction action = { .sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO | SA_NODEFER };

	sigaction(SIGBUS, &action, NULL);
}

static const char *code_name(int c)
{
	return c == BUS_MCEERR_AR ? "BUS_MCEERR_AR" : c == BUS_MCEERR_AO ? "BUS_MCEERR_AO" : "another code";
}

/* What the signal says has to be in the leaf that the page is in. */
static void check_signal(const char *leaf, const char *page_at)
{
	size_t named;

	printf("# %s, %zu bytes from the start of the leaf (page at %zu), si_addr_lsb %d\n", code_name(code),
	       (size_t)(address - leaf), (size_t)(page_at - leaf), (int)lsb);
	if (code != BUS_MCEERR_AR && code != BUS_MCEERR_AO)
		fail("SIGBUS with si_code %d", (int)code);
	if (address < leaf || address >= leaf + dax.align)
		fail("si_addr is not in the leaf");
	if (lsb < 12 || lsb > 30 || 1UL << lsb > dax.align)
		fail("si_addr_lsb %d with an align of %zu", (int)lsb, dax.align);
	/* the block that address and lsb name has the page in it */
	named = ((uintptr_t)address >> lsb) == ((uintptr_t)page_at >> lsb);
	if (!named)
		fail("si_addr and si_addr_lsb do not name the page");
}

/* The memory is as it was, or reading it is a SIGBUS again; nothing else. */
static void read_again(const char *at, uint64_t offset, const char *how)
{
	if (sigsetjmp(back, 1)) {
		printf("# %s: SIGBUS again, %s\n", how, code_name(code));
		return;
	}
	page_check(at, dax_phys(&dax, offset), SEED, how);
	printf("# %s: reads as before\n", how);
}

static void inject(char *at)
{
	if (madvise(at, PAGE, MADV_HWPOISON))
		fail("MADV_HWPOISON: %s", strerror(errno));
}

static void test_poison(char *leaf, uint64_t offset)
{
	uint64_t start = offset & ~(dax.align - 1);
	char *at = leaf + (offset - start), *other;

	page_write(at, dax_phys(&dax, offset), SEED);
	catch_sigbus();
	if (!sigsetjmp(back, 1)) {
		inject(at);
		/* not thrown out of madvise(): the signal waits for the next look at the page */
		*(volatile char *)at;
	}
	if (!signals)
		fail("no SIGBUS");
	check_signal(leaf, at);
	read_again(at, offset, "the same mapping");
	other = dax_map_part(&dax, start, dax.align);
	read_again(other + (offset - start), offset, "another mapping");
	/* once more, as the page that it is now */
	signals = 0;
	if (!sigsetjmp(back, 1)) {
		if (madvise(other + (offset - start), PAGE, MADV_HWPOISON))
			printf("# the second time: %s\n", strerror(errno));
		else
			*(volatile char *)at;
	}
	if (signals)
		printf("# the second time: SIGBUS again, %s\n", code_name(code));
}

/* The victim dies by the signal; its neighbour, which maps the same page, lives and may be told. */
static void test_kill(char *leaf, uint64_t offset)
{
	char *at = leaf + offset % dax.align;
	int status;
	pid_t pid;

	page_write(at, dax_phys(&dax, offset), SEED);
	catch_sigbus();
	pid = fork();
	if (!pid) {
		signal(SIGBUS, SIG_DFL);
		*(volatile char *)at;
		inject(at);
		*(volatile char *)at;
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		fail("fork or wait: %s", strerror(errno));
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGBUS)
		fail("the victim ended with wait status %#x, not by SIGBUS", status);
	if (signals)
		printf("# the neighbour was told: %s, lsb %d\n", code_name(code), (int)lsb);
	read_again(at, offset, "the neighbour");
}

static void test_soft(char *leaf, uint64_t offset)
{
	char *at = leaf + offset % dax.align, *anon;

	page_write(at, dax_phys(&dax, offset), SEED);
	catch_sigbus();
	if (!madvise(at, PAGE, MADV_SOFT_OFFLINE))
		fail("MADV_SOFT_OFFLINE of a page of a device did not fail");
	printf("# MADV_SOFT_OFFLINE of a page of a device: %s\n", strerror(errno));
	if (signals)
		fail("SIGBUS from MADV_SOFT_OFFLINE");
	page_check(at, dax_phys(&dax, offset), SEED, "after MADV_SOFT_OFFLINE");

	/*
	 * 5.10 with DEBUG_VM, our series or not, fills the struct pages of a device that goes with ones, and
	 * then, if any page of the system has failed, asks each of them whether it has: a BUG.
	 */
	if (kernel_has("page_init_poison")) {
		puts("# a kernel with DEBUG_VM: no page of RAM is made to fail");
		return;
	}
	anon = map_anon(2 * PAGE);
	page_write(anon, 1, SEED);
	if (madvise(anon, PAGE, MADV_SOFT_OFFLINE))
		fail("MADV_SOFT_OFFLINE of anonymous memory: %s", strerror(errno));
	page_check(anon, 1, SEED, "anonymous memory after MADV_SOFT_OFFLINE");
}

static const struct {
	const char *name;
	void (*run)(char *leaf, uint64_t offset);
} tests[] = {
	{ "poison", test_poison },
	{ "kill", test_kill },
	{ "soft", test_soft },
};

int main(int argc, char **argv)
{
	uint64_t offset;
	unsigned int i;

	program = "dax-poison";
	for (i = 0; argc == 4 && i < ARRAY_SIZE(tests); i++)
		if (!strcmp(argv[1], tests[i].name))
			break;
	if (argc != 4 || i == ARRAY_SIZE(tests)) {
		fputs("usage: dax-poison poison|kill|soft DEVICE OFFSET\n", stderr);
		return 2;
	}
	dax = dax_open(argv[2]);
	offset = strtoull(argv[3], NULL, 0) & ~(PAGE - 1);
	if (offset >= dax.size)
		fail("%s has %zu bytes", dax.name, dax.size);
	tests[i].run(dax_map_part(&dax, offset & ~(dax.align - 1), dax.align), offset);
	return 0;
}
