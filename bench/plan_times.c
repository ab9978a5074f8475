// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan.h"

#include <math.h>
#include <string.h>

#include "csv_read.h"

const char *const plan_op_names[PLAN_OPS] = { "bind", "rebind", "get", "put", "register", "deregister" };

static size_t rank(const char *text, const char *const *words)
{
	size_t i = 0;

	while (words[i] && strcmp(words[i], text))
		i++;
	return i;
}

/* What says most about a machine comes first. */
static bool better_basis(const struct fit *a, const struct fit *b)
{
	static const char *const platforms[] = { "bare", "kvm", "vm", "tcg", NULL };
	static const char *const clocks[] = { "wall", "model", NULL };
	const size_t pa = rank(a->platform, platforms), pb = rank(b->platform, platforms);

	if (pa != pb)
		return pa < pb;
	/* Wall time of an emulated CPU is no time. */
	if (strcmp(a->clock, b->clock))
		return (rank(a->clock, clocks) < rank(b->clock, clocks)) == (pa < 3);
	return false;
}

const struct fit *plan_basis(const struct plan_request *request)
{
	const struct fit *best = NULL;

	for (size_t i = 0; i < request->fits.count; i++) {
		const struct fit *fit = &request->fits.fits[i];

		if (fit->quantity == FIT_TIME && (!best || better_basis(fit, best)))
			best = fit;
	}
	return best;
}

static bool same_basis(const struct fit *a, const struct fit *b)
{
	return !strcmp(a->platform, b->platform) && !strcmp(a->clock, b->clock) && !strcmp(a->model, b->model) &&
	       !strcmp(a->host, b->host);
}

/* The way a program does it unless it was asked for another. */
static unsigned int oddity(const struct fit *fit)
{
	return (fit->trusted == 0) * 8U + (fit->write == 0) * 4U + !strcmp(fit->put_order, "shuffled") * 2U +
	       !strcmp(fit->put_order, "strided") * 2U + !strcmp(fit->put_order, "interleaved") * 2U +
	       !strcmp(fit->put_cache, "cold") * 2U + !strcmp(fit->range, "same") * 2U +
	       (fit->hold_ms && fit->hold_ms != CSV_MISSING) +
	       (fit->domains > 1 && fit->domains != CSV_MISSING);
}

/* Long-term pins first: that is what registrations are. */
static size_t variant(const struct fit *fit, enum plan_op op)
{
	static const char *const gets[] = { "fast-longterm", "fast", "longterm", "slow", NULL };
	static const char *const puts_[] = { "range-dirty", "pages-dirty", "pages", NULL };
	static const char *const registers[] = { "reg", NULL };

	switch (op) {
	case PLAN_GET: return rank(fit->get, gets);
	case PLAN_PUT: return rank(fit->put, puts_);
	case PLAN_REGISTER:
	case PLAN_DEREGISTER: return rank(fit->get, registers);
	default: return 0;
	}
}

static const char *engine_of(enum plan_op op)
{
	return op <= PLAN_REBIND ? "bind" : op <= PLAN_PUT ? "gup" : "verbs";
}

/* By id, or by the release that the id stood for. */
static bool is_of_kernel(const struct fit *fit, const struct capacity_kernel *kernel)
{
	return !strcmp(fit->kernel, kernel->id) || !strcmp(fit->kernel_release, kernel->id);
}

static bool is_for(const struct fit *fit, const struct plan_request *request, const struct plan_row *row,
		   enum plan_op op, enum fit_quantity quantity)
{
	return fit->quantity == quantity && !strcmp(fit->op, plan_op_names[op]) &&
	       !strcmp(fit->engine, engine_of(op)) && !strcmp(fit->memory, "dax") &&
	       is_of_kernel(fit, row->kernel) && !strcmp(fit->map, dax_map_name(row->device.map)) &&
	       fit->align == row->device.align && (op <= PLAN_REBIND || (fit->threads == request->threads && fit->processes == 1)) &&
	       (!request->get || op != PLAN_GET || !strcmp(fit->get, request->get)) &&
	       (!request->put || op != PLAN_PUT || !strcmp(fit->put, request->put));
}

static bool better(const struct fit *a, const struct fit *b, enum plan_op op)
{
	if (oddity(a) != oddity(b))
		return oddity(a) < oddity(b);
	if (variant(a, op) != variant(b, op))
		return variant(a, op) < variant(b, op);
	if (a->calls_fitted != b->calls_fitted)
		return a->calls_fitted;
	return a->pages_max > b->pages_max;
}

/* Bytes are bytes on any clock and platform, times have to be of one. */
static const struct fit *find(const struct plan_request *request, const struct plan_row *row, enum plan_op op,
			      enum fit_quantity quantity)
{
	const struct fit *basis = quantity == FIT_TIME ? plan_basis(request) : NULL, *best = NULL;

	for (size_t i = 0; i < request->fits.count; i++) {
		const struct fit *fit = &request->fits.fits[i];

		if (is_for(fit, request, row, op, quantity) && (!basis || same_basis(fit, basis)) &&
		    (!best || better(fit, best, op)))
			best = fit;
	}
	return best;
}

static void scale(struct fit_estimate *e, double by)
{
	e->value *= by;
	e->low *= by;
	e->high *= by;
}

static void note_range(struct plan_row *row, const struct fit *fit, double pages)
{
	if (pages > (double)fit->pages_max || pages < (double)fit->pages_min)
		row->warnings |= 1U << PLAN_EXTRAPOLATED;
}

/* Far from what was measured a line can go below 0, where it says nothing. */
static void drop_nonsense(struct plan_prediction *p)
{
	if (p->value.value <= 0)
		p->fit = NULL;
}

/* Of devices one after the other, on each node one. */
static void predict_device(const struct plan_request *request, struct plan_row *row, enum plan_op op,
			   enum fit_quantity quantity, struct plan_prediction *p)
{
	const double pages = (double)(row->c.usable / CAPACITY_base_page) / request->nodes;

	p->fit = find(request, row, op, quantity);
	if (!p->fit)
		return;
	p->value = fit_predict(p->fit, 1, pages);
	scale(&p->value, request->nodes);
	note_range(row, p->fit, pages);
	drop_nonsense(p);
}

static void predict_pins(const struct plan_request *request, struct plan_row *row, enum plan_op op,
			 struct plan_prediction *p)
{
	const double times = op >= PLAN_REGISTER ? request->nics : 1;
	const double pages = (double)(row->c.usable / CAPACITY_base_page) * times;
	const double calls = ceil((double)row->c.usable / (double)request->chunk) * times;

	p->fit = find(request, row, op, FIT_TIME);
	if (!p->fit)
		return;
	p->value = fit_predict(p->fit, calls, pages);
	note_range(row, p->fit, pages);
	/* What put gives back at once is none of --chunk. */
	if (!p->fit->calls_fitted && op != PLAN_PUT)
		row->warnings |= 1U << PLAN_CALL_SIZE;
	drop_nonsense(p);
}

void plan_predict(const struct plan_request *request, struct plan_row *row)
{
	for (enum plan_op op = 0; op <= PLAN_REBIND; op++)
		predict_device(request, row, op, FIT_TIME, &row->times[op]);
	for (enum plan_op op = PLAN_GET; op < PLAN_OPS; op++)
		predict_pins(request, row, op, &row->times[op]);
	predict_device(request, row, PLAN_REBIND, FIT_DRAM, &row->fitted);
}
