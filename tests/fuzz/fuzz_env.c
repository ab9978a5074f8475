// SPDX-License-Identifier: GPL-2.0-or-later
/* FILE.env.json: whoever reads it, and the HTML page, which shows it. */
#include <stdio.h>

#include "commands.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void copy_samples(void)
{
	static uint8_t text[1 << 16];
	static size_t size;

	if (!size) {
		FILE *f = fopen(fuzz_seed("main.csv"), "r");

		size = f ? fread(text, 1, sizeof(text), f) : 0;
		if (f)
			fclose(f);
		fuzz_write("env.csv", text, size);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *samples;

	copy_samples();
	samples = fuzz_file("env.csv");
	fuzz_write("env.env.json", data, size);
	switch (size % 3) {
	case 0:
		fuzz_run(cmd_report, (const char *[]){ "daxpin report", "--no-plots", "-o", fuzz_file("report"), samples, NULL });
		break;
	case 1:
		fuzz_run(cmd_compare, (const char *[]){ "daxpin compare", "--force", "--base-kernel", "5.10", "-f", "json",
						       fuzz_seed("main.csv"), samples, NULL });
		break;
	default:
		fuzz_run(cmd_merge, (const char *[]){ "daxpin merge", "-o", fuzz_file("out.csv"), samples, NULL });
	}
	return 0;
}
