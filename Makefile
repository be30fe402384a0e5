# SPDX-License-Identifier: PostgreSQL
#
# Two commands on a fresh Debian 12: `make run` shows the service at work, `make check` runs all tests.
# This file only delegates.

.PHONY: all build build-tests build-quick run start stop check check-quick check-long bench clean

all: build

build:
	@$(MAKE) --no-print-directory -C extension
	@$(MAKE) --no-print-directory -C frontends

build-tests: build
	@$(MAKE) --no-print-directory -C extension VARIANT=ubsan
	@$(MAKE) --no-print-directory -C frontends VARIANT=asan
	@$(MAKE) --no-print-directory -C tests

build-quick:
	@$(MAKE) --no-print-directory -C extension
	@$(MAKE) --no-print-directory -C tests units

# What `ready in .. s` counts from: packages and build included.
run start: export FOTA_BEGAN := $(shell date +%s%N)

run:
	@packaging/deps.sh run
	@$(MAKE) --no-print-directory -j2 build
	@packaging/demo.sh run

start:
	@packaging/deps.sh run
	@$(MAKE) --no-print-directory -j2 build
	@packaging/demo.sh start

stop:
	@packaging/demo.sh stop

check:
	@packaging/deps.sh check
	@$(MAKE) --no-print-directory -j2 build-tests
	@tests/run unit fuzz tools sql https coap service asan docs

check-quick:
	@packaging/deps.sh check
	@$(MAKE) --no-print-directory -j2 build-quick
	@tests/run unit sql-native

check-long:
	@packaging/deps.sh long
	@$(MAKE) --no-print-directory -j2 build-tests
	@FOTA_LONG=1 FOTA_FUZZ_SECONDS=30 FOTA_TEST_TIMEOUT=7200 tests/run unit fuzz tools sql https coap service asan docs

bench:
	@packaging/deps.sh check
	@$(MAKE) --no-print-directory -j2 build-tests
	@tests/bench/run

clean:
	rm -rf build
