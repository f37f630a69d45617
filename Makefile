# Two commands: `make demo` and `make test`. Both install what they need (apt packages as root or with sudo, a .venv), and build.
.PHONY: setup build demo resnet18 test chaos soak fuzz long hardening faults asan tsan coverage memcheck tidy costs costs-check accuracy bench bench-functions bench-diff bench-report bench-parts bench-cuda clean

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

# 250 runs in which a process is killed, stopped or ends early at a random round; times into docs/chaos.json. About 20 minutes.
chaos: build
	CRYPTEN_DEALER_PROGRAM=$(CURDIR)/build/bin/crypten-dealer CRYPTEN_CHAOS_TRIALS=250 CRYPTEN_CHAOS_REPORT=docs/chaos.json $(PYTHON) -m pytest -q -s --timeout 600 -p no:cacheprovider python/tests/test_chaos.py

# 10^6 rounds in one session, 10^3 sessions in one process, ten minutes beside four spinning processes a core; what grew into docs/soak.json. About 40 minutes.
soak: build
	CRYPTEN_DEALER_PROGRAM=$(CURDIR)/build/bin/crypten-dealer CRYPTEN_SOAK_ROUNDS=1000000 CRYPTEN_SOAK_CYCLES=1000 CRYPTEN_SOAK_BUSY_SECONDS=600 CRYPTEN_SOAK_REPORT=docs/soak.json $(PYTHON) -m pytest -q -s --timeout 7200 -p no:cacheprovider python/tests/test_soak.py

# Every decoder for 30 minutes, and 100,000 inputs for each kind of port. About seven hours on one core; FUZZ_JOBS=2: side by side.
fuzz: build
	FUZZ_KEEP=1 tools/fuzz.sh 1800
	CRYPTEN_DEALER_PROGRAM=$(CURDIR)/build/bin/crypten-dealer CRYPTEN_LIVE_INPUTS=100000 $(PYTHON) -m pytest -q -s --timeout 7200 -p no:cacheprovider python/tests/test_live_ports.py

# What takes an hour: 10^5 simulated lists of faults, 2 GiB both ways at once, 128 busy sessions of a dealer, 10^10 truncations.
long: build
	build/comm_tests '[long]'
	build/comm_grpc_tests '[long]'
	build/mpc_tests '[long]'

# Writes docs/hardening.md from the results of the last `make test`.
hardening:
	@$(PYTHON) tools/results.py hardening docs/hardening.md

# Writes docs/faults.md from the same and from what `make chaos` and `make soak` left in docs.
faults:
	@$(PYTHON) tools/faults.py docs/faults.md

# The C++ tests on an instrumented library: AddressSanitizer with UBSan, ThreadSanitizer, lines reached (of comm and mpc at least 90 %).
asan: build
	@tools/instrumented.sh address
tsan: build
	@tools/instrumented.sh thread
coverage: build
	@tools/instrumented.sh coverage

# Whether a branch or an address depends on a secret: all verbs under valgrind.
memcheck: build
	@tools/memcheck.sh

# clang-tidy over the whole library.
tidy: setup
	@tools/tidy.sh

# Prints docs/costs.md from the declarations.
costs: build
	build/bin/crypten-costs > docs/costs.md

# The same without writing: shows each line that differs, and fails if one does.
costs-check: build
	@build/bin/crypten-costs | diff -u docs/costs.md -

# Functions of reals on 10^6 points each, beside CrypTen and SPU, into docs/accuracy.md; about 10 minutes. The peers: tools/bench-setup.sh, once.
accuracy: build
	@$(PYTHON) -m benchmarks.accuracy

# Every operation beside CrypTen, SPU and its bound, with profiles, kernels and memory, into benchmarks/results, docs/benchmarks.md and docs/benchmarks.html; about 15 minutes.
# The peers: tools/bench-setup.sh, once. Profiles: Linux's perf.
bench: build
	@$(PYTHON) -m benchmarks.run

# Functions of reals the same way.
bench-functions: build
	@$(PYTHON) -m benchmarks.run --functions

# Exact costs (rounds, bytes) of two runs or commits: make bench-diff A=… B=…
bench-diff:
	@$(PYTHON) -m benchmarks.diff $(A) $(B)

# Tables and pages anew from a run's JSON: make bench-report RUN=benchmarks/results/….json
bench-report:
	@$(PYTHON) -m benchmarks.report $(RUN)

# Kernels on a GPU beside the CPU's and beside its memory and its tensor cores, then operations and models of two parties on it, into benchmarks/results. Needs a GPU.
bench-cuda: build
	build/cuda_tests 'wgmma*'
	build/cuda_tests '~wgmma*'
	build/bin/benchmark-cuda --json benchmarks/results/cuda-kernels.json
	$(PYTHON) benchmarks/cuda/protocols.py --json benchmarks/results/cuda-protocols.json

# Kernels on one core, and the wire beside a bare stream.
bench-parts: build
	CRYPTEN_THREADS=1 build/bin/benchmark-kernels
	for parties in 2 3 5; do $(PYTHON) -m crypten_tools.launch -n $$parties --no-dealer build/bin/benchmark-exchange || exit 1; done

clean:
	rm -rf build build-asan build-tsan build-coverage build-tidy build-no-grpc build-gpu
