# Two commands: `make demo` and `make test`. Both install what they need (apt packages as root or with sudo, a .venv), and build.
.PHONY: setup build demo resnet18 test costs bench clean

PYTHON := .venv/bin/python
export PYTHONPATH := $(CURDIR)/build/python:$(CURDIR)/python
export PATH := $(CURDIR)/build/bin:$(PATH)

setup:
	@tools/setup.sh

build: setup
	@tools/build.sh

demo: build
	@tools/demo.sh

# torchvision's ResNet-18 the same way.
resnet18: build
	@tools/demo.sh resnet18

test: build
	@tools/test.sh

# Prints docs/costs.md from the declarations.
costs: build
	build/bin/crypten-costs > docs/costs.md

# Kernels on one core, and the wire beside a bare stream.
bench: build
	CRYPTEN_THREADS=1 build/bin/benchmark-kernels
	build/bin/benchmark-exchange

clean:
	rm -rf build build-asan build-no-grpc
