// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "size.h"

/* Bytes of a registration that is made to fault memory in. */
#define FAULT_REGISTRATION (256UL << 20)

const struct engine_ops *const engines[] = { &engine_gup, &engine_gup_test, &engine_verbs, &engine_uring, &engine_vfio, &engine_bind, NULL };

const struct engine_ops *engine_find(const char *name)
{
	for (size_t i = 0; engines[i]; i++)
		if (!strcmp(engines[i]->name, name))
			return engines[i];
	return NULL;
}

int variant_find(const char *const *names, const char *name)
{
	for (int i = 0; names[i]; i++)
		if (!strcmp(names[i], name))
			return i;
	return -EINVAL;
}

int engine_fault(const struct engine_ops *ops, struct engine *engine, void *address, size_t length, int write)
{
	struct pass pass = {
		.address = address,
		.length = length,
		.write = write,
		/* A registration each is much for a driver; one for all may be more than it takes. */
		.batch = ops->registers ? FAULT_REGISTRATION >> 12 : 512,
		.domains = 1,
	};
	int rc = ops->measure(engine, &pass);

	return rc ? rc : pass.error;
}

void engine_begin(struct pass *pass)
{
	pass->get_calls_made = 0;
	pass->put_calls_made = 0;
	pass->get_ns = 0;
	pass->put_ns = 0;
	pass->pages_got = 0;
	pass->not_put = NULL;
	pass->rounds = 1;
	pass->error = 0;
}

int engine_recordable(uint64_t pages, char reason[ENGINE_REASON_MAX])
{
	if (pages <= INT32_MAX)
		return 0;
	snprintf(reason, ENGINE_REASON_MAX, "more than %d pages in one call cannot be recorded", INT32_MAX);
	return -EOPNOTSUPP;
}

void engine_record(struct pass *pass, enum daxpin_op op, uint64_t ns, uint64_t pages, int rc)
{
	const bool get = op == DAXPIN_OP_GET;
	uint64_t *made = get ? &pass->get_calls_made : &pass->put_calls_made;
	struct engine_call *calls = get ? pass->get_calls : pass->put_calls;
	uint32_t asked = pages < UINT32_MAX ? (uint32_t)pages : UINT32_MAX;

	*(get ? &pass->get_ns : &pass->put_ns) += ns;
	if (*made < (get ? pass->get_calls_max : pass->put_calls_max))
		calls[*made] = (struct engine_call){
			.ns = ns, .asked = asked, .got = rc ? rc : (int32_t)asked, .order = ENGINE_ORDER_UNKNOWN,
		};
	++*made;
}

const char *pin_error_text(int error, size_t length, char text[ENGINE_REASON_MAX])
{
	struct rlimit limit = { 0 };

	if (error == -EBADMSG) {
		snprintf(text, ENGINE_REASON_MAX, "a registration of %zu bytes is not of the right memory: verification failed",
			 length);
		return text;
	}
	getrlimit(RLIMIT_MEMLOCK, &limit);
	if ((error != -ENOMEM && error != -EPERM) || limit.rlim_cur == RLIM_INFINITY)
		snprintf(text, ENGINE_REASON_MAX, "pin of %zu bytes: %s", length, strerror(-error));
	else
		snprintf(text, ENGINE_REASON_MAX,
			 "pin of %zu bytes: %s; RLIMIT_MEMLOCK is %" PRIu64
			 " bytes: raise it (ulimit -l) or run with CAP_IPC_LOCK",
			 length, strerror(-error), (uint64_t)limit.rlim_cur);
	return text;
}
