// SPDX-License-Identifier: GPL-2.0-or-later
/* Which kernel a run is of. */
#include "history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	const char *commit = json_string_value(json_object_get(object, "commit"));
	const char *version = json_string_value(json_object_get(object, "version"));
	const char *config = json_string_value(json_object_get(object, "config_sha256"));
	const char *date = json_string_value(json_object_get(object, "commit_date"));

	*identity = (struct kernel_identity){ .kernel = kernel, .release = release, .config = config ? config : "",
					      .commit_date = date ? date : "" };
	identity->commit = commit && *commit ? strdup(commit) : commit_of_version(version ? version : "");
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
