#include "crypten_core/ring_tensor.h"

#include <string>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/word_tensor.h"

namespace crypten {
namespace {

void check_bits(const char* where, int bits, int lowest, int highest) {
  if (bits < lowest || bits > highest) {
    throw InvalidArgument(102, "number of bits out of range", where,
                          "expected " + std::to_string(lowest) + " … " + std::to_string(highest) + ", got " + std::to_string(bits),
                          "pass a number of bits that a 64-bit ring element has");
  }
}

}  // namespace

RingTensor::RingTensor(at::Tensor words) : words_(std::move(words)) {
  if (!words_.defined() || words_.scalar_type() != at::kLong) {
    throw InvalidArgument(101, "a RingTensor is kept in int64 words", "RingTensor",
                          std::string("got ") + (words_.defined() ? at::toString(words_.scalar_type()) : "an undefined tensor"),
                          "encode real numbers with encode(), or convert integers with .to(torch.int64)");
  }
}

RingTensor RingTensor::zeros(at::IntArrayRef sizes, at::Device device) {
  return RingTensor(zero_words(sizes, device));
}

RingTensor RingTensor::empty(at::IntArrayRef sizes, at::Device device) {
  return RingTensor(empty_words(sizes, device));
}

bool RingTensor::equal(const RingTensor& other) const { return words_.sizes() == other.words_.sizes() && at::equal(words_, other.words_); }

RingTensor operator+(const RingTensor& a, const RingTensor& b) { return RingTensor(sum_of(a.words(), b.words())); }
RingTensor operator-(const RingTensor& a, const RingTensor& b) { return RingTensor(difference_of(a.words(), b.words())); }
RingTensor operator*(const RingTensor& a, const RingTensor& b) { return RingTensor(product_of(a.words(), b.words())); }
RingTensor operator-(const RingTensor& a) { return a * -1; }
RingTensor operator*(const RingTensor& a, int64_t factor) { return RingTensor(linear_of(a.words(), factor, 0)); }

RingTensor shift_right_logical(const RingTensor& a, int bits) {
  check_bits("shift_right_logical", bits, 0, 63);
  if (bits == 0) return a;
  return RingTensor(bits_of_words(a.words(), bits, 64 - bits));
}

RingTensor shift_right_arithmetic(const RingTensor& a, int bits) {
  check_bits("shift_right_arithmetic", bits, 0, 63);
  return RingTensor(at::bitwise_right_shift(a.words(), bits));
}

RingTensor low_bits(const RingTensor& a, int bits) {
  check_bits("low_bits", bits, 1, 64);
  if (bits == 64) return a;
  return RingTensor(bits_of_words(a.words(), 0, bits));
}

}  // namespace crypten
