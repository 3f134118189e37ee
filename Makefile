# Tightrope: everything a newcomer needs is one make target away. `make` lists them.
SHELL := bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# An older go command fetches the toolchain that go.mod names; SIMD makes the pure-Go backend 10-20 times faster.
export GOTOOLCHAIN := auto
export GOEXPERIMENT := simd
# Nothing is downloaded behind the user's back, and the plugin of this repository is found first.
export GOMLX_NO_AUTO_INSTALL := 1
export PJRT_PLUGIN_LIBRARY_PATH ?= $(CURDIR)/.venv/pjrt
# Jupyter keeps its files inside .venv instead of the home folder.
export JUPYTER_CONFIG_DIR := $(CURDIR)/.venv/jupyter/config
export JUPYTER_DATA_DIR := $(CURDIR)/.venv/share/jupyter
export JUPYTER_RUNTIME_DIR := $(CURDIR)/.venv/jupyter/runtime
export IPYTHONDIR := $(CURDIR)/.venv/jupyter/ipython

PYTHON ?= python3
export PYTHON
NOTEBOOKS = $(wildcard notebooks/*.ipynb)
KERNEL := .venv/share/jupyter/kernels/gonb/kernel.json
PLUGIN := .venv/pjrt/pjrt_c_api_cpu_plugin.so
GO_SOURCES = $(shell find cmd pkg internal -name '*.go' -not -name '*_test.go' 2>/dev/null) go.mod go.sum

.PHONY: help
help: ## list the targets
	@printf 'Tightrope: certified robustness by tight convex relaxations.\n\n'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|' 2>/dev/null || sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1: \2/p' $(MAKEFILE_LIST)

## ---- set-up ----

.PHONY: setup
setup: python tools kernel build ## make .venv, the GoNB kernel and bin/tightrope (safe to repeat)
	@echo 'setup: done; try: make demo, make lab, bin/tightrope doctor'

.PHONY: python
python: check-go
	@tools/setup_python.sh

.PHONY: check-go
check-go:
	@command -v go >/dev/null || { echo 'setup: go not found: install Go 1.21 or newer and put it on the PATH, then run make setup again' >&2; exit 1; }
	@go version >/dev/null || { echo 'setup: the Go toolchain of go.mod could not be fetched (see above): check the network, or install the Go version that go.mod names' >&2; exit 1; }

.PHONY: tools
tools: bin/.tools

bin/.tools: tools/go.mod tools/go.sum | check-go
	@echo 'setup: building GoNB and goimports from tools/go.mod'
	@mkdir -p bin
	@cd tools && go build -trimpath -ldflags=-s -o ../bin/ github.com/janpfeifer/gonb golang.org/x/tools/cmd/goimports
	@touch bin/.tools

.PHONY: kernel
kernel: tools python
	@grep -qs '"--go_work=$(CURDIR)"\|"-go_work=$(CURDIR)"' $(KERNEL) && [ $(KERNEL) -nt bin/.tools ] && [ $(KERNEL) -nt tools/kernelspec.py ] && [ $(KERNEL) -nt go.mod ] || .venv/bin/python tools/kernelspec.py

.PHONY: build
build: bin/tightrope ## build bin/tightrope

bin/tightrope: $(GO_SOURCES) | check-go
	@echo 'setup: building bin/tightrope (the first time 2 to 4 minutes)'
	@mkdir -p bin
	@go build -o bin/tightrope ./cmd/tightrope

## ---- use ----

.PHONY: demo
demo: setup ## set up, fetch MNIST, run the quickstart notebook from a clean kernel (about 10 minutes)
	@bin/tightrope data fetch mnist || printf '\n*** MNIST could not be fetched: the demo goes on with the embedded digits only.\n*** Remedy: bin/tightrope data fetch mnist --from FOLDER\n\n'
	@TIGHTROPE_BATCH=1 .venv/bin/python tools/runnotebook.py --out build notebooks/00_quickstart.ipynb

.PHONY: lab
lab: setup ## open JupyterLab on notebooks/
	@.venv/bin/python -m jupyterlab --notebook-dir=notebooks $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: notebooks
notebooks: setup ## run all notebooks from clean kernels, check their outputs, build build/site
	@TIGHTROPE_BATCH=1 .venv/bin/python tools/runnotebook.py --out build $(NOTEBOOKS)
	@$(MAKE) --no-print-directory site NOTEBOOKS='$(patsubst notebooks/%,build/%,$(NOTEBOOKS))'

.PHONY: site
site: site-packages references playground ## build build/site: docs, notebooks as committed, references, figures and the playground as one book, offline
	@.venv/bin/python tools/site/build.py --out build/site --work build/book $(NOTEBOOKS)
	@grep -q '"../notebooks/' build/site/play/neuron.html || { $(MAKE) --no-print-directory playground && .venv/bin/python tools/site/crawl.py build/site; } # now its pages find those of the notebooks, and link to them

.PHONY: site-packages
site-packages: python
	@cmp -s requirements-site.txt .venv/.requirements-site.txt || \
	    { echo 'setup: installing Sphinx, MyST-NB and Furo from requirements-site.txt (pinned, hashed)'; .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-site.txt && cp requirements-site.txt .venv/.requirements-site.txt; } || \
	    { echo 'site: the packages of requirements-site.txt could not be installed (see above): check the network, then run make site again' >&2; exit 1; }

.PHONY: references
references: build
	@rm -rf build/book/commands build/book/packages
	@bin/tightrope docs --out build/book/commands
	@go run ./internal/book -packages build/book/packages -font build/book/fonts/latinmodern-math.otf

.PHONY: playground
playground: check-go ## build build/site/play: the library in the browser, static pages for any file host
	@mkdir -p build
	GOEXPERIMENT= GOOS=js GOARCH=wasm go build -trimpath -ldflags='-s -w' -o build/play.wasm ./pkg/play/wasm
	@go run ./pkg/play/build -wasm build/play.wasm -exec "$$(go env GOROOT)/lib/wasm/wasm_exec.js" -out build/site/play

.PHONY: test-playground
test-playground: playground ## the playground's module under node: the numbers of ten states a page are those of this machine's build
	@go run ./pkg/play/build -answers build/play-answers.json
	@if command -v node >/dev/null; then node pkg/play/wasm/smoke.mjs build/play.wasm build/site/play/wasm_exec.js build/play-answers.json; \
	else printf '\n*** No node: the playground was built but NOT run.\n*** Remedy: install Node.js 18 or newer (Debian, Ubuntu: apt install nodejs)\n\n'; fi

# What make dist builds for: every system on which the tests' packages compile.
PLATFORMS ?= linux/amd64 linux/arm64 darwin/arm64 windows/amd64

.PHONY: dist
dist: playground ## build/dist: stripped programs (pure Go, without XLA) for linux, macOS and Windows, the playground inside, and checksums
	@rm -rf pkg/play/site/files build/dist && cp -r build/site/play pkg/play/site/files && mkdir -p build/dist
	@trap 'rm -rf pkg/play/site/files' EXIT; for p in $(PLATFORMS); do \
	    out=build/dist/tightrope-$${p%/*}-$${p#*/}; [ "$${p%/*}" != windows ] || out=$$out.exe; \
	    echo "go build for $$p"; \
	    CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} go build -tags playground -trimpath -ldflags='-s -w' -o $$out ./cmd/tightrope || exit 1; done
	@cd build/dist && { sha256sum tightrope-* 2>/dev/null || shasum -a 256 tightrope-*; } > SHA256SUMS && cat SHA256SUMS

