// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "commands.h"
#include "compare_pair.h"
#include "rank_test.h"

const char *const verdict_names[VERDICTS] = {
	[VERDICT_REGRESSION] = "regression",
	[VERDICT_IMPROVEMENT] = "improvement",
	[VERDICT_NO_CHANGE] = "no-change",
	[VERDICT_INCONCLUSIVE] = "inconclusive",
	[VERDICT_INSUFFICIENT] = "insufficient-data",
	[VERDICT_FAILED] = "failed",
	[VERDICT_BASE_ONLY] = "base-only",
	[VERDICT_NEW_ONLY] = "new-only",
};

const char *const compare_test_names[TESTS] = {
	[TEST_NONE] = "",
	[TEST_RANKS] = "ranks",
	[TEST_NORMAL] = "normal",
	[TEST_EXACT_CLOCK] = "exact-clock",
};

const char *const compare_coverage_names[COVERAGES] = {
	[COVERAGE_NONE] = "",
	[COVERAGE_NOMINAL] = "nominal",
	[COVERAGE_FULL] = "95-percent",
	[COVERAGE_EXACT] = "exact",
};

void compare_defaults(struct compare_options *options)
{
	*options = (struct compare_options){
		.alpha = 0.05,
		.threshold = {
			[QUANTITY_COST] = { [CLOCK_WALL] = 0.05, [CLOCK_INSN] = 0.01, [CLOCK_MODEL] = 0.02 },
			[QUANTITY_DRAM] = { [CLOCK_WALL] = 0.01, [CLOCK_INSN] = 0.01, [CLOCK_MODEL] = 0.01 },
		},
		.seed = STATS_SEED,
	};
}

__attribute__((format(printf, 2, 3))) static int give_reason(struct comparison *c, const char *fmt, ...)
{
	va_list ap;
	int len;

	free(c->reason);
	va_start(ap, fmt);
	len = vasprintf(&c->reason, fmt, ap);
	va_end(ap);
	if (len >= 0)
		return 0;
	c->reason = NULL;
	return -ENOMEM;
}

static void fill_side(struct compare_side *side, enum quantity quantity)
{
	side->median = side->spread = NAN;
	if (!side->cell)
		return;
	side->values = quantity_values(side->cell, quantity, &side->n);
	if (side->n && stats_median(side->values, side->n, &side->median))
		side->n = 0;
	if (side->n > 1)
		side->spread = stats_spread(side->values, side->n);
	else if (side->n && quantity == QUANTITY_COST)
		side->spread = side->cell->spread_percent / 100;
}

int compare_interval(struct comparison *c, unsigned long seed)
{
	_cleanup_free_ double *base = calloc(c->base.n, sizeof(*base)), *new = calloc(c->new.n, sizeof(*new));
	size_t i;
	int rc;

	if (!base || !new)
		return -ENOMEM;
	for (i = 0; i < c->base.n; i++)
		base[i] = quantity_floor(c->quantity, c->base.values[i]);
	for (i = 0; i < c->new.n; i++)
		new[i] = quantity_floor(c->quantity, c->new.values[i]);
	rc = stats_ratio_ci(base, c->base.n, new, c->new.n, 0.95, STATS_RESAMPLES, seed, &c->ci_low, &c->ci_high);
	return rc == -ENOMEM ? rc : 0;
}

static int find_noise(const struct comparison *c, const struct compare_options *o, struct noise_row *noise)
{
	int rc;

	*noise = (struct noise_row){ .floor = NAN, .spread = NAN };
	if (!o->noise)
		return 0;
	rc = noise_find(o->noise, comparison_key(c), c->quantity, noise);
	return rc == -ENOENT ? 0 : rc;
}

/* No effect that is smaller than what a kernel differs from itself. */
static void set_threshold(struct comparison *c, double asked)
{
	c->threshold = asked;
	if (c->noise > c->threshold)
		c->threshold = c->noise;
	if (c->quantity == QUANTITY_DRAM)
		c->threshold = fmax(c->threshold, QUANTITY_DRAM_NOISE / quantity_floor(QUANTITY_DRAM, c->base.median));
}

