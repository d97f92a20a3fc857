# SPDX-License-Identifier: Apache-2.0
# The front door. Each goal sets up what it needs.

JOBS ?= 2

.PHONY: build
build:
	@test -f build/build.ninja || cmake --preset release
	@ninja -C build -j $(JOBS)
