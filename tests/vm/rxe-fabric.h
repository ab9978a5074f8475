/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two queue pairs of this process, connected with each other through an RDMA device, and a buffer
 * to send from and to receive into. Errors end the program.
 */
#ifndef RXE_FABRIC_H
#define RXE_FABRIC_H

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <infiniband/verbs.h>

#define PAGE 4096ULL
#define BUFFER_BYTES (2 * PAGE)
#define DEADLINE_S 30 /* for one completion, on an emulated CPU */
#define PSN 0x123

struct fabric {
	struct ibv_context *context;
	struct ibv_pd *pd;
	struct ibv_cq *cq;
	struct ibv_qp *qp[2];
	struct ibv_port_attr port;
	union ibv_gid gid;
	uint8_t gid_index;
	unsigned char *buffer;
	struct ibv_mr *buffer_mr;
};

__attribute__((noreturn, format(printf, 2, 3)))
static void fail(int status, const char *format, ...)
{
	va_list args;

	fputs("rxe-mr: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(status);
}

/* Only for what ibverbs returns as a positive errno. */
static void must(int rc, const char *what)
{
	if (rc)
		fail(2, "%s: %s", what, strerror(rc));
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static void open_device(struct fabric *f, const char *name)
{
	struct ibv_device **list = ibv_get_device_list(NULL);
	int i;

	for (i = 0; list && list[i]; i++)
		if (!strcmp(ibv_get_device_name(list[i]), name))
			f->context = ibv_open_device(list[i]);
	if (!f->context)
		fail(2, "cannot open RDMA device %s: is it there (rdma link), and are ibverbs-providers installed?", name);
	ibv_free_device_list(list);
	must(ibv_query_port(f->context, 1, &f->port), "cannot query port 1");
}

static int is_ipv4(const union ibv_gid *gid)
{
	static const unsigned char prefix[12] = { [10] = 0xff, [11] = 0xff };

	return !memcmp(gid->raw, prefix, sizeof(prefix));
}

/* The device has an IPv4 address; the GID made of it needs no neighbour discovery. */
static void find_gid(struct fabric *f)
{
	int i;

	for (i = 0; i < f->port.gid_tbl_len && i < 256; i++) {
		if (!ibv_query_gid(f->context, 1, i, &f->gid) && is_ipv4(&f->gid)) {
			f->gid_index = i;
			return;
		}
	}
	fail(2, "no GID with an IPv4 address: give the network device one");
}

static void make_queues(struct fabric *f)
{
	struct ibv_qp_init_attr init = {
		.cap = { .max_send_wr = 4, .max_recv_wr = 4, .max_send_sge = 1, .max_recv_sge = 1 },
		.qp_type = IBV_QPT_RC,
		.sq_sig_all = 1,
	};
	int i;

	f->pd = ibv_alloc_pd(f->context);
	f->cq = ibv_create_cq(f->context, 16, NULL, NULL, 0);
	if (!f->pd || !f->cq)
		fail(2, "cannot make a protection domain or completion queue: %s", strerror(errno));
	init.send_cq = f->cq;
	init.recv_cq = f->cq;
	for (i = 0; i < 2; i++) {
		f->qp[i] = ibv_create_qp(f->pd, &init);
		if (!f->qp[i])
			fail(2, "cannot make a queue pair: %s", strerror(errno));
	}
}

static void make_buffer(struct fabric *f)
{
	f->buffer = aligned_alloc(PAGE, BUFFER_BYTES);
	if (!f->buffer)
		fail(2, "no memory for the buffer");
	f->buffer_mr = ibv_reg_mr(f->pd, f->buffer, BUFFER_BYTES, IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_READ);
	if (!f->buffer_mr)
		fail(2, "cannot register the buffer of %llu bytes: %s", BUFFER_BYTES, strerror(errno));
}

static void connect_queue(struct fabric *f, struct ibv_qp *qp, const struct ibv_qp *peer)
{
	struct ibv_qp_attr init = {
		.qp_state = IBV_QPS_INIT,
		.port_num = 1,
		.qp_access_flags = IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_WRITE,
	};
	struct ibv_qp_attr receive = {
		.qp_state = IBV_QPS_RTR,
		.path_mtu = f->port.active_mtu,
		.dest_qp_num = peer->qp_num,
		.rq_psn = PSN,
		.max_dest_rd_atomic = 1,
		.min_rnr_timer = 12,
		.ah_attr = {
			.is_global = 1,
			.port_num = 1,
			.grh = { .dgid = f->gid, .sgid_index = f->gid_index, .hop_limit = 1 },
		},
	};
	struct ibv_qp_attr send = {
		.qp_state = IBV_QPS_RTS,
		.timeout = 18,	/* a second: the CPU may be emulated */
		.retry_cnt = 7,
		.rnr_retry = 7,
		.sq_psn = PSN,
		.max_rd_atomic = 1,
	};

	must(ibv_modify_qp(qp, &init, IBV_QP_STATE | IBV_QP_PKEY_INDEX | IBV_QP_PORT | IBV_QP_ACCESS_FLAGS),
	     "cannot set up a queue pair");
	must(ibv_modify_qp(qp, &receive, IBV_QP_STATE | IBV_QP_AV | IBV_QP_PATH_MTU | IBV_QP_DEST_QPN | IBV_QP_RQ_PSN |
			   IBV_QP_MAX_DEST_RD_ATOMIC | IBV_QP_MIN_RNR_TIMER),
	     "cannot connect a queue pair, is the network device up?");
	must(ibv_modify_qp(qp, &send, IBV_QP_STATE | IBV_QP_TIMEOUT | IBV_QP_RETRY_CNT | IBV_QP_RNR_RETRY |
			   IBV_QP_SQ_PSN | IBV_QP_MAX_QP_RD_ATOMIC),
	     "cannot start a queue pair");
}

static void open_fabric(struct fabric *f, const char *name)
{
	open_device(f, name);
	find_gid(f);
	make_queues(f);
	make_buffer(f);
	connect_queue(f, f->qp[0], f->qp[1]);
	connect_queue(f, f->qp[1], f->qp[0]);
}

static enum ibv_wc_status wait_completion(struct fabric *f)
{
	uint64_t deadline = now_ns() + DEADLINE_S * 1000000000ULL;
	struct ibv_wc wc;

	do {
		int n = ibv_poll_cq(f->cq, 1, &wc);

		if (n < 0)
			fail(1, "cannot poll the completion queue");
		if (n)
			return wc.status;
	} while (now_ns() < deadline);
	fail(1, "no completion within %d s", DEADLINE_S);
}

/* From the buffer, or to it. */
static void post(struct fabric *f, enum ibv_wr_opcode opcode, const void *remote, uint32_t bytes, uint32_t rkey)
{
	struct ibv_sge piece = { .addr = (uintptr_t)f->buffer, .length = bytes, .lkey = f->buffer_mr->lkey };
	struct ibv_send_wr work = {
		.sg_list = &piece, .num_sge = 1, .opcode = opcode,
		.wr.rdma = { .remote_addr = (uintptr_t)remote, .rkey = rkey },
	}, *bad;
	int rc = ibv_post_send(f->qp[0], &work, &bad);

	if (rc)
		fail(1, "cannot post a request: %s", strerror(rc));
}

static void must_transfer(struct fabric *f, enum ibv_wr_opcode opcode, const void *remote, uint32_t bytes,
			  uint32_t rkey)
{
	enum ibv_wc_status status;

	post(f, opcode, remote, bytes, rkey);
	status = wait_completion(f);
	if (status != IBV_WC_SUCCESS)
		fail(1, "RDMA %s of %u bytes at %p: %s", opcode == IBV_WR_RDMA_WRITE ? "WRITE" : "READ", bytes, remote,
		     ibv_wc_status_str(status));
}

static int is_broken(struct ibv_qp *qp)
{
	struct ibv_qp_init_attr init;
	struct ibv_qp_attr attr;

	must(ibv_query_qp(qp, &attr, IBV_QP_STATE, &init), "cannot query a queue pair");
	return attr.qp_state == IBV_QPS_ERR;
}

#endif