.PHONY: render
render: setup ## run all notebooks and keep the outputs in notebooks/ (for committing)
	@TIGHTROPE_BATCH=1 .venv/bin/python tools/runnotebook.py --out build --in-place $(NOTEBOOKS)

.PHONY: figures
figures: build ## redraw figures/ from the result records
	@bin/tightrope figures
	@bin/tightrope explain figures/results/digits/mlp-2x100-digits-quick-lambda0-gamma3-seed0.safetensors \
	    --backend go --image 0 --eps 0.16 --frames 16 --out figures/explorer.gif

## ---- checks ----

.PHONY: test
test: check-go ## go vet and all tests, on pure Go and on XLA CPU
	@$(MAKE) --no-print-directory python || printf '\n*** The Python packages could not be set up (see above): tests that need them are skipped.\n\n'
	go vet ./...
	@printf '\n=== tests on the pure-Go backend ===\n'
	GOMLX_BACKEND=go go test -timeout 30m ./...
	@if [ -e $(PLUGIN) ]; then \
	    printf '\n=== tests on XLA CPU (packages that do not use a backend answer from the cache) ===\n'; \
	    echo 'GOMLX_BACKEND=xla:cpu go test -timeout 30m ./...'; GOMLX_BACKEND=xla:cpu go test -timeout 30m ./...; \
	else \
	    printf '\n*** No XLA CPU plugin in .venv/pjrt: the tests ran on pure Go ONLY.\n*** Remedy on Linux x86-64: make setup\n'; \
	fi
	@printf '\n=== tests of the notebook tools ===\n'
	@if [ -x .venv/bin/python ]; then .venv/bin/python -m unittest discover -s tools; else $(PYTHON) -m unittest discover -s tools; fi
	@printf '\n=== notebooks that need no data and no training ===\n'
	@if [ -x .venv/bin/jupyter-lab ]; then $(MAKE) --no-print-directory test-notebooks; else printf '*** No JupyterLab in .venv: the notebooks were NOT run.\n*** Remedy: make setup\n'; fi

