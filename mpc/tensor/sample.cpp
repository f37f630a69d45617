#include "mpc/tensor/sample.h"

#include <cmath>
#include <string>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "mpc/protocol/sample.h"
#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/logic.h"
#include "mpc/tensor/operation_scope.h"

namespace crypten {
namespace {

[[noreturn]] void refuse(int code, const char* name, const std::string& what, const std::string& why, const std::string& todo) {
  throw InvalidArgument(code, std::string(name) + ": " + what, name, why, todo);
}

}  // namespace

MPCTensor rand(std::shared_ptr<Party> party, at::IntArrayRef sizes, at::Device device) {
  if (!party) refuse(tensor_code::undefined, "rand", "no party", "the party is null", "initialise a session first");
  party->check_open();
  const Scope scope = party->scope("rand");
  for (const int64_t size : sizes) {
    if (size < 0) refuse(tensor_code::negative_size, "rand", "negative size", "the sizes are " + shape_text(sizes), "pass the shape that is wanted");
  }
  const int bits = party->config().precision_bits;
  bool empty = false;
  for (const int64_t size : sizes) empty = empty || size == 0;
  // With no fractional bits there is only 0 in [0, 1).
  auto share = empty || bits == 0 ? ArithmeticShared(RingTensor::zeros(sizes, device)) : random_integers(*party, sizes, bits, device);
  return MPCTensor(std::move(party), std::move(share), bits);
}

MPCTensor bernoulli(std::shared_ptr<Party> party, const at::Tensor& probabilities) {
  const auto p = probabilities.defined() ? probabilities.to(at::kDouble) : probabilities;
  if (!p.defined() || !p.ge(0).logical_and(p.le(1)).all().item<bool>())
    refuse(tensor_code::probability, "bernoulli", "these are no probabilities", "an element is not in 0 … 1", "pass numbers from 0 to 1");
  return compare(rand(std::move(party), p.sizes(), p.device()), Order::less, Plain(p));
}

MPCTensor bernoulli(const MPCTensor& probabilities) {
  const OperationScope op("bernoulli", {probabilities});
  return compare(rand(probabilities.party(), probabilities.sizes(), probabilities.device()), Order::less, probabilities);
}

MPCTensor dropout(const MPCTensor& x, double p, bool training) {
  const OperationScope op("dropout", {x});
  op.fact(std::to_string(p) + (training ? " training" : ""));
  if (!(p >= 0 && p <= 1)) refuse(tensor_code::probability, "dropout", "this is no probability", "p is " + std::to_string(p), "pass a number from 0 to 1");
  if (!training || p == 0) return x;
  if (p == 1) return op.result(op.zeros(x.sizes()), x.fraction_bits());
  const auto kept = bernoulli(x.party(), at::full(x.sizes(), 1 - p, at::TensorOptions().dtype(at::kDouble).device(x.device())));
  return multiply(multiply(x, kept), Plain(1 / (1 - p)));
}

}  // namespace crypten
