// SPDX-License-Identifier: GPL-2.0-or-later
#include "cell_key.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "hash_index.h"
#include "kernel_order.h"
#include "text_table.h"

static const char *const platforms[] = { "bare", "kvm", "vm", "tcg", NULL };
static const char *const clocks[] = { "wall", "insn", "model", NULL };
static const char *const memories[] = { "dax", "anon", "thp", "hugetlb-2M", "hugetlb-1G", "memfd", NULL };
static const char *const maps[] = { "mem", "dev", NULL };
static const char *const gets[] = { "fast", "fast-longterm", "slow", "longterm", "gup-fast", "gup", NULL };
static const char *const puts_[] = { "pages", "pages-dirty", "range-dirty", "folio", "page", NULL };
static const char *const put_orders[] = { "sequential", "shuffled", "strided", "interleaved", NULL };
static const char *const put_caches[] = { "warm", "cold", NULL };
static const char *const ranges[] = { "disjoint", "same", NULL };
static const char *const ops[] = { "get", "put", "register", "deregister", "bind", "rebind", "unbind", NULL };
/* Of our series, in its order; the head of kernel/patches/5.10/series is where a new one starts. */
static const char *const stages[] = { "unpin", "compound", "gup", "dedup", "beyond", NULL };

#define AT(name) offsetof(struct csv_sample, name)

const struct key_info key_infos[KEY_COUNT] = {
	[KEY_PLATFORM] = { "platform", "platform", KEY_TEXT, platforms, AT(platform) },
	[KEY_CLOCK] = { "clock", "clock", KEY_TEXT, clocks, AT(clock) },
	[KEY_MODEL] = { "model", "model", KEY_TEXT, NULL, AT(model) },
	[KEY_HOST] = { "host", "host", KEY_TEXT, NULL, 0 },
	[KEY_JOB] = { "job", "job", KEY_TEXT, NULL, AT(job) },
	[KEY_ENGINE] = { "engine", "engine", KEY_TEXT, NULL, AT(engine) },
	[KEY_GET] = { "get", "get", KEY_TEXT, gets, AT(get) },
	[KEY_PUT] = { "put", "put", KEY_TEXT, puts_, AT(put) },
	[KEY_WRITE] = { "write", "write", KEY_NUMBER, NULL, AT(write) },
	[KEY_SIZE] = { "size_bytes", "size", KEY_BYTES, NULL, AT(size_bytes) },
	[KEY_BATCH] = { "batch_pages", "batch", KEY_NUMBER, NULL, AT(batch_pages) },
	[KEY_PUT_BATCH] = { "put_batch_pages", "put batch", KEY_NUMBER, NULL, AT(put_batch_pages) },
	[KEY_THREADS] = { "threads", "threads", KEY_NUMBER, NULL, AT(threads) },
	[KEY_RANGE] = { "range", "range", KEY_TEXT, ranges, AT(range) },
	[KEY_PUT_ORDER] = { "put_order", "put order", KEY_TEXT, put_orders, AT(put_order) },
	[KEY_PUT_CACHE] = { "put_cache", "put cache", KEY_TEXT, put_caches, AT(put_cache) },
	[KEY_HOLD] = { "hold_ms", "held ms", KEY_NUMBER, NULL, AT(hold_ms) },
	[KEY_RDMA_DEVICE] = { "rdma_device", "RDMA device", KEY_TEXT, NULL, AT(rdma_device) },
	[KEY_DOMAINS] = { "domains", "domains", KEY_NUMBER, NULL, AT(domains) },
	[KEY_PROCESSES] = { "processes", "processes", KEY_NUMBER, NULL, AT(processes) },
	[KEY_MEMORY] = { "memory", "memory", KEY_TEXT, memories, AT(memory) },
	[KEY_MAP] = { "map", "map", KEY_TEXT, maps, AT(map) },
	[KEY_ALIGN] = { "align_bytes", "align", KEY_BYTES, NULL, AT(align_bytes) },
	[KEY_OP] = { "op", "op", KEY_TEXT, ops, AT(op) },
	[KEY_KERNEL] = { "kernel", "kernel", KEY_TEXT, NULL, AT(kernel) },
	[KEY_RELEASE] = { "kernel_release", "release", KEY_TEXT, NULL, AT(kernel_release) },
	[KEY_TRUSTED] = { "trusted", "trusted", KEY_NUMBER, NULL, AT(trusted) },
};

void cell_key_of(const struct csv_sample *sample, const char *host, struct cell_key *key)
{
	enum key k;

	for (k = KEY_FIRST; k < KEY_COUNT; k++) {
		const char *at = (const char *)sample + key_infos[k].sample_offset;

		if (k == KEY_HOST)
			key->v[k].text = host;
		else if (key_infos[k].kind == KEY_TEXT)
			key->v[k].text = *(const char *const *)at;
		else
			key->v[k].number = *(const uint64_t *)at;
	}
	/* Files from before there was a choice. */
	if (!strcmp(sample->engine, "gup") && !*sample->put_order) {
		key->v[KEY_PUT_ORDER].text = put_orders[0];
		key->v[KEY_PUT_CACHE].text = put_caches[0];
		key->v[KEY_HOLD].number = 0;
	}
	if (sample->processes == CSV_MISSING && sample->threads != CSV_MISSING)
		key->v[KEY_PROCESSES].number = 1;
}

