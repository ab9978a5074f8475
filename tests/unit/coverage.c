// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes results/reference/coverage.csv, from which docs/method.md, section 18, has its table:
 *	make build/tests/unit/coverage && build/tests/unit/coverage >results/reference/coverage.csv
 */
#include <stdio.h>

#include "coverage.h"

#define TRIES 5000
#define RESAMPLES 400

int main(void)
{
	static const size_t boots[][2] = {
		{ 2, 2 }, { 3, 3 }, { 4, 4 }, { 5, 5 }, { 6, 6 }, { 8, 8 }, { 10, 10 }, { 15, 15 },
		{ 3, 5 }, { 3, 10 }, { 5, 10 },
	};
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

	if (!rng)
		return 1;
	gsl_rng_set(rng, 3);
	puts("schema_version,base_boots,new_boots,distribution,tries,resamples,coverage_percent");
	for (size_t i = 0; i < sizeof(boots) / sizeof(boots[0]); i++)
		for (int skewed = 0; skewed < 2; skewed++) {
			printf("1,%zu,%zu,%s,%d,%d,%.2f\n", boots[i][0], boots[i][1], skewed ? "exponential" : "lognormal", TRIES,
			       RESAMPLES, 100 * coverage(rng, boots[i][0], boots[i][1], skewed, TRIES, RESAMPLES));
			fflush(stdout);
		}
	gsl_rng_free(rng);
	return 0;
}
