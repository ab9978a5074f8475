// SPDX-License-Identifier: GPL-2.0-or-later
/* Engine "vfio": memory mapped for a device behind an IOMMU, through a VFIO container of type 1. */
#include <daxpin_mark.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine.h"
#include "interrupt.h"
#include "log.h"
#include "page_reserved.h"
#include "proof.h"
#include "verbs_turns.h"
#include "vfio_container.h"
#include "vfio_edu.h"
#include "wall.h"

/* What is proven takes a fifth of a second for each page and direction: of the mappings the first, the last and
 * one in between; of the pages the first and the last, of a single mapping also one in between. */
#define PROVEN_MAX 3

enum { GET_MAP, GET_COUNT };
enum { PUT_UNMAP, PUT_COUNT };

static const char *const get_names[GET_COUNT + 1] = {[GET_MAP] = "map"};
static const char *const put_names[PUT_COUNT + 1] = {[PUT_UNMAP] = "unmap"};

/* VFIO takes reserved pages for registers of a device, which need no pin; but it has pinned them by then. Pages
 * of device memory are marked so. KVM had the same bug, until 5.5 (a78986aae9b2). */
#define NOT_UNPINNED "VFIO of this kernel unmaps but never unpins this memory: its pages are marked as reserved"

/**
 * struct engine - one thread's use
 * @container: NULL until a pass tells which device
 * @edu: to prove with, NULL until it is asked for
 * @iova: where the range of a pass is mapped to
 * @reserved: bytes from there
 * @entries: mappings that these may have
 * @passes: that it has made
 * @warned: that memory stays pinned has been said
 */
struct engine {
	struct vfio_container *container;
	struct vfio_edu *edu;
	uint64_t iova;
	size_t reserved;
	uint64_t entries;
	size_t page;
	uint64_t passes;
	int warned;
};

static int vfio_open(struct engine **engine, char reason[ENGINE_REASON_MAX])
{
	struct engine *e = calloc(1, sizeof(*e));

	(void)reason;
	if (!e)
		return out_of_memory();
	e->page = (size_t)sysconf(_SC_PAGESIZE);
	*engine = e;
	return 0;
}

static void vfio_close(struct engine *engine)
{
	if (engine->edu)
		vfio_edu_close(engine->edu);
	if (engine->container)
		vfio_container_put(engine->container);
	free(engine);
}

/* Bytes of a mapping, of all but perhaps the last one. */
static size_t map_length(const struct engine *engine, const struct pass *pass)
{
	return pass->batch < pass->length / engine->page ? pass->batch * engine->page : pass->length;
}

static size_t map_count(const struct engine *engine, const struct pass *pass)
{
	size_t length = map_length(engine, pass);

	return (pass->length + length - 1) / length;
}

/* The addresses of the first pass are kept for all that fit: memory is faulted in by a pass of another shape. */
static int prepare(struct engine *engine, const struct pass *pass, char reason[ENGINE_REASON_MAX])
{
	uint64_t entries = map_count(engine, pass);
	int rc = 0;

	if (!engine->container)
		rc = vfio_container_get(pass->provider, &engine->container, reason);
	if (rc || (pass->length <= engine->reserved && entries <= engine->entries))
		return rc;
	rc = vfio_container_reserve(engine->container, pass->address, pass->length, entries, &engine->iova, reason);
	if (rc)
		return rc;
	engine->reserved = pass->length;
	engine->entries = entries;
	return 0;
}

/* Nobody's device becomes impossible to disable without his consent. Reading the first page faults it in. */
static int check_memory(const struct pass *pass, char reason[ENGINE_REASON_MAX])
{
	if (pass->may_write)
		return 0;
	(void)*(volatile const unsigned char *)pass->address;
	if (!page_reserved(pass->address))
		return 0;
	snprintf(reason, ENGINE_REASON_MAX,
		 "VFIO may never unpin this memory, whose pages are marked as reserved, and its device may then hang "
		 "when it is disabled: --yes tries all the same");
	return -EOPNOTSUPP;
}

static int vfio_supports(struct engine *engine, const struct pass *pass, char reason[ENGINE_REASON_MAX])
{
	int rc;

	if (pass->put_batch) {
		snprintf(reason, ENGINE_REASON_MAX, "memory is unmapped as it was mapped (put_batch = 0)");
		return -EOPNOTSUPP;
	}
	rc = engine_recordable(map_length(engine, pass) / engine->page, reason);
	if (!rc)
		rc = prepare(engine, pass, reason);
	if (!rc)
		rc = check_memory(pass, reason);
	if (!rc && pass->verify && !engine->edu)
		rc = vfio_edu_open(engine->container, &engine->edu, reason);
	return rc;
}

/* --- a pass --- */

/* One mapping of a pass. */
struct piece {
	unsigned char *address;
	size_t length;
	uint64_t iova;
};

static struct piece piece_of(const struct engine *engine, const struct pass *pass, size_t index)
{
	size_t length = map_length(engine, pass), at = index * length;

	return (struct piece){.address = (unsigned char *)pass->address + at,
			      .length = pass->length - at < length ? pass->length - at : length,
			      .iova = engine->iova + at};
}

static int timed_map(const struct engine *engine, const struct piece *piece, int write, uint64_t *ns)
{
	uint64_t start = wall_now();
	int rc;

	daxpin_mark(DAXPIN_MARK_BEGIN, DAXPIN_OP_GET);
	rc = vfio_container_map(engine->container, piece->address, piece->length, piece->iova, write);
	daxpin_mark(DAXPIN_MARK_END, 0);
	*ns = wall_now() - start;
	return rc;
}

