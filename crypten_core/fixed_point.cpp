#include "crypten_core/fixed_point.h"

#include <bit>
#include <cmath>
#include <string>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"

namespace crypten {
namespace {

constexpr int64_t kLargest = int64_t{1} << 62;

void check_fraction_bits(const char* where, int fraction_bits) {
  if (fraction_bits < 0 || fraction_bits > 62) {
    throw InvalidArgument(105, "number of fraction bits out of range", where, "expected 0 … 62, got " + std::to_string(fraction_bits),
                          "use encoder.precision_bits, 16 by default");
  }
}

// The index of the first true element, as "(1, 0, 2)".
std::string first_index(const at::Tensor& bad) {
  int64_t position = at::nonzero(bad.flatten())[0].item<int64_t>();
  std::string text;
  for (int64_t d = bad.dim(); d-- > 0; position /= bad.size(d)) {
    text.insert(0, std::to_string(position % bad.size(d)) + (text.empty() ? "" : ", "));
  }
  return "(" + text + ")";
}

// What encode() makes, before anybody knows whether the ring holds it.
class Candidate {
 public:
  Candidate(const at::Tensor& reals, int fraction_bits) : fraction_bits_(fraction_bits) {
    check_fraction_bits("encode", fraction_bits);
    if (!reals.defined() || reals.is_quantized() ||
        !(at::isFloatingType(reals.scalar_type()) || at::isIntegralType(reals.scalar_type(), true))) {
      throw InvalidArgument(103, "only real numbers, integers and booleans can be encoded", "encode",
                            std::string("got ") + (reals.defined() ? at::toString(reals.scalar_type()) : "an undefined tensor"),
                            "convert the tensor, for example with .to(torch.float32)");
    }
    const auto plain = reals.detach();
    integral_ = at::isIntegralType(plain.scalar_type(), true), unsigned_ = plain.scalar_type() == at::kUInt64;
    // Every narrower type is exact in double, a product with a power of two is exact, and round() takes ties to even: one rounding in all.
    numbers_ = integral_ ? plain.to(at::kLong) : at::mul(plain.to(at::kDouble), std::ldexp(1.0, fraction_bits)).round_();
  }

  void check_each() const {
    if (numbers_.numel() > 0 && bad().any().item<bool>()) refuse();
  }
  // The same by the largest magnitude, which it returns as the words have it.
  uint64_t check_largest() const {
    if (numbers_.numel() == 0) return 0;
    if (unsigned_) check_each();
    if (!integral_) {
      const auto largest = at::abs(numbers_).max().item<double>();  // NaN where there is one
      if (!(largest <= static_cast<double>(kLargest))) refuse();
      return static_cast<uint64_t>(largest);
    }
    const auto least = at::neg(at::abs(numbers_)).min().item<int64_t>();  // of negative ones, since −2^63 has no magnitude
    if (least < -most()) refuse();
    return static_cast<uint64_t>(-least) << fraction_bits_;
  }
  RingTensor words() const { return RingTensor(integral_ ? at::mul(numbers_, int64_t{1} << fraction_bits_) : numbers_.to(at::kLong)); }

 private:
  int64_t most() const { return integral_ ? kLargest >> fraction_bits_ : kLargest; }
  at::Tensor bad() const {
    if (!integral_) return at::le(at::abs(numbers_), static_cast<double>(kLargest)).logical_not_();  // "not ≤" also finds NaN
    auto bad = at::gt(numbers_, most()).logical_or_(at::lt(numbers_, -most()));
    if (unsigned_) bad.logical_or_(at::lt(numbers_, 0));  // values from 2^63 turned negative, and must not be taken for small ones
    return bad;
  }
  [[noreturn]] void refuse() const {
    throw InvalidArgument(104, "a number cannot be held in fixed point", "encode, element " + first_index(bad()),
                          "it is NaN, infinite, or larger than 2^" + std::to_string(62 - fraction_bits_) + " in magnitude",
                          "scale the data, or use fewer fraction bits (encoder.precision_bits)");
  }

  int fraction_bits_;
  bool integral_, unsigned_;
  at::Tensor numbers_;  // integers as they are; reals times 2^fraction_bits, without a fraction
};

}  // namespace

RingTensor encode(const at::Tensor& reals, int fraction_bits) {
  const Candidate candidate(reals, fraction_bits);
  candidate.check_each();
  return candidate.words();
}

PublicWords encode_public(const at::Tensor& reals, int fraction_bits) {
  const Candidate candidate(reals, fraction_bits);
  const int bits = static_cast<int>(std::bit_width(candidate.check_largest())) + 1;
  return {candidate.words(), bits};
}

at::Tensor decode(const RingTensor& words, int fraction_bits, std::optional<at::ScalarType> dtype) {
  check_fraction_bits("decode", fraction_bits);
  const at::ScalarType type = dtype.value_or(fraction_bits == 0 ? at::kLong : at::kFloat);
  if (type == at::kLong && fraction_bits == 0) return words.words().clone();
  if (type != at::kFloat && type != at::kDouble) {
    throw InvalidArgument(106, "cannot decode to this type", "decode", std::string("got ") + at::toString(type),
                          "ask for float32 or float64 and convert the result");
  }
  // The conversion rounds once; the scaling by a power of two is exact.
  return words.words().to(type).mul_(std::ldexp(1.0, -fraction_bits));
}

}  // namespace crypten
