#include "crypten_core/fixed_point.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <string>

#include "crypten_core/error.h"
#include "tests/support/aten.h"

using namespace crypten;

namespace {

at::Tensor doubles(std::vector<double> values) { return at::tensor(values, at::kDouble); }
RingTensor ring(std::vector<int64_t> words) { return RingTensor(at::tensor(words, at::kLong)); }

std::string refusal(const at::Tensor& reals, int fraction_bits) {
  try {
    encode(reals, fraction_bits);
  } catch (const InvalidArgument& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("reals are rounded to the nearest step, ties to even") {
  CHECK(encode(doubles({0, 1, -1, 0.5, -0.25}), 4).equal(ring({0, 16, -16, 8, -4})));
  const double half = std::ldexp(1.0, -17);  // half a step of 2^-16
  CHECK(encode(doubles({half, 3 * half, 5 * half, -half, -3 * half, std::nextafter(half, 1)}), 16).equal(ring({0, 2, 2, 0, -2, 1})));
  CHECK(encode(at::tensor({0.1f}), 16).equal(ring({6554})));  // 0.1f · 65536 = 6553.6…
  CHECK(encode(at::tensor({1.5f}).to(at::kHalf), 16).equal(ring({98304})));
  CHECK(encode(at::tensor({1.5f}).to(at::kBFloat16), 16).equal(ring({98304})));
}

TEST_CASE("one pass encodes what torch's operators encode") {
  const auto expected = [](const at::Tensor& reals, int bits) { return RingTensor((reals.to(at::kDouble) * std::ldexp(1.0, bits)).round().to(at::kLong)); };
  for (const int bits : {0, 1, 16, 40}) {
    for (const double size : {1e-3, 1.0, 5e5}) {  // below, around and beyond 2^52 when scaled
      const auto reals = at::randn({3, 70'001}, at::kDouble) * size;
      for (const auto& tensor : {reals, reals.to(at::kFloat), reals.t(), reals.narrow(1, 1, 5)}) CHECK(encode(tensor, bits).equal(expected(tensor, bits)));
    }
  }
  const double two52 = std::ldexp(1.0, 52), two61 = std::ldexp(1.0, 61);
  const auto edges = doubles({two52 - 0.5, two52 - 1.5, two52, two52 + 1, -two52 - 1, 2 * two52 - 1, two61 + 512, -0.0, 0.49999999999999994, 5e-324});
  CHECK(encode(edges, 0).equal(expected(edges, 0)));
}

TEST_CASE("integers and booleans are converted exactly") {
  CHECK(encode(at::tensor({3, -2}, at::kInt), 16).equal(ring({3 << 16, -(2 << 16)})));
  CHECK(encode(at::tensor({1, 0}).to(at::kBool), 8).equal(ring({256, 0})));
  CHECK(encode(at::tensor({200}, at::kByte), 1).equal(ring({400})));
  const int64_t odd = (int64_t{1} << 59) + 1;  // not a double
  CHECK(encode(at::tensor({odd}, at::kLong), 2).words().item<int64_t>() == 4 * odd);
}

TEST_CASE("the range ends at 2^62, and the first element beyond is named") {
  const double limit = std::ldexp(1.0, 46);
  CHECK(encode(doubles({limit, -limit}), 16).equal(ring({int64_t{1} << 62, -(int64_t{1} << 62)})));
  CHECK(refusal(doubles({0, std::nextafter(limit, 1e300)}), 16).find("element (1)") != std::string::npos);
  CHECK(refusal(doubles({0, 1, std::nan(""), std::nan("")}).reshape({2, 2}), 16).find("element (1, 0)") != std::string::npos);
  CHECK(refusal(doubles({-std::numeric_limits<double>::infinity()}), 16).find("element (0)") != std::string::npos);
  CHECK_FALSE(refusal(at::scalar_tensor(INFINITY), 16).empty());
  CHECK_FALSE(refusal(at::tensor({(int64_t{1} << 46) + 1}, at::kLong), 16).empty());
  CHECK_FALSE(refusal(at::tensor({INT64_MIN}, at::kLong), 0).empty());
  CHECK_FALSE(refusal(at::tensor({INT64_MAX}, at::kLong), 0).empty());
  CHECK(refusal(at::tensor({int64_t{1} << 46}, at::kLong), 16).empty());
  CHECK(refusal(doubles({123456789.25e30}), 16).find("1234567") == std::string::npos);  // the value is nobody's business
  CHECK_FALSE(refusal(at::full({1}, -1, at::kLong).view(at::kUInt64), 0).empty());      // 2^64 − 1
}

TEST_CASE("what cannot be encoded is refused") {
  CHECK_THROWS_AS(encode(at::zeros({1}, at::kComplexFloat), 16), InvalidArgument);
  CHECK_THROWS_AS(encode(at::Tensor(), 16), InvalidArgument);
  CHECK_THROWS_AS(encode(at::quantize_per_tensor(at::zeros({2}), 1.0, 0, at::kQInt8), 16), InvalidArgument);
  CHECK_THROWS_AS(encode(at::zeros({1}), -1), InvalidArgument);
  CHECK_THROWS_AS(encode(at::zeros({1}), 63), InvalidArgument);
  CHECK(encode(at::zeros({0, 3}), 16).sizes() == at::IntArrayRef({0, 3}));
}

TEST_CASE("public numbers are encoded as all are, and in as many bits as they take") {
  const auto doubles_at = [](double value) { return at::full({2, 3}, value, at::kDouble); };
  for (const auto& reals : {doubles({0.5, -1.25, 3.0}), at::randn({50}), at::zeros({4}), ring({-7, 3}).words(), at::ones({2}, at::kBool), at::zeros({0, 2})}) {
    const auto words = encode_public(reals, 16);
    CHECK(words.words.equal(encode(reals, 16)));
    if (reals.numel() == 0) continue;
    CHECK(words.words.words().max().item<int64_t>() < int64_t{1} << (words.bits - 1));
    CHECK(words.words.words().min().item<int64_t>() >= -(int64_t{1} << (words.bits - 1)));
  }
  CHECK(encode_public(at::zeros({0}), 16).bits == 1);
  CHECK(encode_public(at::zeros({3}), 16).bits == 1);
  CHECK(encode_public(doubles_at(0.499), 16).bits == 16);
  CHECK(encode_public(doubles_at(-1), 16).bits == 18);
  CHECK(encode_public(ring({5}).words(), 0).bits == 4);
  CHECK(encode_public(ring({5}).words(), 10).bits == 14);
  CHECK(encode_public(doubles_at(std::ldexp(1.0, 46)), 16).bits == 64);
  CHECK(encode_public(ring({-(int64_t{1} << 62)}).words(), 0).bits == 64);
}

TEST_CASE("public numbers are refused as all are") {
  const auto refused = [](const at::Tensor& numbers, int bits) {
    try {
      encode_public(numbers, bits);
    } catch (const InvalidArgument& error) {
      return std::string(error.what()).find("element (1)") != std::string::npos;
    }
    return false;
  };
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(), std::ldexp(1.1, 46)})
    CHECK(refused(doubles({1.0, bad, 2.0}), 16));
  for (const int64_t bad : {INT64_MIN, INT64_MAX, (int64_t{1} << 62) + 1}) CHECK(refused(ring({1, bad, 2}).words(), 0));
  CHECK(refused(ring({1, -1}).words().view(at::kUInt64), 0));
}

TEST_CASE("decoding scales back, rounding once") {
  CHECK(at::equal(decode(ring({98304, -32768}), 16), at::tensor({1.5f, -0.5f})));
  CHECK(at::equal(decode(ring({1}), 40, at::kDouble), doubles({std::ldexp(1.0, -40)})));
  CHECK(decode(ring({5}), 0).scalar_type() == at::kLong);
  CHECK(decode(ring({5}), 0, at::kFloat).scalar_type() == at::kFloat);
  const int64_t just_above_half = (int64_t{1} << 60) + (int64_t{1} << 36) + 1;  // rounds up to float only if it is rounded once
  CHECK(decode(ring({just_above_half}), 1).item<float>() == std::ldexp(static_cast<float>(just_above_half), -1));
  CHECK_THROWS_AS(decode(ring({1}), 16, at::kLong), InvalidArgument);
  CHECK_THROWS_AS(decode(ring({1}), 16, at::kHalf), InvalidArgument);
  CHECK_THROWS_AS(decode(ring({1}), 64), InvalidArgument);
  const auto source = ring({7});
  CHECK(decode(source, 0).data_ptr() != source.words().data_ptr());
}

TEST_CASE("decode after encode is within half a step") {
  const auto reals = at::randn({1000}, at::kDouble) * 100;
  for (const int bits : {8, 16, 24}) {
    const auto error = (decode(encode(reals, bits), bits, at::kDouble) - reals).abs().max().item<double>();
    CHECK(error <= std::ldexp(1.0, -bits - 1));
  }
}
