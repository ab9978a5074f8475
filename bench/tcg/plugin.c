// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A TCG plugin for QEMU that counts what regions of interest cost: -plugin
 * daxpin-tcg.so,out=FILE[,functions=FILE][,model=FILE.ini][,pmem=START+SIZE]... The guest delimits
 * regions by marks (uapi/daxpin_mark.h) and asks for a line in FILE for each op.
 *
 * Until the guest says so, translated code is not instrumented, so that booting
 * takes as long as without a plugin. Counters are per CPU; what a CPU does for
 * each instruction is to add to its own counters, and with a model to look up its own
 * caches.
 */
#include <daxpin_mark.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cache.h"
#include "functions.h"
#include "model.h"
#include "qemu_plugin.h"
#include "region.h"
#include "x86.h"

#define PMEM_MAX 64

/* Virtual pages whose physical address is known, while a region counts. */
#define PAGES 64U

struct cpu {
	struct region region;
	struct cache_hierarchy *cache;
	struct {
		uint64_t virtual;
		uint64_t physical;
	} pages[PAGES];
	struct qemu_plugin_register *rdi, *rsi, *rsp, *cr3;
	GByteArray *buffer;
} __attribute__((aligned(64)));

static qemu_plugin_id_t plugin;
static struct cpu *cpus;
static unsigned int cpu_count;
static struct qemu_plugin_scoreboard *counters;

static const char *out_path, *functions_path;
static FILE *out, *functions;
static pthread_mutex_t out_lock = PTHREAD_MUTEX_INITIALIZER;

static struct model model;
static bool modelled;
static struct memory_range pmem[PMEM_MAX];
static size_t pmem_count;

static bool armed;
static uint64_t split_function;
/* Where the handlers of interrupts begin, sorted. */
static uint64_t handlers[IDT_GATES];
static size_t handler_count;

PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_API_VERSION;

__attribute__((format(printf, 1, 2)))
static void say(const char *fmt, ...)
{
	char text[512] = "daxpin-tcg: ";
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + strlen(text), sizeof(text) - strlen(text) - 1, fmt, ap);
	va_end(ap);
	fprintf(stderr, "%s\n", text);
}

static uint64_t host_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static const struct region_counters *counters_of(unsigned int cpu)
{
	return qemu_plugin_scoreboard_find(counters, cpu);
}

static uint64_t read_register(struct cpu *cpu, struct qemu_plugin_register *handle)
{
	uint64_t value = 0;

	g_byte_array_set_size(cpu->buffer, 0);
	if (handle && qemu_plugin_read_register(handle, cpu->buffer) >= (int)sizeof(value))
		memcpy(&value, cpu->buffer->data, sizeof(value));
	return value;
}

static bool read_memory(struct cpu *cpu, uint64_t address, void *to, size_t size)
{
	g_byte_array_set_size(cpu->buffer, 0);
	if (!qemu_plugin_read_memory_vaddr(address, cpu->buffer, size) || cpu->buffer->len < size)
		return false;
	memcpy(to, cpu->buffer->data, size);
	return true;
}

/* Mappings may change while nothing is counted. */
static void forget_pages(struct cpu *cpu)
{
	memset(cpu->pages, 0xff, sizeof(cpu->pages));
}

/* The file. */

static void write_header(void)
{
	fputs("tag,cpu,op,regions,doubtful,model,caches", out);
#define X(name) fputs("," #name, out);
	REGION_COUNTS(X)
#undef X
	fputs(",host_ns,model_ns\n", out);
	fflush(out);
}

static void write_total(uint64_t tag, unsigned int cpu, enum daxpin_op op, const struct region_total *total)
{
	fprintf(out, "%" PRIu64 ",%u,%s,%" PRIu64 ",%" PRIu64 ",%s,%s", tag, cpu, region_op_names[op], total->regions,
		total->doubtful, modelled ? model.name : "", modelled ? model.caches.name : "");
#define X(name) fprintf(out, ",%" PRIu64, total->counts.name);
	EXACT_COUNTS(X)
#undef X
	if (modelled) {
#define X(name) fprintf(out, ",%" PRIu64, total->counts.name);
		CACHE_COUNTS(X)
#undef X
		fprintf(out, ",%" PRIu64 ",%.0f\n", total->host_ns, model_ns(&model, &total->counts));
	} else {
#define X(name) fputc(',', out);
		CACHE_COUNTS(X)
#undef X
		fprintf(out, ",%" PRIu64 ",\n", total->host_ns);
	}
}

static void write_totals(const struct cpu *cpu, unsigned int number, uint64_t tag)
{
	pthread_mutex_lock(&out_lock);
	for (int op = 0; op < DAXPIN_OP_COUNT; op++)
		if (cpu->region.total[op].regions)
			write_total(tag, number, (enum daxpin_op)op, &cpu->region.total[op]);
	if (fflush(out))
		say("%s: %s", out_path, strerror(errno));
	pthread_mutex_unlock(&out_lock);
}