/* Of these there is no relative spread: some boots have nothing, and others do. */
static bool some_are_zero(const struct compare_side *side)
{
	size_t i, zeros = 0;

	for (i = 0; i < side->n; i++)
		zeros += !(side->values[i] > 0);
	return zeros && zeros < side->n;
}

/* Values that do not vary are known as soon as they are seen. Wall time is none of these: it can be steady on each
 * side and differ all the same, by what the machine was doing on the two days. Modelled time is exact too, but caches
 * depend on where a boot puts things, so a few boots may all be of one kind: there it takes known noise. */
static bool may_be_exact(const struct comparison *c, double limit, const struct noise_row *noise, bool *known)
{
	enum clock clock = cell_key_clock(comparison_key(c));

	if (some_are_zero(&c->base) || some_are_zero(&c->new))
		return false;
	*known = noise->boots >= COMPARE_NOISE_BOOTS && noise->spread <= limit;
	if (c->base.spread > limit || c->new.spread > limit)
		return false;
	return c->quantity == QUANTITY_DRAM || clock == CLOCK_INSN || (clock == CLOCK_MODEL && *known);
}

/* TEST_EXACT_CLOCK; TEST_NONE: it would be with more boots; TEST_RANKS: it is not exact. */
static enum compare_test exact_clock(const struct comparison *c, double asked, const struct noise_row *noise)
{
	bool known;

	if (!may_be_exact(c, asked / COMPARE_EXACT_SHARE, noise, &known))
		return TEST_RANKS;
	if (known || (c->base.n >= COMPARE_EXACT_BOOTS && c->new.n >= COMPARE_EXACT_BOOTS))
		return TEST_EXACT_CLOCK;
	return TEST_NONE;
}

int compare_ranks(struct comparison *c)
{
	struct rank_test test;
	int rc = rank_test(c->base.values, c->base.n, c->new.values, c->new.n, &test);

	if (rc)
		return rc;
	c->test = test.exact ? TEST_RANKS : TEST_NORMAL;
	c->p = test.p;
	return 0;
}

int compare_prepare(struct comparison *c, const struct compare_options *o)
{
	double asked = o->threshold[c->quantity][cell_key_clock(comparison_key(c))];
	struct noise_row noise;
	int rc;

	rc = find_noise(c, o, &noise);
	if (rc)
		return rc;
	c->noise = noise.floor;
	set_threshold(c, asked);
	if (quantity_floor(c->quantity, c->base.median) > 0)
		c->ratio = quantity_floor(c->quantity, c->new.median) / quantity_floor(c->quantity, c->base.median);
	c->test = exact_clock(c, asked, &noise);
	return 0;
}

static bool has_ranks(const struct comparison *c)
{
	return c->test == TEST_RANKS || c->test == TEST_NORMAL;
}

static double least_p(const struct comparison *c)
{
	return rank_test_least_p(c->base.n, c->new.n);
}

/* All but what depends on the other tests. */
static int measure(struct comparison *c, const struct compare_options *o)
{
	int rc;

	if (!comparison_paired(c))
		return 0;
	rc = compare_prepare(c, o);
	if (!rc)
		rc = compare_interval(c, o->seed);
	return !rc && c->test == TEST_RANKS ? compare_ranks(c) : rc;
}

