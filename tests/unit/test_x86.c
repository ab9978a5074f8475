// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <daxpin_mark.h>

#include "tcg/x86.h"

#define DECODE(...) x86_decode((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void check_nothing(struct x86_insn insn)
{
	assert_int_equal(insn.mark, 0);
	assert_false(insn.atomic || insn.iret || insn.task_switch);
	assert_int_equal(insn.displacement, 0);
}

static void marks(void **state)
{
	(void)state;
	for (uint8_t mark = 1; mark < DAXPIN_MARK_COUNT; mark++) {
		struct x86_insn insn = DECODE(0x0f, 0x1f, 0x84, 0x00, mark, 0x78, 0x61, 0x64);

		assert_int_equal(insn.mark, mark);
		assert_false(insn.atomic || insn.iret || insn.task_switch);
	}
}

static __attribute__((noinline)) void begin_mark(void)
{
	daxpin_mark(DAXPIN_MARK_BEGIN, DAXPIN_OP_PUT);
}

/* What the header makes is what the decoder finds. */
static void mark_of_the_header(void **state)
{
	uint8_t code[48];
	unsigned int found = 0;

	(void)state;
	memcpy(code, (const void *)(uintptr_t)begin_mark, sizeof(code));
	for (size_t i = 0; !found && i + X86_MARK_SIZE <= sizeof(code); i++)
		found = x86_decode(code + i, X86_MARK_SIZE).mark;
	assert_int_equal(found, DAXPIN_MARK_BEGIN);
}

static void what_is_no_mark(void **state)
{
	(void)state;
	/* Behind the last one, 0, and the one before */
	check_nothing(DECODE(0x0f, 0x1f, 0x84, 0x00, DAXPIN_MARK_COUNT, 0x78, 0x61, 0x64));
	check_nothing(DECODE(0x0f, 0x1f, 0x84, 0x00, 0x00, 0x78, 0x61, 0x64));
	check_nothing(DECODE(0x0f, 0x1f, 0x84, 0x00, 0xff, 0x77, 0x61, 0x64));
	/* What compilers pad with */
	check_nothing(DECODE(0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00));
	check_nothing(DECODE(0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00));
	check_nothing(DECODE(0x90));
	/* Another size, another instruction, another operand */
	check_nothing(DECODE(0x66, 0x0f, 0x1f, 0x84, 0x00, 0x04, 0x78, 0x61, 0x64));
	check_nothing(DECODE(0x0f, 0x1f, 0x84, 0x00, 0x04, 0x78, 0x61));
	check_nothing(DECODE(0x0f, 0x1e, 0x84, 0x00, 0x04, 0x78, 0x61, 0x64));
	check_nothing(DECODE(0x0f, 0x1f, 0x84, 0x08, 0x04, 0x78, 0x61, 0x64));
}

static void lock_prefix(void **state)
{
	(void)state;
	/* lock incq 16(%rdi); lock incw; the other way round; lock xadd %rax,%fs:(%rdi) */
	assert_true(DECODE(0xf0, 0x48, 0xff, 0x47, 0x10).atomic);
	assert_true(DECODE(0x66, 0xf0, 0xff, 0x07).atomic);
	assert_true(DECODE(0xf0, 0x66, 0xff, 0x07).atomic);
	assert_true(DECODE(0x64, 0xf0, 0x48, 0x0f, 0xc1, 0x07).atomic);
	/* lock cmpxchg16b (%rsi), with a useless prefix too */
	assert_true(DECODE(0xf0, 0x48, 0x0f, 0xc7, 0x0e).atomic);
	assert_true(DECODE(0x3e, 0xf0, 0x48, 0x0f, 0xc7, 0x0e).atomic);
	assert_true(DECODE(0xf2, 0xf0, 0x48, 0x0f, 0xb1, 0x0f).atomic);
	/* The same without lock */
	check_nothing(DECODE(0x48, 0xff, 0x47, 0x10));
	check_nothing(DECODE(0x66, 0xff, 0x07));
	check_nothing(DECODE(0x65, 0x48, 0x0f, 0xc7, 0x0e));
	/* F0 that is no prefix: mov $0xf0,%al; mov %rsi,%rax; add $0xf0,%eax */
	check_nothing(DECODE(0xb0, 0xf0));
	check_nothing(DECODE(0x48, 0x89, 0xf0));
	check_nothing(DECODE(0x05, 0xf0, 0x00, 0x00, 0x00));
	/* mfence: 0F AE F0 */
	check_nothing(DECODE(0x0f, 0xae, 0xf0));
}

static void exchange(void **state)
{
	(void)state;
	/* xchg %al,(%rdi); %eax,(%rdi); %rax,8(%rdi); %r8,(%r9); %ax,(%rdi); %rax,%gs:0x10 */
	assert_true(DECODE(0x86, 0x07).atomic);
	assert_true(DECODE(0x87, 0x07).atomic);
	assert_true(DECODE(0x48, 0x87, 0x47, 0x08).atomic);
	assert_true(DECODE(0x4d, 0x87, 0x01).atomic);
	assert_true(DECODE(0x66, 0x87, 0x07).atomic);
	assert_true(DECODE(0x65, 0x48, 0x87, 0x04, 0x25, 0x10, 0x00, 0x00, 0x00).atomic);
	assert_true(DECODE(0x87, 0x87, 0x00, 0x01, 0x00, 0x00).atomic);
	/* Of two registers, and with RAX in short; test %eax,(%rdi); mov */
	check_nothing(DECODE(0x48, 0x87, 0xd8));
	check_nothing(DECODE(0x86, 0xc4));
	check_nothing(DECODE(0x48, 0x93));
	check_nothing(DECODE(0x85, 0x07));
	check_nothing(DECODE(0x48, 0x89, 0x07));
	/* 0F 86 and 0F 87 are jumps */
	check_nothing(DECODE(0x0f, 0x87, 0x10, 0x00, 0x00, 0x00));
}

