# make verify      installs what is missing, builds, proves the bundled NAT
# make test        installs what is missing, builds, runs every test
#
# LLVM_PREFIX names LLVM 19 where it is not in Debian's place. PREFIX is where `make install` puts things, below DESTDIR where that is given;
# with EXECUTABLES, a folder that has them already, it builds nothing.

PREFIX ?= /usr/local
EXECUTABLES ?=
SWIFT_FLAGS ?=
FUZZ_SECONDS ?= 300
RELEASE := .build/release

.DEFAULT_GOAL := build
.NOTPARALLEL:
.PHONY: setup setup-build build verify gate test test-commands fuzzer fuzz benchmark benchmark-decomposition benchmark-replay benchmark-live cross-check library format lint clean install uninstall help

help: ## lists the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1@\2/p' $(MAKEFILE_LIST) | awk -F@ '{ printf "%-14s %s\n", $$1, $$2 }'

setup: ## installs what is missing, for building and for the tests
	@Scripts/setup.sh --tests

setup-build:
	@Scripts/setup.sh

build: setup-build ## builds verify and replay, optimised, into .build/release
	@swift build -c release --product verify $(SWIFT_FLAGS)
	@swift build -c release --product replay $(SWIFT_FLAGS)

verify: setup-build ## proves the bundled NAT
	@swift build -c release --product verify $(SWIFT_FLAGS)
	@$(RELEASE)/verify nat

gate: setup-build ## fails where a proof of the bundled middleboxes is lost that proofs.json has
	@swift build -c release --product verify $(SWIFT_FLAGS)
	@$(RELEASE)/verify --quiet --baseline proofs.json

# The tests themselves are built for debugging, where every assertion and overflow check is on. Those that run the two
# executables run the optimised ones: what users run, and the time limits are about them.
test: setup lint build ## checks the format, runs every test
	@GRAVEL_BIN="$(CURDIR)/$(RELEASE)" swift test $(SWIFT_FLAGS)

test-commands: setup build ## runs only the tests of the executables: golden cases, seeded bugs, traffic
	@GRAVEL_BIN="$(CURDIR)/$(RELEASE)" swift test $(SWIFT_FLAGS) --filter CommandTests

fuzzer: setup-build ## builds the fuzzer of the readers of files; with it, `make test` runs it for a moment, too
	@Scripts/fuzz.sh build

fuzz: setup-build ## fuzzes specs, captures, configurations, operations, projects and terms, FUZZ_SECONDS each (300)
	@Scripts/fuzz.sh run $(FUZZ_SECONDS)

benchmark: setup build ## where the time of verify goes: by phase, element, property and question; ratio to clang's time
	@Scripts/benchmark.py

cross-check: setup build ## has a second solver answer all questions about each bundled middlebox; writes its table in docs/trust.md
	@Scripts/cross-check.py

library: setup build ## what is proved of each bundled middlebox, and which bugs are refuted; writes docs/library.md
	@Scripts/library.py

benchmark-decomposition: setup build ## chains of elements, and what is proved again after a change; writes docs/decomposition.md
	@Scripts/benchmark-decomposition.py

benchmark-replay: setup build ## what a packet costs in each middlebox, beside nop and a cache miss; writes docs/performance.md
	@Scripts/benchmark-replay.py

benchmark-live: setup build ## packets per second between interfaces, beside a plain libpcap forwarder; as root
	@Scripts/benchmark-live.py

format: ## rewrites Swift and C as the configuration in the repository says
	@swift format format --in-place --recursive --parallel Package.swift Sources Tests
	@git ls-files --cached --others --exclude-standard -- '*.c' '*.h' ':!Tests/Golden/errors' | xargs clang-format-19 -i

lint: ## fails where `make format` would change something
	@swift format lint --strict --recursive --parallel Package.swift Sources Tests
	@git ls-files --cached --others --exclude-standard -- '*.c' '*.h' ':!Tests/Golden/errors' | xargs clang-format-19 --dry-run --Werror

clean: ## removes what was built
	@rm -rf .build

# Where things go, and what is there then.
prefix = $(DESTDIR)$(PREFIX)
bash_completions = $(prefix)/share/bash-completion/completions
zsh_completions = $(prefix)/share/zsh/site-functions
fish_completions = $(prefix)/share/fish/vendor_completions.d
manuals = $(prefix)/share/man/man1
executables = $(or $(EXECUTABLES),$(RELEASE))

install: $(if $(EXECUTABLES),,build) ## copies the executables to PREFIX/bin, what they read, completions and manual pages to PREFIX/share
	@install -d "$(prefix)/bin" "$(bash_completions)" "$(zsh_completions)" "$(fish_completions)" "$(manuals)"
	@install -m 755 "$(executables)/verify" "$(executables)/replay" "$(prefix)/bin"
	@rm -rf "$(prefix)/share/gravel" && install -d "$(prefix)/share/gravel"
	@cp -R Middleboxes Specs "$(prefix)/share/gravel"
	@set -e; for command in verify replay; do \
	    "$(prefix)/bin/$$command" --generate-completion-script bash > "$(bash_completions)/$$command"; \
	    "$(prefix)/bin/$$command" --generate-completion-script zsh > "$(zsh_completions)/_$$command"; \
	    "$(prefix)/bin/$$command" --generate-completion-script fish > "$(fish_completions)/$$command.fish"; \
	done
	@Scripts/manual.py "$(prefix)/bin" "$(manuals)"

uninstall: ## removes what `make install` with the same PREFIX has put there
	@rm -f "$(prefix)/bin/verify" "$(prefix)/bin/replay"
	@rm -rf "$(prefix)/share/gravel"
	@rm -f "$(bash_completions)/verify" "$(bash_completions)/replay" "$(zsh_completions)/_verify" "$(zsh_completions)/_replay"
	@rm -f "$(fish_completions)/verify.fish" "$(fish_completions)/replay.fish"
	@rm -f "$(manuals)"/verify.1 "$(manuals)"/verify-*.1 "$(manuals)"/replay.1 "$(manuals)"/replay-*.1
