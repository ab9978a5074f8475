// SPDX-License-Identifier: GPL-2.0-or-later
/* The readers of tables that are no samples: fits, noise and published figures. */
#include "commands.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const formats[] = { "table", "csv", "json", "markdown" };
	const char *in = fuzz_file("in.csv"), *seed = fuzz_seed("main.csv");

	fuzz_write("in.csv", data, size);
	fuzz_run(cmd_plan, (const char *[]){ "daxpin plan", "--capacity", "6T", "--dram", "768G", "--measured", in, "-f",
					    formats[size % 4], NULL });
	fuzz_run(cmd_compare, (const char *[]){ "daxpin compare", "--force", "--noise", in, "--base-kernel", "5.10",
					       "--new-kernel", "5.10", seed, NULL });
	fuzz_run(cmd_report, (const char *[]){ "daxpin report", "--no-plots", "--published", in, fuzz_seed("published.csv"), NULL });
	return 0;
}
