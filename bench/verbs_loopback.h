/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two queue pairs of one protection domain, connected with each other through a
 * port of the device: what an RDMA peer would read and write.
 */
#ifndef DAXPIN_VERBS_LOOPBACK_H
#define DAXPIN_VERBS_LOOPBACK_H

#include <infiniband/verbs.h>
#include <stddef.h>
#include <stdint.h>

#include "engine.h"

struct verbs_loopback;

/* Returns 0, -EOPNOTSUPP with reason (no port or address to use), or another
 * -errno after printing. */
int verbs_loopback_open(struct ibv_pd *pd, struct verbs_loopback **loopback, char reason[ENGINE_REASON_MAX]);

/* A page to send from and to receive into. */
unsigned char *verbs_loopback_scratch(struct verbs_loopback *loopback);

/* RDMA READ of a page into scratch, RDMA WRITE of scratch to a page. Returns 0 or
 * -errno after printing. */
int verbs_loopback_read(struct verbs_loopback *loopback, const void *remote, uint32_t rkey);
int verbs_loopback_write(struct verbs_loopback *loopback, const void *remote, uint32_t rkey);

/* rxe keeps the MR of the last RDMA READ, to answer once more should the answer
 * get lost, and deregistration would not unpin it: makes it let go. */
int verbs_loopback_let_go(struct verbs_loopback *loopback);

void verbs_loopback_close(struct verbs_loopback *loopback);

#endif
