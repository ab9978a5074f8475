// SPDX-License-Identifier: GPL-2.0-only
/* Allocations, counted: the memory that pinning costs is a result too. */
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "internal.h"

void *daxpin_alloc(struct daxpin_memory *memory, size_t nr, size_t size)
{
	void *p = kvcalloc(nr, size, GFP_KERNEL_ACCOUNT);

	if (!p)
		return NULL;
	memory->bytes += nr * size;
	memory->peak = max(memory->peak, memory->bytes);

	spin_lock(&memory->file->memory_lock);
	memory->file->memory += nr * size;
	memory->file->memory_peak = max(memory->file->memory_peak,
					memory->file->memory);
	spin_unlock(&memory->file->memory_lock);
	return p;
}

void daxpin_free(struct daxpin_memory *memory, void *p, size_t nr, size_t size)
{
	if (!p)
		return;
	kvfree(p);
	memory->bytes -= nr * size;

	spin_lock(&memory->file->memory_lock);
	memory->file->memory -= nr * size;
	spin_unlock(&memory->file->memory_lock);
}
