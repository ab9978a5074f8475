# SPDX-License-Identifier: GPL-2.0-or-later
# daxpin: everything is built in build/. 'make help' lists the targets.

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo 0.1)
prefix ?= /usr/local
bindir ?= $(prefix)/bin
datadir ?= $(prefix)/share/daxpin
module_version := $(shell sed -n 's/^\#define DAXPIN_VERSION "\(.*\)"/\1/p' kernel/module/internal.h)
mandir ?= $(prefix)/share/man
# where DKMS looks
srcdir ?= /usr/src
udevdir ?= /lib/udev/rules.d
INSTALL ?= install
ifeq ($(origin CC),default)
CC := gcc
endif
CFLAGS ?= -O2 -g
B := build
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))

warnings := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wformat-nonliteral
cppflags := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Ikernel/module/uapi -Ibench -isystem /usr/include/libsmartcols
libraries := -libverbs -luring -ldaxctl -lnuma -linih -ljansson -lgsl -lgslcblas -lsmartcols -lcsv -lmd -lz -lm -lpthread
# WERROR= builds with a compiler whose warnings we do not know yet.
WERROR ?= -Werror
all_cflags = -std=gnu11 $(warnings) $(WERROR) -MMD -MP $(cppflags) $(CPPFLAGS) $(CFLAGS)