/* Tests that could never find anything do not make the others weaker. */
static int correct(struct comparisons *all, struct compare_family *family)
{
	_cleanup_free_ struct comparison **tests = calloc(all->n + 1, sizeof(*tests));
	_cleanup_free_ double *p = calloc(all->n + 1, sizeof(*p));
	size_t i;

	if (!tests || !p)
		return -ENOMEM;
	for (i = 0; i < all->n; i++) {
		struct comparison *c = &all->v[i];

		if (!has_ranks(c))
			continue;
		family->all++;
		if (least_p(c) > family->alpha)
			continue;
		tests[family->tests] = c;
		p[family->tests++] = c->p;
	}
	if (holm_adjust(p, family->tests))
		return -ENOMEM;
	for (i = 0; i < family->tests; i++) {
		tests[i]->p_holm = p[i];
		family->rejected += p[i] <= family->alpha;
	}
	return 0;
}

/* Could it have been found where Holm's procedure stopped? */
static bool had_a_chance(const struct comparison *c, const struct compare_family *family)
{
	double factor = (double)(family->tests - family->rejected);

	return !isnan(c->p_holm) && least_p(c) * factor <= family->alpha;
}

static size_t boots_wanted(double factor, double alpha)
{
	size_t n = 2;

	while (rank_test_least_p(n, n) * factor > alpha)
		n++;
	return n;
}

/* What rises from nothing has risen by more than any factor; nothing is as much as nothing. */
static double effect(const struct comparison *c)
{
	if (!isnan(c->ratio))
		return c->ratio;
	return c->new.median > 0 ? INFINITY : 1;
}

static void judge_size(struct comparison *c)
{
	c->verdict = effect(c) > 1 + c->threshold ? VERDICT_REGRESSION :
		     effect(c) < 1 / (1 + c->threshold) ? VERDICT_IMPROVEMENT : VERDICT_NO_CHANGE;
}

/* No interval: without a ratio there is none. All boots of both sides may still be 0. */
static int judge_zero(struct comparison *c)
{
	if (c->new.median > 0) {
		c->verdict = VERDICT_INSUFFICIENT;
		return give_reason(c, "BASE is 0 and NEW is not, but so few boots do not show that it has risen");
	}
	if (!some_are_zero(&c->base) && !some_are_zero(&c->new)) {
		c->verdict = VERDICT_NO_CHANGE;
		return 0;
	}
	c->verdict = VERDICT_INCONCLUSIVE;
	return give_reason(c, "BASE is 0 in most boots and not in all, there is no ratio");
}

static int judge_interval(struct comparison *c, bool significant)
{
	if (isnan(c->ratio))
		return judge_zero(c);
	if (c->ci_low >= 1 / (1 + c->threshold) && c->ci_high <= 1 + c->threshold) {
		c->verdict = VERDICT_NO_CHANGE;
		return 0;
	}
	c->verdict = VERDICT_INCONCLUSIVE;
	if (significant)
		return give_reason(c, "a difference, but not one beyond %.3g %%; the interval reaches further",
				   100 * c->threshold);
	return give_reason(c, "no difference found, but the interval allows for one beyond %.3g %%",
			   100 * c->threshold);
}

/* Values that would be exact, if there were enough of them that do not vary? */
static bool lacks_exact_boots(const struct comparison *c)
{
	if (c->quantity != QUANTITY_DRAM && cell_key_clock(comparison_key(c)) != CLOCK_INSN)
		return false;
	return c->base.n < COMPARE_EXACT_BOOTS || c->new.n < COMPARE_EXACT_BOOTS;
}

static int say_too_few(struct comparison *c, const struct compare_family *family, double tests)
{
	_cleanup_free_ char *exact = NULL;

	if (lacks_exact_boots(c) && asprintf(&exact, ", or %d that do not vary", COMPARE_EXACT_BOOTS) < 0) {
		exact = NULL;
		return -ENOMEM;
	}
	return give_reason(c, "%zu and %zu boots cannot reach p = %.3g in %.0f test%s; %zu of each can%s", c->base.n, c->new.n,
			   family->alpha, tests, tests > 1 ? "s" : "", boots_wanted(tests, family->alpha), exact ? exact : "");
}

