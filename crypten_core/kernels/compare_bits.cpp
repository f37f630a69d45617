#include "crypten_core/kernels/compare_bits.h"

#include <emmintrin.h>

#include <array>
#include <string>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/compare_bits_lanes.h"
#include "crypten_core/thread_pool.h"

namespace crypten {

// 128-bit registers belong to every x86-64.
void look_up_digit_portable(const TileLookup& lookup) { look_up_digit<__m128i>(lookup); }
void merge_pairs_portable(const TileMerge& merge) { merge_pairs<__m128i>(merge); }

namespace {

static_assert(kPlaneWords == kTileWords);

constexpr int64_t kTilesPerComparison = 16;  // of a comparison: 100 KiB of tables

void check(bool holds, const char* where, const std::string& why) {
  if (!holds) throw InvalidArgument(160, "bit planes of another form", where, why, "pass CPU int64 tensors laid out as kernels/bit_slice.h says");
}

// A plane in every tile.
struct Place {
  const uint64_t* words = nullptr;
  int64_t stride = 0;
  const uint64_t* in(int64_t tile) const { return words + tile * stride; }
};

Place place(const char* where, const at::Tensor& planes, int64_t first, int64_t count, int64_t tiles) {
  check(planes.scalar_type() == at::kLong && planes.device().is_cpu(), where, "expected an int64 tensor on the CPU");
  check(planes.dim() == 3 && planes.size(0) == tiles && planes.size(2) == kTileWords && (tiles == 0 || planes.stride(2) == 1), where,
        "expected planes of shape [" + std::to_string(tiles) + ", P, 8]");
  check(first >= 0 && first + count <= planes.size(1), where, "a plane that the tensor does not have");
  check(tiles == 0 || count == 1 || planes.stride(1) == kTileWords, where, "planes of one tile that do not follow one another");
  return {reinterpret_cast<const uint64_t*>(planes.const_data_ptr<int64_t>()) + first * planes.stride(1), planes.stride(0)};
}

// Result planes that are not wanted have no place.
uint64_t* out(uint64_t* tile, int64_t plane) { return plane < 0 ? nullptr : tile + plane * kTileWords; }

void check_results(const char* where, int64_t less, int64_t equal, int64_t planes) {
  check(less < planes && equal < planes, where, "a result plane beyond the result");
}

struct Result {
  at::Tensor planes;
  uint64_t* words;
  int64_t stride;
  Result(int64_t tiles, int64_t count)
      : planes(at::empty({tiles, count, kTileWords}, at::kLong)), words(reinterpret_cast<uint64_t*>(planes.mutable_data_ptr<int64_t>())), stride(count * kTileWords) {}
};

// A merge's planes in every tile.
struct MergePlaces {
  std::vector<Place> public_less, public_equal, masks_less, masks_equal;
  int64_t less, equal;

