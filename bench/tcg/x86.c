// SPDX-License-Identifier: GPL-2.0-or-later
#include "x86.h"

#include <daxpin_mark.h>
#include <string.h>

enum { VECTOR_NMI = 2, VECTOR_MACHINE_CHECK = 18, VECTOR_FIRST_EXTERNAL = 32, VECTOR_SYSTEM_CALL = 0x80 };

static uint32_t little_endian32(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static unsigned int mark_of(const uint8_t *bytes, size_t size)
{
	static const uint8_t nopl[] = { 0x0f, 0x1f, 0x84, 0x00 };
	uint32_t mark;

	if (size != X86_MARK_SIZE || memcmp(bytes, nopl, sizeof(nopl)))
		return 0;
	mark = little_endian32(bytes + sizeof(nopl)) - DAXPIN_MARK_MAGIC;
	return mark < DAXPIN_MARK_COUNT ? mark : 0;
}

static bool is_atomic(const uint8_t *bytes, size_t size)
{
	size_t i = 0;

	for (; i < size && memchr("\x66\x67\x2e\x36\x3e\x26\x64\x65\xf2\xf3\xf0", bytes[i], 11); i++)
		if (bytes[i] == 0xf0)
			return true;
	if (i < size && (bytes[i] & 0xf0) == 0x40) /* REX */
		i++;
	/* XCHG; with two registers it locks nothing */
	return i + 1 < size && (bytes[i] & 0xfe) == 0x86 && (bytes[i + 1] & 0xc0) != 0xc0;
}

struct x86_insn x86_decode(const uint8_t *bytes, size_t size)
{
	static const uint8_t iretq[] = { 0x48, 0xcf }, load_sp[] = { 0x48, 0x8b, 0xa6 };
	struct x86_insn insn = {
		.mark = mark_of(bytes, size),
		.atomic = is_atomic(bytes, size),
		.iret = size == sizeof(iretq) && !memcmp(bytes, iretq, sizeof(iretq)),
		.task_switch = size == sizeof(load_sp) + 4 && !memcmp(bytes, load_sp, sizeof(load_sp)),
	};

	if (insn.task_switch)
		insn.displacement = little_endian32(bytes + sizeof(load_sp));
	return insn;
}

size_t x86_interrupt_handlers(const struct x86_gate gates[IDT_GATES], uint64_t *handlers)
{
	size_t n = 0;

	for (unsigned int vector = 0; vector < IDT_GATES; vector++) {
		const struct x86_gate *gate = &gates[vector];
		uint64_t offset = gate->offset_low | (uint64_t)gate->offset_middle << 16 |
				  (uint64_t)gate->offset_high << 32;
		bool interrupt = vector >= VECTOR_FIRST_EXTERNAL ? vector != VECTOR_SYSTEM_CALL :
				 vector == VECTOR_NMI || vector == VECTOR_MACHINE_CHECK;

		if (interrupt && offset)
			handlers[n++] = offset;
	}
	return n;
}
