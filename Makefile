# Everything a person or a machine does with this tree. `make help` lists it.

PREFIX  ?= /usr/local
DESTDIR ?=
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
FUZZTIME ?= 10s
# Flags and packages for test-vm, instead of its whole matrix; go run ./test/vm -h.
VM ?=
# Flags for soak; bin/test/soak -h.
SOAK ?=

export CGO_ENABLED = 0
LDFLAGS = -s -w -X main.version=$(VERSION)

.DEFAULT_GOAL := build
.PHONY: help build docs check test test-vm test-vm-all bench escape demo fuzz race soak install clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

build: ## static binaries in bin/, first of all bin/bulkhead
	go build -trimpath -ldflags "$(LDFLAGS)" -o bin/ ./cmd/...
	@# What the linker writes through a mapping lies in the page cache page by page; a copy, in large folios: it starts faster.
	@for b in bin/*; do cp $$b $$b.new && mv $$b.new $$b; done

docs: ## write what is generated from the flag table and the Spec (go generate)
	go generate ./...

check: ## formatting, vet, staticcheck, cross-compilation
	.ci/check

test: build ## every check and every test, as root (when root) and as an unprivileged user
	.ci/packages
	.ci/check; checked=$$?; .ci/test && exit $$checked

test-vm: ## the same tests on other kernels, in emulated machines
	.ci/packages qemu
	go run ./test/vm $(VM)

test-vm-all: ## the same with what is slow there
	.ci/packages qemu
	go run ./test/vm -long -timeout 60m

bench: build ## what a sandbox costs, against other tools: writes docs/benchmarks.md
	.ci/packages bench
	go run ./test/bench -write docs

escape: build ## hostile acts in every mode, each with its control: writes docs/security.md
	.ci/packages bench
	go run ./test/escape -write docs/security.md
	go run ./test/sweep

demo: build ## a shell inside proves each wall
	demo/demo.sh bin/bulkhead

fuzz: ## every fuzz target for FUZZTIME
	.ci/fuzz $(FUZZTIME)

race: ## every test with the race detector, which needs gcc
	.ci/packages
	.ci/race

soak: ## a hundred thousand starts with kills at random; SOAK='-n 5000' for flags
	go build -trimpath -o bin/test/soak ./test/soak
	bin/test/soak $(SOAK)

install: build ## binaries, man pages and completions below DESTDIR and PREFIX
	.ci/install "$(DESTDIR)$(PREFIX)"

clean:
	rm -rf bin
