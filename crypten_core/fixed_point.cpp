#include "crypten_core/fixed_point.h"

#include <atomic>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/word_tensor.h"

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

  // Not inline: the one place, with check_all_held(), where control flow depends on private inputs, which tools/memcheck.supp names.
  [[gnu::noinline]] void check_each() const {
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

constexpr int64_t kElementsPerThread = 1 << 16;

// The nearest whole number, ties to even; whether the ring holds it. Without branches: inputs are private.
struct WholeNumber {
  int64_t word;
  bool held;
};

WholeNumber whole_number(double scaled) {
  constexpr double kNoFraction = 4503599627370496.0;  // 2^52: from there on all doubles are whole numbers
  const uint64_t magnitude = std::bit_cast<uint64_t>(scaled) & (~uint64_t{0} >> 1);
  const auto where = [](bool holds, double number) { return std::bit_cast<uint64_t>(number) & (uint64_t{0} - static_cast<uint64_t>(holds)); };
  const double shift = std::copysign(kNoFraction, scaled);
  const bool whole = magnitude >= std::bit_cast<uint64_t>(kNoFraction);
  const bool held = magnitude <= std::bit_cast<uint64_t>(static_cast<double>(kLargest));  // bit patterns of magnitudes are ordered as they are; those of infinity and NaN are above
  const auto rounded = std::bit_cast<double>(where(whole, scaled) | where(!whole, (scaled + shift) - shift));
  return {static_cast<int64_t>(std::bit_cast<double>(where(held, rounded))), held};
}

[[gnu::noinline]] void check_all_held(uint64_t not_held, const at::Tensor& reals, int fraction_bits) {
  if (not_held != 0) Candidate(reals, fraction_bits).check_each();
}

template <class Real>
RingTensor encode_reals(const at::Tensor& reals, int fraction_bits) {
  auto words = empty_words(reals.sizes());
  const Real* const from = reals.const_data_ptr<Real>();
  int64_t* const to = words.mutable_data_ptr<int64_t>();
  const double scale = std::ldexp(1.0, fraction_bits);
  std::atomic<uint64_t> not_held = 0;
  parallel_for(words.numel(), kElementsPerThread, [&](int64_t begin, int64_t end) {
    uint64_t bad = 0;
    for (int64_t i = begin; i < end; ++i) {
      const auto number = whole_number(static_cast<double>(from[i]) * scale);
      to[i] = number.word;
      bad |= static_cast<uint64_t>(!number.held);
    }
    not_held.fetch_or(bad);
  });
  check_all_held(not_held, reals, fraction_bits);
  return RingTensor(std::move(words));
}

// In one pass, where the numbers lie dense on the CPU.
std::optional<RingTensor> encode_here(const at::Tensor& reals, int fraction_bits) {
  if (!reals.defined() || !reals.device().is_cpu() || reals.layout() != at::kStrided || reals.is_neg() || !reals.is_contiguous()) return std::nullopt;
  if (reals.scalar_type() == at::kFloat) return encode_reals<float>(reals, fraction_bits);
  if (reals.scalar_type() == at::kDouble) return encode_reals<double>(reals, fraction_bits);
  return std::nullopt;
}

// In how many bits all are signed numbers. The words are public, and none is −2^63.
int signed_bits(const at::Tensor& words) {
  const int64_t* const word = words.const_data_ptr<int64_t>();
  uint64_t magnitudes = 0;
  for (int64_t i = 0; i < words.numel(); ++i) magnitudes |= static_cast<uint64_t>(std::abs(word[i]));
  return static_cast<int>(std::bit_width(magnitudes)) + 1;
}

}  // namespace

RingTensor encode(const at::Tensor& reals, int fraction_bits) {
  check_fraction_bits("encode", fraction_bits);
  if (const auto words = encode_here(reals, fraction_bits)) return *words;
  const Candidate candidate(reals, fraction_bits);
  candidate.check_each();
  return candidate.words();
}

PublicWords encode_public(const at::Tensor& reals, int fraction_bits) {
  check_fraction_bits("encode", fraction_bits);
  if (auto words = encode_here(reals, fraction_bits)) return {*words, signed_bits(words->words())};
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
