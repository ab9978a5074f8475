// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan.h"

#include <inttypes.h>

#include "text_table.h"

static int explain_constants(FILE *f)
{
	_cleanup_text_table_ struct text_table t = { 0 };
	int rc = 0;

	text_table_column(&t, "constant", false);
	text_table_column(&t, "value", true);
	text_table_column(&t, "unit", false);
	text_table_column(&t, "origin", false);
	for (size_t i = 0; !rc && i < capacity_constant_count; i++) {
		const struct capacity_constant_info *info = &capacity_constants[i];
		size_t column = 0;

		rc = text_table_row(&t, false);
		if (!rc)
			rc = text_table_set(&t, &column, "%s", info->name);
		if (!rc)
			rc = text_table_set(&t, &column, "%" PRIu64, info->value);
		if (!rc)
			rc = text_table_set(&t, &column, "%s", info->unit);
		if (!rc)
			rc = text_table_set(&t, &column, "%s", info->origin);
	}
	return rc ? rc : text_table_print(&t, f);
}

static int explain_features(FILE *f)
{
	_cleanup_text_table_ struct text_table t = { 0 };
	int rc = 0;

	text_table_column(&t, "kernels", false);
	text_table_column(&t, "mainline", false);
	text_table_column(&t, "series", false);
	text_table_column(&t, "what they do", false);
	for (size_t i = 0; !rc && i < capacity_feature_count; i++) {
		const struct capacity_feature *feature = &capacity_features[i];
		size_t column = 0;

		rc = text_table_row(&t, false);
		if (!rc)
			rc = text_table_set(&t, &column, "%s", feature->name);
		if (!rc && feature->since_major)
			rc = text_table_set(&t, &column, "%u.%u", feature->since_major, feature->since_minor);
		else if (!rc)
			rc = text_table_set(&t, &column, "never");
		if (!rc)
			rc = text_table_set(&t, &column, "5.10+%s", feature->stage);
		if (!rc)
			rc = text_table_set(&t, &column, "%s", feature->what);
	}
	return rc ? rc : text_table_print(&t, f);
}

/* A fitted cost with its interval. */
static int set_estimate(struct text_table *t, size_t *column, const struct fit_estimate *e, bool there)
{
	if (!there)
		return text_table_set(t, column, "%s", "");
	return text_table_set(t, column, "%.4g (%.4g..%.4g)", e->value, e->low, e->high);
}

static int explain_fit(struct text_table *t, const struct fit *fit)
{
	const char *const texts[] = { fit->kernel, fit->map, fit->engine, fit->get, fit->put, fit->op };
	size_t column = 0;
	int rc = text_table_row(t, false);

	for (size_t i = 0; !rc && i < sizeof(texts) / sizeof(texts[0]); i++)
		rc = text_table_set(t, &column, "%s", texts[i]);
	if (!rc)
		rc = text_table_set(t, &column, "%" PRIu64, fit->align);
	if (!rc)
		rc = text_table_set(t, &column, "%u", fit->threads);
	if (!rc)
		rc = set_estimate(t, &column, &fit->fixed, true);
	if (!rc)
		rc = set_estimate(t, &column, &fit->per_call, fit->calls_fitted);
	if (!rc)
		rc = set_estimate(t, &column, &fit->per_page, true);
	if (!rc)
		rc = text_table_set(t, &column, "%" PRIu64 "..%" PRIu64, fit->pages_min, fit->pages_max);
	return rc ? rc : text_table_set(t, &column, "%.2g", 100 * fit->max_residual);
}

static int explain_times(const struct plan_request *request, FILE *f)
{
	static const char *const titles[] = { "kernel",	 "map",	     "engine",	"get",	 "put",	  "op",	 "align",
					      "threads", "fixed ns", "ns/call", "ns/page", "pages", "residual %" };
	const struct fit *basis = plan_basis(request);
	_cleanup_text_table_ struct text_table t = { 0 };
	int rc = 0;

	if (!basis)
		return 0;
	fprintf(f, "\nTimes: fixed + calls x ns/call + pages x ns/page, from %s: platform %s, clock %s%s%s.\n\n",
		request->fits_name, basis->platform, basis->clock, *basis->model ? ", modelled by " : "", basis->model);
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		text_table_column(&t, titles[i], i > 5);
	for (size_t i = 0; !rc && i < request->fits.count; i++)
		if (request->fits.fits[i].quantity == FIT_TIME)
			rc = explain_fit(&t, &request->fits.fits[i]);
	return rc ? rc : text_table_print(&t, f);
}

int plan_explain(const struct plan_request *request, FILE *f)
{
	int rc = explain_constants(f);

	if (!rc) {
		fputs("\nWhich kernel does what (x86-64, and no option has to be set for it):\n\n", f);
		rc = explain_features(f);
	}
	return rc ? rc : explain_times(request, f);
}
