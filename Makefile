# SPDX-License-Identifier: Apache-2.0
# The front door. Each goal sets up what it needs; `make help` lists them.

SHELL := /bin/bash
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
DESTDIR ?=
ARGS ?=
BENCH ?=
SECONDS_EACH ?= 60

# What make run traces when it is not told: one command and its descendants, nothing else.
DEMO := -e execve,openat,connect,sched_process_exec,sched_process_exit \
	-e 'openat.data.pathname!=/usr/*,/lib/*,/etc/ld.so.cache' -- \
	sh -c 'id -un; ls / > /dev/null; cat /etc/hostname; cat /etc/shadow.not'

.DEFAULT_GOAL := build
.PHONY: help setup build run test test-vm test-asan test-tsan lint format fuzz coverage bench deb install clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' Makefile

setup: ## install the Debian packages that are missing
	@deploy/setup

define build_preset
	@test -f $(2)/build.ninja || cmake --preset $(1) > /dev/null
	@ninja --quiet -C $(2) -j $(JOBS) $(3)
endef

build: setup ## build/ratel
	$(call build_preset,release,build,ratel documents)

run: build ## trace; ARGS="…" passes options, without them a small command is traced
	build/ratel trace $(if $(ARGS),$(ARGS),$(DEMO))

test: setup ## every test; last line: N passed, N failed, N skipped
	@tests/run

test-vm: setup ## the cases on every kernel of tests/vm/kernels.table; writes docs/kernel-matrix.md
	@tests/run build:release vm:write

test-asan: setup ## unit tests and corpora with the address and undefined-behaviour sanitizers
	$(call build_preset,asan,build-asan,)
	@tests/run unit:build-asan fuzz:build-asan

test-tsan: setup ## unit tests with the thread sanitizer
	$(call build_preset,tsan,build-tsan,)
	@tests/run unit:build-tsan

lint: build ## what no compiler checks
	@tests/run lint

format: setup ## what .clang-format says about every source
	@find src kernel tests bench -name '*.[ch]' -print0 | xargs -0 clang-format-14 -i

fuzz: setup ## SECONDS_EACH of libFuzzer for each target, starting from the stored corpus
	$(call build_preset,fuzz,build-fuzz,)
	@tests/run hunt:$(SECONDS_EACH)

coverage: setup ## which lines the unit tests and corpora run
	$(call build_preset,coverage,build-coverage,)
	@tests/coverage

bench: build ## figures beside their targets; BENCH=B1 for one
	$(call build_preset,release,build,bench-load bench-mixture bench-limits provoke-load)
	@bench/run $(BENCH)

deb: build ## dist/ratel_*.deb
	@mkdir -p dist
	@cpack --config build/CPackConfig.cmake -G DEB -B dist > dist/cpack.log || { cat dist/cpack.log; exit 1; }
	@ls dist/*.deb

install: build ## into DESTDIR and PREFIX
	@DESTDIR="$(DESTDIR)" cmake --install build --prefix "$(PREFIX)" > build/install.log
	@echo "installed into $(DESTDIR)$(PREFIX); build/install_manifest.txt lists the files"

clean: ## remove everything that was built
	rm -rf build build-asan build-tsan build-fuzz build-debug build-coverage dist
