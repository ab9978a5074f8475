// SPDX-License-Identifier: GPL-2.0-or-later
/* The other readers of samples: merge, fit, model and plan --against. */
#include "commands.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = fuzz_file("in.csv"), *out = fuzz_file("out.csv");

	fuzz_write("in.csv", data, size);
	switch (size % 4) {
	case 0:
		fuzz_run(cmd_merge, (const char *[]){ "daxpin merge", "-o", out, in, NULL });
		break;
	case 1:
		fuzz_run(cmd_fit, (const char *[]){ "daxpin fit", "-o", out, "--residuals", fuzz_file("residuals.csv"),
						   "--predict", "1T", in, NULL });
		break;
	case 2:
		fuzz_run(cmd_plan, (const char *[]){ "daxpin plan", "--against", in, "-f", "csv", NULL });
		break;
	default:
		fuzz_run(cmd_model, (const char *[]){ "daxpin model", "--apply", fuzz_seed("model.ini"), "-o", out, in, NULL });
	}
	return 0;
}
