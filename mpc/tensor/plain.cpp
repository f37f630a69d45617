#include "mpc/tensor/plain.h"

#include <ATen/EmptyTensor.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "crypten_core/aten.h"
#include "crypten_core/device_copies.h"
#include "crypten_core/error.h"
#include "crypten_core/fixed_point.h"
#include "mpc/tensor/error_codes.h"

namespace crypten {
namespace {

// The fewest fractional bits that hold `number` exactly, if `most` are enough.
std::optional<int> exact_bits(double number, int most) {
  for (int bits = 0; bits <= most; ++bits) {
    const double scaled = std::ldexp(number, bits);
    if (scaled == std::nearbyint(scaled)) return bits;
  }
  return std::nullopt;
}

template <class Number>
at::Tensor scalar(Number number, at::ScalarType type) {
  at::Tensor tensor = at::detail::empty_cpu({}, type);  // not scalar_tensor(): two ways through torch's dispatcher for one number
  *tensor.mutable_data_ptr<Number>() = number;
  return tensor;
}

}  // namespace

Plain::Plain(const at::Tensor& tensor) : tensor_(tensor) {
  if (!tensor.defined()) {
    throw InvalidArgument(tensor_code::plain_undefined, "a plaintext operand is undefined", "Plain", "expected a tensor or a number", "pass the tensor on every party: it is public");
  }
}

Plain::Plain(double number) : tensor_(scalar(number, at::kDouble)), is_number_(true), number_(number) {}

Plain::Plain(int64_t number, int) : tensor_(scalar(number, at::kLong)), is_number_(true), number_(static_cast<double>(number)) {}

bool Plain::is_integral() const { return at::isIntegralType(tensor_.scalar_type(), true); }

Plain Plain::operator-() const {
  Plain negated = *this;
  negated.number_ = -number_;
  negated.tensor_ = at::neg(is_integral() ? tensor_.to(at::kLong) : tensor_);
  return negated;
}

Plain Plain::reciprocal() const {
  if (tensor_.numel() > 0 && at::eq(tensor_, 0).any().item<bool>()) {
    throw InvalidArgument(tensor_code::zero_division, "division by zero", "divide", "the public divisor has a zero element", "replace or mask the zeros of the divisor");
  }
  Plain inverse = *this;
  inverse.number_ = 1 / number_;
  inverse.tensor_ = at::reciprocal(tensor_.to(at::kDouble));
  return inverse;
}

int Plain::addend_bits(int precision_bits) const {
  if (is_integral()) return 0;
  if (!is_number_) return precision_bits;
  return exact_bits(number_, precision_bits).value_or(precision_bits);
}

Encoded Plain::factor(int precision_bits, int most_bits, at::Device device) const {
  int bits = is_integral() ? 0 : precision_bits;
  if (is_number_ && !is_integral()) {
    const double number = number_;
    // |number| ≥ 2^exponent, so that the integer has at least precision_bits + 1 significant bits.
    const int exponent = std::isfinite(number) && number != 0 ? std::ilogb(number) : 0;
    bits = precision_bits + std::max(0, -exponent);
    bits = exact_bits(number, bits).value_or(bits);
  }
  bits = std::min(bits, most_bits);
  const auto encoded = encode_public(tensor_, bits);
  return {RingTensor(moved(encoded.words.words(), device)), bits, encoded.bits};
}

RingTensor Plain::encoded(int fraction_bits, at::Device device) const { return RingTensor(moved(encode(tensor_, fraction_bits).words(), device)); }

}  // namespace crypten
