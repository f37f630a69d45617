// A device whose memory runs out in the middle of an operation: an error of torch's class, after which the session goes on.
#include <c10/util/Exception.h>

#include <catch2/catch.hpp>
#include <functional>
#include <utility>
#include <vector>

#include "autograd/binary_tensor.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/exponential.h"
#include "autograd/ops/function.h"
#include "autograd/ops/logic.h"
#include "tests/cuda/emulation/memory.h"
#include "tests/cuda/gpu.h"
#include "tests/support/run_parties.h"

using namespace crypten;
using namespace crypten::test;

TEST_CASE("a device without memory: the operation fails, what it had taken is given back, and the session goes on") {
  const auto results = run_parties(1, [](const std::shared_ptr<Party>& party) {
    const auto x = cryptensor(party, at::linspace(-1, 1, 4096).to(kGpu));
    const size_t before = emulation::bytes_in_use();
    int failed = 0;
    for (const size_t more : {size_t{0}, size_t{1} << 15, size_t{1} << 16, size_t{3} << 15, size_t{1} << 18}) {  // ends it at different steps
      emulation::limit_memory(before + more);
      try {
        relu(x * x);
      } catch (const c10::OutOfMemoryError&) {
        ++failed;
      }
    }
    emulation::limit_memory(0);
    const size_t kept = emulation::bytes_in_use() - before;
    return std::tuple(failed, kept, relu(x * x).get_plain_text().cpu());
  });
  const auto& [failed, kept, values] = results[0];
  CHECK(failed == 5);
  CHECK(kept <= 4 * 8 * 4096);  // the opening of x and x·x that was found before memory ran out
  CHECK(at::le(at::abs(values - at::linspace(-1, 1, 4096).square()), 1e-3).all().item<bool>());
}

TEST_CASE("a device without memory in the middle of powers, size classes and private words: the session goes on, and results are right afterwards") {
  using Operation = std::function<CrypTensor(const CrypTensor&)>;
  const std::vector<std::pair<Operation, at::Tensor (*)(const at::Tensor&)>> operations{
      {[](const CrypTensor& x) { return exp(x, kUnbounded); }, [](const at::Tensor& x) { return x.exp(); }},
      {[](const CrypTensor& x) { return log(x, kUnbounded); }, [](const at::Tensor& x) { return x.log(); }},
      {[](const CrypTensor& x) { return reciprocal(x); }, [](const at::Tensor& x) { return x.reciprocal(); }},
      {[](const CrypTensor& x) { return arithmetic(binary(x) + binary(x)); }, [](const at::Tensor& x) { return x.floor() * 2; }},
  };
  const auto values = at::linspace(0.75, 3, 1500);
  for (const auto& [operation, expected] : operations) {
    const auto results = run_parties(1, [&, &operation = operation](const std::shared_ptr<Party>& party) {
      int failed = 0;
      for (size_t more = 0; more <= 1 << 19; more += 1 << 15) {
        const auto x = cryptensor(party, values.to(kGpu));
        emulation::limit_memory(emulation::bytes_in_use() + more);
        try {
          operation(x);
        } catch (const c10::OutOfMemoryError&) {
          ++failed;
        }
        emulation::limit_memory(0);
      }
      return std::pair(failed, operation(cryptensor(party, values.to(kGpu))).get_plain_text().cpu());
    });
    CHECK(results[0].first >= 2);
    CHECK(at::le(at::abs(results[0].second - expected(values)), 1e-2).all().item<bool>());
  }
}
