// The emulated device finds what it is there to find.
#include <cuda_runtime.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include "crypten_core/error.h"
#include "tests/crypten_core/kernels/cases.h"
#include "tests/cuda/emulation/matrix_instruction.h"
#include "tests/cuda/emulation/memory.h"
#include "tests/cuda/emulation/dies.h"
#include "tests/cuda/gpu.h"

using namespace crypten::test;

namespace {

cudaLaunchConfig_t config(unsigned blocks, unsigned threads, size_t shared = 0) {
  cudaLaunchConfig_t result;
  result.gridDim = dim3(blocks), result.blockDim = dim3(threads), result.dynamicSmemBytes = shared;
  return result;
}

uint32_t* shared() { return static_cast<uint32_t*>(emulation::shared_memory()); }

// Each thread passes its number to its left neighbour.
void rotate(uint32_t* out, bool with_barrier) {
  shared()[threadIdx.x] = threadIdx.x;
  if (with_barrier) __syncthreads();
  out[blockIdx.x * blockDim.x + threadIdx.x] = shared()[(threadIdx.x + 1) % blockDim.x];
}

void wait_sometimes(unsigned leaves) {
  if (threadIdx.x == leaves) return;
  __syncthreads();
}

void vote_or_exchange() {
  if (threadIdx.x < 16) __ballot_sync(~0U, 1);
  else __shfl_xor_sync(~0U, 1, 1);
}

void write_at(int64_t* to) { *to = 1; }

}  // namespace

TEST_CASE("a barrier that is missing shows in one of three launches, one that is there in none") {
  for (const bool with_barrier : {true, false}) {
    int wrong = 0;
    for (int launch = 0; launch < 3; ++launch) {
      std::vector<uint32_t> out(2 * 256);
      const auto two = config(2, 256, 256 * sizeof(uint32_t));
      REQUIRE(cudaLaunchKernelEx(&two, rotate, out.data(), with_barrier) == cudaSuccess);
      for (size_t i = 0; i < out.size(); ++i) wrong += out[i] != (i + 1) % 256;
    }
    CHECK((wrong == 0) == with_barrier);
  }
}

TEST_CASE("a barrier at which not all threads arrive, and lanes in different instructions, are defects") {
  const auto one = config(1, 64);
  CHECK(dies([&] { cudaLaunchKernelEx(&one, wait_sometimes, 7U); }));
  CHECK_FALSE(dies([&] { cudaLaunchKernelEx(&one, wait_sometimes, 64U); }));
  CHECK(dies([&] { cudaLaunchKernelEx(&one, vote_or_exchange); }));
}

TEST_CASE("what no device would launch is refused") {
  for (const auto& bad : {config(0, 32), config(1, 2048), config(1, 32, 49 << 10)}) {
    CHECK(cudaLaunchKernelEx(&bad, wait_sometimes, 64U) == cudaErrorInvalidConfiguration);
    CHECK(cudaGetLastError() == cudaErrorInvalidConfiguration);
    CHECK(cudaGetLastError() == cudaSuccess);
  }
  CHECK(cudaFuncSetAttribute(wait_sometimes, cudaFuncAttributeMaxDynamicSharedMemorySize, 228 << 10) == cudaErrorInvalidValue);
}

