#!/usr/bin/env bash
# On a host with an NVIDIA GPU: builds crypten_core and cuda/ alone (preset `gpu`: no gRPC, Abseil, Boost, Python headers), runs the tests of cuda/ on the
# device, the products by wgmma first (compute capability 9.0), which nothing else can confirm, then all others, then measures its kernels. Should products by
# wgmma be wrong, or not end, it says so, goes on without them, and ends with an error. Each step has a time limit: kernels that wait for ever are ended. What is
# printed stays in build-gpu/gpu.log. Needs there: the torch of requirements.txt (PYTHON names its interpreter), nvcc, CMake, Ninja, a compiler for C++20;
# OpenSSL's and Catch2's files, or the folder .gpu.
#   tools/gpu.sh          build, test, measure; results into build-gpu/benchmark-cuda.json
#   tools/gpu.sh build    build only, on any machine that has nvcc: the tests that need a device say that they are skipped
#   tools/gpu.sh pack     on a machine where `make setup` has run: puts OpenSSL's and Catch2's files into .gpu, to be carried to a host that lacks them
#                         (both machines x86-64)
set -euo pipefail
cd "$(dirname "$0")/.."
mode=${1:-all}

if [ "$mode" = pack ]; then
  rm -rf .gpu
  mkdir -p .gpu/include .gpu/lib/cmake
  cp -r /usr/include/openssl /usr/include/catch2 .gpu/include/
  cp -r /usr/include/x86_64-linux-gnu/openssl/. .gpu/include/openssl/
  cp -r /usr/lib/cmake/Catch2 .gpu/lib/cmake/
  cp /usr/lib/libCatch2WithMain.a .gpu/lib/  # its CMake package asks for it
  cp -L /usr/lib/x86_64-linux-gnu/libcrypto.so.3 /usr/lib/x86_64-linux-gnu/libssl.so.3 .gpu/lib/
  ln -s libcrypto.so.3 .gpu/lib/libcrypto.so
  ln -s libssl.so.3 .gpu/lib/libssl.so
  du -sh .gpu
  exit
fi

[ -x /usr/local/cuda/bin/nvcc ] && PATH=$PATH:/usr/local/cuda/bin
command -v nvcc >/dev/null || { echo "gpu: there is no nvcc: install the CUDA toolkit, or put its bin folder on the PATH" >&2; exit 1; }
python=${PYTHON:-$([ -x .venv/bin/python ] && echo "$PWD/.venv/bin/python" || command -v python3)}
if [ "$mode" = all ]; then
  "$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' ||
    { echo "gpu: torch of $python sees no CUDA device: look at nvidia-smi, or build only (tools/gpu.sh build)" >&2; exit 1; }
fi
options=(-DPython_EXECUTABLE="$python")
if [ -d .gpu ]; then
  # Links do not travel everywhere.
  [ -e .gpu/lib/libcrypto.so ] || { cp .gpu/lib/libcrypto.so.3 .gpu/lib/libcrypto.so; cp .gpu/lib/libssl.so.3 .gpu/lib/libssl.so; }
  options+=(-DCMAKE_PREFIX_PATH="$PWD/.gpu" -DOPENSSL_ROOT_DIR="$PWD/.gpu")
fi
[ -d .gpu ] && export LD_LIBRARY_PATH="$PWD/.gpu/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
# step NAME SECONDS COMMAND…: its exit status; says so where it did not end in time.
step() {
  local name=$1 limit=$2 status=0
  shift 2
  timeout --kill-after=10 "$limit" "$@" || status=$?
  [ "$status" -ne 124 ] && [ "$status" -ne 137 ] || echo "gpu: $name did not end within $limit s"
  return "$status"
}
mkdir -p build-gpu
exec > >(tee build-gpu/gpu.log) 2>&1
SECONDS=0
cmake --preset gpu "${options[@]}" >/dev/null
cmake --build build-gpu --target cuda_tests benchmark-cuda
echo "built in $SECONDS s"
failed=0
if ! step "the test of wgmma" "${GPU_WGMMA_SECONDS:-300}" build-gpu/cuda_tests 'wgmma*'; then
  failed=1
  cat <<'END'

************************************************************************
gpu: products by wgmma FAILED on this device (see above). They have been
emulated by their specification, and may never have run on a GPU before.
CRYPTEN_CUDA_PRODUCTS=mma leaves them out; what follows runs so.
************************************************************************

END
  export CRYPTEN_CUDA_PRODUCTS=mma
fi
step "the other tests" "${GPU_TEST_SECONDS:-600}" build-gpu/cuda_tests '~wgmma*' || failed=1
[ "$mode" = all ] || exit "$failed"
step "the benchmark" "${GPU_BENCHMARK_SECONDS:-900}" build-gpu/bin/benchmark-cuda --json build-gpu/benchmark-cuda.json || failed=1
echo "done after $SECONDS s"
[ "$failed" = 0 ] || echo "gpu: something FAILED above"
exit "$failed"