static size_t rank(const char *text, const char *const *words)
{
	size_t i;

	for (i = 0; words && words[i]; i++)
		if (!strcmp(text, words[i]))
			return i;
	/* An empty text comes last: it says least. */
	return *text ? i : i + 1;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Major and minor of a release: stock and trimmed kernels of one version stay
 * together whatever their ids are. */
int cell_key_compare_versions(const char *a, const char *b)
{
	unsigned int va[2] = { UINT_MAX, UINT_MAX }, vb[2] = { UINT_MAX, UINT_MAX };
	int c;

	sscanf(a, "%u.%u", &va[0], &va[1]);
	sscanf(b, "%u.%u", &vb[0], &vb[1]);
	c = compare_numbers(va[0], vb[0]);
	return c ? c : compare_numbers(va[1], vb[1]);
}

enum clock cell_key_clock(const struct cell_key *key)
{
	const char *clock = key->v[KEY_CLOCK].text;

	return !strcmp(clock, "insn") ? CLOCK_INSN : !strcmp(clock, "model") ? CLOCK_MODEL : CLOCK_WALL;
}

size_t cell_key_stage(const char *kernel)
{
	const char *plus = kernel_stage_plus(kernel);
	size_t i, length;

	if (!plus)
		return 0;
	length = strcspn(plus + 1, "-");
	for (i = 0; stages[i]; i++)
		if (strlen(stages[i]) == length && !strncmp(stages[i], plus + 1, length))
			break;
	return i + 1;
}

const char *cell_key_stage_name(size_t stage)
{
	return stage && stage < sizeof(stages) / sizeof(stages[0]) ? stages[stage - 1] : NULL;
}

/* A series starts from its base, which has no plus in its name. */
static int compare_kernels(const char *a, const char *b)
{
	int c = compare_numbers(cell_key_stage(a), cell_key_stage(b));

	return c ? c : kernel_order(a, b);
}

static int compare_key(const struct cell_key *a, const struct cell_key *b, enum key k)
{
	const struct key_info *info = &key_infos[k];
	int c;

	if (k == KEY_TRUSTED)
		return compare_numbers(a->v[k].number != 1, b->v[k].number != 1);
	if (info->kind != KEY_TEXT)
		return compare_numbers(a->v[k].number, b->v[k].number);
	if (k == KEY_KERNEL)
		return compare_kernels(a->v[k].text, b->v[k].text);
	if (k == KEY_RELEASE)
		return kernel_order(a->v[k].text, b->v[k].text);
	c = compare_numbers(rank(a->v[k].text, info->words), rank(b->v[k].text, info->words));
	return c ? c : strverscmp(a->v[k].text, b->v[k].text);
}

int cell_key_compare(const struct cell_key *a, const struct cell_key *b, enum key from, enum key end)
{
	enum key k;
	int c = 0;

	for (k = from; !c && k < end; k++) {
		if (k == KEY_KERNEL)
			c = cell_key_compare_versions(a->v[KEY_RELEASE].text, b->v[KEY_RELEASE].text);
		if (!c)
			c = compare_key(a, b, k);
	}
	return c;
}

/* All that is not 1 is not trusted. */
static uint64_t number_of(const struct cell_key *key, enum key k)
{
	return k == KEY_TRUSTED ? key->v[k].number == 1 : key->v[k].number;
}

uint64_t cell_key_hash(const struct cell_key *key)
{
	uint64_t hash = 0;
	enum key k;

	for (k = KEY_FIRST; k < KEY_COUNT; k++)
		if (key_infos[k].kind == KEY_TEXT)
			hash = hash_text(hash, key->v[k].text);
		else
			hash = hash_number(hash, number_of(key, k));
	return hash;
}

bool cell_key_equal(const struct cell_key *a, const struct cell_key *b)
{
	enum key k;

	for (k = KEY_FIRST; k < KEY_COUNT; k++)
		if (key_infos[k].kind == KEY_TEXT ? strcmp(a->v[k].text, b->v[k].text) :
						    number_of(a, k) != number_of(b, k))
			return false;
	return true;
}

int cell_key_copy(const struct cell_key *from, struct cell_key *to)
{
	enum key k;

	*to = *from;
	for (k = KEY_FIRST; k < KEY_COUNT; k++)
		if (key_infos[k].kind == KEY_TEXT)
			to->v[k].text = NULL;
	for (k = KEY_FIRST; k < KEY_COUNT; k++) {
		if (key_infos[k].kind != KEY_TEXT)
			continue;
		to->v[k].text = strdup(from->v[k].text);
		if (!to->v[k].text) {
			cell_key_free(to);
			return -ENOMEM;
		}
	}
	return 0;
}

void cell_key_free(struct cell_key *key)
{
	enum key k;

	for (k = KEY_FIRST; k < KEY_COUNT; k++)
		if (key_infos[k].kind == KEY_TEXT)
			free((char *)key->v[k].text);
}

const char *cell_key_text(const struct cell_key *key, enum key k, int human, char buf[KEY_TEXT_MAX])
{
	const union key_value *v = &key->v[k];

	if (key_infos[k].kind == KEY_TEXT)
		return v->text;
	if (v->number == CSV_MISSING)
		return "";
	if (human && key_infos[k].kind == KEY_BYTES)
		return size_format(v->number, buf);
	snprintf(buf, KEY_TEXT_MAX, "%" PRIu64, v->number);
	return buf;
}

void cell_key_describe(const struct cell_key *key, enum key from, enum key to,
		       const unsigned char *skip, FILE *f)
{
	char buf[KEY_TEXT_MAX];
	const char *text, *comma = "";
	enum key k;

	for (k = from; k < to; k++) {
		text = cell_key_text(key, k, 1, buf);
		if ((skip && skip[k]) || !*text)
			continue;
		fprintf(f, "%s%s ", comma, key_infos[k].title);
		text_put_line(text, false, f);
		comma = ", ";
	}
}