static int judge_ranks(struct comparison *c, const struct compare_family *family)
{
	bool significant = c->p_holm <= family->alpha;
	/* With more boots, those that are hopeless now are tests too. */
	double factor = (double)(family->all - family->rejected);

	if (significant) {
		judge_size(c);
		return c->verdict == VERDICT_NO_CHANGE ? judge_interval(c, true) : 0;
	}
	if (had_a_chance(c, family))
		return judge_interval(c, false);
	c->verdict = VERDICT_INSUFFICIENT;
	return say_too_few(c, family, factor);
}

static int judge(struct comparison *c, const struct compare_family *family)
{
	switch (c->test) {
	case TEST_EXACT_CLOCK:
		judge_size(c);
		return 0;
	case TEST_NONE:
		c->verdict = VERDICT_INSUFFICIENT;
		return give_reason(c, "%zu and %zu boots; it takes %d of each, or known noise (--noise)", c->base.n,
				   c->new.n, COMPARE_EXACT_BOOTS);
	default:
		return judge_ranks(c, family);
	}
}

int compare_judge(struct comparison *c, const struct compare_family *family)
{
	int rc = judge(c, family);

	if (!rc && c->verdict == VERDICT_REGRESSION && isnan(c->ratio))
		return give_reason(c, "BASE is 0 and NEW is not, there is no ratio");
	return rc;
}

static int judge_all(struct comparisons *all, double alpha)
{
	struct compare_family family = { .alpha = alpha };
	size_t i;
	int rc = correct(all, &family);

	for (i = 0; !rc && i < all->n; i++) {
		struct comparison *c = &all->v[i];

		if (!comparison_paired(c)) {
			rc = pair_one_sided(c);
		} else {
			rc = compare_judge(c, &family);
			if (!rc)
				rc = pair_failed(c);
		}
		all->count[all->v[i].verdict]++;
	}
	return rc;
}

int compare(const struct summary *base, const struct summary *new, const struct compare_options *options,
	    struct comparisons *out)
{
	size_t i;
	int rc;

	*out = (struct comparisons){ 0 };
	rc = pair_cells(base, new, options->across, out);
	for (i = 0; !rc && i < out->n; i++) {
		fill_side(&out->v[i].base, out->v[i].quantity);
		fill_side(&out->v[i].new, out->v[i].quantity);
		rc = measure(&out->v[i], options);
	}
	return rc ? rc : judge_all(out, options->alpha);
}

void comparisons_free(struct comparisons *c)
{
	while (c->n)
		free(c->v[--c->n].reason);
	free(c->v);
	*c = (struct comparisons){ 0 };
}

enum compare_coverage comparison_coverage(const struct comparison *c)
{
	if (isnan(c->ci_low))
		return COVERAGE_NONE;
	if (c->test == TEST_EXACT_CLOCK)
		return COVERAGE_EXACT;
	return c->base.n < COMPARE_INTERVAL_BOOTS || c->new.n < COMPARE_INTERVAL_BOOTS ? COVERAGE_NOMINAL : COVERAGE_FULL;
}

size_t comparisons_covered(const struct comparisons *c, enum compare_coverage coverage)
{
	size_t i, n = 0;

	for (i = 0; i < c->n; i++)
		n += comparison_coverage(&c->v[i]) == coverage;
	return n;
}

int comparisons_exit(const struct comparisons *c, bool strict)
{
	const size_t *count = c->count;
	size_t judged = count[VERDICT_IMPROVEMENT] + count[VERDICT_NO_CHANGE] + count[VERDICT_INCONCLUSIVE];

	if (count[VERDICT_REGRESSION])
		return EXIT_FAILED;
	if (count[VERDICT_INSUFFICIENT] || count[VERDICT_FAILED] || !judged)
		return EXIT_TROUBLE;
	if (strict && (count[VERDICT_INCONCLUSIVE] || count[VERDICT_BASE_ONLY] || count[VERDICT_NEW_ONLY]))
		return EXIT_TROUBLE;
	return EXIT_DONE;
}
