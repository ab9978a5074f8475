// SPDX-License-Identifier: GPL-2.0-or-later
#include "model_sensitivity.h"

#include <errno.h>
#include <math.h>

#include "csv_read.h"
#include "text_table.h"

/* Moves less than this, of all figures, are not worth a column. */
#define MOVE_MIN 0.005

static const double factors[] = { 0.5, 2 };

/* NAN: no counts. */
struct outcome {
	double before_ns, after_ns, ratio;
};

static struct outcome outcome_of(const struct model *model, const struct model_pair *pair)
{
	struct outcome o = {
		.before_ns = pair->has_before ? model_ns(model, &pair->before) : NAN,
		.after_ns = pair->has_after ? model_ns(model, &pair->after) : NAN,
	};

	o.ratio = o.before_ns / o.after_ns;
	return o;
}

static struct outcome varied(const struct model *model, const struct model_pair *pair, size_t parameter, double factor)
{
	struct model other = *model;

	model_parameter_set(&other, parameter, model_parameter_get(model, parameter) * factor);
	return outcome_of(&other, pair);
}

static double ratio(const struct outcome *o)
{
	return o->ratio;
}

static double before(const struct outcome *o)
{
	return o->before_ns / 1e6;
}

static double after(const struct outcome *o)
{
	return o->after_ns / 1e6;
}

/* What one of the tables is about. */
static const struct aspect {
	const char *heading, *column;
	double (*value)(const struct outcome *o);
} aspects[] = {
	{ "Ratio, before to after", "ratio", ratio },
	{ "Time before, ms", "ms", before },
	{ "Time after, ms", "ms", after },
};

/* NAN compares as no move. */
static bool moves(const struct model *model, const struct model_pair *pairs, size_t n, size_t parameter,
		  const struct aspect *aspect)
{
	for (size_t i = 0; i < n; i++) {
		struct outcome base = outcome_of(model, &pairs[i]);

		for (size_t k = 0; k < 2; k++) {
			struct outcome o = varied(model, &pairs[i], parameter, factors[k]);

			if (fabs(aspect->value(&o) / aspect->value(&base) - 1) >= MOVE_MIN)
				return true;
		}
	}
	return false;
}

static int put_value(struct text_table *t, size_t *column, double value)
{
	return text_table_set(t, column, value < 100 ? "%.2f" : "%.0f", value);
}

static int put_pair(struct text_table *t, const struct model *model, const struct model_pair *pair,
		    const struct aspect *aspect, const bool shown[MODEL_PARAMETER_COUNT])
{
	struct outcome base = outcome_of(model, pair);
	size_t column = 0;
	int rc;

	if (isnan(aspect->value(&base)))
		return 0;
	rc = text_table_row(t, false);
	if (!rc)
		rc = text_table_set(t, &column, "%s", pair->id);
	if (!rc)
		rc = put_value(t, &column, aspect->value(&base));
	for (size_t i = 0; !rc && i < MODEL_PARAMETER_COUNT; i++) {
		struct outcome halved, doubled;

		if (!shown[i])
			continue;
		halved = varied(model, pair, i, factors[0]);
		doubled = varied(model, pair, i, factors[1]);
		rc = text_table_set(t, &column, aspect->value(&base) < 100 ? "%.2f / %.2f" : "%.0f / %.0f",
				    aspect->value(&halved), aspect->value(&doubled));
	}
	return rc;
}

static void put_unmoved(const bool shown[MODEL_PARAMETER_COUNT], FILE *f)
{
	const char *separator = "\nHalved or doubled, these move nothing here by 0.5 %: ";

	for (size_t i = 0; i < MODEL_PARAMETER_COUNT; i++)
		if (!shown[i] && i != MODEL_cpu_ghz) {
			fprintf(f, "%s%s", separator, model_parameter_name(i));
			separator = ", ";
		}
	fputs(*separator == ',' ? ".\n" : "", f);
}

static int put_aspect(const struct model *model, const struct model_pair *pairs, size_t n,
		      const struct aspect *aspect, FILE *f)
{
	_cleanup_text_table_ struct text_table t = { 0 };
	bool shown[MODEL_PARAMETER_COUNT];
	int rc = 0;

	text_table_column(&t, "figure", false);
	text_table_column(&t, aspect->column, true);
	for (size_t i = 0; i < MODEL_PARAMETER_COUNT; i++) {
		shown[i] = i != MODEL_cpu_ghz && moves(model, pairs, n, i, aspect);
		if (shown[i])
			text_table_column(&t, model_parameter_name(i), true);
	}
	for (size_t i = 0; !rc && i < n; i++)
		rc = put_pair(&t, model, &pairs[i], aspect, shown);
	if (rc)
		return rc;
	fprintf(f, "### %s\n\n", aspect->heading);
	rc = text_table_markdown(&t, f);
	put_unmoved(shown, f);
	return rc;
}

int model_sensitivity_markdown(const struct model *model, const struct model_pair *pairs, size_t n, FILE *f)
{
	int rc = 0;

	/* the clock only occurs in a product with the other */
	fprintf(f, "Model %s. Each parameter: halved / doubled, all others as they are. cpu.ghz does what\n"
		"cpu.instructions_per_cycle does.\n", model->name);
	for (size_t i = 0; !rc && i < sizeof(aspects) / sizeof(aspects[0]); i++) {
		fputc('\n', f);
		rc = put_aspect(model, pairs, n, &aspects[i], f);
	}
	return rc;
}

static void csv_number(FILE *f, double value)
{
	if (isnan(value))
		fputc(',', f);
	else
		fprintf(f, ",%.6g", value);
}

static void csv_row(FILE *f, const struct model *model, const char *id, const char *parameter, double factor,
		    const struct outcome *o)
{
	csv_put(f, model->name, true);
	csv_put(f, id, false);
	csv_put(f, parameter, false);
	csv_number(f, factor);
	csv_number(f, before(o));
	csv_number(f, after(o));
	csv_number(f, o->ratio);
	fputc('\n', f);
}

void model_sensitivity_csv(const struct model *model, const struct model_pair *pairs, size_t n, FILE *f)
{
	fputs("model,id,parameter,factor,before_ms,after_ms,ratio\n", f);
	for (size_t i = 0; i < n; i++) {
		struct outcome base = outcome_of(model, &pairs[i]);

		csv_row(f, model, pairs[i].id, "", 1, &base);
		for (size_t p = 0; p < MODEL_PARAMETER_COUNT; p++)
			for (size_t k = 0; k < 2; k++) {
				struct outcome o = varied(model, &pairs[i], p, factors[k]);

				csv_row(f, model, pairs[i].id, model_parameter_name(p), factors[k], &o);
			}
	}
}