/* The guest goes on when the lines are in the file, so that it need not wait for them. */
static void flush(struct cpu *cpu, unsigned int number, uint64_t tag)
{
	if (tag)
		write_totals(cpu, number, tag);
	if (functions)
		functions_flush(number, tag);
	memset(cpu->region.total, 0, sizeof(cpu->region.total));
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Callbacks of execution. */

static void on_access(unsigned int number, qemu_plugin_meminfo_t info, uint64_t address, void *userdata)
{
	struct cpu *cpu = &cpus[number];
	uint64_t page = address >> 12;
	unsigned int slot = page % PAGES;

	(void)userdata;
	if (!cpu->region.counting)
		return;
	if (cpu->pages[slot].virtual != page) {
		const struct qemu_plugin_hwaddr *hardware = qemu_plugin_get_hwaddr(info, address);

		if (!hardware || qemu_plugin_hwaddr_is_io(hardware))
			return;
		cpu->pages[slot].virtual = page;
		cpu->pages[slot].physical = qemu_plugin_hwaddr_phys_addr(hardware) & ~0xfffULL;
	}
	cache_access(cpu->cache, cpu->pages[slot].physical | (address & 0xfff), 1U << qemu_plugin_mem_size_shift(info),
		     qemu_plugin_mem_is_store(info), &cpu->region.total[cpu->region.op].counts);
}

static void on_instruction(unsigned int number, void *userdata)
{
	const struct region *region = &cpus[number].region;
	struct function_place *place = userdata;

	if (region->counting)
		place->counts[number * DAXPIN_OP_COUNT + region->op]++;
}

static struct region_frame read_frame(struct cpu *cpu)
{
	/* The low bits are no address; which they are changes while other tasks run. */
	struct region_frame frame = { .page_table = read_register(cpu, cpu->cr3) >> 12 };
	uint64_t pushed[4]; /* RIP, CS, RFLAGS, RSP */

	if (read_memory(cpu, read_register(cpu, cpu->rsp), pushed, sizeof(pushed))) {
		frame.ip = pushed[0];
		frame.sp = pushed[3];
	}
	return frame;
}

static void on_interrupt(unsigned int number, void *userdata)
{
	struct cpu *cpu = &cpus[number];
	struct region_frame frame;

	(void)userdata;
	if (!cpu->region.open || cpu->region.pause != REGION_RUNS)
		return;
	frame = read_frame(cpu);
	region_interrupt(&cpu->region, &frame, counters_of(number));
}

static void on_iret(unsigned int number, void *userdata)
{
	struct cpu *cpu = &cpus[number];
	struct region_frame frame;

	(void)userdata;
	if (!cpu->region.open || cpu->region.pause != REGION_INTERRUPTED)
		return;
	frame = read_frame(cpu);
	region_iret(&cpu->region, &frame, counters_of(number));
	forget_pages(cpu);
}

/* Before MOV disp32(%rsi), %rsp; userdata is the displacement. */
static void on_switch(unsigned int number, void *userdata)
{
	struct cpu *cpu = &cpus[number];
	uint64_t sp = 0;

	if (!cpu->region.open || cpu->region.pause == REGION_INTERRUPTED)
		return;
	read_memory(cpu, read_register(cpu, cpu->rsi) + (uintptr_t)userdata, &sp, sizeof(sp));
	region_switch(&cpu->region, read_register(cpu, cpu->rsp), sp, counters_of(number));
	forget_pages(cpu);
}

static void on_split(unsigned int number, void *userdata)
{
	(void)userdata;
	forget_pages(&cpus[number]);
	region_split(&cpus[number].region, counters_of(number), host_now());
}

static void on_begin(unsigned int number, void *userdata)
{
	struct cpu *cpu = &cpus[number];

	(void)userdata;
	forget_pages(cpu);
	region_begin(&cpu->region, read_register(cpu, cpu->rdi), counters_of(number), host_now());
}

static void on_end(unsigned int number, void *userdata)
{
	(void)userdata;
	region_end(&cpus[number].region, counters_of(number), host_now());
}

static void on_flush(unsigned int number, void *userdata)
{
	struct cpu *cpu = &cpus[number];

	(void)userdata;
	flush(cpu, number, read_register(cpu, cpu->rdi));
}

static void on_evict(unsigned int number, void *userdata)
{
	(void)userdata;
	cache_empty(cpus[number].cache);
}

static void on_idt(unsigned int number, void *userdata)
{
	struct cpu *cpu = &cpus[number];
	struct x86_idt idt;
	struct x86_gate gates[IDT_GATES];

	(void)userdata;
	if (read_memory(cpu, read_register(cpu, cpu->rdi), &idt, sizeof(idt)) &&
	    read_memory(cpu, idt.base, gates, sizeof(gates)))
		handler_count = x86_interrupt_handlers(gates, handlers);
	else
		say("cannot read the IDT");
	qsort(handlers, handler_count, sizeof(*handlers), compare_u64);
}

static void on_split_function(unsigned int number, void *userdata)
{
	(void)userdata;
	split_function = read_register(&cpus[number], cpus[number].rdi);
}

static void on_armed(qemu_plugin_id_t id);

static void on_arm(unsigned int number, void *userdata)
{
	(void)number;
	(void)userdata;
	/* Again: another run of the program in the same guest. */
	if (armed)
		return;
	if (!handler_count) {
		say("no IDT is known, so that interrupts would be counted with the regions that they interrupt: "
		    "load the module first");
		return;
	}
	qemu_plugin_reset(plugin, on_armed);
	armed = true;
}

/* Translation. */

static struct x86_insn look_at(const struct qemu_plugin_insn *insn)
{
	uint8_t bytes[X86_INSN_MAX + 1];
	size_t size = qemu_plugin_insn_data(insn, bytes, sizeof(bytes));

	return x86_decode(bytes, size);
}

/* Marks that set up, before and after regions are counted. */
static void set_up_mark(struct qemu_plugin_insn *insn, unsigned int mark)
{
	static const qemu_plugin_vcpu_udata_cb_t callbacks[DAXPIN_MARK_COUNT] = {
		[DAXPIN_MARK_IDT] = on_idt,
		[DAXPIN_MARK_SPLIT] = on_split_function,
		[DAXPIN_MARK_ARM] = on_arm,
	};

	if (callbacks[mark])
		qemu_plugin_register_vcpu_insn_exec_cb(insn, callbacks[mark], QEMU_PLUGIN_CB_R_REGS, NULL);
}

static void count(struct qemu_plugin_insn *insn, uint64_t address, const struct x86_insn *x86)
{
	const qemu_plugin_u64 instructions = { counters, offsetof(struct region_counters, instructions) };
	const qemu_plugin_u64 atomics = { counters, offsetof(struct region_counters, atomics) };
	const qemu_plugin_u64 loads = { counters, offsetof(struct region_counters, loads) };
	const qemu_plugin_u64 stores = { counters, offsetof(struct region_counters, stores) };
	const enum qemu_plugin_op add = QEMU_PLUGIN_INLINE_ADD_U64;

	qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(insn, add, instructions, 1);
	if (functions)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_instruction, QEMU_PLUGIN_CB_NO_REGS,
						       functions_place(address));
	if (x86->atomic)
		qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(insn, add, atomics, 1);
	/* Its loads come after on_iret(), when the region counts again. What the CPU itself pushes for an
	 * interrupt or exception is not counted either. */
	if (x86->iret)
		return;
	qemu_plugin_register_vcpu_mem_inline_per_vcpu(insn, QEMU_PLUGIN_MEM_R, add, loads, 1);
	qemu_plugin_register_vcpu_mem_inline_per_vcpu(insn, QEMU_PLUGIN_MEM_W, add, stores, 1);
	if (modelled)
		qemu_plugin_register_vcpu_mem_cb(insn, on_access, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, NULL);
}

