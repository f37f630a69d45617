#include "crypten_core/kernels/compare_places.h"

#include <catch2/catch.hpp>
#include <vector>

#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/compare_bits_lanes.h"
#include "tests/crypten_core/kernels/cases.h"
#include "tests/support/code_of.h"

namespace crypten {
namespace {

using namespace crypten::test;

bool same_planes(const std::vector<Plane>& a, const std::vector<Plane>& b) {
  bool equal = a.size() == b.size();
  for (size_t i = 0; equal && i < a.size(); ++i) {
    equal = a[i].index == b[i].index && a[i].planes.defined() == b[i].planes.defined() && (!a[i].planes.defined() || a[i].planes.is_same(b[i].planes));
  }
  return equal;
}

// `pairs` pairs of random planes in one tensor.
PairMerge random_merge(int pairs, int64_t tiles, bool less, bool equal) {
  const int64_t products = int64_t{1} << pairs;
  const auto planes = random_words({tiles, 2 * pairs + 2 * products, kTileWords});
  int64_t next = 0;
  const auto take = [&](int64_t count) {
    std::vector<Plane> list;
    for (int64_t i = 0; i < count; ++i) list.push_back({planes, next++});
    return list;
  };
  PairMerge merge;
  if (less) merge.public_less = take(pairs), merge.masks_less = take(products - 1), merge.less = 1;
  merge.public_equal = take(pairs), merge.masks_equal = take(equal ? products : products / 2);
  merge.masks_equal[0] = {};  // the empty product
  if (!equal) merge.public_equal.back() = {};
  if (equal) merge.equal = 0;
  return merge;
}

// One word of a device's thread: the same formula on one 64-bit word.
struct WordPlaces {
  const MergePlaces& places;
  int64_t tile, word;
  const uint64_t* public_less(int i) const { return places.public_less[static_cast<size_t>(i)].in(tile) + word; }
  const uint64_t* public_equal(int i) const { return places.public_equal[static_cast<size_t>(i)].in(tile) + word; }
  const uint64_t* masks_less(unsigned i) const { return places.masks_less[i].in(tile) + word; }
  const uint64_t* masks_equal(unsigned i) const { return places.masks_equal[i].in(tile) + word; }
};

template <int kPairs>
void check_words(bool less, bool equal) {
  const int64_t tiles = 2;
  const auto merge = random_merge(kPairs, tiles, less, equal);
  const MergePlaces places(merge, tiles, 2, at::kCPU);
  for (const bool holds_one : {false, true}) {
    const auto expected = crypten::merge_pairs({&merge, 1}, tiles, 2, holds_one);
    const auto* words = reinterpret_cast<const uint64_t*>(expected.const_data_ptr<int64_t>());
    bool right = true;
    for (int64_t tile = 0; tile < tiles; ++tile) {
      for (int64_t w = 0; w < kTileWords; ++w) {
        const WordPlaces at{places, tile, w};
        const Merging<kPairs, WordPlaces, uint64_t> merging{at, holds_one ? ~uint64_t{0} : 0};
        const auto* of_tile = words + tile * 2 * kTileWords + w;
        if (equal) right &= merging.equal() == of_tile[0];
        if (less) right &= merging.less() == of_tile[kTileWords];
      }
    }
    CHECK(right);
  }
}

template <int kBits>
void check_lookup() {
  const int64_t tiles = 2, entries = (1 << kBits) - 1;
  const auto numbers = random_words({tiles, kBits, kTileWords}), tables = random_words({tiles, entries, kTileWords});
  const DigitLookup lookup{.width = kBits, .less = 0, .equal = 1};
  const auto place = lookup_place(lookup, numbers, tables, 2);
  for (const bool holds_one : {false, true}) {
    const auto expected = look_up_digits(numbers, tables, {&lookup, 1}, 2, holds_one);
    const auto* words = reinterpret_cast<const uint64_t*>(expected.const_data_ptr<int64_t>());
    bool right = true;
    for (int64_t tile = 0; tile < tiles; ++tile) {
      for (int64_t w = 0; w < kTileWords; ++w) {
        const auto found = look_up_lanes<kBits, uint64_t>(place.digit.in(tile) + w, place.table.in(tile) + w, holds_one ? ~uint64_t{0} : 0);
        right &= found.less == words[tile * 2 * kTileWords + w] && found.equal == words[(tile * 2 + 1) * kTileWords + w];
      }
    }
    CHECK(right);
  }
}

}  // namespace

TEST_CASE("merges go through an operator's arguments unchanged") {
  std::vector<PairMerge> merges{random_merge(1, 2, true, true), random_merge(3, 2, false, true), random_merge(4, 2, true, false)};
  const auto arguments = arguments_of(merges);
  CHECK(arguments.tensors.size() == 3);  // each once
  const auto back = merges_of(arguments.tensors, arguments.numbers);
  REQUIRE(back.size() == merges.size());
  for (size_t i = 0; i < merges.size(); ++i) {
    CHECK((same_planes(back[i].public_less, merges[i].public_less) && same_planes(back[i].public_equal, merges[i].public_equal)));
    CHECK((same_planes(back[i].masks_less, merges[i].masks_less) && same_planes(back[i].masks_equal, merges[i].masks_equal)));
    CHECK((back[i].less == merges[i].less && back[i].equal == merges[i].equal));
  }
  CHECK(device_of(merges).is_cpu());
  CHECK(device_of({}).is_cpu());
}

TEST_CASE("lookups go through an operator's arguments unchanged") {
  const std::vector<DigitLookup> lookups{{3, 4, 15, 0, 1}, {7, 2, 30, -1, 5}};
  const auto back = lookups_of(numbers_of(lookups));
  REQUIRE(back.size() == 2);
  for (size_t i = 0; i < 2; ++i) {
    CHECK((back[i].first_bit == lookups[i].first_bit && back[i].width == lookups[i].width && back[i].first_table_plane == lookups[i].first_table_plane));
    CHECK((back[i].less == lookups[i].less && back[i].equal == lookups[i].equal));
  }
}

TEST_CASE("descriptions that no merge has are refused") {
  const std::vector<at::Tensor> tensors{random_words({1, 2, kTileWords})};
  for (const std::vector<int64_t>& numbers :
       {std::vector<int64_t>{0, 1}, {0, 1, 0, 1, -1, 0}, {0, 1, 0, 0, -1, 0, 1, 0}, {0, -1, 0, 0, -1, 0}, {0, INT64_MAX, 0, 0, -1, 0}}) {
    CHECK(code_of([&] { merges_of(tensors, numbers); }) == 160);
  }
  CHECK(code_of([&] { lookups_of({1, 2, 3}); }) == 160);
}

TEST_CASE("a word of a merge or a lookup at a time, as a device's thread takes it, agrees with the CPU's kernels") {
  for (const auto& [less, equal] : {std::pair{true, true}, {true, false}, {false, true}}) {
    check_words<1>(less, equal), check_words<2>(less, equal), check_words<3>(less, equal), check_words<4>(less, equal);
    check_words<5>(less, equal), check_words<6>(less, equal), check_words<7>(less, equal), check_words<8>(less, equal);
  }
  check_lookup<1>(), check_lookup<2>(), check_lookup<3>(), check_lookup<4>(), check_lookup<5>(), check_lookup<6>(), check_lookup<7>();
}

}  // namespace crypten
