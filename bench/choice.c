// SPDX-License-Identifier: GPL-2.0-or-later
#include "choice.h"

#include <string.h>

#include "cleanup.h"

static const char *name_at(const char *const *first, size_t step, size_t i)
{
	return *(const char *const *)((const char *)first + i * step);
}

size_t choice_parse(const char *option, const char *arg, const char *const *first, size_t n, size_t step,
		    const struct argp_state *state)
{
	_cleanup_free_ char *names = NULL;
	size_t i, len;
	FILE *f;

	for (i = 0; i < n; i++)
		if (!strcmp(arg, name_at(first, step, i)))
			return i;
	f = open_memstream(&names, &len);
	for (i = 0; f && i < n; i++)
		fprintf(f, "%s%s", !i ? "" : i < n - 1 ? ", " : " or ", name_at(first, step, i));
	argp_error(state, "--%s=%s: must be %s", option, arg, f && !fclose(f) ? names : "one that there is");
	return 0;
}
