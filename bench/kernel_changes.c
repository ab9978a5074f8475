// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel_changes.h"

#include <string.h>

enum change {
	UNPIN, NTH_PAGE, COMPOUND, DEDUP, PCP_TUNING, GRAB_FOLIO, MERGEABLE, TOUCH, RXE_PAGES, INIT_TAIL, FOLIO_GUP, HEAD_MASK, URING_ACCOUNT,
	FREE_MEMMAP, PAGE_UP, COUNTS,
};

/* In order of their versions. */
const struct kernel_change kernel_changes[] = {
	[UNPIN] = { "unpin batching", "unpinning goes by compound page, one put for neighbours in the same", "5.12", "5.13", false, true },
	[NTH_PAGE] = { "nth_page()", "GUP-fast numbers the pages of a huge page by nth_page(), an instruction more for each", "5.10", "6.1", true, false },
	[COMPOUND] = { "compound devmap", "device-dax has compound pages: references are taken on the head, so that the other struct pages are not touched, "
		"and unpinning by compound page works for them; unbind drops one reference for each. But struct pages that are not shared are all made "
		"tails, which takes more instructions: a loop with two calls for each, where it was one loop", "5.16", "5.17", false, true },
	[DEDUP] = { "memmap sharing", "compound device pages share the struct pages of their tails (optimize_vmemmap): less DRAM, less to initialise and "
		"to free", "5.18", "5.19", false, true },
	[PCP_TUNING] = { "free pages of a CPU", "a CPU's list of free pages tunes its own length (pcp->high): more of a memmap that is given back stays there, and "
		"less goes on to the buddy allocator; how much differs from boot to boot", "6.6", "6.7", false, false },
	[GRAB_FOLIO] = { "try_grab_folio_fast()", "GUP-fast takes each page of a devmap entry with add-unless-zero (a compare-and-swap) under "
		"rcu_read_lock(), and looks at the folio again, where it added to two counters", "6.1", "6.12", true, false },
	[MERGEABLE] = { "pages_are_mergeable()", "the scatterlist of an MR compares the pagemap of each two neighbours (zone_device_pages_have_same_pgmap()), "
		"twice for each page", "6.1", "6.12", true, false },
	[TOUCH] = { "FOLL_TOUCH", "where GUP-fast falls back (long-term pins of device-dax) the PMD is marked as used, for each page (touch_pmd())", "6.1", "6.12", true, false },
	[RXE_PAGES] = { "rxe page_info", "rxe keeps the pages of an MR in one array in the place of many small ones", "6.1", "6.12", true, false },
	[INIT_TAIL] = { "tails in line", "less around each struct page that is initialised: by their loads and stores, calls that are gone", "6.1", "6.12", true, false },
	[FOLIO_GUP] = { "folio GUP", "device-dax is no special case of GUP any more (devmap is gone): one reference for each huge page and call, fast "
		"or long-term", "6.16", "6.17", false, true },
	[HEAD_MASK] = { "compound_info", "the head of a page is found by a mask, two instructions more for each page that unpinning looks at", "6.12", "7.2", true, false },
	[URING_ACCOUNT] = { "io_uring accounting", "io_uring looks huge pages up in an xarray, and for root not at all, where it went for each through the "
		"heads of all that were registered before: quadratic, and of 4 GiB of 2M pages the heads lie on top of each other in the modelled caches", "6.12", "7.2", true, false },
	[FREE_MEMMAP] = { "freeing the memmap", "each page of the memmap goes back through a few instructions more (___free_pages(), a look at its page block). "
		"The greater part is of no step: from 6.7 on a CPU's list of free pages tunes its own length, and how much of the memmap goes on to the buddy "
		"allocator differs from boot to boot", "6.12", "7.2", true, false },
	[PAGE_UP] = { "no nth_page()", "GUP-fast counts the pages of a huge page up again", "6.12", "7.2", true, false },
};

const size_t kernel_changes_n = COUNTS;

/* Where a figure falls somewhat, and more with another change, it is not expected to fall most: aside. */
enum direction { FALLS, ASIDE, RISES };

