// SPDX-License-Identifier: GPL-2.0-or-later
#include "report_figure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cell_key.h"
#include "cleanup.h"

char *figure_base(const char *dir, const char *name, size_t number)
{
	char *base;
	int len = number == 1 ? asprintf(&base, "%s/%s", dir, name) :
				asprintf(&base, "%s/%s-%zu", dir, name, number);

	return len < 0 ? NULL : base;
}

int figure_remove_older(const char *dir, const char *name)
{
	static const char *const suffixes[] = { "dat", "svg", "png" };
	size_t i, number, removed;

	for (number = removed = 1; removed; number++) {
		_cleanup_free_ char *base = figure_base(dir, name, number);

		removed = 0;
		for (i = 0; base && i < 3; i++) {
			_cleanup_free_ char *path = NULL;

			if (asprintf(&path, "%s.%s", base, suffixes[i]) < 0) {
				path = NULL;
				return -ENOMEM;
			}
			removed += !unlink(path);
		}
	}
	return 0;
}

void figure_put_quoted(const char *text, FILE *f)
{
	fputc('"', f);
	for (; *text; text++)
		fputc(strchr("\"\\\t\n\r", *text) ? '_' : *text, f);
	fputc('"', f);
}

void figure_put_factor(double factor, FILE *f)
{
	double times = factor < 1 ? 1 / factor : factor;

	fprintf(f, times < 1000 ? "%.3gx %s" : "%.0fx %s", times, factor < 1 ? "more" : "less");
}

int figure_compare_kernels(const void *a, const void *b)
{
	const struct cell_key *const *ka = a, *const *kb = b;

	return cell_key_compare(*ka, *kb, KEY_KERNEL, KEY_COUNT);
}
