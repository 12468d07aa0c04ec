# What a person types. CI runs the same targets (.ci/run). Everything is built under build/, one folder a preset.
.DEFAULT_GOAL := help
SHELL := /bin/bash
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 60
REPORT ?= latest

cxx_files = git ls-files -z '*.h' '*.cpp'

##@ Using it
run: build  ## build and serve on 127.0.0.1:8080, data in ./sallyport-data (ARGS="--listen 127.0.0.1:9090" adds flags)
	@exec build/release/sallyport serve $(ARGS)

build: build/release/build.ninja  ## the release program: build/release/sallyport
	@cmake --build --preset release --target sallyport --parallel $(JOBS)

##@ Proving it
test: test-packages build/release/build.ninja  ## everything, then all tests
	@cmake --build --preset release --parallel $(JOBS)
	@ctest --preset release --parallel $(JOBS) $(ARGS)

testssl: build  ## testssl.sh looks at a server with TLS; two minutes
	@tools/install-packages.sh tools/packages.txt tools/packages-testssl.txt
	@python3 -B tests/conformance/testssl.py build/release/sallyport --report build/testssl.txt

lint: format-check arrows drift tidy-build  ## layout, include arrows, documents against code, clang-tidy on everything
	@tools/lint/clang_tidy.py --jobs $(JOBS)

lint-changed: format-check arrows drift tidy-build  ## the same, clang-tidy on what changed since the main branch
	@tools/lint/clang_tidy.py --jobs $(JOBS) --changed

format: packages  ## lays out every C++ file
	@$(cxx_files) | xargs -0 clang-format-19 -i

sanitize: test-packages build/dev/build.ninja build/tsan/build.ninja  ## all tests under ASan with UBSan, then under TSan
	@for preset in dev tsan; do \
	  cmake --build --preset $$preset --parallel $(JOBS) && ctest --preset $$preset --parallel $(JOBS) || exit 1; \
	done

fuzz: build/fuzz/build.ninja  ## every fuzzer for FUZZ_SECONDS (60), from tests/fuzz/corpus; finds go to build/fuzz
	@cmake --build --preset fuzz --parallel $(JOBS)
	@for fuzzer in build/fuzz/bin/*_fuzzer; do \
	  name=$$(basename $$fuzzer _fuzzer); \
	  mkdir -p build/fuzz/corpus/$$name; \
	  known=tests/fuzz/corpus/$$name; [ -d $$known ] || known=; \
	  words=tests/fuzz/$${name%%_*}.dict; [ -f $$words ] && words=-dict=$$words || words=; \
	  echo "$$name: $(FUZZ_SECONDS) s"; \
	  $$fuzzer -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 -verbosity=0 \
	    -artifact_prefix=build/fuzz/$$name- $$words build/fuzz/corpus/$$name $$known || exit 1; \
	done

conformance: build/release/build.ninja  ## others' suites of gRPC, gRPC-Web, Connect and HTTP/2; needs Go
	@tests/conformance/run.sh $(JOBS)

bench: bench-packages build build/bench/build.ninja  ## every measuring program; takes 15 minutes, writes bench/report/latest.md (REPORT=name)
	@cmake --build --preset bench --parallel $(JOBS)
	@bench/report.py $(REPORT) --sallyport build/release/sallyport --bench build/bench/bin

##@ Shipping it
package: package-packages build/package/build.ninja  ## the Debian package and its debug symbols, in build/package
	@cmake --build --preset package --target sallyport --parallel $(JOBS)
	@rm -f build/package/*.deb
	@tools/package/make_deb.sh build/package/sallyport build/package

package-test: package  ## has apt install it on a fresh Debian in a container and looks at everything; needs root
	@python3 -B tests/package/package_test.py build/package/sallyport build/package/cache $(ARGS)

##@ Keeping house
proto-snapshot: packages  ## after an addition to api/proto: what clients are promised from now on
	@tools/buf/buf.sh breaking api/proto --against api/proto/snapshot.binpb
	@tools/buf/snapshot.sh api/proto/snapshot.binpb

clean:  ## removes build/, not sallyport-data/
	@rm -rf build

help:  ## this list
	@awk 'BEGIN { FS = ":.*##" } /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*##/ { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- steps of the above ---

packages:
	@tools/install-packages.sh tools/packages.txt

test-packages:
	@tools/install-packages.sh tools/packages.txt tools/packages-test.txt

bench-packages:
	@tools/install-packages.sh tools/packages.txt tools/packages-bench.txt

package-packages:
	@tools/install-packages.sh tools/packages.txt tools/packages-package.txt

# Configured once; after that ninja does it again when a CMake file changes. Only the presets are nobody's input.
build/%/build.ninja: CMakePresets.json | packages
	@cmake --preset $*
	@touch $@

# clang-tidy reads the generated headers and the precompiled ones.
tidy-build: build/release/build.ninja
	@cmake --build --preset release --parallel $(JOBS)

format-check: packages
	@$(cxx_files) | xargs -0 clang-format-19 --dry-run -Werror

arrows:
	@tools/lint/include_arrows.py

drift: build  # one of them asks the program
	@status=0; for check in tools/lint/drift/*.sh; do "$$check" || status=1; done; exit $$status

.PHONY: run build test lint lint-changed format sanitize fuzz conformance testssl bench package package-test proto-snapshot clean help \
        packages test-packages bench-packages package-packages tidy-build format-check arrows drift
