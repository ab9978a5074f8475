// SPDX-License-Identifier: GPL-2.0-or-later
/* Which kernel a run is of. */
#include "history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "env_file.h"

/* "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)": the version of the package, else all of it. */
static char *commit_of_version(const char *version)
{
	const char *debian = strstr(version, " Debian ");

	if (!debian)
		return strdup(version);
	debian += strlen(" Debian ");
	return strndup(debian, strcspn(debian, " "));
}

int kernel_identity_of(const char *kernel, const char *release, const json_t *env, struct kernel_identity *identity)
{
	const json_t *object = json_object_get(env, "kernel");
	const char *commit = json_text(object, "commit");

	*identity = (struct kernel_identity){ .kernel = kernel, .release = release, .config = json_text(object, "config_sha256"),
					      .commit_date = json_text(object, "commit_date") };
	identity->commit = *commit ? strdup(commit) : commit_of_version(json_text(object, "version"));
	return identity->commit ? 0 : -ENOMEM;
}

char *kernel_short_commit(const char *commit)
{
	size_t digits = strspn(commit, "0123456789abcdef");
	char *text;

	/* What follows a hash, such as "-dirty", stays. */
	if (digits <= HISTORY_HASH_DIGITS || (commit[digits] && commit[digits] != '-'))
		return strdup(commit);
	return asprintf(&text, "%.*s%s", HISTORY_HASH_DIGITS, commit, commit + digits) < 0 ? NULL : text;
}
