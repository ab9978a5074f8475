// SPDX-License-Identifier: GPL-2.0-or-later
/* What the figures of a clock are called, and what they are worth. */
#include "report.h"

const struct report_units *report_units(const struct cell_key *key)
{
	static const struct report_units units[] = {
		[CLOCK_WALL] = { "ns/page", "ns per page", "ms" },
		[CLOCK_INSN] = { "instructions/page", "instructions per page", "million instructions" },
		[CLOCK_MODEL] = { "modelled ns/page", "modelled ns per page", "modelled ms" },
	};

	return &units[cell_key_clock(key)];
}

const char *report_caveat(const struct cell_key *key)
{
	switch (cell_key_clock(key)) {
	case CLOCK_INSN: return NULL;
	case CLOCK_MODEL: return "Modelled, not measured: instructions and simulated caches at the speeds of the model.";
	case CLOCK_WALL: break;
	}
	if (strcmp(key->v[KEY_PLATFORM].text, "tcg"))
		return NULL;
	return "Wall time under TCG is for smoke only: it does not show memory speed.";
}
