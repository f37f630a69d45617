// What each party asks of the device in a step of a protocol.
#include <c10/util/accumulate.h>

#include <array>
#include <catch2/catch.hpp>
#include <functional>
#include <vector>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/conv.h"
#include "autograd/ops/function.h"
#include "autograd/ops/logic.h"
#include "autograd/ops/pool.h"
#include "crypten_core/kernels/operators.h"
#include "tests/cuda/emulation/execution.h"
#include "tests/cuda/emulation/torch_device.h"
#include "tests/cuda/gpu.h"
#include "tests/support/run_parties.h"

using namespace crypten;
using namespace crypten::test;

namespace {

using Launching = std::function<CrypTensor(const CrypTensor&, const CrypTensor&)>;

struct LaunchedStep {
  emulation::Work work;
  uint64_t rounds;
};

std::vector<LaunchedStep> steps_of(const Launching& operation, at::IntArrayRef left, at::IntArrayRef right) {
  const auto input = [](const std::shared_ptr<Party>& party, at::IntArrayRef sizes) {
    return cryptensor(party, at::linspace(-3, 3, c10::multiply_integers(sizes)).reshape(sizes).to(kGpu));
  };
  return run_parties(2, [&](const std::shared_ptr<Party>& party) {
    const auto x = input(party, left), y = input(party, right);
    const auto before = emulation::work();
    const auto rounds = party->cost().rounds;
    operation(x, y);
    return LaunchedStep{emulation::work() - before, static_cast<uint64_t>(party->cost().rounds - rounds)};
  });
}

}  // namespace

TEST_CASE("a step of a protocol is so many launches, in so many rounds, and the host waits for no copy but of what it sends") {
  struct Case {
    const char* name;
    Launching operation;
    std::vector<int64_t> left, right;
    uint64_t rounds;
    std::array<uint64_t, 2> kernels, operators, copies;  // by rank: to one of them the correction goes, the other expands its share
  };
  const std::vector<Case> cases{
      {"multiply", [](const auto& x, const auto& y) { return x * y; }, {500}, {500}, 1, {4, 3}, {4, 4}, {4, 5}},
      {"multiply, truncate, multiply", [](const auto& x, const auto& y) { return x * y * y; }, {500}, {500}, 2, {11, 10}, {18, 17}, {8, 9}},
      {"relu", [](const auto& x, const auto&) { return relu(x); }, {500}, {1}, 4, {22, 22}, {16, 12}, {10, 10}},
      {"max pool", [](const auto& x, const auto&) { return max_pool2d(x, {.kernel = {2, 2}, .stride = {2, 2}}); }, {1, 2, 8, 8}, {1}, 8, {42, 46}, {32, 32}, {22, 18}},
      {"gelu", [](const auto& x, const auto&) { return gelu(x); }, {500}, {1}, 4, {48, 53}, {44, 49}, {21, 16}},
      {"conv", [](const auto& x, const auto& w) { return conv(x, w, CrypTensor(), {{1, 1}, {0, 0}, {1, 1}}); }, {1, 2, 8, 8}, {4, 2, 3, 3}, 1, {5, 4}, {7, 6}, {4, 5}},
      {"conv, truncate, relu", [](const auto& x, const auto& w) { return relu(conv(x, w, CrypTensor(), {{1, 1}, {0, 0}, {1, 1}})); }, {1, 2, 8, 8}, {4, 2, 3, 3}, 5, {29, 31}, {30, 24}, {17, 15}},
  };
  for (const auto& [name, operation, left, right, rounds, kernels, operators, copies] : cases) {
    const auto steps = steps_of(operation, left, right);
    for (size_t rank = 0; rank < steps.size(); ++rank) {
      INFO(name << ", rank " << rank);
      CHECK(steps[rank].rounds == rounds);
      CHECK(steps[rank].work.kernels == kernels[rank]);
      CHECK(steps[rank].work.operators == operators[rank]);
      CHECK(steps[rank].work.copies == copies[rank]);
      CHECK(steps[rank].work.waits == 0);
    }
  }
}

TEST_CASE("kernels that only count leave memory as it is") {
  const auto x = at::arange(100, at::kLong).to(kGpu), y = at::ones({100}, at::kLong).to(kGpu);
  const auto before = emulation::own_launches();
  emulation::only_count(true);
  const auto sum = operators::sum({x, y});
  emulation::only_count(false);
  CHECK(emulation::own_launches() == before + 1);
  CHECK_FALSE(at::equal(sum.cpu(), at::arange(1, 101, at::kLong)));
  CHECK(at::equal(operators::sum({x, y}).cpu(), at::arange(1, 101, at::kLong)));
}
