// The emulated device finds what it is there to find.
#include <cuda_runtime.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include "crypten_core/error.h"
#include "crypten_core/kernels/operators.h"
#include "tests/crypten_core/kernels/cases.h"
#include "tests/cuda/emulation/asynchronous.h"
#include "tests/cuda/emulation/matrix_instruction.h"
#include "tests/cuda/emulation/memory.h"
#include "tests/cuda/emulation/dies.h"
#include "tests/cuda/gpu.h"
#include "tests/support/code_of.h"

using namespace crypten;
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

// One product of 64 × 32 by 32 × 256 bytes by a warpgroup. Operands come in one copy, as core matrices in the order of the given offsets.
enum class Leave { nothing, wait_for_copy, publish, fence, commit, wait_for_product, touch };
struct Offsets {
  uint32_t leading, stride;
};
constexpr uint32_t kLeftBytes = 64 * 32, kRightBytes = 256 * 32;

void multiply_once(const int8_t* from, Offsets left, Offsets right, int32_t* out, Leave leave) {
  auto* const bytes = reinterpret_cast<int8_t*>(shared());
  auto* const barrier = reinterpret_cast<uint64_t*>(bytes + kLeftBytes + kRightBytes);
  if (threadIdx.x == 0) {
    emulation::make_barrier(barrier);
    if (leave != Leave::publish) emulation::publish_barriers();
    emulation::expect_bytes(barrier, kLeftBytes + kRightBytes);
    emulation::copy_later(bytes, from, kLeftBytes + kRightBytes, barrier);
  }
  __syncthreads();
  if (leave != Leave::wait_for_copy) emulation::wait_for_phase(barrier, 0);
  const auto descriptor = [](const int8_t* start, Offsets offsets) {
    return uint64_t{emulation::shared_address(start) >> 4} | uint64_t{offsets.leading >> 4} << 16 | uint64_t{offsets.stride >> 4} << 32;
  };
  int32_t sums[128] = {};
  if (leave != Leave::fence) emulation::begin_products();
  for (const bool add : {false, true}) emulation::multiply_later(sums, descriptor(bytes, left), descriptor(bytes + kLeftBytes, right), add);
  if (leave == Leave::touch) sums[5] += 1;
  if (leave != Leave::commit) emulation::group_products();
  if (leave != Leave::wait_for_product) emulation::wait_for_products(0);
  if (leave == Leave::wait_for_copy) emulation::wait_for_phase(barrier, 0);
  for (int i = 0; i < 128; ++i) {  // PTX ISA, "Matrix Fragments for wgmma.mma_async.m64nNk32", D
    const uint32_t row = 16 * (threadIdx.x / 32) + threadIdx.x % 32 / 4 + (i % 4 < 2 ? 0 : 8);
    const uint32_t column = 8 * static_cast<uint32_t>(i / 4) + 2 * (threadIdx.x % 4) + static_cast<uint32_t>(i % 2);
    out[row * 256 + column] = sums[i];
  }
  if (leave == Leave::wait_for_product) emulation::wait_for_products(0);
}

// Twice the product of two matrices of bytes, by their own formula for where an element lies: rows of eight, chunks of 16 bytes.
bool multiplies(Offsets left, Offsets right, Leave leave = Leave::nothing) {
  const auto a = at::randint(-128, 128, {64, 32}, at::kInt), b = at::randint(-128, 128, {256, 32}, at::kInt);
  auto operands = at::zeros({kLeftBytes + kRightBytes}, at::kChar);
  auto* const bytes = operands.data_ptr<int8_t>();
  const auto put = [](const at::Tensor& matrix, int8_t* to, Offsets offsets) {
    const auto* const values = matrix.const_data_ptr<int32_t>();
    for (uint32_t line = 0; line < matrix.size(0); ++line)
      for (uint32_t k = 0; k < 32; ++k)
        to[line / 8 * offsets.stride + k / 16 * offsets.leading + line % 8 * 16 + k % 16] = static_cast<int8_t>(values[line * 32 + k]);
  };
  put(a, bytes, left), put(b, bytes + kLeftBytes, right);
  const auto there = operands.to(kGpu);
  auto out = at::zeros({64, 256}, at::TensorOptions().dtype(at::kInt).device(kGpu));
  const auto one = config(1, 128, kLeftBytes + kRightBytes + 8);
  cudaLaunchKernelEx(&one, multiply_once, there.const_data_ptr<int8_t>(), left, right, out.data_ptr<int32_t>(), leave);
  return at::equal(out.cpu(), 2 * at::matmul(a, b.t()));
}
constexpr Offsets kAlongSum{128, 256}, kAlongLeft{1024, 128}, kAlongRight{4096, 128};  // core matrices in the order of chunks, or of lines

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
      lanes[lane] = {a, b, sums[lane], false};
    }
    CHECK(emulation::multiply_fragments(lanes) == (start <= INT32_MAX - 32 * 255 * 255));
    for (size_t lane = 0; lane < 32; ++lane) {
      std::fill_n(sums[lane], 4, -start);
      lanes[lane].signed_a = true;  // -1
    }
    CHECK(emulation::multiply_fragments(lanes));
    CHECK(sums[31][3] == -start - 32 * 255);
  }
}

TEST_CASE("a warpgroup's product takes its operands from where the descriptors say") {
  for (int i = 0; i < 4; ++i) {
    CHECK(multiplies(kAlongSum, kAlongSum));
    CHECK(multiplies(kAlongLeft, kAlongRight));
    CHECK(multiplies(kAlongSum, kAlongRight));
  }
}

TEST_CASE("what comes later is not there before it was waited for, and rules that a device does not check are checked") {
  const auto wrong_or_dead = [](Leave leave) {  // a block does things early or late by chance
    for (int i = 0; i < 32; ++i) {
      bool right = true;
      if (dies([&] {
            for (int j = 0; j <= i; ++j) right &= multiplies(kAlongSum, kAlongSum, leave);
            if (!right) std::abort();
          }))
        return true;
    }
    return false;
  };
  CHECK_FALSE(wrong_or_dead(Leave::nothing));
  CHECK(wrong_or_dead(Leave::wait_for_copy));
  CHECK(wrong_or_dead(Leave::wait_for_product));
  for (const auto leave : {Leave::publish, Leave::fence, Leave::commit, Leave::touch}) CHECK(dies([&] { multiplies(kAlongSum, kAlongSum, leave); }));
}

TEST_CASE("products take the path that the device has") {
  const auto words = random_words({400, 400});
  const auto launches_of = [&](int64_t lines) {
    const auto a = words.narrow(0, 0, lines).to(kGpu);
    const auto before = emulation::launches();
    operators::matmul(a, words.to(kGpu));
    return emulation::launches() - before;
  };
  CHECK(launches_of(400) > 1);  // remainders: split, multiply, put together
  CHECK(launches_of(100) == 1);
  const auto one = at::ones({1, 1}, at::kLong).to(kGpu);
  for (const int other : {80, 89, 100}) {
    emulation::set_compute_capability(other);
    CHECK(launches_of(400) == 1);
    setenv("CRYPTEN_CUDA_PRODUCTS", "wgmma", 1);
    CHECK(code_of([&] { operators::matmul(one, one); }) == 145);
    unsetenv("CRYPTEN_CUDA_PRODUCTS");
  }
  emulation::set_compute_capability(90);
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
