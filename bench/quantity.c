// SPDX-License-Identifier: GPL-2.0-or-later
#include "quantity.h"

#include <math.h>

const char *quantity_name(const struct cell_key *key, enum quantity quantity)
{
	if (quantity == QUANTITY_DRAM)
		return "dram_bytes";
	return cell_key_clock(key) == CLOCK_INSN ? "instructions" : "time_ns";
}

const double *quantity_values(const struct summary_cell *cell, enum quantity quantity, size_t *n)
{
	if (quantity == QUANTITY_COST) {
		*n = cell->boots;
		return cell->boot_cost;
	}
	if (cell_key_clock(&cell->key) == CLOCK_MODEL || !strcmp(cell->key.v[KEY_OP].text, "unbind"))
		*n = 0;
	else
		*n = cell->n_boot_dram;
	return cell->boot_dram;
}

double quantity_floor(enum quantity quantity, double value)
{
	return quantity == QUANTITY_DRAM ? fmax(value, QUANTITY_DRAM_LEAST) : value;
}