.PHONY: mutation
mutation: check-go ## take one guard of the certificates' checkers away at a time: their tests must notice (minutes)
	TIGHTROPE_LONG=1 go test ./pkg/verify/cert/... ./pkg/property -run '^TestMutants$$' -count=1 -timeout 60m -v

.PHONY: test-notebooks
test-notebooks: kernel ## run the notebooks that need no data and no training (01, 02) and check them
	@TIGHTROPE_BATCH=1 .venv/bin/python tools/runnotebook.py --out build/test notebooks/01_relaxations.ipynb notebooks/02_toy_tightness.ipynb

.PHONY: test-browser
test-browser: kernel site ## drive the sliders of notebooks 01 and 02, the playground and the site in real browsers (Chromium; the playground in Firefox too)
	@cmp -s requirements-browser.txt .venv/.requirements-browser.txt || \
	    { echo 'setup: installing Playwright from requirements-browser.txt'; .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-browser.txt && cp requirements-browser.txt .venv/.requirements-browser.txt; } || \
	    printf '\n*** Playwright could not be installed (see above).\n'
	@.venv/bin/python tools/browsertest.py
	@cmp -s tools/browser/package-lock.json .venv/npm/package-lock.json || \
	    { echo 'setup: installing axe and puppeteer-core from tools/browser/package-lock.json'; mkdir -p .venv/npm && cp tools/browser/package*.json .venv/npm/ && npm ci --silent --prefix .venv/npm; } || \
	    { rm -rf .venv/npm; printf '\n*** axe and puppeteer-core could not be installed (see above): npm is needed.\n'; }
	@.venv/bin/python tools/sitetest.py
	@.venv/bin/python tools/playtest.py
	@if command -v node >/dev/null; then node tools/browser/firefox.mjs; else printf '\n*** No node: Firefox was NOT tested.\n\n'; fi

.PHONY: test-slurm
test-slurm: check-go ## sweep and verify --slurm on a throw-away Slurm cluster of this machine (needs root; skipped where Slurm cannot be installed)
	@tools/test_slurm.sh

.PHONY: bench
bench: python ## ms per sample on each backend
	GOMLX_BACKEND=go go test -run '^$$' -bench . ./...
	@if [ -e $(PLUGIN) ]; then echo 'GOMLX_BACKEND=xla:cpu go test -bench'; GOMLX_BACKEND=xla:cpu go test -run '^$$' -bench . ./...; else echo '*** No XLA CPU plugin: pure Go only.'; fi

.PHONY: bench-peers
bench-peers: python ## ours against the peers, side by side: ms per sample, peak memory (35 minutes; BENCH="--quick", BENCH="--only Small --rounds 1")
	@mkdir -p build/benchmarks && go build -o build/benchmarks/ours ./benchmarks/ours
	@benchmarks/setup.sh
	@$(PYTHON) benchmarks/compare.py $(BENCH)

.PHONY: bench-growth
bench-growth: python ## how our time and memory grow with batch, width, depth and memory allowed (10 minutes; BENCH="--quick --publish")
	@mkdir -p build/benchmarks && go build -o build/benchmarks/ours ./benchmarks/ours
	@$(PYTHON) benchmarks/growth.py $(BENCH)

