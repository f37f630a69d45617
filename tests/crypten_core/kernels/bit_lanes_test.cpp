#include "crypten_core/kernels/bit_lanes.h"

#include <catch2/catch.hpp>
#include <vector>

#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/select_words.h"
#include "tests/crypten_core/kernels/cases.h"

namespace crypten::bit_lanes {
namespace {

using namespace crypten::test;

const std::vector<int64_t> kSizes{1, 63, 64, 65, 511, 512, 513, 1300};

const uint64_t* in(const at::Tensor& tensor) { return reinterpret_cast<const uint64_t*>(tensor.const_data_ptr<int64_t>()); }
uint64_t* out(at::Tensor& tensor) { return reinterpret_cast<uint64_t*>(tensor.mutable_data_ptr<int64_t>()); }

// A device's warps, one after another.
at::Tensor by_votes(const at::Tensor& words, int first_bit, int count) {
  auto planes = at::full({tile_count(words.numel()), count, kTileWords}, int64_t{-7});
  const Slice slice{in(words), words.numel(), first_bit, count, out(planes)};
  for (int64_t first = 0; first < tile_count(words.numel()) * kTileWords; first += Slice::kWordsPerVote) {
    for (int64_t word = first; word < first + Slice::kWordsPerVote; ++word) {
      for (int p = 0; p < count; ++p) {
        uint64_t votes = 0;
        for (int half = 0; half < 2; ++half) {
          for (int lane = 0; lane < 32; ++lane) votes |= static_cast<uint64_t>(slice.vote(slice.element(word, half, lane), p)) << (32 * half + lane);
        }
        *slice.place(word, p) = votes;
      }
    }
    for (int p = 0; p < count; ++p) REQUIRE(slice.place(first + Slice::kWordsPerVote - 1, p) == slice.place(first, p) + Slice::kWordsPerVote - 1);
  }
  return planes;
}

at::Tensor by_elements(const at::Tensor& planes, int64_t n, int first_bit) {
  auto words = at::empty({n}, at::kLong);
  const WordFromPlanes word{in(planes), planes.stride(0), planes.stride(1), static_cast<int>(planes.size(1)), first_bit};
  for (int64_t i = 0; i < n; ++i) out(words)[i] = word(i);
  return words;
}

}  // namespace

TEST_CASE("slicing by votes and words from planes, a thread at a time, agree with the CPU's kernels") {
  for (const int64_t n : kSizes) {
    for (const auto& [first, count] : {std::pair{0, 64}, {0, 1}, {63, 1}, {16, 31}, {5, 0}}) {
      INFO("n " << n << " first " << first << " count " << count);
      const auto words = random_words({n}), planes = slice_bits(words, first, count);
      CHECK(at::equal(by_votes(words, first, count), planes));
      CHECK(at::equal(by_elements(planes, n, first), unslice_bits(planes, n, first)));
      if (count < 3) continue;
      const auto some = planes.narrow(1, 1, 2), mixed = planes.flip(1).transpose(0, 1).contiguous().transpose(0, 1);  // strides of their own
      CHECK(at::equal(by_elements(some, n, first), unslice_bits(some, n, first)));
      CHECK(at::equal(by_elements(mixed, n, first), unslice_bits(mixed, n, first)));
    }
    const auto bit = slice_bits(random_words({n}), 9, 1);
    CHECK(at::equal(by_elements(bit, n, 0), bit_to_words(bit, n)));
  }
}

TEST_CASE("a choice by a bit, an element at a time") {
  const int64_t n = 700;
  const auto a = random_words({n}), b = random_words({n}), plane = slice_bits(random_words({n}), 0, 1), bit = bit_to_words(plane, n);
  for (const bool inverted : {false, true}) {
    auto result = at::empty({n}, at::kLong);
    const DifferenceOrSecond choose{inverted ? ~uint64_t{0} : 0};
    for (int64_t i = 0; i < n; ++i) out(result)[i] = choose(in(plane)[i / 64], static_cast<int>(i % 64), in(a)[i], in(b)[i]);
    CHECK(at::equal(result, at::where(at::ne(bit, inverted ? 1 : 0), a - b, b)));
    CHECK(at::equal(result, difference_or_second(plane, inverted, a, b)));
  }
}

}  // namespace crypten::bit_lanes
