// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel_line.h"

#include <stdio.h>
#include <string.h>

#include "kernel_order.h"

/* BASE+STAGE is BASE-trim with patches, BASE+STAGE-kasan is BASE-kasan with them (configs/kernels.ini). Returns how it is
 * built, and in *base how many characters of the id name what of; "" and 0: it is not one of ours. */
static const char *flavour_of(const char *kernel, size_t *base)
{
	static const char *const built[] = { "-trim", "-kasan" };
	const char *plus = kernel_stage_plus(kernel), *flavour = plus ? strchr(plus, '-') : NULL;
	size_t i, length = strlen(kernel);

	*base = 0;
	if (plus) {
		*base = (size_t)(plus - kernel);
		return flavour ? flavour : built[0];
	}
	for (i = 0; i < sizeof(built) / sizeof(built[0]); i++) {
		size_t end = strlen(built[i]);

		if (length > end && !strcmp(kernel + length - end, built[i])) {
			*base = length - end;
			return built[i];
		}
	}
	return "";
}

char *kernel_line(const char *kernel)
{
	size_t base;
	const char *flavour = flavour_of(kernel, &base);
	char *line;

	return asprintf(&line, "%.*s%s", (int)base, kernel, flavour) < 0 ? NULL : line;
}

bool kernel_same_line(const char *a, const char *b)
{
	size_t base_a, base_b;
	const char *flavour_a = flavour_of(a, &base_a), *flavour_b = flavour_of(b, &base_b);

	return base_a == base_b && !strncmp(a, b, base_a) && !strcmp(flavour_a, flavour_b);
}

bool kernel_is_stock(const char *kernel)
{
	return kernel_same_line(kernel, "");
}