.PHONY: bench-scale
bench-scale: build python ## the tables of docs/scale.md: estimates, and what this machine does, about 15 minutes with SKIP=large (RECORDS="runs/*" SKIP="large"; leave the machine alone meanwhile)
	go run ./benchmarks/scale -docs docs/scale.md -measure 3s -steps 2s $(if $(SKIP),-skip '$(SKIP)') $(or $(RECORDS),$(wildcard runs/*))

.PHONY: check-published
check-published: build python ## published networks give the published errors on MNIST (needs MNIST)
	go test ./pkg/measure -run Published -v -count=1

.PHONY: fuzz
fuzz: check-go ## search 3,000 random networks on pure Go and 120 on XLA CPU for a point that leaves a bound (about two hours)
	GOMLX_BACKEND=go go test ./pkg/verify/fuzz -count=1 -timeout 6h -v -args -graphs 2000 -smooth-graphs 1000 -at-least 50
	@if [ -e $(PLUGIN) ]; then echo 'GOMLX_BACKEND=xla:cpu go test ./pkg/verify/fuzz'; \
	    GOMLX_BACKEND=xla:cpu go test ./pkg/verify/fuzz -count=1 -timeout 6h -v -args -graphs 100 -smooth-graphs 20 -at-least 1; \
	else printf '*** No XLA CPU plugin in .venv/pjrt: the search ran on pure Go ONLY.\n*** Remedy on Linux x86-64: make setup\n'; fi

.PHONY: test-platforms
test-platforms: check-go ## compile for Windows, macOS, Linux and, what needs no process, for browsers (about 7 minutes on 2 cores the first time)
	@for p in windows/amd64 darwin/arm64 linux/arm64 linux/amd64; do \
	    echo "go build ./... for $$p"; GOOS=$${p%/*} GOARCH=$${p#*/} go build ./... || exit 1; done
	@echo 'go build for js/wasm'; GOEXPERIMENT= GOOS=js GOARCH=wasm go build ./pkg/relax ./pkg/ball ./pkg/model ./pkg/region ./pkg/net ./pkg/bound \
	    ./pkg/tight ./pkg/backend ./pkg/verify/cert/... ./pkg/plot ./pkg/data ./pkg/train ./pkg/attack ./pkg/toy ./pkg/play ./pkg/play/wasm

.PHONY: gpu-check
gpu-check: build ## the self-test on CUDA: can bounds be trusted on this GPU, and how fast are they (needs a Python with jax-cuda13-pjrt: PYTHON=)
	@found=$$($(PYTHON) tools/gpu/link_cuda.py build/cuda) && eval "$$found"; bin/tightrope selftest --backend xla:cuda $(SELFTEST)

.PHONY: gpu-pack
gpu-pack: check-go ## pack build/gpu for a GPU machine without Go and network (tools/gpu/README.md)
	@tools/gpu/pack build/gpu

.PHONY: gpu-rehearse
gpu-rehearse: check-go python ## rehearse visits to a GPU machine on the CPU: told to stop, ended by the deadline, resumed (3 minutes)
	@cd tools && $(PYTHON) -m unittest -v test_gpu

## ---- cleaning ----

.PHONY: clean
clean: ## remove build, bin and .venv (never runs or data sets)
	rm -rf build bin .venv

.PHONY: distclean
distclean: clean ## clean, and remove runs and downloaded data sets too
	rm -rf runs datasets/mnist datasets/cifar10 datasets/fashion-mnist

## ---- publishing ----

.PHONY: rename
rename: ## make rename MODULE=example.org/you/tightrope: change the module path everywhere
	@test -n '$(MODULE)' || { echo 'rename: give the new path: make rename MODULE=example.org/you/tightrope' >&2; exit 1; }
	@go mod edit -module '$(MODULE)'
	@git ls-files '*.go' '*.ipynb' | xargs sed -i.bak 's#"tightrope/#"$(MODULE)/#g; s#\\"tightrope/#\\"$(MODULE)/#g' && git ls-files '*.go' '*.ipynb' | sed 's/$$/.bak/' | xargs rm -f
	@echo 'rename: the module is now $(MODULE); check with: make test'