/* What ends a region goes before the counting of its own instruction, what begins one behind it. */
static void instrument(struct qemu_plugin_insn *insn)
{
	const enum qemu_plugin_cb_flags read = QEMU_PLUGIN_CB_R_REGS;
	uint64_t address = qemu_plugin_insn_vaddr(insn);
	struct x86_insn x86 = look_at(insn);

	set_up_mark(insn, x86.mark);
	if (bsearch(&address, handlers, handler_count, sizeof(*handlers), compare_u64))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_interrupt, read, NULL);
	if (split_function && address == split_function)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_split, read, NULL);
	if (x86.mark == DAXPIN_MARK_END)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_end, read, NULL);
	if (x86.mark == DAXPIN_MARK_FLUSH)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_flush, read, NULL);
	if (x86.mark == DAXPIN_MARK_EVICT && modelled)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_evict, QEMU_PLUGIN_CB_NO_REGS, NULL);
	count(insn, address, &x86);
	if (x86.mark == DAXPIN_MARK_BEGIN)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_begin, read, NULL);
	if (x86.iret)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_iret, read, NULL);
	if (x86.task_switch)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_switch, read, (void *)(uintptr_t)x86.displacement);
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	for (size_t i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		if (out)
			instrument(insn);
		else if (qemu_plugin_insn_size(insn) == X86_MARK_SIZE)
			set_up_mark(insn, look_at(insn).mark);
	}
}