/* NULL: any. */
static const struct target {
	enum change change;
	enum direction direction;
	const char *op, *engine, *memory, *map, *clock;
	bool dram;
} targets[] = {
	/* Memory that was compound before, and device-dax that became so. */
	{ UNPIN, FALLS, "put", "gup", "thp", NULL, NULL, false },
	{ UNPIN, FALLS, "put", "gup", "hugetlb-2M", NULL, NULL, false },
	{ UNPIN, FALLS, "put", "gup", "dax", NULL, NULL, false },
	{ UNPIN, FALLS, "deregister", "verbs", "dax", NULL, NULL, false },
	{ COMPOUND, FALLS, "put", "gup", "dax", NULL, NULL, false },
	{ COMPOUND, FALLS, "deregister", "verbs", "dax", NULL, NULL, false },
	{ COMPOUND, FALLS, "unbind", NULL, NULL, NULL, NULL, false },
	{ COMPOUND, ASIDE, "get", "gup", "dax", NULL, "model", false },
	{ COMPOUND, ASIDE, "register", "verbs", "dax", NULL, "model", false },
	{ COMPOUND, RISES, "bind", NULL, NULL, "dev", "insn", false },
	{ COMPOUND, RISES, "rebind", NULL, NULL, "dev", "insn", false },
	{ DEDUP, FALLS, "rebind", NULL, NULL, "mem", NULL, true },
	{ DEDUP, FALLS, "bind", NULL, NULL, "mem", NULL, false },
	{ DEDUP, FALLS, "rebind", NULL, NULL, "mem", NULL, false },
	{ DEDUP, FALLS, "unbind", NULL, NULL, "mem", NULL, false },
	{ NTH_PAGE, RISES, "get", "gup", "thp", NULL, NULL, false },
	{ GRAB_FOLIO, RISES, "get", "gup", "dax", NULL, NULL, false },
	{ MERGEABLE, RISES, "register", "verbs", "dax", NULL, NULL, false },
	{ RXE_PAGES, FALLS, "deregister", "verbs", NULL, NULL, NULL, false },
	{ INIT_TAIL, FALLS, "bind", NULL, NULL, NULL, NULL, false },
	{ INIT_TAIL, FALLS, "rebind", NULL, NULL, NULL, NULL, false },
	{ FOLIO_GUP, FALLS, "get", "gup", "dax", NULL, NULL, false },
	{ FOLIO_GUP, FALLS, "register", "verbs", "dax", NULL, "insn", false },
	{ FOLIO_GUP, ASIDE, "register", "verbs", "dax", NULL, NULL, false },
	{ FOLIO_GUP, FALLS, "register", "uring", "dax", NULL, NULL, false },
	{ HEAD_MASK, RISES, "put", "gup", NULL, NULL, NULL, false },
	{ URING_ACCOUNT, FALLS, "register", "uring", NULL, NULL, NULL, false },
	{ FREE_MEMMAP, RISES, "unbind", NULL, NULL, "mem", NULL, false },
	{ PCP_TUNING, FALLS, "unbind", NULL, NULL, "mem", NULL, false },
	{ TOUCH, RISES, "register", "verbs", "dax", NULL, NULL, false },
	{ PAGE_UP, ASIDE, "get", "gup", "thp", NULL, NULL, false },
};

static bool fits(const char *wanted, const char *value)
{
	return !wanted || !strcmp(wanted, value);
}

static bool is_target(const struct target *t, const struct kernel_figure *figure)
{
	const union key_value *v = figure->key->v;

	if (t->dram != figure->dram)
		return false;
	return fits(t->clock, figure->clock) && fits(t->engine, v[KEY_ENGINE].text) && fits(t->memory, v[KEY_MEMORY].text) &&
	       fits(t->map, v[KEY_MAP].text) && fits(t->op, v[KEY_OP].text);
}

static bool has_target(const struct kernel_change *change, const struct kernel_figure *figure, bool rise, bool aside)
{
	size_t i;

	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		if (&kernel_changes[targets[i].change] == change && (targets[i].direction == RISES) == rise &&
		    (aside || targets[i].direction != ASIDE) && is_target(&targets[i], figure))
			return true;
	return false;
}

bool kernel_change_moves(const struct kernel_change *change, const struct kernel_figure *figure, bool rise)
{
	return has_target(change, figure, rise, true);
}

bool kernel_change_expected(const struct kernel_change *change, const struct kernel_figure *figure)
{
	return change->step && has_target(change, figure, false, false);
}

bool kernel_change_between(const struct kernel_change *change, const char *from, const char *to)
{
	return cell_key_compare_versions(from, change->not_in) <= 0 && cell_key_compare_versions(change->in, to) <= 0;
}
