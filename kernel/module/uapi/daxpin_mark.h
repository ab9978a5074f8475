/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Marks that bench/tcg, a plugin of QEMU, finds in kernels and programs. A mark
 * is a NOP of eight bytes whose displacement says which; its argument is in RDI.
 * Without the plugin, and on hardware, it does nothing.
 */
#ifndef _UAPI_DAXPIN_MARK_H
#define _UAPI_DAXPIN_MARK_H

#include <linux/stddef.h>
#include <linux/types.h>

/* "dax"; the lowest byte is the mark. No compiler pads with this one. */
#define DAXPIN_MARK_MAGIC 0x64617800

/**
 * enum daxpin_mark - what a mark says
 * @DAXPIN_MARK_IDT: argument: address of what SIDT has stored. What the gates of
 *	interrupts lead to is counted apart.
 * @DAXPIN_MARK_SPLIT: argument: address of a function, or 0. Within a region of op
 *	DAXPIN_OP_SPLIT, its 1st to 2nd call are get, its 3rd to 4th are put.
 * @DAXPIN_MARK_ARM: from now on regions are counted; it takes until the plugin has
 *	written the header of its file. Before, the guest runs at full speed.
 * @DAXPIN_MARK_BEGIN: argument: enum daxpin_op of the region that begins here
 * @DAXPIN_MARK_END: the region of this CPU ends
 * @DAXPIN_MARK_FLUSH: argument: a number that names what this CPU has counted since
 *	the last flush; the plugin writes it out. 0: it is forgotten.
 * @DAXPIN_MARK_EVICT: the caches of this CPU are empty from now on
 */
enum daxpin_mark {
	DAXPIN_MARK_IDT = 1,
	DAXPIN_MARK_SPLIT = 2,
	DAXPIN_MARK_ARM = 3,
	DAXPIN_MARK_BEGIN = 4,
	DAXPIN_MARK_END = 5,
	DAXPIN_MARK_FLUSH = 6,
	DAXPIN_MARK_EVICT = 7,
	DAXPIN_MARK_COUNT
};

/**
 * enum daxpin_op - what a region is
 * @DAXPIN_OP_GET: get
 * @DAXPIN_OP_PUT: put
 * @DAXPIN_OP_BIND: a driver binds to a device
 * @DAXPIN_OP_UNBIND: it leaves it
 * @DAXPIN_OP_COUNT: how many there are
 * @DAXPIN_OP_SPLIT: first get, then put, see DAXPIN_MARK_SPLIT
 */
enum daxpin_op {
	DAXPIN_OP_GET = 0,
	DAXPIN_OP_PUT = 1,
	DAXPIN_OP_BIND = 2,
	DAXPIN_OP_UNBIND = 3,
	DAXPIN_OP_COUNT,
	DAXPIN_OP_SPLIT = DAXPIN_OP_COUNT
};

static __always_inline void daxpin_mark(const enum daxpin_mark mark,
					__u64 argument)
{
#ifdef __x86_64__
	/* NOPL disp32(%rax,%rax,1) */
	__asm__ __volatile__(".byte 0x0f, 0x1f, 0x84, 0x00\n\t.long %c0"
			     : : "i"(DAXPIN_MARK_MAGIC + mark), "D"(argument)
			     : "memory");
#endif
}

#endif /* _UAPI_DAXPIN_MARK_H */
