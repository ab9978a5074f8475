// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An ibv_rereg_mr() that can move an MR, for drivers that cannot: with LD_PRELOAD. The new place is registered, the two
 * MRs change places, and what is then the old one is deregistered. So the whole of get variant rereg runs on rxe.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <infiniband/verbs.h>

int ibv_rereg_mr(struct ibv_mr *mr, int flags, struct ibv_pd *pd, void *address, size_t length, int access)
{
	struct ibv_mr *other, old = *mr;

	if (flags != IBV_REREG_MR_CHANGE_TRANSLATION || pd != mr->pd) {
		errno = EOPNOTSUPP;
		return IBV_REREG_MR_ERR_INPUT;
	}
	other = ibv_reg_mr(pd, address, length, access);
	if (!other)
		return IBV_REREG_MR_ERR_CMD;
	*mr = *other;
	*other = old;
	return ibv_dereg_mr(other) ? IBV_REREG_MR_ERR_CMD_AND_DO_FORK_NEW : 0;
}
