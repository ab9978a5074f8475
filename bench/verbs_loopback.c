// SPDX-License-Identifier: GPL-2.0-or-later
#include "verbs_loopback.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

/* Any number that both sides know. */
#define FIRST_PACKET 0x123

/* For one completion, on an emulated CPU. */
#define DEADLINE_S 30

/* Entries of a port's table of addresses that are looked at. */
#define GIDS_MAX 256

struct verbs_loopback {
	const char *name;
	struct ibv_cq *cq;
	struct ibv_qp *qp[2]; /* the first one asks, the second one answers */
	unsigned char *scratch; /* a page, and one to read when nothing is wanted */
	struct ibv_mr *scratch_mr;
	size_t page;
	uint8_t port_number;
	struct ibv_port_attr port;
	struct ibv_gid_entry gid;
};

static int is_ipv4(const union ibv_gid *gid)
{
	static const unsigned char prefix[12] = { [10] = 0xff, [11] = 0xff };

	return !memcmp(gid->raw, prefix, sizeof(prefix));
}

static int is_zero(const union ibv_gid *gid)
{
	static const union ibv_gid zero;

	return !memcmp(gid, &zero, sizeof(zero));
}

/* Best: made of an IPv4 address, which needs no neighbour discovery, and RoCE v2. */
static int gid_score(const struct ibv_gid_entry *entry)
{
	if (is_zero(&entry->gid))
		return 0;
	return 1 + 2 * (entry->gid_type == IBV_GID_TYPE_ROCE_V2) + 4 * is_ipv4(&entry->gid);
}

static int find_gid(struct ibv_context *context, struct verbs_loopback *l)
{
	int best = 0;

	for (uint32_t i = 0; i < (uint32_t)l->port.gid_tbl_len && i < GIDS_MAX && best < 7; i++) {
		struct ibv_gid_entry entry;

		if (ibv_query_gid_ex(context, l->port_number, i, &entry, 0) || gid_score(&entry) <= best)
			continue;
		best = gid_score(&entry);
		l->gid = entry;
	}
	return best ? 0 : -ENOENT;
}

static int find_port(struct ibv_context *context, struct verbs_loopback *l, char reason[ENGINE_REASON_MAX])
{
	struct ibv_device_attr attr;

	if (ibv_query_device(context, &attr))
		attr.phys_port_cnt = 1;
	for (l->port_number = 1; l->port_number <= attr.phys_port_cnt; l->port_number++) {
		if (ibv_query_port(context, l->port_number, &l->port) || l->port.state != IBV_PORT_ACTIVE)
			continue;
		/* InfiniBand goes by LID. */
		if (l->port.link_layer == IBV_LINK_LAYER_INFINIBAND || !find_gid(context, l))
			return 0;
	}
	snprintf(reason, ENGINE_REASON_MAX,
		 "RDMA device %s has no active port with an address to prove registrations through: bring its link up, or verify = 0",
		 l->name);
	return -EOPNOTSUPP;
}

/* Returns rc after it has said what could not be made. */
static int failed(const struct verbs_loopback *l, const char *what, int rc)
{
	if (!rc)
		rc = -EIO;
	err("RDMA device %s: %s to prove registrations with: %s; verify = 0 does without", l->name, what, strerror(-rc));
	return rc;
}

static int make_scratch(struct ibv_pd *pd, struct verbs_loopback *l)
{
	char text[ENGINE_REASON_MAX];
	int rc;

	l->scratch = aligned_alloc(l->page, 2 * l->page);
	if (!l->scratch)
		return -ENOMEM;
	memset(l->scratch, 0, 2 * l->page);
	l->scratch_mr = ibv_reg_mr(pd, l->scratch, 2 * l->page, IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_READ);
	if (l->scratch_mr)
		return 0;
	rc = errno ? -errno : -EIO;
	err("RDMA device %s: a buffer to prove registrations with: %s", l->name, pin_error_text(rc, 2 * l->page, text));
	return rc;
}

static int make_queues(struct ibv_pd *pd, struct verbs_loopback *l)
{
	struct ibv_qp_init_attr init = {
		.cap = { .max_send_wr = 4, .max_recv_wr = 4, .max_send_sge = 1, .max_recv_sge = 1 },
		.qp_type = IBV_QPT_RC,
		.sq_sig_all = 1,
	};

	l->cq = ibv_create_cq(pd->context, 16, NULL, NULL, 0);
	if (!l->cq)
		return failed(l, "a completion queue", -errno);
	init.send_cq = l->cq;
	init.recv_cq = l->cq;
	for (int i = 0; i < 2; i++) {
		l->qp[i] = ibv_create_qp(pd, &init);
		if (!l->qp[i])
			return failed(l, "a queue pair", -errno);
	}
	return 0;
}

static struct ibv_ah_attr address_of(const struct verbs_loopback *l)
{
	struct ibv_ah_attr address = { .port_num = l->port_number };

	if (l->port.link_layer == IBV_LINK_LAYER_INFINIBAND) {
		address.dlid = l->port.lid;
		return address;
	}
	address.is_global = 1;
	address.grh.dgid = l->gid.gid;
	address.grh.sgid_index = (uint8_t)l->gid.gid_index;
	address.grh.hop_limit = 1;
	return address;
}

