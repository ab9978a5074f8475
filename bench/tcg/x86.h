/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the plugin has to know of x86-64: a few instructions, and the IDT. */
#ifndef DAXPIN_TCG_X86_H
#define DAXPIN_TCG_X86_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IDT_GATES 256
#define X86_MARK_SIZE 8
#define X86_INSN_MAX 15

/* What SIDT stores. */
struct x86_idt {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

struct x86_gate {
	uint16_t offset_low;
	uint16_t selector;
	uint16_t flags;
	uint16_t offset_middle;
	uint32_t offset_high;
	uint32_t reserved;
};

/**
 * struct x86_insn - what matters of an instruction
 * @mark: enum daxpin_mark, 0: none
 * @atomic: has a lock prefix, or is an XCHG with memory
 * @iret: IRETQ
 * @task_switch: MOV disp32(%rsi), %rsp, by which __switch_to_asm() of Linux takes the
 *	stack of the next task
 * @displacement: its disp32
 */
struct x86_insn {
	unsigned int mark;
	bool atomic;
	bool iret;
	bool task_switch;
	uint32_t displacement;
};

struct x86_insn x86_decode(const uint8_t *bytes, size_t size);

/* Where the gates of interrupts lead to, but not those of exceptions and of system calls,
 * which belong to what caused them. Fills handlers[IDT_GATES], returns how many. */
size_t x86_interrupt_handlers(const struct x86_gate gates[IDT_GATES], uint64_t *handlers);

#endif
