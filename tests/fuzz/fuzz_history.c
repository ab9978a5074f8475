// SPDX-License-Identifier: GPL-2.0-or-later
/* daxpin history of a file: all its views. */
#include "commands.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const formats[] = { "table", "csv", "json", "markdown" };
	static const char *const views[] = { "--force", "--all", "--changes" };
	const char *in = fuzz_file("in.csv");

	fuzz_write("in.csv", data, size);
	fuzz_run(cmd_history, (const char *[]){ "daxpin history", "--force", views[size % 3], "-f", formats[size / 3 % 4], in,
					       NULL });
	return 0;
}