# Of the plugin all but what needs QEMU is tested with the program, which also knows the models.
sources := $(sort $(wildcard bench/*.c) $(filter-out $(addprefix bench/tcg/,plugin.c functions.c),$(wildcard bench/tcg/*.c)))
objects := $(sources:%.c=$(B)/%.o)
# What unit tests link: all but main().
library := $(filter-out $(B)/bench/main.o,$(objects))
unit_tests := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(sort $(wildcard tests/unit/test_*.c)))

.PHONY: all
all: $(B)/daxpin ## build the program (build/daxpin)

$(B)/daxpin: $(objects)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(libraries)

# Objects depend on the flags that they were built with.
$(B)/flags: FORCE
	@mkdir -p $(B); f='$(CC) $(all_cflags) $(datadir)'; \
	[ "$$(cat $@ 2>/dev/null)" = "$$f" ] || printf '%s' "$$f" > $@

$(B)/bench/%.o: bench/%.c $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(all_cflags) $(version_flag) -DDAXPIN_DATADIR='"$(datadir)"' -c -o $@ $<

# These are in the program as they are.
$(B)/bench/plan_default.o: configs/fits.csv
$(B)/bench/report_html_files.o: bench/html/report.css bench/html/report.js

# The plugin for QEMU: needs glib, as QEMU itself.
plugin_objects := $(patsubst bench/tcg/%.c,$(B)/plugin/%.o,$(sort $(wildcard bench/tcg/*.c)))
glib_cflags = $(patsubst -I%,-isystem %,$(shell pkg-config --cflags glib-2.0))

.PHONY: plugin
plugin: $(B)/daxpin-tcg.so ## build the plugin of QEMU that counts instructions and models caches

$(B)/daxpin-tcg.so: $(plugin_objects)
	$(call say,LD,$@)
	$(Q)$(CC) -shared $(CFLAGS) $(LDFLAGS) -o $@ $^ -linih -lglib-2.0 -lm

# For speed: what is done for each access of the guest is inlined.
$(B)/plugin/%.o: bench/tcg/%.c $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(all_cflags) -O3 -fPIC -fvisibility=hidden $(glib_cflags) -c -o $@ $<

# The version changes with each commit: only what prints it is built again.
$(B)/version: FORCE
	@mkdir -p $(B); [ "$$(cat $@ 2>/dev/null)" = '$(VERSION)' ] || printf '%s' '$(VERSION)' > $@
$(B)/bench/main.o $(B)/bench/env.o: $(B)/version
$(B)/bench/main.o $(B)/bench/env.o: version_flag = -DDAXPIN_VERSION='"$(VERSION)"'

$(B)/tests/unit/%: tests/unit/%.c $(library) $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(all_cflags) -DDAXPIN_DATADIR='"$(datadir)"' $(LDFLAGS) -o $@ $< $(library) -lcmocka $(libraries)

# Commands in one process with libFuzzer, tests/fuzz: all but main(), built anew with clang and its sanitizers.
fuzz_flags := -O1 -g -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all -DSTATS_RESAMPLES=40u
fuzz_cflags = $(filter-out -O2 -g,$(all_cflags)) $(fuzz_flags) -DDAXPIN_DATADIR='"$(datadir)"'
fuzz_objects := $(patsubst %.c,$(B)/fuzz/%.o,$(filter-out bench/main.c,$(sources)) tests/fuzz/fuzz.c tests/fuzz/mutate.c)
fuzz_targets := $(patsubst tests/fuzz/fuzz_%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

$(B)/fuzz/%.o: %.c $(B)/flags
	$(call say,CLANG,$<)
	@mkdir -p $(@D)
	$(Q)clang $(fuzz_cflags) -fsanitize=fuzzer-no-link -c -o $@ $<

$(fuzz_targets): $(B)/fuzz/%: tests/fuzz/fuzz_%.c $(fuzz_objects)
	$(call say,CLANG,$@)
	$(Q)clang $(fuzz_cflags) -fsanitize=fuzzer -o $@ $< $(fuzz_objects) $(libraries)

-include $(fuzz_objects:.o=.d) $(fuzz_targets:=.d)
-include $(objects:.o=.d) $(plugin_objects:.o=.d) $(unit_tests:=.d)

.PHONY: unit-tests
unit-tests: $(unit_tests)

.PHONY: FORCE clean help
FORCE:
clean: ## remove build/ (the cache of kernels stays)
	rm -rf $(B)
help: ## this text
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

.PHONY: deps-build deps-vm deps-plugin bench noise regress reproduce check check-slow fuzz module install uninstall
deps-build:
	@scripts/deps build
deps-vm:
	@scripts/deps build kernel vm plot
deps-plugin: deps-vm
	@scripts/deps plugin

# KERNELS, BOOTS, JOB, RESULTS, PMEM, MEMORY and MODEL are options of scripts/bench.
bench: $(if $(MODEL),deps-plugin,deps-vm) ## the main job on the stages of our series, in VMs: results/*.csv, table, results/plots
	@$(MAKE) --no-print-directory all $(if $(MODEL),plugin)
	@scripts/bench $(if $(KERNELS),--kernels '$(KERNELS)') $(if $(BOOTS),--boots $(BOOTS)) $(if $(JOB),--job $(JOB)) \
		$(if $(RESULTS),--results $(RESULTS)) $(if $(PMEM),--pmem $(PMEM)) $(if $(MEMORY),--memory $(MEMORY)) \
		$(if $(MODEL),--model $(MODEL))

# As bench, and SETS; PLUGIN=1: clock insn without a model.
noise: $(if $(MODEL)$(PLUGIN),deps-plugin,deps-vm) ## A/A: how far a kernel is from itself, for 'daxpin compare --noise results/noise.csv'
	@$(MAKE) --no-print-directory all $(if $(MODEL)$(PLUGIN),plugin)
	@scripts/noise $(if $(SETS),--sets $(SETS)) $(if $(KERNELS),--kernels '$(KERNELS)') $(if $(BOOTS),--boots $(BOOTS)) \
		$(if $(JOB),--job $(JOB)) $(if $(PMEM),--pmem $(PMEM)) $(if $(MEMORY),--memory $(MEMORY)) \
		$(if $(MODEL),--model $(MODEL),$(if $(PLUGIN),--plugin)) $(if $(RESULTS),--output $(RESULTS)/noise.csv)

# KERNELS, STAGES=1, KERNEL_TREE, KERNEL_IMAGE, BASE, JOBS, BOOTS, MODEL, WALL=1, RESULTS, STORE and FRESH=1 are options of
# scripts/regress. It ends with make, however make ends.
regress: $(if $(WALL),deps-vm,deps-plugin) ## a suite on several kernels, each compared with the one before it; goes on where it was stopped
	@$(MAKE) --no-print-directory all $(if $(WALL),,plugin)
	@exec setpriv --pdeathsig TERM scripts/regress $(if $(KERNELS),--kernels '$(KERNELS)') $(if $(STAGES),--stages) \
		$(if $(KERNEL_TREE),--kernel-tree '$(KERNEL_TREE)') $(if $(KERNEL_IMAGE),--kernel-image '$(KERNEL_IMAGE)') \
		$(if $(BASE),--base '$(BASE)') $(if $(JOBS),--jobs '$(JOBS)') $(if $(BOOTS),--boots $(BOOTS)) \
		$(if $(MODEL),--model $(MODEL)) $(if $(WALL),--wall) $(if $(RESULTS),--results '$(RESULTS)') \
		$(if $(STORE),--store '$(STORE)') $(if $(FRESH),--fresh)

# QUICK=1: the shortened one. RESULTS is an option of scripts/reproduce.
reproduce: deps-plugin ## the published figures beside ours, on the clocks insn and model, into RESULTS.md (QUICK=1: a part)
	@$(MAKE) --no-print-directory all plugin
	@scripts/reproduce $(if $(QUICK),--quick) $(if $(RESULTS),--results $(RESULTS))

check: ## all tests but the slow ones; ends with N passed, N failed, N skipped
	@scripts/deps build kernel vm plot plugin check browser
	@scripts/check

# FUZZ_SECONDS: of all targets together.
fuzz: ## hostile CSV files and environments for the commands that read them, 20 s (FUZZ_SECONDS=600)
	@scripts/deps build check
	@tests/fuzz/run --seconds $(or $(FUZZ_SECONDS),20)

check-slow: ## the tests that need kernels built from source, and the long ones
	@scripts/deps
	@scripts/check --slow

module: ## the module for the running kernel, or for KDIR
	@scripts/kernel module $(or $(KDIR),/lib/modules/$(shell uname -r)/build)

$(B)/daxpin.1: docs/daxpin.1.scd
	@mkdir -p $(@D)
	$(call say,SCDOC,$<)
	$(Q)scdoc < $< > $@

install: all $(B)/daxpin.1 ## install program, man page, jobs, plots and module source (DESTDIR, prefix)
	$(INSTALL) -D -m 755 $(B)/daxpin $(DESTDIR)$(bindir)/daxpin
	$(INSTALL) -D -m 644 $(B)/daxpin.1 $(DESTDIR)$(mandir)/man1/daxpin.1
	$(INSTALL) -d $(DESTDIR)$(datadir)/plots $(DESTDIR)$(datadir)/jobs
	$(INSTALL) -m 644 plots/*.gp $(DESTDIR)$(datadir)/plots
	$(INSTALL) -m 644 configs/jobs/*.ini $(DESTDIR)$(datadir)/jobs
	$(INSTALL) -D -m 644 kernel/module/60-daxpin.rules $(DESTDIR)$(udevdir)/60-daxpin.rules
	$(INSTALL) -d $(DESTDIR)$(srcdir)/daxpin-$(module_version)
	cp -r kernel/module/. $(DESTDIR)$(srcdir)/daxpin-$(module_version)/

uninstall: ## remove what install has put there
	rm -f $(DESTDIR)$(bindir)/daxpin $(DESTDIR)$(mandir)/man1/daxpin.1 $(DESTDIR)$(udevdir)/60-daxpin.rules
	rm -rf $(DESTDIR)$(datadir) $(DESTDIR)$(srcdir)/daxpin-$(module_version)