static int connect_queue(const struct verbs_loopback *l, struct ibv_qp *qp, const struct ibv_qp *peer)
{
	struct ibv_qp_attr init = {
		.qp_state = IBV_QPS_INIT,
		.port_num = l->port_number,
		.qp_access_flags = IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_WRITE,
	};
	/* One RDMA READ at a time: see verbs_loopback_let_go(). */
	struct ibv_qp_attr receive = {
		.qp_state = IBV_QPS_RTR,
		.path_mtu = l->port.active_mtu,
		.dest_qp_num = peer->qp_num,
		.rq_psn = FIRST_PACKET,
		.max_dest_rd_atomic = 1,
		.min_rnr_timer = 12,
		.ah_attr = address_of(l),
	};
	struct ibv_qp_attr send = {
		.qp_state = IBV_QPS_RTS,
		.timeout = 18, /* a second: the CPU may be emulated */
		.retry_cnt = 7,
		.rnr_retry = 7,
		.sq_psn = FIRST_PACKET,
		.max_rd_atomic = 1,
	};
	int rc;

	rc = ibv_modify_qp(qp, &init, IBV_QP_STATE | IBV_QP_PKEY_INDEX | IBV_QP_PORT | IBV_QP_ACCESS_FLAGS);
	if (!rc)
		rc = ibv_modify_qp(qp, &receive, IBV_QP_STATE | IBV_QP_AV | IBV_QP_PATH_MTU | IBV_QP_DEST_QPN |
				   IBV_QP_RQ_PSN | IBV_QP_MAX_DEST_RD_ATOMIC | IBV_QP_MIN_RNR_TIMER);
	if (!rc)
		rc = ibv_modify_qp(qp, &send, IBV_QP_STATE | IBV_QP_TIMEOUT | IBV_QP_RETRY_CNT | IBV_QP_RNR_RETRY |
				   IBV_QP_SQ_PSN | IBV_QP_MAX_QP_RD_ATOMIC);
	return rc ? failed(l, "a connection of queue pairs", -rc) : 0;
}

int verbs_loopback_open(struct ibv_pd *pd, struct verbs_loopback **loopback, char reason[ENGINE_REASON_MAX])
{
	struct verbs_loopback *l = calloc(1, sizeof(*l));
	int rc;

	if (!l)
		return -ENOMEM;
	l->name = ibv_get_device_name(pd->context->device);
	l->page = (size_t)sysconf(_SC_PAGESIZE);
	rc = find_port(pd->context, l, reason);
	if (!rc)
		rc = make_scratch(pd, l);
	if (!rc)
		rc = make_queues(pd, l);
	for (int i = 0; !rc && i < 2; i++)
		rc = connect_queue(l, l->qp[i], l->qp[!i]);
	if (rc)
		verbs_loopback_close(l);
	else
		*loopback = l;
	return rc;
}

void verbs_loopback_close(struct verbs_loopback *l)
{
	for (int i = 0; i < 2; i++)
		if (l->qp[i])
			ibv_destroy_qp(l->qp[i]);
	if (l->cq)
		ibv_destroy_cq(l->cq);
	if (l->scratch_mr)
		ibv_dereg_mr(l->scratch_mr);
	free(l->scratch);
	free(l);
}

unsigned char *verbs_loopback_scratch(struct verbs_loopback *l)
{
	return l->scratch;
}

static time_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* rxe works on the CPU of who waits: lets it. */
static int wait_for_completion(struct verbs_loopback *l, struct ibv_wc *wc)
{
	time_t deadline = now_s() + DEADLINE_S;

	while (now_s() <= deadline) {
		int n = ibv_poll_cq(l->cq, 1, wc);

		if (n)
			return n < 0 ? -EIO : 0;
		sched_yield();
	}
	return -ETIMEDOUT;
}

static int transfer(struct verbs_loopback *l, enum ibv_wr_opcode opcode, void *scratch, const void *remote,
		    uint32_t rkey)
{
	struct ibv_sge piece = {
		.addr = (uintptr_t)scratch, .length = (uint32_t)l->page, .lkey = l->scratch_mr->lkey,
	};
	struct ibv_send_wr work = {
		.sg_list = &piece, .num_sge = 1, .opcode = opcode,
		.wr.rdma = { .remote_addr = (uintptr_t)remote, .rkey = rkey },
	}, *bad;
	const char *what = opcode == IBV_WR_RDMA_READ ? "READ" : "WRITE";
	struct ibv_wc wc = { 0 };
	int rc = -ibv_post_send(l->qp[0], &work, &bad);

	if (!rc)
		rc = wait_for_completion(l, &wc);
	if (rc)
		err("RDMA device %s: RDMA %s of %zu bytes at %p: %s", l->name, what, l->page, remote, strerror(-rc));
	else if (wc.status != IBV_WC_SUCCESS)
		err("RDMA device %s: RDMA %s of %zu bytes at %p: %s", l->name, what, l->page, remote,
		    ibv_wc_status_str(wc.status));
	return rc ? rc : wc.status == IBV_WC_SUCCESS ? 0 : -EIO;
}

int verbs_loopback_read(struct verbs_loopback *l, const void *remote, uint32_t rkey)
{
	return transfer(l, IBV_WR_RDMA_READ, l->scratch, remote, rkey);
}

int verbs_loopback_write(struct verbs_loopback *l, const void *remote, uint32_t rkey)
{
	return transfer(l, IBV_WR_RDMA_WRITE, l->scratch, remote, rkey);
}

int verbs_loopback_let_go(struct verbs_loopback *l)
{
	return transfer(l, IBV_WR_RDMA_READ, l->scratch, l->scratch + l->page, l->scratch_mr->rkey);
}
