/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel says about pages that are mapped here. For root. */
#ifndef DAXPIN_PAGE_RESERVED_H
#define DAXPIN_PAGE_RESERVED_H

#include <stdint.h>

/* Is the page at an address, which has to be there, one of device memory, or marked as reserved for another reason
 * (PG_reserved)? 0 also when the kernel does not tell (CONFIG_PROC_PAGE_MONITOR, CAP_SYS_ADMIN). */
int page_reserved(const void *address);

/* Pages unpinned since boot, of all of the system (nr_foll_pin_released, less some hundred for each CPU), or -errno. */
int64_t pages_unpinned(void);

#endif
