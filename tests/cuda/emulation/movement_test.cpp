// What leaves the device for the host while parties compute: what they open, and nothing else.
#include <catch2/catch.hpp>
#include <functional>

#include "autograd/binary_tensor.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/exponential.h"
#include "autograd/ops/function.h"
#include "autograd/ops/logic.h"
#include "autograd/ops/normalize.h"
#include "autograd/ops/order.h"
#include "autograd/ops/sample.h"
#include "autograd/ops/shape.h"
#include "tests/cuda/emulation/torch_device.h"
#include "tests/cuda/gpu.h"
#include "tests/support/run_parties.h"

using namespace crypten;
using namespace crypten::test;

namespace {

using Operation = std::function<void(const std::shared_ptr<Party>&, const CrypTensor&)>;

struct Moved {
  uint64_t to_host, sent;  // of all parties
};

// Sizes that fill neither tiles nor bytes.
Moved moved_by(int n, const Operation& operation) {
  const auto before = emulation::bytes_to_host();
  const auto sent = run_parties(n, [&](const std::shared_ptr<Party>& party) {
    const auto x = cryptensor(party, at::linspace(0.6, 30, 3 * 211).reshape({3, 211}).to(kGpu));
    operation(party, x);
    return party->cost().bytes_sent;
  });
  Moved moved{emulation::bytes_to_host() - before, 0};
  for (const auto bytes : sent) moved.sent += bytes;
  return moved;
}

}  // namespace

TEST_CASE("nothing leaves the device but what is opened") {
  struct Case {
    const char* name;
    Operation operation;
    // Where private numbers are encoded on the device, a byte tells the host whether the ring can hold them all: of x by its owner, and of what else a party
    // encodes there. Public ones are encoded where they lie.
    uint64_t encodings = 1;
  };
  const std::vector<Case> operations{
      {"multiply", [](const auto&, const CrypTensor& x) { x* x* x; }},
      {"relu", [](const auto&, const CrypTensor& x) { relu(x - Plain(7)); }},
      {"exp", [](const auto&, const CrypTensor& x) { exp(x - Plain(20), kUnbounded); }},
      {"log", [](const auto&, const CrypTensor& x) { log(x, kUnbounded); }},
      {"reciprocal", [](const auto&, const CrypTensor& x) { reciprocal(x); }},
      {"square root", [](const auto&, const CrypTensor& x) { sqrt(x, kUnbounded); }},
      {"gelu", [](const auto&, const CrypTensor& x) { gelu(x); }},
      {"sine", [](const auto&, const CrypTensor& x) { sin(x); }},
      {"softmax", [](const auto&, const CrypTensor& x) { softmax(x, 1); }},
      {"power", [](const auto&, const CrypTensor& x) { power(x, 3); }},
      {"private look-up",
       [](const std::shared_ptr<Party>& party, const CrypTensor&) {
         look_up(Plain(at::linspace(1, 2, 5)), cryptensor(party, at::tensor({4, 0, 3, 3}, at::kLong).to(kGpu)));
       },
       2},
      {"private words",
       [](const std::shared_ptr<Party>& party, const CrypTensor& x) {
         const auto a = binary_tensor(party, (at::arange(600) * 97).to(kGpu), 0), b = binary_tensor(party, (at::arange(600) * 1013).to(kGpu), 1);
         arithmetic(a + b), arithmetic(a - b), lt(a, b), eq(a, b), binary(x);
       }},
      {"sort", [](const auto&, const CrypTensor& x) { sort(x, 1, false, false); }},
  };
  for (const auto& [name, operation, encodings] : operations) {
    const auto moved = moved_by(2, operation);
    INFO(name);
    CHECK(moved.to_host == moved.sent + encodings);  // each party's opening goes to one other
    CHECK(moved.sent > 0);
  }
}