/* All translated code is thrown away: from now on it is instrumented. */
static void on_armed(qemu_plugin_id_t id)
{
	out = fopen(out_path, "we");
	functions = functions_path ? fopen(functions_path, "we") : NULL;
	if (!out || (functions_path && !functions)) {
		say("%s: %s", out ? functions_path : out_path, strerror(errno));
		return;
	}
	if (functions)
		functions_open(functions, cpu_count);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	write_header();
}

/* Set-up. */

static void find_registers(struct cpu *cpu)
{
	GArray *registers = qemu_plugin_get_registers();

	for (guint i = 0; i < registers->len; i++) {
		qemu_plugin_reg_descriptor *d = &g_array_index(registers, qemu_plugin_reg_descriptor, i);

		if (!strcmp(d->name, "rdi"))
			cpu->rdi = d->handle;
		else if (!strcmp(d->name, "rsi"))
			cpu->rsi = d->handle;
		else if (!strcmp(d->name, "rsp"))
			cpu->rsp = d->handle;
		else if (!strcmp(d->name, "cr3"))
			cpu->cr3 = d->handle;
	}
	g_array_free(registers, TRUE);
	if (!cpu->rdi || !cpu->rsi || !cpu->rsp || !cpu->cr3)
		say("this QEMU does not name the registers rdi, rsi, rsp and cr3: nothing will be counted rightly");
}

static void on_cpu(qemu_plugin_id_t id, unsigned int number)
{
	(void)id;
	if (number < cpu_count)
		find_registers(&cpus[number]);
}

static int create_cpus(unsigned int count)
{
	cpus = aligned_alloc(64, count * sizeof(*cpus));
	if (!cpus)
		return -ENOMEM;
	memset(cpus, 0, count * sizeof(*cpus));
	for (cpu_count = 0; cpu_count < count; cpu_count++) {
		cpus[cpu_count].buffer = g_byte_array_new();
		if (!modelled)
			continue;
		cpus[cpu_count].cache = cache_new(&model.geometry, pmem, pmem_count);
		if (!cpus[cpu_count].cache)
			return -ENOMEM;
	}
	return 0;
}

/* START+SIZE, both as C writes numbers. */
static int parse_pmem(const char *text)
{
	char *end;

	if (pmem_count == PMEM_MAX)
		return -E2BIG;
	errno = 0;
	pmem[pmem_count].start = strtoull(text, &end, 0);
	if (end == text || *end != '+' || *text == '-')
		return -EINVAL;
	text = end + 1;
	pmem[pmem_count].size = strtoull(text, &end, 0);
	if (end == text || *end || *text == '-' || errno || !pmem[pmem_count].size ||
	    pmem[pmem_count].start + pmem[pmem_count].size < pmem[pmem_count].start)
		return -EINVAL;
	pmem_count++;
	return 0;
}

static int parse_option(const char *option)
{
	char error[256];

	if (!strncmp(option, "out=", 4) && option[4]) {
		out_path = strdup(option + 4);
		return out_path ? 0 : -ENOMEM;
	}
	if (!strncmp(option, "functions=", 10) && option[10]) {
		functions_path = strdup(option + 10);
		return functions_path ? 0 : -ENOMEM;
	}
	if (!strncmp(option, "model=", 6)) {
		modelled = true;
		if (!model_read(option + 6, &model, error, sizeof(error)))
			return 0;
		say("%s", error);
		return -EINVAL;
	}
	if (!strncmp(option, "pmem=", 5) && !parse_pmem(option + 5))
		return 0;
	say("%s: must be out=FILE, functions=FILE, model=FILE.ini or pmem=START+SIZE", option);
	return -EINVAL;
}

static int truncate_file(const char *path)
{
	FILE *f = fopen(path, "we");

	if (f && !fclose(f))
		return 0;
	say("%s: %s", path, strerror(errno));
	return -errno;
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
	plugin = id;
	for (int i = 0; i < argc; i++)
		if (parse_option(argv[i]))
			return -1;
	if (!info->system_emulation || strcmp(info->target_name, "x86_64")) {
		say("is for qemu-system-x86_64");
		return -1;
	}
	if (!out_path) {
		say("no out=FILE");
		return -1;
	}
	/* Known to be writable now, rather than when the guest has booted. */
	if ((functions_path && truncate_file(functions_path)) || truncate_file(out_path))
		return -1;
	if (create_cpus((unsigned int)info->system.max_vcpus)) {
		say("out of memory");
		return -1;
	}
	counters = qemu_plugin_scoreboard_new(sizeof(struct region_counters));
	qemu_plugin_register_vcpu_init_cb(id, on_cpu);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	return 0;
}
