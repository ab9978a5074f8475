// SPDX-License-Identifier: GPL-2.0-or-later
#include "verbs_limit.h"

#include <errno.h>
#include <unistd.h>

#include "interrupt.h"

struct trial {
	struct ibv_pd *pd;
	void *address;
	size_t page;
	int access;
};

uint64_t verbs_largest(uint64_t max, int (*works)(uint64_t number, void *user), void *user)
{
	uint64_t good = 0, bad;

	if (works(max, user))
		return max;
	bad = max;
	while (bad - good > 1) {
		uint64_t middle = good + (bad - good) / 2;

		if (works(middle, user))
			good = middle;
		else
			bad = middle;
	}
	return good;
}

static int try_mr(const struct trial *trial, uint64_t pages)
{
	struct ibv_mr *mr = ibv_reg_mr(trial->pd, trial->address, pages * trial->page, trial->access);

	if (!mr)
		return errno ? -errno : -EIO;
	return -ibv_dereg_mr(mr);
}

/* After a signal nothing works: the end is near then. */
static int mr_works(uint64_t pages, void *user)
{
	return !interrupted() && !try_mr(user, pages);
}

size_t verbs_largest_mr(struct ibv_pd *pd, void *address, size_t length, int access, int *error)
{
	struct trial trial = { pd, address, (size_t)sysconf(_SC_PAGESIZE), access };

	*error = try_mr(&trial, length / trial.page);
	if (!*error)
		return length;
	return verbs_largest(length / trial.page, mr_works, &trial) * trial.page;
}
