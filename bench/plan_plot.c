// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan_plot.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "gnuplot.h"
#include "log.h"
#include "outfile.h"
#include "size.h"

/* Of one capacity a range is made: from a 32nd of it to four times as much. */
#define STEPS_DOWN 10
#define STEPS_UP 4
#define GIB (UINT64_C(1) << 30)

enum { TITLE, SUBTITLE, FRAME, KERNELS, DRAMS, TEXTS };

struct plot {
	const struct plan_request *request;
	struct plan_rows rows;
	FILE *f[TEXTS];
	char *text[TEXTS];
};

static int range_of(const struct plan_request *request, struct plan_numbers *range)
{
	const double middle = (double)request->capacities.v[0];

	range->v = calloc(STEPS_DOWN + STEPS_UP + 1, sizeof(*range->v));
	if (!range->v)
		return -ENOMEM;
	for (int step = -STEPS_DOWN; step <= STEPS_UP; step++) {
		const uint64_t size = (uint64_t)(middle * pow(2, step / 2.0)) / GIB * GIB;

		if (size >= 2 * GIB * request->nodes && (!range->n || size > range->v[range->n - 1]))
			range->v[range->n++] = size;
	}
	if (!range->n)
		range->v[range->n++] = request->capacities.v[0];
	return 0;
}

/* A row of a capacity, by the numbers of its kernel, map and align; for the first DRAM. */
static const struct plan_row *row_of(const struct plan_rows *rows, size_t capacity, size_t kernel, size_t map,
				     size_t align)
{
	const struct plan_request *r = rows->request;

	return &rows->v[((capacity * r->drams.n * r->n_kernels + kernel) * r->n_maps + map) * r->aligns.n + align];
}

static void put_data(const struct plan_rows *rows, FILE *f)
{
	const struct plan_request *r = rows->request;
	char text[SIZE_TEXT_MAX];

	fputs("align\tname\n", f);
	for (size_t i = 0; i < r->aligns.n; i++)
		fprintf(f, "%zu\t%s\n", i, size_format(r->aligns.v[i], text));
	fputs("\n\nmap\tname\n", f);
	for (size_t i = 0; i < r->n_maps; i++)
		fprintf(f, "%zu\t%s\n", i, dax_map_name(r->maps[i]));
	for (size_t k = 0; k < r->n_kernels; k++)
		for (size_t m = 0; m < r->n_maps; m++)
			for (size_t a = 0; a < r->aligns.n; a++) {
				fprintf(f, "\n\n# %s map=%s align=%s\n", r->kernels[k].id, dax_map_name(r->maps[m]),
					size_format(r->aligns.v[a], text));
				for (size_t c = 0; c < r->capacities.n; c++)
					fprintf(f, "%" PRIu64 "\t%" PRIu64 "\n", r->capacities.v[c],
						row_of(rows, c, k, m, a)->total);
			}
}

static void put_frame(const struct plan_rows *rows, FILE *f)
{
	const struct plan_request *r = rows->request;
	uint64_t low = UINT64_MAX, high = 0;

	for (size_t i = 0; i < rows->n; i++) {
		if (rows->v[i].total && rows->v[i].total < low)
			low = rows->v[i].total;
		high = rows->v[i].total > high ? rows->v[i].total : high;
	}
	for (size_t i = 0; i < r->drams.n; i++)
		high = r->drams.v[i] > high ? r->drams.v[i] : high;
	/* One size alone has no width. */
	fprintf(f, "%zu %zu %zu %.9g %.9g %.9g %.9g", r->n_kernels, r->aligns.n, r->n_maps,
		(double)r->capacities.v[0] / 1.1, (double)r->capacities.v[r->capacities.n - 1] * 1.1, (double)low / 2,
		(double)high * 2);
}

static void put_texts(struct plot *p)
{
	const struct plan_request *r = p->request;

	fputs("DRAM for struct pages and page tables", p->f[TITLE]);
	fprintf(p->f[SUBTITLE], "%s memory, mapped by %u process%s; planned from constants, not measured",
		r->dynamic ? "Dynamic (CXL)" : "Persistent", r->processes, r->processes == 1 ? "" : "es");
	put_frame(&p->rows, p->f[FRAME]);
	for (size_t i = 0; i < r->n_kernels; i++)
		fprintf(p->f[KERNELS], "\"%s\" ", r->kernels[i].id);
	for (size_t i = 0; i < r->drams.n; i++)
		fprintf(p->f[DRAMS], "%" PRIu64 " ", r->drams.v[i]);
}

/* The texts for the script. Returns 0 or -ENOMEM. */
static int make_texts(struct plot *p)
{
	size_t length;
	int rc = 0;

	for (size_t i = 0; i < TEXTS; i++) {
		p->f[i] = open_memstream(&p->text[i], &length);
		if (!p->f[i])
			rc = -ENOMEM;
	}
	if (!rc)
		put_texts(p);
	for (size_t i = 0; i < TEXTS; i++)
		if (p->f[i] && fclose(p->f[i]))
			rc = -ENOMEM;
	return rc;
}

static int write_data(const struct plot *p, const char *path)
{
	_cleanup_outfile_ struct outfile out = { 0 };
	int rc = outfile_open(&out, path);

	if (rc)
		return rc;
	put_data(&p->rows, out.f);
	return outfile_commit(&out);
}

static int draw(struct plot *p, const char *base)
{
	static const char *const suffixes[] = { ".svg", NULL };
	_cleanup_free_ char *data = NULL;
	int rc;

	if (asprintf(&data, "%s.dat", base) < 0) {
		data = NULL;
		return -ENOMEM;
	}
	rc = write_data(p, data);
	if (!rc) {
		const char *const args[] = { data, p->text[TITLE], p->text[SUBTITLE], p->text[FRAME], p->text[KERNELS],
					     p->text[DRAMS], NULL };

		rc = gnuplot_run("plan.gp", base, suffixes, args);
	}
	return rc;
}

static int compare_sizes(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int plot(const struct plan_request *request, const char *base)
{
	struct plot p = { .request = request };
	int rc = plan_make(request, &p.rows);

	if (!rc)
		rc = make_texts(&p);
	if (!rc)
		rc = draw(&p, base);
	for (size_t i = 0; i < TEXTS; i++)
		free(p.text[i]);
	free(p.rows.v);
	if (rc == -ENOMEM)
		err("out of memory");
	return rc;
}

int plan_plot(const struct plan_request *request, const char *path)
{
	const size_t length = strlen(path);
	struct plan_request copy = *request;
	struct plan_numbers range = { 0 };
	_cleanup_free_ char *base = NULL;
	int rc;

	base = strndup(path, length - strlen(".svg"));
	rc = base ? 0 : -ENOMEM;
	if (!rc && request->capacities.n == 1) {
		rc = range_of(request, &range);
		copy.capacities = range;
	} else if (!rc) {
		qsort(copy.capacities.v, copy.capacities.n, sizeof(*copy.capacities.v), compare_sizes);
	}
	/* A plot has no times. */
	copy.fits = (struct fits){ 0 };
	if (rc)
		err("out of memory");
	else
		rc = plot(&copy, base);
	free(range.v);
	return rc;
}
