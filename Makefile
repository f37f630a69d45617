# Two commands: `make demo` and `make test`. Both install what they need (apt packages as root or with sudo, a .venv), and build.
.PHONY: setup build demo test costs clean

PYTHON := .venv/bin/python
export PYTHONPATH := $(CURDIR)/build/python:$(CURDIR)/python
export PATH := $(CURDIR)/build/bin:$(PATH)

setup:
	@tools/setup.sh

build: setup
	@tools/build.sh

demo: build
	@tools/demo.sh

test: build
	@tools/test.sh

# Prints docs/costs.md from the declarations.
costs: build
	build/bin/crypten-costs > docs/costs.md

bench: build
	$(PYTHON) benchmarks/run.py

clean:
	rm -rf build build-asan build-no-grpc
