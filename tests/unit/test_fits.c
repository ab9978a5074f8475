// SPDX-License-Identifier: GPL-2.0-or-later
/* The file of fits, read and written, and what a line of it says. */
#include "unit.h"

#include <errno.h>

#include "csv_read.h"
#include "fits.h"

#define NAMES \
	"schema_version,kernel,platform,clock,model,memory,map,align_bytes,engine,get,put,range,threads,op,quantity," \
	"points,pages_min,pages_max,fixed,fixed_low,fixed_high,per_call,per_call_low,per_call_high,per_page," \
	"per_page_low,per_page_high,rms_residual,max_residual,kernel_release,host,write,put_order,put_cache,hold_ms," \
	"rdma_device,domains,trusted"
#define GET_FIELDS \
	"1,5.10,tcg,insn,,dax,mem,2097152,gup,fast,pages,disjoint,1,get,instructions,5,262144,4194304,1000,500,1500," \
	"20,10,30,0.5,0.25,0.75,0.001,0.002,5.10.262,\"a CPU, 1 node\",1,sequential,warm,0,,1,1"
#define BIND_FIELDS \
	"1,5.10,tcg,wall,,dax,mem,2097152,bind,,,,,rebind,dram_bytes,3,1,9,0,0,10,,,,64,63,65,0,0,,,,,,,,,1"
/* Of a file without the columns that came later. */
#define HEADER NAMES "\n"
#define GET GET_FIELDS "\n"
#define BIND BIND_FIELDS "\n"

static struct fits *read_good(const char *text)
{
	static struct fits fits;

	assert_int_equal(fits_read_text("text", text, &fits), 0);
	return &fits;
}

static void test_reads_all_columns(void **state)
{
	struct fits *fits = read_good(HEADER GET BIND);
	const struct fit *fit = &fits->fits[0];

	(void)state;
	assert_int_equal(fits->count, 2);
	assert_string_equal(fit->kernel, "5.10");
	assert_string_equal(fit->host, "a CPU, 1 node");
	assert_int_equal(fit->align, 2097152);
	assert_int_equal(fit->quantity, FIT_INSTRUCTIONS);
	assert_int_equal(fit->points, 5);
	assert_int_equal(fit->pages_max, 4194304);
	assert_true(fit->calls_fitted);
	assert_float_equal(fit->per_call.high, 30, 0);
	assert_float_equal(fit->per_page.low, 0.25, 0);
	assert_float_equal(fit->max_residual, 0.002, 0);
	assert_int_equal(fit->processes, 1); /* a file from before there were others */
	assert_int_equal(fit[1].threads, 0);
	assert_int_equal(fit[1].processes, 0);
	assert_int_equal(fit[1].quantity, FIT_DRAM);
	assert_false(fit[1].calls_fitted);
	assert_true(fit[1].domains == CSV_MISSING);
	fits_free(fits);
}

static void test_reads_processes(void **state)
{
	struct fits *fits = read_good("processes," HEADER "4," GET "," BIND);

	(void)state;
	assert_int_equal(fits->fits[0].processes, 4);
	assert_int_equal(fits->fits[0].threads, 1);
	assert_int_equal(fits->fits[1].processes, 0);
	fits_free(fits);
}

/* Each estimate at its end: 1000 + 20 * 7 + 0.5 * 3584 */
static void test_predicts(void **state)
{
	struct fits *fits = read_good(HEADER GET);
	struct fit_estimate at = fit_predict(&fits->fits[0], 7, 3584);

	(void)state;
	assert_float_equal(at.value, 1000 + 140 + 1792, 1e-9);
	assert_float_equal(at.low, 500 + 70 + 896, 1e-9);
	assert_float_equal(at.high, 1500 + 210 + 2688, 1e-9);
	fits_free(fits);
}

static void test_writes_what_it_read(void **state)
{
	struct fits *fits = read_good(HEADER GET BIND);
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	fits_write(fits, f);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(text, NAMES ",processes\n" GET_FIELDS ",1\n" BIND_FIELDS ",\n");
	free(text);
	fits_free(fits);
}

static void test_reads_a_file(void **state)
{
	char *path = write_temporary(HEADER BIND);
	struct fits fits;

	(void)state;
	assert_int_equal(fits_read(path, &fits), 0);
	assert_int_equal(fits.count, 1);
	fits_free(&fits);
	drop_temporary(path);
	assert_int_equal(fits_read("/nowhere/at/all", &fits), -ENOENT);
}

static void test_refuses(void **state)
{
	static const char *const bad[] = {
		"",
		"schema_version,kernel\n1,5.10\n",
		HEADER "2" BIND,	/* schema 21 */
		HEADER "1,k,tcg,wall,,dax,mem,2097152,bind,,,,,rebind,time,3,1,9,0,0,10,,,,64,63,65,0,0,,,,,,,,,1\n",
		HEADER "1,k,tcg,wall,,dax,mem,2097152,bind,,,,,rebind,time_ns,,1,9,0,0,10,,,,64,63,65,0,0,,,,,,,,,1\n",
		HEADER "1,k,tcg,wall,,dax,mem,2097152,bind,,,,,rebind,time_ns,3,1,9,x,0,10,,,,64,63,65,0,0,,,,,,,,,1\n",
		HEADER "1,k,tcg,wall,,dax,mem,2097152,bind,,,,,rebind,time_ns,3,1,9,,0,10,,,,64,63,65,0,0,,,,,,,,,1\n",
		HEADER "1,k,tcg,wall,,dax,mem,2097152,bind,,,,,rebind,time_ns,3,1,9,nan,0,10,,,,64,63,65,0,0,,,,,,,,,1\n",
		HEADER "1,k,tcg,wall,,dax,mem,2097152,bind,,,,,rebind,time_ns,3,1,9,11,0,10,,,,64,63,65,0,0,,,,,,,,,1\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fits fits;

		print_message("case %zu\n", i);
		assert_int_equal(fits_read_text("text", bad[i], &fits), -EBADMSG);
		assert_int_equal(fits.count, 0);
		assert_null(fits.fits);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_all_columns),
		cmocka_unit_test(test_reads_processes),
		cmocka_unit_test(test_predicts),
		cmocka_unit_test(test_writes_what_it_read),
		cmocka_unit_test(test_reads_a_file),
		cmocka_unit_test(test_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