TEST_CASE("only kernels reach the device's memory, and only what they were given") {
  for (const int64_t count : {2, 512, 1000}) {
    const auto tensor = at::zeros({count}, at::TensorOptions().dtype(at::kLong).device(kGpu));
    auto* const data = tensor.data_ptr<int64_t>();
    const auto one = config(1, 1);
    CHECK(cudaLaunchKernelEx(&one, write_at, data + count - 1) == cudaSuccess);
    CHECK(tensor[count - 1].item<int64_t>() == 1);
    CHECK(dies([&] { cudaLaunchKernelEx(&one, write_at, data + count); }));
    CHECK(dies([&] { write_at(data); }));  // the host
    CHECK(dies([&] { cudaLaunchKernelEx(&one, write_at, static_cast<int64_t*>(nullptr)); }));
  }
  int64_t* freed = nullptr;
  {
    const auto tensor = at::zeros({8}, at::TensorOptions().dtype(at::kLong).device(kGpu));
    freed = tensor.data_ptr<int64_t>();
  }
  CHECK(dies([&] {
    const auto one = config(1, 1);
    cudaLaunchKernelEx(&one, write_at, freed);
  }));
  const auto garbage = at::empty({64}, at::TensorOptions().dtype(at::kLong).device(kGpu)).cpu();
  CHECK(at::equal(garbage, at::full({64}, int64_t(0xa5a5a5a5a5a5a5a5), at::kLong)));
}

TEST_CASE("torch on the emulated device: as on a GPU, operands lie on one device, and matrices of integers have no product") {
  const auto a = random_words({3, 4}), there = a.to(kGpu), other = a.to(at::Device(kGpu.type(), 1));
  CHECK(there.device().str() == "emulated:0");
  CHECK(other.device().str() == "emulated:1");
  CHECK(at::equal(other.to(kGpu).cpu(), a));
  CHECK(at::equal((there + there).cpu(), a + a));
  CHECK(at::equal((there.t() * 3).cpu(), a.t() * 3));
  CHECK(at::equal((there - at::ones({}, at::kLong)).cpu(), a - 1));
  CHECK(at::equal(at::cat({there, there}, 1).narrow(1, 2, 4).cpu(), at::cat({a, a}, 1).narrow(1, 2, 4)));
  auto part = there.clone();
  part.narrow(1, 1, 2).zero_();
  CHECK(part.cpu().narrow(1, 1, 2).eq(0).all().item<bool>());
  CHECK(at::equal(part.cpu().narrow(1, 3, 1), a.narrow(1, 3, 1)));
  CHECK(at::equal(there.flatten().unfold(0, 2, 3).cpu(), a.flatten().unfold(0, 2, 3)));
  CHECK_THROWS_WITH(there + a, Catch::Contains("same device"));
  CHECK_THROWS_WITH(there + other, Catch::Contains("same device"));
  CHECK_THROWS_WITH(at::cat({there, a}), Catch::Contains("same device"));
  CHECK_THROWS_WITH(at::index_select(there, 0, at::zeros({1}, at::kLong)), Catch::Contains("same device"));
  CHECK_THROWS_WITH(at::matmul(there, there.t()), Catch::Contains("not implemented for 'Long'"));
}

TEST_CASE("an accumulator of the matrix instruction that runs over is seen") {
  uint32_t a[4] = {~0U, ~0U, ~0U, ~0U}, b[2] = {~0U, ~0U};
  for (const int32_t start : {0, INT32_MAX - 32 * 255 * 255, INT32_MAX - 32 * 255 * 255 + 1}) {
    int32_t sums[32][4];
    std::array<emulation::Fragments, 32> lanes;
    for (size_t lane = 0; lane < 32; ++lane) {
      std::fill_n(sums[lane], 4, start);
      lanes[lane] = {a, b, sums[lane]};
    }
    CHECK(emulation::multiply_fragments(lanes) == (start <= INT32_MAX - 32 * 255 * 255));
  }
}

TEST_CASE("what a host thread used for its launches goes with it") {
  const auto mappings = [] {
    std::ifstream maps("/proc/self/maps");
    return std::count(std::istreambuf_iterator<char>(maps), {}, '\n');
  };
  const auto run = [] {
    std::thread([] {
      const auto one = config(1, 256);
      cudaLaunchKernelEx(&one, wait_sometimes, 256U);
    }).join();
  };
  run();
  const auto before = mappings();
  for (int i = 0; i < 5; ++i) run();
  CHECK(mappings() < before + 100);  // each had 256 stacks
}
