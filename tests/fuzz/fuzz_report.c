// SPDX-License-Identifier: GPL-2.0-or-later
/* daxpin report: tables of all formats and the HTML page. */
#include "commands.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const formats[] = { "table", "csv", "json", "markdown" };
	const char *in = fuzz_file("in.csv");

	fuzz_write("in.csv", data, size);
	fuzz_run(cmd_report, (const char *[]){ "daxpin report", "--no-plots", "-f", formats[size % 4], "-o", fuzz_file("report"),
					      in, NULL });
	return 0;
}
