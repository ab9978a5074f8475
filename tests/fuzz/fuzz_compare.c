// SPDX-License-Identifier: GPL-2.0-or-later
/* daxpin compare: the input is a side, or both, or a set of boots. */
#include "commands.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const formats[] = { "table", "csv", "json", "markdown", "commit" };
	const char *in = fuzz_file("in.csv"), *format = formats[size % 5];
	const char *seed = fuzz_seed("main.csv");

	fuzz_write("in.csv", data, size);
	switch (size % 3) {
	case 0:
		fuzz_run(cmd_compare, (const char *[]){ "daxpin compare", "--force", "--base-kernel", "5.10", "--new-kernel",
						       "5.10-trim", "-f", format, seed, in, NULL });
		break;
	case 1:
		fuzz_run(cmd_compare, (const char *[]){ "daxpin compare", "--force", "--base-kernel", "5.10-trim", "--new-kernel",
						       "5.10+gup", "-f", format, in, NULL });
		break;
	default:
		fuzz_run(cmd_compare, (const char *[]){ "daxpin compare", "--store-noise", fuzz_file("noise.csv"), in, seed,
						       NULL });
	}
	return 0;
}