  MergePlaces(const PairMerge& merge, int64_t tiles, int64_t result_planes) : less(merge.less), equal(merge.equal) {
    constexpr const char* where = "merge_pairs";
    const size_t pairs = merge.public_equal.size();
    check(pairs >= 1 && pairs <= static_cast<size_t>(kMostFactors), where, "expected 1 … 8 pairs, got " + std::to_string(pairs));
    check(merge.public_less.size() == (less < 0 ? 0 : pairs) && merge.masks_less.size() == (less < 0 ? 0 : (size_t{1} << pairs) - 1), where, "another number of less bits");
    check(merge.masks_equal.size() == size_t{1} << (equal < 0 ? pairs - 1 : pairs), where, "another number of products of masks");
    check_results(where, less, equal, result_planes);
    const auto find = [&](const std::vector<Plane>& from, std::vector<Place>& to) {
      for (const auto& plane : from) to.push_back(plane.planes.defined() ? place(where, plane.planes, plane.index, 1, tiles) : Place());
    };
    find(merge.public_less, public_less), find(merge.public_equal, public_equal), find(merge.masks_less, masks_less), find(merge.masks_equal, masks_equal);
    // What the kernel reads must be there: all but the empty product, and the last equal bit where it is not needed.
    const auto all_there = [&](const std::vector<Place>& places, size_t from, size_t to) {
      for (size_t i = from; i < to; ++i) check(tiles == 0 || places[i].words != nullptr, where, "a plane is missing");
    };
    all_there(public_less, 0, public_less.size()), all_there(masks_less, 0, masks_less.size());
    all_there(public_equal, 0, equal < 0 ? pairs - 1 : pairs), all_there(masks_equal, 1, masks_equal.size());
  }
};

template <size_t kMost>
void locate(const std::vector<Place>& places, int64_t tile, std::array<const uint64_t*, kMost>& words) {
  for (size_t i = 0; i < places.size(); ++i) words[i] = places[i].in(tile);
}

}  // namespace

at::Tensor look_up_digits(const at::Tensor& numbers, const at::Tensor& tables, std::span<const DigitLookup> lookups, int64_t result_planes, bool holds_one) {
  const int64_t tiles = numbers.size(0);
  std::vector<Place> digits, entries;
  for (const auto& lookup : lookups) {
    check(lookup.width >= 1 && lookup.width <= kWidestDigit, "look_up_digits", "expected digits of 1 … 7 bits, got " + std::to_string(lookup.width));
    check_results("look_up_digits", lookup.less, lookup.equal, result_planes);
    digits.push_back(place("look_up_digits", numbers, lookup.first_bit, lookup.width, tiles));
    entries.push_back(place("look_up_digits", tables, lookup.first_table_plane, (int64_t{1} << lookup.width) - 1, tiles));
  }
  const Result result(tiles, result_planes);
  const uint64_t one = holds_one ? ~uint64_t{0} : 0;
  const auto kernel = kLookUpDigit[kernel_path()];
  parallel_for(tiles, kTilesPerComparison, [&](int64_t begin, int64_t end) {
    for (int64_t tile = begin; tile < end; ++tile) {
      uint64_t* to = result.words + tile * result.stride;
      for (size_t i = 0; i < lookups.size(); ++i) {
        kernel({.width = lookups[i].width,
                .digit = digits[i].in(tile),
                .table = entries[i].in(tile),
                .one = one,
                .less = out(to, lookups[i].less),
                .equal = out(to, lookups[i].equal)});
      }
    }
  });
  return result.planes;
}

at::Tensor merge_pairs(std::span<const PairMerge> merges, int64_t tiles, int64_t result_planes, bool holds_one) {
  std::vector<MergePlaces> places;
  for (const auto& merge : merges) places.emplace_back(merge, tiles, result_planes);
  const Result result(tiles, result_planes);
  const uint64_t one = holds_one ? ~uint64_t{0} : 0;
  const auto kernel = kMergePairs[kernel_path()];
  parallel_for(tiles, kTilesPerComparison, [&](int64_t begin, int64_t end) {
    std::array<const uint64_t*, kMostFactors> public_less{}, public_equal{};
    std::array<const uint64_t*, size_t{1} << kMostFactors> masks_less{}, masks_equal{};
    for (int64_t tile = begin; tile < end; ++tile) {
      uint64_t* to = result.words + tile * result.stride;
      for (const auto& merge : places) {
        locate(merge.public_less, tile, public_less), locate(merge.public_equal, tile, public_equal);
        locate(merge.masks_less, tile, masks_less), locate(merge.masks_equal, tile, masks_equal);
        kernel({.pairs = static_cast<int>(merge.public_equal.size()),
                .public_less = public_less.data(),
                .public_equal = public_equal.data(),
                .masks_less = masks_less.data(),
                .masks_equal = masks_equal.data(),
                .one = one,
                .less = out(to, merge.less),
                .equal = out(to, merge.equal)});
      }
    }
  });
  return result.planes;
}

}  // namespace crypten