static void return_from_interrupt(void **state)
{
	(void)state;
	assert_true(DECODE(0x48, 0xcf).iret);
	assert_false(DECODE(0x48, 0xcf).atomic);
	/* IRET of 32 bits, which Linux of 64 bits does not use; RET; SYSRETQ */
	check_nothing(DECODE(0xcf));
	check_nothing(DECODE(0xc3));
	check_nothing(DECODE(0x48, 0x0f, 0x07));
}

static void task_switch(void **state)
{
	struct x86_insn insn = DECODE(0x48, 0x8b, 0xa6, 0x98, 0x1b, 0x02, 0x00);

	(void)state;
	assert_true(insn.task_switch);
	assert_int_equal(insn.displacement, 0x21b98);
	assert_false(insn.atomic || insn.iret);
	/* The other half: mov %rsp,0x1b98(%rdi); another base; %rbp; a short displacement */
	check_nothing(DECODE(0x48, 0x89, 0xa7, 0x98, 0x1b, 0x00, 0x00));
	check_nothing(DECODE(0x48, 0x8b, 0xa7, 0x98, 0x1b, 0x00, 0x00));
	check_nothing(DECODE(0x48, 0x8b, 0xae, 0x98, 0x1b, 0x00, 0x00));
	check_nothing(DECODE(0x48, 0x8b, 0x66, 0x18));
}

/* No byte behind the end is looked at: the sanitizer would say so. */
static void cut_short(void **state)
{
	static const uint8_t code[] = { 0xf3, 0x66, 0x4c, 0x87, 0x07 };
	uint8_t *end = malloc(sizeof(code));

	(void)state;
	for (size_t size = 0; size < sizeof(code); size++) {
		memcpy(end + sizeof(code) - size, code, size);
		check_nothing(x86_decode(end + sizeof(code) - size, size));
	}
	free(end);
}

static struct x86_gate gate(uint64_t offset)
{
	return (struct x86_gate){
		.offset_low = (uint16_t)offset,
		.selector = 0x10,
		.flags = 0x8e00,
		.offset_middle = (uint16_t)(offset >> 16),
		.offset_high = (uint32_t)(offset >> 32),
	};
}

static uint64_t handler_of(unsigned int vector)
{
	return 0xffffffff81a00000 + vector * 0x10;
}

static bool has(const uint64_t *handlers, size_t n, uint64_t handler)
{
	for (size_t i = 0; i < n; i++)
		if (handlers[i] == handler)
			return true;
	return false;
}

static void interrupt_handlers(void **state)
{
	struct x86_gate gates[IDT_GATES] = { 0 };
	uint64_t handlers[IDT_GATES];
	size_t n;

	(void)state;
	assert_int_equal(sizeof(*gates), 16);
	assert_int_equal(sizeof(struct x86_idt), 10);
	for (unsigned int vector = 0; vector < IDT_GATES; vector++)
		gates[vector] = gate(handler_of(vector));
	/* One that leads nowhere */
	gates[200] = gate(0);
	n = x86_interrupt_handlers(gates, handlers);
	/* All from 32 on but the system call and that one; NMI and machine check */
	assert_int_equal(n, 256 - 32 - 2 + 2);
	assert_true(has(handlers, n, handler_of(2)));
	assert_true(has(handlers, n, handler_of(18)));
	assert_true(has(handlers, n, handler_of(32)));
	assert_true(has(handlers, n, handler_of(236)));
	assert_true(has(handlers, n, handler_of(255)));
	/* Page fault, general protection, debug, breakpoint; the last exception; the system call */
	assert_false(has(handlers, n, handler_of(14)));
	assert_false(has(handlers, n, handler_of(13)));
	assert_false(has(handlers, n, handler_of(1)));
	assert_false(has(handlers, n, handler_of(3)));
	assert_false(has(handlers, n, handler_of(31)));
	assert_false(has(handlers, n, handler_of(0x80)));
	assert_false(has(handlers, n, 0));
}

static void no_interrupt_handlers(void **state)
{
	static const struct x86_gate gates[IDT_GATES];
	uint64_t handlers[IDT_GATES];

	(void)state;
	assert_int_equal(x86_interrupt_handlers(gates, handlers), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks),
		cmocka_unit_test(mark_of_the_header),
		cmocka_unit_test(what_is_no_mark),
		cmocka_unit_test(lock_prefix),
		cmocka_unit_test(exchange),
		cmocka_unit_test(return_from_interrupt),
		cmocka_unit_test(task_switch),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(interrupt_handlers),
		cmocka_unit_test(no_interrupt_handlers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
