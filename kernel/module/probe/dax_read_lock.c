// SPDX-License-Identifier: GPL-2.0-only
/* exports: dax_read_lock dax_read_unlock */
#include <linux/dax.h>

void daxpin_probe(void);
void daxpin_probe(void)
{
	dax_read_unlock(dax_read_lock());
}