static int timed_unmap(const struct engine *engine, const struct piece *piece, uint64_t *ns)
{
	uint64_t start = wall_now();
	int rc;

	daxpin_mark(DAXPIN_MARK_BEGIN, DAXPIN_OP_PUT);
	rc = vfio_container_unmap(engine->container, piece->length, piece->iova);
	daxpin_mark(DAXPIN_MARK_END, 0);
	*ns = wall_now() - start;
	return rc;
}

/* Returns how many have been mapped; pass->error says why no more. */
static size_t map_all(const struct engine *engine, struct pass *pass, size_t count)
{
	size_t i;

	for (i = 0; !pass->error && i < count; i++) {
		struct piece piece = piece_of(engine, pass, i);
		uint64_t ns;

		if (interrupted()) {
			pass->error = -EINTR;
			break;
		}
		pass->error = timed_map(engine, &piece, pass->write, &ns);
		engine_record(pass, DAXPIN_OP_GET, ns, piece.length / engine->page, pass->error);
		if (pass->error)
			break;
		pass->pages_got += piece.length / engine->page;
	}
	return i;
}

/* No call has put anything. */
static void note_pinned(struct engine *engine, struct pass *pass)
{
	pass->not_put = NOT_UNPINNED;
	for (uint64_t i = 0; i < pass->put_calls_made && i < pass->put_calls_max; i++)
		if (pass->put_calls[i].got > 0)
			pass->put_calls[i].got = 0;
	if (!engine->warned)
		err("%s; a dax device that has it may hang until the next boot when it is disabled", NOT_UNPINNED);
	engine->warned = 1;
}

/* A signal does not stop it. */
static void unmap_all(struct engine *engine, struct pass *pass, size_t mapped)
{
	int reserved = mapped && page_reserved(pass->address);
	int64_t before = reserved ? pages_unpinned() : -1;

	for (size_t i = 0; i < mapped; i++) {
		struct piece piece = piece_of(engine, pass, i);
		uint64_t ns;
		int rc = timed_unmap(engine, &piece, &ns);

		engine_record(pass, DAXPIN_OP_PUT, ns, piece.length / engine->page, rc);
		if (!pass->error)
			pass->error = rc;
	}
	if (before >= 0 && pages_unpinned() - before < (int64_t)(pass->pages_got / 2))
		note_pinned(engine, pass);
}

/* Where a page of a mapping is for the device. */
struct view {
	const struct engine *engine;
	const struct piece *piece;
};

static uint64_t iova_of(const struct view *view, const void *page)
{
	return view->piece->iova + (uint64_t)((const unsigned char *)page - view->piece->address);
}

static int dma_read(void *user, const void *page)
{
	const struct view *view = user;

	return vfio_edu_read(view->engine->edu, iova_of(view, page));
}

static int dma_write(void *user, void *page)
{
	const struct view *view = user;

	return vfio_edu_write(view->engine->edu, iova_of(view, page));
}

static int prove_piece(const struct engine *engine, const struct pass *pass, size_t index, unsigned int random)
{
	struct piece piece = piece_of(engine, pass, index);
	struct view view = {engine, &piece};
	struct proof proof = {
		.path =
			{
				.scratch = vfio_edu_scratch(engine->edu),
				.bytes = vfio_edu_bytes(),
				.read = dma_read,
				.write = dma_write,
				.read_name = "DMA out of memory",
				.write_name = "DMA into memory",
				.user = &view,
			},
		.address = piece.address,
		.length = piece.length,
		.random = random,
		.write = pass->write && pass->may_write,
		.seed = proof_mix(engine->passes) + index,
	};

	return interrupted() ? -EINTR : prove(&proof);
}

static int prove_all(const struct engine *engine, const struct pass *pass, size_t count)
{
	size_t proven = count < PROVEN_MAX ? count : PROVEN_MAX;
	int rc = 0;

	for (size_t i = 0; !rc && i < proven; i++)
		rc = prove_piece(engine, pass, proof_choose(count, PROVEN_MAX, i, ~engine->passes), count == 1);
	return rc;
}

static void run_pass(struct engine *engine, struct pass *pass)
{
	size_t count = map_count(engine, pass), mapped;

	verbs_turns_begin(pass->verify);
	mapped = map_all(engine, pass, count);
	verbs_turns_registered();
	if (!pass->error && pass->verify) {
		verbs_turns_prove();
		pass->error = prove_all(engine, pass, count);
		verbs_turns_proven();
	}
	verbs_turns_end(pass->verify);
	unmap_all(engine, pass, mapped);
}

static int vfio_measure(struct engine *engine, struct pass *pass)
{
	char reason[ENGINE_REASON_MAX];
	int rc;

	engine_begin(pass);
	rc = prepare(engine, pass, reason);
	if (!rc)
		run_pass(engine, pass);
	engine->passes++;
	return rc;
}

const struct engine_ops engine_vfio = {
	.name = "vfio",
	.help = "memory mapped for a device behind an IOMMU, through VFIO",
	.ops = {"register", "deregister"},
	.gets = get_names,
	.puts = put_names,
	.registers = 1,
	.one_process = 1,
	.open = vfio_open,
	.supports = vfio_supports,
	.measure = vfio_measure,
	.close = vfio_close,
};
