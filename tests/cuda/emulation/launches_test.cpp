// What each party asks of the device in a step of a protocol.
#include <c10/util/accumulate.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <functional>
#include <vector>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/conv.h"
#include "autograd/ops/exponential.h"
#include "autograd/ops/function.h"
#include "autograd/ops/logic.h"
#include "autograd/ops/pool.h"
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

TEST_CASE("launches") {
  struct Case {
    const char* name;
    Launching operation;
    std::vector<int64_t> left, right;
  };
  const std::vector<Case> cases{
      {"multiply, untruncated", [](const auto& x, const auto& y) { return x * y; }, {500}, {500}},
      {"multiply, truncated", [](const auto& x, const auto& y) { return x * y * y; }, {500}, {500}},
      {"relu", [](const auto& x, const auto&) { return relu(x); }, {500}, {1}},
      {"max pool", [](const auto& x, const auto&) { return max_pool2d(x, {.kernel = {2, 2}, .stride = {2, 2}}); }, {1, 2, 8, 8}, {1}},
      {"gelu", [](const auto& x, const auto&) { return gelu(x); }, {500}, {1}},
      {"conv", [](const auto& x, const auto& w) { return conv(x, w, CrypTensor(), {{1, 1}, {0, 0}, {1, 1}}); }, {1, 2, 8, 8}, {4, 2, 3, 3}},
      {"conv, relu", [](const auto& x, const auto& w) { return relu(conv(x, w, CrypTensor(), {{1, 1}, {0, 0}, {1, 1}})); }, {1, 2, 8, 8}, {4, 2, 3, 3}},
  };
  for (const auto& [name, operation, left, right] : cases) {
    for (const auto& [work, rounds] : steps_of(operation, left, right))
      std::printf("%-24s kernels %lu operators %lu copies %lu waits %lu rounds %lu\n", name, work.kernels, work.operators, work.copies, work.waits, rounds);
  }
}
