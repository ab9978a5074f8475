// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "size.h"

const struct engine_ops *const engines[] = { &engine_gup, &engine_gup_test, &engine_bind, NULL };

const struct engine_ops *engine_find(const char *name)
{
	for (size_t i = 0; engines[i]; i++)
		if (!strcmp(engines[i]->name, name))
			return engines[i];
	return NULL;
}

int engine_fault(const struct engine_ops *ops, struct engine *engine, void *address, size_t length, int write)
{
	struct pass pass = {
		.address = address,
		.length = length,
		.get = DAXPIN_GET_FAST,
		.put = DAXPIN_PUT_PAGES,
		.write = write,
		.batch = 512,
	};
	int rc = ops->measure(engine, &pass);

	return rc ? rc : pass.error;
}

const char *pin_error_text(int error, size_t length, char text[ENGINE_REASON_MAX])
{
	struct rlimit limit = { 0 };

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
